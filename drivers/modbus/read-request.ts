/** One read of a table: function codes 1 to 4. It carries the answer as well. */
import { dataBytes, MAX_BITS, MAX_REGISTERS, REQUEST_PDU_BYTES, type ReadFunction, readsBits } from "./pdu";
import { check, checkRange, HEAD_INCOMPLETE, LANE_RETRIES, ModbusRequest, NO_ANSWER, Priority } from "./request";

export { ModbusRequestError, Outcome as ReadOutcome, Priority } from "./request";

export type ReadRequestOptions = {
  /** 0 … 255. On a serial line 1 … 247; 0 is a broadcast there and cannot be read. */
  readonly unit: number;
  readonly functionCode: ReadFunction;
  /** First address of the read as it goes over the wire, counted from 0: "40001" is 0. */
  readonly address: number;
  /** 1 … 2000 bits or 1 … 125 registers. */
  readonly count: number;
  /** Default `fast`. */
  readonly priority?: Priority;
};

export class ReadRequest extends ModbusRequest {
  readonly address: number;
  readonly count: number;
  /** The answer: registers, or 0 and 1 for each coil or input. Keeps its last good content. */
  readonly words: Uint16Array;
  readonly #dataBytes: number;

  /** @throws ModbusRequestError when a number is out of its range */
  constructor({ unit, functionCode, address, count, priority }: ReadRequestOptions) {
    super(unit, functionCode, priority ?? Priority.fast, LANE_RETRIES);
    check(functionCode, 1, 4, "function code");
    checkRange(address, count, readsBits(functionCode) ? MAX_BITS : MAX_REGISTERS, "read");
    this.address = address;
    this.count = count;
    this.words = new Uint16Array(count);
    this.#dataBytes = dataBytes(functionCode, count);
  }

  get pduBytes(): number {
    return REQUEST_PDU_BYTES;
  }

  get expectedBytes(): number {
    return this.#dataBytes + 2;
  }

  // hot path
  /** `writeRequest`, without the call: that is what is sent again and again. */
  write(into: Uint8Array, at: number): number {
    const { address, count } = this;
    into[at] = this.functionCode;
    into[at + 1] = address >> 8;
    into[at + 2] = address & 0xff;
    into[at + 3] = count >> 8;
    into[at + 4] = count & 0xff;
    return at + REQUEST_PDU_BYTES;
  }

  // hot path
  /** The byte count of a header is never believed, only compared. */
  answerBytes(bytes: Uint8Array, at: number, available: number): number {
    if (available < 2) return HEAD_INCOMPLETE;
    return bytes[at + 1] === this.#dataBytes ? this.#dataBytes + 2 : NO_ANSWER;
  }

  // hot path
  protected accept(view: DataView, at: number): void {
    const { words, count } = this;
    let from = at + 2;
    if (this.functionCode <= 2) {
      for (let i = 0; i < count; i++) words[i] = (view.getUint8(from + (i >> 3)) >> (i & 7)) & 1;
      return;
    }
    let i = 0;
    const lastFour = count - 3;
    while (i < lastFour) {
      words[i] = view.getUint16(from);
      words[i + 1] = view.getUint16(from + 2);
      words[i + 2] = view.getUint16(from + 4);
      words[i + 3] = view.getUint16(from + 6);
      i += 4;
      from += 8;
    }
    while (i < count) {
      words[i] = view.getUint16(from);
      i++;
      from += 2;
    }
  }
}
