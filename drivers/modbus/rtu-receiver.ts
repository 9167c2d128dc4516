/**
 * Finds the answer to one request in what a serial line brings: noise, the request's own echo, half frames, late answers of
 * others. It frames by expected length and CRC, not by silence, which neither a UART's FIFO nor a JavaScript loop can
 * police; on a mismatch it drops one byte and looks again, never the whole buffer.
 */
import { crc16 } from "./crc16";
import { EXCEPTION_FLAG } from "./pdu";
import type { ReadRequest } from "./read-request";

const MAX_FRAME_BYTES = 256;
/** Room for the longest frame behind as much noise. */
const CAPACITY = 2 * MAX_FRAME_BYTES;
/** Unit in front, CRC behind. */
const OVERHEAD_BYTES = 3;
const EXCEPTION_FRAME_BYTES = 5;
/** More than the buffer can hold: the byte that says the length is not there yet. */
const HEAD_INCOMPLETE = 2 * CAPACITY;

export class RtuReceiver {
  readonly bytes = new Uint8Array(CAPACITY);
  /** Frames that had the right head and length, but not the right CRC. */
  crcErrors = 0;
  /** Bytes that belonged to no answer. */
  skippedBytes = 0;
  /** Place and length of the PDU that `next` found. */
  pduAt = 0;
  pduLength = 0;
  /** Bytes of the sent frame that is to come back first; none where the line has no echo. */
  #echo: Uint8Array | undefined;
  #start = 0;
  #end = 0;

  /**
   * The adapter hears what it sends: the first frame that is byte for byte `frame` is dropped. Without this the echo of a
   * read of 17 to 24 bits from address 03xx would pass for its answer, since the two then have one form.
   */
  expectEcho(frame: Uint8Array): void {
    this.#echo = frame;
  }

  /** Forgets everything. */
  clear(): void {
    this.skippedBytes += this.#end - this.#start;
    this.#start = this.#end = 0;
    this.#echo = undefined;
  }

  // hot path
  push(byte: number): void {
    if (this.#end === CAPACITY) this.#compact();
    this.bytes[this.#end++] = byte;
  }

  // hot path
  /** Looks for an answer to `request`; what it found stands at `pduAt` until the next call of anything. */
  next(request: ReadRequest): boolean {
    while (this.#end - this.#start >= 2) {
      const need = this.#frameBytes(request);
      if (need > 0) {
        // The rest may still be on the line.
        if (need > this.#end - this.#start) return false;
        if (this.#isEcho(need)) {
          this.#echo = undefined;
          this.#start += need;
          continue;
        }
        if (this.#crcHolds(need)) {
          this.pduAt = this.#start + 1;
          this.pduLength = need - OVERHEAD_BYTES;
          this.#start += need;
          return true;
        }
        this.crcErrors++;
      }
      this.#start++;
      this.skippedBytes++;
    }
    return false;
  }

  // hot path
  /** Length of the frame that seems to begin at the front; 0: no answer to `request` begins here. */
  #frameBytes(request: ReadRequest): number {
    const { bytes } = this;
    const at = this.#start;
    if (bytes[at] !== request.unit) return 0;
    if (bytes[at + 1] === (request.functionCode | EXCEPTION_FLAG)) return EXCEPTION_FRAME_BYTES;
    if (bytes[at + 1] !== request.functionCode) return 0;
    if (at + 2 >= this.#end) return HEAD_INCOMPLETE;
    return bytes[at + 2] === request.responseBytes - 2 ? request.responseBytes + OVERHEAD_BYTES : 0;
  }

  // hot path
  #isEcho(length: number): boolean {
    const echo = this.#echo;
    if (echo === undefined || echo.length !== length) return false;
    for (let i = 0; i < length; i++) if (this.bytes[this.#start + i] !== echo[i]) return false;
    return true;
  }

  // hot path
  #crcHolds(length: number): boolean {
    const end = this.#start + length;
    return crc16(this.bytes, this.#start, end - 2) === (this.bytes[end - 2] | (this.bytes[end - 1] << 8));
  }

  // hot path
  /** Makes room: moves what is kept to the front; drops the older half where nothing was used yet. */
  #compact(): void {
    if (this.#start === 0) {
      this.#start = CAPACITY / 2;
      this.skippedBytes += CAPACITY / 2;
    }
    this.bytes.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
  }
}
