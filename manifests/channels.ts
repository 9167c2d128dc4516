/** The channels part of a device's page: units, limits, filters and alarm rules against what the driver declares. */
import type { AlarmPlan, ChannelPlan, FilterPlan } from "../drivers/plan";
import type { ChannelDeclaration, DriverSchema } from "../drivers/schema";
import { clip, type Diagnostic, nearest } from "./diagnostic";
import { schemaContext } from "./driver-pages";
import { checkName } from "./names";
import type { AlarmPage, DeviceCommon, FilterPage } from "./schema/site";
import type { Path, Source } from "./source";
import { parseDuration, parseQuantity } from "./units";

export class ChannelCheck {
  readonly diagnostics: Diagnostic[] = [];
  readonly #source: Source;

  constructor(source: Source) {
    this.#source = source;
  }

  /** `undefined` when something is wrong; `diagnostics` says what. */
  check(path: Path, page: DeviceCommon & Record<string, unknown>, schema: DriverSchema): ChannelPlan[] | undefined {
    const declared = schema.channels(page, schemaContext);
    const before = this.diagnostics.length;
    for (const { name } of declared)
      checkName(this.#source, this.diagnostics, [...path, "channels", name], name, "channel");
    for (const name of Object.keys(page.channels ?? {})) {
      if (declared.some((channel) => channel.name === name)) continue;
      const names = declared.map((channel) => channel.name);
      const message = `driver ${schema.driver} has no channel "${clip(name)}"`;
      this.#report([...path, "channels", name], message, nearest(name, names), "key");
    }
    const channels = declared.map((channel) => {
      const own = page.channels?.[channel.name];
      const inner = [...path, "channels", channel.name];
      return {
        name: channel.name,
        unit: channel.unit,
        filters: (own?.filters ?? []).map((filter, i) => this.#filter([...inner, "filters", i], filter, channel)),
        alarms: (own?.alarms ?? []).map((alarm, i) => this.#alarm([...inner, "alarms", i], alarm, channel)),
        ...(own?.stale === undefined ? {} : { staleMs: this.#duration([...inner, "stale"], own.stale) }),
        ...(own?.overload === undefined ? {} : { overload: own.overload }),
      };
    });
    return this.diagnostics.length > before ? undefined : channels;
  }

  #filter(path: Path, filter: FilterPage, channel: ChannelDeclaration): FilterPlan {
    if ("scale" in filter) {
      const { gain, offset } = filter.scale;
      const added = offset === undefined ? 0 : this.#quantity([...path, "scale", "offset"], offset, channel);
      return { kind: "scale", gain, offset: added };
    }
    if ("smooth" in filter) return { kind: "smooth", factor: filter.smooth.factor };
    if ("median" in filter) {
      if (filter.median % 2 === 0)
        this.#report([...path, "median"], "the window of a median must be an odd number of samples", {
          expected: `${filter.median - 1} or ${filter.median + 1}`,
        });
      return { kind: "median", window: filter.median };
    }
    return { kind: "deadband", width: this.#quantity([...path, "deadband"], filter.deadband, channel) };
  }

  #alarm(path: Path, alarm: AlarmPage, channel: ChannelDeclaration): AlarmPlan {
    if (alarm.above === undefined && alarm.below === undefined)
      this.#report(path, "an alarm needs a limit", { expected: "above or below" });
    for (const key of ["above", "below"] as const) {
      const limit = alarm[key];
      if (limit === undefined) continue;
      const value = this.#quantity([...path, key], limit, channel);
      if (value < channel.min || value > channel.max)
        this.#report([...path, key], `${value} ${channel.unit} lies outside of what ${channel.name} can be`, {
          expected: `${channel.min} to ${channel.max} ${channel.unit}`.trim(),
        });
    }
    const limits = {
      ...(alarm.above === undefined ? {} : { above: this.#value(alarm.above, channel) }),
      ...(alarm.below === undefined ? {} : { below: this.#value(alarm.below, channel) }),
    };
    return {
      class: alarm.class,
      ...limits,
      hysteresis:
        alarm.hysteresis === undefined ? 0 : this.#quantity([...path, "hysteresis"], alarm.hysteresis, channel),
      forMs: alarm.for === undefined ? 0 : this.#duration([...path, "for"], alarm.for),
    };
  }

  #quantity(path: Path, text: string | number, channel: ChannelDeclaration): number {
    const parsed = parseQuantity(text, channel.unit);
    if (parsed.ok) return parsed.value;
    const { ok: _, ...help } = parsed;
    this.#report(path, `"${clip(String(text))}" is not in the unit of ${channel.name}`, help);
    return 0;
  }

  #value(text: string | number, channel: ChannelDeclaration): number {
    const parsed = parseQuantity(text, channel.unit);
    return parsed.ok ? parsed.value : 0;
  }

  #duration(path: Path, text: string): number {
    const parsed = parseDuration(text);
    if (parsed.ok) return parsed.value;
    this.#report(path, `"${text}" is not a duration`, { expected: parsed.expected });
    return 0;
  }

  #report(path: Path, message: string, more: Partial<Diagnostic> = {}, at: "key" | "value" = "value"): void {
    this.diagnostics.push(this.#source.problem(path, message, more, at));
  }
}
