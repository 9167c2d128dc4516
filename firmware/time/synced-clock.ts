/**
 * The gateway's clock where its wall time comes from a network: the device's monotonic time, and a wall time that is computed
 * from the last synchronisation. Monotonic time never steps; wall time steps by more than a second only, and is slewed otherwise.
 */
import { type Clock, TimeQuality, type Timer } from "../../hal/clock";

/** What one round of questions found. */
export type TimeSample = {
  /** Monotonic instant that it is about. */
  readonly atUs: number;
  readonly utcMs: number;
  readonly uncertaintyMs: number;
  /** Two or more servers agreed. */
  readonly agreed: boolean;
};

/** Above this the clock is stepped. */
export const STEP_MS = 1_000;
/** A crystal of an ESP32 is good for 10 to 40 ppm; so much is added to the uncertainty for each second of age. */
const DRIFT_PPM = 20;
const SLEW_PPM = 500;
/** No crystal drifts more: a larger estimate is an error of the samples. */
const LARGEST_DRIFT_PPM = 100;
/** Two samples nearer to each other say nothing about drift. */
const DRIFT_SPAN_US = 600_000_000;
/** Limit of `TimeQuality.sntp`. */
const GOOD_MS = 250;
const MILLION = 1_000_000;

export class SyncedClock implements Clock {
  readonly #device: Clock;
  /** Told of each step, the first included, with the offset in milliseconds (`NaN` for the first). */
  readonly #onStep: (offsetMs: number) => void;
  /** The last synchronisation; NaN before the first. */
  #anchorUs = Number.NaN;
  #anchorMs = 0;
  #uncertaintyMs = 0;
  #agreed = false;
  /** What is still to be slewed in at the anchor. */
  #slewMs = 0;
  #driftPpm = 0;
  /** The sample that drift is measured from. */
  #driftFromUs = Number.NaN;
  #driftFromMs = 0;

  constructor(device: Clock, onStep: (offsetMs: number) => void) {
    this.#device = device;
    this.#onStep = onStep;
  }

  nowUs(): number {
    return this.#device.nowUs();
  }

  timer(callback: () => void, target?: object): Timer {
    return this.#device.timer(callback, target);
  }

  /** The device's own wall clock, an RTC perhaps, until the first synchronisation. */
  wallMs(): number {
    const anchorUs = this.#anchorUs;
    return anchorUs - anchorUs !== 0 ? this.#device.wallMs() : this.wallAt(this.#device.nowUs());
  }

  wallQuality(): TimeQuality {
    if (!this.synchronised) return Math.min(this.#device.wallQuality(), TimeQuality.estimated) as TimeQuality;
    if (this.uncertaintyMs > GOOD_MS) return TimeQuality.estimated;
    return this.#agreed ? TimeQuality.sntpAgreed : TimeQuality.sntp;
  }

  get synchronised(): boolean {
    return this.#anchorUs - this.#anchorUs === 0;
  }

  /** How wrong the wall time may be now; infinite before the first synchronisation. */
  get uncertaintyMs(): number {
    if (!this.synchronised) return Number.POSITIVE_INFINITY;
    const ageMs = (this.#device.nowUs() - this.#anchorUs) / 1000;
    return this.#uncertaintyMs + (ageMs * DRIFT_PPM) / MILLION;
  }

  get driftPpm(): number {
    return this.#driftPpm;
  }

  /** Takes what a round found. */
  synchronise(sample: TimeSample): void {
    const { atUs, utcMs } = sample;
    const first = !this.synchronised;
    const offsetMs = first ? Number.NaN : utcMs - this.wallAt(atUs);
    const step = first || offsetMs > STEP_MS || offsetMs < -STEP_MS;
    this.measureDrift(atUs, utcMs, step);
    this.#anchorMs = step ? utcMs : utcMs - offsetMs;
    this.#slewMs = step ? 0 : offsetMs;
    this.#anchorUs = atUs;
    this.#uncertaintyMs = sample.uncertaintyMs;
    this.#agreed = sample.agreed;
    if (step) this.#onStep(offsetMs);
  }

  private wallAt(nowUs: number): number {
    const ms = (nowUs - this.#anchorUs) / 1000;
    const most = (ms * SLEW_PPM) / MILLION;
    const slew = this.#slewMs > most ? most : this.#slewMs < -most ? -most : this.#slewMs;
    return this.#anchorMs + ms + (ms * this.#driftPpm) / MILLION + slew;
  }

  private measureDrift(atUs: number, utcMs: number, step: boolean): void {
    if (step) {
      // A step says that one of the two was wrong.
      this.#driftFromUs = atUs;
      this.#driftFromMs = utcMs;
      return;
    }
    const spanUs = atUs - this.#driftFromUs;
    if (spanUs < DRIFT_SPAN_US) return;
    const measured = ((utcMs - this.#driftFromMs) * 1000 - spanUs) / (spanUs / MILLION);
    // Half of what is new: a single sample with a lopsided trip does not turn the clock.
    const drift = this.#driftPpm + (measured - this.#driftPpm) / 2;
    this.#driftPpm =
      drift > LARGEST_DRIFT_PPM ? LARGEST_DRIFT_PPM : drift < -LARGEST_DRIFT_PPM ? -LARGEST_DRIFT_PPM : drift;
    this.#driftFromUs = atUs;
    this.#driftFromMs = utcMs;
  }
}
