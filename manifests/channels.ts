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
    if ("calibrate" in filter) return this.#calibrate([...path, "calibrate"], filter.calibrate, channel);
    if ("clamp" in filter) return this.#clamp([...path, "clamp"], filter.clamp, channel);
    if ("median" in filter) return { kind: "median", window: this.#odd([...path, "median"], filter.median) };
    if ("hampel" in filter) {
      const { window, sigmas = 3, replace = true } = filter.hampel;
      return { kind: "hampel", window: this.#odd([...path, "hampel", "window"], window), sigmas, replace };
    }
    if ("average" in filter) return { kind: "average", window: filter.average };
    if ("smooth" in filter)
      return "factor" in filter.smooth
        ? { kind: "smooth", factor: filter.smooth.factor }
        : { kind: "smooth", overMs: this.#duration([...path, "smooth", "over"], filter.smooth.over) };
    if ("max" in filter) return { kind: "max", window: filter.max };
    if ("min" in filter) return { kind: "min", window: filter.min };
    if ("quantile" in filter) return { kind: "quantile", ...filter.quantile };
    if ("debounce" in filter)
      return { kind: "debounce", holdMs: this.#duration([...path, "debounce"], filter.debounce) };
    if ("throttle" in filter) {
      const { every, heartbeat } = filter.throttle;
      const everyMs = this.#duration([...path, "throttle", "every"], every);
      if (heartbeat === undefined) return { kind: "throttle", everyMs };
      return { kind: "throttle", everyMs, heartbeatMs: this.#duration([...path, "throttle", "heartbeat"], heartbeat) };
    }
    return { kind: "deadband", width: this.#quantity([...path, "deadband"], filter.deadband, channel) };
  }

  #odd(path: Path, window: number): number {
    if (window % 2 === 0)
      this.#report(path, "the window of a median must be an odd number of samples", {
        expected: `${window - 1} or ${window + 1}`,
      });
    return window;
  }

  #calibrate(
    path: Path,
    pairs: readonly (readonly [string | number, string | number])[],
    channel: ChannelDeclaration,
  ): FilterPlan {
    const points = pairs.map(
      ([raw, real], i) =>
        [this.#quantity([...path, i, 0], raw, channel), this.#quantity([...path, i, 1], real, channel)] as const,
    );
    const back = points.findIndex(([raw], i) => i > 0 && raw <= points[i - 1][0]);
    if (back > 0)
      this.#report([...path, back, 0], "calibration points must have ascending readings", {
        expected: `more than ${points[back - 1][0]}`,
      });
    return { kind: "calibrate", points, outside: "clamp" };
  }

  #clamp(
    path: Path,
    { min, max }: { readonly min?: string | number; readonly max?: string | number },
    channel: ChannelDeclaration,
  ): FilterPlan {
    if (min === undefined && max === undefined) this.#report(path, "a clamp needs a limit", { expected: "min or max" });
    const low = min === undefined ? undefined : this.#quantity([...path, "min"], min, channel);
    const high = max === undefined ? undefined : this.#quantity([...path, "max"], max, channel);
    if (low !== undefined && high !== undefined && low > high)
      this.#report([...path, "max"], "max lies below min", { expected: `${low} or more` });
    return { kind: "clamp", ...(low === undefined ? {} : { min: low }), ...(high === undefined ? {} : { max: high }) };
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
