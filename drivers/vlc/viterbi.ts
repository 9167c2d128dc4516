/**
 * Maximum-likelihood decoder of the convolutional code, for soft or hard coded bits.
 *
 * A soft bit is an integer: positive for 1, negative for 0, 0 for "no idea"; hard bits are +1 and -1. Its size may go up to
 * 2^20: the metrics are 32-bit integers, brought back towards zero every 64 steps.
 */
import { CC_OUTPUTS, CC_PATTERNS, CC_STATES, CC_TAIL_BITS, type CcRate } from "./convolutional";

/** Below every metric of a path that began in the zero state. */
const UNREACHED = -(2 ** 30);
const HALF = CC_STATES / 2;

export class ViterbiDecoder {
  readonly #even: Uint8Array;
  readonly #odd: Uint8Array;
  readonly #maxBits: number;
  /** Sums of the soft bits of one step, for each generator. */
  readonly #step = new Int32Array(3);
  readonly #branch = new Int32Array(8);
  #metrics = new Int32Array(CC_STATES);
  #nextMetrics = new Int32Array(CC_STATES);
  /** For each step and state: the bit that left the register on the better way in. */
  readonly #survivors: Uint8Array;

  constructor(rate: CcRate, maxBits: number) {
    this.#even = Uint8Array.from(CC_PATTERNS[rate].even);
    this.#odd = Uint8Array.from(CC_PATTERNS[rate].odd);
    this.#maxBits = maxBits;
    this.#survivors = new Uint8Array((maxBits + CC_TAIL_BITS) * CC_STATES);
  }

  /**
   * Decodes `bits` information bits (the tail comes on top) into `out`, packed least significant bit first.
   * @returns true when the hard decisions were a code word already
   */
  decode(soft: Int32Array, bits: number, out: Uint8Array): boolean {
    if (bits > this.#maxBits) throw new RangeError(`this decoder was made for ${this.#maxBits} bits, not ${bits}`);
    if (this.#readCleanWord(soft, bits, out)) return true;
    this.#search(soft, bits + CC_TAIL_BITS);
    this.#traceBack(bits, out);
    return false;
  }

  /**
   * Where the hard decisions form a code word no other word can be likelier, and the search is not needed. Each generator
   * holds the newest bit, so the first output of a step gives the bit and the others check it.
   */
  #readCleanWord(soft: Int32Array, bits: number, out: Uint8Array): boolean {
    const steps = bits + CC_TAIL_BITS;
    let state = 0;
    let at = 0;
    for (let step = 0; step < steps; step++) {
      at = this.#collect(soft, at, step);
      const pattern = step & 1 ? this.#odd : this.#even;
      const sums = this.#step;
      const bit = ((CC_OUTPUTS[state] >> pattern[0]) & 1) ^ (sums[pattern[0]] > 0 ? 1 : 0);
      const register = (bit << 6) | state;
      const outputs = CC_OUTPUTS[register];
      for (let i = 1; i < pattern.length; i++) {
        const generator = pattern[i];
        if (((outputs >> generator) & 1) !== (sums[generator] > 0 ? 1 : 0)) return false;
      }
      state = register >> 1;
      if (step >= bits) continue;
      if ((step & 7) === 0) out[step >> 3] = 0;
      out[step >> 3] |= bit << (step & 7);
    }
    return state === 0;
  }

  /** Add, compare, select over all steps. All three generators hold the oldest bit too, so ways in come in opposite pairs. */
  #search(soft: Int32Array, steps: number): void {
    const branch = this.#branch;
    const survivors = this.#survivors;
    let metrics = this.#metrics;
    let next = this.#nextMetrics;
    metrics.fill(UNREACHED);
    metrics[0] = 0;
    let at = 0;
    for (let step = 0; step < steps; step++) {
      at = this.#collect(soft, at, step);
      this.#fillBranches();
      const row = step * CC_STATES;
      for (let state = 0; state < HALF; state++) {
        const gain = branch[CC_OUTPUTS[2 * state]];
        const low = metrics[2 * state];
        const high = metrics[2 * state + 1];
        // The new bit is 0: the register is 2 * state, or that plus one. For a 1 every output turns over.
        const zeroByLow = low + gain;
        const zeroByHigh = high - gain;
        const oneByLow = low - gain;
        const oneByHigh = high + gain;
        const zeroFromHigh = zeroByHigh > zeroByLow;
        const oneFromHigh = oneByHigh > oneByLow;
        next[state] = zeroFromHigh ? zeroByHigh : zeroByLow;
        next[state + HALF] = oneFromHigh ? oneByHigh : oneByLow;
        survivors[row + state] = zeroFromHigh ? 1 : 0;
        survivors[row + state + HALF] = oneFromHigh ? 1 : 0;
      }
      if ((step & 63) === 63) {
        const base = next[0];
        for (let state = 0; state < CC_STATES; state++) next[state] -= base;
      }
      const swap = metrics;
      metrics = next;
      next = swap;
    }
  }

  /** From the zero state, where the tail has led, back to the beginning. */
  #traceBack(bits: number, out: Uint8Array): void {
    const survivors = this.#survivors;
    out.fill(0, 0, (bits + 7) >> 3);
    let state = 0;
    for (let step = bits + CC_TAIL_BITS - 1; step >= 0; step--) {
      if (step < bits) out[step >> 3] |= (state >> 5) << (step & 7);
      state = ((state << 1) & (CC_STATES - 1)) | survivors[step * CC_STATES + state];
    }
  }

  /** Adds up the soft bits of one step by generator. Returns the position of the next. */
  #collect(soft: Int32Array, from: number, step: number): number {
    const sums = this.#step;
    const pattern = step & 1 ? this.#odd : this.#even;
    sums[0] = sums[1] = sums[2] = 0;
    for (let i = 0; i < pattern.length; i++) sums[pattern[i]] += soft[from + i];
    return from + pattern.length;
  }

  #fillBranches(): void {
    const branch = this.#branch;
    const s0 = this.#step[0];
    const s1 = this.#step[1];
    const s2 = this.#step[2];
    for (let outputs = 0; outputs < 8; outputs++)
      branch[outputs] = (outputs & 1 ? s0 : -s0) + (outputs & 2 ? s1 : -s1) + (outputs & 4 ? s2 : -s2);
  }
}
