/**
 * One channel: reading -> quality -> filters -> alarm rules -> ring. Hot path: everything is made when the site loads.
 */
import { Quality } from "../../drivers/contract";
import type { ChannelPlan } from "../../drivers/plan";
import { AlarmChange, AlarmRule } from "../alarms/rule";
import { type Filter, makeFilter } from "./filter";
import type { SampleRing } from "./ring";

/** Constants of the module cost half of a property of another module's object. */
const GOOD = Quality.good;
const BAD_RANGE = Quality.badRange;

/** Told at once when a rule changes, inside the tick: an alarm does not wait for the batch. */
export type AlarmListener = (channel: Channel, rule: AlarmRule, change: AlarmChange, ticksUs: number) => void;

export class Channel {
  readonly plan: ChannelPlan;
  /** Position among all channels of the gateway: what the ring stores. */
  readonly index: number;
  readonly #filters: Filter[];
  readonly #rules: AlarmRule[];
  readonly #ring: SampleRing;
  readonly #onAlarm: AlarmListener;
  #quality: Quality = Quality.neverRead;
  #value = Number.NaN;
  #samples = 0;
  #published = 0;

  constructor(plan: ChannelPlan, index: number, ring: SampleRing, onAlarm: AlarmListener) {
    this.plan = plan;
    this.index = index;
    this.#filters = plan.filters.map(makeFilter);
    this.#rules = plan.alarms.map((alarm) => new AlarmRule(alarm));
    this.#ring = ring;
    this.#onAlarm = onAlarm;
  }

  /** The last value that filters let stand, `NaN` before the first. */
  get value(): number {
    return this.#value;
  }

  get quality(): Quality {
    return this.#quality;
  }

  /** Readings taken, good or bad. */
  get samples(): number {
    return this.#samples;
  }

  /** Readings handed to the ring; the others ended in a filter. */
  get published(): number {
    return this.#published;
  }

  get rules(): readonly AlarmRule[] {
    return this.#rules;
  }

  // hot path
  accept(value: number, quality: Quality, ticksUs: number): void {
    this.#samples++;
    if (quality !== GOOD) {
      this.#publish(quality, ticksUs);
      return;
    }
    // Only a finite number less itself is 0; a call of Number.isFinite costs three times that.
    if (value - value !== 0) {
      this.#publish(BAD_RANGE, ticksUs);
      return;
    }
    const filters = this.#filters;
    let filtered = value;
    for (let i = 0; i < filters.length; i++) {
      filtered = filters[i].apply(filtered);
      if (filtered - filtered !== 0) break;
    }
    const held = filtered - filtered !== 0;
    this.#value = held ? value : filtered;
    if (this.#rules.length > 0) this.#judge(ticksUs);
    // A transition is always published, also when a filter would have held the value back.
    if (!held || this.#quality !== GOOD) this.#publish(GOOD, ticksUs);
  }

  // hot path
  #publish(quality: Quality, ticksUs: number): void {
    this.#quality = quality;
    this.#published++;
    this.#ring.push(this.index, this.#value, quality, ticksUs);
  }

  // hot path
  #judge(ticksUs: number): void {
    const rules = this.#rules;
    for (let i = 0; i < rules.length; i++) {
      const change = rules[i].evaluate(this.#value, ticksUs);
      if (change !== AlarmChange.none) this.#onAlarm(this, rules[i], change, ticksUs);
    }
  }
}
