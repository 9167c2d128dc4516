/**
 * The convolutional inner code of PHY I: K = 7, generators 133, 171, 165 octal, the generator's most significant bit at the
 * newest bit, six zero tail bits. Rates come from repeating or leaving out generator outputs.
 */

export const CC_TAIL_BITS = 6;
export const CC_STATES = 64;

export type CcRate = "1/4" | "1/3" | "2/3";

/** Which generators (0, 1, 2) are sent for an input bit at an even and at an odd position. */
export type CcPattern = { readonly even: readonly number[]; readonly odd: readonly number[] };

export const CC_PATTERNS: { readonly [rate in CcRate]: CcPattern } = {
  "1/4": { even: [0, 0, 1, 1], odd: [0, 0, 1, 1] },
  "1/3": { even: [0, 1, 2], odd: [0, 1, 2] },
  "2/3": { even: [0, 1], odd: [1] },
};

/**
 * Outputs of the three generators, bit g for generator g, for the 7-bit register `newest bit << 6 | state`.
 * The state holds the last six bits, the latest on top; the next state is the register without its lowest bit.
 */
export const CC_OUTPUTS: Uint8Array = makeOutputs();

/** Coded bits for `inputBits` input bits and the tail. */
export function ccCodedBits(rate: CcRate, inputBits: number): number {
  const { even, odd } = CC_PATTERNS[rate];
  const steps = inputBits + CC_TAIL_BITS;
  return (steps - (steps >> 1)) * even.length + (steps >> 1) * odd.length;
}

export class ConvolutionalEncoder {
  readonly #even: Uint8Array;
  readonly #odd: Uint8Array;

  constructor(rate: CcRate) {
    this.#even = Uint8Array.from(CC_PATTERNS[rate].even);
    this.#odd = Uint8Array.from(CC_PATTERNS[rate].odd);
  }

  // hot path
  /**
   * Codes `inputBits` bits and the tail; both streams packed least significant bit first, unused bits of the last octet 0.
   * @returns the number of coded bits
   */
  encode(input: Uint8Array, inputBits: number, coded: Uint8Array): number {
    let state = 0;
    let at = 0;
    const steps = inputBits + CC_TAIL_BITS;
    for (let step = 0; step < steps; step++) {
      const bit = step < inputBits ? (input[step >> 3] >> (step & 7)) & 1 : 0;
      const register = (bit << 6) | state;
      const outputs = CC_OUTPUTS[register];
      const pattern = step & 1 ? this.#odd : this.#even;
      for (let i = 0; i < pattern.length; i++) {
        if ((at & 7) === 0) coded[at >> 3] = 0;
        coded[at >> 3] |= ((outputs >> pattern[i]) & 1) << (at & 7);
        at++;
      }
      state = register >> 1;
    }
    return at;
  }
}

function makeOutputs(): Uint8Array {
  const outputs = new Uint8Array(2 * CC_STATES);
  for (let register = 0; register < outputs.length; register++)
    outputs[register] = parity(register & 0o133) | (parity(register & 0o171) << 1) | (parity(register & 0o165) << 2);
  return outputs;
}

function parity(word: number): number {
  let odd = 0;
  for (let rest = word; rest !== 0; rest >>= 1) odd ^= rest & 1;
  return odd;
}
