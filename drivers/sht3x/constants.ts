/**
 * Facts of the Sensirion SHT3x-DIS (data sheet "SHT3x-DIS", version 7, December 2022), shared by driver and emulator.
 */

/** 16-bit commands, most significant byte first (section 4). */
export const Command = {
  /** Single shot without clock stretching, by repeatability (table 9). */
  measureHigh: 0x2400,
  measureMedium: 0x240b,
  measureLow: 0x2416,
  /** Section 4.9. */
  softReset: 0x30a2,
  readStatus: 0xf32d,
  clearStatus: 0x3041,
  heaterOn: 0x306d,
  heaterOff: 0x3066,
  /** Electronic identification, without clock stretching (application note of the same maker). */
  serialNumber: 0x3682,
} as const;

export type Repeatability = "high" | "medium" | "low";

/** Longest measurement duration in microseconds (table 4). */
export const MEASURE_US: { readonly [repeatability in Repeatability]: number } = {
  high: 15_500,
  medium: 6_500,
  low: 4_500,
};

export const MEASURE_COMMAND: { readonly [repeatability in Repeatability]: number } = {
  high: Command.measureHigh,
  medium: Command.measureMedium,
  low: Command.measureLow,
};

/** Time from a soft reset to the idle state (table 4). */
export const RESET_US = 1_500;

/** I2C address with the ADDR pin low or high (table 7). */
export const ADDRESSES = [0x44, 0x45] as const;

/** Status register bits (table 18) after power-up or reset: alert pending and reset detected. */
export const STATUS_AFTER_RESET = 0x8010;
export const STATUS_HEATER = 0x2000;

/** Two words of measurement, each with its checksum. */
export const READOUT_BYTES = 6;

/** Operating range (section 1): readings outside are not specified. */
export const RANGE = { temperature: { min: -40, max: 125 }, humidity: { min: 0, max: 100 } } as const;

/** Conversion of the raw words (section 4.13), rounded to single precision, which is finer than the part. */
export function temperatureCel(raw: number): number {
  return Math.fround(-45 + (175 * raw) / 65_535);
}

export function humidityPercent(raw: number): number {
  return Math.fround((100 * raw) / 65_535);
}
