/**
 * ECMA-419 `TCP` on Node's sockets.
 *
 * Extension: `address` may be a host name, which the operating system resolves.
 * Both directions are bounded: above `RECEIVE_LIMIT` unread bytes the socket is paused, so that TCP's own window slows
 * the peer; `write` throws when more than `SEND_LIMIT` bytes would wait.
 */
import { connect, type Socket } from "node:net";
import { ByteQueue } from "../byte-queue";
import type { ByteBuffer, TCP, TCPOptions } from "../io";
import { IOError, type IOFault } from "../io-error";
import { closedError, copyForWrite, requireStreamFormat, type StreamFormat } from "../io-options";
import { validateTCP } from "../io-validate";

export const SEND_LIMIT = 64 * 1024;
export const RECEIVE_LIMIT = 64 * 1024;
/** Node delivers at most this much at once, so a paused socket holds less than both together. */
const LARGEST_CHUNK = 64 * 1024;
/** How long a closed socket may go on sending what was written before. */
const LINGER_MS = 2000;

/** How a Listener of this provider hands a socket over; nobody outside can name it. */
const nativeSocket = Symbol("native socket");
type NativeOptions = TCPOptions & { readonly [nativeSocket]?: Socket };

/** How a socket is made, and what it says when it stands: TLS does both in its own way. */
export type Dial = {
  readonly open: (options: { host: string; port: number }) => Socket;
  readonly stands: "connect" | "secureConnect";
};
const PLAIN: Dial = { open: connect, stands: "connect" };

export class NodeTCP implements TCP {
  target: unknown;
  readonly #onReadable: TCPOptions["onReadable"];
  readonly #onWritable: TCPOptions["onWritable"];
  readonly #onError: TCPOptions["onError"];
  #format: StreamFormat;
  #socket: Socket | undefined;
  #received: ByteQueue;
  #connected = false;
  #failure: IOError | undefined;
  #corked = false;
  readonly #stands: Dial["stands"];

  constructor(options: TCPOptions, dial: Dial = PLAIN) {
    const native = (options as NativeOptions | undefined)?.[nativeSocket];
    if (native === undefined) validateTCP(options, (from) => from instanceof NodeTCP);
    this.#onReadable = options.onReadable;
    this.#onWritable = options.onWritable;
    this.#onError = options.onError;
    this.#format = options.format ?? "buffer";
    this.target = options.target;
    this.#stands = dial.stands;
    if (native !== undefined) {
      this.#received = new ByteQueue(RECEIVE_LIMIT + LARGEST_CHUNK);
      this.#socket = native;
      this.#connected = true;
    } else if (options.from === undefined) {
      this.#received = new ByteQueue(RECEIVE_LIMIT + LARGEST_CHUNK);
      this.#socket = dial.open({ host: options.address!, port: options.port! });
    } else {
      const from = options.from as NodeTCP;
      this.#socket = from.#release();
      this.#received = from.#received;
      this.#connected = from.#connected;
      // Soon, because a constructor may not call back; before any event of the socket.
      process.nextTick(() => this.#takenOver(from.#failure));
    }
    this.#listen(this.#socket);
    if (options.noDelay !== undefined) this.#socket.setNoDelay(options.noDelay);
    if (options.keepAlive !== undefined) this.#socket.setKeepAlive(true, options.keepAlive);
  }

  /** Wraps a socket that a server accepted: what `Listener.read` returns. */
  static accepted(socket: Socket): NodeTCP {
    const options: NativeOptions = { [nativeSocket]: socket };
    return new NodeTCP(options);
  }

  get format(): string {
    return this.#format;
  }

  set format(value: string) {
    this.#format = requireStreamFormat(value);
  }

  get remoteAddress(): string | undefined {
    return this.#socket?.remoteAddress;
  }

  get remotePort(): number | undefined {
    return this.#socket?.remotePort;
  }

  read(byteLength?: number): ArrayBuffer | number | undefined;
  read(into: ByteBuffer): number | undefined;
  read(want?: unknown): ArrayBuffer | number | undefined {
    const socket = this.#open();
    const result = this.#received.read(this.#format, want);
    if (socket.isPaused() && this.#received.length < RECEIVE_LIMIT) socket.resume();
    return result;
  }

  write(data: ByteBuffer | number, options?: { more?: boolean; byteLength?: number }): number {
    const socket = this.#open();
    const bytes = copyForWrite(data, this.#format);
    if (!this.#connected || this.#failure !== undefined)
      throw new IOError("not-connected", "this TCP is not connected");
    if (bytes.length > this.#writable(socket))
      throw new IOError("buffer-full", `${bytes.length} bytes, but only ${this.#writable(socket)} may be written`);
    const more = options?.more === true;
    if (more && !this.#corked) socket.cork();
    if (bytes.length > 0) socket.write(bytes, this.#flushed);
    if (!more && this.#corked) socket.uncork();
    this.#corked = more;
    return this.#writable(socket);
  }

  close(): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    const connected = this.#connected && this.#failure === undefined;
    this.#release();
    socket.on("error", ignore);
    if (!connected) {
      socket.destroy();
      return;
    }
    // What was written before `close` still goes out, but not forever.
    socket.destroySoon();
    const linger = setTimeout(() => socket.destroy(), LINGER_MS);
    linger.unref();
    socket.once("close", () => clearTimeout(linger));
  }

  #open(): Socket {
    if (this.#socket === undefined) throw closedError("TCP");
    return this.#socket;
  }

  #writable(socket: Socket): number {
    return SEND_LIMIT - socket.writableLength;
  }

  #listen(socket: Socket): void {
    socket.on(this.#stands, this.#onConnect);
    socket.on("data", this.#onData);
    socket.on("end", this.#onEnd);
    socket.on("error", this.#onFault);
    socket.on("close", this.#onEnd);
  }

  /** Gives the native socket away. */
  #release(): Socket {
    const socket = this.#open();
    this.#socket = undefined;
    socket.off(this.#stands, this.#onConnect);
    socket.off("data", this.#onData);
    socket.off("end", this.#onEnd);
    socket.off("error", this.#onFault);
    socket.off("close", this.#onEnd);
    return socket;
  }

  /** Tells what happened to the socket before it was taken over. Each callback may close or hand it on. */
  #takenOver(failure: IOError | undefined): void {
    if (this.#socket !== undefined && failure === undefined) this.#onWritable?.call(this, this.#writable(this.#socket));
    if (this.#socket !== undefined && this.#received.length > 0) this.#onReadable?.call(this, this.#received.length);
    if (this.#socket !== undefined && failure !== undefined) this.#fail(failure);
  }

  readonly #onConnect = (): void => {
    this.#connected = true;
    this.#onWritable?.call(this, SEND_LIMIT);
  };

  readonly #onData = (bytes: Uint8Array): void => {
    this.#received.push(bytes);
    if (this.#received.length >= RECEIVE_LIMIT) this.#socket!.pause();
    this.#onReadable?.call(this, this.#received.length);
  };

  readonly #flushed = (error?: Error | null): void => {
    const socket = this.#socket;
    if (error || socket === undefined || this.#failure !== undefined || socket.writableLength > 0) return;
    this.#onWritable?.call(this, SEND_LIMIT);
  };

  readonly #onEnd = (): void => this.#fail(new IOError("ended", "the peer closed the connection"));

  readonly #onFault = (error: NodeJS.ErrnoException): void => this.#fail(new IOError(faultOf(error), error.message));

  #fail(error: IOError): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#socket!.destroy();
    this.#onError?.call(this, error);
  }
}

export { NodeTCP as TCP };

function faultOf(error: NodeJS.ErrnoException): IOFault {
  switch (error.code) {
    case "ECONNREFUSED":
      return "refused";
    case "ETIMEDOUT":
      return "timeout";
    case "ECONNRESET":
    case "EPIPE":
      return "reset";
    default:
      return "device";
  }
}

function ignore(): void {}
