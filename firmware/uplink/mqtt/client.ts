/**
 * MQTT client of a gateway on an ECMA-419 TCP or TLS socket, 3.1.1 and 5: publishes with QoS 1 from an outbox, in a window of
 * unacknowledged messages; takes commands with QoS 0 or 1, which it acknowledges when they are stored; resumes its session.
 *
 * States, each with a timeout and an exit:
 *
 *   offline    -> (back-off over) connecting
 *   connecting -> (socket writable) handshake    | (10 s, error) offline
 *   handshake  -> (CONNACK) online               | (10 s, refusal, error) offline
 *   online     -> (error, silence, no PUBACK for 20 s, DISCONNECT) offline
 *   closed     -> nothing
 *
 * `backoff.ts` says how long offline lasts, `reasons.ts` what a broker's reason means for it, `endpoints.ts` where it goes on.
 *
 * On a live connection nothing is sent twice, but for a message that the broker refused for now. After a reconnect with the session
 * kept, unacknowledged packets go again with DUP and their old identifiers, in their old order (MQTT-4.4.0-1); without it they are new.
 */
import type { Timer } from "../../../hal/clock";
import type { TCP } from "../../../hal/io";
import { type Lane, LaneId } from "../outbox/lane";
import { readUtf8 } from "../utf8";
import { Backoff, CAP_ALARM_MS, Retry } from "./backoff";
import { DEFAULT_WINDOW, type MqttClientOptions, type MqttCounters, makeCounters } from "./client-options";
import { Endpoints } from "./endpoints";
import { InFlight } from "./in-flight";
import { PacketBuffer } from "./packet-buffer";
import { DISCONNECT, PacketParser, type PacketSink, PacketType, PINGREQ } from "./packets";
import { Ack, Connack, Disconnect, Inbound, type Protocol, Publish } from "./protocol";
import { mayBeTakenLater, REFUSALS_FROM, Reason, retryAfter } from "./reasons";
import { writePuback } from "./version-3";

export { DEFAULT_WINDOW as WINDOW, type MqttClientOptions, type MqttCounters } from "./client-options";

export const ClientState = { offline: 0, connecting: 1, handshake: 2, online: 3, closed: 4 } as const;
export type ClientState = (typeof ClientState)[keyof typeof ClientState];

const CONNECT_TIMEOUT_US = 10_000_000;
const ACKNOWLEDGE_TIMEOUT_US = 20_000_000;
/** A connection that stood this long was a good one: the back-off begins anew. */
const STABLE_US = 60_000_000;
/** A message that was refused for now is sent again after so long. */
const LATER_US = 10_000_000;
/** Places in the window that telemetry leaves free, so that an alarm never waits for telemetry's acknowledgement. */
export const ALARM_RESERVE = 4;
/** A message that is longer goes in pieces of this: memory for the longest would be two kilobytes, for some milliseconds a minute. */
const PIECE_BYTES = 512;
/** Room in front of a PUBLISH's payload beside its topic. */
const HEAD_BYTES = 24;
const MIN_LOOK_US = 100_000;
/** How often an online client that has no ping to send looks at its connection. */
const LOOK_US = 30_000_000;
const READ_BYTES = 128;
/** A lane is asked for whole words. */
const WORD_BYTES = 4;
/** Acknowledgements and subscriptions that wait for the socket; a broker that reads leaves hardly any. */
const MOST_ANSWERS = 32;

export class MqttClient implements PacketSink {
  readonly counters: MqttCounters = makeCounters();
  readonly #options: MqttClientOptions;
  readonly #timer: Timer;
  readonly #parser: PacketParser;
  readonly #inboundBytes: number;
  readonly #window: number;
  readonly #inFlight: InFlight;
  readonly #received = new Uint8Array(READ_BYTES);
  /** The packet on its way out, or a piece of it; a socket may take less at a time. */
  readonly #outgoing: PacketBuffer;
  readonly #backoff: Backoff;
  readonly #endpoints: Endpoints;
  readonly #publish = new Publish();
  readonly #connack = new Connack();
  readonly #ack = new Ack();
  /** Where commands are taken. */
  readonly #inbound: Inbound | undefined;
  /** What waits for the socket: `MOST_ANSWERS` of a few bytes. */
  readonly #answers: Uint8Array[] = [];
  #protocol: Protocol;
  #outgoingAt = 0;
  /** The message in it, and how much of its payload has not been put there. */
  #messageLane: Lane | undefined;
  #message = 0;
  #payloadLeft = 0;
  #socket: TCP | undefined;
  #writable = 0;
  #state: ClientState = ClientState.offline;
  #reported = false;
  #onlineSinceUs = 0;
  #lastSentUs = 0;
  #pingSent = false;
  #pingUs = 0;
  #keepAliveUs: number;
  /** Bit by topic: the broker knows its alias on this connection. */
  #aliasesKnown = 0;
  /** End of the back-off. */
  #retryUs = 0;

  constructor(options: MqttClientOptions) {
    const { versions, host, port } = options;
    this.#options = options;
    const longest = options.topics.reduce((most, topic) => Math.max(most, topic.length), 0);
    const { topicPrefix = EMPTY } = options;
    this.#publish.prefix = topicPrefix;
    this.#outgoing = new PacketBuffer(Math.max(PIECE_BYTES, topicPrefix.length + longest + HEAD_BYTES));
    this.#protocol = versions[0];
    this.#window = options.window ?? DEFAULT_WINDOW;
    this.#inFlight = new InFlight(this.#window);
    this.#timer = options.clock.timer(this.timeout, this);
    this.#inboundBytes =
      options.commands?.largestBytes ?? versions.reduce((most, { answerBytes }) => Math.max(most, answerBytes), 0);
    this.#inbound = options.commands && new Inbound();
    this.#parser = new PacketParser(this.#inboundBytes, this);
    this.#backoff = new Backoff(options.random);
    this.#endpoints = new Endpoints([{ host, port }, ...(options.alternates ?? [])]);
    this.#keepAliveUs = options.keepAliveMs * 1000;
  }

  get state(): ClientState {
    return this.#state;
  }

  /** 4 for MQTT 3.1.1, 5 for MQTT 5: what is spoken, or will be tried next. */
  get level(): number {
    return this.#protocol.level;
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
    if (this.#state === ClientState.online && this.sentAll) this.farewell();
    this.#state = ClientState.closed;
    this.#timer.disarm();
    this.dropSocket();
  }

  /** New messages may wait in the outbox. */
  wake(): void {
    if (this.#state === ClientState.online) this.pump();
    else if (this.#state === ClientState.offline && this.#retryUs > 0 && this.alarmWaits) this.hasten();
  }

  /** A command of QoS 1 is stored: the broker need not keep it any longer. Its identifier is of this connection alone. */
  stored(packetId: number): void {
    if (this.#state !== ClientState.online) return;
    if (this.#answers.length >= MOST_ANSWERS) {
      this.lose("the broker sends commands and does not read their acknowledgements");
      return;
    }
    this.#answers.push(writePuback(packetId));
    this.pump();
  }

  private get alarmWaits(): boolean {
    return this.#options.outbox.lane(LaneId.alarm).length > 0;
  }

  /** An alarm came up in a long back-off. */
  private hasten(): void {
    const nowUs = this.#options.clock.nowUs();
    if (this.#retryUs - nowUs <= CAP_ALARM_MS * 1000) return;
    this.#retryUs = nowUs + this.#backoff.upToUs(CAP_ALARM_MS);
    this.#timer.arm(this.#retryUs);
  }

  private farewell(): void {
    const { will } = this.#options;
    const last = will === undefined ? EMPTY : this.#protocol.writeLastWords(this.nameOf(will.topic), will.payload);
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
    const { TCP, clock, socketOptions } = this.#options;
    const { host, port } = this.#endpoints.current;
    this.#state = ClientState.connecting;
    this.#timer.arm(clock.nowUs() + CONNECT_TIMEOUT_US);
    this.#parser.reset();
    this.#outgoing.begin(0);
    this.#outgoingAt = this.#payloadLeft = 0;
    this.#writable = 0;
    this.#answers.length = 0;
    try {
      this.#socket = new TCP({
        ...socketOptions,
        address: host,
        port,
        noDelay: true,
        target: this,
        onWritable,
        onReadable,
        onError,
      });
    } catch (error) {
      this.lose(error instanceof Error ? error.message : "no socket could be made");
    }
  }

  /** Others than the packet that is about to go are on their way. */
  private waits(): boolean {
    return this.#state === ClientState.online && this.#inFlight.length > 1;
  }

  /** No packet is begun and not ended. */
  private get sentAll(): boolean {
    return this.#outgoingAt === this.#outgoing.length && this.#payloadLeft === 0;
  }

  /** For the socket. */
  canWrite(bytes: number): void {
    this.#writable = bytes;
    if (this.#state === ClientState.connecting) this.sendConnect();
    this.pump();
  }

  private sendConnect(): void {
    const { client, keepAliveMs, will, clock, credentials, properties, sessionExpiryS } = this.#options;
    this.send(
      this.#protocol.writeConnect({
        client,
        cleanSession: false,
        keepAliveS: Math.ceil(keepAliveMs / 1000),
        maximumPacketBytes: this.#inboundBytes,
        sessionExpiryS,
        ...(will === undefined
          ? {}
          : { will: { topic: textOf(this.nameOf(will.topic)), payload: will.payload, delayS: will.delayS } }),
        ...credentials,
        ...(properties === undefined ? {} : { properties }),
      }),
    );
    this.#state = ClientState.handshake;
    this.#timer.arm(clock.nowUs() + CONNECT_TIMEOUT_US);
  }

  /** A topic's whole name. */
  private nameOf(topic: number): Uint8Array {
    const { topicPrefix = EMPTY, topics } = this.#options;
    const name = new Uint8Array(topicPrefix.length + topics[topic].length);
    name.set(topicPrefix);
    name.set(topics[topic], topicPrefix.length);
    return name;
  }

  /** Puts a whole packet into the outgoing buffer. */
  private send(packet: Uint8Array): void {
    this.#outgoing.begin(packet.length);
    this.#outgoing.bytes.set(packet);
    this.#outgoingAt = 0;
  }

  /** For the socket. */
  receive(available: number): void {
    let left = available;
    while (left > 0 && this.#socket !== undefined) {
      const count = this.#socket.read(this.#received);
      if (count === undefined || count === 0) return;
      left -= count;
      if (!this.#parser.push(this.#received, count)) this.lose("the broker sent what is not MQTT");
    }
  }

  packet(first: number, body: Uint8Array, length: number): void {
    if (this.#state === ClientState.handshake) this.handshake(first, body, length);
    else if (this.#state === ClientState.online && !this.take(first, body, length))
      this.lose(
        `the broker sent a packet of type ${first >> 4} that is malformed, or that this client never asked for`,
      );
  }

  private handshake(first: number, body: Uint8Array, length: number): void {
    const connack = this.#connack;
    if (first !== PacketType.connack << 4 || !this.#protocol.readConnack(body, length, connack))
      this.lose("the broker did not answer with CONNACK");
    else if (connack.code !== 0) {
      this.counters.refused++;
      this.refused(
        connack.code,
        connack.serverReference,
        `the broker refused the connection: ${this.words(connack.code)}`,
      );
    } else if (connack.maximumQos === 0) this.lose("the broker takes no QoS 1", Retry.slow);
    else this.connected();
  }

  private words(code: number, reason = this.#connack.reason): string {
    const words = this.#protocol.describe(code);
    return reason === "" ? words : `${words} (${reason})`;
  }

  /** False for what is malformed, and for what was never asked for. */
  private take(first: number, body: Uint8Array, length: number): boolean {
    switch (first >> 4) {
      case PacketType.puback:
        if (!this.#protocol.readPuback(body, length, this.#ack)) return false;
        this.acknowledged(this.#ack.packetId, this.#ack.code);
        return true;
      case PacketType.pingresp:
        this.#pingSent = false;
        return length === 0;
      case PacketType.suback:
        return this.subscribed(body, length);
      case PacketType.publish:
        return this.command(first, body, length);
      case PacketType.disconnect: {
        const end = new Disconnect();
        if (!this.#protocol.readDisconnect(body, length, end)) return false;
        this.refused(
          end.code,
          end.serverReference,
          `the broker ends the connection: ${this.words(end.code, end.reason)}`,
        );
        return true;
      }
      default:
        return false;
    }
  }

  /** A reason code ended the connection, or kept it from beginning. */
  private refused(code: number, serverReference: string, reason: string): void {
    const { level } = this.#protocol;
    let retry = retryAfter(level, code);
    if (level === 5 && code === Reason.versionUnknown) retry = this.fallBack() ? Retry.now : Retry.usual;
    else if (level === 5 && (code === Reason.useAnother || code === Reason.moved)) {
      if (this.#endpoints.redirect(serverReference, code === Reason.moved)) this.counters.redirects++;
      else retry = Retry.usual;
    } else if (level === 5 && code === Reason.takenOver) this.counters.takeovers++;
    else if (level === 5 && code === Reason.packetTooLarge) this.rejectLargest();
    this.lose(reason, retry);
  }

  /** The next version that this client speaks, where there is one. */
  private fallBack(): boolean {
    const { versions } = this.#options;
    const next = versions[versions.indexOf(this.#protocol) + 1];
    if (next === undefined) return false;
    this.#protocol = next;
    return true;
  }

  private connected(): void {
    const { clock, log, outbox, keepAliveMs, commands } = this.#options;
    const { host, port } = this.#endpoints.current;
    const { resumed, keepAliveS } = this.#connack;
    const nowUs = clock.nowUs();
    this.#state = ClientState.online;
    this.#onlineSinceUs = this.#lastSentUs = nowUs;
    this.#pingSent = false;
    this.#aliasesKnown = 0;
    this.#keepAliveUs = keepAliveS < 0 ? keepAliveMs * 1000 : keepAliveS * 1_000_000;
    this.counters.connects++;
    this.#endpoints.worked();
    if (this.#reported) log.info(`uplink: ${host}:${port} answers again after ${this.#backoff.attempts} attempts`);
    this.#reported = false;
    if (resumed) {
      this.#inFlight.resend();
    } else {
      this.#inFlight.clear();
      outbox.rewind();
    }
    // Also where the session was kept: a broker of a cluster may have kept a part of it.
    if (commands !== undefined) this.#answers.push(this.#protocol.writeSubscribe(SUBSCRIBE_ID, commands.filters));
    this.#options.owner.onOnline(resumed);
    this.armOnline();
    this.pump();
  }

  private subscribed(body: Uint8Array, length: number): boolean {
    if (!this.#protocol.readSuback(body, length, this.#ack) || this.#ack.packetId !== SUBSCRIBE_ID) return false;
    if (this.#ack.code >= REFUSALS_FROM) {
      this.counters.refusedSubscriptions++;
      this.#options.log.warn(
        `uplink: the broker does not let this gateway take commands: ${this.words(this.#ack.code, "")}`,
      );
    }
    return true;
  }

  private command(first: number, body: Uint8Array, length: number): boolean {
    const { commands } = this.#options;
    const inbound = this.#inbound;
    if (commands === undefined || inbound === undefined) return false;
    if (!this.#protocol.readPublish(first, body, length, inbound)) return false;
    this.counters.received++;
    if (commands.onMessage(inbound, body) && inbound.qos === 1) this.stored(inbound.packetId);
    return true;
  }

  private acknowledged(packetId: number, code: number): void {
    const entry = this.#inFlight.find(packetId);
    if (entry < 0) return;
    if (code >= REFUSALS_FROM && mayBeTakenLater(code)) {
      this.counters.postponed++;
      this.#inFlight.postpone(entry, this.#options.clock.nowUs() + LATER_US);
      this.armOnline();
    } else if (code >= REFUSALS_FROM) this.reject(entry, this.words(code, ""));
    else this.settle(entry);
    this.pump();
  }

  private settle(entry: number): void {
    const lane = this.#inFlight.lane(entry);
    const number = this.#inFlight.number(entry);
    this.#inFlight.remove(entry);
    this.counters.acknowledged++;
    const target = this.#options.outbox.lanes[lane];
    if (!target.holds(number)) return;
    const boot = target.boot(number);
    const seq = target.seq(number);
    target.acknowledge(number);
    this.#options.owner.onAcknowledged(lane, boot, seq, this.#options.clock.nowUs());
  }

  /** The broker will never take it: it becomes a gap, and the next one goes on. */
  private reject(entry: number, reason: string): void {
    const lane = this.#inFlight.lane(entry);
    const number = this.#inFlight.number(entry);
    this.#inFlight.remove(entry);
    this.counters.rejected++;
    const target = this.#options.outbox.lanes[lane];
    if (!target.holds(number)) return;
    this.#options.log.warn(`uplink: message ${target.boot(number)}/${target.seq(number)} will not be taken: ${reason}`);
    target.reject(number);
  }

  /** A broker hung up on a packet that is too large for it: of those on their way it was the largest. */
  private rejectLargest(): void {
    const { lanes } = this.#options.outbox;
    let largest = -1;
    let most = -1;
    for (let entry = 0; entry < this.#inFlight.length; entry++) {
      const target = lanes[this.#inFlight.lane(entry)];
      const number = this.#inFlight.number(entry);
      if (!target.holds(number) || target.lengthOf(number) <= most) continue;
      largest = entry;
      most = target.lengthOf(number);
    }
    if (largest >= 0) this.reject(largest, this.words(Reason.packetTooLarge, ""));
  }

  /** Writes as much as the socket takes: first what is begun, then answers, retransmissions, new messages. */
  private pump(): void {
    while (this.#socket !== undefined && this.#writable > 0) {
      const outgoing = this.#outgoing;
      // From here and not from where a packet begins: two calls less on the deepest way of all, from a panel's line to the flash.
      if (this.#payloadLeft > 0 && outgoing.length < outgoing.capacity - WORD_BYTES) this.fill();
      else if (this.#outgoingAt < outgoing.length) {
        if (!this.writeOut()) return;
      } else if (this.#payloadLeft > 0) outgoing.length = this.#outgoingAt = 0;
      else if (this.#state !== ClientState.online || !this.next()) return;
    }
  }

  private writeOut(): boolean {
    const outgoing = this.#outgoing;
    const count = Math.min(outgoing.length - this.#outgoingAt, this.#writable);
    const whole = count === outgoing.length;
    // A packet goes as it is. One that the socket would take in pieces waits while acknowledgements are to come, which make
    // room and call for it; a piece costs a view.
    if (!whole && this.#outgoingAt === 0 && this.waits()) return false;
    if (whole) outgoing.cut();
    const piece = whole ? outgoing.bytes : outgoing.bytes.subarray(this.#outgoingAt, this.#outgoingAt + count);
    try {
      const room = this.#socket!.write(piece);
      this.#writable = typeof room === "number" ? room : this.#writable - count;
    } catch {
      // The provider said that there was room: it will call onWritable when there is.
      this.#writable = 0;
      return false;
    } finally {
      if (whole) outgoing.restore();
    }
    this.#outgoingAt += count;
    this.#lastSentUs = this.#options.clock.nowUs();
    return true;
  }

  /** Publishes that may be on their way at once. */
  private get windowNow(): number {
    return Math.min(this.#window, this.#connack.receiveMaximum);
  }

  /** Puts the next packet into the outgoing buffer. False when nothing is to be sent now. */
  private next(): boolean {
    if (this.#answers.length > 0) {
      this.send(this.#answers.shift()!);
      return true;
    }
    const again = this.#inFlight.nextToResend(this.#options.clock.nowUs());
    if (again >= 0) return this.resend(again);
    const room = this.windowNow - this.#inFlight.length;
    if (room <= 0) return false;
    const { outbox } = this.#options;
    const laneId = outbox.nextLane();
    if (laneId < 0) return false;
    if (laneId !== LaneId.alarm && room <= this.reserve) return false;
    const lane = outbox.lanes[laneId];
    const number = lane.peek();
    const packetId = this.#inFlight.add(laneId, number, this.#options.clock.nowUs());
    lane.sent();
    if (!this.publish(laneId, number, packetId, false)) return true;
    this.counters.sent++;
    return true;
  }

  /** A small window has a place for alarms too, as long as it has two. */
  private get reserve(): number {
    const half = this.windowNow >> 1;
    return half < ALARM_RESERVE ? half : ALARM_RESERVE;
  }

  private resend(entry: number): boolean {
    const laneId = this.#inFlight.lane(entry);
    const number = this.#inFlight.number(entry);
    // What the broker refused for now is a new message to it; what it may have is not.
    const duplicate = !this.#inFlight.isPostponed(entry);
    this.#inFlight.resent(entry, this.#options.clock.nowUs());
    if (!this.#options.outbox.lanes[laneId].holds(number)) {
      // A full lane let it go while there was no connection; its identifier is free again.
      this.#inFlight.remove(entry);
      return true;
    }
    if (this.publish(laneId, number, this.#inFlight.packetId(entry), duplicate)) this.counters.retransmitted++;
    return true;
  }

  /** False when the message is larger than the broker takes, and so will not go. */
  private publish(laneId: number, number: number, packetId: number, duplicate: boolean): boolean {
    const { outbox, topics, retainedLane, expiryS } = this.#options;
    const lane = outbox.lanes[laneId];
    const publish = this.#publish;
    const topic = lane.topic(number);
    publish.topic = topics[topic];
    publish.payloadBytes = lane.lengthOf(number);
    publish.packetId = packetId;
    publish.retain = laneId === retainedLane && this.#connack.retainAvailable;
    publish.duplicate = duplicate;
    publish.expiryS = laneId === LaneId.telemetry ? (expiryS ?? 0) : 0;
    this.alias(topic);
    const size = this.#protocol.publishBytes(publish);
    if (size > this.#connack.maximumPacketBytes) {
      this.reject(
        this.#inFlight.find(packetId),
        `it has ${size} bytes, the broker takes ${this.#connack.maximumPacketBytes}`,
      );
      return false;
    }
    this.#outgoing.begin(Math.min(size, this.#outgoing.capacity));
    this.#messageLane = lane;
    this.#message = number;
    this.#payloadLeft = publish.payloadBytes;
    this.#outgoing.length = this.#protocol.writePublishHead(this.#outgoing.bytes, publish);
    this.#outgoingAt = 0;
    if (publish.alias > 0) this.#aliasesKnown |= 1 << topic;
    this.armOnline();
    return true;
  }

  /** Puts as much of the message as there is room for behind what is there. */
  private fill(): void {
    if (!this.#messageLane!.holds(this.#message)) {
      this.lose("a message was let go while it was on its way");
      return;
    }
    const outgoing = this.#outgoing;
    const at = outgoing.length;
    const left = this.#payloadLeft;
    const room = outgoing.capacity - at;
    const count = left > room ? room & -WORD_BYTES : left;
    this.#messageLane!.copy(this.#message, this.#publish.payloadBytes - left, count, outgoing.bytes, at);
    outgoing.length = at + count;
    this.#payloadLeft = left - count;
  }

  /** An alias stands for a topic on one connection. A topic that changes has none. */
  private alias(topic: number): void {
    const publish = this.#publish;
    const has = topic < this.#connack.topicAliasMaximum && topic !== this.#options.changingTopic;
    publish.alias = has ? topic + 1 : 0;
    publish.aliasKnown = has && (this.#aliasesKnown & (1 << topic)) !== 0;
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
    const nowUs = this.#options.clock.nowUs();
    if (nowUs - this.#inFlight.oldestUs() >= ACKNOWLEDGE_TIMEOUT_US) {
      this.lose("a message was not acknowledged for 20 s");
    } else if (this.#pingSent && nowUs - this.#pingUs >= ACKNOWLEDGE_TIMEOUT_US) {
      this.lose("the broker is silent");
    } else {
      // The keep-alive counts what the client sends (section 3.1.2.10).
      if (!this.#pingSent && this.#keepAliveUs > 0 && nowUs - this.#lastSentUs >= this.#keepAliveUs / 2) this.ping();
      this.pump();
      this.armOnline();
    }
  }

  private ping(): void {
    // A packet that waits for the socket proves nothing; its own acknowledgement is watched.
    if (!this.sentAll) return;
    this.#outgoing.begin(PINGREQ.length);
    this.#outgoing.bytes.set(PINGREQ);
    this.#outgoingAt = 0;
    this.#pingSent = true;
    this.#pingUs = this.#options.clock.nowUs();
    this.pump();
  }

  /** The next moment at which an online client must look: half a keep-alive, the oldest answer overdue, a refused message due. */
  private armOnline(): void {
    if (this.#state !== ClientState.online) return;
    const nowUs = this.#options.clock.nowUs();
    const pings = this.#keepAliveUs > 0 && !this.#pingSent;
    let dueUs = pings ? this.#lastSentUs + Math.ceil(this.#keepAliveUs / 2) : nowUs + LOOK_US;
    dueUs = Math.min(dueUs, this.#inFlight.oldestUs() + ACKNOWLEDGE_TIMEOUT_US, this.#inFlight.postponedUs());
    if (this.#pingSent) dueUs = Math.min(dueUs, this.#pingUs + ACKNOWLEDGE_TIMEOUT_US);
    // Never at once again: a ping that cannot be written yet is not waited for in a loop.
    this.#timer.arm(Math.max(dueUs, nowUs + MIN_LOOK_US));
  }

  /** Every way in which a connection or an attempt ends. The loss is reported once, not at each attempt. */
  lose(reason: string, retry: Retry = Retry.usual): void {
    if (this.#state === ClientState.closed || this.#state === ClientState.offline) return;
    const { clock, log } = this.#options;
    const { host, port } = this.#endpoints.current;
    const nowUs = clock.nowUs();
    const wasOnline = this.#state === ClientState.online;
    if (wasOnline && nowUs - this.#onlineSinceUs >= STABLE_US) this.#backoff.reset();
    if (!wasOnline) this.counters.failedAttempts++;
    this.#state = ClientState.offline;
    this.dropSocket();
    if (!this.#reported) log.warn(`uplink: ${host}:${port}: ${reason}; sampling goes on, trying again with back-off`);
    this.#reported = true;
    if (wasOnline && retry !== Retry.now) this.#endpoints.left();
    // What a broker showed is tried; what failed is not tried twice in a row.
    if (!wasOnline && retry !== Retry.now) this.#endpoints.failed();
    this.#retryUs = nowUs + this.#backoff.nextUs(retry, this.alarmWaits);
    this.#timer.arm(this.#retryUs);
  }

  private dropSocket(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#writable = 0;
    socket?.close();
  }
}

// For all sockets of all clients: on a board they lie in flash, where three closures of each socket would be 27 slots.

function onWritable(this: TCP, bytes: number): void {
  (this.target as MqttClient).canWrite(bytes);
}

function onReadable(this: TCP, bytes: number): void {
  (this.target as MqttClient).receive(bytes);
}

function onError(this: TCP, error?: unknown): void {
  (this.target as MqttClient).lose(error instanceof Error ? error.message : "the connection failed");
}

const EMPTY = new Uint8Array(0);

function textOf(name: Uint8Array): string {
  return readUtf8(name, 0, name.length) ?? "";
}

/** Of the one subscription; publishes have the others. */
const SUBSCRIBE_ID = 0xffff;
