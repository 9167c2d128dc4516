/** The names by which a site's rules are acknowledged and confirmed. */
import { type AlarmPlan, alarmName, type DevicePlan } from "../../drivers/plan";

/** By rule, in the order of the plan. Two rules of one class on a channel are told apart by a number. */
export function ruleNames(devices: readonly Pick<DevicePlan, "id" | "channels">[]): ReadonlyMap<AlarmPlan, string> {
  const names = new Map<AlarmPlan, string>();
  const taken = new Set<string>();
  for (const device of devices)
    for (const channel of device.channels)
      for (const rule of channel.alarms) {
        const own = rule.name ?? alarmName(device.id, channel.name, rule.class);
        let name = own;
        for (let n = 2; taken.has(name); n++) name = `${own}-${n}`;
        taken.add(name);
        names.set(rule, name);
      }
  return names;
}
