/**
 * One alarm rule of a channel: a threshold with hysteresis and a hold time. Hot path.
 *
 * States: quiet -> (limit passed) waiting -> (for `forMs`) active -> (back by `hysteresis`) quiet. Waiting ends with the
 * next sample either way, so no timer is needed: a rule is only as fresh as its channel, and a channel that stops
 * answering reports that itself. A bad reading changes nothing: it neither raises nor clears.
 */
import type { AlarmPlan } from "../../drivers/plan";

export const AlarmChange = { none: 0, raised: 1, cleared: 2 } as const;
export type AlarmChange = (typeof AlarmChange)[keyof typeof AlarmChange];

const QUIET = 0;
const WAITING = 1;
const ACTIVE = 2;

export class AlarmRule {
  readonly plan: AlarmPlan;
  readonly #above: number;
  readonly #below: number;
  readonly #hysteresis: number;
  readonly #forUs: number;
  #state: number = QUIET;
  #sinceUs = 0;

  constructor(plan: AlarmPlan) {
    this.plan = plan;
    this.#above = plan.above ?? Number.POSITIVE_INFINITY;
    this.#below = plan.below ?? Number.NEGATIVE_INFINITY;
    this.#hysteresis = plan.hysteresis;
    this.#forUs = plan.forMs * 1000;
  }

  get active(): boolean {
    return this.#state === ACTIVE;
  }

  /** Monotonic time at which the limit was first passed: the start of the alarm's latency. */
  get sinceUs(): number {
    return this.#sinceUs;
  }

  /** A value strictly between `quietAbove` and `quietBelow` changes nothing; infinite when every value has to be seen. */
  get quietAbove(): number {
    return this.#state === QUIET ? this.#below : Number.POSITIVE_INFINITY;
  }

  get quietBelow(): number {
    return this.#above;
  }

  // hot path
  /** @param value a good reading, in the channel's unit */
  evaluate(value: number, ticksUs: number): AlarmChange {
    if (this.#state === ACTIVE) {
      if (value > this.#above - this.#hysteresis || value < this.#below + this.#hysteresis) return AlarmChange.none;
      this.#state = QUIET;
      return AlarmChange.cleared;
    }
    if (!(value > this.#above || value < this.#below)) {
      this.#state = QUIET;
      return AlarmChange.none;
    }
    if (this.#state === QUIET) {
      this.#state = WAITING;
      this.#sinceUs = ticksUs;
    }
    if (ticksUs - this.#sinceUs < this.#forUs) return AlarmChange.none;
    this.#state = ACTIVE;
    return AlarmChange.raised;
  }
}
