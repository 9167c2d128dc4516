/** ECMA-419 `UDP` on Node's datagram sockets. */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { isIP } from "node:net";
import type { ByteBuffer, UDP, UDPOptions } from "../io";
import { IOError } from "../io-error";
import { bytesOf, closedError, requireFormat, requireInteger, requireText } from "../io-options";
import { validateListener } from "../io-validate";

/** Packets that nobody has read yet. One more is dropped and counted: UDP promises nothing. */
export const PACKET_LIMIT = 64;
/** Bytes that the system has not taken yet. */
export const SEND_LIMIT = 256 * 1024;
/** Largest payload of an IPv4 datagram: 65535 less 20 bytes of IP and 8 of UDP header. */
const LARGEST_PACKET = 65507;

type Packet = { readonly bytes: Uint8Array; readonly address: string; readonly port: number };

export class NodeUDP implements UDP {
  target: unknown;
  /** Packets that arrived while `PACKET_LIMIT` of them waited. */
  dropped = 0;
  /** Packets that the system would not send, for example to a network without a route. */
  unsent = 0;
  readonly #onReadable: UDPOptions["onReadable"];
  readonly #onError: UDPOptions["onError"];
  readonly #packets: Packet[] = [];
  #socket: Socket | undefined;
  #sendingBytes = 0;

  /** Node binds later: a port in use is told to `onError`. */
  constructor(options: UDPOptions) {
    const port = validateListener(options, "UDP");
    const { address } = options;
    this.#onReadable = options.onReadable;
    this.#onError = options.onError;
    this.target = options.target;
    const socket = createSocket(address !== undefined && isIP(address) === 6 ? "udp6" : "udp4");
    socket.on("message", (bytes, from) => this.#receive(bytes, from));
    socket.on("error", (error: NodeJS.ErrnoException) => this.#fail(error));
    socket.bind({ port, exclusive: true, ...(address === undefined ? {} : { address }) });
    this.#socket = socket;
  }

  get format(): string {
    return "buffer";
  }

  set format(value: string) {
    requireFormat(value, "buffer");
  }

  read(): (ArrayBuffer & { address: string; port: number }) | undefined;
  read(into: ByteBuffer & { address?: string; port?: number }): number | undefined;
  read(into?: ByteBuffer): (ArrayBuffer & { address: string; port: number }) | number | undefined {
    this.#open();
    const bytes = into === undefined ? undefined : bytesOf(into);
    const packet = this.#packets[0];
    if (packet === undefined) return undefined;
    if (bytes !== undefined && bytes.length < packet.bytes.length)
      throw new RangeError(`the packet has ${packet.bytes.length} bytes, the buffer only ${bytes.length}`);
    this.#packets.shift();
    const { address, port } = packet;
    if (bytes === undefined) return Object.assign(new Uint8Array(packet.bytes).buffer, { address, port });
    bytes.set(packet.bytes);
    Object.assign(into as object, { address, port });
    return packet.bytes.length;
  }

  write(data: ByteBuffer, address: string, port: number): void {
    const socket = this.#open();
    const bytes = new Uint8Array(bytesOf(data));
    requireText(address, "address");
    requireInteger(port, "port", 1, 65535);
    if (bytes.length > LARGEST_PACKET) throw new RangeError(`a packet holds at most ${LARGEST_PACKET} bytes`);
    if (this.#sendingBytes + bytes.length > SEND_LIMIT)
      throw new IOError("buffer-full", `${this.#sendingBytes} bytes wait for the network; send later`);
    this.#sendingBytes += bytes.length;
    socket.send(bytes, port, address, (error) => {
      this.#sendingBytes -= bytes.length;
      if (error) this.unsent++;
      if (this.#socket === undefined && this.#sendingBytes === 0) socket.close();
    });
  }

  /** Joins a multicast group. */
  add(multicastAddress: string): void {
    this.#open().addMembership(requireText(multicastAddress, "multicastAddress"));
  }

  /** Leaves a multicast group. */
  remove(multicastAddress: string): void {
    this.#open().dropMembership(requireText(multicastAddress, "multicastAddress"));
  }

  close(): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    this.#socket = undefined;
    // What was written before `close` still goes out.
    if (this.#sendingBytes === 0) socket.close();
  }

  #open(): Socket {
    if (this.#socket === undefined) throw closedError("UDP");
    return this.#socket;
  }

  #receive(bytes: Uint8Array, from: RemoteInfo): void {
    if (this.#socket === undefined) return;
    if (this.#packets.length >= PACKET_LIMIT) {
      this.dropped++;
      return;
    }
    this.#packets.push({ bytes, address: from.address, port: from.port });
    this.#onReadable?.call(this, this.#packets.length);
  }

  #fail(error: NodeJS.ErrnoException): void {
    if (this.#socket === undefined) return;
    this.#onError?.call(this, new IOError(error.code === "EADDRINUSE" ? "in-use" : "device", error.message));
  }
}

export { NodeUDP as UDP };
