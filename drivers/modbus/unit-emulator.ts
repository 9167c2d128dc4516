/**
 * One Modbus unit without a wire: a request's PDU in, the answer's PDU out, checked in the order of the standard's state diagrams
 * (V1.1b3, section 6). What hangs in front of it (a line, a socket) adds frames and faults.
 */
import {
  COIL_ON,
  EXCEPTION_FLAG,
  FunctionCode,
  MAX_BITS,
  MAX_EXCHANGE_WRITE,
  MAX_REGISTERS,
  MAX_WRITE_BITS,
  MAX_WRITE_REGISTERS,
  ModbusException,
  READ_DEVICE_ID,
  readsBits,
} from "./pdu";

export type UnitTables = {
  /**
   * Fills `into[0 .. count)` with registers, or with 0 and 1 for bits. `functionCode` 1 to 4 names the table.
   * @returns 0, or a `ModbusException`
   */
  readonly read: (functionCode: number, address: number, count: number, into: Uint16Array) => number;
  /**
   * Takes registers, or 0 and 1 for coils, from `values[0 .. count)`. `functionCode` 1 or 3 names the table. Left out: the unit
   * knows no function that writes.
   * @returns 0, or a `ModbusException`
   */
  readonly write?: (functionCode: number, address: number, count: number, values: Uint16Array) => number;
  /** Texts of the objects of 43/14, by number. Left out: the unit does not know the function. */
  readonly identification?: { readonly [object: number]: string };
};

/** A request whose length is not known before more of it has come. */
export const MORE = -1;
/** Request PDU of most functions: function, address, count or value. */
const COMMON_BYTES = 5;
const CONFORMITY_STREAM_AND_ONE = 0x81;

/** Length of the request PDU that begins at `bytes[at]`; a function that nobody knows counts as one of the common length. */
export function requestBytes(bytes: Uint8Array, at: number, available: number): number {
  switch (bytes[at]) {
    case FunctionCode.writeCoils:
    case FunctionCode.writeRegisters:
      return available < 6 ? MORE : 6 + bytes[at + 5];
    case FunctionCode.maskWriteRegister:
      return 7;
    case FunctionCode.readWriteRegisters:
      return available < 10 ? MORE : 10 + bytes[at + 9];
    case FunctionCode.encapsulated:
      return 4;
    default:
      return COMMON_BYTES;
  }
}

export class UnitEmulator {
  readonly #tables: UnitTables;
  readonly #words = new Uint16Array(MAX_BITS);
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #length = 0;
  #answer: Uint8Array = new Uint8Array(0);
  #to = 0;

  constructor(tables: UnitTables) {
    this.#tables = tables;
  }

  /** Answers the PDU at `bytes[at .. at + length)` into `answer` from `to` on. @returns where the answer ends */
  answer(bytes: Uint8Array, at: number, length: number, answer: Uint8Array, to: number): number {
    this.#bytes = bytes;
    this.#at = at;
    this.#length = length;
    this.#answer = answer;
    this.#to = to;
    const functionCode = bytes[at];
    const exception = this.serve(functionCode);
    if (exception <= 0) return -exception;
    answer[to] = functionCode | EXCEPTION_FLAG;
    answer[to + 1] = exception;
    return to + 2;
  }

  /** Answers an exception instead of what was asked. @returns where the answer ends */
  static refuse(functionCode: number, exception: number, answer: Uint8Array, to: number): number {
    answer[to] = functionCode | EXCEPTION_FLAG;
    answer[to + 1] = exception;
    return to + 2;
  }

  /** @returns an exception, or the end of the answer with a minus before it */
  private serve(functionCode: number): number {
    const writes = this.#tables.write !== undefined;
    switch (functionCode) {
      case FunctionCode.readCoils:
      case FunctionCode.readDiscreteInputs:
      case FunctionCode.readHoldingRegisters:
      case FunctionCode.readInputRegisters:
        return this.read(functionCode, this.word(1), this.word(3));
      case FunctionCode.writeCoil:
        return writes ? this.writeCoil() : ModbusException.illegalFunction;
      case FunctionCode.writeRegister:
        return writes ? this.writeRegister(this.word(3)) : ModbusException.illegalFunction;
      case FunctionCode.maskWriteRegister:
        return writes ? this.mask() : ModbusException.illegalFunction;
      case FunctionCode.writeCoils:
        return writes ? this.writeCoils() : ModbusException.illegalFunction;
      case FunctionCode.writeRegisters:
        return writes ? this.writeRegisters() : ModbusException.illegalFunction;
      case FunctionCode.readWriteRegisters:
        return writes ? this.exchange() : ModbusException.illegalFunction;
      case FunctionCode.encapsulated:
        return this.identify();
      default:
        return ModbusException.illegalFunction;
    }
  }

  private read(functionCode: number, address: number, count: number): number {
    const bits = readsBits(functionCode);
    const refusal = outOfRange(address, count, bits ? MAX_BITS : MAX_REGISTERS);
    const exception = refusal !== 0 ? refusal : this.#tables.read(functionCode, address, count, this.#words);
    if (exception !== 0) return exception;
    const answer = this.#answer;
    const from = this.#to + 2;
    const bytes = bits ? (count + 7) >> 3 : 2 * count;
    answer[this.#to] = this.#bytes[this.#at];
    answer[this.#to + 1] = bytes;
    const words = this.#words;
    if (bits) {
      answer.fill(0, from, from + bytes);
      for (let i = 0; i < count; i++) answer[from + (i >> 3)] |= (words[i] === 0 ? 0 : 1) << (i & 7);
    } else
      for (let i = 0, at = from; i < count; i++, at += 2) {
        const word = words[i];
        answer[at] = word >> 8;
        // The upper byte does not fit, and is left out.
        answer[at + 1] = word;
      }
    return -(from + bytes);
  }

  private writeCoil(): number {
    const value = this.word(3);
    if (value !== 0 && value !== COIL_ON) return ModbusException.illegalDataValue;
    this.#words[0] = value === 0 ? 0 : 1;
    const exception = this.#tables.write!(FunctionCode.readCoils, this.word(1), 1, this.#words);
    return exception !== 0 ? exception : this.echo(COMMON_BYTES);
  }

  private writeRegister(value: number, echo = COMMON_BYTES): number {
    this.#words[0] = value;
    const exception = this.#tables.write!(FunctionCode.readHoldingRegisters, this.word(1), 1, this.#words);
    return exception !== 0 ? exception : this.echo(echo);
  }

  private mask(): number {
    const exception = this.#tables.read(FunctionCode.readHoldingRegisters, this.word(1), 1, this.#words);
    if (exception !== 0) return exception;
    const and = this.word(3);
    return this.writeRegister((this.#words[0] & and) | (this.word(5) & ~and), 7);
  }

  private writeCoils(): number {
    const [address, count] = [this.word(1), this.word(3)];
    const bytes = this.#bytes[this.#at + 5];
    if (count < 1 || count > MAX_WRITE_BITS || bytes !== (count + 7) >> 3 || this.#length !== 6 + bytes)
      return ModbusException.illegalDataValue;
    if (address + count > 65_536) return ModbusException.illegalDataAddress;
    for (let i = 0; i < count; i++) this.#words[i] = (this.#bytes[this.#at + 6 + (i >> 3)] >> (i & 7)) & 1;
    const exception = this.#tables.write!(FunctionCode.readCoils, address, count, this.#words);
    return exception !== 0 ? exception : this.echo(COMMON_BYTES);
  }

  private writeRegisters(): number {
    const refusal = this.takeRegisters(1, MAX_WRITE_REGISTERS);
    if (refusal !== 0) return refusal;
    const exception = this.#tables.write!(FunctionCode.readHoldingRegisters, this.word(1), this.word(3), this.#words);
    return exception !== 0 ? exception : this.echo(COMMON_BYTES);
  }

  /** The write comes before the read (section 6.17). */
  private exchange(): number {
    const refusal = outOfRange(this.word(1), this.word(3), MAX_REGISTERS) || this.takeRegisters(5, MAX_EXCHANGE_WRITE);
    if (refusal !== 0) return refusal;
    const exception = this.#tables.write!(FunctionCode.readHoldingRegisters, this.word(5), this.word(7), this.#words);
    return exception !== 0 ? exception : this.read(FunctionCode.readHoldingRegisters, this.word(1), this.word(3));
  }

  /** Address, count, byte count and registers at `offset` of the PDU, into `#words`. @returns 0 or an exception */
  private takeRegisters(offset: number, most: number): number {
    const [address, count] = [this.word(offset), this.word(offset + 2)];
    const bytes = this.#bytes[this.#at + offset + 4];
    if (count < 1 || count > most || bytes !== 2 * count || this.#length !== offset + 5 + bytes)
      return ModbusException.illegalDataValue;
    if (address + count > 65_536) return ModbusException.illegalDataAddress;
    for (let i = 0; i < count; i++) this.#words[i] = this.word(offset + 5 + 2 * i);
    return 0;
  }

  private identify(): number {
    const objects = this.#tables.identification;
    const code = this.#bytes[this.#at + 2];
    const first = this.#bytes[this.#at + 3];
    if (objects === undefined || this.#bytes[this.#at + 1] !== READ_DEVICE_ID) return ModbusException.illegalFunction;
    if (code < 1 || code > 4) return ModbusException.illegalDataValue;
    const one = code === 4;
    if (one && objects[first] === undefined) return ModbusException.illegalDataAddress;
    // A stream that begins at an object which is not there begins at the first (section 6.21).
    const from = objects[first] === undefined ? 0 : first;
    const last = one ? from : [2, 2, 0x7f, 0xff][code];
    const { at, count, next } = this.putObjects(objects, from, last);
    const answer = this.#answer;
    answer[this.#to] = FunctionCode.encapsulated;
    answer[this.#to + 1] = READ_DEVICE_ID;
    answer[this.#to + 2] = code;
    answer[this.#to + 3] = CONFORMITY_STREAM_AND_ONE;
    answer[this.#to + 4] = next < 0 ? 0 : 0xff;
    answer[this.#to + 5] = next < 0 ? 0 : next;
    answer[this.#to + 6] = count;
    return -at;
  }

  /** As many as fit into one PDU. */
  private putObjects(objects: NonNullable<UnitTables["identification"]>, from: number, last: number) {
    let at = this.#to + 7;
    let count = 0;
    for (let id = from; id <= last; id++) {
      const text = objects[id];
      if (text === undefined) continue;
      const bytes = latin(text);
      if (at + 2 + bytes.length > this.#to + 253) return { at, count, next: id };
      this.#answer[at] = id;
      this.#answer[at + 1] = bytes.length;
      this.#answer.set(bytes, at + 2);
      at += 2 + bytes.length;
      count++;
    }
    return { at, count, next: -1 };
  }

  private echo(bytes: number): number {
    for (let i = 0; i < bytes; i++) this.#answer[this.#to + i] = this.#bytes[this.#at + i];
    return -(this.#to + bytes);
  }

  private word(offset: number): number {
    return (this.#bytes[this.#at + offset] << 8) | this.#bytes[this.#at + offset + 1];
  }
}

/** Count before address, as the state diagrams of sections 6.1 to 6.4 have it. */
function outOfRange(address: number, count: number, most: number): number {
  if (count < 1 || count > most) return ModbusException.illegalDataValue;
  return address + count > 65_536 ? ModbusException.illegalDataAddress : 0;
}

/** ASCII by the standard; what lies outside becomes a question mark. */
function latin(text: string): number[] {
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0)!;
    bytes.push(code < 0x80 ? code : 0x3f);
  }
  return bytes;
}
