/**
 * Alarm rules of a channel: what a channel asks about each good value outside of the rule's quiet range. Hot path.
 *
 * No rule needs a timer: a rule is only as fresh as its channel, and a channel that stops answering reports that itself.
 * A bad reading changes nothing: it neither raises nor clears.
 */
import { Linked } from "../../drivers/linked";
import { NotLinkedError } from "../../drivers/not-linked";
import type { AlarmPlan } from "../../drivers/plan";
import { type AlarmChange, AlarmState, NamedMachine } from "./machine";
import { RateRule } from "./rate-rule";

export interface Rule extends NamedMachine {
  /** The channel's next rule. Absent behind the last one: a property takes 16 bytes of each. */
  next?: Rule;
  /**
   * A value strictly between these two changes nothing, so the channel need not ask. +Infinity as the lower one: every value
   * has to be seen, because the rule is not quiet or looks at how values follow each other.
   */
  readonly quietAbove: number;
  readonly quietBelow: number;
  /** @param value a good reading, in the channel's unit */
  evaluate(value: number, ticksUs: number): AlarmChange;
  /** The channel had no good value for some time. The rule keeps its state; what it remembers of values is too old. */
  interrupt(): void;
}

/**
 * @param name by which it is acknowledged
 * @throws NotLinkedError for a rate that this build left out
 */
export function makeRule(plan: AlarmPlan, name = ""): Rule {
  if (plan.perMs === undefined) return new ThresholdRule(plan, name);
  if (Linked.rateRules) return new RateRule(plan, plan.perMs, name);
  throw new NotLinkedError("alarms of a rate");
}

const QUIET = AlarmState.quiet;

/** A limit, a hysteresis, a hold time. */
class ThresholdRule extends NamedMachine implements Rule {
  declare next?: Rule;
  private readonly above: number;
  private readonly below: number;
  /** Where the value must come back to. */
  private readonly backBelow: number;
  private readonly backAbove: number;

  constructor(plan: AlarmPlan, name: string) {
    super(plan, plan.forMs, name);
    this.above = plan.above ?? Number.POSITIVE_INFINITY;
    this.below = plan.below ?? Number.NEGATIVE_INFINITY;
    this.backBelow = this.above - plan.hysteresis;
    this.backAbove = this.below + plan.hysteresis;
  }

  get quietAbove(): number {
    return this.state === QUIET ? this.below : Number.POSITIVE_INFINITY;
  }

  get quietBelow(): number {
    return this.above;
  }

  // hot path
  evaluate(value: number, ticksUs: number): AlarmChange {
    const stands = value > this.above || value < this.below;
    if (stands || !this.active) return this.step(stands, ticksUs);
    return this.step(value > this.backBelow || value < this.backAbove, ticksUs);
  }

  interrupt(): void {}
}
