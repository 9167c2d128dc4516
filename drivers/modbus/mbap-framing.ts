/**
 * Frames on TCP (MBAP): transaction(2) protocol = 0 (2) length(2) unit(1) PDU; the length counts unit and PDU (MODBUS Messaging
 * on TCP/IP V1.0b, section 3.1.3). Several frames may come in one segment, and one in several.
 */
import { viewOf } from "./crc16";
import { FunctionCode, MAX_PDU_BYTES, REQUEST_PDU_BYTES } from "./pdu";
import type { ModbusRequest } from "./request";
import type { SocketFraming } from "./socket-lane";

const HEADER_BYTES = 7;
const COMMON_FRAME_BYTES = HEADER_BYTES + REQUEST_PDU_BYTES;
const MAX_FRAME_BYTES = HEADER_BYTES + MAX_PDU_BYTES;
/** Two of the longest frames: a whole one behind one that is skipped. */
const CAPACITY = 2 * MAX_FRAME_BYTES + 64;

export class MbapFraming implements SocketFraming {
  readonly bytes = new Uint8Array(CAPACITY);
  readonly view = viewOf(this.bytes);
  pduAt = 0;
  pduLength = 0;
  /** A stream brings all bytes: a frame that is not whole is on its way. */
  readonly spoiled = false;
  /** Frames that answered nothing that was awaited: late ones, as a rule. */
  strangers = 0;
  /** Some units answer as another than was asked (a gateway's own, 0 or 255): the transaction's number is proof enough. */
  readonly #anyUnit: boolean;
  readonly #common = new Uint8Array(COMMON_FRAME_BYTES);
  #other: Uint8Array<ArrayBuffer> | undefined;
  #transaction = 0;
  #start = 0;
  #end = 0;

  constructor(anyUnit: boolean) {
    this.#anyUnit = anyUnit;
    this.#common[5] = 1 + REQUEST_PDU_BYTES;
  }

  // hot path
  frame(request: ModbusRequest): Uint8Array {
    // Functions 1 to 6 ask in five bytes.
    const frame = request.functionCode <= FunctionCode.writeRegister ? this.#common : this.roomFor(request);
    const transaction = (this.#transaction + 1) & 0xffff;
    this.#transaction = transaction;
    frame[0] = transaction >> 8;
    frame[1] = transaction & 0xff;
    frame[6] = request.unit;
    request.write(frame, HEADER_BYTES);
    return frame;
  }

  expectEcho(): void {
    // Sockets have none.
  }

  /** A new connection. */
  reset(): void {
    this.#start = this.#end = 0;
  }

  // hot path
  skip(): void {
    while (this.skim()) this.strangers++;
  }

  // hot path
  clear(): void {
    // A stream must be read in order: what is late is told by its transaction number.
  }

  // hot path
  get isEmpty(): boolean {
    return this.#end === 0;
  }

  // hot path
  filled(count: number): boolean {
    this.#end = count;
    return this.holds(0);
  }

  // hot path
  push(chunk: Uint8Array, count: number): boolean {
    if (this.#end + chunk.length > CAPACITY) {
      this.bytes.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
    this.bytes.set(chunk, this.#end);
    this.#end += count;
    return this.holds(this.#start);
  }

  // hot path
  /** False: what begins there is no header, and the stream has lost its frames. */
  private holds(start: number): boolean {
    const { bytes } = this;
    if (this.#end - start < HEADER_BYTES - 1) return true;
    const length = (bytes[start + 4] << 8) | bytes[start + 5];
    return bytes[start + 2] === 0 && bytes[start + 3] === 0 && length >= 2 && length <= 1 + MAX_PDU_BYTES;
  }

  // hot path
  /** A frame that is no answer to `request` is dropped. */
  next(request: ModbusRequest): boolean {
    while (this.skim()) {
      if (this.found === this.#transaction && this.answers(request)) return true;
      this.strangers++;
    }
    return false;
  }

  // hot path
  /** Number of the frame that was made last. */
  get sent(): number {
    return this.#transaction;
  }

  // hot path
  /** Number of the frame that `skim` took. */
  get found(): number {
    return this.view.getUint16(this.pduAt - HEADER_BYTES);
  }

  // hot path
  /** Whether the frame that `skim` took can be an answer to `request`, but for its number. */
  answers(request: ModbusRequest): boolean {
    const { bytes, pduAt } = this;
    return (this.#anyUnit || bytes[pduAt - 1] === request.unit) && request.isAnswer(bytes, pduAt, this.pduLength);
  }

  // hot path
  /** Takes the next whole frame, whosever it is. False: there is none, or what comes next is no frame. */
  skim(): boolean {
    const start = this.#start;
    const { bytes } = this;
    if (this.#end - start < HEADER_BYTES || !this.holds(start)) return false;
    const length = ((bytes[start + 4] << 8) | bytes[start + 5]) - 1;
    if (this.#end - start < HEADER_BYTES + length) return false;
    this.pduAt = start + HEADER_BYTES;
    this.pduLength = length;
    this.#start = start + HEADER_BYTES + length;
    if (this.#start === this.#end) this.#start = this.#end = 0;
    return true;
  }

  /** What comes next is no frame. */
  get lost(): boolean {
    return !this.holds(this.#start);
  }

  private roomFor({ pduBytes }: ModbusRequest): Uint8Array<ArrayBuffer> {
    const length = HEADER_BYTES + pduBytes;
    if (this.#other === undefined || this.#other.length !== length) this.#other = new Uint8Array(length);
    this.#other[5] = 1 + pduBytes;
    return this.#other;
  }
}
