/**
 * ECMA-419 `Serial` over the `serialport` package, which is optional and loaded when the first port is opened.
 *
 * `port` is the device path, for example `/dev/ttyUSB0`; a PC has no pins. `data`, `parity` and `stop` (names that
 * ECMA-419 reserves) and `flowControl` are handed to the operating system. The transmitter of an RS-485 adapter must
 * switch its direction by itself.
 */
import { createRequire } from "node:module";
import { ByteQueue } from "../byte-queue";
import type { ByteBuffer, Serial, SerialConstructor, SerialOptions } from "../io";
import { IOError } from "../io-error";
import { closedError, copyForWrite, requireStreamFormat, requireText, type StreamFormat } from "../io-options";
import { validateSerial } from "../io-validate";

const FASTEST_BAUD = 12_000_000;
export const SEND_LIMIT = 16 * 1024;
export const RECEIVE_LIMIT = 64 * 1024;
/** High-water mark of the package: the most that one event delivers. */
const LARGEST_CHUNK = 64 * 1024;
/** Handed to the system at a time, so that `flush` still finds the rest here. */
const CHUNK = 256;

const INSTALL_COMMAND = "npm install serialport@13";

/** The package is not there. */
export class SerialPortMissingError extends IOError {
  constructor() {
    super("no-resource", `serial ports need the optional package "serialport": run ${INSTALL_COMMAND}`);
  }

  override get name(): string {
    return "SerialPortMissingError";
  }
}

export type NativePortOptions = {
  readonly path: string;
  readonly baudRate: number;
  readonly dataBits: 7 | 8;
  readonly parity: "none" | "even" | "odd";
  readonly stopBits: 1 | 2;
  readonly rtscts: boolean;
  readonly autoOpen: false;
};

/** What is used of the package's `SerialPort`. Its bundled `SerialPortMock` is one as well. */
export interface NativePort {
  readonly isOpen: boolean;
  open(done: (error: Error | null) => void): void;
  write(bytes: Uint8Array, done: (error: Error | null | undefined) => void): boolean;
  flush(done: (error: Error | null) => void): void;
  close(done: (error: Error | null) => void): void;
  pause(): unknown;
  resume(): unknown;
  isPaused(): boolean;
  on(event: "data", listener: (bytes: Uint8Array) => void): unknown;
  on(event: "error" | "close", listener: (error?: Error | null) => void): unknown;
  on(event: "end", listener: () => void): unknown;
}

export type NativePortClass = new (options: NativePortOptions) => NativePort;

/** Hardware handshake is named by ECMA-419; our contract does not list it, and most RS-485 adapters have none. */
type FlowControl = { readonly flowControl?: "hardware" | "none" };

/** Paths in use in this process, each with what waits for the system to let go of it. */
class Claims {
  readonly #held = new Set<string>();
  readonly #closing = new Map<string, (() => void)[]>();

  take(path: string): void {
    if (this.#held.has(path)) throw new IOError("in-use", `${path} is in use by another Serial`);
    this.#held.add(path);
  }

  /** Calls `ready` when an earlier instance has let go. */
  whenFree(path: string, ready: () => void): void {
    const waiting = this.#closing.get(path);
    if (waiting === undefined) ready();
    else waiting.push(ready);
  }

  /** The instance is closed; the system follows. */
  release(path: string): void {
    this.#held.delete(path);
    if (!this.#closing.has(path)) this.#closing.set(path, []);
  }

  freed(path: string): void {
    const waiting = this.#closing.get(path) ?? [];
    this.#closing.delete(path);
    for (const ready of waiting) ready();
  }
}

/** @param load gives the port class; by default the one of the `serialport` package */
export function serialClass(load: () => NativePortClass = loadPackage): SerialConstructor {
  const claims = new Claims();
  return class extends NodeSerial {
    constructor(options: SerialOptions) {
      super(options, load, claims);
    }
  };
}

class NodeSerial implements Serial {
  target: unknown;
  readonly #onReadable: SerialOptions["onReadable"];
  readonly #onWritable: SerialOptions["onWritable"];
  readonly #onError: SerialOptions["onError"];
  readonly #path: string;
  readonly #claims: Claims;
  readonly #received = new ByteQueue(RECEIVE_LIMIT + LARGEST_CHUNK);
  readonly #outgoing = new ByteQueue(SEND_LIMIT);
  readonly #native: NativePort;
  #format: StreamFormat;
  #inFlight = 0;
  #ready = false;
  #failed = false;
  #closed = false;

  constructor(options: SerialOptions, load: () => NativePortClass, claims: Claims) {
    const settings = validate(options);
    this.#onReadable = options.onReadable;
    this.#onWritable = options.onWritable;
    this.#onError = options.onError;
    this.#format = options.format ?? "buffer";
    this.target = options.target;
    this.#path = settings.path;
    this.#claims = claims;
    const Port = load();
    claims.take(this.#path);
    try {
      this.#native = new Port(settings);
    } catch (error) {
      claims.release(this.#path);
      claims.freed(this.#path);
      throw new IOError("device", messageOf(error));
    }
    this.#listen();
    claims.whenFree(this.#path, () => this.#openNative());
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
    const result = this.#received.read(this.#format, want);
    if (this.#native.isPaused() && this.#received.length < RECEIVE_LIMIT) this.#native.resume();
    return result;
  }

  write(data: ByteBuffer | number): void {
    this.#open();
    const bytes = copyForWrite(data, this.#format);
    if (!this.#ready || this.#failed) throw new IOError("not-connected", `${this.#path} is not open yet`);
    if (bytes.length > this.#writable)
      throw new IOError("buffer-full", `${bytes.length} bytes, but only ${this.#writable} may be written`);
    this.#outgoing.push(bytes);
    this.#pump();
  }

  /**
   * Flushing the output drops what waits here and in the system; the system's call for that drops unread input with it.
   * At most `CHUNK` bytes that are being handed over go out nevertheless.
   */
  flush(input?: boolean, output?: boolean): void;
  flush(...which: (boolean | undefined)[]): void {
    this.#open();
    if (which.length === 1) throw new TypeError("flush takes both arguments or none");
    if (which.length === 0 || which[0] === true) this.#received.clear();
    if (which.length > 0 && which[1] !== true) return;
    const dropped = this.#outgoing.length;
    this.#outgoing.clear();
    if (!this.#ready || this.#failed) return;
    this.#native.flush((error) => {
      if (this.#closed || this.#failed) return;
      if (error !== null) this.#fail(new IOError("device", messageOf(error)));
      else if (dropped > 0) this.#onWritable?.call(this, this.#writable);
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#claims.release(this.#path);
    // Still opening: `#opened` will close it.
    if (this.#ready || this.#failed) this.#letGo();
  }

  #open(): void {
    if (this.#closed) throw closedError("Serial");
  }

  get #writable(): number {
    return SEND_LIMIT - this.#outgoing.length - this.#inFlight;
  }

  #listen(): void {
    this.#native.on("data", (bytes) => this.#receive(bytes));
    this.#native.on("error", (error) => this.#fail(new IOError("device", messageOf(error))));
    this.#native.on("close", (error) => this.#fail(new IOError("ended", error?.message ?? `${this.#path} was closed`)));
    this.#native.on("end", () => this.#fail(new IOError("ended", `${this.#path} was unplugged`)));
  }

  #openNative(): void {
    // Closed while it waited for an earlier instance: nothing was opened.
    if (this.#closed) this.#claims.freed(this.#path);
    else this.#native.open((error) => this.#opened(error));
  }

  #opened(error: Error | null): void {
    if (this.#closed) {
      this.#letGo();
      return;
    }
    if (error !== null) {
      this.#fail(new IOError("device", messageOf(error)));
      return;
    }
    this.#ready = true;
    this.#onWritable?.call(this, SEND_LIMIT);
  }

  #receive(bytes: Uint8Array): void {
    if (this.#closed || this.#failed) return;
    this.#received.push(bytes);
    if (this.#received.length >= RECEIVE_LIMIT) this.#native.pause();
    this.#onReadable?.call(this, this.#received.length);
  }

  #pump(): void {
    if (this.#inFlight > 0 || this.#outgoing.length === 0) return;
    const chunk = Buffer.alloc(Math.min(CHUNK, this.#outgoing.length));
    this.#inFlight = this.#outgoing.fill(chunk);
    this.#native.write(chunk, (error) => this.#written(error));
  }

  #written(error: Error | null | undefined): void {
    this.#inFlight = 0;
    if (this.#closed || this.#failed) return;
    if (error) this.#fail(new IOError("device", messageOf(error)));
    else if (this.#outgoing.length > 0) this.#pump();
    else this.#onWritable?.call(this, SEND_LIMIT);
  }

  #fail(error: IOError): void {
    if (this.#failed || this.#closed) return;
    this.#failed = true;
    this.#onError?.call(this, error);
  }

  #letGo(): void {
    if (this.#native.isOpen) this.#native.close(() => this.#claims.freed(this.#path));
    else this.#claims.freed(this.#path);
  }
}

function validate(options: SerialOptions & FlowControl): NativePortOptions {
  validateSerial(options, FASTEST_BAUD);
  const { baud, data = 8, parity = "none", stop = 1, flowControl = "none" } = options;
  if (flowControl !== "none" && flowControl !== "hardware")
    throw new RangeError(`flowControl must be "none" or "hardware", is ${JSON.stringify(flowControl)}`);
  return {
    path: requireText(options.port, "port"),
    baudRate: baud,
    dataBits: data,
    parity,
    stopBits: stop,
    rtscts: flowControl === "hardware",
    autoOpen: false,
  };
}

function loadPackage(): NativePortClass {
  try {
    return createRequire(import.meta.url)("serialport").SerialPort as NativePortClass;
  } catch {
    throw new SerialPortMissingError();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
