/**
 * Dew point from temperature and relative humidity, after the Magnus form over water with Sonntag's 1990 constants (17.62,
 * 243.12 degree Celsius), as WMO-No. 8 and sensor makers use it: within 0.4 K from -45 to 60 degree Celsius.
 */

const B = 17.62;
const C_CEL = 243.12;

/** Degree Celsius; `NaN` where there is no dew point, as in air without water. */
export function dewPointCel(temperatureCel: number, humidityPercent: number): number {
  if (!(humidityPercent > 0) || temperatureCel <= -C_CEL) return Number.NaN;
  const gamma = ln(humidityPercent / 100) + (B * temperatureCel) / (C_CEL + temperatureCel);
  return (C_CEL * gamma) / (B - gamma);
}

const { LN2, SQRT2 } = Math;

/**
 * Natural logarithm of a positive finite number, from additions, multiplications and divisions: V8 and XS agree on those to
 * the last bit, but not on `Math.log`. Relative error below 1e-13.
 */
export function ln(x: number): number {
  let mantissa = x;
  let exponent = 0;
  for (; mantissa > SQRT2; exponent++) mantissa /= 2;
  for (; mantissa < SQRT2 / 2; exponent--) mantissa *= 2;
  // ln m = 2 artanh((m - 1) / (m + 1)), whose argument is at most 0.172 here: 9 terms reach the last bits.
  const s = (mantissa - 1) / (mantissa + 1);
  const square = s * s;
  let sum = 0;
  for (let n = 17; n >= 1; n -= 2) sum = sum * square + 1 / n;
  return 2 * s * sum + exponent * LN2;
}
