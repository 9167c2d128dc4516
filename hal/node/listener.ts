/** ECMA-419 `Listener` on Node's TCP server. */
import { createServer, type Server, type Socket } from "node:net";
import type { Listener, ListenerOptions } from "../io";
import { IOError } from "../io-error";
import { closedError, requireFormat } from "../io-options";
import { validateListener } from "../io-validate";
import { NodeTCP } from "./tcp";

/** Accepted connections that nobody has read yet. One more is closed at once and counted. */
export const PENDING_LIMIT = 64;

const FORMAT = "socket/tcp";

export class NodeListener implements Listener {
  target: unknown;
  /** Connections that were closed because `PENDING_LIMIT` of them waited. */
  dropped = 0;
  readonly #onReadable: ListenerOptions["onReadable"];
  readonly #onError: ListenerOptions["onError"];
  readonly #port: number;
  readonly #pending: NodeTCP[] = [];
  #server: Server | undefined;

  /**
   * A port in use throws here, as ECMA-419 says, when no `address` is given. With one, Node looks the address up first:
   * then it is `onError` that tells, and with `port: 0` the `port` is known one tick later.
   */
  constructor(options: ListenerOptions) {
    this.#port = validateListener(options, "Listener");
    this.#onReadable = options.onReadable;
    this.#onError = options.onError;
    this.target = options.target;
    const server = createServer((socket) => this.#accept(socket));
    server.on("error", (error: NodeJS.ErrnoException) => this.#fail(server, error));
    if (options.address === undefined) {
      server.listen({ port: this.#port, exclusive: true });
      if (!server.listening) throw new IOError("in-use", `port ${this.#port} is in use`);
    } else server.listen({ port: this.#port, host: options.address, exclusive: true });
    this.#server = server;
  }

  get format(): string {
    return FORMAT;
  }

  set format(value: string) {
    requireFormat(value, FORMAT);
  }

  get port(): number {
    const address = this.#server?.address();
    return typeof address === "object" && address !== null ? address.port : this.#port;
  }

  read(): NodeTCP | undefined {
    this.#open();
    return this.#pending.shift();
  }

  write(): never {
    this.#open();
    throw new IOError("unsupported", "a Listener cannot be written");
  }

  close(): void {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    server.close();
    for (const tcp of this.#pending.splice(0)) tcp.close();
  }

  #open(): void {
    if (this.#server === undefined) throw closedError("Listener");
  }

  #accept(socket: Socket): void {
    if (this.#server === undefined || this.#pending.length >= PENDING_LIMIT) {
      this.dropped++;
      socket.destroy();
      return;
    }
    this.#pending.push(NodeTCP.accepted(socket));
    this.#onReadable?.call(this, this.#pending.length);
  }

  #fail(server: Server, error: NodeJS.ErrnoException): void {
    if (this.#server !== server) return;
    this.#onError?.call(this, new IOError(error.code === "EADDRINUSE" ? "in-use" : "device", error.message));
  }
}

export { NodeListener as Listener };
