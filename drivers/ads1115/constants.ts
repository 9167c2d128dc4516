/**
 * Facts of the Texas Instruments ADS1115 (data sheet SBAS444, revision D, January 2018), shared by driver and emulator. Written
 * down from knowledge of the sheet: registers and codes with high confidence, section numbers with less.
 */

/** 16-bit registers, most significant byte first (section 9.6). */
export const Register = { conversion: 0, configuration: 1, lowThreshold: 2, highThreshold: 3 } as const;

/** Bits of the configuration register (section 9.6.3). */
export const Configuration = {
  /** Written: begin a conversion. Read: none is running. */
  start: 0x8000,
  singleShot: 0x0100,
  /** The ALERT pin stays until the result is read. */
  latching: 0x0004,
  /** Comparator after one, two or four conversions, or off. */
  queueOff: 0x0003,
} as const;
export const MUX_SHIFT = 12;
export const PGA_SHIFT = 9;
export const RATE_SHIFT = 5;

/** After power-up or reset. */
export const CONFIGURATION_AFTER_RESET = 0x8583;
export const LOW_AFTER_RESET = 0x8000;
export const HIGH_AFTER_RESET = 0x7fff;

/** What is measured against what, by its code: an input against ground, or against another input. */
export const INPUTS = ["0-1", "0-3", "1-3", "2-3", 0, 1, 2, 3] as const;
export type Input = (typeof INPUTS)[number];

/** Full scale of the amplifier in millivolts, by its code. No pin may be above the supply, whatever the range. */
export const RANGES_MV = [6144, 4096, 2048, 1024, 512, 256] as const;
export type RangeMv = (typeof RANGES_MV)[number];

/** Conversions a second, by their code. */
export const RATES = [8, 16, 32, 64, 128, 250, 475, 860] as const;
export type Rate = (typeof RATES)[number];

/** Readings beyond a limit until the ALERT pin says so, by their code. */
export const ALERT_AFTER = [1, 2, 4] as const;
export type AlertAfter = (typeof ALERT_AFTER)[number];

/** The converter has 16 bits with sign. */
export const FULL_STEPS = 32_768;
export const LARGEST = 32_767;

/** By the ADDR pin: ground, supply, SDA, SCL (section 9.5.1.1). */
export const ADDRESSES = [0x48, 0x49, 0x4a, 0x4b] as const;

/** Longest time of a conversion: its rate is within 10 % (section 7.5), and the part wakes up in 25 us. */
export function conversionUs(rate: Rate): number {
  return Math.ceil(1_100_000 / rate) + 25;
}

export function typicalUs(rate: Rate): number {
  return Math.ceil(1_000_000 / rate) + 25;
}
