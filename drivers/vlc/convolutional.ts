/**
 * The convolutional inner code of PHY I: K = 7, generators 133, 171, 165 octal, the generator's most significant bit at the
 * newest bit, six zero tail bits. Rates come from repeating or leaving out generator outputs.
 *
 * The code is linear, so the coded bits of an octet are those of the octet alone, exclusive-or those that the six bits before
 * it still cause: two table look-ups an octet.
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
export const CC_OUTPUTS: Uint8Array = /* @__PURE__ */ makeOutputs();

/** Coded bits of an octet, the first in the least significant bit. */
type CcTable = {
  /** How many: 32, 24 or 12. */
  readonly bits: number;
  /** Of each octet from the zero state. */
  readonly octet: Int32Array;
  /** Of a zero octet from each state. */
  readonly state: Int32Array;
};

const CC_TABLES: { readonly [rate in CcRate]: CcTable } = {
  "1/4": /* @__PURE__ */ makeTable("1/4"),
  "1/3": /* @__PURE__ */ makeTable("1/3"),
  "2/3": /* @__PURE__ */ makeTable("2/3"),
};

/** Coded bits for `inputBits` input bits and the tail. */
export function ccCodedBits(rate: CcRate, inputBits: number): number {
  const { even, odd } = CC_PATTERNS[rate];
  const steps = inputBits + CC_TAIL_BITS;
  return (steps - (steps >> 1)) * even.length + (steps >> 1) * odd.length;
}

// hot path
/**
 * Codes `inputBits` bits and the tail; both streams least significant bit first. Whole words are written: up to 4 octets behind
 * the coded bits become 0, because the tail brings the state to zero and zeros stay zeros.
 * @param input its bits behind `inputBits`, as far as they share an octet with them, are 0
 * @param coded from octet `at` on
 */
export function ccEncode(rate: CcRate, input: Uint8Array, inputBits: number, coded: Uint8Array, at: number): void {
  const { bits, octet: ofOctet, state: ofState } = CC_TABLES[rate];
  const inputOctets = (inputBits + 7) >> 3;
  const octets = (inputBits + CC_TAIL_BITS + 7) >> 3;
  const step = bits === 32 ? 4 : 3;
  let out = at;
  let state = 0;
  let half = 0;
  for (let i = 0; i < octets; i++) {
    const octet = i < inputOctets ? input[i] : 0;
    let word = ofOctet[octet] ^ ofState[state];
    state = octet >> 2;
    if (bits === 12) {
      // Two octets make three.
      word = i & 1 ? half | (word << 12) : word;
      half = word;
      if ((i & 1) === 0 && i + 1 < octets) continue;
    }
    coded[out] = word & 0xff;
    coded[out + 1] = (word >> 8) & 0xff;
    coded[out + 2] = (word >> 16) & 0xff;
    if (step === 4) coded[out + 3] = word >>> 24;
    out += step;
  }
}

function makeOutputs(): Uint8Array {
  const outputs = new Uint8Array(2 * CC_STATES);
  for (let register = 0; register < outputs.length; register++)
    outputs[register] = parity(register & 0o133) | (parity(register & 0o171) << 1) | (parity(register & 0o165) << 2);
  return outputs;
}

function makeTable(rate: CcRate): CcTable {
  const octet = new Int32Array(256);
  const state = new Int32Array(CC_STATES);
  for (let i = 0; i < octet.length; i++) octet[i] = codedBits(rate, i, 0);
  for (let i = 0; i < state.length; i++) state[i] = codedBits(rate, 0, i);
  const { even, odd } = CC_PATTERNS[rate];
  return { bits: 4 * (even.length + odd.length), octet, state };
}

function codedBits(rate: CcRate, octet: number, from: number): number {
  const { even, odd } = CC_PATTERNS[rate];
  let word = 0;
  let count = 0;
  let state = from;
  for (let bit = 0; bit < 8; bit++) {
    const register = (((octet >> bit) & 1) << 6) | state;
    for (const generator of bit & 1 ? odd : even) word |= ((CC_OUTPUTS[register] >> generator) & 1) << count++;
    state = register >> 1;
  }
  return word;
}

function parity(word: number): number {
  let odd = 0;
  for (let rest = word; rest !== 0; rest >>= 1) odd ^= rest & 1;
  return odd;
}
