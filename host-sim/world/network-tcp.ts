/** The ECMA-419 `TCP` class of one host of the world. */
import type { ByteBuffer, TCP, TCPConstructor, TCPOptions } from "../../hal/io";
import { IOError } from "../../hal/io-error";
import { bytesOf, closedError, requireInteger, requireStreamFormat, type StreamFormat } from "../../hal/io-options";
import { validateTCP } from "../../hal/io-validate";
import { type Kernel, WorldEvent } from "./kernel";
import type { NetworkHost } from "./network";
import { Connection, Endpoint, type EndpointOwner } from "./network-connection";

/** A SYN that nobody answers is sent again. */
const SYN_RETRY_US = 1_000_000;

/** How a Listener hands over an end; nobody outside can name it. */
const acceptedEnd = Symbol("accepted end");
type AcceptedOptions = TCPOptions & { readonly [acceptedEnd]?: Endpoint };

export function tcpClass(host: NetworkHost): TCPConstructor {
  return class extends WorldTCP {
    constructor(options: TCPOptions) {
      super(options, host);
    }
  };
}

/** What `Listener.read` returns: connected, without callbacks. */
export function acceptedTCP(end: Endpoint): TCP {
  const options: AcceptedOptions = { [acceptedEnd]: end };
  return new WorldTCP(options, end.host);
}

class WorldTCP implements TCP {
  target: unknown;
  readonly #onReadable: TCPOptions["onReadable"];
  readonly #onWritable: TCPOptions["onWritable"];
  readonly #onError: TCPOptions["onError"];
  readonly #kernel: Kernel;
  readonly #single = new Uint8Array(1);
  #format: StreamFormat;
  #end: Endpoint | undefined;
  #connected: boolean;
  /** Tells a new owner what happened before it came; until then nothing else is told. */
  readonly #takeover: WorldEvent;

  constructor(options: TCPOptions, host: NetworkHost) {
    const accepted = (options as AcceptedOptions | undefined)?.[acceptedEnd];
    if (accepted === undefined) validateTCP(options, (from) => from instanceof WorldTCP);
    this.#onReadable = options.onReadable;
    this.#onWritable = options.onWritable;
    this.#onError = options.onError;
    this.#format = options.format ?? "buffer";
    this.target = options.target;
    this.#kernel = host.network.kernel;
    this.#takeover = new WorldEvent(() => this.#tellHistory());
    if (accepted !== undefined) this.#end = accepted;
    else if (options.from !== undefined) this.#end = this.#takeFrom(options.from as WorldTCP);
    else this.#end = new Endpoint(host, options.address!, options.port!);
    this.#connected = this.#end.joined;
    this.#end.owner = this.#events();
    if (accepted === undefined && options.from === undefined) new Attempt(this.#end);
  }

  get format(): string {
    return this.#format;
  }

  set format(value: string) {
    this.#format = requireStreamFormat(value);
  }

  get remoteAddress(): string | undefined {
    return this.#connected ? this.#end?.remoteAddress : undefined;
  }

  get remotePort(): number | undefined {
    return this.#connected ? this.#end?.remotePort : undefined;
  }

  read(byteLength?: number): ArrayBuffer | number | undefined;
  read(into: ByteBuffer): number | undefined;
  read(want?: unknown): ArrayBuffer | number | undefined {
    const end = this.#open();
    const result = end.received.read(this.#format, want);
    if (result !== undefined) end.drained();
    return result;
  }

  /** `more` and `byteLength` are hints that this network does not need: what is written in one go travels together. */
  write(data: ByteBuffer | number, _options?: { more?: boolean; byteLength?: number }): number {
    const end = this.#open();
    const bytes = this.#format === "number" ? this.#single : bytesOf(data);
    if (this.#format === "number") this.#single[0] = requireInteger(data, "byte", 0, 255);
    if (!this.#connected || end.failure !== undefined) throw new IOError("not-connected", "this TCP is not connected");
    const writable = end.pipe.writable;
    if (bytes.length > writable)
      throw new IOError("buffer-full", `${bytes.length} bytes, but only ${writable} may be written`);
    if (bytes.length > 0) end.pipe.write(bytes);
    return end.pipe.writable;
  }

  close(): void {
    if (this.#end === undefined) return;
    this.#release().close();
  }

  #open(): Endpoint {
    if (this.#end === undefined) throw closedError("TCP");
    return this.#end;
  }

  #release(): Endpoint {
    const end = this.#open();
    this.#end = undefined;
    end.owner = undefined;
    this.#kernel.cancel(this.#takeover);
    return end;
  }

  #takeFrom(from: WorldTCP): Endpoint {
    const end = from.#release();
    this.#kernel.schedule(this.#takeover, this.#kernel.nowUs());
    return end;
  }

  #events(): EndpointOwner {
    return {
      connected: () => {
        this.#connected = true;
        this.#callWritable();
      },
      readable: () => this.#callReadable(),
      writable: () => this.#callWritable(),
      failed: (error) => {
        if (this.#takeover.slot < 0) this.#onError?.call(this, error);
      },
    };
  }

  #callReadable(): void {
    if (this.#end !== undefined && this.#takeover.slot < 0) this.#onReadable?.call(this, this.#end.received.length);
  }

  #callWritable(): void {
    if (this.#end !== undefined && this.#takeover.slot < 0) this.#onWritable?.call(this, this.#end.pipe.writable);
  }

  /** Each callback may close the socket. */
  #tellHistory(): void {
    const failure = this.#end?.failure;
    if (failure === undefined && this.#connected) this.#callWritable();
    if (this.#end !== undefined && this.#end.received.length > 0) this.#callReadable();
    if (this.#end !== undefined && failure !== undefined) this.#onError?.call(this, failure);
  }
}

/** The handshake of a client. Ends joined, refused, timed out, or when the script closes the socket. */
class Attempt {
  readonly #end: Endpoint;
  readonly #kernel: Kernel;
  readonly #deadlineUs: number;

  constructor(end: Endpoint) {
    const { network } = end.host;
    network.counters.attempts++;
    this.#end = end;
    this.#kernel = network.kernel;
    this.#deadlineUs = this.#kernel.nowUs() + network.options.connectTimeoutUs;
    this.#knock();
  }

  #knock(): void {
    this.#kernel.after(this.#end.host.network.travelUs(), () => this.#arrive());
  }

  /** The SYN is at the other host, if there is one. */
  #arrive(): void {
    const end = this.#end;
    if (end.deaf) return;
    const host = end.host.network.find(end.remoteAddress);
    if (host === undefined || !end.host.reaches(host)) {
      this.#later(() => this.#arrive());
      return;
    }
    const listener = host.listeners.get(end.remotePort);
    if (listener === undefined) this.#refuse();
    else if (listener.full) this.#later(() => this.#arrive());
    else {
      const server = new Endpoint(host, end.host.address, end.host.freePort(NO_PORTS));
      new Connection(end, server);
      listener.accept(server);
      this.#answer(() => end.owner?.connected());
    }
  }

  #refuse(): void {
    this.#answer(() => {
      this.#end.host.network.counters.refused++;
      this.#end.fail(new IOError("refused", `${this.#end.remoteAddress} refuses port ${this.#end.remotePort}`));
    });
  }

  /** The answer's trip back. When the way is cut meanwhile, a retransmission brings it, or the time-out comes. */
  #answer(then: () => void): void {
    this.#kernel.after(this.#end.host.network.travelUs(), () => this.#answered(then));
  }

  #answered(then: () => void): void {
    const end = this.#end;
    if (end.deaf) return;
    if (end.host.reaches(end.host.network.host(end.remoteAddress))) then();
    else this.#later(() => this.#answered(then));
  }

  #later(again: () => void): void {
    const inTime = this.#kernel.nowUs() + SYN_RETRY_US < this.#deadlineUs;
    if (inTime) this.#kernel.after(SYN_RETRY_US, again);
    else this.#kernel.at(this.#deadlineUs, () => this.#timeOut());
  }

  #timeOut(): void {
    if (this.#end.deaf) return;
    this.#end.host.network.counters.timeouts++;
    this.#end.fail(new IOError("timeout", `${this.#end.remoteAddress} does not answer`));
  }
}

const NO_PORTS: ReadonlyMap<number, unknown> = new Map();
