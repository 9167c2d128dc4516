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
export const CC_OUTPUTS: Uint8Array = makeOutputs();

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
  "1/4": makeTable("1/4"),
  "1/3": makeTable("1/3"),
  "2/3": makeTable("2/3"),
};

/** Coded bits for `inputBits` input bits and the tail. */
export function ccCodedBits(rate: CcRate, inputBits: number): number {
  const { even, odd } = CC_PATTERNS[rate];
  const steps = inputBits + CC_TAIL_BITS;
  return (steps - (steps >> 1)) * even.length + (steps >> 1) * odd.length;
}

// hot path
/**
 * Codes `inputBits` bits and the tail; both streams least significant bit first.
 * @param input its bits behind `inputBits`, as far as they share an octet with them, are 0
 * @param coded from octet `at` on; unused bits of the last octet are 0
 * @returns one behind the last octet that was written
 */
export function ccEncode(rate: CcRate, input: Uint8Array, inputBits: number, coded: Uint8Array, at: number): number {
  const table = CC_TABLES[rate];
  const end = at + ((ccCodedBits(rate, inputBits) + 7) >> 3);
  const inputOctets = (inputBits + 7) >> 3;
  const octets = (inputBits + CC_TAIL_BITS + 7) >> 3;
  let out = at;
  let state = 0;
  let half = -1;
  for (let i = 0; i < octets; i++) {
    const octet = i < inputOctets ? input[i] : 0;
    const word = table.octet[octet] ^ table.state[state];
    state = octet >> 2;
    if (table.bits === 12) {
      if (half < 0) {
        half = word;
        continue;
      }
      out = putOctets(coded, out, end, half | (word << 12), 3);
      half = -1;
    } else out = putOctets(coded, out, end, word, table.bits >> 3);
  }
  return half < 0 ? out : putOctets(coded, out, end, half, 2);
}

// hot path
/** The tail's last zeros bring the state to 0, so what lies behind `end` is 0 and is left away. */
function putOctets(coded: Uint8Array, at: number, end: number, word: number, count: number): number {
  let out = at;
  let rest = word;
  for (let i = 0; i < count && out < end; i++, rest >>= 8) coded[out++] = rest & 0xff;
  return out;
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
