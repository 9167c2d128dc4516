/** The ECMA-419 `Listener` class of one host of the world. */
import type { Listener, ListenerConstructor, ListenerOptions, TCP } from "../../hal/io";
import { IOError } from "../../hal/io-error";
import { closedError, requireFormat } from "../../hal/io-options";
import { validateListener } from "../../hal/io-validate";
import { type Kernel, WorldEvent } from "./kernel";
import type { NetworkHost } from "./network";
import type { Endpoint } from "./network-connection";
import { acceptedTCP } from "./network-tcp";

/** Connections that nobody has read yet; further ones are not answered, as with a full backlog. */
const BACKLOG = 16;
const FORMAT = "socket/tcp";

export function listenerClass(host: NetworkHost): ListenerConstructor {
  return class extends WorldListener {
    constructor(options: ListenerOptions) {
      super(options, host);
    }
  };
}

export class WorldListener implements Listener {
  target: unknown;
  readonly port: number;
  readonly #onReadable: ListenerOptions["onReadable"];
  readonly #host: NetworkHost;
  readonly #kernel: Kernel;
  readonly #pending: TCP[] = [];
  readonly #readable: WorldEvent;
  #closed = false;

  constructor(options: ListenerOptions, host: NetworkHost) {
    const port = validateListener(options, "Listener");
    if (host.listeners.has(port)) throw new IOError("in-use", `port ${port} of ${host.address} is in use`);
    this.#onReadable = options.onReadable;
    this.target = options.target;
    this.#host = host;
    this.#kernel = host.network.kernel;
    this.#readable = new WorldEvent(() => this.#onReadable?.call(this, this.#pending.length));
    this.port = port === 0 ? host.freePort(host.listeners) : port;
    host.listeners.set(this.port, this);
  }

  get format(): string {
    return FORMAT;
  }

  set format(value: string) {
    requireFormat(value, FORMAT);
  }

  get full(): boolean {
    return this.#pending.length >= BACKLOG;
  }

  read(): TCP | undefined {
    this.#open();
    return this.#pending.shift();
  }

  write(): never {
    this.#open();
    throw new IOError("unsupported", "a Listener cannot be written");
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#kernel.cancel(this.#readable);
    if (this.#host.listeners.get(this.port) === this) this.#host.listeners.delete(this.port);
    for (const tcp of this.#pending.splice(0)) tcp.close();
  }

  /** Called by the network, in an event of its own. */
  accept(end: Endpoint): void {
    this.#pending.push(acceptedTCP(end));
    this.#kernel.schedule(this.#readable, this.#kernel.nowUs());
  }

  #open(): void {
    if (this.#closed) throw closedError("Listener");
  }
}
