/**
 * Whose turn it is: the queue of a lane, what it knows of its units, and the rules between them. It knows no wire and no timer.
 *
 * Order: command, alarm, fast, slow, probe; every eighth turn goes to a fast or slow request that was passed over. Requests to
 * silent units wait as probes, for a pause, and take at most a tenth of the time together.
 */
import type { ModbusCounters } from "./lane";
import { type ModbusRequest, Outcome, PRIORITIES, Priority } from "./request";
import { RequestQueue } from "./request-queue";
import { UnitStates } from "./unit-state";

/** Share of the time that silent units may take. */
const PROBE_SHARE = 0.1;
/** Turns that a class waits before it has one, whatever more urgent ones want: every eighth is its. */
const PATIENCE_TURNS = 7;
/** Probes cost others most, so they wait for a pause, and longer for one on a line that has none. */
const PROBE_PATIENCE_TURNS = 63;
export const NEVER_US = Number.POSITIVE_INFINITY;

export type ScheduleOptions = {
  readonly capacity: number;
  readonly retries: number;
  readonly responseTimeoutUs: number;
  readonly probeBaseUs: number;
  readonly probeCapUs: number;
  /** Answers carry no number: a request waits while a late answer could be taken for its own. */
  readonly guards: boolean;
  readonly nowUs: number;
};

export class Schedule {
  readonly counters: ModbusCounters = {
    requests: 0,
    answers: 0,
    exceptions: 0,
    timeouts: 0,
    garbled: 0,
    retries: 0,
    failures: 0,
    refused: 0,
    probes: 0,
    skipped: 0,
    peakQueue: 0,
  };
  /** When the first of the requests that were held back at the last `pick` may go. */
  wakeUs = NEVER_US;
  readonly #queue = new RequestQueue();
  readonly #units: UnitStates;
  readonly #capacity: number;
  readonly #retries: number;
  readonly #guards: boolean;
  readonly #mostCreditUs: number;
  /** Turns that each class has been passed over while it waited. */
  readonly #passed = new Uint8Array(PRIORITIES);
  /** Time that silent units may still take, and as of when. */
  #creditUs: number;
  #creditAtUs: number;

  constructor(options: ScheduleOptions) {
    this.#units = new UnitStates(options.probeBaseUs, options.probeCapUs);
    this.#capacity = options.capacity;
    this.#retries = options.retries;
    this.#guards = options.guards;
    this.#mostCreditUs = options.responseTimeoutUs;
    this.#creditUs = options.responseTimeoutUs;
    this.#creditAtUs = options.nowUs;
  }

  // hot path
  get length(): number {
    return this.#queue.length;
  }

  // hot path
  /** @returns false when it waits already, or there is no room */
  accept(request: ModbusRequest): boolean {
    if (request.outcome === Outcome.pending) return false;
    const { length } = this.#queue;
    if (length >= this.#capacity) {
      this.counters.refused++;
      return false;
    }
    if (length + 1 > this.counters.peakQueue) this.counters.peakQueue = length + 1;
    if (request.state === undefined || request.state.owner !== this.#units) this.#units.recall(request);
    request.outcome = Outcome.pending;
    request.triesLeft = request.retries < 0 ? this.#retries : request.retries;
    this.counters.requests++;
    this.#queue.push(request.priority, request);
    return true;
  }

  /** Its next try waits behind those of its class: the others do not pay for it. False: that was the last, and it is given up. */
  retry(request: ModbusRequest, nowUs: number): boolean {
    if (request.triesLeft > 0) {
      request.triesLeft--;
      this.counters.retries++;
      this.#queue.push(request.priority, request);
      return true;
    }
    request.state!.gaveUp(nowUs);
    this.counters.failures++;
    request.outcome = Outcome.timeout;
    return false;
  }

  /** The most urgent of all, whoever it is for. */
  shift(): ModbusRequest | undefined {
    return this.#queue.shift();
  }

  // hot path
  /** A silent unit has taken that much time. */
  spend(us: number): void {
    this.#creditUs -= us;
  }

  // hot path
  /** The request whose turn it is, taken out of the queue; one with an outcome already is over without a try. */
  pick(nowUs: number): ModbusRequest | undefined {
    this.wakeUs = NEVER_US;
    for (let priority: number = Priority.probe; priority > Priority.alarm; priority--)
      if (this.#passed[priority] >= (priority === Priority.probe ? PROBE_PATIENCE_TURNS : PATIENCE_TURNS)) {
        const request = this.take(priority as Priority, nowUs);
        if (request !== undefined) return request;
      }
    for (let priority: number = Priority.command; priority <= Priority.probe; priority++) {
      const request = this.take(priority as Priority, nowUs);
      if (request !== undefined) return request;
    }
    return undefined;
  }

  // hot path
  /** The first of a class that may go now. */
  private take(priority: Priority, nowUs: number): ModbusRequest | undefined {
    let before: ModbusRequest | undefined;
    let request = this.#queue.first(priority);
    while (request !== undefined) {
      const following = request.next;
      const state = request.state!;
      const clearUs = this.#guards ? state.clearUs(request) : 0;
      if (clearUs > nowUs) {
        if (clearUs < this.wakeUs) this.wakeUs = clearUs;
        before = request;
      } else {
        this.#queue.remove(priority, request, before);
        if (priority === Priority.command || !state.isSilent) return this.served(priority, request);
        if (priority === Priority.probe) return this.probe(request, nowUs);
        if (state.isPaused(nowUs)) return this.skipped(request);
        this.#queue.push(Priority.probe, request);
      }
      request = following;
    }
    return undefined;
  }

  // hot path
  private served(priority: Priority, request: ModbusRequest): ModbusRequest {
    this.#passed[priority] = 0;
    for (let other = priority + 1; other < PRIORITIES; other++)
      if (this.#queue.first(other as Priority) === undefined) this.#passed[other] = 0;
      else if (this.#passed[other] < PROBE_PATIENCE_TURNS) this.#passed[other]++;
    return request;
  }

  private probe(request: ModbusRequest, nowUs: number): ModbusRequest {
    this.#passed[Priority.probe] = 0;
    this.#creditUs += (nowUs - this.#creditAtUs) * PROBE_SHARE;
    if (this.#creditUs > this.#mostCreditUs) this.#creditUs = this.#mostCreditUs;
    this.#creditAtUs = nowUs;
    if (this.#creditUs <= 0 || request.state!.isPaused(nowUs)) return this.skipped(request);
    request.triesLeft = 0;
    this.counters.probes++;
    return request;
  }

  // hot path
  private skipped(request: ModbusRequest): ModbusRequest {
    this.counters.skipped++;
    request.outcome = Outcome.timeout;
    return request;
  }
}
