/** Alarms of a site: the rules of a channel's page, and those that need several witnesses. */
import { type AlarmClass, type AlarmPlan, alarmName, type DevicePlan, type GroupAlarmPlan } from "../drivers/plan";
import type { ChannelDeclaration } from "../drivers/schema";
import { ruleNames } from "../firmware/alarms/names";
import { clip, nearest } from "./diagnostic";
import { PageCheck } from "./page-check";
import type { AlarmPage, GroupAlarmPage } from "./schema/channels";
import type { Path } from "./source";

export class AlarmCheck extends PageCheck {
  rule(path: Path, page: AlarmPage, channel: ChannelDeclaration): AlarmPlan {
    const limited = page.above !== undefined || page.below !== undefined;
    const rated = page.rise !== undefined || page.fall !== undefined;
    if (limited === rated)
      this.report(path, limited ? "an alarm watches a limit or a rate, not both" : "an alarm needs a limit", {
        expected: "above or below, or rise or fall with per",
      });
    if (rated !== (page.per !== undefined))
      this.report(path, rated ? "a rise or fall needs the time that it takes" : "per is the time of a rise or fall", {
        expected: rated ? "per: 60 s" : "rise or fall beside it",
      });
    return {
      ...(page.name === undefined ? {} : { name: page.name }),
      class: page.class,
      ...this.#limits(path, page, channel),
      ...this.#rates(path, page, channel),
      hysteresis: page.hysteresis === undefined ? 0 : this.#size([...path, "hysteresis"], page.hysteresis, channel),
      forMs: page.for === undefined ? 0 : this.duration([...path, "for"], page.for),
      ...(page.latch === true ? { latch: true } : {}),
    };
  }

  #limits(path: Path, page: AlarmPage, channel: ChannelDeclaration): Pick<AlarmPlan, "above" | "below"> {
    const limits: { above?: number; below?: number } = {};
    for (const key of ["above", "below"] as const) {
      const text = page[key];
      if (text === undefined) continue;
      const value = this.quantity([...path, key], text, channel);
      limits[key] = value;
      if (value < channel.min || value > channel.max)
        this.report([...path, key], `${value} ${channel.unit} lies outside of what ${channel.name} can be`, {
          expected: `${channel.min} to ${channel.max} ${channel.unit}`.trim(),
        });
    }
    return limits;
  }

  #rates(path: Path, page: AlarmPage, channel: ChannelDeclaration): Pick<AlarmPlan, "rise" | "fall" | "perMs"> {
    const rates: { rise?: number; fall?: number; perMs?: number } = {};
    for (const key of ["rise", "fall"] as const) {
      const text = page[key];
      if (text !== undefined) rates[key] = this.#size([...path, key], text, channel);
    }
    if (page.per === undefined) return rates;
    rates.perMs = this.duration([...path, "per"], page.per);
    if (rates.perMs < 1) this.report([...path, "per"], `${page.per} is too short`, { expected: "1 ms or more" });
    return rates;
  }

  /** A distance of two values. */
  #size(path: Path, text: string | number, channel: ChannelDeclaration): number {
    const value = this.quantity(path, text, channel);
    if (value < 0) this.report(path, `${value} ${channel.unit} is less than nothing`, { expected: "0 or more" });
    return value;
  }

  /** All alarms that need several witnesses, by name. */
  groups(pages: Readonly<Record<string, GroupAlarmPage>>, devices: readonly AlarmSource[]): GroupAlarmPlan[] {
    const names = this.#names(devices);
    return Object.keys(pages)
      .sort()
      .map((name) => this.#group(name, pages[name], names));
  }

  #group(name: string, page: GroupAlarmPage, known: Known): GroupAlarmPlan {
    const path = ["alarms", name];
    if (known.rules.includes(name)) this.report(path, `a rule of a channel is named "${name}" already`, {}, "key");
    const zones =
      page.zones ?? (page.any !== undefined && page.of !== undefined ? [{ any: page.any, of: page.of }] : []);
    if ((page.zones === undefined) === (page.any === undefined && page.of === undefined) || zones.length === 0)
      this.report(path, `"${name}" does not say who its witnesses are`, {
        expected: "any and of, or zones with any and of each",
      });
    zones.forEach((zone, i) => {
      const inner = page.zones === undefined ? path : [...path, "zones", i];
      zone.of.forEach((member, k) => {
        this.#member([...inner, "of", k], member, known);
        if (zone.of.indexOf(member) < k) this.report([...inner, "of", k], `"${clip(member)}" is named twice`);
      });
      if (zone.any > zone.of.length)
        this.report([...inner, "any"], `${zone.any} of ${zone.of.length} witnesses can never be`, {
          expected: `1 to ${zone.of.length}`,
        });
    });
    return {
      name,
      class: page.class,
      zones,
      ...(page.within === undefined ? {} : { withinMs: this.duration([...path, "within"], page.within) }),
      ...(page.latch === true ? { latch: true } : {}),
    };
  }

  #member(path: Path, member: string, known: Known): void {
    if (known.rules.includes(member) || known.edges.includes(member)) return;
    this.report(path, `there is no alarm "${clip(member)}"`, nearest(member, [...known.rules, ...known.edges]));
  }

  #names(devices: readonly AlarmSource[]): Known {
    const names = ruleNames(devices);
    const edges: string[] = [];
    for (const { id, channels, edges: classes } of devices)
      for (const channel of channels) {
        channel.alarms.forEach((alarm, i) => {
          if (alarm.name === undefined || alarm.name === names.get(alarm)) return;
          const path = ["devices", id, "channels", channel.name, "alarms", i, "name"];
          this.report(path, `another alarm is named "${alarm.name}" already`);
        });
        edges.push(...classes.map((alarmClass) => alarmName(id, channel.name, alarmClass)));
      }
    for (const { id, points, edges: classes } of devices)
      for (const point of points ?? []) edges.push(...classes.map((alarmClass) => alarmName(id, point, alarmClass)));
    const rules = [...names.values()];
    return { rules, edges };
  }
}

/** A device whose alarms a group may name. */
export type AlarmSource = Pick<DevicePlan, "id" | "channels"> & {
  /** Classes that the device itself reports for each of its channels. */
  readonly edges: readonly AlarmClass[];
  /** Names of a panel's points. */
  readonly points?: readonly string[];
};

type Known = { readonly rules: readonly string[]; readonly edges: readonly string[] };
