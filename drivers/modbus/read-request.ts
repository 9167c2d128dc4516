/** One read, made once by its owner and submitted as often as wanted. It carries the answer as well. */
import {
  dataBytes,
  EXCEPTION_FLAG,
  EXCEPTION_PDU_BYTES,
  exceptionText,
  type FunctionCode,
  MAX_BITS,
  MAX_REGISTERS,
  readsBits,
} from "./pdu";

export const ReadOutcome = {
  /** Never submitted. */
  idle: 0,
  /** Queued or on its way. */
  pending: 1,
  /** `words` holds the answer. */
  done: 2,
  /** The unit answered with `exceptionCode`. */
  exception: 3,
  /** The unit did not answer, or not in words that could be read. */
  timeout: 4,
  /** There is no way to the unit at present: no connection, no port. */
  unreachable: 5,
  /** The lane was closed. */
  closed: 6,
} as const;
export type ReadOutcome = (typeof ReadOutcome)[keyof typeof ReadOutcome];

/** Of requests that wait, urgent ones go first. */
export const Priority = { urgent: 0, ordinary: 1 } as const;
export type Priority = (typeof Priority)[keyof typeof Priority];

export type ReadRequestOptions = {
  /** 0 … 255. On a serial line 1 … 247; 0 is a broadcast there and cannot be read. */
  readonly unit: number;
  readonly functionCode: FunctionCode;
  /** First address of the read as it goes over the wire, counted from 0: "40001" is 0. */
  readonly address: number;
  /** 1 … 2000 bits or 1 … 125 registers. */
  readonly count: number;
  readonly priority?: Priority;
};

/** The fault of the caller: a read that no unit could answer. */
export class ModbusRequestError extends Error {
  readonly code = "modbus-request";
}

export class ReadRequest {
  readonly unit: number;
  readonly functionCode: FunctionCode;
  readonly address: number;
  readonly count: number;
  readonly priority: Priority;
  /** The answer: registers, or 0 and 1 for each coil or input. Keeps its last good content. */
  readonly words: Uint16Array;
  outcome: ReadOutcome = ReadOutcome.idle;
  exceptionCode = 0;
  /** When `outcome` was decided, monotonic. */
  completedUs = 0;
  /** Called once for each time that it was submitted with success. */
  onDone: (() => void) | undefined;

  /** @throws ModbusRequestError when a number is out of its range */
  constructor({ unit, functionCode, address, count, priority }: ReadRequestOptions) {
    const limit = readsBits(functionCode) ? MAX_BITS : MAX_REGISTERS;
    check(functionCode, 1, 4, "function code");
    check(unit, 0, 255, "unit");
    check(address, 0, 65_535, "address");
    check(count, 1, limit, "count");
    if (address + count > 65_536)
      throw new ModbusRequestError(`a read of ${count} from address ${address} goes beyond address 65535`);
    this.unit = unit;
    this.functionCode = functionCode;
    this.address = address;
    this.count = count;
    this.priority = priority ?? Priority.ordinary;
    this.words = new Uint16Array(count);
  }

  /** What became of it, for people. */
  get text(): string {
    if (this.outcome === ReadOutcome.exception) return `unit ${this.unit}: ${exceptionText(this.exceptionCode)}`;
    const texts = ["not asked yet", "waiting", "answered", "", "did not answer", "cannot be reached", "lane closed"];
    return `unit ${this.unit}: ${texts[this.outcome]}`;
  }

  /** Bytes of the PDU of a good answer. */
  get responseBytes(): number {
    return 2 + dataBytes(this.functionCode, this.count);
  }

  // hot path
  /**
   * Takes the PDU at `bytes[at .. at + length)` if it answers this read.
   * @returns false when it does not: another function, another count of bytes
   */
  take(bytes: Uint8Array, at: number, length: number): boolean {
    if (length === EXCEPTION_PDU_BYTES && bytes[at] === (this.functionCode | EXCEPTION_FLAG)) {
      this.outcome = ReadOutcome.exception;
      this.exceptionCode = bytes[at + 1];
      return true;
    }
    if (length !== this.responseBytes || bytes[at] !== this.functionCode || bytes[at + 1] !== length - 2) return false;
    if (readsBits(this.functionCode)) this.#takeBits(bytes, at + 2);
    else this.#takeRegisters(bytes, at + 2);
    this.outcome = ReadOutcome.done;
    return true;
  }

  // hot path
  #takeRegisters(bytes: Uint8Array, at: number): void {
    for (let i = 0; i < this.count; i++) this.words[i] = (bytes[at + 2 * i] << 8) | bytes[at + 2 * i + 1];
  }

  // hot path
  #takeBits(bytes: Uint8Array, at: number): void {
    for (let i = 0; i < this.count; i++) this.words[i] = (bytes[at + (i >> 3)] >> (i & 7)) & 1;
  }
}

function check(value: number, least: number, most: number, what: string): void {
  if (!Number.isInteger(value) || value < least || value > most)
    throw new ModbusRequestError(`${what} must be a whole number from ${least} to ${most}, not ${value}`);
}
