/**
 * An I2C bus of the world, and the ECMA-419 `I2C` class of a board that is wired to it.
 *
 * I2C is synchronous in ECMA-419 and the virtual clock stands still inside a call, so a transaction takes no virtual time;
 * the time that it would keep the wires busy is counted in `busyUs`, from which a bus load can be stated.
 */
import type { I2CTarget } from "../../drivers/emulation";
import type { ByteBuffer, I2C, I2CConstructor, I2COptions } from "../../hal/io";
import { IOError } from "../../hal/io-error";
import { bytesOf, closedError, optionalBoolean, requireFormat, requireInteger } from "../../hal/io-options";
import { validateI2C } from "../../hal/io-validate";
import type { Random } from "../../hal/random";
import type { Lease, Wiring } from "./wiring";

/** Addresses 0x78 and above announce 10-bit addressing (I2C-bus specification UM10204, table 4). */
const LAST_ADDRESS = 0x7f;
/** Eight data bits and the acknowledgement. */
const CLOCKS_PER_BYTE = 9;
/** Start and stop condition, a bit time each. */
const CLOCKS_PER_FRAME = 2;

export class I2CBus {
  transactions = 0;
  /** Data bytes; the address byte of a transaction is not among them. */
  bytes = 0;
  busyUs = 0;
  /** Transactions that nobody acknowledged. */
  notAcknowledged = 0;
  /** A line is held low: every transaction throws, until it is let go. */
  stuck = false;
  readonly #random: Random;
  readonly #targets = new Map<number, I2CTarget>();
  readonly #claimed = new Set<number>();
  #nacks = 0;
  #corruptions = 0;

  /** @param random chooses the bit that `corruptNext` flips */
  constructor(random: Random) {
    this.#random = random;
  }

  attach(address: number, target: I2CTarget): void {
    requireInteger(address, "address", 0, LAST_ADDRESS);
    if (this.#targets.has(address)) throw new IOError("in-use", `two devices at address ${address} of one I2C bus`);
    this.#targets.set(address, target);
  }

  detach(address: number): void {
    this.#targets.delete(address);
  }

  /** The next `count` transactions are not acknowledged. */
  nackNext(count = 1): void {
    this.#nacks += count;
  }

  /** The next `count` reads arrive with one bit flipped. */
  corruptNext(count = 1): void {
    this.#corruptions += count;
  }

  write(address: number, bytes: Uint8Array, hz: number): void {
    const target = this.#select(address, bytes.length, hz);
    if (target === undefined || !target.write(bytes)) this.#refuse(address);
  }

  read(address: number, into: Uint8Array, hz: number): void {
    const target = this.#select(address, into.length, hz);
    if (target === undefined || !target.read(into)) this.#refuse(address);
    if (this.#corruptions > 0 && into.length > 0) this.#corrupt(into);
  }

  /** One `I2C` instance for each address: a second one is a mistake of the site. */
  claim(address: number): void {
    if (this.#claimed.has(address)) throw new IOError("in-use", `I2C address ${address} is in use by another I2C`);
    this.#claimed.add(address);
  }

  release(address: number): void {
    this.#claimed.delete(address);
  }

  /** Counts the transaction and finds who answers. */
  #select(address: number, byteCount: number, hz: number): I2CTarget | undefined {
    if (this.stuck) throw new IOError("bus", "the I2C bus is stuck: a line is held low");
    this.transactions++;
    this.busyUs += ((CLOCKS_PER_FRAME + CLOCKS_PER_BYTE) * 1_000_000) / hz;
    const target = this.#targets.get(address);
    if (this.#nacks > 0) {
      this.#nacks--;
      return undefined;
    }
    if (target === undefined) return undefined;
    this.bytes += byteCount;
    this.busyUs += (CLOCKS_PER_BYTE * byteCount * 1_000_000) / hz;
    return target;
  }

  #refuse(address: number): never {
    this.notAcknowledged++;
    throw new IOError("no-acknowledge", `no acknowledgement from I2C address ${address}`);
  }

  #corrupt(into: Uint8Array): void {
    this.#corruptions--;
    const bit = this.#random.uint32() % (8 * into.length);
    into[bit >> 3] ^= 1 << (bit & 7);
  }
}

/** The `I2C` class of one board. */
export function i2cClass(wiring: Wiring<I2COptions, I2CBus>): I2CConstructor {
  return class extends WorldI2C {
    constructor(options: I2COptions) {
      super(options, wiring);
    }
  };
}

class WorldI2C implements I2C {
  target: unknown;
  readonly #lease: Lease<I2CBus>;
  readonly #bus: I2CBus;
  readonly #address: number;
  readonly #hz: number;
  #closed = false;

  constructor(options: I2COptions, wiring: Wiring<I2COptions, I2CBus>) {
    validateI2C(options);
    this.#hz = options.hz;
    this.#address = options.address;
    this.target = (options as { target?: unknown }).target;
    this.#lease = wiring.take(options);
    this.#bus = this.#lease.bus;
    try {
      this.#bus.claim(this.#address);
    } catch (error) {
      this.#lease.release();
      throw error;
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
    this.#open();
    optionalBoolean(stop, "stop");
    if (typeof want === "number") {
      const result = new Uint8Array(requireInteger(want, "byteLength", 0, 65535));
      this.#bus.read(this.#address, result, this.#hz);
      return result.buffer;
    }
    const into = bytesOf(want);
    this.#bus.read(this.#address, into, this.#hz);
    return into.length;
  }

  write(data: ByteBuffer, stop?: boolean): void {
    this.#open();
    optionalBoolean(stop, "stop");
    this.#bus.write(this.#address, bytesOf(data), this.#hz);
  }

  writeRead(data: ByteBuffer, byteLength: number): ArrayBuffer;
  writeRead(data: ByteBuffer, into: ByteBuffer): number;
  writeRead(data: ByteBuffer, want: number | ByteBuffer): ArrayBuffer | number {
    this.write(data, false);
    return typeof want === "number" ? this.read(want) : this.read(want);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#bus.release(this.#address);
    this.#lease.release();
  }

  #open(): void {
    if (this.#closed) throw closedError("I2C");
  }
}
