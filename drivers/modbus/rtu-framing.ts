/**
 * RTU frames: unit(1) PDU CRC(2, low byte first), and how the answer to one request is found in what a line brings: noise, the
 * request's own echo, half frames, late answers of others.
 *
 * Framed by expected length and CRC, not by silence, which neither a UART's FIFO nor a JavaScript loop can police; on a
 * mismatch one byte is dropped, never the whole buffer.
 */
import { crc16, viewOf } from "./crc16";
import { CHUNK_BYTES, type Framing } from "./framing";
import { EXCEPTION_FLAG, EXCEPTION_PDU_BYTES, FunctionCode, REQUEST_PDU_BYTES } from "./pdu";
import { HEAD_INCOMPLETE, type ModbusRequest } from "./request";

const MAX_FRAME_BYTES = 256;
/** Room for the longest frame behind as much noise. */
const ROOM = 2 * MAX_FRAME_BYTES;
/** A chunk is copied whole, whatever part of it counts. */
const CAPACITY = ROOM + CHUNK_BYTES;
/** Unit in front, CRC behind. */
const OVERHEAD_BYTES = 3;
/** Of reads, and of most writes: one buffer serves them all. */
const COMMON_FRAME_BYTES = REQUEST_PDU_BYTES + OVERHEAD_BYTES;

export class RtuFraming implements Framing {
  readonly bytes = new Uint8Array(CAPACITY);
  readonly view = viewOf(this.bytes);
  /** Frames that had the right head and length, but not the right CRC. */
  crcErrors = 0;
  /** Bytes that belonged to no answer. */
  skippedBytes = 0;
  pduAt = 0;
  pduLength = 0;
  spoiled = false;
  readonly #common = new Uint8Array(COMMON_FRAME_BYTES);
  #frame = this.#common;
  #echo = false;
  /** `skippedBytes` at the last `clear`. */
  #skippedBefore = 0;
  /** A frame was damaged since `clear`. */
  #broken = false;
  #start = 0;
  #end = 0;

  // hot path
  frame(request: ModbusRequest): Uint8Array {
    // Functions 1 to 6 ask in five bytes.
    const frame = request.functionCode <= FunctionCode.writeRegister ? this.#common : this.roomFor(request);
    this.#frame = frame;
    frame[0] = request.unit;
    const end = request.write(frame, 1);
    let { crc } = request;
    if (crc < 0) {
      crc = crcOf(frame, end);
      request.crc = crc;
    }
    frame[end] = crc & 0xff;
    frame[end + 1] = crc >> 8;
    return frame;
  }

  // hot path
  get isEmpty(): boolean {
    return this.#end === 0;
  }

  // hot path
  filled(count: number): boolean {
    this.#end = count;
    return true;
  }

  /**
   * Without this the echo of a read of 17 to 24 bits from address 03xx would pass for its answer, since the two then have one
   * form; and that of a write to one register always.
   */
  expectEcho(): void {
    this.#echo = true;
  }

  // hot path
  clear(): void {
    this.skippedBytes += this.#end - this.#start;
    this.#start = this.#end = 0;
    this.#skippedBefore = this.skippedBytes;
    this.#echo = this.#broken = this.spoiled = false;
  }

  // hot path
  push(chunk: Uint8Array, count: number): boolean {
    if (this.#end + chunk.length > CAPACITY) this.compact(chunk.length);
    this.bytes.set(chunk, this.#end);
    this.#end += count;
    return true;
  }

  // hot path
  next(request: ModbusRequest): boolean {
    const { bytes } = this;
    const { unit, functionCode } = request;
    this.spoiled = this.#broken;
    const end = this.#end;
    let start = this.#start;
    while (end - start >= 2) {
      if (bytes[start] === unit && (bytes[start + 1] & 0x7f) === functionCode) {
        if (this.#echo && this.isEcho(start)) {
          const after = start + this.#frame.length;
          this.#start = start;
          if (after > end) return false;
          this.#echo = false;
          start = after;
          continue;
        }
        const need = this.frameBytes(request, start);
        const after = start + need;
        if (after > end) {
          // The rest may still be on the line.
          this.#start = start;
          this.spoiled = true;
          return false;
        }
        if (need > 0) {
          if (crc16(this.view, start, after - 2) === this.view.getUint16(after - 2, true)) {
            this.pduAt = start + 1;
            this.pduLength = need - OVERHEAD_BYTES;
            this.#start = after;
            return true;
          }
          this.crcErrors++;
          this.#broken = this.spoiled = true;
        }
      }
      start++;
      this.skippedBytes++;
    }
    this.#start = start;
    if (!this.spoiled) this.spoiled = this.isBeheaded(request);
    return false;
  }

  // hot path
  /** Nearly as many bytes have come as the answer has, and none of it could be found: its head is damaged. */
  private isBeheaded({ expectedBytes }: ModbusRequest): boolean {
    const received = this.skippedBytes - this.#skippedBefore + this.#end - this.#start;
    return expectedBytes > 0 && received >= expectedBytes;
  }

  // hot path
  /** Length of the frame that seems to begin there; 0: no answer to `request` does. More than is there when it is not known. */
  private frameBytes(request: ModbusRequest, start: number): number {
    if (this.bytes[start + 1] >= EXCEPTION_FLAG) return EXCEPTION_PDU_BYTES + OVERHEAD_BYTES;
    const pduBytes = request.answerBytes(this.bytes, start + 1, this.#end - start - 1);
    if (pduBytes === HEAD_INCOMPLETE) return CAPACITY;
    return pduBytes > 0 ? pduBytes + OVERHEAD_BYTES : 0;
  }

  // hot path
  /** As far as it is there, what stands at `start` is the frame that was sent. */
  private isEcho(start: number): boolean {
    const frame = this.#frame;
    const there = this.#end - start;
    for (let i = 0; i < frame.length && i < there; i++) if (this.bytes[start + i] !== frame[i]) return false;
    return true;
  }

  private roomFor({ pduBytes }: ModbusRequest): Uint8Array<ArrayBuffer> {
    const length = pduBytes + OVERHEAD_BYTES;
    return this.#frame.length === length ? this.#frame : new Uint8Array(length);
  }

  // hot path
  /** Makes room: moves what is kept to the front; drops the older half where nothing was used yet. */
  private compact(least: number): void {
    if (this.#end - this.#start + least > CAPACITY) {
      this.#start += ROOM / 2;
      this.skippedBytes += ROOM / 2;
    }
    this.bytes.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
  }
}

function crcOf(frame: Uint8Array, end: number): number {
  return crc16(viewOf(frame), 0, end);
}
