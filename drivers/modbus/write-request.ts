/**
 * Writes: function codes 5, 6, 15, 16, 22 and 23. Who may write what is for the owner to decide; the lane only carries it.
 *
 * A write is tried once. When no answer comes nobody knows whether it was carried out, and "reset" twice is not "reset" once:
 * read back before you write again, or say `retries` where a repetition does no harm.
 */
import {
  COIL_ON,
  FunctionCode,
  MAX_EXCHANGE_WRITE,
  MAX_REGISTERS,
  MAX_WRITE_BITS,
  MAX_WRITE_REGISTERS,
  REQUEST_PDU_BYTES,
  writeRequest,
} from "./pdu";
import { check, checkRange, HEAD_INCOMPLETE, ModbusRequest, NO_ANSWER, Priority, repeats } from "./request";

export type WriteOptions = {
  /** 1 … 247; 0 on a serial line writes to all units, and none answers. */
  readonly unit: number;
  /** Address of the first coil or register as it goes over the wire, counted from 0. */
  readonly address: number;
  /** Default `command`. */
  readonly priority?: Priority;
  /** Tries after the first. Default 0. */
  readonly retries?: number;
};

/** The PDU is built once; the answer repeats its first bytes. */
class FixedRequest extends ModbusRequest {
  readonly #pdu: Uint8Array;
  readonly #answerBytes: number;

  constructor(pdu: Uint8Array, answerBytes: number, { unit, priority, retries }: WriteOptions) {
    check(retries ?? 0, 0, 255, "retries");
    super(unit, pdu[0], priority ?? Priority.command, retries ?? 0);
    this.#pdu = pdu;
    this.#answerBytes = answerBytes;
  }

  get pduBytes(): number {
    return this.#pdu.length;
  }

  get expectedBytes(): number {
    return this.#answerBytes;
  }

  write(into: Uint8Array, at: number): number {
    into.set(this.#pdu, at);
    return at + this.#pdu.length;
  }

  answerBytes(bytes: Uint8Array, at: number, available: number): number {
    const length = this.#answerBytes;
    return repeats(bytes, at, this.#pdu, available < length ? available : length) ? length : NO_ANSWER;
  }

  protected accept(): void {
    // The answer says nothing but that it was done.
  }
}

/** Function code 5: one coil. */
export class WriteCoil extends FixedRequest {
  constructor(options: WriteOptions & { readonly on: boolean }) {
    checkRange(options.address, 1, 1, "write");
    super(fourBytes(FunctionCode.writeCoil, options.address, options.on ? COIL_ON : 0), REQUEST_PDU_BYTES, options);
  }
}

/** Function code 6: one register. */
export class WriteRegister extends FixedRequest {
  constructor(options: WriteOptions & { readonly value: number }) {
    checkRange(options.address, 1, 1, "write");
    check(options.value, 0, 65_535, "value");
    super(fourBytes(FunctionCode.writeRegister, options.address, options.value), REQUEST_PDU_BYTES, options);
  }
}

/** Function code 22: `register = (register & and) | (or & ~and)`, in the unit and at once. */
export class MaskWriteRegister extends FixedRequest {
  constructor(options: WriteOptions & { readonly and: number; readonly or: number }) {
    checkRange(options.address, 1, 1, "write");
    check(options.and, 0, 65_535, "and");
    check(options.or, 0, 65_535, "or");
    const pdu = new Uint8Array(REQUEST_PDU_BYTES + 2);
    writeRequest(pdu, 0, FunctionCode.maskWriteRegister, options.address, options.and);
    pdu[5] = options.or >> 8;
    pdu[6] = options.or & 0xff;
    super(pdu, pdu.length, options);
  }
}

/** Function code 15: coils from `address` on. */
export class WriteCoils extends FixedRequest {
  constructor(options: WriteOptions & { readonly values: readonly boolean[] }) {
    const { values, address } = options;
    checkRange(address, values.length, MAX_WRITE_BITS, "write");
    const bytes = (values.length + 7) >> 3;
    const pdu = new Uint8Array(REQUEST_PDU_BYTES + 1 + bytes);
    writeRequest(pdu, 0, FunctionCode.writeCoils, address, values.length);
    pdu[5] = bytes;
    values.forEach((on, i) => {
      if (on) pdu[6 + (i >> 3)] |= 1 << (i & 7);
    });
    super(pdu, REQUEST_PDU_BYTES, options);
  }
}

/** Function code 16: registers from `address` on. */
export class WriteRegisters extends FixedRequest {
  constructor(options: WriteOptions & { readonly values: readonly number[] }) {
    const { values, address } = options;
    checkRange(address, values.length, MAX_WRITE_REGISTERS, "write");
    const pdu = new Uint8Array(REQUEST_PDU_BYTES + 1 + 2 * values.length);
    writeRequest(pdu, 0, FunctionCode.writeRegisters, address, values.length);
    putRegisters(pdu, 5, values);
    super(pdu, REQUEST_PDU_BYTES, options);
  }
}

export type ReadWriteOptions = WriteOptions & {
  readonly values: readonly number[];
  /** What is read, after the write. */
  readonly readAddress: number;
  readonly readCount: number;
};

/** Function code 23: writes registers, then reads registers, in one exchange. */
export class ReadWriteRegisters extends ModbusRequest {
  /** The registers that were read. */
  readonly words: Uint16Array;
  readonly #pdu: Uint8Array;

  constructor({ unit, address, values, readAddress, readCount, priority, retries }: ReadWriteOptions) {
    super(unit, FunctionCode.readWriteRegisters, priority ?? Priority.command, retries ?? 0);
    check(retries ?? 0, 0, 255, "retries");
    checkRange(address, values.length, MAX_EXCHANGE_WRITE, "write");
    checkRange(readAddress, readCount, MAX_REGISTERS, "read");
    this.words = new Uint16Array(readCount);
    const pdu = new Uint8Array(REQUEST_PDU_BYTES + 5 + 2 * values.length);
    writeRequest(pdu, 0, FunctionCode.readWriteRegisters, readAddress, readCount);
    pdu[5] = address >> 8;
    pdu[6] = address & 0xff;
    pdu[7] = values.length >> 8;
    pdu[8] = values.length & 0xff;
    putRegisters(pdu, 9, values);
    this.#pdu = pdu;
  }

  get pduBytes(): number {
    return this.#pdu.length;
  }

  get expectedBytes(): number {
    return 2 + 2 * this.words.length;
  }

  write(into: Uint8Array, at: number): number {
    into.set(this.#pdu, at);
    return at + this.#pdu.length;
  }

  answerBytes(bytes: Uint8Array, at: number, available: number): number {
    if (available < 2) return HEAD_INCOMPLETE;
    return bytes[at + 1] === 2 * this.words.length ? 2 + bytes[at + 1] : NO_ANSWER;
  }

  protected accept(view: DataView, at: number): void {
    for (let i = 0; i < this.words.length; i++) this.words[i] = view.getUint16(at + 2 + 2 * i);
  }
}

function fourBytes(functionCode: number, address: number, value: number): Uint8Array {
  const pdu = new Uint8Array(REQUEST_PDU_BYTES);
  writeRequest(pdu, 0, functionCode, address, value);
  return pdu;
}

/** A byte count, then registers. @throws ModbusRequestError */
function putRegisters(pdu: Uint8Array, at: number, values: readonly number[]): void {
  pdu[at] = 2 * values.length;
  values.forEach((value, i) => {
    check(value, 0, 65_535, "value");
    pdu[at + 1 + 2 * i] = value >> 8;
    pdu[at + 2 + 2 * i] = value & 0xff;
  });
}
