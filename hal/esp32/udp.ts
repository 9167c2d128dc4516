/**
 * ECMA-419 `UDP` over the SDK's socket (`esp32` on lwIP, `lin`).
 *
 * What it sets right (SDK 8.2.3): the SDK keeps packets without a limit, reads into no buffer of the caller's, takes any arguments
 * of `write`, and has no `onError`.
 */
import NativeUDP from "embedded:io/socket/udp";
import type { ByteBuffer, UDP, UDPConstructor, UDPOptions } from "../io";
import { IOError } from "../io-error";
import { bytesOf, closedError, requireFormat, requireInteger, requireText } from "../io-options";
import { validateListener } from "../io-validate";
import type { FaultHandler } from "./fault";

/** Packets that nobody has read yet. One more is dropped and counted: UDP promises nothing. */
const PACKET_LIMIT = 64;
/** 65535 less the headers of IP (20) and UDP (8). */
const LARGEST_PACKET = 65507;

type Packet = ArrayBuffer & { address: string; port: number };

/** The SDK's class, as its code is. */
type NativeSocket = {
  read(): Packet | undefined;
  write(bytes: ByteBuffer, address: string, port: number): void;
  add(address: string): void;
  remove(address: string): void;
  close(): void;
};

const Native = NativeUDP as unknown as new (options: {
  port?: number;
  onReadable(packets: number): void;
}) => NativeSocket;

export class SdkUDP implements UDP {
  target: unknown;
  /** Packets that arrived while `PACKET_LIMIT` of them waited. */
  dropped = 0;
  readonly #onReadable: UDPOptions["onReadable"];
  readonly #fault: FaultHandler | undefined;
  readonly #packets: Packet[] = [];
  #socket: NativeSocket | undefined;

  constructor(options: UDPOptions, fault?: FaultHandler) {
    const port = validateListener(options, "UDP");
    this.target = options.target;
    this.#onReadable = options.onReadable;
    this.#fault = fault;
    try {
      this.#socket = new Native({ ...(port === 0 ? {} : { port }), onReadable: () => this.#receive() });
    } catch (error) {
      throw new IOError("in-use", `UDP port ${port}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  get format(): string {
    return "buffer";
  }

  set format(value: string) {
    requireFormat(value, "buffer");
  }

  read(): Packet | undefined;
  read(into: ByteBuffer & { address?: string; port?: number }): number | undefined;
  read(into?: ByteBuffer & { address?: string; port?: number }): Packet | number | undefined {
    this.#open();
    const bytes = into === undefined ? undefined : bytesOf(into);
    const packet = this.#packets[0];
    if (packet === undefined) return undefined;
    if (bytes !== undefined && bytes.length < packet.byteLength)
      throw new RangeError(`the packet has ${packet.byteLength} bytes, the buffer only ${bytes.length}`);
    this.#packets.shift();
    if (bytes === undefined) return packet;
    bytes.set(new Uint8Array(packet));
    into!.address = packet.address;
    into!.port = packet.port;
    return packet.byteLength;
  }

  write(data: ByteBuffer, address: string, port: number): void {
    const socket = this.#open();
    const bytes = bytesOf(data);
    requireText(address, "address");
    requireInteger(port, "port", 1, 65535);
    if (bytes.length > LARGEST_PACKET) throw new RangeError(`a packet holds at most ${LARGEST_PACKET} bytes`);
    socket.write(bytes, address, port);
  }

  /** Joins a multicast group. */
  add(multicastAddress: string): void {
    this.#open().add(requireText(multicastAddress, "multicastAddress"));
  }

  /** Leaves a multicast group. */
  remove(multicastAddress: string): void {
    this.#open().remove(requireText(multicastAddress, "multicastAddress"));
  }

  close(): void {
    this.#socket?.close();
    this.#socket = undefined;
    this.#packets.length = 0;
  }

  #open(): NativeSocket {
    if (this.#socket === undefined) throw closedError("UDP");
    return this.#socket;
  }

  #receive(): void {
    for (let packet = this.#socket?.read(); packet !== undefined; packet = this.#socket?.read()) {
      if (this.#packets.length >= PACKET_LIMIT) this.dropped++;
      else this.#packets.push(packet);
    }
    try {
      if (this.#packets.length > 0) this.#onReadable?.call(this, this.#packets.length);
    } catch (error) {
      if (this.#fault === undefined) throw error;
      this.#fault(error);
    }
  }
}

/** The class with a place for what its callbacks throw. */
export function udpClass(fault: FaultHandler): UDPConstructor {
  return class extends SdkUDP {
    constructor(options: UDPOptions) {
      super(options, fault);
    }
  };
}
