/** The ECMA-419 `UDP` class of one host of the world. Packets arrive whole, in any order the jitter gives, or not at all. */
import type { ByteBuffer, UDP, UDPConstructor, UDPOptions } from "../../hal/io";
import { IOError } from "../../hal/io-error";
import { bytesOf, closedError, requireFormat, requireInteger, requireText } from "../../hal/io-options";
import { validateListener } from "../../hal/io-validate";
import type { Network, NetworkHost } from "./network";

/** Packets that nobody has read yet. One more is dropped and counted. */
const PACKET_LIMIT = 64;
/** 65535 less the headers of IP (20) and UDP (8). */
const LARGEST_PACKET = 65507;

type Packet = { readonly bytes: Uint8Array<ArrayBuffer>; readonly address: string; readonly port: number };

export function udpClass(host: NetworkHost): UDPConstructor {
  return class extends WorldUDP {
    constructor(options: UDPOptions) {
      super(options, host);
    }
  };
}

export class WorldUDP implements UDP {
  target: unknown;
  /** Packets that arrived while `PACKET_LIMIT` of them waited. */
  dropped = 0;
  readonly #onReadable: UDPOptions["onReadable"];
  readonly #host: NetworkHost;
  readonly #port: number;
  readonly #packets: Packet[] = [];
  readonly #groups = new Set<string>();
  #closed = false;

  constructor(options: UDPOptions, host: NetworkHost) {
    const port = validateListener(options, "UDP");
    if (host.udpSockets.has(port)) throw new IOError("in-use", `UDP port ${port} of ${host.address} is in use`);
    this.#onReadable = options.onReadable;
    this.target = options.target;
    this.#host = host;
    this.#port = port === 0 ? host.freePort(host.udpSockets) : port;
    host.udpSockets.set(this.#port, this);
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
    if (bytes === undefined) return Object.assign(packet.bytes.buffer, { address, port });
    bytes.set(packet.bytes);
    Object.assign(into as object, { address, port });
    return packet.bytes.length;
  }

  write(data: ByteBuffer, address: string, port: number): void {
    this.#open();
    const bytes = bytesOf(data);
    requireText(address, "address");
    requireInteger(port, "port", 1, 65535);
    if (bytes.length > LARGEST_PACKET) throw new RangeError(`a packet holds at most ${LARGEST_PACKET} bytes`);
    if (isMulticast(address)) {
      for (const host of this.#host.network.hosts) {
        const socket = host.udpSockets.get(port);
        if (socket !== undefined && socket !== this && socket.#groups.has(address)) this.#send(bytes, host, port);
      }
    } else this.#send(bytes, this.#host.network.find(address), port);
  }

  /** Joins a multicast group. */
  add(multicastAddress: string): void {
    this.#open();
    if (!isMulticast(multicastAddress)) throw new RangeError(`${multicastAddress} is not a multicast address`);
    this.#groups.add(multicastAddress);
  }

  /** Leaves a multicast group. */
  remove(multicastAddress: string): void {
    this.#open();
    if (!this.#groups.delete(multicastAddress)) throw new RangeError(`${multicastAddress} was not joined`);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#host.udpSockets.get(this.#port) === this) this.#host.udpSockets.delete(this.#port);
  }

  #open(): void {
    if (this.#closed) throw closedError("UDP");
  }

  #send(bytes: Uint8Array, to: NetworkHost | undefined, port: number): void {
    const network: Network = this.#host.network;
    network.counters.packets++;
    const packet: Packet = { bytes: new Uint8Array(bytes), address: this.#host.address, port: this.#port };
    const lost = network.losesPacket();
    network.kernel.after(network.travelUs(), () => {
      const socket = to !== undefined && this.#host.reaches(to) ? to.udpSockets.get(port) : undefined;
      if (lost || socket === undefined) network.counters.packetsLost++;
      else socket.#receive(packet);
    });
  }

  #receive(packet: Packet): void {
    if (this.#packets.length >= PACKET_LIMIT) {
      this.dropped++;
      return;
    }
    this.#packets.push(packet);
    this.#onReadable?.call(this, this.#packets.length);
  }
}

/** IPv4 multicast: 224.0.0.0/4 (RFC 5771). */
function isMulticast(address: unknown): boolean {
  const parts = requireText(address, "address").split(".");
  const first = Number(parts[0]);
  return (
    parts.length === 4 && parts.every((part) => Number(part) >= 0 && Number(part) < 256) && first >= 224 && first < 240
  );
}
