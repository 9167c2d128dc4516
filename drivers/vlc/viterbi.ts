/**
 * Maximum-likelihood decoder of the convolutional code, for soft or hard coded bits. One object serves all rates, so that a
 * receiver holds its work space once.
 *
 * A soft bit is an integer: positive for 1, negative for 0, 0 for "no idea"; hard bits are +1 and -1. Its size may go up to
 * 2^20: the metrics are 32-bit integers, brought back towards zero every 64 steps.
 */
import { CC_OUTPUTS, CC_PATTERNS, CC_STATES, CC_TAIL_BITS, type CcPattern, type CcRate } from "./convolutional";

/** Below every metric of a path that began in the zero state. */
const UNREACHED = -(2 ** 30);
const HALF = CC_STATES / 2;

export class ViterbiDecoder {
  readonly #maxBits: number;
  #pattern: CcPattern = CC_PATTERNS["1/4"];
  /** Sums of the soft bits of one step, for each generator. */
  readonly #step = new Int32Array(3);
  readonly #branch = new Int32Array(8);
  #metrics = new Int32Array(CC_STATES);
  #nextMetrics = new Int32Array(CC_STATES);
  /** For each step two words, one bit a state: the bit that left the register on the better way in. */
  readonly #survivors: Int32Array;

  constructor(maxBits: number) {
    this.#maxBits = maxBits;
    this.#survivors = new Int32Array(2 * (maxBits + CC_TAIL_BITS));
  }

  /**
   * Decodes `bits` information bits (the tail comes on top) into `out`, packed least significant bit first.
   * @returns true when the hard decisions were a code word already
   */
  decode(rate: CcRate, soft: Int32Array, bits: number, out: Uint8Array): boolean {
    if (!(bits <= this.#maxBits)) throw new RangeError(`this decoder was made for ${this.#maxBits} bits, not ${bits}`);
    this.#pattern = CC_PATTERNS[rate];
    if (this.readCleanWord(soft, bits, out)) return true;
    this.search(soft, bits + CC_TAIL_BITS);
    this.traceBack(bits, out);
    return false;
  }

  /**
   * Where the hard decisions form a code word no other word can be likelier, and the search is not needed. Each generator
   * holds the newest bit, so the first output of a step gives the bit and the others check it.
   */
  private readCleanWord(soft: Int32Array, bits: number, out: Uint8Array): boolean {
    const { even, odd } = this.#pattern;
    const sums = this.#step;
    const steps = bits + CC_TAIL_BITS;
    let state = 0;
    let at = 0;
    for (let step = 0; step < steps; step++) {
      const pattern = step & 1 ? odd : even;
      at = this.collect(soft, at, pattern);
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
  private search(soft: Int32Array, steps: number): void {
    const { even, odd } = this.#pattern;
    const branch = this.#branch;
    const survivors = this.#survivors;
    let metrics = this.#metrics;
    let next = this.#nextMetrics;
    metrics.fill(UNREACHED);
    metrics[0] = 0;
    let at = 0;
    for (let step = 0; step < steps; step++) {
      at = this.collect(soft, at, step & 1 ? odd : even);
      this.fillBranches();
      let zeroSurvivors = 0;
      let oneSurvivors = 0;
      for (let state = 0; state < HALF; state++) {
        const gain = branch[CC_OUTPUTS[2 * state]];
        const low = metrics[2 * state];
        const high = metrics[2 * state + 1];
        // The new bit is 0: the register is 2 * state, or that plus one. For a 1 every output turns over.
        const zeroByLow = low + gain;
        const zeroByHigh = high - gain;
        const oneByLow = low - gain;
        const oneByHigh = high + gain;
        if (zeroByHigh > zeroByLow) {
          next[state] = zeroByHigh;
          zeroSurvivors |= 1 << state;
        } else next[state] = zeroByLow;
        if (oneByHigh > oneByLow) {
          next[state + HALF] = oneByHigh;
          oneSurvivors |= 1 << state;
        } else next[state + HALF] = oneByLow;
      }
      survivors[2 * step] = zeroSurvivors;
      survivors[2 * step + 1] = oneSurvivors;
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
  private traceBack(bits: number, out: Uint8Array): void {
    const survivors = this.#survivors;
    out.fill(0, 0, (bits + 7) >> 3);
    let state = 0;
    for (let step = bits + CC_TAIL_BITS - 1; step >= 0; step--) {
      const newest = state >> 5;
      if (step < bits) out[step >> 3] |= newest << (step & 7);
      state = ((state << 1) & (CC_STATES - 1)) | ((survivors[2 * step + newest] >> (state & (HALF - 1))) & 1);
    }
  }

  /** Adds up the soft bits of one step by generator. Returns the position of the next. */
  private collect(soft: Int32Array, from: number, pattern: readonly number[]): number {
    const sums = this.#step;
    sums[0] = sums[1] = sums[2] = 0;
    for (let i = 0; i < pattern.length; i++) sums[pattern[i]] += soft[from + i];
    return from + pattern.length;
  }

  private fillBranches(): void {
    const branch = this.#branch;
    const s0 = this.#step[0];
    const s1 = this.#step[1];
    const s2 = this.#step[2];
    for (let outputs = 0; outputs < 8; outputs++)
      branch[outputs] = (outputs & 1 ? s0 : -s0) + (outputs & 2 ? s1 : -s1) + (outputs & 4 ? s2 : -s2);
  }
}
