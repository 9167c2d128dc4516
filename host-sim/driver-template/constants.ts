/**
 * Facts of the part (data sheet TODO: name, version, date), shared by driver and emulator.
 *
 * This part does not exist: it takes a command of two bytes, measures, and answers a word with a checksum. Replace each fact by one
 * of your data sheet and name its section beside it.
 */

/** I2C addresses, the usual one first (section TODO). */
export const ADDRESSES = [0x5e, 0x5f] as const;

/** 16-bit commands, most significant byte first (section TODO). */
export const Command = { identify: 0xefc8, measure: 0x7866, reset: 0x805d } as const;

/** What the part answers to `identify` (section TODO). */
export const IDENTITY = 0x5a17;

/** Samples in one measurement: less noise takes more time (section TODO). */
export const SAMPLES = [1, 4] as const;
export type Samples = (typeof SAMPLES)[number];
/** Longest time of one sample in microseconds (section TODO). */
export const SAMPLE_US = 10_000;
/** Time until the part answers after a reset (section TODO). */
export const RESET_US = 1_000;

/** Operating range (section TODO). */
export const RANGE = { temperature: { min: -40, max: 125 } } as const;

/** One step of the word, and what word 0 stands for (section TODO). */
export const STEP_CEL = 0.01;
export const ZERO_CEL = -273.15;

// hot path
/** Degree Celsius of a word. */
export function temperatureCel(word: number): number {
  return word * STEP_CEL + ZERO_CEL;
}
