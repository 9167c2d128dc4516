/** The page of a monitoring centre (`uplink: gb26875`): checked, and compiled to what a gateway carries: numbers and bytes. */
import { CONDITION_NAMES } from "../drivers/panel-points/conditions";
import { PointNames } from "../drivers/panel-points/point-names";
import type { GroupAlarmPlan } from "../drivers/plan";
import { type Gb26875Plan, GROUPS } from "../firmware/plan";
import { LABEL_BYTES, PLACE_BYTES, POINT_BYTES, PointField, PointKind } from "../firmware/uplink/gb26875/points";
import { clip, nearest } from "./diagnostic";
import { schemaContextOn } from "./driver-pages";
import { encodeGb18030 } from "./gb18030";
import { ANALOG_NAMES, codeOf, TABLES } from "./gb26875/tables";
import { PageCheck } from "./page-check";
import { inPlanOrder } from "./plan-order";
import type { Gb26875Page } from "./schema/gb26875";
import type { Path } from "./source";
import type { CheckedDevice } from "./validate";

type PointPage = NonNullable<Gb26875Page["points"]>[string];

/** What can raise an alarm, in the order in which a gateway counts it: channels, points of panels, alarms of several witnesses. */
export type AlarmSources = {
  readonly names: readonly string[];
  /** Of each channel; points and alarms have none. */
  readonly units: readonly string[];
};

const PATH = ["uplink", "gb26875"] as const;
/** GB/T 26875.3-2011, 6.5. */
const LONGEST_TIMEOUT_MS = 10_000;
const SHORTEST_HEARTBEAT_MS = 1000;
const MOST_TEXT_BYTES = 255;
/** The transmitter's condition that a site can give by name. */
const TRANSMITTER = TABLES.transmitterState;

export function alarmSources(devices: readonly CheckedDevice[], alarms: readonly GroupAlarmPlan[]): AlarmSources {
  const ordered = [...devices].sort(inPlanOrder);
  const channels = ordered.flatMap(({ id, channels: own }) => own.map(({ name, unit }) => [`${id}/${name}`, unit]));
  const points = ordered.flatMap(({ id, schema, page, bus }) => {
    const own = schema.points?.(page, schemaContextOn(bus));
    return own === undefined ? [] : new PointNames(own.names).all().map((name) => `${id}/${name}`);
  });
  return {
    names: [...channels.map(([name]) => name), ...points, ...alarms.map(({ name }) => `${GROUPS}/${name}`)],
    units: channels.map(([, unit]) => unit),
  };
}

export class CentreCheck extends PageCheck {
  compile(page: Gb26875Page, sources: AlarmSources): Gb26875Plan {
    const { heartbeat, duty } = page;
    return {
      host: page.host,
      port: page.port,
      source: this.#address(page.source),
      destination: this.#address(page.destination),
      userVersion: page.userVersion ?? 1,
      zoneMinutes: minutesOf(page.zone ?? "+08:00"),
      timeoutMs: this.#timeout(page.timeout),
      ...(heartbeat === undefined ? {} : { heartbeat: this.#heartbeat(heartbeat) }),
      queue: page.queue ?? 32,
      objects: page.objects ?? 8,
      ...this.#system([...PATH, "system"], page.system),
      conditionBits: this.#conditionBits(page.conditions ?? {}),
      running: page.bit0 === "always",
      points: this.#points(page, sources),
      systemText: this.#text([...PATH, "system", "text"], page.system?.text ?? "", MOST_TEXT_BYTES),
      transmitterText: this.#text([...PATH, "text"], page.text ?? "", MOST_TEXT_BYTES),
      ...(duty === undefined
        ? {}
        : {
            duty: {
              source: this.#source([...PATH, "duty", "button"], duty.button, sources.names, "value"),
              operator: duty.operator ?? 1,
            },
          }),
    };
  }

  #timeout(text: string | undefined): number {
    const timeoutMs = text === undefined ? LONGEST_TIMEOUT_MS : this.duration([...PATH, "timeout"], text);
    if (timeoutMs > LONGEST_TIMEOUT_MS || timeoutMs < 1)
      this.report([...PATH, "timeout"], `${text} is not what the standard allows`, { expected: "1 ms to 10 s" });
    return timeoutMs;
  }

  #heartbeat(page: NonNullable<Gb26875Page["heartbeat"]>): NonNullable<Gb26875Plan["heartbeat"]> {
    const path = [...PATH, "heartbeat", "every"];
    const everyMs = this.duration(path, page.every);
    if (everyMs < SHORTEST_HEARTBEAT_MS) this.report(path, `${page.every} is too short`, { expected: "1 s or more" });
    const as = page.as ?? "empty";
    return { everyMs, as, confirmed: page.confirmed ?? as !== "empty" };
  }

  #system(path: Path, page: { readonly type?: string | number; readonly address?: number } | undefined) {
    const type = page?.type ?? "fire-alarm";
    return {
      system: this.#code([...path, "type"], type, TABLES.systems, "kind of system"),
      systemAddress: page?.address ?? 1,
    };
  }

  #code(path: Path, value: string | number, names: { readonly [code: string]: string }, what: string): number {
    if (typeof value === "number") return value;
    const code = codeOf(names, value);
    if (code !== undefined) return code;
    const { suggestion } = nearest(value, Object.values(names));
    this.report(path, `there is no ${what} "${clip(value)}"`, {
      expected: "its number, or a name of manifests/gb26875/tables-2011.json",
      ...(suggestion === undefined ? {} : { suggestion }),
    });
    return 0;
  }

  /** A number, lowest byte first, or the bytes themselves. */
  #address(value: string | number): Uint8Array {
    if (typeof value === "string") return bytesOf(value);
    const bytes = Buffer.alloc(6);
    bytes.writeUIntLE(value, 0, 6);
    return Uint8Array.from(bytes);
  }

  #text(path: Path, text: string, most: number): Uint8Array {
    const bytes = encodeGb18030(text);
    if (bytes === undefined) this.report(path, "this text has characters that GB18030 does not have");
    else if (bytes.length > most)
      this.report(path, `this text has ${bytes.length} bytes in GB18030`, {
        expected: `at most ${most}: ${most >> 1} Chinese characters`,
      });
    return bytes?.subarray(0, most) ?? new Uint8Array(0);
  }

  /** Bits of a state for each bit of a source's conditions. */
  #conditionBits(own: { readonly [condition: string]: string }): number[] {
    const known = Object.keys(TABLES.conditionStates);
    for (const name of Object.keys(own))
      if (!known.includes(name))
        this.report(
          [...PATH, "conditions", name],
          `there is no condition "${clip(name)}"`,
          nearest(name, known),
          "key",
        );
    // Bit 0 is no condition: it is set and cleared by rule.
    const states = TABLES.componentState.slice(1);
    return Object.keys(CONDITION_NAMES)
      .filter((name) => name !== "unknown")
      .map((name) => {
        const state = own[name] ?? TABLES.conditionStates[name];
        if (state === "") return 0;
        if (!states.includes(state))
          this.report(
            [...PATH, "conditions", name],
            `a component has no condition "${clip(state)}"`,
            nearest(state, states),
          );
        return 1 << TABLES.componentState.indexOf(state);
      });
  }

  #source(path: Path, name: string, names: readonly string[], at: "key" | "value"): number {
    const source = names.indexOf(name);
    if (source < 0)
      this.report(path, `the site has no channel, point or alarm "${clip(name)}"`, nearest(name, names), at);
    return Math.max(0, source);
  }

  #points(page: Gb26875Page, sources: AlarmSources): Uint8Array {
    const entries = Object.entries(page.points ?? {});
    const records = entries.map(([name, point]) => this.#point(page, name, point, sources));
    const places = new Map<string, string>();
    records.forEach((record, i) => {
      if (record[PointField.kind] !== PointKind.component) return;
      // A centre asks by place alone, so the kind of component does not tell points apart.
      const { system, component, place: at, label } = PointField;
      const place = Buffer.from([...record.subarray(system, component), ...record.subarray(at, label)]).toString("hex");
      const other = places.get(place);
      if (other === undefined) places.set(place, entries[i][0]);
      else
        this.report(
          [...PATH, "points", entries[i][0]],
          `"${entries[i][0]}" and "${other}" are the same place of the same system`,
          { expected: "an area and number of its own for each point" },
          "key",
        );
    });
    // In the order of the sources: the same site has the same plan, however its keys are arranged.
    const order = (record: Uint8Array) => record[PointField.source] | (record[PointField.source + 1] << 8);
    return Uint8Array.from(records.sort((a, b) => order(a) - order(b)).flatMap((record) => [...record]));
  }

  #point(page: Gb26875Page, name: string, point: PointPage, sources: AlarmSources): Uint8Array {
    const path = [...PATH, "points", name];
    const record = new Uint8Array(POINT_BYTES);
    const source = this.#source(path, name, sources.names, "key");
    record[PointField.source] = source & 0xff;
    record[PointField.source + 1] = source >> 8;
    if ((point.component === undefined) === (point.transmitter === undefined))
      this.report(
        path,
        `"${name}" is neither or both of a component and a condition of the gateway`,
        {
          expected: "component, or transmitter",
        },
        "key",
      );
    if (point.transmitter !== undefined) {
      this.#onlyTransmitter(path, point);
      record[PointField.kind] = PointKind.transmitter;
      record[PointField.mask] = 1 << TRANSMITTER.indexOf(point.transmitter);
      return record;
    }
    const { system, systemAddress } =
      point.system === undefined
        ? this.#system([...PATH, "system"], page.system)
        : this.#system([...path, "system"], { ...page.system, ...point.system });
    record[PointField.system] = system;
    record[PointField.systemAddress] = systemAddress;
    record[PointField.component] = this.#code(
      [...path, "component"],
      point.component ?? 0,
      TABLES.components,
      "kind of component",
    );
    record.set(this.#place(path, point), PointField.place);
    record.set(this.#text([...path, "text"], point.text ?? "", LABEL_BYTES), PointField.label);
    if (point.analog !== undefined) this.#analog(path, point.analog, sources.units[source], record);
    return record;
  }

  #onlyTransmitter(path: Path, point: PointPage): void {
    for (const key of Object.keys(point))
      if (key !== "transmitter" && key !== "component")
        this.report([...path, key], `a condition of the gateway itself has no ${key}`, {}, "key");
  }

  #place(path: Path, point: PointPage): Uint8Array {
    const { place, area, number } = point;
    if ((place === undefined) === (number === undefined))
      this.report(
        path,
        "the centre must be told where this is, once",
        { expected: "number with area, or place" },
        "key",
      );
    if (place !== undefined) return bytesOf(place);
    const bytes = Buffer.alloc(PLACE_BYTES);
    bytes.writeUInt16LE(area ?? 0, 0);
    bytes.writeUInt16LE(number ?? 0, 2);
    return Uint8Array.from(bytes);
  }

  #analog(path: Path, page: NonNullable<PointPage["analog"]>, unit: string | undefined, record: Uint8Array): void {
    const code = this.#code([...path, "analog", "type"], page.type, ANALOG_NAMES, "kind of quantity");
    const kind = TABLES.analogs[code];
    if (unit === undefined) this.report([...path, "analog"], "only a channel has a value", {}, "key");
    else if (page.step === undefined && kind?.unit !== unit)
      this.report([...path, "analog", "type"], `the channel is in "${unit}"`, {
        expected:
          kind === undefined
            ? "step: what one step is in that unit"
            : `a channel in ${kind.unit}, or step: in "${unit}"`,
      });
    record[PointField.analog] = code;
    new DataView(record.buffer).setFloat32(PointField.step, page.step ?? kind?.step ?? 1, true);
  }
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
}

/** `+08:00` in minutes. */
function minutesOf(zone: string): number {
  const [hours, minutes] = zone.slice(1).split(":").map(Number);
  return (zone.startsWith("-") ? -1 : 1) * (hours * 60 + minutes);
}
