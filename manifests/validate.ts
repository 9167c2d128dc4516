/** Everything that is wrong with a site, in one go: first its structure, page by page, then what only shows across pages. */
import { PointNames } from "../drivers/panel-points/point-names";
import type { ChannelPlan, GroupAlarmPlan } from "../drivers/plan";
import type { ChannelDeclaration, DriverSchema, SchemaContext } from "../drivers/schema";
import { type Gb26875Plan, GROUPS } from "../firmware/plan";
import { AlarmCheck } from "./alarms";
import { type BrokerEndpoint, checkAlternate, checkBroker } from "./brokers";
import { type BusLoad, busLoads, checkBusLoads } from "./bus-load";
import { BusCheck, type CheckedBus } from "./buses";
import { alarmSources, CentreCheck } from "./centre";
import { ChannelCheck } from "./channels";
import { clip, type Diagnostic, nearest, oneOf } from "./diagnostic";
import { type DriverPages, schemaContextOn } from "./driver-pages";
import { checkName } from "./names";
import type { Gb26875Page } from "./schema/gb26875";
import { type DeviceCommon, devicePage, Site } from "./schema/site";
import type { Path, Source } from "./source";
import { checkStore } from "./store";
import { checkStructure } from "./structure";
import { checkTimeServers, type TimeServerAddress } from "./time-servers";
import { parseDuration } from "./units";

export type CheckedDevice = {
  readonly id: string;
  readonly schema: DriverSchema;
  readonly page: DeviceCommon & Record<string, unknown>;
  /** `undefined` for a device that is made of the gateway itself. */
  readonly bus: CheckedBus | undefined;
  readonly channels: readonly ChannelPlan[];
};

export type CheckedSite = {
  readonly site: Site;
  readonly devices: readonly CheckedDevice[];
  readonly alarms: readonly GroupAlarmPlan[];
  /** The monitoring centre, where the site has one. */
  readonly centre: Gb26875Plan | undefined;
  readonly timeServers: readonly TimeServerAddress[];
  readonly broker: BrokerEndpoint;
  readonly alternates: readonly BrokerEndpoint[];
  /** How busy the shared buses are. */
  readonly loads: readonly BusLoad[];
};

export type Checked =
  | { readonly ok: true; readonly checked: CheckedSite }
  | { readonly ok: false; readonly diagnostics: Diagnostic[] };

/** RMT channels that transmit (ESP-IDF, soc_caps.h of each chip); hal/node has no light. */
const LIGHT_CHANNELS: { readonly [board: string]: number } = {
  esp32: 8,
  "esp32-s3": 4,
  "esp32-c3": 2,
  "esp32-c6": 2,
  linux: 0,
};

export function checkSite(source: Source, pages: DriverPages): Checked {
  const checker = new Checker(source, pages);
  return checker.run();
}

class Checker {
  readonly #source: Source;
  readonly #pages: DriverPages;
  readonly #diagnostics: Diagnostic[] = [];

  constructor(source: Source, pages: DriverPages) {
    this.#source = source;
    this.#pages = pages;
  }

  run(): Checked {
    this.#diagnostics.push(...checkStructure(this.#source, [], Site, this.#source.value));
    const site = this.#source.value as Partial<Site>;
    const buses = this.#checkBuses(asMap(site.buses));
    const devices = this.#checkDevices(asMap(site.devices), buses.checked, asMap(site.buses));
    for (const { id, page, schema } of devices) buses.claimDevicePins(id, page, schema.pins ?? []);
    this.#checkLights(devices, site.gateway?.board);
    this.#diagnostics.push(...buses.diagnostics);
    this.#checkAddresses(devices);
    const alarms = this.#checkAlarms(site.alarms, devices, asMap(site.devices));
    const [broker, ...alternates] = this.#checkBrokers(site.uplink?.mqtt, site.gateway?.board);
    this.#checkDurations(site);
    if (this.#diagnostics.length === 0) this.#diagnostics.push(...checkStore(this.#source, site.uplink?.store));
    const { sntp } = asMap(site.time);
    const timeServers = checkTimeServers(Array.isArray(sntp) ? sntp : [], (index, message, expected) =>
      this.#report(["time", "sntp", index], message, expected === undefined ? {} : { expected }),
    );
    const loads = this.#checkLoads(devices);
    if (devices.length === 0 && this.#diagnostics.length === 0)
      this.#report(["devices"], "a site without devices has nothing to do", {}, "key");
    const centre = this.#checkCentre(site.uplink?.gb26875, devices, alarms);
    if (this.#diagnostics.length > 0) return { ok: false, diagnostics: this.#diagnostics };
    return {
      ok: true,
      checked: { site: site as Site, devices, alarms, broker: broker!, alternates, centre, loads, timeServers },
    };
  }

  /** Each lamp on a light bus takes a channel of the board's RMT. */
  #checkLights(devices: readonly CheckedDevice[], board: string | undefined): void {
    const channels = LIGHT_CHANNELS[board ?? ""];
    if (channels === undefined) return;
    const lamps = devices.filter(({ bus }) => bus?.kind === "light");
    if (lamps.length <= channels) return;
    this.#report(
      ["devices", lamps[channels].id, "bus"],
      `"${lamps[channels].id}" is lamp ${channels + 1} on a pin, and a board of kind ${board} can send light on ${channels}`,
      { expected: channels === 0 ? "an spi bus" : "fewer lamps on pins, an spi bus for one of them, or another board" },
    );
  }

  /** Only of a site with nothing else wrong: what can be a point must be known. */
  #checkCentre(
    page: Gb26875Page | undefined,
    devices: readonly CheckedDevice[],
    alarms: readonly GroupAlarmPlan[],
  ): Gb26875Plan | undefined {
    if (page === undefined || this.#diagnostics.length > 0) return undefined;
    return new CentreCheck(this.#source, this.#diagnostics).compile(page, alarmSources(devices, alarms));
  }

  #report(path: Path, message: string, more: Partial<Diagnostic> = {}, at: "key" | "value" = "value"): void {
    this.#diagnostics.push(this.#source.problem(path, message, more, at));
  }

  /** What buses and devices claim at once is known when all of them have been seen. */
  #checkBuses(buses: Record<string, unknown>): BusCheck {
    const check = new BusCheck(this.#source);
    for (const [name, page] of Object.entries(buses)) {
      checkName(this.#source, this.#diagnostics, ["buses", name], name, "bus");
      check.check(name, page);
    }
    return check;
  }

  #checkDevices(
    devices: Record<string, unknown>,
    buses: Map<string, CheckedBus>,
    allBuses: Record<string, unknown>,
  ): CheckedDevice[] {
    const checked: CheckedDevice[] = [];
    for (const [id, raw] of this.#inOrder(devices)) {
      const path = ["devices", id];
      checkName(this.#source, this.#diagnostics, path, id, "device");
      if (id === GROUPS)
        this.#report(
          path,
          `"${GROUPS}" is the name that alarms with several witnesses go by`,
          { expected: "another name" },
          "key",
        );
      if (raw === null || typeof raw !== "object" || Array.isArray(raw)) {
        this.#report(path, `device "${id}" is empty`, { expected: "a map with driver, bus and the driver's keys" });
        continue;
      }
      const page = sorted(raw) as DeviceCommon & Record<string, unknown>;
      const schema = this.#driverOf(path, page);
      if (schema === undefined) continue;
      const problems = checkStructure(this.#source, path, devicePage(schema.page, schema.bus.length > 0), page);
      this.#diagnostics.push(...problems);
      const bus = this.#busOf(path, page, schema, buses, allBuses);
      if (problems.length > 0) continue;
      const context = schemaContextOn(bus, schema.bus.length > 0 ? undefined : this.#measured(checked, devices));
      for (const problem of schema.check?.(page, context) ?? [])
        this.#report([...path, ...problem.path], problem.message, this.#help(problem.expected));
      const channelCheck = new ChannelCheck(this.#source);
      const channels = channelCheck.check(path, page, schema, context);
      this.#diagnostics.push(...channelCheck.diagnostics);
      if ((bus !== undefined || schema.bus.length === 0) && channels !== undefined)
        checked.push({ id, schema, page, bus, channels });
    }
    return checked;
  }

  /** Channels that others can be computed from; unknown while a device that has some is wrong. */
  #measured(checked: readonly CheckedDevice[], all: Record<string, unknown>): SchemaContext["channels"] {
    const measuring = checked.filter(({ bus }) => bus !== undefined);
    const computed = Object.values(all).filter((page) => this.#schemaOf(page)?.bus.length === 0);
    return measuring.length + computed.length === Object.keys(all).length ? channelsOf(measuring) : undefined;
  }

  #schemaOf(page: unknown): DriverSchema | undefined {
    return this.#pages.get(String(asMap(page)["driver"]));
  }

  /** What is computed comes after what is measured: it needs to know those channels. */
  #inOrder(devices: Record<string, unknown>): [string, unknown][] {
    const computed = ([, page]: [string, unknown]) => (this.#schemaOf(page)?.bus.length === 0 ? 1 : 0);
    return Object.entries(devices).sort((a, b) => computed(a) - computed(b));
  }

  #help(expected: string | undefined): Partial<Diagnostic> {
    return expected === undefined ? {} : { expected };
  }

  #driverOf(path: Path, page: { driver?: unknown }): DriverSchema | undefined {
    const names = [...this.#pages.keys()];
    if (page.driver === undefined || page.driver === null) {
      this.#report(path, `device "${path[1]}" names no driver`, { expected: oneOf(names) }, "key");
      return undefined;
    }
    const schema = this.#pages.get(String(page.driver));
    if (schema !== undefined) return schema;
    const word = clip(String(page.driver));
    this.#report([...path, "driver"], `there is no driver "${word}"`, nearest(word, names));
    return undefined;
  }

  #busOf(
    path: Path,
    page: { bus?: unknown },
    schema: DriverSchema,
    buses: Map<string, CheckedBus>,
    allBuses: Record<string, unknown>,
  ): CheckedBus | undefined {
    if (typeof page.bus !== "string") return undefined;
    const bus = buses.get(page.bus);
    if (bus === undefined) {
      // A bus that is there but wrong has its own message.
      if (Object.hasOwn(allBuses, page.bus)) return undefined;
      const names = [...buses.keys()];
      const help = names.length === 0 ? { expected: "a bus under buses:" } : nearest(page.bus, names);
      this.#report([...path, "bus"], `there is no bus "${clip(page.bus)}"`, help);
      return undefined;
    }
    if (!schema.bus.includes(bus.kind)) {
      this.#report([...path, "bus"], `driver ${schema.driver} cannot use bus "${bus.name}", which is ${bus.kind}`, {
        expected: `a bus of kind ${schema.bus.join(" or ")}`,
      });
      return undefined;
    }
    return bus;
  }

  #checkAddresses(devices: readonly CheckedDevice[]): void {
    const users = new Map<string, CheckedDevice>();
    for (const device of devices) {
      const address = device.schema.busAddress?.(device.page);
      if (address === undefined || device.bus === undefined) continue;
      const key = `${device.bus.name} ${address}`;
      const other = users.get(key);
      if (other === undefined) users.set(key, device);
      else
        this.#report(
          ["devices", device.id, "address" in device.page ? "address" : "unit" in device.page ? "unit" : "bus"],
          `"${device.id}" and "${other.id}" have the same address ${address} on bus "${device.bus.name}"`,
          {
            expected: "an address of its own for each device on a bus",
          },
        );
    }
  }

  /** Only of a site with nothing else wrong: periods and bit rates must be what they say. */
  #checkLoads(devices: readonly CheckedDevice[]): readonly BusLoad[] {
    if (this.#diagnostics.length > 0) return [];
    const loads = busLoads(devices);
    this.#diagnostics.push(...checkBusLoads(this.#source, loads));
    return loads;
  }

  /** Which alarms there are is known only where every device could be checked. */
  #checkAlarms(
    pages: Site["alarms"],
    devices: readonly CheckedDevice[],
    all: Record<string, unknown>,
  ): readonly GroupAlarmPlan[] {
    for (const name of Object.keys(pages ?? {}))
      checkName(this.#source, this.#diagnostics, ["alarms", name], name, "alarm");
    if (devices.length < Object.keys(all).length || this.#diagnostics.length > 0) return [];
    const check = new AlarmCheck(this.#source, this.#diagnostics);
    // A site without such alarms need not know the names of all points.
    const pointNames = (schema: DriverSchema, page: Record<string, unknown>) =>
      pages === undefined || schema.points === undefined
        ? []
        : new PointNames(schema.points(page, schemaContextOn(undefined)).names).all();
    const sources = devices.map(({ id, channels, schema, page }) => ({
      id,
      channels,
      edges: schema.edges?.(page) ?? [],
      points: pointNames(schema, page),
    }));
    return check.groups(pages ?? {}, sources);
  }

  #checkBrokers(mqtt: Partial<Site["uplink"]["mqtt"]> | undefined, board: unknown): BrokerEndpoint[] {
    const path = ["uplink", "mqtt"];
    const taken: BrokerEndpoint[] = [];
    const take = (at: Path, checked: ReturnType<typeof checkBroker>) => {
      if ("message" in checked) this.#report(at, checked.message, { expected: checked.expected });
      else taken.push(checked);
    };
    if (typeof mqtt?.url === "string") take([...path, "url"], checkBroker(mqtt.url, board));
    if (Array.isArray(mqtt?.alternates))
      mqtt.alternates.forEach((url, i) => {
        if (typeof url === "string") take([...path, "alternates", i], checkAlternate(url, taken[0], board));
      });
    if (mqtt?.expiry !== undefined && mqtt.version !== 5)
      this.#report([...path, "expiry"], "MQTT 3.1.1 cannot let messages expire", { expected: "version: 5 beside it" });
    return taken;
  }

  /** A period of nothing passes the pattern, and not the gateway. */
  #checkDurations(site: Partial<Site>): void {
    const places: (readonly [Path, unknown])[] = [
      [["uplink", "batch", "every"], site.uplink?.batch?.every],
      [["uplink", "mqtt", "keepAlive"], site.uplink?.mqtt?.keepAlive],
      [["uplink", "mqtt", "expiry"], site.uplink?.mqtt?.expiry],
      ...Object.entries(asMap(site.devices)).map(
        ([id, page]) => [["devices", id, "every"], (page as { every?: unknown } | null)?.every] as const,
      ),
    ];
    for (const [path, text] of places) {
      const parsed = parseDuration(text);
      if (text !== undefined && parsed.ok && parsed.value < 1)
        this.#report(path, `${String(text)} is too short`, { expected: "1 ms or more" });
    }
  }
}

/** Channels by `<device>/<channel>`, as they come out of their filters. */
function channelsOf(devices: readonly CheckedDevice[]): ReadonlyMap<string, ChannelDeclaration> {
  const bounds = { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY };
  return new Map(
    devices.flatMap(({ id, channels }) =>
      channels.map(({ name, unit }) => [`${id}/${name}`, { name, unit, ...bounds }] as const),
    ),
  );
}

/** Maps in YAML have no order, so a plan must not follow from one: everything below gets the keys of a page sorted. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, sorted((value as Record<string, unknown>)[key])]));
}

function asMap(value: unknown): Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
