/**
 * A transmitter's session with its centre on an ECMA-419 TCP socket: one message at a time, confirmed or repeated; controls and
 * requests of the centre answered between.
 *
 * States, each with a timeout and an exit:
 *
 *   offline    -> (back-off over) connecting
 *   connecting -> (socket writable) idle          | (10 s, error) offline
 *   idle       -> (a message, a heartbeat) waiting | (a write that makes no way for 10 s, error) offline
 *   waiting    -> (confirmed) idle                 | (no answer in time, or denied: up to 3 repeats) waiting
 *              |  (an urgent message came up behind one that is not) waiting, with the urgent one
 *              |  (denied 4 times) idle, the message is given up | (4 times no answer, error) offline
 *   closed     -> nothing
 *
 * Timeout of up to 10 s and three repeats: GB/T 26875.3-2011, 6.5, as two public texts have it. The back-off is a random time between
 * nothing and min(60 s, 1 s * 2^attempt), at most 5 s while something urgent waits; it begins anew after a minute of connection.
 */
import type { Clock, Timer } from "../../../hal/clock";
import type { TCP, TCPConstructor } from "../../../hal/io";
import type { Log } from "../../../hal/log";
import type { Random } from "../../../hal/random";
import type { Gb26875Plan } from "../../plan";
import {
  type Codec,
  Command,
  type Frame,
  type FrameFault,
  type FrameReceiver,
  type FrameSink,
  type TimeTag,
  type Unit,
} from "./codec";
import { Outbound } from "./outbound";

export const SessionState = { offline: 0, connecting: 1, idle: 2, waiting: 3, closed: 4 } as const;
export type SessionState = (typeof SessionState)[keyof typeof SessionState];

export type Message = { readonly unit: Unit; readonly urgent: boolean };

/** What a session sends for, and what it hands on. */
export interface SessionOwner {
  /** Something urgent waits that is not on its way. */
  readonly urgentWaits: boolean;
  /** The next message; it stays the owner's until it is confirmed, refused or released. */
  next(): Message | undefined;
  confirmed(): void;
  refused(): void;
  /** It was not confirmed and shall go again. */
  released(): void;
  connected(): void;
  heartbeat(): Unit;
  /** Whether the control was carried out. */
  control(unit: Unit): boolean;
  /** What was asked for; `undefined` where there is no such thing. */
  request(unit: Unit): Unit;
  now(): TimeTag;
}

export type SessionOptions = {
  readonly codec: Codec;
  readonly TCP: TCPConstructor;
  readonly plan: Gb26875Plan;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly owner: SessionOwner;
};

export type SessionCounters = {
  connects: number;
  sent: number;
  repeated: number;
  denied: number;
  preempted: number;
  heartbeats: number;
  answered: number;
  /** Answers for which the socket had no room: the centre asks again. */
  answersDropped: number;
  /** Frames that were damaged or had a unit that is none. */
  malformed: number;
  /** Frames for somebody else, and answers to nothing. */
  strayed: number;
};

export const REPEATS = 3;
const CONNECT_TIMEOUT_US = 10_000_000;
/** A begun frame whose rest does not come, and a write that makes no way. */
const STALL_US = 10_000_000;
const BACKOFF_BASE_MS = 1_000;
const BACKOFF_CAP_MS = 60_000;
const BACKOFF_CAP_URGENT_MS = 5_000;
const BACKOFF_STEPS = 6;
const STABLE_US = 60_000_000;
/** The longest that a centre asks in the standard: 63 components. Longer ones are denied. */
const INBOUND_UNIT_BYTES = 384;
const READ_BYTES = 128;
const MAIN_VERSION = 1;

export class Session implements FrameSink {
  readonly counters: SessionCounters = {
    connects: 0,
    sent: 0,
    repeated: 0,
    denied: 0,
    preempted: 0,
    heartbeats: 0,
    answered: 0,
    answersDropped: 0,
    malformed: 0,
    strayed: 0,
  };
  private readonly options: SessionOptions;
  private readonly timer: Timer;
  private readonly receiver: FrameReceiver;
  private readonly inbound = new Uint8Array(READ_BYTES);
  private readonly outbound: Outbound;
  private socket: TCP | undefined;
  private writable = 0;
  private currentState: SessionState = SessionState.offline;
  private serial = 0;
  private current: Frame | undefined;
  private currentIsUrgent = false;
  private currentIsHeartbeat = false;
  private attempts = 0;
  private sentUs = 0;
  private receivedUs = 0;
  private connectedUs = 0;
  private retryUs = 0;
  private failures = 0;
  private reported = false;

  constructor(options: SessionOptions) {
    this.options = options;
    this.timer = options.clock.timer(this.timeout, this);
    this.outbound = new Outbound(options.codec, options.clock);
    this.receiver = options.codec.receiver(INBOUND_UNIT_BYTES, this);
  }

  get state(): SessionState {
    return this.currentState;
  }

  start(): void {
    if (this.currentState === SessionState.offline) this.connect();
  }

  close(): void {
    this.currentState = SessionState.closed;
    this.timer.disarm();
    this.dropSocket();
  }

  /** The owner may have a message. */
  wake(): void {
    if (this.currentState === SessionState.idle || this.currentState === SessionState.waiting) this.pump();
    else if (this.currentState === SessionState.offline && this.retryUs > 0 && this.options.owner.urgentWaits)
      this.hasten();
  }

  frame(bytes: Uint8Array, length: number): void {
    const { codec, plan } = this.options;
    let frame: Frame;
    try {
      frame = codec.decode(bytes, length);
    } catch {
      this.counters.malformed++;
      this.deny(codec.decodeHead(bytes));
      return;
    }
    if (!isFor(frame.destination, plan.source) || !isFor(frame.source, plan.destination)) this.counters.strayed++;
    else this.received(frame);
  }

  broken(_fault: FrameFault, bytes: Uint8Array, _length: number): void {
    this.counters.malformed++;
    this.deny(this.options.codec.decodeHead(bytes));
  }

  private received(frame: Frame): void {
    const { owner } = this.options;
    switch (frame.command) {
      case Command.confirm:
        this.settle(frame.serial, true);
        break;
      case Command.deny:
        this.settle(frame.serial, false);
        break;
      case Command.control:
        this.answer(frame, owner.control(frame.unit) ? Command.confirm : Command.deny, undefined);
        break;
      case Command.request: {
        const unit = owner.request(frame.unit);
        this.answer(frame, unit === undefined ? Command.deny : Command.response, unit);
        break;
      }
      case Command.data:
        // A centre has nothing to report: what is empty is its heartbeat.
        this.answer(frame, frame.unit === undefined ? Command.confirm : Command.deny, undefined);
        break;
      case Command.response:
        this.counters.strayed++;
        break;
      default:
        this.deny(frame);
    }
  }

  /** The centre's word about the message that is on its way. */
  private settle(serial: number, confirmed: boolean): void {
    if (this.currentState !== SessionState.waiting || this.current?.serial !== serial) {
      this.counters.strayed++;
      return;
    }
    if (!confirmed) {
      this.counters.denied++;
      if (this.attempts <= REPEATS) {
        this.repeat();
        return;
      }
    }
    const { owner, log } = this.options;
    const { host, port } = this.options.plan;
    const heartbeat = this.currentIsHeartbeat;
    this.current = undefined;
    this.currentState = SessionState.idle;
    if (!confirmed) log.warn(`centre: ${host}:${port} denied a message ${this.attempts} times; it is given up`);
    if (!heartbeat) confirmed ? owner.confirmed() : owner.refused();
    this.pump();
  }

  private connect(): void {
    const { TCP, clock } = this.options;
    const { host, port } = this.options.plan;
    this.currentState = SessionState.connecting;
    this.timer.arm(clock.nowUs() + CONNECT_TIMEOUT_US);
    this.receiver.reset();
    this.outbound.clear();
    this.writable = this.serial = 0;
    const session = this;
    try {
      this.socket = new TCP({
        address: host,
        port,
        noDelay: true,
        onWritable(bytes) {
          session.onWritable(bytes);
        },
        onReadable(bytes) {
          session.onReadable(bytes);
        },
        onError(error) {
          session.lose(error instanceof Error ? error.message : "the connection failed");
        },
      });
    } catch (error) {
      this.lose(error instanceof Error ? error.message : "no socket could be made");
    }
  }

  private onWritable(bytes: number): void {
    this.writable = bytes;
    if (this.currentState === SessionState.connecting) this.connected();
    this.pump();
  }

  private connected(): void {
    const { clock, log, owner } = this.options;
    const { host, port } = this.options.plan;
    const nowUs = clock.nowUs();
    this.currentState = SessionState.idle;
    this.connectedUs = this.sentUs = nowUs;
    this.counters.connects++;
    if (this.reported) log.info(`centre: ${host}:${port} answers again after ${this.failures} attempts`);
    this.reported = false;
    owner.connected();
  }

  private onReadable(available: number): void {
    const nowUs = this.options.clock.nowUs();
    if (this.receiver.pending > 0 && nowUs - this.receivedUs >= STALL_US) this.receiver.giveUp();
    this.receivedUs = nowUs;
    let left = available;
    while (left > 0 && this.socket !== undefined) {
      const count = this.socket.read(this.inbound);
      if (count === undefined || count === 0) return;
      left -= count;
      this.receiver.push(this.inbound, count);
    }
  }

  /** Writes what is begun, then sends the next message, as far as the socket takes it. */
  private pump(): void {
    this.flush();
    if (this.outbound.isEmpty) {
      if (this.currentState === SessionState.idle) this.sendNext();
      else if (this.currentState === SessionState.waiting && !this.currentIsUrgent && this.options.owner.urgentWaits) {
        // What was on its way goes again later: the centre may see it twice, and sees the fire now.
        if (!this.currentIsHeartbeat) this.options.owner.released();
        this.counters.preempted++;
        this.currentState = SessionState.idle;
        this.sendNext();
      }
    }
    this.arm();
  }

  private sendNext(): void {
    const message = this.options.owner.next();
    if (message === undefined) return;
    this.currentIsUrgent = message.urgent;
    this.currentIsHeartbeat = false;
    this.counters.sent++;
    this.send(message.unit);
  }

  private send(unit: Unit): void {
    this.current = this.head(this.serial, Command.data, unit);
    this.serial = (this.serial + 1) & 0xffff;
    this.attempts = 0;
    this.currentState = SessionState.waiting;
    this.write();
  }

  /** The same frame, from its serial number to its time label. */
  private repeat(): void {
    this.counters.repeated++;
    this.write();
    this.arm();
  }

  private write(): void {
    this.attempts++;
    this.sentUs = this.options.clock.nowUs();
    if (this.current !== undefined && this.outbound.append(this.current)) this.flush();
  }

  private head(serial: number, command: Command, unit: Unit): Frame {
    const { owner, plan } = this.options;
    const version = { main: MAIN_VERSION, user: plan.userVersion };
    return { serial, version, time: owner.now(), source: plan.source, destination: plan.destination, command, unit };
  }

  private answer(to: Frame, command: Command, unit: Unit): void {
    if (this.socket === undefined || !this.outbound.append(this.head(to.serial, command, unit))) {
      this.counters.answersDropped++;
      return;
    }
    this.counters.answered++;
    this.flush();
    this.arm();
  }

  /** Nobody answers an answer. */
  private deny(frame: Frame): void {
    const { command } = frame;
    if (command !== Command.confirm && command !== Command.deny && command !== Command.response)
      this.answer(frame, Command.deny, undefined);
  }

  private flush(): void {
    if (this.socket !== undefined) this.writable = this.outbound.writeTo(this.socket, this.writable);
  }

  private timeout(): void {
    const nowUs = this.options.clock.nowUs();
    switch (this.currentState) {
      case SessionState.offline:
        this.connect();
        break;
      case SessionState.connecting:
        this.lose("no connection within 10 s");
        break;
      case SessionState.idle:
        if (this.stalledUs() <= nowUs) this.lose("it takes nothing");
        else if (this.heartbeatUs() <= nowUs) this.sendHeartbeat();
        else this.arm();
        break;
      case SessionState.waiting:
        if (nowUs < this.answerUs()) this.arm();
        else if (this.attempts > REPEATS) this.lose(`no answer to a message that was sent ${this.attempts} times`);
        // What the socket has not taken yet cannot have been heard: it is waited for as one attempt more.
        else if (!this.outbound.isEmpty) this.waitAgain(nowUs);
        else this.repeat();
        break;
    }
  }

  private waitAgain(nowUs: number): void {
    this.attempts++;
    this.sentUs = nowUs;
    this.arm();
  }

  private sendHeartbeat(): void {
    const unit = this.options.owner.heartbeat();
    this.counters.heartbeats++;
    if (this.options.plan.heartbeat?.confirmed === true) {
      this.currentIsHeartbeat = true;
      this.currentIsUrgent = false;
      this.send(unit);
    } else {
      this.sentUs = this.options.clock.nowUs();
      if (this.outbound.append(this.head(this.serial, Command.data, unit))) this.serial = (this.serial + 1) & 0xffff;
      this.flush();
    }
    this.arm();
  }

  private heartbeatUs(): number {
    const { heartbeat } = this.options.plan;
    return heartbeat === undefined ? Number.POSITIVE_INFINITY : this.sentUs + heartbeat.everyMs * 1000;
  }

  private answerUs(): number {
    return this.sentUs + this.options.plan.timeoutMs * 1000;
  }

  private stalledUs(): number {
    return this.outbound.isEmpty ? Number.POSITIVE_INFINITY : this.outbound.movedUs + STALL_US;
  }

  private arm(): void {
    const state = this.currentState;
    if (state === SessionState.waiting) this.timer.arm(this.answerUs());
    else if (state === SessionState.idle) {
      const dueUs = Math.min(this.heartbeatUs(), this.stalledUs());
      if (dueUs < Number.POSITIVE_INFINITY) this.timer.arm(dueUs);
      else this.timer.disarm();
    }
  }

  /** Every way in which a connection or an attempt ends. The loss is reported once, not at each attempt. */
  private lose(reason: string): void {
    const state = this.currentState;
    if (state === SessionState.closed || state === SessionState.offline) return;
    const { clock, log, owner } = this.options;
    const { host, port } = this.options.plan;
    const nowUs = clock.nowUs();
    if (state === SessionState.waiting && !this.currentIsHeartbeat) owner.released();
    if (state !== SessionState.connecting && nowUs - this.connectedUs >= STABLE_US) this.failures = 0;
    this.current = undefined;
    this.currentState = SessionState.offline;
    this.dropSocket();
    if (!this.reported) log.warn(`centre: ${host}:${port}: ${reason}; trying again with back-off`);
    this.reported = true;
    const capMs = owner.urgentWaits ? BACKOFF_CAP_URGENT_MS : BACKOFF_CAP_MS;
    const ceilingMs = Math.min(capMs, BACKOFF_BASE_MS * (1 << Math.min(this.failures, BACKOFF_STEPS)));
    this.failures++;
    this.retryUs = nowUs + this.randomUs(ceilingMs);
    this.timer.arm(this.retryUs);
  }

  /** Something urgent came up in a long back-off. */
  private hasten(): void {
    const nowUs = this.options.clock.nowUs();
    if (this.retryUs - nowUs <= BACKOFF_CAP_URGENT_MS * 1000) return;
    this.retryUs = nowUs + this.randomUs(BACKOFF_CAP_URGENT_MS);
    this.timer.arm(this.retryUs);
  }

  private randomUs(ceilingMs: number): number {
    return Math.floor((this.options.random.uint32() / 4_294_967_296) * ceilingMs * 1000);
  }

  private dropSocket(): void {
    const { socket } = this;
    this.socket = undefined;
    this.writable = 0;
    // A frame that is being handed on is the last of this connection.
    this.receiver.reset();
    socket?.close();
  }
}

/** Some centres leave addresses at zero: that is for everybody. */
function isFor(address: Uint8Array, mine: Uint8Array): boolean {
  let zero = true;
  let same = true;
  for (let i = 0; i < mine.length; i++) {
    if (address[i] !== 0) zero = false;
    if (address[i] !== mine[i]) same = false;
  }
  return zero || same;
}
