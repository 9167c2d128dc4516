/**
 * An alarm that needs more than one witness: two of n in one zone, or cross-zone confirmation in several.
 *
 * Its members are alarms themselves, by name. It is looked at when a member changes, and needs no timer: `within` asks how far
 * apart the members began, and an alarm that was confirmed stays until too few of its members are active.
 */
import type { AlarmZonePlan, GroupAlarmPlan } from "../../drivers/plan";
import { AlarmChange, NamedMachine } from "./machine";

class Zone {
  readonly any: number;
  readonly of: readonly string[];
  /** When each member's reason began; NaN while it is not active. */
  readonly #sinceUs: Float64Array;

  constructor(plan: AlarmZonePlan) {
    this.any = plan.any;
    this.of = plan.of;
    this.#sinceUs = new Float64Array(plan.of.length).fill(Number.NaN);
  }

  /** When the active members began. */
  get beginnings(): readonly number[] {
    return [...this.#sinceUs].filter((sinceUs) => sinceUs - sinceUs === 0);
  }

  /** Enough members are active that began between the two. */
  confirmed(fromUs: number, toUs: number): boolean {
    return this.beginnings.filter((sinceUs) => sinceUs >= fromUs && sinceUs <= toUs).length >= this.any;
  }

  /** @returns false when it is no member */
  set(member: string, sinceUs: number): boolean {
    const at = this.of.indexOf(member);
    if (at < 0) return false;
    this.#sinceUs[at] = sinceUs;
    return true;
  }
}

export class GroupAlarm extends NamedMachine {
  readonly #zones: readonly Zone[];
  readonly #withinUs: number;

  constructor(plan: GroupAlarmPlan) {
    super(plan, 0, plan.name);
    this.#zones = plan.zones.map((zone) => new Zone(zone));
    this.#withinUs = plan.withinMs === undefined ? Number.POSITIVE_INFINITY : plan.withinMs * 1000;
  }

  /** Members that are active now, in all zones: the alarm's value on the wire. */
  get witnesses(): number {
    return this.#zones.reduce((sum, zone) => sum + zone.beginnings.length, 0);
  }

  /**
   * A member was raised or has ended.
   * @param sinceUs when its reason began
   */
  memberChanged(member: string, active: boolean, sinceUs: number, ticksUs: number): AlarmChange {
    let known = false;
    for (const zone of this.#zones) if (zone.set(member, active ? sinceUs : Number.NaN)) known = true;
    if (!known) return AlarmChange.none;
    return this.step(this.confirmed(), ticksUs);
  }

  /** What stands already needs no coincidence any more. */
  private confirmed(): boolean {
    if (this.active || this.#withinUs === Number.POSITIVE_INFINITY) return this.confirmedFrom(Number.NEGATIVE_INFINITY);
    return this.#zones.some((zone) => zone.beginnings.some((sinceUs) => this.confirmedFrom(sinceUs)));
  }

  private confirmedFrom(fromUs: number): boolean {
    const toUs = fromUs === Number.NEGATIVE_INFINITY ? Number.POSITIVE_INFINITY : fromUs + this.#withinUs;
    return this.#zones.every((zone) => zone.confirmed(fromUs, toUs));
  }
}
