/** The ECMA-419 `Serial` class of a board: the gateway's end of a `SerialLine`. */
import { ByteQueue } from "../../hal/byte-queue";
import type { ByteBuffer, Serial, SerialConstructor, SerialOptions } from "../../hal/io";
import { IOError } from "../../hal/io-error";
import {
  bytesOf,
  closedError,
  requireInteger,
  requireSpecifier,
  requireStreamFormat,
  type StreamFormat,
} from "../../hal/io-options";
import { validateSerial } from "../../hal/io-validate";
import { type Kernel, WorldEvent } from "./kernel";
import type { SerialLine, Station } from "./serial-line";
import type { Lease, Wiring } from "./wiring";

/** A UART driver's ring buffers. Bytes that arrive at a full one are lost and counted in `overruns`. */
const RECEIVE_BYTES = 1024;
const SEND_BYTES = 1024;
/** The UART hands over after so many bytes, or when the line falls silent: `onReadable` cuts frames anywhere. */
const FIFO_BYTES = 16;
const FASTEST_BAUD = 5_000_000;

export function serialClass(kernel: Kernel, wiring: Wiring<SerialOptions, SerialLine>): SerialConstructor {
  return class extends WorldSerial {
    constructor(options: SerialOptions) {
      super(options, kernel, wiring);
    }
  };
}

class WorldSerial implements Serial {
  target: unknown;
  /** Bytes lost because nobody read. */
  overruns = 0;
  readonly #onReadable: SerialOptions["onReadable"];
  readonly #onWritable: SerialOptions["onWritable"];
  readonly #kernel: Kernel;
  readonly #lease: Lease<SerialLine>;
  readonly #line: SerialLine;
  readonly #station: Station;
  readonly #received = new ByteQueue(RECEIVE_BYTES);
  readonly #writable: WorldEvent;
  /** In `"number"` format. */
  readonly #single = new Uint8Array(1);
  #format: StreamFormat;
  #closed = false;

  constructor(options: SerialOptions, kernel: Kernel, wiring: Wiring<SerialOptions, SerialLine>) {
    validate(options);
    this.#onReadable = options.onReadable;
    this.#onWritable = options.onWritable;
    this.#format = options.format ?? "buffer";
    this.target = options.target;
    this.#kernel = kernel;
    this.#lease = wiring.take(options);
    this.#line = this.#lease.bus;
    try {
      this.#station = this.#line.open(
        {
          baud: options.baud,
          bitsPerCharacter: bitsPerCharacter(options),
          fifoBytes: FIFO_BYTES,
          queueBytes: SEND_BYTES,
        },
        { heard: (bytes, from, count) => this.#receive(bytes, from, count), sent: () => this.#callWritable() },
      );
    } catch (error) {
      this.#lease.release();
      throw error;
    }
    this.#writable = new WorldEvent(() => this.#callWritable());
    kernel.schedule(this.#writable, kernel.nowUs());
  }

  get format(): string {
    return this.#format;
  }

  set format(value: string) {
    this.#format = requireStreamFormat(value);
  }

  read(byteLength?: number): ArrayBuffer | number | undefined;
  read(into: ByteBuffer): number | undefined;
  read(want?: unknown): ArrayBuffer | number | undefined {
    this.#open();
    return this.#received.read(this.#format, want);
  }

  write(data: ByteBuffer | number): void {
    this.#open();
    const bytes = this.#format === "number" ? this.#single : bytesOf(data);
    if (this.#format === "number") this.#single[0] = requireInteger(data, "byte", 0, 255);
    if (bytes.length > this.#station.free)
      throw new IOError("buffer-full", `${bytes.length} bytes, but only ${this.#station.free} may be written`);
    this.#station.transmit(bytes, 0);
  }

  flush(input?: boolean, output?: boolean): void;
  flush(...which: (boolean | undefined)[]): void {
    this.#open();
    if (which.length === 1) throw new TypeError("flush takes both arguments or none");
    if (which.length === 0 || which[0] === true) {
      this.#received.clear();
      this.#station.dropFifo();
    }
    if (which.length > 0 && which[1] !== true) return;
    if (this.#station.dropOutgoing() > 0) this.#kernel.schedule(this.#writable, this.#kernel.nowUs());
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#kernel.cancel(this.#writable);
    this.#line.close(this.#station);
    this.#lease.release();
  }

  #open(): void {
    if (this.#closed) throw closedError("Serial");
  }

  #receive(bytes: Uint8Array, from: number, count: number): void {
    this.overruns += count - this.#received.push(bytes, from, from + count);
    this.#onReadable?.call(this, this.#received.length);
  }

  #callWritable(): void {
    if (!this.#closed) this.#onWritable?.call(this, this.#station.free);
  }
}

function bitsPerCharacter(options: SerialOptions): number {
  const parityBits = options.parity === undefined || options.parity === "none" ? 0 : 1;
  return 1 + (options.data ?? 8) + parityBits + (options.stop ?? 1);
}

function validate(options: SerialOptions): void {
  validateSerial(options, FASTEST_BAUD);
  if (options.port !== undefined) return;
  requireSpecifier(options.receive, "receive (or port)");
  requireSpecifier(options.transmit, "transmit (or port)");
}
