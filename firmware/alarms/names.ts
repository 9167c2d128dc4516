/** The names by which a site's rules are acknowledged and confirmed. */
import { type AlarmPlan, alarmName, type DevicePlan } from "../../drivers/plan";

/** Names rules in the order of the plan. Two rules of one class on a channel are told apart by a number. */
export class RuleNamer {
  readonly #taken = new Set<string>();

  nameOf(device: string, channel: string, rule: AlarmPlan): string {
    const own = rule.name ?? alarmName(device, channel, rule.class);
    let name = own;
    for (let n = 2; this.#taken.has(name); n++) name = `${own}-${n}`;
    this.#taken.add(name);
    return name;
  }
}

/** By rule, in the order of the plan. */
export function ruleNames(devices: readonly Pick<DevicePlan, "id" | "channels">[]): ReadonlyMap<AlarmPlan, string> {
  const names = new Map<AlarmPlan, string>();
  const namer = new RuleNamer();
  for (const device of devices)
    for (const channel of device.channels)
      for (const rule of channel.alarms) names.set(rule, namer.nameOf(device.id, channel.name, rule));
  return names;
}
