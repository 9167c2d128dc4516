/**
 * An SPI bus of the world, and the ECMA-419 `SPI` class of a board that is wired to it.
 *
 * A write takes the wires for its bits' time. ECMA-419 lets `write` buffer: while the bus is busy, up to `QUEUE_BYTES` wait
 * and are shifted when their turn comes; more throws. `flush` is to end before it returns, which a standing virtual clock
 * cannot show: it checks its arguments, and what waits is still shifted in order.
 * A transfer is whole when it returns: it takes no virtual time, as on the world's I2C, and what its own select pin had
 * waiting goes first. Where nobody answers the input line reads as idle: all ones.
 */
import type { SPITarget } from "../../drivers/emulation";
import type { ByteBuffer, PinSpecifier, SPI, SPIConstructor, SPIOptions } from "../../hal/io";
import { IOError } from "../../hal/io-error";
import { bytesOf, closedError, optionalBoolean, requireFormat, requireInteger } from "../../hal/io-options";
import { validateSPI } from "../../hal/io-validate";
import { type Kernel, WorldEvent } from "./kernel";
import type { Lease, Wiring } from "./wiring";

/** Bytes that may wait for a busy bus, as a DMA buffer would hold them. */
const QUEUE_BYTES = 16 * 1024;
const IDLE_INPUT = 0xff;

type Transfer = { readonly bytes: Uint8Array; readonly hz: number; readonly select: PinSpecifier | undefined };
type Connected = { readonly target: SPITarget; readonly select: PinSpecifier | undefined };

export class SPIBus {
  writes = 0;
  bytes = 0;
  busyUs = 0;
  readonly #kernel: Kernel;
  readonly #targets: Connected[] = [];
  readonly #claimed = new Set<PinSpecifier | undefined>();
  readonly #waiting: Transfer[] = [];
  readonly #turn: WorldEvent;
  #waitingBytes = 0;
  #busyUntilUs = 0;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.#turn = new WorldEvent(() => this.#next());
  }

  /** @param select its chip select pin; without one the target hears everything on the bus */
  attach(target: SPITarget, select?: PinSpecifier): void {
    this.#targets.push({ target, select });
  }

  detach(target: SPITarget): void {
    const index = this.#targets.findIndex((connected) => connected.target === target);
    if (index >= 0) this.#targets.splice(index, 1);
  }

  get busy(): boolean {
    return this.#kernel.nowUs() < this.#busyUntilUs;
  }

  write(bytes: Uint8Array, hz: number, select: PinSpecifier | undefined): void {
    if (!this.busy && this.#waiting.length === 0) {
      this.#shift(bytes, hz, select);
      return;
    }
    if (this.#waitingBytes + bytes.length > QUEUE_BYTES)
      throw new IOError("buffer-full", `the SPI bus is busy and ${this.#waitingBytes} bytes wait already; write later`);
    this.#waitingBytes += bytes.length;
    this.#waiting.push({ bytes: new Uint8Array(bytes), hz, select });
    this.#kernel.schedule(this.#turn, this.#busyUntilUs);
  }

  /** Shifts `bytes` out and what the selected target answers into their place. */
  transfer(bytes: Uint8Array, hz: number, select: PinSpecifier | undefined): void {
    this.#finish(select);
    this.#count(bytes.length, hz);
    let answered = false;
    for (const { target, select: own } of this.#targets) {
      if (own !== undefined && own !== select) continue;
      if (target.exchange === undefined) target.shift(new Uint8Array(bytes), hz);
      else {
        target.exchange(bytes, hz);
        answered = true;
      }
    }
    if (!answered) bytes.fill(IDLE_INPUT);
  }

  /** One `SPI` instance for each select pin. */
  claim(select: PinSpecifier | undefined): void {
    if (this.#claimed.has(select)) throw new IOError("in-use", "this SPI bus and select pin are in use by another SPI");
    this.#claimed.add(select);
  }

  release(select: PinSpecifier | undefined): void {
    this.#claimed.delete(select);
  }

  #count(byteCount: number, hz: number): number {
    const bitsUs = Math.ceil((byteCount * 8 * 1_000_000) / hz);
    this.writes++;
    this.bytes += byteCount;
    this.busyUs += bitsUs;
    return bitsUs;
  }

  /** Shifts now what waits for one select pin. */
  #finish(select: PinSpecifier | undefined): void {
    for (let i = 0; i < this.#waiting.length; ) {
      const transfer = this.#waiting[i];
      if (transfer.select !== select) {
        i++;
        continue;
      }
      this.#waiting.splice(i, 1);
      this.#waitingBytes -= transfer.bytes.length;
      this.#shift(transfer.bytes, transfer.hz, select);
    }
    if (this.#waiting.length === 0) this.#kernel.cancel(this.#turn);
  }

  #shift(bytes: Uint8Array, hz: number, select: PinSpecifier | undefined): void {
    this.#busyUntilUs = this.#kernel.nowUs() + this.#count(bytes.length, hz);
    for (const connected of this.#targets)
      if (connected.select === undefined || connected.select === select) connected.target.shift(bytes, hz);
  }

  #next(): void {
    const transfer = this.#waiting.shift();
    if (transfer === undefined) return;
    this.#waitingBytes -= transfer.bytes.length;
    this.#shift(transfer.bytes, transfer.hz, transfer.select);
    if (this.#waiting.length > 0) this.#kernel.schedule(this.#turn, this.#busyUntilUs);
  }
}

/** The `SPI` class of one board. */
export function spiClass(wiring: Wiring<SPIOptions, SPIBus>): SPIConstructor {
  return class extends WorldSPI {
    constructor(options: SPIOptions) {
      super(options, wiring);
    }
  };
}

class WorldSPI implements SPI {
  target: unknown;
  readonly #lease: Lease<SPIBus>;
  readonly #bus: SPIBus;
  readonly #hz: number;
  readonly #select: PinSpecifier | undefined;
  readonly #reads: boolean;
  readonly #writes: boolean;
  #closed = false;

  constructor(options: SPIOptions, wiring: Wiring<SPIOptions, SPIBus>) {
    validateSPI(options);
    this.#hz = options.hz;
    this.#select = options.select;
    this.#reads = options.in !== undefined;
    this.#writes = options.out !== undefined;
    this.target = (options as { target?: unknown }).target;
    this.#lease = wiring.take(options);
    this.#bus = this.#lease.bus;
    try {
      this.#bus.claim(this.#select);
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

  read(byteLength: number): ArrayBuffer;
  read(into: ByteBuffer): number;
  read(want: number | ByteBuffer): ArrayBuffer | number {
    this.#open();
    if (!this.#reads) throw new IOError("unsupported", "this SPI has no input pin");
    if (typeof want === "number") {
      const result = new Uint8Array(requireInteger(want, "byteLength", 0, 65535)).fill(IDLE_INPUT);
      return result.buffer;
    }
    const into = wholeBytes(want);
    into.fill(IDLE_INPUT);
    return into.length;
  }

  write(data: ByteBuffer): void {
    this.#open();
    if (!this.#writes) throw new IOError("unsupported", "this SPI has no output pin");
    this.#bus.write(wholeBytes(data), this.#hz, this.#select);
  }

  transfer(data: ByteBuffer): void {
    this.#open();
    if (!this.#reads) throw new IOError("unsupported", "this SPI has no input pin");
    if (!this.#writes) throw new IOError("unsupported", "this SPI has no output pin");
    this.#bus.transfer(wholeBytes(data), this.#hz, this.#select);
  }

  flush(deselect?: boolean): void {
    this.#open();
    optionalBoolean(deselect, "deselect");
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#bus.release(this.#select);
    this.#lease.release();
  }

  #open(): void {
    if (this.#closed) throw closedError("SPI");
  }
}

/** ECMA-419 lets a buffer carry `bitLength`; this world shifts whole bytes only. */
function wholeBytes(data: ByteBuffer): Uint8Array {
  const bytes = bytesOf(data);
  const bitLength = (data as { bitLength?: unknown }).bitLength;
  if (bitLength === undefined) return bytes;
  requireInteger(bitLength, "bitLength", 0, bytes.length * 8);
  if ((bitLength as number) % 8 !== 0) throw new IOError("unsupported", "only whole bytes can be shifted here");
  return bytes.subarray(0, (bitLength as number) / 8);
}
