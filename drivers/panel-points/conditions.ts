/**
 * What one point of a panel says, in words that do not depend on the panel: a set of conditions, never one state, since a
 * point may be disabled and faulty at once (EN 54-2 conditions coexist as well). A set fits into a byte.
 */
import type { AlarmClass } from "../plan";

/** Bits of a point's set. */
export const PointCondition = {
  fire: 1,
  life: 2,
  preAlarm: 4,
  supervisory: 8,
  trouble: 16,
  disabled: 32,
  /** Under test or in a walk test: what else it says may be the tester's doing. */
  test: 64,
  /** Never read, or the panel has no such point: what else the set says is what was last known. */
  unknown: 128,
} as const;

/** Conditions that are reported as alarms, most urgent first, with the class that they are reported as. */
export const REPORTED_CONDITIONS: readonly { readonly bit: number; readonly class: AlarmClass }[] = [
  { bit: PointCondition.fire, class: "fire" },
  { bit: PointCondition.life, class: "life" },
  { bit: PointCondition.preAlarm, class: "pre-alarm" },
  { bit: PointCondition.supervisory, class: "supervisory" },
  { bit: PointCondition.trouble, class: "trouble" },
  { bit: PointCondition.test, class: "test" },
];

/** How many of them are told as soon as they are seen, not when the whole panel has been: fire and life. */
export const URGENT_CONDITIONS = 2;

/** What a profile and a scenario call a condition. */
export const CONDITION_NAMES: { readonly [name: string]: number } = {
  fire: PointCondition.fire,
  life: PointCondition.life,
  "pre-alarm": PointCondition.preAlarm,
  supervisory: PointCondition.supervisory,
  trouble: PointCondition.trouble,
  disabled: PointCondition.disabled,
  test: PointCondition.test,
  unknown: PointCondition.unknown,
};

/** `fire, pre-alarm`; `quiet` when nothing is. */
export function describeConditions(conditions: number): string {
  const names = Object.keys(CONDITION_NAMES).filter((name) => conditions & CONDITION_NAMES[name]);
  return names.length === 0 ? "quiet" : names.join(", ");
}
