/** Constants of the compact batch; README.md describes it. */

/** First item of the array. */
export const COLUMNS_VERSION = 1;

/** `flags` of a column. */
export const Flag = {
  /** Mask of the decimals. */
  decimals: 0x07,
  irregular: 0x08,
  qualities: 0x10,
  /** None of these may be set. */
  reserved: 0xe0,
} as const;

/** In place of the decimals: values are binary32. */
export const BINARY32 = 7;
/** Most digits behind the decimal point. */
export const MOST_DECIMALS = 6;
/** 10^d by d: engines agree on the quotient, not on `pow`. */
export const SCALES: readonly number[] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];

/** Values in units of 10^-d are below this in size, so that any difference of two fits a zigzag of 32 bits. */
export const LARGEST_SCALED = 0x3fff_ffff;
export const HANDLE_BYTES = 12;
