/**
 * ECMA-419 `I2C` on the bus of an Arduino.
 *
 * `data`, `clock` and `hz` are checked and not used: the pins of its bus are the board's, its speed the firmware's (100 kHz).
 * The firmware answers no write, so whether a part has acknowledged one nobody learns; a read tells.
 */
import type { ByteBuffer, I2C, I2CConstructor, I2COptions } from "../io";
import { IOError } from "../io-error";
import { bytesOf, closedError, optionalBoolean, requireFormat, requireInteger } from "../io-options";
import { validateI2C } from "../io-validate";
import type { FirmataLink } from "./link";
import { LARGEST_READ, LARGEST_WRITE } from "./protocol";

export function i2cClass(link: FirmataLink): I2CConstructor {
  return class extends FirmataI2C {
    constructor(options: I2COptions) {
      super(options, link);
    }
  };
}

class FirmataI2C implements I2C {
  target: unknown;
  readonly #link: FirmataLink;
  readonly #address: number;
  #closed = false;

  constructor(options: I2COptions, link: FirmataLink) {
    validateI2C(options);
    this.#link = link;
    this.#address = options.address;
    this.target = (options as { target?: unknown }).target;
    link.take(`I2C address ${this.#address}`);
  }

  get format(): string {
    return "buffer";
  }

  set format(value: string) {
    requireFormat(value, "buffer");
  }

  read(byteLength: number, stop?: boolean): ArrayBuffer;
  read(into: ByteBuffer, stop?: boolean): number;
  read(want: number | ByteBuffer, stop?: boolean): ArrayBuffer | number {
    this.#open(stop);
    if (typeof want === "number") {
      const result = new Uint8Array(requireInteger(want, "byteLength", 0, LARGEST_READ));
      this.#fill(result);
      return result.buffer;
    }
    const into = bytesOf(want);
    this.#fill(into);
    return into.length;
  }

  write(data: ByteBuffer, stop?: boolean): void {
    this.#open(stop);
    const bytes = bytesOf(data);
    if (bytes.length === 0)
      throw new IOError("unsupported", "Firmata cannot ask whether a part acknowledges; read from it");
    if (bytes.length > LARGEST_WRITE)
      throw new IOError("unsupported", `Firmata writes at most ${LARGEST_WRITE} bytes at once`);
    this.#link.call("writeI2C", this.#address, [...bytes]);
  }

  writeRead(data: ByteBuffer, byteLength: number): ArrayBuffer;
  writeRead(data: ByteBuffer, into: ByteBuffer): number;
  writeRead(data: ByteBuffer, want: number | ByteBuffer): ArrayBuffer | number {
    this.write(data);
    return typeof want === "number" ? this.read(want) : this.read(want);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#link.release(`I2C address ${this.#address}`);
  }

  #fill(into: Uint8Array): void {
    if (into.length === 0) throw new IOError("unsupported", "Firmata cannot read nothing");
    if (into.length > LARGEST_READ)
      throw new IOError("unsupported", `Firmata reads at most ${LARGEST_READ} bytes at once`);
    const bytes = this.#link.call("readI2C", this.#address, into.length) as readonly number[];
    if (bytes.length === 0) throw new IOError("no-acknowledge", `no acknowledgement from I2C address ${this.#address}`);
    if (bytes.length < into.length)
      throw new IOError("device", `I2C ${this.#address}: ${bytes.length} bytes came of ${into.length}`);
    into.set(bytes.slice(0, into.length));
  }

  /** The firmware ends every transfer with a stop condition; between a write and a read as well. */
  #open(stop: boolean | undefined): void {
    if (this.#closed) throw closedError("I2C");
    optionalBoolean(stop, "stop");
    if (stop === false) throw new IOError("unsupported", "Firmata cannot hold the bus; use writeRead");
  }
}
