/**
 * Facts of the Sensirion SHTC3 (data sheet "SHTC3", version 3, 2019), shared by driver and emulator. The section numbers
 * were not checked against that version.
 */

/** 16-bit commands, most significant byte first (section 5). */
export const Command = {
  sleep: 0xb098,
  wakeUp: 0x3517,
  softReset: 0x805d,
  readId: 0xefc8,
  /** Temperature first, without clock stretching (table 11). */
  measureNormal: 0x7866,
  measureLowPower: 0x609c,
} as const;

export type Mode = "normal" | "low-power";

/** Longest measurement duration in microseconds (table 5). */
export const MEASURE_US: { readonly [mode in Mode]: number } = { normal: 12_100, "low-power": 800 };

export const MEASURE_COMMAND: { readonly [mode in Mode]: number } = {
  normal: Command.measureNormal,
  "low-power": Command.measureLowPower,
};

/** Time from power-up, from a soft reset and from waking to the idle state (table 5): 240 microseconds at most. */
export const WAKE_US = 240;

/** The only address (section 5.2). */
export const ADDRESS = 0x70;

/** Identity: xxxx1xxx xx000111 (section 5.9). */
export const ID_MASK = 0x083f;
export const ID = 0x0807;

/** Two words of measurement, each with its checksum. */
export const READOUT_BYTES = 6;

/** Operating range (section 1). */
export const RANGE = { temperature: { min: -40, max: 125 }, humidity: { min: 0, max: 100 } } as const;

/** Conversion of the raw words (section 5.11), rounded to single precision; here full scale is 2^16. */
export function temperatureCel(raw: number): number {
  return Math.fround(-45 + (175 * raw) / 65_536);
}

export function humidityPercent(raw: number): number {
  return Math.fround((100 * raw) / 65_536);
}
