/**
 * A Modbus slave on a line of the world, in RTU or ASCII: hears every byte, answers requests to its unit, carries out broadcasts
 * without a word, is silent on everything else: other units, broken checksums.
 */
import type { SerialTarget } from "../emulation";
import { crc16, viewOf } from "./crc16";
import { BROADCAST, MAX_PDU_BYTES, ModbusException } from "./pdu";
import type { SlaveFaults } from "./slave-faults";
import { MORE, requestBytes, UnitEmulator, type UnitTables } from "./unit-emulator";

const MAX_FRAME_BYTES = 256;
const OVERHEAD_BYTES = 3;
const COLON = 0x3a;
const LF = 0x0a;
/** The shortest request: its PDU is that of 43/14. */
const MIN_FRAME_BYTES = 4 + OVERHEAD_BYTES;
const NOISE_BYTES = 5;
const DIGITS = "0123456789ABCDEF";

export type ModbusSlaveOptions = UnitTables & {
  /** 1 … 247. */
  readonly unit: number;
  /** Silence between the end of a request and the answer. */
  readonly turnaroundUs: number;
  readonly transmit: (bytes: Uint8Array, delayUs: number) => void;
  /** Default RTU. */
  readonly ascii?: boolean;
  readonly faults?: SlaveFaults;
};

export class ModbusSlave implements SerialTarget {
  /** Requests to this unit that were answered, exceptions included. */
  answered = 0;
  /** Bytes that were no request to this unit. */
  ignoredBytes = 0;
  readonly #options: ModbusSlaveOptions;
  readonly #unit: UnitEmulator;
  readonly #heard = new Uint8Array(MAX_FRAME_BYTES);
  readonly #view = viewOf(this.#heard);
  #length = 0;
  /** ASCII: characters of a frame, from its colon on. */
  #characters: number[] | undefined;
  readonly #answer = new Uint8Array(MAX_PDU_BYTES + OVERHEAD_BYTES);

  constructor(options: ModbusSlaveOptions) {
    this.#options = options;
    this.#unit = new UnitEmulator(options);
  }

  receive(bytes: Uint8Array): void {
    const ascii = this.#options.ascii === true;
    for (let i = 0; i < bytes.length; i++)
      if (ascii) this.takeCharacter(bytes[i]);
      else this.takeByte(bytes[i]);
  }

  quietFor(): number {
    if (this.#options.ascii === true) return 1;
    let least = MIN_FRAME_BYTES;
    for (let start = 0; start < this.#length; start++) {
      const heard = this.#length - start;
      const need = heard < 4 ? MIN_FRAME_BYTES : this.frameBytes(start);
      if (need === MAX_FRAME_BYTES) return 1;
      if (need > heard && need - heard < least) least = need - heard;
    }
    return least;
  }

  /** A window over the line: whenever what stands in it ends with a request of ours and a good CRC, it is answered. */
  private takeByte(byte: number): void {
    if (this.#length === MAX_FRAME_BYTES) this.drop(1);
    this.#heard[this.#length++] = byte;
    for (let start = 0; start + 4 <= this.#length; ) {
      const need = this.frameBytes(start);
      if (need === 0) {
        // Nothing of ours begins there; what begins later may.
        if (start === 0) this.drop(1);
        else start++;
        continue;
      }
      if (need === this.#length - start && crc16(this.#view, start, this.#length) === 0) {
        this.ignoredBytes += start;
        this.#length = 0;
        this.serve(this.#heard, start, need - OVERHEAD_BYTES);
        return;
      }
      // Not whole, or no frame: another may begin behind.
      start++;
    }
  }

  /** Length of a request to us that may begin there; 0: none does. */
  private frameBytes(start: number): number {
    const unit = this.#heard[start];
    if (unit !== this.#options.unit && unit !== BROADCAST) return 0;
    const pdu = requestBytes(this.#heard, start + 1, this.#length - start - 1);
    const need = pdu === MORE ? MAX_FRAME_BYTES : pdu + OVERHEAD_BYTES;
    return need >= this.#length - start && need <= MAX_FRAME_BYTES ? need : 0;
  }

  private drop(count: number): void {
    this.#heard.copyWithin(0, count);
    this.#length -= count;
    this.ignoredBytes += count;
  }

  private takeCharacter(character: number): void {
    if (character === COLON) this.#characters = [];
    else if (this.#characters === undefined) this.ignoredBytes++;
    else if (character === LF) {
      const body = bytesOfHex(this.#characters);
      this.#characters = undefined;
      let sum = 0;
      for (const byte of body) sum += byte;
      const mine = body[0] === this.#options.unit || body[0] === BROADCAST;
      if (body.length >= 3 && (sum & 0xff) === 0 && mine) this.serve(Uint8Array.from(body), 0, body.length - 2);
    } else if (this.#characters.length < 2 * MAX_FRAME_BYTES) this.#characters.push(character);
  }

  /** The request whose unit stands at `bytes[at]`. */
  private serve(bytes: Uint8Array, at: number, pduLength: number): void {
    const { unit, turnaroundUs, transmit, faults } = this.#options;
    const answer = this.#answer;
    const isBroadcast = bytes[at] === BROADCAST;
    if (!isBroadcast && faults !== undefined && faults.hits(faults.silent)) return;
    let end = 0;
    if (faults?.hits(faults.busy)) end = UnitEmulator.refuse(bytes[at + 1], ModbusException.busy, answer, 1);
    else if (faults?.hits(faults.failed))
      end = UnitEmulator.refuse(bytes[at + 1], ModbusException.deviceFailure, answer, 1);
    else end = this.#unit.answer(bytes, at + 1, pduLength, answer, 1);
    if (isBroadcast) return;
    this.answered++;
    answer[0] = faults?.hits(faults.wrongUnit) ? unit + 1 : unit;
    const frame = this.#options.ascii === true ? asciiFrame(answer, end) : rtuFrame(answer, end);
    const lateUs = faults?.hits(faults.late) ? faults.lateUs : 0;
    transmit(spoil(frame, faults), turnaroundUs + lateUs);
  }
}

function rtuFrame(answer: Uint8Array, end: number): Uint8Array {
  const crc = crc16(viewOf(answer), 0, end);
  answer[end] = crc & 0xff;
  answer[end + 1] = crc >> 8;
  return answer.slice(0, end + 2);
}

function asciiFrame(answer: Uint8Array, end: number): Uint8Array {
  let text = ":";
  let sum = 0;
  for (let i = 0; i < end; i++) {
    sum += answer[i];
    text += DIGITS[answer[i] >> 4] + DIGITS[answer[i] & 15];
  }
  const lrc = -sum & 0xff;
  text += `${DIGITS[lrc >> 4]}${DIGITS[lrc & 15]}\r\n`;
  const frame: number[] = [];
  for (const character of text) frame.push(character.codePointAt(0)!);
  return Uint8Array.from(frame);
}

/** What the line does to the answer. */
function spoil(frame: Uint8Array, faults: SlaveFaults | undefined): Uint8Array {
  if (faults === undefined) return frame;
  if (faults.hits(faults.garbled)) frame[faults.below(frame.length)] ^= 1 << faults.below(8);
  const whole = faults.hits(faults.cut) ? frame.slice(0, 1 + faults.below(frame.length - 1)) : frame;
  if (!faults.hits(faults.noise)) return whole;
  const noisy = new Uint8Array(NOISE_BYTES + whole.length);
  for (let i = 0; i < NOISE_BYTES; i++) noisy[i] = faults.below(256);
  noisy.set(whole, NOISE_BYTES);
  return noisy;
}

/** Empty when it is no hexadecimal text. */
function bytesOfHex(characters: readonly number[]): number[] {
  const bytes: number[] = [];
  let high = -1;
  for (const character of characters) {
    if (character === 0x0d) continue;
    const digit = DIGITS.indexOf(String.fromCharCode(character).toUpperCase());
    if (digit < 0) return [];
    if (high < 0) high = digit;
    else {
      bytes.push((high << 4) | digit);
      high = -1;
    }
  }
  return high < 0 ? bytes : [];
}
