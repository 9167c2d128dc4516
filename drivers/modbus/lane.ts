/**
 * One lane a bus: requests of all its users wait here, and one at a time is on its way, because serial gateways and panels
 * queue badly and RTU has no transaction numbers.
 *
 *   idle -> toSend -> waiting -> (answer) idle
 *             ^          \-> (time out) guarding -> toSend again, or given up -> idle
 *
 * - The queue is bounded; a full one refuses, and counts it. Urgent requests go first.
 * - After a time-out the lane stays silent for a guard time and throws away what arrives, so that a late answer is never
 *   taken for the next request's. A retry is the same request, for which even a late answer is right.
 * - A unit that stays silent is asked less and less often, so that it does not take the others' time.
 */
import type { Clock, Timer } from "../../hal/clock";
import { Priority, ReadOutcome, type ReadRequest } from "./read-request";
import { RequestRing } from "./request-ring";
import { type LaneTransport, UNREACHABLE } from "./transport";
import { UnitHealth } from "./unit-health";

export type ModbusCounters = {
  /** Requests that were accepted. */
  requests: number;
  answers: number;
  exceptions: number;
  /** Time-outs of single tries. */
  timeouts: number;
  retries: number;
  /** Requests that were given up after their last try. */
  failures: number;
  /** Requests that a full queue refused. */
  refused: number;
  /** Requests that were given up without a try, because their unit is silent and not due for a probe. */
  skipped: number;
  /** Most requests that ever waited. */
  peakQueue: number;
};

export interface ModbusLane {
  readonly counters: Readonly<ModbusCounters>;
  /**
   * Queues a request; its `onDone` is called when its outcome is known, perhaps before `submit` returns.
   * @returns false when the queue is full, the request is queued already, or the lane is closed: `onDone` is not called
   */
  submit(request: ReadRequest): boolean;
  close(): void;
}

export type LaneOptions = {
  readonly clock: Clock;
  /** How long a unit may take for its answer, from the end of the request. Default 1 s. */
  readonly responseTimeoutMs?: number;
  /** Tries after the first. Default 2. */
  readonly retries?: number;
  /** Requests that may wait. Default 32. */
  readonly capacity?: number;
};

const DEFAULT_RESPONSE_TIMEOUT_MS = 1000;
const DEFAULT_RETRIES = 2;
const DEFAULT_CAPACITY = 32;
/**
 * Where answers carry no number, one that comes this many response time-outs after its request is still told apart: so long
 * no other request goes to that unit after a time-out. Later ones cannot be.
 */
const LATE_TIMEOUTS = 3;
/** A line that is never quiet, or a socket that never takes a frame, is given up after this time. */
const SEND_TIMEOUT_US = 10_000_000;
/** Pause after a queue full of requests that failed without a try: their owners may submit them again at once. */
const FRUITLESS_PAUSE_US = 100_000;
/** Share of the longest answer time that is forgotten with each answer. */
const FORGET = 1 / 64;

const State = { idle: 0, toSend: 1, waiting: 2, guarding: 3, closed: 4 } as const;
type State = (typeof State)[keyof typeof State];

export class Lane implements ModbusLane {
  readonly counters: ModbusCounters = {
    requests: 0,
    answers: 0,
    exceptions: 0,
    timeouts: 0,
    retries: 0,
    failures: 0,
    refused: 0,
    skipped: 0,
    peakQueue: 0,
  };
  readonly #clock: Clock;
  readonly #transport: LaneTransport;
  readonly #timer: Timer;
  readonly #responseTimeoutUs: number;
  readonly #retries: number;
  readonly #capacity: number;
  /** One ring for each priority. */
  readonly #waiting: readonly RequestRing[];
  readonly #health = new UnitHealth();
  #state: State = State.idle;
  #current: ReadRequest | undefined;
  #triesLeft = 0;
  /** When the current request must be on the wire. */
  #sendByUs = 0;
  #sentUs = 0;
  /** The longest answer time seen, slowly forgotten. */
  #slowestUs = 0;
  #advancing = false;

  constructor(transport: LaneTransport, options: LaneOptions) {
    this.#transport = transport;
    this.#clock = options.clock;
    this.#timer = options.clock.timer(() => this.#due());
    this.#responseTimeoutUs = (options.responseTimeoutMs ?? DEFAULT_RESPONSE_TIMEOUT_MS) * 1000;
    this.#retries = options.retries ?? DEFAULT_RETRIES;
    this.#capacity = options.capacity ?? DEFAULT_CAPACITY;
    this.#waiting = [new RequestRing(this.#capacity), new RequestRing(this.#capacity)];
  }

  /** The request that an answer could belong to. */
  get awaited(): ReadRequest | undefined {
    return this.#state === State.waiting ? this.#current : undefined;
  }

  // hot path
  submit(request: ReadRequest): boolean {
    if (this.#state === State.closed || request.outcome === ReadOutcome.pending) return false;
    const length = this.#waiting[0].length + this.#waiting[1].length;
    if (length >= this.#capacity) {
      this.counters.refused++;
      return false;
    }
    if (length + 1 > this.counters.peakQueue) this.counters.peakQueue = length + 1;
    request.outcome = ReadOutcome.pending;
    this.counters.requests++;
    this.#waiting[request.priority].push(request);
    if (this.#state === State.idle) this.#advance();
    return true;
  }

  // hot path
  /** An answer to `awaited` was taken: its outcome is set. */
  answered(): void {
    const request = this.#current!;
    const tookUs = this.#clock.nowUs() - this.#sentUs;
    this.#slowestUs = Math.max(tookUs, this.#slowestUs - this.#slowestUs * FORGET);
    this.#health.answered(request.unit);
    if (request.outcome === ReadOutcome.exception) this.counters.exceptions++;
    else this.counters.answers++;
    this.#complete();
    this.#advance();
  }

  /** The transport can send now, or has broken: what waits is looked at again. */
  changed(broken: boolean): void {
    if (this.#state === State.waiting && broken) this.#tryFailed();
    else if (this.#state === State.toSend) this.#advance();
  }

  close(): void {
    if (this.#state === State.closed) return;
    this.#state = State.closed;
    this.#timer.disarm();
    this.#transport.close();
    const left = this.#current;
    this.#current = undefined;
    if (left !== undefined) this.#end(left, ReadOutcome.closed);
    for (const ring of this.#waiting)
      for (let request = ring.shift(); request !== undefined; request = ring.shift())
        this.#end(request, ReadOutcome.closed);
  }

  #due(): void {
    if (this.#state === State.waiting) {
      this.counters.timeouts++;
      this.#expectLate(this.#current!);
      this.#transport.timedOut();
      this.#tryFailed();
    } else if (this.#state === State.guarding) this.#guardOver();
    else if (this.#state === State.toSend) this.#advance();
  }

  // hot path
  /** From now on a late answer to `request` may come. */
  #expectLate(request: ReadRequest): void {
    this.#health.expectLate(request, this.#sentUs + LATE_TIMEOUTS * this.#responseTimeoutUs);
  }

  #tryFailed(): void {
    this.#state = State.guarding;
    const { guardUs } = this.#transport;
    this.#timer.arm(this.#clock.nowUs() + (guardUs === 0 ? 0 : Math.max(guardUs, this.#slowestUs)));
  }

  #guardOver(): void {
    if (this.#triesLeft > 0) {
      this.#triesLeft--;
      this.counters.retries++;
      this.#state = State.toSend;
      this.#sendByUs = this.#clock.nowUs() + SEND_TIMEOUT_US;
    } else this.#giveUp(this.#current!);
    this.#advance();
  }

  #giveUp(request: ReadRequest): void {
    this.#health.gaveUp(request.unit, this.#clock.nowUs());
    this.counters.failures++;
    request.outcome = ReadOutcome.timeout;
    this.#complete();
  }

  // hot path
  /** Sends the current request or the next one that can be sent. Not entered twice: `onDone` may submit. */
  #advance(): void {
    if (this.#advancing || this.#state === State.closed) return;
    // An owner that submits from `onDone` has set the next one going already.
    if (this.#state === State.waiting || this.#state === State.guarding) return;
    this.#advancing = true;
    let fruitless = 0;
    while ((this.#current !== undefined || this.#takeNext()) && !this.#trySend(this.#current!)) {
      fruitless++;
      if (fruitless > this.#capacity) break;
    }
    if (this.#current === undefined && !this.#isClosed()) this.#rest();
    this.#advancing = false;
  }

  // hot path
  #rest(): void {
    this.#state = State.idle;
    if (this.#waiting[0].length + this.#waiting[1].length === 0) return;
    this.#state = State.toSend;
    this.#timer.arm(this.#clock.nowUs() + FRUITLESS_PAUSE_US);
  }

  // hot path
  #takeNext(): boolean {
    this.#current = this.#waiting[Priority.urgent].shift() ?? this.#waiting[Priority.ordinary].shift();
    if (this.#current === undefined) return false;
    // A unit that was silent is probed with one try.
    this.#triesLeft = this.#health.isSilent(this.#current.unit) ? 0 : this.#retries;
    this.#sendByUs = this.#clock.nowUs() + SEND_TIMEOUT_US;
    return true;
  }

  // hot path
  /** False: this request is over without a frame, the next one may go. */
  #trySend(request: ReadRequest): boolean {
    const nowUs = this.#clock.nowUs();
    if (this.#health.isPaused(request.unit, nowUs)) {
      this.counters.skipped++;
      request.outcome = ReadOutcome.timeout;
      this.#complete();
      return false;
    }
    const atUs = this.#sendableAtUs(request, nowUs);
    if (atUs === UNREACHABLE || (atUs > nowUs && nowUs >= this.#sendByUs)) {
      this.counters.failures++;
      request.outcome = ReadOutcome.unreachable;
      this.#complete();
      return false;
    }
    if (atUs > nowUs) {
      this.#state = State.toSend;
      this.#timer.arm(Math.min(atUs, Math.max(nowUs, this.#sendByUs)));
    } else this.#send(request, nowUs);
    return true;
  }

  // hot path
  #sendableAtUs(request: ReadRequest, nowUs: number): number {
    const atUs = this.#transport.readyAtUs(nowUs);
    if (atUs === UNREACHABLE || this.#transport.guardUs === 0) return atUs;
    return Math.max(atUs, this.#health.clearUs(request));
  }

  // hot path
  #send(request: ReadRequest, nowUs: number): void {
    this.#transport.discard();
    this.#state = State.waiting;
    let wireUs = 0;
    try {
      wireUs = this.#transport.send(request);
    } catch {
      // The line broke under the frame: the time-out that follows treats it like a lost one.
    }
    this.#sentUs = nowUs + wireUs;
    // The answer to the try before may satisfy this one; then this one's own is late.
    if (this.#health.isLate(request)) this.#expectLate(request);
    this.#timer.arm(this.#sentUs + this.#responseTimeoutUs);
  }

  // hot path
  #complete(): void {
    const request = this.#current!;
    this.#current = undefined;
    this.#timer.disarm();
    this.#state = State.idle;
    this.#end(request, request.outcome);
  }

  // hot path
  #end(request: ReadRequest, outcome: ReadOutcome): void {
    request.outcome = outcome;
    request.completedUs = this.#clock.nowUs();
    if (request.onDone !== undefined) request.onDone();
  }

  #isClosed(): boolean {
    return this.#state === State.closed;
  }
}
