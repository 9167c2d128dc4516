/**
 * Stand-ins for the SDK's native IO classes, on the buses of a world. They have the manners of SDK 8.2.3, as observed on
 * `lin` or read in its sources, that hal/esp32 is there to set right: what they do differently from ECMA-419 is the point.
 */

import { WorldBoard } from "../../host-sim/world/board";
import { NorFlash, WorldFlash } from "../../host-sim/world/flash";
import { Kernel } from "../../host-sim/world/kernel";
import { Network } from "../../host-sim/world/network";
import { RandomBranch } from "../../host-sim/world/random";
import type { FlashOptions, FlashPartition } from "../flash";
import type {
  Analog,
  AnalogOptions,
  ByteBuffer,
  Digital,
  DigitalOptions,
  I2C,
  I2COptions,
  Listener,
  PulseCount,
  PulseCountOptions,
  Serial,
  SerialOptions,
  SPI,
  SPIOptions,
  TCP,
  UDP,
} from "../io";
import { bytesOf } from "../io-options";
import type { TCPHarness } from "../tcp.test-suite";

export const ADDRESS = "192.0.2.10";
/** Whoever connects here gets the connection that a listener has accepted; hal/esp32 has no Listener of its own. */
export const ACCEPTED = "192.0.2.255";
/** `lin` calls back again that long after each write. */
const WRITABLE_AGAIN_US = 20_000;
const UART_FIFO_BYTES = 128;

/** The world that the stand-ins live in; each test has a new one. */
export class Bench {
  readonly kernel = new Kernel();
  readonly board = new WorldBoard(this.kernel, new RandomBranch(1));
  readonly host = new Network(this.kernel, new RandomBranch(2), { latencyUs: 300 }).host(ADDRESS);
  readonly accepted: TCP[] = [];
  readonly flash = new WorldFlash(new Map([["outbox", new NorFlash(4, new RandomBranch(3))]]));
}

export let bench = new Bench();

export function newBench(): Bench {
  bench = new Bench();
  return bench;
}

type NativeOptions = {
  address?: string;
  port?: number;
  from?: NativeTCP;
  format?: "buffer" | "number";
  onReadable?: (bytes: number) => void;
  onWritable?: (bytes: number) => void;
  onError?: () => void;
};

/** The SDK's UDP: keeps any number of packets, reads whole ones only, takes any arguments. */
export class NativeUDP {
  readonly #packets: (ArrayBuffer & { address: string; port: number })[] = [];
  readonly #socket: UDP;

  constructor(options: { port?: number; onReadable?: (packets: number) => void }) {
    const packets = this.#packets;
    this.#socket = new bench.host.UDP({
      port: options.port ?? 0,
      onReadable() {
        const before = packets.length;
        for (let packet = this.read(); packet !== undefined; packet = this.read()) packets.push(packet);
        options.onReadable?.(packets.length - before);
      },
    });
  }

  read(): (ArrayBuffer & { address: string; port: number }) | undefined {
    return this.#packets.shift();
  }

  write(bytes: ByteBuffer, address: string, port: number): void {
    this.#socket.write(bytes, address, port);
  }

  add(address: string): void {
    (this.#socket as unknown as NativeUDP).add(address);
  }

  remove(address: string): void {
    (this.#socket as unknown as NativeUDP).remove(address);
  }

  close(): void {
    this.#socket.close();
  }
}

export class NativeTCP {
  readonly #bench = bench;
  readonly #options: NativeOptions;
  #socket: TCP | undefined;
  #available = 0;
  #room = 0;

  constructor(options: NativeOptions) {
    if ("noDelay" in options) throw new Error("the SDK's option is nodelay");
    this.#options = options;
    const world = this.#bench.host.TCP;
    const format = options.format ?? "buffer";
    const callbacks = {
      onReadable: (bytes: number) => this.#readable(bytes),
      onWritable: (bytes: number) => this.#writable(bytes),
      onError: () => options.onError?.(),
    };
    if (options.from !== undefined) {
      this.#socket = new world({ from: options.from.#take(), format, ...callbacks });
      this.#available = options.from.#available;
      this.#room = options.from.#room;
    } else if (options.address === ACCEPTED) {
      // It has no callbacks until it is taken over, and is writable at once.
      this.#socket = this.#bench.accepted.shift()!;
      this.#writable(1024);
    } else {
      if (!/^[\d.]+$/.test(options.address ?? "")) throw new Error("invalid address");
      this.#socket = new world({ address: options.address!, port: options.port!, format, ...callbacks });
    }
  }

  get format(): string {
    return this.#open().format;
  }

  set format(value: string) {
    this.#open().format = value;
  }

  get remoteAddress(): string | undefined {
    return this.#open().remoteAddress;
  }

  get remotePort(): number | undefined {
    return this.#open().remotePort;
  }

  /** Asked for more than there is, it throws. */
  read(want?: number | ByteBuffer): ArrayBuffer | number | undefined {
    const socket = this.#open();
    const length = want === undefined ? undefined : typeof want === "number" ? want : want.byteLength;
    if (length !== undefined && length > this.#available) throw new Error("invalid");
    const result = want === undefined ? socket.read() : socket.read(want as ByteBuffer);
    if (typeof want === "object") this.#available -= result as number;
    else if (typeof result === "number") this.#available--;
    else this.#available -= result?.byteLength ?? 0;
    return result;
  }

  write(data: ByteBuffer | number): number {
    const socket = this.#open();
    const size = typeof data === "number" ? 1 : bytesOf(data).length;
    if (size > this.#room) throw new Error("would block");
    this.#room = socket.write(data);
    this.#bench.kernel.after(WRITABLE_AGAIN_US, () => this.#writable(this.#room));
    return this.#room;
  }

  close(): void {
    this.#socket?.close();
    this.#socket = undefined;
  }

  #readable(bytes: number): void {
    this.#available = bytes;
    this.#options.onReadable?.(bytes);
  }

  #writable(bytes: number): void {
    if (this.#socket === undefined) return;
    this.#room = bytes;
    this.#options.onWritable?.(bytes);
  }

  #take(): TCP {
    const socket = this.#open();
    this.#socket = undefined;
    return socket;
  }

  #open(): TCP {
    if (this.#socket === undefined) throw new SyntaxError("C: xsGetHostData: invalid host data");
    return this.#socket;
  }
}

/** A listener of the world whose connections come out as sockets of the class under test. */
export function listenerFor(make: (address: string) => TCP): TCPHarness["Listener"] {
  const { host, accepted } = bench;
  return class extends (host.Listener as new (options: object) => Listener) {
    override read(): TCP | undefined {
      const socket = super.read();
      if (socket === undefined) return undefined;
      accepted.push(socket);
      return make(ACCEPTED);
    }
  } as unknown as TCPHarness["Listener"];
}

/** Holds no bus for a repeated start, and returns 1 for a probe that nobody acknowledges. */
export class NativeI2C {
  readonly #bus: I2C;

  constructor(options: I2COptions) {
    this.#bus = new bench.board.io.I2C!(options);
  }

  read(want: ByteBuffer): unknown {
    return fails("read", () => this.#bus.read(want));
  }

  write(bytes: ByteBuffer): unknown {
    if (bytes.byteLength > 0) return fails("write", () => this.#bus.write(bytes));
    try {
      return this.#bus.write(bytes);
    } catch {
      return 1;
    }
  }

  writeRead(bytes: ByteBuffer, want: ByteBuffer): unknown {
    return fails("writeRead", () => this.#bus.writeRead(bytes, want));
  }

  close(): void {
    this.#bus.close();
  }
}

function fails<T>(what: string, run: () => T): T {
  try {
    return run();
  } catch {
    throw new Error(`${what} failed`);
  }
}

/** Wants a port; `read(buffer)` fills it and returns nothing. */
export class NativeSPI {
  readonly #bus: SPI;

  constructor(options: SPIOptions) {
    if (options.port === undefined) throw new RangeError("invalid port");
    this.#bus = new bench.board.io.SPI!(options);
  }

  read(want: number | ByteBuffer): ArrayBuffer | undefined {
    if (typeof want === "number") return this.#bus.read(want);
    this.#bus.read(want);
    return undefined;
  }

  write(bytes: ByteBuffer): void {
    this.#bus.write(bytes);
  }

  transfer(bytes: ByteBuffer): void {
    this.#bus.transfer(bytes);
  }

  flush(deselect?: boolean): void {
    this.#bus.flush(deselect);
  }

  close(): void {
    this.#bus.close();
  }
}

/** Its buffers are the UART's FIFOs; asked for more than there is, it returns that many bytes; it knows no `flush`. */
export class NativeSerial {
  readonly #port: Serial;
  #room = UART_FIFO_BYTES;

  constructor(options: SerialOptions) {
    const { onWritable } = options;
    this.#port = new bench.board.io.Serial!({
      ...options,
      ...(onWritable === undefined
        ? {}
        : {
            onWritable: (bytes: number) => {
              this.#room = Math.min(bytes, UART_FIFO_BYTES);
              onWritable.call(this as unknown as Serial, this.#room);
            },
          }),
    });
  }

  get format(): string {
    return this.#port.format;
  }

  set format(value: string) {
    this.#port.format = value;
  }

  read(want?: number | ByteBuffer): unknown {
    if (typeof want !== "number") return want === undefined ? this.#port.read() : this.#port.read(want);
    const buffer = new Uint8Array(want).fill(0xee);
    return this.#port.read(buffer) === undefined ? undefined : buffer.buffer;
  }

  write(data: ByteBuffer | number): void {
    const size = typeof data === "number" ? 1 : bytesOf(data).length;
    if (size > this.#room) throw new Error("output full");
    this.#port.write(data);
  }

  close(): void {
    this.#port.close();
  }
}

/** Takes anything for a value, and throws texts without a code. */
export class NativeDigital {
  readonly #pin: Digital;

  constructor(options: DigitalOptions) {
    if ("onReadable" in options && options.onReadable === undefined) throw new Error("the wrapper leaves it out");
    this.#pin = inSdkWords(() => new bench.board.io.Digital!(options));
  }

  read(): number {
    return this.#pin.read();
  }

  write(value: unknown): void {
    this.#pin.write(Number(value) !== 0 ? 1 : 0);
  }

  close(): void {
    this.#pin.close();
  }
}

/** 12 bits, whatever is asked for; a conversion that fails returns nothing. */
export class NativeAnalog {
  readonly #pin: Analog;

  constructor(options: AnalogOptions) {
    this.#pin = inSdkWords(() => new bench.board.io.Analog!({ pin: options.pin }));
  }

  get resolution(): number {
    return 12;
  }

  read(): number | undefined {
    try {
      return this.#pin.read();
    } catch {
      return undefined;
    }
  }

  close(): void {
    this.#pin.close();
  }
}

/** Its register has 16 bits; each `read` adds it to the count and clears it. A written text becomes a number. */
export class NativePulseCount {
  readonly #counter: PulseCount;

  constructor(options: PulseCountOptions) {
    this.#counter = inSdkWords(() => new bench.board.io.PulseCount!(options));
  }

  read(): number {
    return this.#counter.read();
  }

  write(count: unknown): void {
    this.#counter.write(Math.trunc(Number(count)));
  }

  close(): void {
    this.#counter.close();
  }
}

function inSdkWords<T>(make: () => T): T {
  try {
    return make();
  } catch {
    throw new Error("in use");
  }
}

/** It looks at no offset, no mode and no format, and says "failed" for everything. */
export const nativeFlash = {
  open(options: FlashOptions): FlashPartition {
    const partition = bench.flash.open({ path: options.path });
    return {
      format: "buffer",
      read(want: number & ByteBuffer, offset: number) {
        return failing("read failed", () => partition.read(want, offset));
      },
      write(bytes: ByteBuffer, offset: number) {
        failing("write failed", () => partition.write(bytes, offset));
      },
      eraseBlock(start: number, end?: number) {
        if (end !== undefined && end <= start) throw new Error("erase failed");
        failing("erase failed", () => partition.eraseBlock(start, end));
      },
      status: () => partition.status(),
      close: () => partition.close(),
    } as FlashPartition;
  },
};

function failing<T>(message: string, call: () => T): T {
  try {
    return call();
  } catch {
    throw new Error(message);
  }
}
