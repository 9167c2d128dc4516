/**
 * Facts of the Melexis MLX90640 (data sheet 3901090640, revision 12, December 2019), shared by driver and emulator. Written down
 * from knowledge of the sheet and held against the maker's library (calibration.test.ts): registers and arithmetic with high
 * confidence, section numbers with less.
 */

/** Memory map, in 16-bit words, most significant byte first (section 10.3). */
export const Memory = {
  /** 768 pixels, row by row, of which each measurement renews those of its subpage. */
  pixels: 0x0400,
  /** 64 words besides: see `Aux`. */
  aux: 0x0700,
  eeprom: 0x2400,
  status: 0x8000,
  control: 0x800d,
} as const;

export const COLUMNS = 32;
export const ROWS = 24;
export const PIXELS = COLUMNS * ROWS;
export const AUX_WORDS = 64;
export const EEPROM_WORDS = 832;

/** Words from `Memory.aux` on that the arithmetic needs (section 10.3, RAM). */
export const Aux = { vbe: 0x00, compensation0: 0x08, gain: 0x0a, ptat: 0x20, compensation1: 0x28, vdd: 0x2a } as const;

/** Words of the EEPROM, from its beginning (section 10.4). */
export const Eeprom = {
  /** Three words, different in every part. */
  id: 0x07,
  /** Bit 6: another device of the family; bit 11: calibrated for interleaved reading instead of the chess pattern. */
  deviceSelect: 0x0a,
  offsetScales: 0x10,
  offsetReference: 0x11,
  offsetRows: 0x12,
  offsetColumns: 0x18,
  alphaScales: 0x20,
  alphaReference: 0x21,
  alphaRows: 0x22,
  alphaColumns: 0x28,
  gain: 0x30,
  ptat25: 0x31,
  ptatSlopes: 0x32,
  vdd: 0x33,
  kv: 0x34,
  ktaOddColumns: 0x36,
  ktaEvenColumns: 0x37,
  scales: 0x38,
  compensationAlpha: 0x39,
  compensationOffset: 0x3a,
  compensationSlopes: 0x3b,
  ksTaTgc: 0x3c,
  ksTo01: 0x3d,
  ksTo23: 0x3e,
  ksToScales: 0x3f,
  pixels: 0x40,
} as const;

export const OTHER_DEVICE = 0x0040;
export const INTERLEAVED = 0x0800;

/** Status register: the subpage that was measured last, and whether it is new (section 10.5). */
export const STATUS_SUBPAGE = 0x0001;
export const STATUS_NEW = 0x0008;
/** Written to it: nothing is new, and what is measured stays until it was read (overwriting is not enabled). */
export const STATUS_TAKE_NEXT = 0x0000;

/** Control register (section 10.5): subpages on, chess pattern, 18 bits, refresh rate in bits 9 to 7. */
export const CONTROL_BASE = 0x1801;
export const CONTROL_RATE_SHIFT = 7;
/** Subpages a second by their code, from 1 on; 0.5 and more than 16 are left out (1 MHz buses only). */
export const REFRESH_RATES = [1, 2, 4, 8, 16] as const;
export type RefreshRate = (typeof REFRESH_RATES)[number];

export function rateCode(rate: RefreshRate): number {
  return REFRESH_RATES.indexOf(rate) + 1;
}

/** After power-on the part needs 80 ms before its first measurement counts (section 12). */
export const STARTUP_US = 80_000;

export const ADDRESS = 0x33;

/** What it measures (section 1), and what its own temperature may be. */
export const RANGE = { min: -40, max: 300 } as const;
export const AMBIENT_RANGE = { min: -40, max: 85 } as const;

export const KELVIN = 273.15;
/** What a shiny object mirrors is this much colder than the part (section 11.2.2.9's advice). */
export const REFLECTED_BELOW_AMBIENT = 8;
