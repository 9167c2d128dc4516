/**
 * What one point of a panel says, in words that do not depend on the panel: a set of conditions, never one state, since a
 * point may be disabled and faulty at once (EN 54-2 conditions coexist as well).
 */
import type { AlarmClass } from "../plan";

/** Bits of a point's reading. */
export const PointCondition = {
  fire: 1,
  life: 2,
  preAlarm: 4,
  supervisory: 8,
  trouble: 16,
  disabled: 32,
} as const;

/** Conditions that are reported as alarms, most urgent first, with the class that they are reported as. */
export const REPORTED_CONDITIONS: readonly { readonly bit: number; readonly class: AlarmClass }[] = [
  { bit: PointCondition.fire, class: "fire" },
  { bit: PointCondition.life, class: "life" },
  { bit: PointCondition.preAlarm, class: "pre-alarm" },
  { bit: PointCondition.supervisory, class: "supervisory" },
  { bit: PointCondition.trouble, class: "trouble" },
];

/** How many of them are told as soon as the registers that show them are read: fire and life. */
export const URGENT_CONDITIONS = 2;

export const ALL_CONDITIONS: number =
  PointCondition.fire |
  PointCondition.life |
  PointCondition.preAlarm |
  PointCondition.supervisory |
  PointCondition.trouble |
  PointCondition.disabled;
