/**
 * The few functions that the world's physics needs, from additions, multiplications, divisions and square roots alone:
 * V8 and XS agree on those to the last bit, but not on `Math.exp` and its kin.
 */

const { LN2, LN10 } = Math;

/** e^x for |x| < 700, relative error below 1e-14. */
export function exp(x: number): number {
  const k = Math.floor(x / LN2 + 0.5);
  // e^r by its series on |r| <= ln2 / 2: 14 terms reach the last bit.
  const r = x - k * LN2;
  let term = 1;
  let sum = 1;
  for (let n = 1; n <= 14; n++) {
    term = (term * r) / n;
    sum += term;
  }
  return sum * powerOfTwo(k);
}

/** 2^k, exact, for the range of a double's normal numbers. */
function powerOfTwo(k: number): number {
  let result = 1;
  let base = k < 0 ? 0.5 : 2;
  for (let n = k < 0 ? -k : k; n > 0; n >>= 1) {
    if (n & 1) result *= base;
    base *= base;
  }
  return result;
}

/**
 * Saturation pressure of water vapour over water, in hPa, after the Magnus form with Sonntag's 1990 constants
 * (17.62, 243.12): within 0.6 % from -45 to 60 degree Celsius, which is what sensor makers use for dew points.
 */
export function saturationPressureHPa(temperatureCel: number): number {
  return 6.112 * exp((17.62 * temperatureCel) / (243.12 + temperatureCel));
}

/** Natural logarithm of a positive normal number, relative error below 1e-14 away from 1. */
export function ln(x: number): number {
  let m = x;
  let k = 0;
  for (; m > Math.SQRT2; m /= 2) k++;
  for (; m < Math.SQRT1_2; m *= 2) k--;
  // ln m = 2 artanh((m - 1) / (m + 1)), whose argument is below 0.172: 11 terms reach the last bit.
  const z = (m - 1) / (m + 1);
  const square = z * z;
  let power = z;
  let sum = 0;
  for (let n = 1; n <= 21; n += 2) {
    sum += power / n;
    power *= square;
  }
  return 2 * sum + k * LN2;
}

/** A ratio of powers from decibels. */
export function ratioOfDb(db: number): number {
  return exp((db * LN10) / 10);
}

/** Decibels of a ratio of powers above 0. */
export function dbOfRatio(ratio: number): number {
  return (10 * ln(ratio)) / LN10;
}

/** Sine of an angle in radians, error below 1e-15 within some turns of 0. */
export function sin(x: number): number {
  const turns = Math.floor(x / (2 * Math.PI) + 0.5);
  let r = x - turns * 2 * Math.PI;
  // Folded to a quarter turn, where 10 terms of the series reach the last bit.
  if (r > Math.PI / 2) r = Math.PI - r;
  else if (r < -Math.PI / 2) r = -Math.PI - r;
  let term = r;
  let sum = r;
  for (let n = 2; n <= 20; n += 2) {
    term = (-term * r * r) / (n * (n + 1));
    sum += term;
  }
  return sum;
}

/** Never beyond 1. */
export function cos(x: number): number {
  const half = sin(x / 2);
  return 1 - 2 * half * half;
}
