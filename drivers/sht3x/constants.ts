/**
 * Facts of the Sensirion SHT3x-DIS (data sheet "SHT3x-DIS", version 7, December 2022), shared by driver and emulator.
 */

/** 16-bit commands, most significant byte first (section 4). */
export const Command = {
  /** Single shot without clock stretching, by repeatability (table 9). */
  measureHigh: 0x2400,
  measureMedium: 0x240b,
  measureLow: 0x2416,
  /** Periodic mode: the last measurement, and an end of it (sections 4.6 and 4.8). */
  fetch: 0xe000,
  stopPeriodic: 0x3093,
  /** Limits of the ALERT pin (application note "SHT3x alert mode"). */
  writeHighSet: 0x611d,
  writeHighClear: 0x6116,
  writeLowClear: 0x610b,
  writeLowSet: 0x6100,
  readHighSet: 0xe11f,
  readHighClear: 0xe114,
  readLowClear: 0xe109,
  readLowSet: 0xe102,
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

/** Measurements a second in periodic mode, and the commands that begin it (table 10). */
export const PERIODIC_COMMAND: { readonly [perSecond: number]: { readonly [repeatability in Repeatability]: number } } =
  {
    0.5: { high: 0x2032, medium: 0x2024, low: 0x202f },
    1: { high: 0x2130, medium: 0x2126, low: 0x212d },
    2: { high: 0x2236, medium: 0x2220, low: 0x222b },
    4: { high: 0x2334, medium: 0x2322, low: 0x2329 },
    10: { high: 0x2737, medium: 0x2721, low: 0x272a },
  };
export const MEASUREMENTS_PER_SECOND = [0.5, 1, 2, 4, 10] as const;
export type MeasurementsPerSecond = (typeof MEASUREMENTS_PER_SECOND)[number];
/** From the end of periodic mode to the idle state (section 4.8). */
export const STOP_US = 1_000;

/** Time from a soft reset to the idle state (table 4). */
export const RESET_US = 1_500;

/** I2C address with the ADDR pin low or high (table 7). */
export const ADDRESSES = [0x44, 0x45] as const;

/** Status register bits (table 18) after power-up or reset: alert pending and reset detected. */
export const STATUS_AFTER_RESET = 0x8010;
export const STATUS_HEATER = 0x2000;
/** Something is beyond its limits; humidity, temperature (table 18). */
export const STATUS_ALERT = 0x8000;
export const STATUS_HUMIDITY_ALERT = 0x0800;
export const STATUS_TEMPERATURE_ALERT = 0x0400;

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

/** A limit's word: the upper seven bits of the humidity, the upper nine of the temperature (application note). */
export function limitWord(celsius: number, percent: number): number {
  const temperature = Math.floor(((celsius + 45) * 65_535) / 175 + 0.5);
  const humidity = Math.floor((percent * 65_535) / 100 + 0.5);
  return (humidity & 0xfe00) | (temperature >> 7);
}
