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
import { COLD_BYTES, Cold, LARGEST_PLAIN, type QueueOptions, RecordQueue } from "./record-queue";

/** Constants of the module cost half of a property of another module's object. */
const GOOD = Quality.good;
const BAD_RANGE = Quality.badRange;
const NONE = AlarmChange.none;
const QUALITY = Cold.quality;
const BAD_IN_ROW = Cold.badInRow;
const HELD = Cold.held;
const HELD_US = Cold.heldUs;

/**
 * What limits are drawn closer by. An average of values between them may leave them by its rounding, which is less than this for
 * values up to `LARGEST_PLAIN`. It also makes doubles of them: XS takes a third longer to compare a double with an integer.
 */
const MARGIN = 2 ** -30;

/** Bad readings in a row after which filters forget: one odd checksum is no gap, three are. */
const LONG_GAP = 3;

export type ChannelOptions = {
  /** Read while the channel is made, not kept. */
  readonly plan: ChannelPlan;
  readonly queue: QueueOptions;
  /** What a rule of the plan is called. */
  readonly nameOf?: (rule: AlarmPlan) => string;
};

export class Channel extends RecordQueue {
  /** The others follow it (`Rule.next`). Absent where there is none, as for most: a property takes 16 bytes of each channel. */
  declare private rule: Rule | undefined;

  constructor({ plan, queue, nameOf }: ChannelOptions, filters?: Filter) {
    super(queue);
    this.filter = filters === undefined ? makeFilters(plan.filters) : filters;
    this.setQuality(Quality.neverRead);
    const { alarms } = plan;
    for (let i = alarms.length - 1; i >= 0; i--) {
      const rule = makeRule(alarms[i], nameOf?.(alarms[i]));
      if (this.rule !== undefined) rule.next = this.rule;
      this.rule = rule;
    }
  }

  /** The last value that filters let stand, `NaN` before the first. */
  get value(): number {
    return this.lastValue;
  }

  get quality(): Quality {
    return this.bytes[this.templateAt - COLD_BYTES + QUALITY] as Quality;
  }

  private setQuality(quality: Quality): void {
    this.bytes[this.templateAt - COLD_BYTES + QUALITY] = quality;
  }

  /** Readings taken, good or bad. */
  get samples(): number {
    return this.produced + this.held;
  }

  /** Readings that made no record: a filter held them back, or they repeated a bad quality. */
  get held(): number {
    return this.view.getFloat64(this.templateAt - COLD_BYTES + HELD);
  }

  /** Made anew. */
  get rules(): readonly Rule[] {
    const rules: Rule[] = [];
    for (let rule = this.rule; rule !== undefined; rule = rule.next) rules.push(rule);
    return rules;
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
    const cold = this.templateAt - COLD_BYTES;
    const bytes = this.bytes;
    const held = filtered - filtered !== 0;
    bytes[cold + BAD_IN_ROW] = 0;
    if (held) {
      // The reading itself may be in another unit, or an outlier: rules see what the filters let stand.
      const standing = this.filter.standing ?? Number.NaN;
      if (standing - standing !== 0) {
        this.hold(ticksUs);
        return;
      }
      this.lastValue = standing;
    } else {
      this.lastValue = filtered;
    }
    const judged = this.rule !== undefined;
    const wasGood = bytes[cold + QUALITY] === GOOD;
    if (judged) this.judge(ticksUs);
    // A transition is always published, also when a filter would have held the value back.
    if (held && wasGood) {
      this.hold(ticksUs);
      // The usual reading of a channel that holds a state: nothing was judged, and the limits are what they were.
      if (!judged) return;
    } else this.put(this.lastValue, GOOD, ticksUs);
    bytes[cold + QUALITY] = GOOD;
    this.setLimits();
  }

  // hot path
  private hold(ticksUs: number): void {
    const cold = this.templateAt - COLD_BYTES;
    const view = this.view;
    view.setFloat64(cold + HELD, view.getFloat64(cold + HELD) + 1);
    view.setFloat64(cold + HELD_US, ticksUs);
  }

  // hot path
  /** A bad reading. Told when it begins, and once in each batch while it lasts. */
  refuse(quality: Quality, ticksUs: number): void {
    this.settle();
    const cold = this.templateAt - COLD_BYTES;
    const bytes = this.bytes;
    const badInRow = bytes[cold + BAD_IN_ROW] + 1;
    // It need not be counted further.
    if (badInRow <= LONG_GAP) bytes[cold + BAD_IN_ROW] = badInRow;
    if (badInRow === LONG_GAP) this.interrupt();
    if (quality === bytes[cold + QUALITY] && !this.isEmpty) {
      this.view.setFloat64(cold + HELD, this.view.getFloat64(cold + HELD) + 1);
      return;
    }
    bytes[cold + QUALITY] = quality;
    this.above = Number.POSITIVE_INFINITY;
    this.put(this.lastValue, quality, ticksUs);
  }

  /** Asked now and then: a value that nobody confirmed for too long is uncertain. It is still the last good one. */
  checkStale(nowUs: number, staleUs: number): void {
    if (this.quality !== GOOD) return;
    const heardUs = Math.max(this.lastRecordUs, this.view.getFloat64(this.templateAt - COLD_BYTES + HELD_US));
    if (nowUs - heardUs > staleUs) this.refuse(Quality.uncertain, nowUs);
  }

  private interrupt(): void {
    // Samples from before a gap must not mix with those after.
    this.filter.reset();
    for (let rule = this.rule; rule !== undefined; rule = rule.next) rule.interrupt();
  }

  // hot path
  private judge(ticksUs: number): void {
    for (let rule = this.rule; rule !== undefined; rule = rule.next) {
      const change = rule.evaluate(this.lastValue, ticksUs);
      if (change !== NONE) this.memory.listener.ruleChanged(this, rule, change, ticksUs);
    }
  }

  // hot path
  private setLimits(): void {
    let above = -LARGEST_PLAIN;
    let below = LARGEST_PLAIN;
    for (let rule = this.rule; rule !== undefined; rule = rule.next) {
      if (rule.quietAbove > above) above = rule.quietAbove;
      if (rule.quietBelow < below) below = rule.quietBelow;
    }
    this.above = above + MARGIN;
    this.below = below - MARGIN;
  }
}
