/**
 * One channel: reading -> quality -> filters -> alarm rules -> queue. Hot path: everything is made when the site loads.
 *
 * `accept` is one long way with early exits on purpose. In XS a call costs more than most of what is done here, so the
 * usual sample, good and in its time and within the alarm limits, meets two calls: its filters, and the write of its value.
 */
import { Quality } from "../../drivers/contract";
import type { AlarmPlan, ChannelPlan } from "../../drivers/plan";
import { AlarmChange } from "../alarms/machine";
import { makeRule, type Rule } from "../alarms/rule";
import type { Filter } from "./filters/filter";
import { makeFilters } from "./filters/make-filter";
import { LARGEST_PLAIN, type QueueOptions, RecordQueue } from "./record-queue";

/** Constants of the module cost half of a property of another module's object. */
const GOOD = Quality.good;
const BAD_RANGE = Quality.badRange;
const NONE = AlarmChange.none;

/**
 * What limits are drawn closer by. An average of values between them may leave them by its rounding, which is less than this for
 * values up to `LARGEST_PLAIN`. It also makes doubles of them: XS takes a third longer to compare a double with an integer.
 */
const MARGIN = 2 ** -30;

/** Bad readings in a row after which filters forget: one odd checksum is no gap, three are. */
const LONG_GAP = 3;

/** Told at once when a rule changes, inside the tick: an alarm does not wait for the batch. */
export type AlarmListener = (channel: Channel, rule: Rule, change: AlarmChange, ticksUs: number) => void;

/** Only some channels have rules: what they need for them is an object of its own. */
class RuleSet {
  readonly rules: readonly Rule[];
  readonly onAlarm: AlarmListener;

  constructor(rules: readonly Rule[], onAlarm: AlarmListener) {
    this.rules = rules;
    this.onAlarm = onAlarm;
  }
}

/** Shared by all channels without one. */
const NO_RULES = new RuleSet([], () => {});

export type ChannelOptions = {
  /** Read while the channel is made, not kept. */
  readonly plan: ChannelPlan;
  readonly queue: QueueOptions;
  readonly onAlarm: AlarmListener;
  /** What a rule of the plan is called. */
  readonly nameOf?: (rule: AlarmPlan) => string;
};

export class Channel extends RecordQueue {
  private latestQuality: Quality = Quality.neverRead;
  private heldBack = 0;
  /** When a filter held a good reading back last. */
  private heldUs = 0;
  private badInRow = 0;
  private readonly ruleSet: RuleSet;

  constructor({ plan, queue, onAlarm, nameOf }: ChannelOptions, filters?: Filter) {
    super(queue);
    this.filter = filters === undefined ? makeFilters(plan.filters) : filters;
    const { alarms } = plan;
    this.ruleSet =
      alarms.length === 0
        ? NO_RULES
        : new RuleSet(
            alarms.map((rule) => makeRule(rule, nameOf?.(rule))),
            onAlarm,
          );
  }

  /** The last value that filters let stand, `NaN` before the first. */
  get value(): number {
    return this.lastValue;
  }

  get quality(): Quality {
    return this.latestQuality;
  }

  /** Readings taken, good or bad. */
  get samples(): number {
    return this.produced + this.heldBack;
  }

  /** Readings that made no record: a filter held them back, or they repeated a bad quality. */
  get held(): number {
    return this.heldBack;
  }

  get rules(): readonly Rule[] {
    return this.ruleSet.rules;
  }

  // hot path
  /** A good reading, in the channel's unit. One that is not finite is out of range. */
  accept(value: number, ticksUs: number): void {
    // Only a finite number less itself is 0; a call of Number.isFinite costs three times that.
    if (value - value !== 0) {
      this.refuse(BAD_RANGE, ticksUs);
      return;
    }
    const filtered = this.filter.apply(value, ticksUs);
    // False for NaN, which a filter holds back, and while the quality is bad.
    if (filtered > this.above && filtered < this.below) {
      this.lastValue = filtered;
      const valueAt = this.valueAt;
      if (ticksUs === this.dueUs && valueAt < this.pristineTo) {
        this.view.setFloat32(valueAt, filtered);
        // A last byte of zero may be a binary16 or an integer, whose forms are shorter.
        if (this.bytes[valueAt + 3] !== 0) {
          this.valueAt = valueAt + this.stride;
          this.dueUs = ticksUs + this.periodUs;
          return;
        }
      }
      this.put(filtered, GOOD, ticksUs);
    } else {
      this.consider(filtered, ticksUs);
    }
  }

  // hot path
  /** A block of samples at equal distances, as a DMA ADC or a FIFO hands them over. */
  acceptBlock(values: ArrayLike<number>, count: number, firstTicksUs: number, stepUs: number): void {
    // Its records come at the block's step, not at the device's period.
    this.expectEvery(stepUs);
    for (let i = 0; i < count; i++) this.accept(values[i], firstTicksUs + i * stepUs);
  }

  // hot path
  /** A good reading with more to do: held back by a filter, beyond the limit of a rule, back from bad, large. */
  protected consider(filtered: number, ticksUs: number): void {
    const held = filtered - filtered !== 0;
    if (held) {
      // The reading itself may be in another unit, or an outlier: rules see what the filters let stand.
      const standing = this.filter.standing ?? Number.NaN;
      if (standing - standing !== 0) {
        this.heldBack++;
        this.heldUs = ticksUs;
        this.badInRow = 0;
        return;
      }
      this.lastValue = standing;
      // The usual reading of a channel that holds a state: nothing to judge, nothing to tell.
      if (this.latestQuality === GOOD && this.ruleSet === NO_RULES) {
        this.heldBack++;
        this.heldUs = ticksUs;
        this.badInRow = 0;
        return;
      }
    } else {
      this.lastValue = filtered;
    }
    if (this.ruleSet !== NO_RULES) this.judge(ticksUs);
    // A transition is always published, also when a filter would have held the value back.
    if (held && this.latestQuality === GOOD) {
      this.heldBack++;
      this.heldUs = ticksUs;
    } else this.put(this.lastValue, GOOD, ticksUs);
    this.latestQuality = GOOD;
    this.badInRow = 0;
    this.setLimits();
  }

  // hot path
  /** A bad reading. Told when it begins, and once in each batch while it lasts. */
  refuse(quality: Quality, ticksUs: number): void {
    this.settle();
    if (++this.badInRow === LONG_GAP) this.interrupt();
    if (quality === this.latestQuality && !this.isEmpty) {
      this.heldBack++;
      return;
    }
    this.latestQuality = quality;
    this.above = Number.POSITIVE_INFINITY;
    this.put(this.lastValue, quality, ticksUs);
  }

  /** Asked now and then: a value that nobody confirmed for too long is uncertain. It is still the last good one. */
  checkStale(nowUs: number, staleUs: number): void {
    if (this.latestQuality !== GOOD) return;
    const heardUs = Math.max(this.lastRecordUs, this.heldUs);
    if (nowUs - heardUs > staleUs) this.refuse(Quality.uncertain, nowUs);
  }

  private interrupt(): void {
    // Samples from before a gap must not mix with those after.
    this.filter.reset();
    for (const rule of this.ruleSet.rules) rule.interrupt();
  }

  // hot path
  private judge(ticksUs: number): void {
    const { rules, onAlarm } = this.ruleSet;
    for (let i = 0; i < rules.length; i++) {
      const change = rules[i].evaluate(this.lastValue, ticksUs);
      if (change !== NONE) onAlarm(this, rules[i], change, ticksUs);
    }
  }

  // hot path
  private setLimits(): void {
    let above = -LARGEST_PLAIN;
    let below = LARGEST_PLAIN;
    const { rules } = this.ruleSet;
    for (let i = 0; i < rules.length; i++) {
      if (rules[i].quietAbove > above) above = rules[i].quietAbove;
      if (rules[i].quietBelow < below) below = rules[i].quietBelow;
    }
    this.above = above + MARGIN;
    this.below = below - MARGIN;
  }
}
