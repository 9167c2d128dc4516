/**
 * The block interleaver of PHY I: code words are rows, symbols leave column by column. The zeros that fill up the last
 * code word's message are moved behind its parity and are not sent (punctured).
 */
import { RS_N, type RsK } from "./rs16";

export type InterleaverGeometry = {
  /** Rows: code words in the block. */
  readonly depth: number;
  /** Zero symbols at the end of the last row that are not sent. */
  readonly pad: number;
  /** Symbols that are sent. */
  readonly sent: number;
};

export function interleaverGeometry(k: RsK, messageSymbols: number): InterleaverGeometry {
  const depth = Math.ceil(messageSymbols / k);
  const pad = depth * k - messageSymbols;
  return { depth, pad, sent: depth * RS_N - pad };
}

// hot path
/** Reads `rows` (depth × 15 symbols) by columns into `out`, less the pad. Returns the number of symbols. */
export function interleave(rows: Uint8Array, depth: number, pad: number, out: Uint8Array): number {
  const lastRow = depth - 1;
  let at = 0;
  for (let column = 0; column < RS_N; column++) {
    const sentRows = column < RS_N - pad ? depth : lastRow;
    for (let row = 0; row < sentRows; row++) out[at++] = rows[row * RS_N + column];
  }
  return at;
}

// hot path
/** The way back: fills `rows`, the pad with zeros. */
export function deinterleave(symbols: Uint8Array, depth: number, pad: number, rows: Uint8Array): void {
  const lastRow = depth - 1;
  let at = 0;
  for (let column = 0; column < RS_N; column++) {
    const sentRows = column < RS_N - pad ? depth : lastRow;
    for (let row = 0; row < sentRows; row++) rows[row * RS_N + column] = symbols[at++];
    if (sentRows === lastRow) rows[lastRow * RS_N + column] = 0;
  }
}
