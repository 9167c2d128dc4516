/**
 * The block interleaver of PHY I: code words are rows, symbols leave column by column. The zeros that fill up the last
 * code word's message stand behind its parity and are not sent (punctured).
 */
import { RS_N } from "./rs16";

// hot path
/**
 * Reads `rows[0 .. end)` by columns into `out`, two symbols an octet, the first in the lower half, less the last `pad`
 * symbols of the last row.
 * @returns the number of symbols
 */
export function interleave(rows: Uint8Array, end: number, pad: number, out: Uint8Array): number {
  let at = 0;
  let first = -1;
  for (let column = 0; column < RS_N; column++) {
    const columnEnd = column < RS_N - pad ? end : end - RS_N;
    for (let i = column; i < columnEnd; i += RS_N) {
      if (first < 0) first = rows[i];
      else {
        out[at++] = first | (rows[i] << 4);
        first = -1;
      }
    }
  }
  if (first < 0) return 2 * at;
  out[at] = first;
  return 2 * at + 1;
}

// hot path
/** The way back: fills `rows`, the pad with zeros. */
export function deinterleave(octets: Uint8Array, end: number, pad: number, rows: Uint8Array): void {
  let at = 0;
  for (let column = 0; column < RS_N; column++) {
    const columnEnd = column < RS_N - pad ? end : end - RS_N;
    for (let i = column; i < columnEnd; i += RS_N, at++) rows[i] = (octets[at >> 1] >> ((at & 1) << 2)) & 15;
    if (columnEnd < end) rows[end - RS_N + column] = 0;
  }
}
