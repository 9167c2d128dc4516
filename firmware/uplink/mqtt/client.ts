/**
 * MQTT 3.1.1 publisher on an ECMA-419 TCP socket: QoS 1 from an outbox, a window of unacknowledged messages, session
 * resume, keep-alive, reconnect with full-jitter back-off.
 *
 * States, each with a timeout and an exit:
 *
 *   offline    -> (back-off over) connecting
 *   connecting -> (socket writable) handshake    | (10 s, error) offline
 *   handshake  -> (CONNACK) online               | (10 s, refusal, error) offline
 *   online     -> (error, silence, no PUBACK for 20 s) offline
 *   closed     -> nothing
 *
 * Back-off: a random time between nothing and min(300 s, 1 s * 2^attempt); at most 30 s while an alarm waits, and from the
 * beginning again after a connection that stood for a minute.
 *
 * On a live connection nothing is sent twice. After a reconnect with the session kept, unacknowledged packets go again
 * with DUP and their old identifiers, in their old order (MQTT-4.4.0-1); without it they are new.
 */
import type { Clock, Timer } from "../../../hal/clock";
import type { TCP, TCPConstructor } from "../../../hal/io";
import type { Log } from "../../../hal/log";
import type { Random } from "../../../hal/random";
import { LaneId } from "../outbox/lane";
import type { Outbox } from "../outbox/outbox";
import { utf8Bytes } from "../utf8";
import { InFlight } from "./in-flight";
import {
  DISCONNECT,
  PacketParser,
  type PacketSink,
  PacketType,
  PINGREQ,
  publishSize,
  writeConnect,
  writePublishHead,
  writePublishQos0,
} from "./packets";

export const ClientState = { offline: 0, connecting: 1, handshake: 2, online: 3, closed: 4 } as const;
export type ClientState = (typeof ClientState)[keyof typeof ClientState];

export type MqttClientOptions = {
  readonly TCP: TCPConstructor;
  readonly host: string;
  readonly port: number;
  readonly client: string;
  readonly keepAliveMs: number;
  readonly will?: { readonly topic: string; readonly payload: Uint8Array };
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly outbox: Outbox;
  /** UTF-8 topic names; the outbox names them by position. */
  readonly topics: readonly Uint8Array[];
  /** Whether messages of a lane are published with the retain flag. */
  readonly retainedLane: number;
  /** The connection stands. `resumed` is false when the broker knows nothing of this client. */
  readonly onOnline: (resumed: boolean) => void;
  readonly onAcknowledged: (lane: number, boot: number, seq: number, nowUs: number) => void;
};

export type MqttCounters = {
  connects: number;
  failedAttempts: number;
  sent: number;
  acknowledged: number;
  retransmitted: number;
  /** Connections that the broker answered with a refusal. */
  refused: number;
};

const CONNECT_TIMEOUT_US = 10_000_000;
const ACKNOWLEDGE_TIMEOUT_US = 20_000_000;
const BACKOFF_BASE_MS = 1_000;
const BACKOFF_CAP_MS = 300_000;
/** While an alarm waits, nobody may sleep for five minutes. */
const BACKOFF_CAP_ALARM_MS = 30_000;
/** Attempts after which the back-off has reached its cap: 2^9 s are more than 300 s. */
const BACKOFF_STEPS = 9;
/** A connection that stood this long was a good one: the back-off begins anew. */
const STABLE_US = 60_000_000;
/** Publishes on their way at once. */
export const WINDOW = 16;
/** Places in the window that telemetry leaves free, so that an alarm never waits for telemetry's acknowledgement. */
export const ALARM_RESERVE = 4;
/** Longest packet that a publisher has to understand: CONNACK, PUBACK and PINGRESP have two bytes of body. */
const INBOUND_CAPACITY = 128;
const MIN_LOOK_US = 100_000;
/** How often an online client that has no ping to send looks at its connection. */
const LOOK_US = 30_000_000;

export class MqttClient implements PacketSink {
  readonly #options: MqttClientOptions;
  readonly #timer: Timer;
  readonly #parser: PacketParser;
  readonly #inFlight = new InFlight(WINDOW);
  readonly #received: Uint8Array;
  /** The packet on its way out; a socket may take it in several pieces. */
  #outgoing: Uint8Array = new Uint8Array(1024);
  #outgoingLength = 0;
  #outgoingAt = 0;
  #socket: TCP | undefined;
  #writable = 0;
  #state: ClientState = ClientState.offline;
  #attempt = 0;
  #reported = false;
  #onlineSinceUs = 0;
  #lastSentUs = 0;
  #pingSent = false;
  #pingUs = 0;
  /** End of the back-off. */
  #retryUs = 0;
  readonly counters: MqttCounters = {
    connects: 0,
    failedAttempts: 0,
    sent: 0,
    acknowledged: 0,
    retransmitted: 0,
    refused: 0,
  };

  constructor(options: MqttClientOptions) {
    this.#options = options;
    this.#timer = options.clock.timer(() => this.timeout());
    this.#parser = new PacketParser(INBOUND_CAPACITY, this);
    this.#received = new Uint8Array(INBOUND_CAPACITY);
  }

  get state(): ClientState {
    return this.#state;
  }

  /** Messages sent on this connection and not acknowledged. */
  get inFlight(): number {
    return this.#inFlight.length;
  }

  start(): void {
    if (this.#state === ClientState.offline) this.connect();
  }

  /**
   * Says goodbye where there is a connection: publishes the will itself, as far as the socket takes it at once, and
   * disconnects. In the middle of a packet it can only hang up, and the broker publishes the will.
   */
  close(): void {
    if (this.#state === ClientState.online && this.#outgoingAt === this.#outgoingLength) this.farewell();
    this.#state = ClientState.closed;
    this.#timer.disarm();
    this.dropSocket();
  }

  /** New messages may wait in the outbox. */
  wake(): void {
    if (this.#state === ClientState.online) this.pump();
    else if (this.#state === ClientState.offline && this.#retryUs > 0 && this.alarmWaits) this.hasten();
  }

  private get alarmWaits(): boolean {
    return this.#options.outbox.lane(LaneId.alarm).length > 0;
  }

  /** An alarm came up in a long back-off. */
  private hasten(): void {
    const nowUs = this.#options.clock.nowUs();
    if (this.#retryUs - nowUs <= BACKOFF_CAP_ALARM_MS * 1000) return;
    this.#retryUs = nowUs + this.randomUs(BACKOFF_CAP_ALARM_MS);
    this.#timer.arm(this.#retryUs);
  }

  private randomUs(ceilingMs: number): number {
    return Math.floor((this.#options.random.uint32() / 4_294_967_296) * ceilingMs * 1000);
  }

  private farewell(): void {
    const { will } = this.#options;
    const last = will === undefined ? EMPTY : writePublishQos0(utf8Bytes(will.topic), will.payload, true);
    const packet = new Uint8Array(last.length + DISCONNECT.length);
    packet.set(last);
    packet.set(DISCONNECT, last.length);
    if (packet.length > this.#writable) return;
    try {
      this.#socket?.write(packet);
    } catch {
      // The connection is gone already; the broker publishes the will.
    }
  }

  private connect(): void {
    const { TCP, host, port, clock } = this.#options;
    this.#state = ClientState.connecting;
    this.#timer.arm(clock.nowUs() + CONNECT_TIMEOUT_US);
    this.#parser.reset();
    this.#outgoingLength = this.#outgoingAt = 0;
    this.#writable = 0;
    const client = this;
    try {
      this.#socket = new TCP({
        address: host,
        port,
        noDelay: true,
        onWritable(bytes) {
          client.onWritable(bytes);
        },
        onReadable(bytes) {
          client.onReadable(bytes);
        },
        onError(error) {
          client.lose(error instanceof Error ? error.message : "the connection failed");
        },
      });
    } catch (error) {
      this.lose(error instanceof Error ? error.message : "no socket could be made");
    }
  }

  private onWritable(bytes: number): void {
    this.#writable = bytes;
    if (this.#state === ClientState.connecting) this.sendConnect();
    this.pump();
  }

  private sendConnect(): void {
    const { client, keepAliveMs, will, clock } = this.#options;
    const packet = writeConnect({
      client,
      cleanSession: false,
      keepAliveS: Math.ceil(keepAliveMs / 1000),
      ...(will === undefined ? {} : { will }),
    });
    if (packet.length > this.#outgoing.length) this.#outgoing = new Uint8Array(packet.length);
    this.#outgoing.set(packet);
    this.#outgoingLength = packet.length;
    this.#outgoingAt = 0;
    this.#state = ClientState.handshake;
    this.#timer.arm(clock.nowUs() + CONNECT_TIMEOUT_US);
  }

  private onReadable(available: number): void {
    let left = available;
    while (left > 0 && this.#socket !== undefined) {
      const count = this.#socket.read(this.#received);
      if (count === undefined || count === 0) return;
      left -= count;
      if (!this.#parser.push(this.#received, count)) this.lose("the broker sent what is not MQTT");
    }
  }

  packet(first: number, body: Uint8Array, length: number): void {
    const type = first >> 4;
    if (this.#state === ClientState.handshake) {
      if (type === PacketType.connack && length === 2) this.answered(body[0], body[1]);
      else this.lose("the broker did not answer with CONNACK");
    } else if (this.#state === ClientState.online) {
      if (type === PacketType.puback && length === 2) this.acknowledged((body[0] << 8) | body[1]);
      else if (type === PacketType.pingresp && length === 0) this.#pingSent = false;
      else this.lose(`the broker sent a packet of type ${type}, which this client never asked for`);
    }
  }

  private answered(flags: number, code: number): void {
    if (code === 0) {
      this.connected((flags & 1) === 1);
    } else {
      this.counters.refused++;
      this.lose(`the broker refused the connection: ${CONNACK_REASONS[code] ?? `code ${code}`}`);
    }
  }

  private connected(resumed: boolean): void {
    const { clock, log, host, port, outbox } = this.#options;
    const nowUs = clock.nowUs();
    this.#state = ClientState.online;
    this.#onlineSinceUs = this.#lastSentUs = nowUs;
    this.#pingSent = false;
    this.counters.connects++;
    if (this.#reported) log.info(`uplink: ${host}:${port} answers again after ${this.#attempt} attempts`);
    this.#reported = false;
    if (resumed) {
      this.#inFlight.resend();
    } else {
      this.#inFlight.clear();
      outbox.rewind();
    }
    this.#options.onOnline(resumed);
    this.armOnline();
    this.pump();
  }

  private acknowledged(packetId: number): void {
    const entry = this.#inFlight.find(packetId);
    if (entry < 0) return;
    const lane = this.#inFlight.lane(entry);
    const number = this.#inFlight.number(entry);
    this.#inFlight.remove(entry);
    this.counters.acknowledged++;
    const target = this.#options.outbox.lanes[lane];
    if (target.holds(number)) {
      const boot = target.boot(number);
      const seq = target.seq(number);
      target.acknowledge(number);
      this.#options.onAcknowledged(lane, boot, seq, this.#options.clock.nowUs());
    }
    this.pump();
  }

  /** Writes as much as the socket takes: first what is begun, then retransmissions, a ping when due, new messages. */
  private pump(): void {
    while (this.#socket !== undefined && this.#writable > 0) {
      if (this.#outgoingAt < this.#outgoingLength) {
        if (!this.writeOut()) return;
        continue;
      }
      if (this.#state !== ClientState.online || !this.next()) return;
    }
  }

  private writeOut(): boolean {
    const count = Math.min(this.#outgoingLength - this.#outgoingAt, this.#writable);
    try {
      const room = this.#socket!.write(this.#outgoing.subarray(this.#outgoingAt, this.#outgoingAt + count));
      this.#writable = typeof room === "number" ? room : this.#writable - count;
    } catch {
      // The provider said that there was room: it will call onWritable when there is.
      this.#writable = 0;
      return false;
    }
    this.#outgoingAt += count;
    this.#lastSentUs = this.#options.clock.nowUs();
    return true;
  }

  /** Puts the next packet into the outgoing buffer. False when nothing is to be sent now. */
  private next(): boolean {
    const again = this.#inFlight.nextToResend();
    if (again >= 0) return this.resend(again);
    if (this.#inFlight.full) return false;
    const { outbox } = this.#options;
    const laneId = outbox.nextLane();
    if (laneId < 0) return false;
    if (laneId !== LaneId.alarm && this.#inFlight.length >= WINDOW - ALARM_RESERVE) return false;
    const lane = outbox.lanes[laneId];
    const number = lane.peek();
    const packetId = this.#inFlight.add(laneId, number, this.#options.clock.nowUs());
    lane.sent();
    this.publish(laneId, number, packetId, false);
    this.counters.sent++;
    return true;
  }

  private resend(entry: number): boolean {
    const laneId = this.#inFlight.lane(entry);
    const number = this.#inFlight.number(entry);
    this.#inFlight.resent(entry, this.#options.clock.nowUs());
    if (!this.#options.outbox.lanes[laneId].holds(number)) {
      // A full lane let it go while there was no connection; its identifier is free again.
      this.#inFlight.remove(entry);
      return true;
    }
    this.publish(laneId, number, this.#inFlight.packetId(entry), true);
    this.counters.retransmitted++;
    return true;
  }

  private publish(laneId: number, number: number, packetId: number, duplicate: boolean): void {
    const lane = this.#options.outbox.lanes[laneId];
    const topic = this.#options.topics[lane.topic(number)];
    const length = lane.lengthOf(number);
    const size = publishSize(topic, length);
    if (size > this.#outgoing.length) this.#outgoing = new Uint8Array(size);
    const retain = laneId === this.#options.retainedLane;
    const at = writePublishHead(this.#outgoing, topic, length, packetId, retain, duplicate);
    lane.copy(number, this.#outgoing, at);
    this.#outgoingLength = at + length;
    this.#outgoingAt = 0;
    this.armOnline();
  }

  private timeout(): void {
    switch (this.#state) {
      case ClientState.offline:
        this.connect();
        break;
      case ClientState.connecting:
      case ClientState.handshake:
        this.lose("no answer within 10 s");
        break;
      case ClientState.online:
        this.look();
        break;
    }
  }

  /** Is the connection alive? Silence on a live socket is how a half-open connection shows. */
  private look(): void {
    const { clock, keepAliveMs } = this.#options;
    const nowUs = clock.nowUs();
    const keepAliveUs = keepAliveMs * 1000;
    if (nowUs - this.#inFlight.oldestUs() >= ACKNOWLEDGE_TIMEOUT_US) {
      this.lose("a message was not acknowledged for 20 s");
    } else if (this.#pingSent && nowUs - this.#pingUs >= ACKNOWLEDGE_TIMEOUT_US) {
      this.lose("the broker is silent");
    } else {
      // The keep-alive counts what the client sends (section 3.1.2.10).
      if (!this.#pingSent && keepAliveUs > 0 && nowUs - this.#lastSentUs >= keepAliveUs / 2) this.ping();
      this.armOnline();
    }
  }

  private ping(): void {
    // A packet that waits for the socket proves nothing; its own acknowledgement is watched.
    if (this.#outgoingAt < this.#outgoingLength) return;
    this.#outgoing.set(PINGREQ);
    this.#outgoingLength = PINGREQ.length;
    this.#outgoingAt = 0;
    this.#pingSent = true;
    this.#pingUs = this.#options.clock.nowUs();
    this.pump();
  }

  /** The next moment at which an online client must look: half a keep-alive, or the oldest answer overdue. */
  private armOnline(): void {
    if (this.#state !== ClientState.online) return;
    const { clock, keepAliveMs } = this.#options;
    const pings = keepAliveMs > 0 && !this.#pingSent;
    let dueUs = pings ? this.#lastSentUs + Math.ceil(keepAliveMs * 500) : clock.nowUs() + LOOK_US;
    dueUs = Math.min(dueUs, this.#inFlight.oldestUs() + ACKNOWLEDGE_TIMEOUT_US);
    if (this.#pingSent) dueUs = Math.min(dueUs, this.#pingUs + ACKNOWLEDGE_TIMEOUT_US);
    // Never at once again: a ping that cannot be written yet is not waited for in a loop.
    this.#timer.arm(Math.max(dueUs, clock.nowUs() + MIN_LOOK_US));
  }

  /** Every way in which a connection or an attempt ends. The loss is reported once, not at each attempt. */
  private lose(reason: string): void {
    if (this.#state === ClientState.closed || this.#state === ClientState.offline) return;
    const { clock, log, host, port } = this.#options;
    const nowUs = clock.nowUs();
    const wasOnline = this.#state === ClientState.online;
    if (wasOnline && nowUs - this.#onlineSinceUs >= STABLE_US) this.#attempt = 0;
    if (!wasOnline) this.counters.failedAttempts++;
    this.#state = ClientState.offline;
    this.dropSocket();
    if (!this.#reported) log.warn(`uplink: ${host}:${port}: ${reason}; sampling goes on, trying again with back-off`);
    this.#reported = true;
    const capMs = this.alarmWaits ? BACKOFF_CAP_ALARM_MS : BACKOFF_CAP_MS;
    const ceilingMs = Math.min(capMs, BACKOFF_BASE_MS * (1 << Math.min(this.#attempt, BACKOFF_STEPS)));
    this.#attempt++;
    this.#retryUs = nowUs + this.randomUs(ceilingMs);
    this.#timer.arm(this.#retryUs);
  }

  private dropSocket(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#writable = 0;
    socket?.close();
  }
}

const EMPTY = new Uint8Array(0);

/** Section 3.2.2.3. */
const CONNACK_REASONS: readonly string[] = [
  "accepted",
  "it does not speak MQTT 3.1.1",
  "it does not accept this client identifier",
  "it is not available",
  "user name or password are wrong",
  "this client is not allowed",
];
