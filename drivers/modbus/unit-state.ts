/** What a lane remembers of each unit: how long it has been silent, and whether an answer of it may still be under way. */
import type { ModbusRequest } from "./request";

/** Given-up requests in a row after which a unit counts as silent. */
const SILENT_AFTER = 2;
/** Share of the longest answer time that is forgotten with each answer. */
const FORGET = 1 / 64;
/** A silent unit's pause doubles at most so often. */
const MOST_DOUBLINGS = 16;
/**
 * A probe waits for twice the unit's longest answer, so that dead units cost little. The 4th, 16th, 64th ... wait as long as any
 * request, for a unit that comes back slower than it was: it is found in four times the time that it was away.
 */
const PROBE_FACTOR = 2;
/** Of a unit that has never answered; and so many times as long as the request takes on the wire, for slow lines. */
const LEAST_PROBE_US = 100_000;
const LEAST_PROBE_FRAMES = 8;

export class UnitState {
  readonly unit: number;
  /** Of another unit. */
  readonly next: UnitState | undefined;
  /** Whose it is. */
  readonly owner: UnitStates;
  /** Given-up requests in a row. */
  #silence = 0;
  /** Of this silence. */
  #probes = 0;
  /** When a silent unit may be asked again. */
  #probeUs = 0;
  /** The longest answer time seen, slowly forgotten. */
  #slowestUs = 0;
  /** The request whose answer may still come after a time-out, and until when. */
  #late: ModbusRequest | undefined;
  #lateUntilUs = 0;

  constructor(unit: number, next: UnitState | undefined, owner: UnitStates) {
    this.unit = unit;
    this.next = next;
    this.owner = owner;
  }

  // hot path
  get isSilent(): boolean {
    return this.#silence >= SILENT_AFTER;
  }

  // hot path
  /** Silent, and not due for a probe yet. */
  isPaused(nowUs: number): boolean {
    return this.#silence >= SILENT_AFTER && nowUs < this.#probeUs;
  }

  // hot path
  answered(tookUs: number): void {
    this.#silence = 0;
    this.#probes = 0;
    const remembered = this.#slowestUs - this.#slowestUs * FORGET;
    this.#slowestUs = tookUs > remembered ? tookUs : remembered;
  }

  gaveUp(nowUs: number): void {
    const { probeBaseUs, probeCapUs } = this.owner;
    if (this.#silence < 255) this.#silence++;
    if (this.#silence < SILENT_AFTER) return;
    const doublings = Math.min(this.#silence - SILENT_AFTER, MOST_DOUBLINGS);
    this.#probeUs = nowUs + Math.min(probeCapUs, probeBaseUs * (1 << doublings));
  }

  // hot path
  get slowestUs(): number {
    return this.#slowestUs;
  }

  /** How long this probe waits for its answer to begin. */
  probeTimeoutUs(responseTimeoutUs: number, wireUs: number): number {
    this.#probes++;
    if (isPowerOfFour(this.#probes)) return responseTimeoutUs;
    const leastUs = Math.max(LEAST_PROBE_US, LEAST_PROBE_FRAMES * wireUs);
    return Math.min(responseTimeoutUs, Math.max(leastUs, PROBE_FACTOR * this.#slowestUs));
  }

  // hot path
  /** A late answer to `request` may come until then. */
  expectLate(request: ModbusRequest, untilUs: number): void {
    this.#late = request;
    this.#lateUntilUs = untilUs;
  }

  // hot path
  /** Whether an answer to an earlier try of this very request may still come. */
  isLate(request: ModbusRequest): boolean {
    return this.#late === request;
  }

  // hot path
  /** When no late answer can be taken for one to `request` any more; 0 when none can. */
  clearUs(request: ModbusRequest): number {
    return this.#late === undefined || this.#late === request ? 0 : this.#lateUntilUs;
  }
}

function isPowerOfFour(n: number): boolean {
  let power = 4;
  while (power < n) power *= 4;
  return power === n;
}

/** The units of one lane, each made when it is first asked. */
export class UnitStates {
  readonly probeBaseUs: number;
  readonly probeCapUs: number;
  #first: UnitState | undefined;

  constructor(probeBaseUs: number, probeCapUs: number) {
    this.probeBaseUs = probeBaseUs;
    this.probeCapUs = probeCapUs;
  }

  /** What is known of the unit that `request` asks; remembered in it. */
  recall(request: ModbusRequest): UnitState {
    let state = this.#first;
    while (state !== undefined && state.unit !== request.unit) state = state.next;
    if (state === undefined) {
      state = new UnitState(request.unit, this.#first, this);
      this.#first = state;
    }
    request.state = state;
    return state;
  }
}
