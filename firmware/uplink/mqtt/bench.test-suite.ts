/** A client, a network and a broker in virtual time, for the tests of this folder and of the uplink. */
import type { TCP, TCPConstructor, TCPOptions } from "../../../hal/io";
import { Broker } from "../../../host-sim/world/broker";
import { WorldClock } from "../../../host-sim/world/clock";
import { Kernel } from "../../../host-sim/world/kernel";
import { Network, type NetworkHost, type NetworkOptions } from "../../../host-sim/world/network";
import { RandomBranch } from "../../../host-sim/world/random";
import type { LaneId } from "../outbox/lane";
import { Outbox } from "../outbox/outbox";
import { utf8Bytes } from "../utf8";
import { MqttClient, type MqttClientOptions } from "./client";
import type { Protocol } from "./protocol";
import { version3 } from "./version-3";

export const BROKER = "192.0.2.1";
export const PORT = 1883;
export const TOPICS = ["alarm", "document", "telemetry", "state"];
export const SECOND_US = 1_000_000;

export type Arrival = { topic: string; seq: number; atUs: number; bytes: number; retain: boolean };

export type BenchOptions = {
  readonly seed?: number;
  readonly network?: Partial<NetworkOptions>;
  readonly keepAliveMs?: number;
  readonly telemetryBytes?: number;
  readonly versions?: readonly Protocol[];
  readonly more?: Partial<MqttClientOptions>;
  /** Leave the broker's port to the test. */
  readonly withoutBroker?: boolean;
};

export class Bench {
  readonly kernel = new Kernel();
  readonly clock = new WorldClock(this.kernel);
  readonly random: RandomBranch;
  readonly network: Network;
  readonly brokerHost: NetworkHost;
  readonly gatewayHost: NetworkHost;
  readonly broker: Broker | undefined;
  readonly arrivals: Arrival[] = [];
  readonly acknowledged: number[] = [];
  readonly log: string[] = [];
  /** Monotonic times at which the client made a socket. */
  readonly attemptsUs: number[] = [];
  /** Writes that were longer than what the socket had announced. */
  overruns = 0;
  readonly outbox: Outbox;
  readonly client: MqttClient;
  readonly online: boolean[] = [];
  #seq = 0;

  constructor(options: BenchOptions = {}) {
    this.random = new RandomBranch(options.seed ?? 1);
    this.network = new Network(this.kernel, this.random.branch("network"), { latencyUs: 5_000, ...options.network });
    this.brokerHost = this.network.host(BROKER);
    this.gatewayHost = this.network.host("192.0.2.7");
    if (options.withoutBroker !== true) {
      this.broker = new Broker({
        Listener: this.brokerHost.Listener,
        TCP: this.brokerHost.TCP,
        port: PORT,
        clock: this.clock,
        onPublish: (topic, payload, retain) => this.arrivals.push(this.arrival(topic, payload, retain)),
      });
    }
    this.outbox = new Outbox({
      boot: 1,
      alarmBytes: 16_384,
      telemetryBytes: options.telemetryBytes ?? 65_536,
    });
    const say = (message: string) => this.log.push(message);
    this.client = new MqttClient({
      TCP: this.watchedTCP(),
      host: BROKER,
      port: PORT,
      client: "gw-07",
      keepAliveMs: options.keepAliveMs ?? 60_000,
      versions: options.versions ?? [version3],
      sessionExpiryS: 3600,
      will: { topic: 3, payload: utf8Bytes("offline"), delayS: 5 },
      clock: this.clock,
      random: this.random.branch("client"),
      log: { info: say, warn: say },
      outbox: this.outbox,
      topics: TOPICS.map(utf8Bytes),
      retainedLane: 1,
      owner: {
        onOnline: (resumed) => this.online.push(resumed),
        onAcknowledged: (_lane, _boot, seq) => this.acknowledged.push(seq),
      },
      ...options.more,
    });
  }

  /** Puts a message of `length` bytes into a lane; its first four bytes are its number. */
  push(lane: LaneId, length = 40): number {
    const seq = this.#seq++;
    const bytes = new Uint8Array(length);
    new DataView(bytes.buffer).setUint32(0, seq);
    for (let i = 4; i < length; i++) bytes[i] = (seq + i) & 0xff;
    this.outbox.lane(lane).push(lane, seq, bytes, 0, length, 1);
    this.client.wake();
    return seq;
  }

  run(seconds: number): void {
    this.kernel.runUntil(this.kernel.nowUs() + Math.round(seconds * SECOND_US));
  }

  /** Numbers as they arrived first, per topic. */
  firsts(topic: string): number[] {
    return [...new Set(this.arrivals.filter((arrival) => arrival.topic === topic).map(({ seq }) => seq))];
  }

  private arrival(topic: string, payload: Uint8Array, retain: boolean): Arrival {
    const seq = payload.length < 4 ? -1 : new DataView(payload.buffer, payload.byteOffset).getUint32(0);
    for (let i = 4; i < payload.length && topic !== "state"; i++)
      if (payload[i] !== ((seq + i) & 0xff)) throw new Error(`message ${seq} arrived damaged`);
    return { topic, seq, atUs: this.kernel.nowUs(), bytes: payload.length, retain };
  }

  /** The gateway's TCP, which also checks that nobody writes more than may be written. */
  private watchedTCP(): TCPConstructor {
    const bench = this;
    return class extends this.gatewayHost.TCP {
      #may = 0;

      constructor(options: TCPOptions) {
        const { onWritable } = options;
        super({
          ...options,
          onWritable(this: TCP, bytes: number) {
            (this as unknown as { allow(bytes: number): void }).allow(bytes);
            onWritable?.call(this, bytes);
          },
        });
        bench.attemptsUs.push(bench.kernel.nowUs());
      }

      allow(bytes: number): void {
        this.#may = bytes;
      }

      override write(data: Uint8Array): number {
        if (data.length > this.#may) bench.overruns++;
        this.#may = super.write(data);
        return this.#may;
      }
    } as unknown as TCPConstructor;
  }
}

/** Seconds between each time and the one before. */
export function intervals(timesUs: readonly number[]): number[] {
  return timesUs.slice(1).map((timeUs, i) => (timeUs - timesUs[i]) / SECOND_US);
}
