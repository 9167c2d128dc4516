/**
 * ECMA-419 `TCP` over the SDK's socket: `esp32` (lwIP) and `lin`.
 *
 * What it sets right (SDK 8.2.3): the option is `nodelay` there; asking for more than has arrived throws there; `onError`
 * brings no reason; addresses are numeric only. `keepAlive` is not implemented by the SDK and ignored here.
 * `onWritable` repeats after every write; that is allowed by ECMA-419, and whoever uses this must expect it.
 *
 * Extension, as in hal/node: `address` may be a host name, which the SDK's resolver looks up.
 */
import NativeTCP from "embedded:io/socket/tcp";
// biome-ignore lint/style/useNodejsImportProtocol: this is the SDK's module, not Node's
import Net from "net";
import type { ByteBuffer, TCP, TCPConstructor, TCPOptions } from "../io";
import { IOError } from "../io-error";
import { bytesOf, closedError, requireInteger, requireStreamFormat, type StreamFormat } from "../io-options";
import { validateTCP } from "../io-validate";
import type { FaultHandler } from "./fault";

/** The SDK's class, as its code is and not as its typings say. */
type NativeSocket = {
  format: string;
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  read(want?: number | ByteBuffer): ArrayBuffer | number | undefined;
  /** Nothing when the connection has failed meanwhile (lwIP). */
  write(data: ByteBuffer | number): number | undefined;
  close(): void;
};
type NativeOptions = {
  address?: string;
  port?: number;
  from?: NativeSocket;
  nodelay?: boolean;
  format: StreamFormat;
  onReadable(bytes: number): void;
  onWritable(bytes: number): void;
  onError(): void;
};

const Native = NativeTCP as unknown as new (options: NativeOptions) => NativeSocket;

export class SdkTCP implements TCP {
  target: unknown;
  readonly #onReadable: TCPOptions["onReadable"];
  readonly #onWritable: TCPOptions["onWritable"];
  readonly #onError: TCPOptions["onError"];
  #format: StreamFormat;
  #state: "opening" | "connected" | "failed" | "closed" = "opening";
  /** Absent while a name is being resolved, and after `close`. */
  #socket: NativeSocket | undefined;
  /** Bytes that are known to have arrived and were not read. */
  #available = 0;
  #writable = 0;

  constructor(options: TCPOptions) {
    validateTCP(options, (from) => from instanceof SdkTCP);
    this.#onReadable = options.onReadable;
    this.#onWritable = options.onWritable;
    this.#onError = options.onError;
    this.#format = options.format ?? "buffer";
    this.target = options.target;
    if (options.from !== undefined) this.#takeOver(options.from as SdkTCP, options);
    else if (isNumericAddress(options.address!)) this.#connect(options.address!, options);
    else this.#resolve(options);
  }

  get format(): string {
    return this.#format;
  }

  set format(value: string) {
    this.#requireOpen();
    this.#format = requireStreamFormat(value);
    if (this.#socket !== undefined) this.#socket.format = this.#format;
  }

  get remoteAddress(): string | undefined {
    return this.#state === "connected" ? this.#socket?.remoteAddress : undefined;
  }

  get remotePort(): number | undefined {
    return this.#state === "connected" ? this.#socket?.remotePort : undefined;
  }

  read(byteLength?: number): ArrayBuffer | number | undefined;
  read(into: ByteBuffer): number | undefined;
  read(want?: number | ByteBuffer): ArrayBuffer | number | undefined {
    this.#requireOpen();
    if (this.#socket === undefined || this.#available === 0) return undefined;
    if (this.#format === "number") {
      this.#available--;
      return this.#socket.read();
    }
    if (want === undefined) return this.#readUpTo(this.#available);
    if (typeof want === "number") return this.#readUpTo(requireInteger(want, "byteLength", 1, 0x7fff_ffff));
    const into = bytesOf(want);
    if (into.length === 0) return 0;
    const count = Math.min(into.length, this.#available);
    this.#available -= count;
    return this.#socket.read(count === into.length ? want : into.subarray(0, count)) as number;
  }

  write(data: ByteBuffer | number): number {
    this.#requireOpen();
    if (this.#state !== "connected") throw new IOError("not-connected", "this TCP is not connected");
    if (this.#format === "number") requireInteger(data, "byte", 0, 255);
    const size = this.#format === "number" ? 1 : bytesOf(data).length;
    if (size === 0) return this.#writable;
    let writable: number | undefined;
    try {
      writable = this.#socket!.write(data);
    } catch {
      throw new IOError("buffer-full", `${size} bytes, but only ${this.#writable} may be written`);
    }
    if (writable === undefined) throw new IOError("not-connected", "the connection has just failed");
    this.#writable = writable;
    return writable;
  }

  close(): void {
    this.#state = "closed";
    this.#socket?.close();
    this.#socket = undefined;
  }

  /** What a callback threw. A provider overrides this. */
  protected fault(error: unknown): void {
    throw error;
  }

  #requireOpen(): void {
    if (this.#state === "closed") throw closedError("TCP");
  }

  #readUpTo(most: number): ArrayBuffer {
    const count = Math.min(most, this.#available);
    this.#available -= count;
    return this.#socket!.read(count) as ArrayBuffer;
  }

  #connect(address: string, options: TCPOptions): void {
    this.#socket = new Native({ address, port: options.port!, ...this.#nativeOptions(options) });
  }

  #takeOver(from: SdkTCP, options: TCPOptions): void {
    if (from.#socket === undefined) throw closedError("TCP that is taken over");
    this.#socket = new Native({ from: from.#socket, ...this.#nativeOptions(options) });
    this.#available = from.#available;
    this.#writable = from.#writable;
    this.#state = from.#state;
    // The native constructor has closed the native socket of `from` already.
    from.#socket = undefined;
    from.#state = "closed";
  }

  #resolve(options: TCPOptions): void {
    const name = options.address!;
    Net.resolve(name, (_, address) => {
      if (this.#state !== "opening") return;
      if (address === undefined) {
        this.#fail(new IOError("no-resource", `the name ${name} could not be resolved`));
        return;
      }
      try {
        this.#connect(address, options);
      } catch (error) {
        this.#fail(error);
      }
    });
  }

  #nativeOptions(options: TCPOptions): NativeOptions {
    return {
      format: this.#format,
      ...(options.noDelay === undefined ? {} : { nodelay: options.noDelay }),
      onReadable: (bytes) => this.#arrived(bytes),
      onWritable: (bytes) => this.#roomFor(bytes),
      onError: () => this.#lost(),
    };
  }

  #arrived(bytes: number): void {
    this.#available = bytes;
    this.#call(this.#onReadable, bytes);
  }

  #roomFor(bytes: number): void {
    if (this.#state === "opening") this.#state = "connected";
    this.#writable = bytes;
    this.#call(this.#onWritable, bytes);
  }

  #lost(): void {
    if (this.#state === "connected") this.#fail(new IOError("ended", "the connection has ended"));
    else this.#fail(new IOError("refused", "the connection could not be made"));
  }

  #fail(error: unknown): void {
    if (this.#state === "closed" || this.#state === "failed") return;
    this.#state = "failed";
    this.#call(this.#onError, error);
  }

  #call<T>(callback: ((this: TCP, argument: T) => void) | undefined, argument: T): void {
    if (callback === undefined || this.#state === "closed") return;
    try {
      callback.call(this, argument);
    } catch (error) {
      this.fault(error);
    }
  }
}

/** The class of one provider: what its callbacks throw goes to `fault`. */
export function tcpClass(fault: FaultHandler): TCPConstructor {
  return class extends SdkTCP {
    protected override fault(error: unknown): void {
      fault(error);
    }
  };
}

/** Dotted quad, or anything with a colon (IPv6): what the SDK's sockets take without a resolver. */
export function isNumericAddress(address: string): boolean {
  if (address.includes(":")) return true;
  for (let i = 0; i < address.length; i++) {
    const code = address.charCodeAt(i);
    if (code !== 0x2e && (code < 0x30 || code > 0x39)) return false;
  }
  return true;
}
