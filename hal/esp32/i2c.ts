/** ECMA-419 `I2C` over the SDK's: its errors get a code, and what it would silently do wrong is refused. */
import NativeI2C from "embedded:io/i2c";
import type { ByteBuffer, I2C, I2CConstructor, I2COptions } from "../io";
import { IOError } from "../io-error";
import { bytesOf, closedError, optionalBoolean, requireFormat, requireInteger } from "../io-options";
import { validateI2C } from "../io-validate";

const Native = NativeI2C as unknown as I2CConstructor;

/** Standard to fast mode plus, and what the SDK takes at most. */
const LARGEST_HZ = 20_000_000;
const LARGEST_TRANSFER = 65_535;

export class SdkI2C implements I2C {
  readonly #address: number;
  #bus: I2C | undefined;

  constructor(options: I2COptions) {
    validateI2C(options);
    requireInteger(options.hz, "hz", 1, LARGEST_HZ);
    this.#address = options.address;
    try {
      this.#bus = new Native(options);
    } catch (error) {
      // "duplicate address", "inUse": another instance has the address on these pins, or another class has the pins.
      throw new IOError("in-use", `I2C ${options.address} on pins ${options.data}, ${options.clock}: ${error}`);
    }
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
    const bus = this.#open(stop);
    requireLength(want);
    try {
      return bus.read(want as ByteBuffer);
    } catch {
      throw this.#silent("read");
    }
  }

  write(bytes: ByteBuffer, stop?: boolean): void {
    const bus = this.#open(stop);
    bytesOf(bytes);
    let answer: unknown;
    try {
      answer = bus.write(bytes);
    } catch {
      throw this.#silent("write");
    }
    // A write without bytes probes the address: the SDK returns 1 when nobody acknowledges, and does not throw.
    if (answer === 1) throw this.#silent("write");
  }

  writeRead(bytes: ByteBuffer, byteLength: number): ArrayBuffer;
  writeRead(bytes: ByteBuffer, into: ByteBuffer): number;
  writeRead(bytes: ByteBuffer, want: number | ByteBuffer): ArrayBuffer | number {
    const bus = this.#open(undefined);
    bytesOf(bytes);
    requireLength(want);
    try {
      return bus.writeRead(bytes, want as ByteBuffer);
    } catch {
      throw this.#silent("writeRead");
    }
  }

  close(): void {
    this.#bus?.close();
    this.#bus = undefined;
  }

  #open(stop: boolean | undefined): I2C {
    if (this.#bus === undefined) throw closedError("I2C");
    optionalBoolean(stop, "stop");
    // The SDK (8.2.3) ends every transfer with a stop condition, whatever `stop` says.
    if (stop === false) throw new IOError("unsupported", "this platform cannot hold the bus; use writeRead");
    return this.#bus;
  }

  /** The SDK says only that a transfer failed: no acknowledgement, or a line held low until its timeout. */
  #silent(what: string): IOError {
    return new IOError("no-acknowledge", `I2C ${this.#address}: ${what} failed`);
  }
}

function requireLength(want: number | ByteBuffer): void {
  if (typeof want === "number") requireInteger(want, "byteLength", 0, LARGEST_TRANSFER);
  else bytesOf(want);
}
