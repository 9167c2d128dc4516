/** What a lane remembers of each unit: how long it has been silent, and whether an answer of it may still be under way. */
import type { ReadRequest } from "./read-request";

const UNITS = 256;
/** Given-up requests in a row after which a unit counts as silent. */
const SILENT_AFTER = 2;
/** Pause before a silent unit is asked again: doubles from 1 s to 10 s, so that a return is seen within 10 s and a poll. */
const PROBE_BASE_US = 1_000_000;
const PROBE_CAP_US = 10_000_000;

export class UnitHealth {
  /** Given-up requests in a row, by unit. */
  readonly #silence = new Uint8Array(UNITS);
  readonly #probeUs = new Float64Array(UNITS);
  /** By unit: the request whose answer may still come after a time-out, and until when. */
  readonly #lateRequests = new Array<ReadRequest | undefined>(UNITS).fill(undefined);
  readonly #lateUntilUs = new Float64Array(UNITS);

  // hot path
  isSilent(unit: number): boolean {
    return this.#silence[unit] >= SILENT_AFTER;
  }

  // hot path
  /** Silent, and not due for a probe yet. */
  isPaused(unit: number, nowUs: number): boolean {
    return this.#silence[unit] >= SILENT_AFTER && nowUs < this.#probeUs[unit];
  }

  // hot path
  answered(unit: number): void {
    this.#silence[unit] = 0;
  }

  gaveUp(unit: number, nowUs: number): void {
    const silence = Math.min(this.#silence[unit] + 1, 255);
    this.#silence[unit] = silence;
    if (silence >= SILENT_AFTER)
      this.#probeUs[unit] = nowUs + Math.min(PROBE_CAP_US, PROBE_BASE_US * 2 ** (silence - SILENT_AFTER));
  }

  // hot path
  /** A late answer to `request` may come until then. */
  expectLate(request: ReadRequest, untilUs: number): void {
    this.#lateRequests[request.unit] = request;
    this.#lateUntilUs[request.unit] = untilUs;
  }

  // hot path
  /** Whether an answer to an earlier try of this very request may still come. */
  isLate(request: ReadRequest): boolean {
    return this.#lateRequests[request.unit] === request;
  }

  // hot path
  /** When no late answer can be taken for one to `request` any more; 0 when none can. */
  clearUs(request: ReadRequest): number {
    const late = this.#lateRequests[request.unit];
    return late === undefined || late === request ? 0 : this.#lateUntilUs[request.unit];
  }
}
