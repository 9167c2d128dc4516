/** What lies between a board of the world and an emulated part, on whichever bus, and what can go wrong there. For tests. */
import type { IdentityRegister } from "./conformance";
import type { Emulator, I2CTarget, SerialPort, SerialTarget, SPITarget } from "./emulation";

const IDLE_HIGH = 0xff;
const NOT_ASKED = { command: [], dummyBytes: 0 } as const;

export class FaultyPart implements Emulator {
  /** Nobody is there. */
  away = false;
  /** Takes commands and never answers a read. */
  silent = false;
  /** Answers that were asked for while it was silent. */
  unanswered = 0;
  /** On SPI: the input line is held low. */
  heldLow = false;
  /** The next so many transactions on I2C are not acknowledged. */
  nacks = 0;
  /** Bit to flip in the next answer, modulo its length. */
  flipBit = -1;
  /** Answers instead of the part once its command was written. */
  foreign: IdentityRegister | undefined;
  /** Everything that was written to it on I2C. */
  readonly written: number[][] = [];
  readonly i2c?: I2CTarget;
  readonly spi?: SPITarget;
  readonly serial?: (port: SerialPort) => SerialTarget;
  readonly digital: Emulator["digital"];
  readonly analog: Emulator["analog"];
  #part: Emulator;
  #asked = false;
  #heard: SerialTarget | undefined;
  #port: SerialPort | undefined;

  constructor(part: Emulator) {
    this.#part = part;
    this.digital = part.digital;
    this.analog = part.analog;
    if (part.i2c !== undefined) this.i2c = { write: (bytes) => this.#write(bytes), read: (into) => this.#read(into) };
    if (part.spi !== undefined)
      this.spi = {
        shift: (bytes) => this.#exchange(new Uint8Array(bytes), 0),
        exchange: (bytes, hz) => this.#exchange(bytes, hz),
      };
    if (part.serial !== undefined) this.serial = (port) => this.#plug(port);
  }

  /** The part lost its power and has it back: what it knew is gone. */
  replace(part: Emulator): void {
    this.#part = part;
    if (this.#port !== undefined) this.#plug(this.#port);
  }

  act(verb: string, words: readonly string[]): void {
    this.#part.act!(verb, words);
  }

  #write(bytes: Uint8Array): boolean {
    this.written.push([...bytes]);
    if (this.#refuses()) return false;
    this.#asked = this.foreign !== undefined && begins(bytes, this.foreign.command);
    return this.#part.i2c!.write(bytes);
  }

  #read(into: Uint8Array): boolean {
    if (this.#refuses() || this.silent) {
      this.unanswered++;
      return false;
    }
    if (!this.#part.i2c!.read(into)) return false;
    if (this.#asked) into.set(this.foreign!.foreign.slice(0, into.length));
    this.#flip(into);
    return true;
  }

  #refuses(): boolean {
    if (this.nacks === 0) return this.away;
    this.nacks--;
    return true;
  }

  #exchange(bytes: Uint8Array, hz: number): void {
    const { command, dummyBytes } = this.foreign?.spi ?? NOT_ASKED;
    const asked = this.foreign !== undefined && command.length > 0 && begins(bytes, command);
    if (!this.away) this.#part.spi!.exchange!(bytes, hz);
    if (this.heldLow) bytes.fill(0);
    else if (this.away || this.silent) {
      if (bytes.some((byte) => byte !== IDLE_HIGH)) this.unanswered++;
      bytes.fill(IDLE_HIGH);
    }
    if (asked) bytes.set(this.foreign!.foreign, command.length + dummyBytes);
    this.#flip(bytes);
  }

  #plug(port: SerialPort): SerialTarget {
    this.#port = port;
    this.#heard = this.#part.serial!({
      transmit: (bytes, delayUs) => {
        if (this.away || this.silent) {
          this.unanswered++;
          return;
        }
        const copy = new Uint8Array(bytes);
        this.#flip(copy);
        port.transmit(copy, delayUs);
      },
    });
    return {
      receive: (bytes) => {
        if (!this.away) this.#heard!.receive(bytes);
      },
    };
  }

  #flip(bytes: Uint8Array): void {
    if (this.flipBit < 0 || bytes.length === 0) return;
    const bit = this.flipBit % (8 * bytes.length);
    bytes[bit >> 3] ^= 1 << (bit & 7);
    this.flipBit = -1;
  }
}

function begins(bytes: Uint8Array, command: readonly number[]): boolean {
  return command.every((byte, i) => bytes[i] === byte);
}
