/**
 * An IP network of the world: hosts by address, each with the ECMA-419 classes `TCP`, `Listener` and `UDP`.
 *
 * What it models: latency and jitter, line rate, segmentation, send buffer and receive window, refusal, reset, the peer
 * that vanished without a word, and partition. What it does not: loss and reordering inside TCP, which TCP itself hides.
 * The same seed gives the same instant for every segment.
 */
import type { ListenerConstructor, TCPConstructor, UDPConstructor } from "../../hal/io";
import { IOError } from "../../hal/io-error";
import type { Random } from "../../hal/random";
import type { Kernel } from "./kernel";
import type { Connection } from "./network-connection";
import { listenerClass, type WorldListener } from "./network-listener";
import { tcpClass } from "./network-tcp";
import { udpClass, type WorldUDP } from "./network-udp";

export type NetworkOptions = {
  /** One way. */
  readonly latencyUs: number;
  /** Added to the latency, uniform from 0. */
  readonly jitterUs?: number;
  /** Line rate of each direction of each connection. */
  readonly bytesPerSecond?: number;
  /** Most bytes that travel, and arrive, together. */
  readonly segmentBytes?: number;
  /** Bytes that a TCP takes before the peer has acknowledged them; as many may lie unread at the peer. */
  readonly bufferBytes?: number;
  /** Probability that a UDP packet is lost, 0 to 1. */
  readonly packetLoss?: number;
  /** A connection attempt fails when nobody answered for so long. */
  readonly connectTimeoutUs?: number;
  /** A connection fails when what it sent was not acknowledged for so long. */
  readonly giveUpUs?: number;
};

const DEFAULTS = {
  jitterUs: 0,
  /** 10 Mbit/s. */
  bytesPerSecond: 1_250_000,
  /** Ethernet's 1500 less 20 bytes of IP and 20 bytes of TCP header, less 20 of options. */
  segmentBytes: 1440,
  /** Four segments: what lwIP has on an ESP32 (`TCP_SND_BUF` and `TCP_WND`). */
  bufferBytes: 5760,
  packetLoss: 0,
  connectTimeoutUs: 5_000_000,
  giveUpUs: 120_000_000,
};

/** IANA's range of ports that are handed out (RFC 6335 section 6). */
const FIRST_EPHEMERAL_PORT = 49152;
const LAST_PORT = 65535;

export class Network {
  readonly kernel: Kernel;
  readonly options: Required<NetworkOptions>;
  /** Connection attempts, refusals, time-outs, resets: what a test or a report may want to know. */
  readonly counters = { attempts: 0, refused: 0, timeouts: 0, resets: 0, segments: 0, packets: 0, packetsLost: 0 };
  readonly #random: Random;
  readonly #hosts = new Map<string, NetworkHost>();
  readonly #connections = new Set<Connection>();
  #down = false;

  constructor(kernel: Kernel, random: Random, options: NetworkOptions) {
    this.kernel = kernel;
    this.#random = random;
    this.options = { ...DEFAULTS, ...options };
  }

  /** The host at `address`, made when it is first named. Names are as good as numbers here. */
  host(address: string): NetworkHost {
    const known = this.#hosts.get(address);
    if (known !== undefined) return known;
    const host = new NetworkHost(this, address);
    this.#hosts.set(address, host);
    return host;
  }

  /** `undefined` where nobody was ever put: packets to it vanish. */
  find(address: string): NetworkHost | undefined {
    return this.#hosts.get(address);
  }

  get hosts(): Iterable<NetworkHost> {
    return this.#hosts.values();
  }

  /** Partition: connections stall and recover, new ones time out. */
  get down(): boolean {
    return this.#down;
  }

  set down(value: boolean) {
    this.#down = value;
    if (!value) this.recover();
  }

  /** Time from one host to another, drawn anew for each segment. */
  travelUs(): number {
    const { latencyUs, jitterUs } = this.options;
    return jitterUs > 0 ? latencyUs + (this.#random.uint32() % (jitterUs + 1)) : latencyUs;
  }

  losesPacket(): boolean {
    const { packetLoss } = this.options;
    return packetLoss > 0 && this.#random.uint32() < packetLoss * 4_294_967_296;
  }

  add(connection: Connection): void {
    this.#connections.add(connection);
  }

  remove(connection: Connection): void {
    this.#connections.delete(connection);
  }

  /** Open connections, half-open ones among them. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Something became reachable: what stalled is sent again. */
  recover(): void {
    for (const connection of this.#connections) connection.recover();
  }

  /** Breaks every connection of a host, as a middlebox that lost its state does. */
  reset(host: NetworkHost): void {
    for (const connection of [...this.#connections])
      if (connection.client.host === host || connection.server.host === host)
        this.kernel.after(0, () => connection.reset("the network"));
  }

  /** A host lost its power: its ends of all connections are gone, and nobody is told. */
  forget(host: NetworkHost): void {
    for (const connection of [...this.#connections]) {
      if (connection.client.host === host) connection.client.vanish();
      if (connection.server.host === host) connection.server.vanish();
    }
  }
}

export class NetworkHost {
  readonly address: string;
  readonly TCP: TCPConstructor;
  readonly Listener: ListenerConstructor;
  readonly UDP: UDPConstructor;
  readonly network: Network;
  readonly listeners = new Map<number, WorldListener>();
  readonly udpSockets = new Map<number, WorldUDP>();
  #linkDown = false;
  #powered = true;
  #nextPort = FIRST_EPHEMERAL_PORT;

  constructor(network: Network, address: string) {
    this.network = network;
    this.address = address;
    this.TCP = tcpClass(this);
    this.Listener = listenerClass(this);
    this.UDP = udpClass(this);
  }

  /** Only this host's link is cut; it keeps its state. */
  get linkDown(): boolean {
    return this.#linkDown;
  }

  set linkDown(value: boolean) {
    this.#linkDown = value;
    if (!value) this.network.recover();
  }

  get powered(): boolean {
    return this.#powered;
  }

  /** The peer vanishes without a word: its programs are gone, and other hosts' connections to it are half-open. */
  powerOff(): void {
    this.#powered = false;
    this.listeners.clear();
    this.udpSockets.clear();
    this.network.forget(this);
  }

  /** Back, and knows of no connection: the first segment of an old one is answered with a reset. */
  powerOn(): void {
    this.#powered = true;
    this.network.recover();
  }

  /** Breaks all connections of this host, at both ends. */
  resetConnections(): void {
    this.network.reset(this);
  }

  /** Whether a packet between the two arrives now. */
  reaches(other: NetworkHost): boolean {
    return !this.network.down && !this.#linkDown && !other.#linkDown && this.#powered && other.#powered;
  }

  /** A port that `used` does not hold. */
  freePort(used: ReadonlyMap<number, unknown>): number {
    for (let tries = FIRST_EPHEMERAL_PORT; tries <= LAST_PORT; tries++) {
      const port = this.#nextPort;
      this.#nextPort = port === LAST_PORT ? FIRST_EPHEMERAL_PORT : port + 1;
      if (!used.has(port)) return port;
    }
    throw new IOError("no-resource", `host ${this.address} has no free port left`);
  }
}
