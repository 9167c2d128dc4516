/**
 * A client on a socket whose far end is a script of bytes: no network, no time that passes by itself, so that a stream takes some
 * fifty microseconds. For the fuzz of what a broker sends.
 */
import mqttPacket, { type Packet } from "mqtt-packet";
import type { TCPConstructor, TCPOptions } from "../../../hal/io";
import type { RandomBranch } from "../../../host-sim/world/random";
import { LaneId } from "../outbox/lane";
import { Outbox } from "../outbox/outbox";
import { utf8Bytes } from "../utf8";
import { ClientState, MqttClient } from "./client";
import { version3 } from "./version-3";
import { Version5 } from "./version-5";

export const LEVELS = [4, 5] as const;
export type Level = (typeof LEVELS)[number];

/** All that a stream can bring about without time passing. */
export type Outcome = {
  readonly state: ClientState;
  readonly counters: object;
  readonly acknowledged: readonly number[];
  readonly commands: readonly string[];
  readonly log: readonly string[];
  readonly closed: boolean;
  /** Written by the client, in hexadecimal. */
  readonly written: string;
};

const MESSAGES = 3;
const ROOM_BYTES = 65_536;
const TOPIC = utf8Bytes("argand/v1/site/gw/telemetry");
const STATE = utf8Bytes("argand/v1/site/gw/state");
/** Longest that a back-off can be. */
const LONG_WAIT_US = 301_000_000;

export class Scripted {
  readonly client: MqttClient;
  #nowUs = 0;
  #dueUs = -1;
  #onDue: () => void = () => {};
  #socket: FakeSocket | undefined;
  readonly #acknowledged: number[] = [];
  readonly #commands: string[] = [];
  readonly #log: string[] = [];

  /** @param room bytes that the socket takes for good; without it, all there are */
  constructor(level: Level, random: RandomBranch, room?: number) {
    const outbox = new Outbox({ boot: 1, alarmBytes: 256, telemetryBytes: 256 });
    for (let seq = 0; seq < MESSAGES; seq++)
      outbox.lane(LaneId.telemetry).push(0, seq, Uint8Array.of(seq, 2, 3), 0, 3, 1);
    const bench = this;
    const say = (text: string) => void this.#log.push(text);
    this.client = new MqttClient({
      TCP: class extends FakeSocket {
        constructor(options: TCPOptions) {
          super(options);
          this.room = room;
          bench.#socket = this;
        }
      } as unknown as TCPConstructor,
      ...{ host: "192.0.2.1", port: 1883, client: "gw", keepAliveMs: 60_000, sessionExpiryS: 3600 },
      versions: level === 5 ? [new Version5(), version3] : [version3],
      will: { topic: 1, payload: utf8Bytes("offline"), delayS: 0 },
      clock: {
        nowUs: () => this.#nowUs,
        wallMs: () => Number.NaN,
        wallQuality: () => 0,
        timer: (callback, target) => {
          this.#onDue = callback.bind(target);
          return {
            arm: (dueUs) => void (this.#dueUs = dueUs),
            disarm: () => void (this.#dueUs = -1),
          };
        },
      },
      random,
      log: { info: say, warn: say },
      outbox,
      topics: [TOPIC, STATE],
      retainedLane: LaneId.document,
      commands: {
        filters: ["c"],
        largestBytes: 300,
        onMessage: ({ payloadAt, payloadBytes }, body) => {
          this.#commands.push(Buffer.from(body.subarray(payloadAt, payloadAt + payloadBytes)).toString("hex"));
          return (payloadBytes & 1) === 0;
        },
      },
      owner: { onOnline: () => {}, onAcknowledged: (_lane, _boot, seq) => void this.#acknowledged.push(seq) },
    });
    this.client.start();
    this.#socket?.options.onWritable?.call(this.#socket as never, room ?? ROOM_BYTES);
  }

  /** The broker sends this much at once. */
  feed(bytes: Uint8Array): void {
    const socket = this.#socket;
    if (socket === undefined || socket.closed || bytes.length === 0) return;
    socket.offer(bytes);
  }

  get outcome(): Outcome {
    return {
      state: this.client.state,
      counters: { ...this.client.counters },
      acknowledged: [...this.#acknowledged],
      commands: [...this.#commands],
      log: [...this.#log],
      closed: this.#socket?.closed ?? true,
      written: Buffer.concat(this.#socket?.written ?? []).toString("hex"),
    };
  }

  /** The broker is gone: lets time pass until there is another connection, and greets well. Whether the client is online then. */
  recovers(): boolean {
    if (this.client.state === ClientState.online)
      this.#socket?.options.onError?.call(this.#socket as never, new Error("reset"));
    for (let turns = 0; turns < 4 && this.client.state !== ClientState.online; turns++) {
      if (this.client.state === ClientState.handshake || this.client.state === ClientState.connecting)
        this.#socket?.options.onError?.call(this.#socket as never, new Error("reset"));
      if (this.#dueUs < 0 || this.#dueUs > this.#nowUs + LONG_WAIT_US) return false;
      this.#nowUs = Math.max(this.#nowUs, this.#dueUs);
      this.#dueUs = -1;
      this.#onDue();
      this.#socket?.options.onWritable?.call(this.#socket as never, ROOM_BYTES);
      this.feed(GREETING[this.client.level as Level]);
    }
    return this.client.state === ClientState.online;
  }
}

class FakeSocket {
  readonly options: TCPOptions;
  readonly target: unknown;
  readonly written: Uint8Array[] = [];
  closed = false;
  /** Bytes that it still takes, where it does not take all. */
  room: number | undefined;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;

  constructor(options: TCPOptions) {
    this.options = options;
    this.target = options.target;
  }

  offer(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#at = 0;
    this.options.onReadable?.call(this as never, bytes.length);
  }

  read(into: Uint8Array): number {
    if (this.closed) throw new Error("read of a closed socket");
    const count = Math.min(into.length, this.#bytes.length - this.#at);
    into.set(this.#bytes.subarray(this.#at, this.#at + count));
    this.#at += count;
    return count;
  }

  write(bytes: Uint8Array): number {
    if (this.closed) throw new Error("write to a closed socket");
    this.written.push(bytes.slice());
    if (this.room === undefined) return ROOM_BYTES;
    this.room -= bytes.length;
    return this.room;
  }

  close(): void {
    this.closed = true;
  }
}

const encode = (level: Level, packet: object): Uint8Array =>
  mqttPacket.generate(packet as Packet, { protocolVersion: level });

export const GREETING: { readonly [level in Level]: Uint8Array } = {
  4: encode(4, { cmd: "connack", returnCode: 0, sessionPresent: false }),
  5: encode(5, { cmd: "connack", reasonCode: 0, sessionPresent: false, properties: {} }),
};

/** Every packet that a broker sends, with what may stand in it; written by `mqtt-packet`. */
export function corpus(level: Level): readonly Uint8Array[] {
  const five = level === 5;
  const publish = (qos: 0 | 1, more: object = {}) =>
    encode(level, {
      cmd: "publish",
      topic: "c",
      payload: "word",
      qos,
      retain: false,
      dup: false,
      messageId: 3,
      ...more,
    });
  const both = [
    ...[1, 2, 3, 4].map((messageId) => encode(level, { cmd: "puback", messageId, reasonCode: 0 })),
    encode(level, { cmd: "suback", messageId: 65_535, granted: [1] }),
    encode(level, { cmd: "pingresp" }),
    publish(0),
    publish(1),
    publish(1, { payload: "seven.." }),
    publish(1, { payload: Buffer.alloc(150, 0x42) }),
    encode(level, { cmd: "connack", returnCode: 5, reasonCode: 0x87, sessionPresent: false }),
    GREETING[level],
  ];
  if (!five) return both;
  return [
    ...both,
    encode(5, { cmd: "puback", messageId: 1, reasonCode: 0x97, properties: { reasonString: "no" } }),
    encode(5, { cmd: "puback", messageId: 2, reasonCode: 0x99, properties: { userProperties: { a: "b" } } }),
    encode(5, {
      cmd: "connack",
      ...{ reasonCode: 0, sessionPresent: true },
      properties: { receiveMaximum: 2, topicAliasMaximum: 4, maximumPacketSize: 60, serverKeepAlive: 5, maximumQoS: 1 },
    }),
    encode(5, {
      cmd: "connack",
      reasonCode: 0x9c,
      sessionPresent: false,
      properties: { serverReference: "192.0.2.2" },
    }),
    encode(5, { cmd: "connack", reasonCode: 0x84, sessionPresent: false }),
    encode(5, { cmd: "disconnect", reasonCode: 0x9d, properties: { serverReference: "192.0.2.3:1884" } }),
    encode(5, { cmd: "disconnect", reasonCode: 0x95 }),
    encode(5, { cmd: "disconnect", reasonCode: 0x8e, properties: { reasonString: "another" } }),
    publish(1, { properties: { messageExpiryInterval: 9, contentType: "text", userProperties: { x: "y" } } }),
  ];
}

/** A greeting, whole or not, and some packets of the corpus. */
export function makeStream(level: Level, packets: readonly Uint8Array[], random: RandomBranch): Uint8Array {
  const parts: Uint8Array[] = below(random, 8) === 0 ? [] : [GREETING[level]];
  for (let count = below(random, 6); count >= 0; count--) parts.push(packets[below(random, packets.length)]);
  return Buffer.concat(parts);
}

/** Up to five mistakes: of a bit, of a byte; something is lost, put in, doubled, cut off. */
export function mutate(stream: Uint8Array, random: RandomBranch): Uint8Array {
  let bytes = Uint8Array.from(stream);
  for (let edits = below(random, 6); edits > 0 && bytes.length > 0; edits--) {
    const at = below(random, bytes.length);
    const length = 1 + below(random, 8);
    switch (below(random, 7)) {
      case 0:
        bytes[at] ^= 1 << below(random, 8);
        break;
      case 1:
      case 2:
        bytes[at] = random.uint32();
        break;
      case 3:
        bytes = join(bytes.subarray(0, at), bytes.subarray(at + length));
        break;
      case 4:
        bytes = join(
          bytes.subarray(0, at),
          Uint8Array.from({ length }, () => random.uint32()),
          bytes.subarray(at),
        );
        break;
      case 5:
        bytes = join(bytes.subarray(0, at + length), bytes.subarray(at));
        break;
      default:
        bytes = bytes.slice(0, at);
    }
  }
  return bytes;
}

export function below(random: RandomBranch, end: number): number {
  return random.uint32() % end;
}

function join(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.concat(parts));
}
