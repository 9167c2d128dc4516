/** The filters of a channel's page. Quantities are in the unit that the channel has at that place of the chain. */
import type { FilterPlan } from "../drivers/plan";
import { type Measured, PageCheck } from "./page-check";
import type { FilterPage } from "./schema/channels";
import type { Path } from "./source";

/** Time units that a rate may be per. "Cel/min" is not among SenML's registered units; its meaning is plain. */
const RATE_UNITS: ReadonlyMap<number, string> = new Map([
  [1000, "s"],
  [60_000, "min"],
  [3_600_000, "h"],
]);

type DeadbandPage = Extract<FilterPage, { deadband: unknown }>["deadband"];

export class FilterCheck extends PageCheck {
  /** The chain, and the unit of what comes out of it. */
  chain(path: Path, pages: readonly FilterPage[], channel: Measured): { filters: FilterPlan[]; unit: string } {
    let unit = channel.unit;
    const filters = pages.map((page, i) => {
      const filter = this.#filter([...path, i], page, { name: channel.name, unit });
      if (filter.kind === "rate") unit = `${unit}/${RATE_UNITS.get(filter.perMs) ?? "s"}`;
      return filter;
    });
    return { filters, unit };
  }

  #filter(path: Path, filter: FilterPage, channel: Measured): FilterPlan {
    if ("scale" in filter) {
      const { gain, offset } = filter.scale;
      const added = offset === undefined ? 0 : this.quantity([...path, "scale", "offset"], offset, channel);
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
        : { kind: "smooth", overMs: this.duration([...path, "smooth", "over"], filter.smooth.over) };
    if ("max" in filter) return { kind: "max", window: filter.max };
    if ("min" in filter) return { kind: "min", window: filter.min };
    if ("quantile" in filter) return { kind: "quantile", ...filter.quantile };
    if ("debounce" in filter)
      return { kind: "debounce", holdMs: this.duration([...path, "debounce"], filter.debounce) };
    if ("throttle" in filter) {
      const { every, heartbeat } = filter.throttle;
      const everyMs = this.duration([...path, "throttle", "every"], every);
      if (heartbeat === undefined) return { kind: "throttle", everyMs };
      return { kind: "throttle", everyMs, heartbeatMs: this.duration([...path, "throttle", "heartbeat"], heartbeat) };
    }
    if ("rate" in filter) return this.#rate([...path, "rate"], filter.rate);
    return this.#deadband([...path, "deadband"], filter.deadband, channel);
  }

  #rate(path: Path, { per, over }: { readonly per: string; readonly over: string }): FilterPlan {
    const perMs = this.duration([...path, "per"], per);
    if (!RATE_UNITS.has(perMs))
      this.report([...path, "per"], `a rate per ${per} has no unit`, { expected: "1 s, 1 min or 1 h" });
    const overMs = this.duration([...path, "over"], over);
    if (overMs < 1) this.report([...path, "over"], `${over} is too short`, { expected: "1 ms or more" });
    return { kind: "rate", perMs, overMs };
  }

  #deadband(path: Path, page: DeadbandPage, channel: Measured): FilterPlan {
    if (typeof page !== "object") return { kind: "deadband", width: this.quantity(path, page, channel) };
    const { width, percent, heartbeat } = page;
    if (width === undefined && percent === undefined)
      this.report(path, "a deadband needs a width", { expected: "width or percent" });
    return {
      kind: "deadband",
      width: width === undefined ? 0 : this.quantity([...path, "width"], width, channel),
      ...(percent === undefined ? {} : { percent }),
      ...(heartbeat === undefined ? {} : { heartbeatMs: this.duration([...path, "heartbeat"], heartbeat) }),
    };
  }

  #odd(path: Path, window: number): number {
    if (window % 2 === 0)
      this.report(path, "the window of a median must be an odd number of samples", {
        expected: `${window - 1} or ${window + 1}`,
      });
    return window;
  }

  #calibrate(
    path: Path,
    pairs: readonly (readonly [string | number, string | number])[],
    channel: Measured,
  ): FilterPlan {
    const points = pairs.map(
      ([raw, real], i) =>
        [this.quantity([...path, i, 0], raw, channel), this.quantity([...path, i, 1], real, channel)] as const,
    );
    const back = points.findIndex(([raw], i) => i > 0 && raw <= points[i - 1][0]);
    if (back > 0)
      this.report([...path, back, 0], "calibration points must have ascending readings", {
        expected: `more than ${points[back - 1][0]}`,
      });
    return { kind: "calibrate", points, outside: "clamp" };
  }

  #clamp(
    path: Path,
    { min, max }: { readonly min?: string | number; readonly max?: string | number },
    channel: Measured,
  ): FilterPlan {
    if (min === undefined && max === undefined) this.report(path, "a clamp needs a limit", { expected: "min or max" });
    const low = min === undefined ? undefined : this.quantity([...path, "min"], min, channel);
    const high = max === undefined ? undefined : this.quantity([...path, "max"], max, channel);
    if (low !== undefined && high !== undefined && low > high)
      this.report([...path, "max"], "max lies below min", { expected: `${low} or more` });
    return { kind: "clamp", ...(low === undefined ? {} : { min: low }), ...(high === undefined ? {} : { max: high }) };
  }
}
