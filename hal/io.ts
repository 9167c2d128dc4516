/**
 * The ECMA-419 IO classes that firmware and drivers use, in our own words (ECMA-419 sections 8 to 10).
 *
 * A platform hands these over as *constructors* in an options object; portable code never imports one.
 * Rules of the pattern that every provider keeps, and `hal/io.test-suite.ts` checks:
 * - the constructor validates its options before it takes any resource, and throws on a resource in use;
 * - `close` may be called twice; every other method throws after it; no callback arrives after it;
 * - a callback is never invoked from inside a method of the same instance;
 * - `write` takes all bytes or throws and takes none.
 */
import type { FlashStorage } from "./flash";
import type { LightEmitterConstructor } from "./light";

/** Bytes as ECMA-419 takes them: a buffer, or a view that restricts it. */
export type ByteBuffer = ArrayBufferLike | ArrayBufferView;

export type PinSpecifier = number | string;
export type PortSpecifier = number | string;

/** ECMA-419 section 8. */
export interface Closable {
  close(): void;
}

/** Section 9: an IO whose data format can be `"buffer"` or `"number"`. */
export interface StreamIO extends Closable {
  format: string;
}

export interface I2COptions {
  readonly data: PinSpecifier;
  readonly clock: PinSpecifier;
  /** Bus clock in hertz. */
  readonly hz: number;
  /** 7-bit address. */
  readonly address: number;
  readonly port?: PortSpecifier;
}

/** Synchronous I2C initiator. A missing acknowledgement is an exception. */
export interface I2C extends Closable {
  read(byteLength: number, stop?: boolean): ArrayBuffer;
  read(into: ByteBuffer, stop?: boolean): number;
  write(bytes: ByteBuffer, stop?: boolean): void;
  writeRead(bytes: ByteBuffer, byteLength: number): ArrayBuffer;
  writeRead(bytes: ByteBuffer, into: ByteBuffer): number;
}

export interface SPIOptions {
  readonly out?: PinSpecifier;
  readonly in?: PinSpecifier;
  readonly clock: PinSpecifier;
  readonly select?: PinSpecifier;
  readonly active?: 0 | 1;
  /** Bits a second. */
  readonly hz: number;
  readonly mode?: 0 | 1 | 2 | 3;
  readonly port?: PortSpecifier;
}

export interface SPI extends Closable {
  read(byteLength: number): ArrayBuffer;
  read(into: ByteBuffer): number;
  write(bytes: ByteBuffer): void;
  transfer(bytes: ByteBuffer): void;
  flush(deselect?: boolean): void;
}

/**
 * Modes and edges of ECMA-419 `Digital`. The standard names them and leaves their numbers to the host, so portable code
 * reads them from the class that it was given; our providers use those of the Moddable SDK.
 */
export const DigitalMode = {
  Input: 0,
  InputPullUp: 1,
  InputPullDown: 2,
  InputPullUpDown: 3,
  Output: 8,
  OutputOpenDrain: 9,
} as const;
export const DigitalEdge = { Rising: 1, Falling: 2 } as const;

export interface DigitalOptions {
  readonly pin: PinSpecifier;
  /** `Digital.Input`, `Digital.Output`, ... of the same class. */
  readonly mode: number;
  /** `Digital.Rising`, `Digital.Falling` or their sum; required with `onReadable`. */
  readonly edge?: number;
  /** A low wire reads as 1. */
  readonly activeLow?: boolean;
  /** What an output is set to before it drives the wire. */
  readonly initialValue?: 0 | 1;
  readonly format?: "number";
  readonly target?: unknown;
  readonly onReadable?: (this: Digital) => void;
}

/** An input does not write, an output does not read: both throw. */
export interface Digital extends StreamIO {
  /** 0 or 1. */
  read(): number;
  write(value: number): void;
}

export interface AnalogOptions {
  readonly pin: PinSpecifier;
  /** Bits that are asked for; `resolution` of the instance says how many there are. */
  readonly resolution?: number;
  readonly format?: "number";
  readonly target?: unknown;
}

export interface Analog extends StreamIO {
  /** Bits of what `read` returns. */
  readonly resolution: number;
  /** 0 to 2^resolution - 1. Which voltage the largest stands for is the platform's; ECMA-419 does not say. */
  read(): number;
}

export interface PWMOptions {
  readonly pin: PinSpecifier;
  /** Frequency in hertz; the platform's own when left out. A platform that cannot set it throws. */
  readonly hz?: number;
  readonly port?: PortSpecifier;
  readonly format?: "number";
  readonly target?: unknown;
}

export interface PWM extends StreamIO {
  /** Frequency in hertz; `undefined` where the platform does not know it. */
  readonly hz: number | undefined;
  /** Bits of what `write` takes. */
  readonly resolution: number;
  /** Share of the period that the pin is high: 0 to 2^resolution - 1, which is all of it. A new instance begins with 0. */
  write(value: number): void;
}

export interface PulseCountOptions {
  readonly signal: PinSpecifier;
  readonly control: PinSpecifier;
  readonly format?: "number";
  readonly target?: unknown;
  /** The count has changed; several changes may come as one call. */
  readonly onReadable?: (this: PulseCount) => void;
}

/** Counts in both directions, as a rotary encoder turns. */
export interface PulseCount extends StreamIO {
  read(): number;
  /** Sets the count. */
  write(count: number): void;
}

export interface SerialOptions {
  readonly receive?: PinSpecifier;
  readonly transmit?: PinSpecifier;
  /** Bits a second. */
  readonly baud: number;
  /** Names that ECMA-419 reserves; a provider that cannot set them throws when they differ from 8N1. */
  readonly data?: 7 | 8;
  readonly parity?: "none" | "even" | "odd";
  readonly stop?: 1 | 2;
  /** A UART number on a microcontroller, a device path such as `/dev/ttyUSB0` on a PC. */
  readonly port?: PortSpecifier;
  readonly format?: "buffer" | "number";
  readonly target?: unknown;
  readonly onReadable?: (this: Serial, bytes: number) => void;
  readonly onWritable?: (this: Serial, bytes: number) => void;
  readonly onError?: (this: Serial, error?: unknown) => void;
}

export interface Serial extends StreamIO {
  /** What the options said: whose callbacks they are (ECMA-419 section 9.2). */
  readonly target?: unknown;
  /** `undefined` when nothing has arrived. */
  read(byteLength?: number): ArrayBuffer | number | undefined;
  read(into: ByteBuffer): number | undefined;
  write(bytes: ByteBuffer | number): void;
  flush(input?: boolean, output?: boolean): void;
}

export interface TCPOptions {
  /** Address of the remote end point; numeric, names are resolved before. */
  readonly address?: string;
  readonly port?: number;
  readonly noDelay?: boolean;
  /** Keep-alive interval in milliseconds. */
  readonly keepAlive?: number;
  /** Takes the native socket of an instance that a Listener handed over; that instance is closed. */
  readonly from?: TCP;
  readonly format?: "buffer" | "number";
  readonly target?: unknown;
  readonly onReadable?: (this: TCP, bytes: number) => void;
  /** First called when the connection stands. */
  readonly onWritable?: (this: TCP, bytes: number) => void;
  /** The connection failed or ended; only `close` may follow. */
  readonly onError?: (this: TCP, error?: unknown) => void;
}

export interface TCP extends StreamIO {
  /** What the options said: whose callbacks they are (ECMA-419 section 9.2). */
  readonly target?: unknown;
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  read(byteLength?: number): ArrayBuffer | number | undefined;
  read(into: ByteBuffer): number | undefined;
  /** Returns how many bytes may still be written. */
  write(bytes: ByteBuffer | number, options?: { more?: boolean; byteLength?: number }): number;
}

export interface ListenerOptions {
  readonly port?: number;
  readonly address?: string;
  readonly target?: unknown;
  readonly onReadable?: (this: Listener, requests: number) => void;
  readonly onError?: (this: Listener, error?: unknown) => void;
}

export interface Listener extends StreamIO {
  readonly port: number;
  read(): TCP | undefined;
}

export interface UDPOptions {
  readonly port?: number;
  readonly address?: string;
  readonly target?: unknown;
  readonly onReadable?: (this: UDP, packets: number) => void;
  readonly onError?: (this: UDP, error?: unknown) => void;
}

export interface UDP extends StreamIO {
  /** A whole packet, with `address` and `port` of its sender attached to the buffer. */
  read(): (ArrayBuffer & { address: string; port: number }) | undefined;
  read(into: ByteBuffer & { address?: string; port?: number }): number | undefined;
  write(bytes: ByteBuffer, address: string, port: number): void;
}

export type I2CConstructor = new (options: I2COptions) => I2C;
export type SPIConstructor = new (options: SPIOptions) => SPI;
export interface DigitalConstructor {
  new (options: DigitalOptions): Digital;
  readonly Input: number;
  readonly InputPullUp: number;
  readonly InputPullDown: number;
  readonly InputPullUpDown: number;
  readonly Output: number;
  readonly OutputOpenDrain: number;
  readonly Rising: number;
  readonly Falling: number;
}
export type AnalogConstructor = new (options: AnalogOptions) => Analog;
export type PWMConstructor = new (options: PWMOptions) => PWM;
export type PulseCountConstructor = new (options: PulseCountOptions) => PulseCount;
export type SerialConstructor = new (options: SerialOptions) => Serial;
export type TCPConstructor = new (options: TCPOptions) => TCP;
export type ListenerConstructor = new (options: ListenerOptions) => Listener;
export type UDPConstructor = new (options: UDPOptions) => UDP;

/** The IO classes of one platform. A class is absent where the platform does not have it. */
export interface IOProvider {
  readonly Digital?: DigitalConstructor;
  readonly Analog?: AnalogConstructor;
  readonly PWM?: PWMConstructor;
  readonly PulseCount?: PulseCountConstructor;
  readonly I2C?: I2CConstructor;
  readonly SPI?: SPIConstructor;
  readonly Serial?: SerialConstructor;
  readonly TCP?: TCPConstructor;
  /** ECMA-419 `TLS`: a TCP whose bytes are encrypted, to a peer whose certificate was verified. Keys and trust are the platform's. */
  readonly TLS?: TCPConstructor;
  readonly Listener?: ListenerConstructor;
  readonly UDP?: UDPConstructor;
  /** ECMA-419 `device.flash`. */
  readonly flash?: FlashStorage;
  /** Not of ECMA-419 (light.ts). */
  readonly LightEmitter?: LightEmitterConstructor;
}
