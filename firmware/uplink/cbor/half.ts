/** IEEE 754 binary16, which has no array type in ES2022. */

const NOT_HALF = -1;

/** Bits of the binary16 that holds exactly the number with binary32 bits `bits`, or -1. Not for NaN. */
export function halfBitsOfSingle(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const exponent = ((bits >>> 23) & 0xff) - 127;
  const mantissa = bits & 0x7f_ffff;
  if (exponent === 128) return sign | 0x7c00;
  if (exponent >= -14 && exponent <= 15)
    return (mantissa & 0x1fff) === 0 ? sign | ((exponent + 15) << 10) | (mantissa >> 13) : NOT_HALF;
  if (exponent >= -24 && exponent <= -15) {
    // A subnormal half counts units of 2^-24; the leading bit becomes explicit.
    const whole = 0x80_0000 | mantissa;
    const shift = -exponent - 1;
    return (whole & ((1 << shift) - 1)) === 0 ? sign | (whole >> shift) : NOT_HALF;
  }
  return exponent === -127 && mantissa === 0 ? sign : NOT_HALF;
}

export function numberOfHalf(half: number): number {
  const exponent = (half >> 10) & 31;
  const mantissa = half & 0x3ff;
  let value: number;
  if (exponent === 31) value = mantissa === 0 ? Number.POSITIVE_INFINITY : Number.NaN;
  else if (exponent === 0) value = mantissa * SUBNORMAL_UNIT;
  // 2^(exponent - 25) as a product of exact powers of two, because engines need not agree on pow.
  else value = (1024 + mantissa) * (exponent >= 25 ? 1 << (exponent - 25) : 1 / (1 << (25 - exponent)));
  return half & 0x8000 ? -value : value;
}

/** 2^-24 */
const SUBNORMAL_UNIT = 1 / 16_777_216;
