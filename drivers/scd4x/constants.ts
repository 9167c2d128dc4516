/**
 * Facts of the Sensirion SCD40 and SCD41 (data sheet "SCD4x", version 1.4, 2023), shared by driver and emulator. Written down
 * from knowledge of the sheet: confidence high unless a line says otherwise.
 */

/** Section 3.2. */
export const ADDRESS = 0x62;
/** Standard mode only (table 7; confidence medium). */
export const HZ = 100_000;

/** 16-bit commands (table 9). */
export const Command = {
  startPeriodic: 0x21b1,
  startLowPowerPeriodic: 0x21ac,
  readMeasurement: 0xec05,
  stopPeriodic: 0x3f86,
  setAltitude: 0x2427,
  setAmbientPressure: 0xe000,
  getDataReady: 0xe4b8,
  getSerialNumber: 0x3682,
  getVariant: 0x202f,
  reinit: 0x3646,
} as const;

/** Execution times in microseconds (table 9). */
export const SHORT_US = 1_000;
export const STOP_US = 500_000;
export const REINIT_US = 30_000;

export const MODES = ["periodic", "low-power"] as const;
export type Mode = (typeof MODES)[number];
/** Distance of two measurements (sections 3.5 and 3.8). */
export const INTERVAL_US: { readonly [mode in Mode]: number } = { periodic: 5_000_000, "low-power": 30_000_000 };

/** A measurement waits when one of the lower eleven bits is set (section 3.8.2). */
export const READY_MASK = 0x07ff;

/** Upper four bits of the variant word (confidence medium). */
export const VARIANTS = ["SCD40", "SCD41", undefined, undefined, undefined, "SCD43"] as const;

/** What the part assumes before it is told otherwise, in hPa: altitude 0. */
export const DEFAULT_PRESSURE_HPA = 1013;
/** What `setAmbientPressure` takes, in Pa (section 3.6.5). */
export const PRESSURE_PA = { min: 70_000, max: 120_000 } as const;
export const ALTITUDE_M = { min: 0, max: 3000 } as const;

/** Output range of carbon dioxide (table 1), operating range of the others (tables 2 and 3). */
export const RANGE = {
  co2: { min: 0, max: 40_000 },
  temperature: { min: -10, max: 60 },
  humidity: { min: 0, max: 100 },
} as const;

/** Section 3.5.2, rounded to single precision, which is finer than the part. */
export function temperatureCel(word: number): number {
  return Math.fround(-45 + (175 * word) / 65_535);
}

export function humidityPercent(word: number): number {
  return Math.fround((100 * word) / 65_535);
}
