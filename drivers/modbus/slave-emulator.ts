/**
 * A Modbus RTU slave on a line of the world: hears every byte on the line, answers requests to its unit, is silent on
 * everything else: other units, broadcasts, broken checksums.
 */
import type { SerialTarget } from "../emulation";
import { crc16 } from "./crc16";
import {
  dataBytes,
  EXCEPTION_FLAG,
  FunctionCode,
  MAX_BITS,
  MAX_PDU_BYTES,
  MAX_REGISTERS,
  ModbusException,
  REQUEST_PDU_BYTES,
  readsBits,
} from "./pdu";

const REQUEST_FRAME_BYTES = REQUEST_PDU_BYTES + 3;

export type ModbusSlaveOptions = {
  /** 1 … 247. */
  readonly unit: number;
  /** Silence between the end of a request and the answer. */
  readonly turnaroundUs: number;
  readonly transmit: (bytes: Uint8Array, delayUs: number) => void;
  /**
   * Fills `into[0 .. count)` with registers, or with 0 and 1 for bits.
   * @returns 0, or a `ModbusException`
   */
  readonly read: (functionCode: number, address: number, count: number, into: Uint16Array) => number;
};

export class ModbusSlave implements SerialTarget {
  /** Requests to this unit that were answered, exceptions included. */
  answered = 0;
  /** Bytes that were no request to this unit. */
  ignoredBytes = 0;
  readonly #options: ModbusSlaveOptions;
  readonly #heard = new Uint8Array(REQUEST_FRAME_BYTES);
  #length = 0;
  readonly #words = new Uint16Array(MAX_BITS);
  readonly #answer = new Uint8Array(MAX_PDU_BYTES + 3);

  constructor(options: ModbusSlaveOptions) {
    this.#options = options;
  }

  /** A window of the last eight bytes: whenever they are a request to this unit with a good CRC, it is answered. */
  receive(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (this.#length === REQUEST_FRAME_BYTES) {
        this.#heard.copyWithin(0, 1);
        this.#length--;
        this.ignoredBytes++;
      }
      this.#heard[this.#length++] = byte;
      if (this.#isRequest()) {
        this.#length = 0;
        this.#reply();
      }
    }
  }

  #isRequest(): boolean {
    const heard = this.#heard;
    return (
      this.#length === REQUEST_FRAME_BYTES &&
      heard[0] === this.#options.unit &&
      crc16(heard, 0, REQUEST_FRAME_BYTES - 2) ===
        (heard[REQUEST_FRAME_BYTES - 2] | (heard[REQUEST_FRAME_BYTES - 1] << 8))
    );
  }

  #reply(): void {
    const [unit, functionCode, addressHigh, addressLow, countHigh, countLow] = this.#heard;
    const address = (addressHigh << 8) | addressLow;
    const count = (countHigh << 8) | countLow;
    const refusal = this.#refusal(functionCode, address, count);
    const exception = refusal !== 0 ? refusal : this.#options.read(functionCode, address, count, this.#words);
    this.#answer[0] = unit;
    const end = exception !== 0 ? this.#exception(functionCode, exception) : this.#data(functionCode, count);
    const crc = crc16(this.#answer, 0, end);
    this.#answer[end] = crc & 0xff;
    this.#answer[end + 1] = crc >> 8;
    this.answered++;
    this.#options.transmit(this.#answer.slice(0, end + 2), this.#options.turnaroundUs);
  }

  /** What the standard's state diagrams check before the data is looked at, in their order (sections 6.1 to 6.4). */
  #refusal(functionCode: number, address: number, count: number): number {
    if (functionCode < FunctionCode.readCoils || functionCode > FunctionCode.readInputRegisters)
      return ModbusException.illegalFunction;
    if (count < 1 || count > (readsBits(functionCode) ? MAX_BITS : MAX_REGISTERS))
      return ModbusException.illegalDataValue;
    return address + count > 65_536 ? ModbusException.illegalDataAddress : 0;
  }

  #exception(functionCode: number, exception: number): number {
    this.#answer[1] = functionCode | EXCEPTION_FLAG;
    this.#answer[2] = exception;
    return 3;
  }

  /** Returns where the CRC goes. */
  #data(functionCode: number, count: number): number {
    const answer = this.#answer;
    const bytes = dataBytes(functionCode, count);
    answer[1] = functionCode;
    answer[2] = bytes;
    answer.fill(0, 3, 3 + bytes);
    for (let i = 0; i < count; i++) {
      const word = this.#words[i];
      if (readsBits(functionCode)) answer[3 + (i >> 3)] |= (word === 0 ? 0 : 1) << (i & 7);
      else {
        answer[3 + 2 * i] = word >> 8;
        answer[4 + 2 * i] = word & 0xff;
      }
    }
    return 3 + bytes;
  }
}
