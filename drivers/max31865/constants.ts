/**
 * Facts of the Maxim MAX31865 (data sheet 19-6478, revision 3, July 2015), shared by driver and emulator, and the arithmetic of
 * platinum resistors. Written down from knowledge of the sheet: registers with high confidence, page numbers with less.
 */

/** 8-bit registers (table 1); the address has its highest bit set to write. */
export const Register = {
  configuration: 0x00,
  resistance: 0x01,
  highThreshold: 0x03,
  lowThreshold: 0x05,
  faults: 0x07,
} as const;
export const WRITE = 0x80;
/** All registers, from the configuration to the faults. */
export const REGISTERS = 8;

/** Bits of the configuration register (table 2). */
export const Configuration = {
  bias: 0x80,
  automatic: 0x40,
  oneShot: 0x20,
  threeWire: 0x10,
  /** Fault detection with automatic delay; the bits clear themselves when it is done. */
  detect: 0x04,
  detectMask: 0x0c,
  clearFaults: 0x02,
  filter50Hz: 0x01,
} as const;

/** Bits of the fault register (table 7). */
export const Fault = {
  /** The resistance is above the high threshold: the element is open. */
  high: 0x80,
  /** Below the low threshold: the element is shorted. */
  low: 0x40,
  /** REFIN- above 0.85 of the bias: the element or a force wire is open. */
  refHigh: 0x20,
  /** REFIN- below it with FORCE- open: a force wire is open or shorted. */
  refLow: 0x10,
  /** RTDIN- below it with FORCE- open: a sense wire. */
  rtdLow: 0x08,
  /** A pin is above the supply or below ground. */
  voltage: 0x04,
} as const;

export const THRESHOLDS_AFTER_RESET = { high: 0xffff, low: 0x0000 } as const;

/** Ten time constants of the input filter and 1 ms (page 20), for the usual 100 nF; rounded up. */
export const BIAS_US = 10_000;
/** Automatic fault detection: 600 us at most (electrical characteristics). */
export const DETECT_US = 1_000;
/** A single conversion, longest (electrical characteristics), by the filter's notch. */
export const CONVERSION_US = { 60: 55_000, 50: 66_000 } as const;
export const TYPICAL_US = { 60: 52_000, 50: 62_500 } as const;
export type FilterHz = keyof typeof CONVERSION_US;

/** 15 bits of the ratio of element and reference resistor. */
export const FULL_STEPS = 32_768;

export const ELEMENTS = { pt100: { ohm: 100, referenceOhm: 400 }, pt1000: { ohm: 1000, referenceOhm: 4000 } } as const;
export type Element = keyof typeof ELEMENTS;
export const WIRES = [2, 3, 4] as const;
export type Wires = (typeof WIRES)[number];

/** IEC 60751:2022, Callendar and Van Dusen: range and coefficients of platinum with 3851 ppm/K. */
export const RANGE = { min: -200, max: 850 } as const;
const A = 3.9083e-3;
const B = -5.775e-7;
const C = -4.183e-12;

/** Resistance for each ohm at 0 Cel. */
export function ratioAt(celsius: number): number {
  const cold = celsius < 0 ? C * (celsius - 100) * celsius * celsius * celsius : 0;
  return 1 + A * celsius + B * celsius * celsius + cold;
}

/** Steps of Newton's method below 0 Cel: three bring the quadratic's answer to a millionth of a kelvin. */
const STEPS = 3;

// hot path
/** Degree Celsius for a resistance over that at 0 Cel. Above 0 Cel the quadratic is exact; square root and products only. */
export function celsiusOf(ratio: number): number {
  let celsius = (Math.sqrt(A * A - 4 * B * (1 - ratio)) - A) / (2 * B);
  if (celsius >= 0) return celsius;
  for (let i = 0; i < STEPS; i++) {
    const t = celsius;
    const slope = A + 2 * B * t + C * t * t * (4 * t - 300);
    celsius = t - (1 + A * t + B * t * t + C * (t - 100) * t * t * t - ratio) / slope;
  }
  return celsius;
}
