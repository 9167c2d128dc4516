/**
 * The outer code of one block: Reed-Solomon, interleaver, puncturing. Blocks of any length; symbols stand two an octet, the
 * first in the lower half.
 */
import { deinterleave, interleave } from "./interleaver";
import { RS_N, type RsCode, type RsK, rsEncode } from "./rs16";
import type { Rs16Decoder } from "./rs16-decoder";

/** Code words of a block. */
export function outerDepth(k: RsK, messageSymbols: number): number {
  return Math.ceil(messageSymbols / k);
}

/** Symbols that are sent for so many: code words less the zeros that fill up the last message. */
export function outerSymbols(k: RsK, messageSymbols: number): number {
  const depth = outerDepth(k, messageSymbols);
  return depth * RS_N - (depth * k - messageSymbols);
}

// hot path
/**
 * Codes `messageSymbols` symbols of `octets`.
 * @param rows work space for the code words, one symbol an octet
 * @param out an odd last symbol leaves the upper half of its octet 0
 * @returns the number of symbols in `out`
 */
export function outerEncode(
  code: RsCode,
  octets: Uint8Array,
  messageSymbols: number,
  rows: Uint8Array,
  out: Uint8Array,
): number {
  const k = code.k;
  let end = 0;
  let at = 0;
  while (at < messageSymbols) {
    const messageEnd = end + k;
    for (let i = end; i < messageEnd; i++, at++)
      rows[i] = at < messageSymbols ? (octets[at >> 1] >> ((at & 1) << 2)) & 15 : 0;
    rsEncode(code, rows, end);
    end += RS_N;
  }
  const pad = at - messageSymbols;
  // The code sees `message, pad zeros, parity` in the last row, the interleaver `message, parity, pad zeros`.
  if (pad > 0) for (let i = end - RS_N + k - pad; i < end - pad; i++) rows[i] = rows[i + pad];
  return interleave(rows, end, pad, out);
}

/**
 * The way back. A code word beyond repair is passed on as it came.
 * @param rows work space, as above
 * @returns corrected symbols, or -1 when a code word was beyond repair
 */
export function outerDecode(
  code: RsCode,
  decoder: Rs16Decoder,
  octets: Uint8Array,
  messageSymbols: number,
  rows: Uint8Array,
  out: Uint8Array,
): number {
  const k = code.k;
  const depth = outerDepth(k, messageSymbols);
  const pad = depth * k - messageSymbols;
  const end = depth * RS_N;
  deinterleave(octets, end, pad, rows);
  if (pad > 0) {
    for (let i = end - 1; i >= end - RS_N + k; i--) rows[i] = rows[i - pad];
    rows.fill(0, end - RS_N + k - pad, end - RS_N + k);
  }
  let corrected = 0;
  let failed = false;
  let at = 0;
  out.fill(0, 0, (messageSymbols + 1) >> 1);
  for (let row = 0; row < end; row += RS_N) {
    const errors = decoder.decode(code, rows, row);
    if (errors < 0) failed = true;
    else corrected += errors;
    for (let i = row; i < row + k && at < messageSymbols; i++, at++) out[at >> 1] |= rows[i] << ((at & 1) << 2);
  }
  return failed ? -1 : corrected;
}
