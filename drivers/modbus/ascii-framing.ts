/**
 * ASCII frames: `:` then unit, PDU and LRC as hexadecimal digits, then CR LF (MODBUS over Serial Line V1.02, section 2.5.2).
 * What stands outside of a frame is noise; a colon always begins a new one.
 */
import { viewOf } from "./crc16";
import type { Framing } from "./framing";
import type { ModbusRequest } from "./request";

/** Unit, 253 bytes of PDU, LRC. */
const MAX_BODY_BYTES = 255;
const COLON = 0x3a;
const CR = 0x0d;
const LF = 0x0a;
/** Colon, unit and LRC, CR LF. */
const OVERHEAD_CHARACTERS = 7;
const NOT_A_DIGIT = -1;

const State = { outside: 0, body: 1, complete: 2 } as const;
type State = (typeof State)[keyof typeof State];

export class AsciiFraming implements Framing {
  readonly bytes = new Uint8Array(MAX_BODY_BYTES);
  readonly view = viewOf(this.bytes);
  /** Frames whose LRC, length or digits were wrong. */
  lrcErrors = 0;
  /** Characters outside of frames. */
  skippedBytes = 0;
  readonly pduAt = 1;
  pduLength = 0;
  spoiled = false;
  /** Characters that were received and not looked at: one frame may end in the middle of a chunk. */
  readonly #incoming = new Uint8Array(1024);
  #incomingEnd = 0;
  #incomingAt = 0;
  #frame: Uint8Array = new Uint8Array(0);
  readonly #pdu = new Uint8Array(MAX_BODY_BYTES);
  #state: State = State.outside;
  #length = 0;
  #high = NOT_A_DIGIT;
  #echo = false;

  frame(request: ModbusRequest): Uint8Array {
    const pdu = this.#pdu;
    pdu[0] = request.unit;
    const end = request.write(pdu, 1);
    const characters = OVERHEAD_CHARACTERS + 2 * request.pduBytes;
    if (this.#frame.length !== characters) this.#frame = new Uint8Array(characters);
    const frame = this.#frame;
    frame[0] = COLON;
    let sum = 0;
    for (let i = 0; i < end; i++) {
      sum += pdu[i];
      putHex(frame, 1 + 2 * i, pdu[i]);
    }
    putHex(frame, 1 + 2 * end, -sum & 0xff);
    frame[characters - 2] = CR;
    frame[characters - 1] = LF;
    return frame;
  }

  expectEcho(): void {
    this.#echo = true;
  }

  clear(): void {
    this.skippedBytes += this.#incomingEnd - this.#incomingAt;
    this.#incomingEnd = this.#incomingAt = 0;
    this.#state = State.outside;
    this.#echo = this.spoiled = false;
  }

  /** `bytes` holds what was decoded, not what was received. */
  readonly isEmpty = false;

  filled(): boolean {
    return true;
  }

  push(chunk: Uint8Array, count: number): boolean {
    if (this.#incomingAt === this.#incomingEnd) this.#incomingAt = this.#incomingEnd = 0;
    for (let i = 0; i < count; i++) {
      if (this.#incomingEnd === this.#incoming.length) {
        this.skippedBytes += count - i;
        break;
      }
      this.#incoming[this.#incomingEnd++] = chunk[i];
    }
    return true;
  }

  next(request: ModbusRequest): boolean {
    while (this.#incomingAt < this.#incomingEnd) {
      this.take(this.#incoming[this.#incomingAt++]);
      if (this.#state !== State.complete) continue;
      this.#state = State.outside;
      if (!this.isWhole()) {
        this.lrcErrors++;
        this.spoiled = true;
      } else if (this.isAnswer(request)) return true;
    }
    return false;
  }

  private take(character: number): void {
    if (character === COLON) {
      this.#state = State.body;
      this.#length = 0;
      this.#high = NOT_A_DIGIT;
    } else if (this.#state === State.outside) this.skippedBytes++;
    else if (character === LF) this.#state = State.complete;
    else if (character !== CR) this.takeDigit(hexDigit(character));
  }

  private takeDigit(digit: number): void {
    if (digit === NOT_A_DIGIT || this.#length === MAX_BODY_BYTES) {
      this.#state = State.outside;
      this.lrcErrors++;
      this.spoiled = true;
    } else if (this.#high === NOT_A_DIGIT) this.#high = digit;
    else {
      this.bytes[this.#length++] = (this.#high << 4) | digit;
      this.#high = NOT_A_DIGIT;
    }
  }

  private isWhole(): boolean {
    let sum = 0;
    for (let i = 0; i < this.#length; i++) sum += this.bytes[i];
    return this.#length >= 3 && this.#high === NOT_A_DIGIT && (sum & 0xff) === 0;
  }

  private isAnswer(request: ModbusRequest): boolean {
    if (this.#echo && this.isEcho()) {
      this.#echo = false;
      return false;
    }
    const { bytes } = this;
    this.pduLength = this.#length - 2;
    return bytes[0] === request.unit && request.isAnswer(bytes, 1, this.pduLength);
  }

  private isEcho(): boolean {
    if (2 * this.#length + 3 !== this.#frame.length) return false;
    for (let i = 0; i < this.#length - 1; i++) if (this.bytes[i] !== this.#pdu[i]) return false;
    return true;
  }
}

function putHex(into: Uint8Array, at: number, byte: number): void {
  into[at] = hexCharacter(byte >> 4);
  into[at + 1] = hexCharacter(byte & 15);
}

function hexCharacter(digit: number): number {
  return digit < 10 ? 0x30 + digit : 0x37 + digit;
}

/** Capital letters are the standard's; small ones are met. */
function hexDigit(character: number): number {
  if (character >= 0x30 && character <= 0x39) return character - 0x30;
  if (character >= 0x41 && character <= 0x46) return character - 0x37;
  if (character >= 0x61 && character <= 0x66) return character - 0x57;
  return NOT_A_DIGIT;
}
