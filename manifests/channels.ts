/** The channels part of a device's page: units, limits, filters and alarm rules against what the driver declares. */
import type { ChannelPlan } from "../drivers/plan";
import type { ChannelDeclaration, DriverSchema, SchemaContext } from "../drivers/schema";
import { AlarmCheck } from "./alarms";
import { clip, type Diagnostic, nearest } from "./diagnostic";
import { FilterCheck } from "./filters";
import { checkName } from "./names";
import { PageCheck } from "./page-check";
import type { ChannelPage } from "./schema/channels";
import type { DeviceCommon } from "./schema/site";
import type { Path, Source } from "./source";

export class ChannelCheck {
  readonly diagnostics: Diagnostic[] = [];
  readonly #source: Source;
  readonly #page: PageCheck;
  readonly #filters: FilterCheck;
  readonly #alarms: AlarmCheck;

  constructor(source: Source) {
    this.#source = source;
    this.#page = new PageCheck(source, this.diagnostics);
    this.#filters = new FilterCheck(source, this.diagnostics);
    this.#alarms = new AlarmCheck(source, this.diagnostics);
  }

  /** `undefined` when something is wrong; `diagnostics` says what. */
  check(
    path: Path,
    page: DeviceCommon & Record<string, unknown>,
    schema: DriverSchema,
    context: SchemaContext,
  ): ChannelPlan[] | undefined {
    const declared = schema.channels(page, context);
    const before = this.diagnostics.length;
    for (const { name } of declared)
      checkName(this.#source, this.diagnostics, [...path, "channels", name], name, "channel");
    for (const name of Object.keys(page.channels ?? {})) {
      if (declared.some((channel) => channel.name === name)) continue;
      const names = declared.map((channel) => channel.name);
      const message = `driver ${schema.driver} has no channel "${clip(name)}"`;
      this.#page.report([...path, "channels", name], message, nearest(name, names), "key");
    }
    const channels = declared.map((channel) =>
      this.#channel([...path, "channels", channel.name], page.channels?.[channel.name] ?? {}, channel),
    );
    return this.diagnostics.length > before ? undefined : channels;
  }

  #channel(path: Path, own: ChannelPage, declared: ChannelDeclaration): ChannelPlan {
    const { filters, unit } =
      own.filters === undefined
        ? { filters: declared.filters ?? [], unit: declared.unit }
        : this.#filters.chain([...path, "filters"], own.filters, declared);
    // Behind a rate it is another quantity, of which nothing was declared.
    const judged =
      unit === declared.unit
        ? declared
        : { ...declared, unit, min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY };
    const decimals = own.decimals ?? (unit === declared.unit ? declared.decimals : undefined);
    return {
      name: declared.name,
      unit,
      filters,
      alarms: (own.alarms ?? []).map((alarm, i) => this.#alarms.rule([...path, "alarms", i], alarm, judged)),
      ...(own.stale === undefined ? {} : { staleMs: this.#page.duration([...path, "stale"], own.stale) }),
      ...(decimals === undefined ? {} : { decimals }),
      ...(own.overload === undefined ? {} : { overload: own.overload }),
      ...(declared.synthetic === true ? { synthetic: true } : {}),
    };
  }
}
