/** The outer code of one block: Reed-Solomon, interleaver, puncturing. For messages of one length, fixed when made. */
import { deinterleave, type InterleaverGeometry, interleave, interleaverGeometry } from "./interleaver";
import { RS_N, Rs16, type RsK } from "./rs16";

export class OuterCode {
  readonly messageSymbols: number;
  readonly sentSymbols: number;
  readonly #code: Rs16;
  readonly #geometry: InterleaverGeometry;
  readonly #rows: Uint8Array;

  constructor(k: RsK, messageSymbols: number) {
    this.#code = new Rs16(k);
    this.#geometry = interleaverGeometry(k, messageSymbols);
    this.#rows = new Uint8Array(this.#geometry.depth * RS_N);
    this.messageSymbols = messageSymbols;
    this.sentSymbols = this.#geometry.sent;
  }

  // hot path
  /** Takes `messageSymbols` symbols, gives `sentSymbols`. */
  encode(message: Uint8Array, out: Uint8Array): void {
    const { depth, pad } = this.#geometry;
    const k = this.#code.k;
    const rows = this.#rows;
    let at = 0;
    for (let row = 0; row < depth; row++) {
      const offset = row * RS_N;
      for (let i = 0; i < k; i++) rows[offset + i] = at < this.messageSymbols ? message[at++] : 0;
      this.#code.encode(rows, offset);
    }
    this.#moveLastParity(-pad);
    interleave(rows, depth, pad, out);
  }

  /**
   * Takes `sentSymbols` symbols, gives `messageSymbols`. A code word beyond repair is passed on as it came.
   * @returns corrected symbols, or -1 when a code word was beyond repair
   */
  decode(received: Uint8Array, message: Uint8Array): number {
    const { depth, pad } = this.#geometry;
    const k = this.#code.k;
    const rows = this.#rows;
    deinterleave(received, depth, pad, rows);
    this.#moveLastParity(pad);
    let corrected = 0;
    let failed = false;
    let at = 0;
    for (let row = 0; row < depth; row++) {
      const offset = row * RS_N;
      const errors = this.#code.decode(rows, offset);
      if (errors < 0) failed = true;
      else corrected += errors;
      for (let i = 0; i < k && at < this.messageSymbols; i++) message[at++] = rows[offset + i];
    }
    return failed ? -1 : corrected;
  }

  // hot path
  /**
   * In the last row the code sees `message, pad zeros, parity`, the interleaver `message, parity, pad zeros`.
   * @param by how far the parity moves to the right
   */
  #moveLastParity(by: number): void {
    if (by === 0) return;
    const { depth, pad } = this.#geometry;
    const rows = this.#rows;
    const end = depth * RS_N;
    const messageEnd = end - RS_N + this.#code.k - pad;
    const parity = RS_N - this.#code.k;
    if (by < 0) {
      for (let i = messageEnd; i < messageEnd + parity; i++) rows[i] = rows[i - by];
      rows.fill(0, end - pad, end);
    } else {
      for (let i = end - 1; i >= end - parity; i--) rows[i] = rows[i - by];
      rows.fill(0, messageEnd, messageEnd + pad);
    }
  }
}
