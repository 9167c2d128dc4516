/** The ECMA-419 classes of the gateway's machine: each call goes to the world's instance of the same number. */
import type { FlashOptions, FlashPartition, FlashStatus, FlashStorage } from "../../../hal/flash";
import {
  type Analog,
  type AnalogOptions,
  type ByteBuffer,
  type Digital,
  DigitalEdge,
  DigitalMode,
  type DigitalOptions,
  type I2C,
  type I2COptions,
  type IOProvider,
  type PulseCount,
  type PulseCountOptions,
  type Serial,
  type SerialOptions,
  type SPI,
  type SPIOptions,
  type TCP,
  type TCPOptions,
  type UDP,
  type UDPOptions,
} from "../../../hal/io";
import type { LightEmitter, LightEmitterOptions, LightFrame } from "../../../hal/light";
import { Ask, type BridgeHost, Callback, Kind, NOTHING, OPTION_NAMES, ReadFlag } from "./protocol";

declare const host: BridgeHost;

type Callbacks = {
  readonly onReadable?: unknown;
  readonly onWritable?: unknown;
  readonly onError?: unknown;
};

function open(kind: number, options: object): number {
  const { onReadable, onWritable, onError } = options as Callbacks;
  let callbacks = 0;
  if (onReadable !== undefined) callbacks |= 1 << Callback.readable;
  if (onWritable !== undefined) callbacks |= 1 << Callback.writable;
  if (onError !== undefined) callbacks |= 1 << Callback.error;
  return host.call(Ask.open, kind, callbacks, 0, JSON.stringify(options, OPTION_NAMES as string[]));
}

type Listener = (...received: never[]) => void;

/** The host calls the firmware's own function, with the instance as `this`: as native code does. */
function listen(id: number, io: object, options: Callbacks, failed: Listener): void {
  if (options.onReadable !== undefined) host.onCall(options.onReadable as Listener, id + Callback.readable, io);
  if (options.onWritable !== undefined) host.onCall(options.onWritable as Listener, id + Callback.writable, io);
  if (options.onError !== undefined) host.onCall(failed, id + Callback.error, io);
}

function close(id: number): void {
  for (let callback = Callback.readable; callback <= Callback.error; callback++) host.onCall(undefined, id + callback);
  host.call(Ask.close, id);
}

/** The fault's text arrives as UTF-8. */
function faultOf(bytes: ArrayBuffer | undefined): Error | undefined {
  return bytes === undefined ? undefined : new Error((String as unknown as XsString).fromArrayBuffer(bytes));
}

type XsString = { fromArrayBuffer(bytes: ArrayBuffer): string };

class BridgedI2C implements I2C {
  /** 0 once closed. */
  #id: number;

  constructor(options: I2COptions) {
    this.#id = open(Kind.i2c, options);
  }

  read(byteLength: number, stop?: boolean): ArrayBuffer;
  read(into: ByteBuffer, stop?: boolean): number;
  read(want: number | ByteBuffer, stop?: boolean): ArrayBuffer | number {
    const flags = stop === false ? ReadFlag.noStop : 0;
    if (typeof want === "number") return host.call(Ask.read, this.#id, want, flags) as unknown as ArrayBuffer;
    return host.call(Ask.read, this.#id, want.byteLength, flags, undefined, want);
  }

  write(bytes: ByteBuffer, stop?: boolean): void {
    host.call(Ask.write, this.#id, stop === false ? ReadFlag.noStop : 0, 0, bytes);
  }

  writeRead(bytes: ByteBuffer, byteLength: number): ArrayBuffer;
  writeRead(bytes: ByteBuffer, into: ByteBuffer): number;
  writeRead(bytes: ByteBuffer, want: number | ByteBuffer): ArrayBuffer | number {
    if (typeof want === "number") return host.call(Ask.writeRead, this.#id, want, 0, bytes) as unknown as ArrayBuffer;
    return host.call(Ask.writeRead, this.#id, want.byteLength, 0, bytes, want);
  }

  close(): void {
    if (this.#id !== 0) close(this.#id);
    this.#id = 0;
  }
}

class BridgedSPI implements SPI {
  /** 0 once closed. */
  #id: number;

  constructor(options: SPIOptions) {
    this.#id = open(Kind.spi, options);
  }

  read(byteLength: number): ArrayBuffer;
  read(into: ByteBuffer): number;
  read(want: number | ByteBuffer): ArrayBuffer | number {
    if (typeof want === "number") return host.call(Ask.read, this.#id, want) as unknown as ArrayBuffer;
    return host.call(Ask.read, this.#id, want.byteLength, 0, undefined, want);
  }

  write(bytes: ByteBuffer): void {
    host.call(Ask.write, this.#id, 0, 0, bytes);
  }

  transfer(bytes: ByteBuffer): void {
    host.call(Ask.transfer, this.#id, 0, 0, bytes, bytes);
  }

  flush(deselect?: boolean): void {
    host.call(Ask.flush, this.#id, deselect === undefined ? 0 : 1, deselect === true ? 1 : 0);
  }

  close(): void {
    if (this.#id !== 0) close(this.#id);
    this.#id = 0;
  }
}

/** What `Digital`, `Analog` and `PulseCount` have in common: numbers in and out. */
class BridgedPin {
  readonly target: unknown;
  /** 0 once closed. */
  #id: number;

  constructor(kind: number, options: { readonly target?: unknown } & Callbacks) {
    this.target = options.target;
    this.#id = open(kind, options);
    if (options.onReadable !== undefined)
      host.onCall(options.onReadable as Listener, this.#id + Callback.readable, this);
  }

  get format(): string {
    return "number";
  }

  set format(value: string) {
    host.call(Ask.format, this.#id, 0, 0, value);
  }

  get resolution(): number {
    return host.call(Ask.resolution, this.#id);
  }

  read(): number {
    return host.call(Ask.read, this.#id);
  }

  write(value: number): void {
    host.call(Ask.write, this.#id, 0, value);
  }

  close(): void {
    if (this.#id !== 0) close(this.#id);
    this.#id = 0;
  }
}

class BridgedDigital extends BridgedPin implements Digital {
  static readonly Input: number = DigitalMode.Input;
  static readonly InputPullUp: number = DigitalMode.InputPullUp;
  static readonly InputPullDown: number = DigitalMode.InputPullDown;
  static readonly InputPullUpDown: number = DigitalMode.InputPullUpDown;
  static readonly Output: number = DigitalMode.Output;
  static readonly OutputOpenDrain: number = DigitalMode.OutputOpenDrain;
  static readonly Rising: number = DigitalEdge.Rising;
  static readonly Falling: number = DigitalEdge.Falling;

  constructor(options: DigitalOptions) {
    super(Kind.digital, options);
  }
}

class BridgedAnalog extends BridgedPin implements Analog {
  constructor(options: AnalogOptions) {
    super(Kind.analog, options);
  }
}

class BridgedPulseCount extends BridgedPin implements PulseCount {
  constructor(options: PulseCountOptions) {
    super(Kind.pulses, options);
  }
}

/** `Serial` and `TCP` read alike. */
function readStream(id: number, want: number | ByteBuffer | undefined): ArrayBuffer | number | undefined {
  const got =
    want === undefined
      ? host.call(Ask.read, id, 0, ReadFlag.all)
      : typeof want === "number"
        ? host.call(Ask.read, id, want)
        : host.call(Ask.read, id, want.byteLength, 0, undefined, want);
  return got === NOTHING ? undefined : got;
}

class BridgedSerial implements Serial {
  readonly target: unknown;
  /** 0 once closed. */
  #id: number;
  readonly #onError: SerialOptions["onError"];
  #format: string;

  constructor(options: SerialOptions) {
    this.target = options.target;
    this.#onError = options.onError;
    this.#format = options.format ?? "buffer";
    this.#id = open(Kind.serial, options);
    listen(this.#id, this, options, this.failed);
  }

  get format(): string {
    return this.#format;
  }

  set format(value: string) {
    host.call(Ask.format, this.#id, 0, 0, value);
    this.#format = value;
  }

  read(byteLength?: number): ArrayBuffer | number | undefined;
  read(into: ByteBuffer): number | undefined;
  read(want?: number | ByteBuffer): ArrayBuffer | number | undefined {
    return readStream(this.#id, want);
  }

  write(data: ByteBuffer | number): void {
    if (typeof data === "number") host.call(Ask.write, this.#id, 0, data);
    else host.call(Ask.write, this.#id, 0, 0, data);
  }

  flush(input?: boolean, output?: boolean): void {
    host.call(Ask.flush, this.#id, input === undefined ? 0 : 1, (input === true ? 1 : 0) | (output === true ? 2 : 0));
  }

  close(): void {
    if (this.#id !== 0) close(this.#id);
    this.#id = 0;
  }

  /** For the bridge. */
  failed(_a: number, _b: number, _c: number, text?: ArrayBuffer): void {
    this.#onError?.call(this, faultOf(text));
  }
}

class BridgedTCP implements TCP {
  readonly target: unknown;
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  /** 0 once closed. */
  #id: number;
  readonly #onError: TCPOptions["onError"];
  #format: string;

  constructor(options: TCPOptions) {
    this.target = options.target;
    this.remoteAddress = options.address;
    this.remotePort = options.port;
    this.#onError = options.onError;
    this.#format = options.format ?? "buffer";
    this.#id = open(Kind.tcp, options);
    listen(this.#id, this, options, this.failed);
  }

  get format(): string {
    return this.#format;
  }

  set format(value: string) {
    host.call(Ask.format, this.#id, 0, 0, value);
    this.#format = value;
  }

  read(byteLength?: number): ArrayBuffer | number | undefined;
  read(into: ByteBuffer): number | undefined;
  read(want?: number | ByteBuffer): ArrayBuffer | number | undefined {
    return readStream(this.#id, want);
  }

  write(data: ByteBuffer | number): number {
    if (typeof data === "number") return host.call(Ask.write, this.#id, 0, data);
    return host.call(Ask.write, this.#id, 0, 0, data);
  }

  close(): void {
    if (this.#id !== 0) close(this.#id);
    this.#id = 0;
  }

  /** For the bridge. */
  failed(_a: number, _b: number, _c: number, text?: ArrayBuffer): void {
    this.#onError?.call(this, faultOf(text));
  }
}

class BridgedLightEmitter implements LightEmitter {
  /** 0 once closed. */
  #id: number;

  constructor(options: LightEmitterOptions) {
    this.#id = open(Kind.light, options);
  }

  send(frame: LightFrame): void {
    host.call(Ask.write, this.#id, frame.preambleChips, frame.bitCount, frame.octets);
  }

  shine(duty: number, idle: ByteBuffer, idleChips: number): void {
    host.call(Ask.shine, this.#id, duty, idleChips, idle);
  }

  close(): void {
    if (this.#id !== 0) close(this.#id);
    this.#id = 0;
  }
}

type Packet = ArrayBuffer & { address: string; port: number };

/** A packet crosses as `[port: 2 bytes][length of the address][address][payload]`. */
class BridgedUDP implements UDP {
  readonly target: unknown;
  /** 0 once closed. */
  #id: number;

  constructor(options: UDPOptions) {
    this.target = options.target;
    this.#id = open(Kind.udp, options);
    if (options.onReadable !== undefined)
      host.onCall(options.onReadable as Listener, this.#id + Callback.readable, this);
  }

  get format(): string {
    return "buffer";
  }

  set format(value: string) {
    host.call(Ask.format, this.#id, 0, 0, value);
  }

  read(): Packet | undefined;
  read(into: ByteBuffer & { address?: string; port?: number }): number | undefined;
  read(into?: ByteBuffer & { address?: string; port?: number }): Packet | number | undefined {
    const got = host.call(Ask.read, this.#id) as unknown as ArrayBuffer | number;
    if (got === NOTHING) return undefined;
    const bytes = new Uint8Array(got as ArrayBuffer);
    const port = bytes[0] * 256 + bytes[1];
    const payloadAt = 3 + bytes[2];
    const address = (String as unknown as XsString).fromArrayBuffer((got as ArrayBuffer).slice(3, payloadAt));
    const payload = (got as ArrayBuffer).slice(payloadAt);
    if (into === undefined) return Object.assign(payload, { address, port });
    new Uint8Array((into as Uint8Array).buffer, (into as Uint8Array).byteOffset).set(new Uint8Array(payload));
    Object.assign(into, { address, port });
    return payload.byteLength;
  }

  write(bytes: ByteBuffer, address: string, port: number): void {
    host.call(Ask.sendTo, this.#id, port, 0, address);
    host.call(Ask.write, this.#id, 0, 0, bytes);
  }

  close(): void {
    if (this.#id !== 0) close(this.#id);
    this.#id = 0;
  }
}

class BridgedFlash implements FlashPartition {
  /** 0 once closed. */
  #id: number;

  constructor(options: FlashOptions) {
    this.#id = open(Kind.flash, options);
  }

  get format(): string {
    return "buffer";
  }

  set format(value: string) {
    if (value !== "buffer") throw new RangeError("format");
  }

  read(byteLength: number, byteOffset: number): ArrayBuffer;
  read(into: ByteBuffer, byteOffset: number): number;
  read(want: number | ByteBuffer, byteOffset: number): ArrayBuffer | number {
    if (typeof want === "number") return host.call(Ask.read, this.#id, byteOffset, want) as unknown as ArrayBuffer;
    return host.call(Ask.read, this.#id, byteOffset, want.byteLength, undefined, want);
  }

  write(bytes: ByteBuffer, byteOffset: number): void {
    host.call(Ask.write, this.#id, byteOffset, 0, bytes);
  }

  eraseBlock(start: number, end?: number): void {
    host.call(Ask.erase, this.#id, start, end ?? start + 1);
  }

  status(): FlashStatus {
    const blocks = host.call(Ask.status, this.#id, 0);
    const blockLength = host.call(Ask.status, this.#id, 1);
    return { size: blocks * blockLength, blocks, blockLength };
  }

  close(): void {
    if (this.#id !== 0) close(this.#id);
    this.#id = 0;
  }
}

const bridgedFlash: FlashStorage = {
  open: (options) => new BridgedFlash(options),
};

export const bridgedIO: IOProvider = {
  flash: bridgedFlash,
  Digital: BridgedDigital,
  Analog: BridgedAnalog,
  PulseCount: BridgedPulseCount,
  I2C: BridgedI2C,
  SPI: BridgedSPI,
  Serial: BridgedSerial,
  TCP: BridgedTCP,
  LightEmitter: BridgedLightEmitter,
  UDP: BridgedUDP,
};
