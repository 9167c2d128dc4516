/**
 * One lane a bus: requests of all its users wait here, and one at a time is on its way, because serial gateways and panels
 * queue badly and RTU has no transaction numbers.
 *
 *   idle -> toSend -> waiting -> (answer) idle
 *             ^          \-> (time out, garbled) guarding -> its next try waits in the queue, or it is given up
 *
 * - The queue is bounded; a full one refuses, and counts it. Order: command, alarm, fast, slow, probe.
 * - After a time-out the lane stays silent for a guard time and throws away what arrives, so that a late answer is never
 *   taken for the next request's. A retry is the same request, for which even a late answer is right; other requests to that
 *   unit are held back for a while, those to other units are not.
 * - A unit that stays silent is asked less and less often, with a shorter patience, when nobody else waits, and never for more
 *   than a tenth of the time, so that it does not take the others' time.
 */
import type { Clock, Timer } from "../../hal/clock";
import { BROADCAST, FunctionCode, ModbusException } from "./pdu";
import { type ModbusRequest, Outcome } from "./request";
import { Schedule, type ScheduleOptions } from "./schedule";
import { type LaneTransport, UNREACHABLE } from "./transport";

export type ModbusCounters = {
  /** Requests that were accepted. */
  requests: number;
  answers: number;
  exceptions: number;
  /** Time-outs of single tries. */
  timeouts: number;
  /** Tries whose answer came broken. */
  garbled: number;
  retries: number;
  /** Requests that were given up after their last try. */
  failures: number;
  /** Requests that a full queue refused. */
  refused: number;
  /** Tries at units that had been silent. */
  probes: number;
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
  submit(request: ModbusRequest): boolean;
  close(): void;
}

export type LaneOptions = {
  readonly clock: Clock;
  /** How long a unit may take for its answer, from the end of the request. Default 1 s. */
  readonly responseTimeoutMs?: number;
  /** Tries after the first, of requests that do not say. Default 2. */
  readonly retries?: number;
  /** Requests that may wait. Default 32. */
  readonly capacity?: number;
  /** First and longest pause before a silent unit is asked again; it doubles. Default 1 s and 10 s. */
  readonly probeBaseMs?: number;
  readonly probeCapMs?: number;
  /** How long all units of a serial line may take over a broadcast. Default 100 ms. */
  readonly broadcastMs?: number;
};

const DEFAULT_RESPONSE_TIMEOUT_MS = 1000;
const DEFAULT_RETRIES = 2;
const DEFAULT_CAPACITY = 32;
const DEFAULT_PROBE_BASE_MS = 1_000;
const DEFAULT_PROBE_CAP_MS = 10_000;
/** 100 to 200 ms are typical (MODBUS over Serial Line V1.02, section 2.4.1). */
const DEFAULT_BROADCAST_MS = 100;
/**
 * Where answers carry no number, one that comes this many response time-outs after its request is still told apart: so long
 * no other request goes to that unit after a time-out. Later ones cannot be.
 */
const LATE_TIMEOUTS = 3;
/** How long an answer may go on, in time-outs: 250 bytes at 1200 baud take 2.3 s. */
const ANSWER_TIMEOUTS = 2;
/** A line that is never quiet, or a socket that never takes a frame, is given up after this time. */
const SEND_TIMEOUT_US = 10_000_000;
/** Pause after a queue full of requests that failed without a try: their owners may submit them again at once. */
const FRUITLESS_PAUSE_US = 100_000;
const State = { idle: 0, toSend: 1, waiting: 2, guarding: 3, closed: 4 } as const;
type State = (typeof State)[keyof typeof State];

export class Lane implements ModbusLane {
  readonly #clock: Clock;
  readonly #transport: LaneTransport;
  readonly #timer: Timer;
  readonly #responseTimeoutUs: number;
  readonly #capacity: number;
  readonly #broadcastUs: number;
  readonly #schedule: Schedule;
  #state: State = State.idle;
  #current: ModbusRequest | undefined;
  #startedUs = 0;
  #sentUs = 0;
  #deadlineUs = 0;
  #probing = false;
  /** A broken or unfinished answer is there. */
  #spoiled = false;
  /** Since when the line takes no frame; 0: it does. */
  #stuckSinceUs = 0;
  #advancing = false;

  constructor(transport: LaneTransport, options: LaneOptions) {
    this.#transport = transport;
    this.#clock = options.clock;
    this.#timer = options.clock.timer(this.due, this);
    this.#responseTimeoutUs = (options.responseTimeoutMs ?? DEFAULT_RESPONSE_TIMEOUT_MS) * 1000;
    this.#capacity = options.capacity ?? DEFAULT_CAPACITY;
    this.#broadcastUs = (options.broadcastMs ?? DEFAULT_BROADCAST_MS) * 1000;
    this.#schedule = new Schedule(scheduleOptions(options, transport.guardUs > 0));
  }

  get counters(): ModbusCounters {
    return this.#schedule.counters;
  }

  /** The request that an answer could belong to. */
  get awaited(): ModbusRequest | undefined {
    return this.#state === State.waiting ? this.#current : undefined;
  }

  // hot path
  submit(request: ModbusRequest): boolean {
    if (this.#state === State.closed || !this.#schedule.accept(request)) return false;
    if (this.#state === State.idle || this.#state === State.toSend) this.advance();
    return true;
  }

  // hot path
  /** An answer to `awaited` was taken: its outcome is set. */
  answered(): void {
    const request = this.#current!;
    const nowUs = this.#clock.nowUs();
    this.tryEnded(nowUs);
    if (request.outcome === Outcome.exception) judgeException(request, nowUs, nowUs - this.#sentUs, this.counters);
    else {
      this.counters.answers++;
      request.state!.answered(nowUs - this.#sentUs);
    }
    this.complete(request);
    this.advance();
  }

  /** The transport can send now, or has broken: what waits is looked at again. */
  changed(broken: boolean): void {
    if (this.#state === State.waiting && broken) this.tryFailed(0);
    else if (this.#state === State.toSend) this.advance();
  }

  // hot path
  /**
   * What came looks like the awaited answer and is broken, or not whole: should nothing else come until then, it is over. One
   * that has begun may take longer than the time-out, which is for its beginning, but not for ever.
   */
  spoiled(untilUs: number): void {
    if (this.#state !== State.waiting) return;
    const latestUs = this.#deadlineUs + ANSWER_TIMEOUTS * this.#responseTimeoutUs;
    this.#spoiled = true;
    this.#timer.arm(untilUs < latestUs ? untilUs : latestUs);
  }

  close(): void {
    if (this.#state === State.closed) return;
    this.#state = State.closed;
    this.#timer.disarm();
    this.#transport.close();
    const left = this.#current;
    this.#current = undefined;
    if (left !== undefined) this.end(left, Outcome.closed);
    for (let request = this.#schedule.shift(); request !== undefined; request = this.#schedule.shift())
      this.end(request, Outcome.closed);
  }

  private due(): void {
    if (this.#state === State.waiting) this.timedOut(this.#current!);
    else if (this.#state === State.guarding) this.guardOver(this.#current!);
    else if (this.#state === State.toSend) this.advance();
  }

  private timedOut(request: ModbusRequest): void {
    if (this.isBroadcast(request)) {
      this.counters.answers++;
      request.outcome = Outcome.done;
      this.complete(request);
      this.advance();
    } else if (this.#spoiled) {
      // Its answer is here, if in pieces: none can come late, and the line has been silent for a while already.
      this.counters.garbled++;
      this.tryFailed(0);
    } else {
      this.counters.timeouts++;
      this.expectLate(request);
      const { guardUs } = this.#transport;
      this.#transport.timedOut();
      if (this.#state === State.waiting)
        this.tryFailed(guardUs === 0 ? 0 : Math.max(guardUs, request.state!.slowestUs));
    }
  }

  // hot path
  /** A broadcast is answered by nobody. */
  private isBroadcast({ unit, functionCode }: ModbusRequest): boolean {
    if (unit !== BROADCAST || this.#transport.guardUs === 0) return false;
    return functionCode >= FunctionCode.writeCoil && functionCode <= FunctionCode.maskWriteRegister;
  }

  // hot path
  /** From now on a late answer to `request` may come. */
  private expectLate(request: ModbusRequest): void {
    request.state!.expectLate(request, this.#sentUs + LATE_TIMEOUTS * this.#responseTimeoutUs);
  }

  private tryFailed(guardUs: number): void {
    const nowUs = this.#clock.nowUs();
    this.tryEnded(nowUs);
    this.#state = State.guarding;
    this.#timer.arm(nowUs + guardUs);
  }

  private guardOver(request: ModbusRequest): void {
    if (this.#schedule.retry(request, this.#clock.nowUs())) {
      this.#current = undefined;
      this.#state = State.idle;
    } else this.complete(request);
    this.advance();
  }

  // hot path
  /** Sends the next request that can be sent. Not entered twice: `onDone` may submit. */
  private advance(): void {
    if (this.#advancing) return;
    this.#advancing = true;
    let fruitless = 0;
    while (this.#state <= State.toSend && this.step()) {
      fruitless++;
      if (fruitless <= this.#capacity) continue;
      if (this.#state <= State.toSend) this.rest(this.#clock.nowUs() + FRUITLESS_PAUSE_US);
      break;
    }
    this.#advancing = false;
  }

  // hot path
  /** True: a request was over without a frame, the next one may go. */
  private step(): boolean {
    if (this.#schedule.length === 0) {
      this.#state = State.idle;
      this.#timer.disarm();
      return false;
    }
    const nowUs = this.#clock.nowUs();
    const atUs = this.#transport.readyAtUs(nowUs);
    if (atUs === UNREACHABLE || (atUs > nowUs && this.isStuck(nowUs))) return this.fail();
    if (atUs > nowUs) return this.rest(Math.min(atUs, this.#stuckSinceUs + SEND_TIMEOUT_US));
    this.#stuckSinceUs = 0;
    const request = this.#schedule.pick(nowUs);
    if (request === undefined) return this.rest(this.#schedule.wakeUs);
    if (request.outcome === Outcome.pending) {
      this.send(request, nowUs);
      return false;
    }
    this.complete(request);
    return true;
  }

  // hot path
  private rest(untilUs: number): false {
    this.#state = State.toSend;
    this.#timer.arm(untilUs);
    return false;
  }

  // hot path
  private isStuck(nowUs: number): boolean {
    if (this.#stuckSinceUs === 0) this.#stuckSinceUs = nowUs;
    return nowUs - this.#stuckSinceUs >= SEND_TIMEOUT_US;
  }

  /** There is no way to anybody: the most urgent request learns it. */
  private fail(): true {
    const request = this.#schedule.shift()!;
    this.counters.failures++;
    request.outcome = Outcome.unreachable;
    this.complete(request);
    return true;
  }

  // hot path
  private send(request: ModbusRequest, nowUs: number): void {
    const state = request.state!;
    this.#transport.discard();
    this.#current = request;
    this.#state = State.waiting;
    this.#spoiled = false;
    this.#startedUs = nowUs;
    let wireUs = 0;
    try {
      wireUs = this.#transport.send(request);
    } catch {
      // The line broke under the frame: the time-out that follows treats it like a lost one.
    }
    this.#sentUs = nowUs + wireUs;
    this.#probing = state.isSilent;
    // The answer to the try before may satisfy this one; then this one's own is late.
    if (state.isLate(request)) this.expectLate(request);
    let patienceUs = this.#responseTimeoutUs;
    if (this.isBroadcast(request)) patienceUs = this.#broadcastUs;
    // Behind a gateway on a socket the gateway's own patience is what counts: asking others meanwhile gains nothing.
    else if (this.#probing && this.#transport.guardUs > 0) patienceUs = state.probeTimeoutUs(patienceUs, wireUs);
    this.#deadlineUs = this.#sentUs + patienceUs;
    this.#timer.arm(this.#deadlineUs);
  }

  // hot path
  private tryEnded(nowUs: number): void {
    if (this.#probing) this.#schedule.spend(nowUs - this.#startedUs);
    this.#probing = false;
  }

  // hot path
  private complete(request: ModbusRequest): void {
    this.#current = undefined;
    this.#timer.disarm();
    this.#state = State.idle;
    this.end(request, request.outcome);
  }

  // hot path
  private end(request: ModbusRequest, outcome: Outcome): void {
    request.outcome = outcome;
    request.completedUs = this.#clock.nowUs();
    request.onDone();
  }
}

/** An exception is an answer, unless a gateway gives it because the unit did not answer. */
export function judgeException(request: ModbusRequest, nowUs: number, tookUs: number, counters: ModbusCounters): void {
  counters.exceptions++;
  const code = request.exceptionCode;
  if (code === ModbusException.gatewayTargetSilent || code === ModbusException.gatewayPathUnavailable) {
    request.outcome = Outcome.timeout;
    request.state!.gaveUp(nowUs);
  } else request.state!.answered(tookUs);
}

/** What the scheduling of a lane follows from. */
export function scheduleOptions(options: LaneOptions, guards: boolean): ScheduleOptions {
  return {
    capacity: options.capacity ?? DEFAULT_CAPACITY,
    retries: options.retries ?? DEFAULT_RETRIES,
    responseTimeoutUs: (options.responseTimeoutMs ?? DEFAULT_RESPONSE_TIMEOUT_MS) * 1000,
    probeBaseUs: (options.probeBaseMs ?? DEFAULT_PROBE_BASE_MS) * 1000,
    probeCapUs: (options.probeCapMs ?? DEFAULT_PROBE_CAP_MS) * 1000,
    guards,
    nowUs: options.clock.nowUs(),
  };
}
