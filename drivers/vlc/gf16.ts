/** Arithmetic in GF(16) with the field polynomial x^4+x+1. Addition is exclusive or. */

/** Number of non-zero elements: exponents count modulo this. */
export const GF16_ORDER = 15;

/** α^i for i = 0 … 29: long enough for a sum of two logarithms. */
export const GF16_EXP: Uint8Array = /* @__PURE__ */ makeExp();

/** Logarithm to the base α; the entry of 0 is unused. */
export const GF16_LOG: Uint8Array = /* @__PURE__ */ makeLog();

export function gf16Multiply(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : GF16_EXP[GF16_LOG[a] + GF16_LOG[b]];
}

/** a / b; `b` must not be 0. */
export function gf16Divide(a: number, b: number): number {
  return a === 0 ? 0 : GF16_EXP[GF16_LOG[a] + GF16_ORDER - GF16_LOG[b]];
}

function makeExp(): Uint8Array {
  const exp = new Uint8Array(2 * GF16_ORDER);
  let element = 1;
  for (let i = 0; i < exp.length; i++) {
    exp[i] = element;
    element <<= 1;
    if (element & 0x10) element ^= 0x13;
  }
  return exp;
}

function makeLog(): Uint8Array {
  const log = new Uint8Array(16);
  for (let i = 0; i < GF16_ORDER; i++) log[GF16_EXP[i]] = i;
  return log;
}
