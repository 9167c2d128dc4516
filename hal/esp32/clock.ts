/** Time by the SDK: `Time` for reading it, `Timer` for waiting. */
import Time from "time";
import SdkTimer from "timer";
import { type Clock, TimeQuality, type Timer } from "../clock";
import type { FaultHandler } from "./fault";

/** A clock that was never set starts in 1970. No gateway with this firmware ran before 2026-01-01T00:00:00Z. */
const EARLIEST_MS = 1_767_225_600_000;
/** A longer wait is armed in stages: an ESP32's ticks are 32-bit milliseconds. */
const LONGEST_DELAY_MS = 3_600_000;

const TICKS_RANGE = 0x1_0000_0000;
const HALF_TICKS_RANGE = 0x8000_0000;

/**
 * Milliseconds that count up and may wrap after 32 bits or step back, made into milliseconds that do neither.
 *
 * An ESP32's ticks wrap from 2^31 - 1 to -2^31 every 49.7 days; those of `lin` are the wall clock, which an operator or
 * NTP may set back. A step back counts as no time at all. A step forward cannot be told from time that passed.
 */
export class TickCounter {
  #last: number;
  #elapsedMs = 0;

  constructor(ticks: number) {
    this.#last = ticks;
  }

  /** @returns milliseconds since the first ticks */
  advance(ticks: number): number {
    let delta = ticks - this.#last;
    this.#last = ticks;
    if (delta < -HALF_TICKS_RANGE) delta += TICKS_RANGE;
    if (delta > 0) this.#elapsedMs += delta;
    return this.#elapsedMs;
  }
}

export class SdkClock implements Clock {
  readonly #fault: FaultHandler;
  readonly #ticks = new TickCounter(Time.ticks);

  constructor(fault: FaultHandler) {
    this.#fault = fault;
  }

  nowUs(): number {
    // Where the module `microseconds` is linked (esp32), this is the hardware timer since boot: 64 bits, never back.
    const microseconds = Time.microseconds;
    return microseconds === undefined ? this.#ticks.advance(Time.ticks) * 1000 : microseconds;
  }

  wallMs(): number {
    const ms = Date.now();
    return ms < EARLIEST_MS ? Number.NaN : ms;
  }

  wallQuality(): TimeQuality {
    return Date.now() < EARLIEST_MS ? TimeQuality.none : TimeQuality.estimated;
  }

  timer(callback: () => void, target?: object): Timer {
    return new RearmableTimer(this, callback, target, this.#fault);
  }
}

/**
 * One native timer for life, so that arming allocates nothing.
 *
 * The SDK frees a one-shot timer after its callback. So the native timer is a repeating one, is scheduled with both
 * intervals equal (`lin` would start a second source otherwise), and is unscheduled when it calls. The shortest interval
 * is 1 ms: 0 would make it one-shot.
 */
class RearmableTimer implements Timer {
  readonly #clock: SdkClock;
  readonly #callback: () => void;
  readonly #target: object | undefined;
  readonly #fault: FaultHandler;
  readonly #native: SdkTimer;
  #armed = false;
  #dueUs = 0;

  constructor(clock: SdkClock, callback: () => void, target: object | undefined, fault: FaultHandler) {
    this.#clock = clock;
    this.#callback = callback;
    this.#target = target;
    this.#fault = fault;
    this.#native = SdkTimer.repeat(() => this.#awake(), LONGEST_DELAY_MS);
    SdkTimer.schedule(this.#native);
  }

  arm(dueUs: number): void {
    this.#dueUs = dueUs;
    this.#armed = true;
    this.#sleep();
  }

  disarm(): void {
    if (!this.#armed) return;
    this.#armed = false;
    SdkTimer.schedule(this.#native);
  }

  #sleep(): void {
    const delayMs = Math.ceil((this.#dueUs - this.#clock.nowUs()) / 1000);
    const interval = Math.min(Math.max(delayMs, 1), LONGEST_DELAY_MS);
    SdkTimer.schedule(this.#native, interval, interval);
  }

  /** The ticks behind a native timer may run a millisecond ahead of the microseconds; long waits have stages. */
  #awake(): void {
    if (this.#armed && this.#clock.nowUs() < this.#dueUs) {
      this.#sleep();
      return;
    }
    SdkTimer.schedule(this.#native);
    if (!this.#armed) return;
    this.#armed = false;
    try {
      this.#callback.call(this.#target);
    } catch (error) {
      this.#fault(error);
    }
  }
}
