/**
 * Facts of the Panasonic Grid-EYE AMG88xx (reference specifications "Infrared array sensor Grid-EYE", AMG8833, 8834, 8853, 8854,
 * date of issue 29 July 2019), shared by driver and emulator. Sections are those of its register chapter.
 */

export const Register = {
  powerControl: 0x00,
  reset: 0x01,
  frameRate: 0x02,
  interruptControl: 0x03,
  status: 0x04,
  /** Upper level, lower level and hysteresis, each two bytes, least significant first. */
  interruptLevels: 0x08,
  thermistor: 0x0e,
  /** 64 pixels of two bytes, least significant first, from the lower left, row by row. */
  pixels: 0x80,
} as const;

export const POWER_NORMAL = 0x00;
/** Flags, interrupt table and configuration back to what they are after power-up. */
export const RESET_INITIAL = 0x3f;
export const FRAME_RATE = { 1: 0x01, 10: 0x00 } as const;
export type FramesPerSecond = keyof typeof FRAME_RATE;
/** INT pin on, levels absolute (not relative to the frame before). */
export const INTERRUPT_ABSOLUTE = 0x03;

/** Status: a pixel, or the thermistor, is beyond what the part can measure. */
export const STATUS_OVERFLOW = 0x0c;
export const STATUS_INTERRUPT = 0x02;

/** AD_SELECT low or high. */
export const ADDRESSES = [0x68, 0x69] as const;

export const COLUMNS = 8;
export const PIXELS = 64;
export const FRAME_BYTES = 2 * PIXELS;

/** Time from a reset until two new frames are there, at 10 frames a second. */
export const RESET_FRAMES_US = 200_000;

export const CEL_PER_PIXEL_STEP = 0.25;
export const CEL_PER_THERMISTOR_STEP = 0.0625;

/** What the variants measure: high gain (AMG8833, AMG8853) and low gain (AMG8834, AMG8854). */
export const GAIN_RANGE = { high: { min: 0, max: 80 }, low: { min: -20, max: 100 } } as const;
export type Gain = keyof typeof GAIN_RANGE;
export const THERMISTOR_RANGE = { min: -20, max: 80 } as const;

// hot path
/** A pixel: 12 bits, two's complement. Known answers of the specification: 0x1F4 is 125 Cel, 0xFFF is -0.25, 0xF24 is -55. */
export function pixelSteps(low: number, high: number): number {
  return ((low | (high << 8)) << 20) >> 20;
}

// hot path
/** The thermistor: 11 bits and a sign. 0x190 is 25 Cel, 0x804 is -0.25. */
export function thermistorSteps(low: number, high: number): number {
  const magnitude = low | ((high & 0x07) << 8);
  return (high & 0x08) === 0 ? magnitude : -magnitude;
}
