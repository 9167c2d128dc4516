/**
 * Rate of rise and of fall: the newest value against the oldest one that is not older than `per`. Hot path.
 *
 * Endpoints, not least squares. They say what the manifest says ("8 Cel in 60 s"), see a sudden rise with its first sample
 * instead of when enough of the window has followed, and add nothing up, so that nothing drifts over months. What least
 * squares would win, calm in noise, is the business of the median in front of the rule.
 *
 * A window has 32 samples whatever the period: when more would lie in `per`, every n-th is kept. The oldest is then up to a
 * 31st of `per` younger than it might be: a steady rise is seen that much later, never one that is too slow.
 */
import type { AlarmPlan } from "../../drivers/plan";
import { AlarmChange, AlarmState, NamedMachine } from "./machine";
import type { Rule } from "./rule";

/** A power of two, for the ring's positions. */
const SLOTS = 32;

const ACTIVE = AlarmState.active;
const ACKNOWLEDGED = AlarmState.acknowledged;

export class RateRule extends NamedMachine implements Rule {
  declare next?: Rule;
  readonly #rise: number;
  readonly #fall: number;
  readonly #hysteresis: number;
  readonly #perUs: number;
  /** Least distance of two samples in the window. */
  readonly #stepUs: number;
  readonly #timesUs = new Float64Array(SLOTS);
  readonly #values = new Float64Array(SLOTS);
  #first = 0;
  #count = 0;
  /** The sample at `#first`, because it is what each evaluation needs. */
  #oldestUs = 0;
  #oldest = 0;
  /** When the next sample is kept. */
  #keepUs = 0;
  /** When the window began to fill. */
  #begunUs = 0;

  constructor(plan: AlarmPlan, perMs: number, name: string) {
    super(plan, plan.forMs, name);
    this.#rise = plan.rise ?? Number.POSITIVE_INFINITY;
    this.#fall = plan.fall ?? Number.POSITIVE_INFINITY;
    this.#hysteresis = plan.hysteresis;
    this.#perUs = perMs * 1000;
    this.#stepUs = this.#perUs / (SLOTS - 1);
  }

  get quietAbove(): number {
    return Number.POSITIVE_INFINITY;
  }

  get quietBelow(): number {
    return Number.POSITIVE_INFINITY;
  }

  // hot path
  evaluate(value: number, ticksUs: number): AlarmChange {
    if (this.#count > 0 && ticksUs - this.#oldestUs > this.#perUs) this.expire(ticksUs);
    if (this.#count === 0 || ticksUs >= this.#keepUs) this.keep(value, ticksUs);
    const change = value - this.#oldest;
    const state = this.state;
    if (state !== ACTIVE && state !== ACKNOWLEDGED)
      return this.step(change > this.#rise || -change > this.#fall, ticksUs);
    const back = this.#hysteresis;
    if (change > this.#rise - back || -change > this.#fall - back) return this.step(true, ticksUs);
    // A window that is not full says nothing against an alarm that stands.
    if (ticksUs - this.#begunUs < this.#perUs) return AlarmChange.none;
    return this.step(false, ticksUs);
  }

  interrupt(): void {
    this.#count = 0;
  }

  // hot path
  /** Lets go of what is older than `per`: as many as were kept, so one a sample on average. */
  private expire(ticksUs: number): void {
    const times = this.#timesUs;
    let first = this.#first;
    let count = this.#count;
    while (count > 0 && ticksUs - times[first] > this.#perUs) {
      first = (first + 1) & (SLOTS - 1);
      count--;
    }
    this.#first = first;
    this.#count = count;
    if (count === 0) return;
    this.#oldestUs = times[first];
    this.#oldest = this.#values[first];
  }

  // hot path
  private keep(value: number, ticksUs: number): void {
    const count = this.#count;
    const at = (this.#first + count) & (SLOTS - 1);
    this.#timesUs[at] = ticksUs;
    this.#values[at] = value;
    this.#count = count + 1;
    this.#keepUs = ticksUs + this.#stepUs;
    if (count > 0) return;
    this.#oldestUs = ticksUs;
    this.#oldest = value;
    this.#begunUs = ticksUs;
  }
}
