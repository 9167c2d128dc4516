/** Places and limits of a frame of GB/T 26875.3-2011. The text was read in public transcriptions, so clauses are not cited. */

/** `@`, twice. */
export const MARK_START = 0x40;
/** `#`, twice. Also occurs inside of a frame, so nothing is ever found by it. */
export const MARK_END = 0x23;

export const Offset = {
  serial: 2,
  version: 4,
  time: 6,
  source: 12,
  destination: 18,
  length: 24,
  command: 26,
  unit: 27,
} as const;

/** Checksum and end mark. */
export const TAIL_BYTES = 3;
/** A frame without its unit. */
export const OVERHEAD_BYTES = Offset.unit + TAIL_BYTES;
/** The longest application data unit. */
export const MAX_UNIT_BYTES = 1024;
export const ADDRESS_BYTES = 6;

/** The sum of the bytes modulo 256. */
export function sumOf(bytes: Uint8Array, start: number, end: number): number {
  let sum = 0;
  for (let at = start; at < end; at++) sum += bytes[at];
  return sum & 0xff;
}
