/** Which parts of the firmware a plan wants beyond those that every gateway has. */
import type { Plan } from "../plan";

/** What was linked, by name. Types only: naming a feature here does not link it. */
export type Features = {
  readonly columns?: typeof import("./columns").feature;
  readonly commands?: typeof import("./commands").feature;
  readonly flash?: typeof import("./flash").feature;
  readonly gb26875?: typeof import("./gb26875").feature;
  readonly mqtt5?: typeof import("./mqtt5").feature;
  readonly short?: typeof import("./short").feature;
  readonly signing?: typeof import("./signing").feature;
  readonly sntp?: typeof import("./sntp").feature;
};

export type FeatureName = keyof Features;

/** Sorted by name. */
export function wantedFeatures(plan: Omit<Plan, "devices">): FeatureName[] {
  const wanted: FeatureName[] = [];
  if (plan.uplink.batch.encoding === "columns") wanted.push("columns");
  if (plan.uplink.commands !== undefined) wanted.push("commands");
  if (plan.uplink.store.flash !== undefined) wanted.push("flash");
  if (plan.uplink.gb26875 !== undefined) wanted.push("gb26875");
  if (plan.uplink.version === 5) wanted.push("mqtt5");
  if (plan.uplink.batch.encoding === "short") wanted.push("short");
  if (plan.uplink.sign === "es256") wanted.push("signing");
  if (plan.time !== undefined) wanted.push("sntp");
  return wanted;
}
