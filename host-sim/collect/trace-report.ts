/** What a trace says, what two differ in, and whether everything that a capture claims of it holds. */
import { ComponentKey, DeviceKey } from "../../firmware/trace/trace";
import { Collector, type CollectorOptions } from "./collector";
import type { SpoolEntry } from "./spool";
import { type ComponentManifest, type DeviceManifest, deviceOf, type TraceIndex } from "./trace-index";
import { hexOf } from "./wire";

/** Names of the keys, for people. */
const KEY_NAMES: { readonly [key: number]: string } = {
  [ComponentKey.kind]: "kind",
  [ComponentKey.class]: "class",
  [ComponentKey.model]: "model",
  [ComponentKey.manufacturer]: "manufacturer",
  [ComponentKey.serial]: "serial",
  [ComponentKey.firmware]: "firmware",
  [ComponentKey.connection]: "connection",
  [ComponentKey.calibration]: "calibration",
  [ComponentKey.units]: "units",
  [ComponentKey.channels]: "channels",
  [ComponentKey.points]: "points",
  [ComponentKey.device]: "device",
  [DeviceKey.components]: "components",
  [DeviceKey.sources]: "sources",
  [DeviceKey.configuration]: "configuration",
};

export type Fields = { readonly [name: string]: unknown };

export type TraceReport = {
  readonly root: string;
  readonly gateway: Fields;
  readonly components: readonly ({ readonly cid: string; readonly known: boolean } & Fields)[];
};

export function traceReport(index: TraceIndex, manifest: DeviceManifest): TraceReport {
  const { [KEY_NAMES[DeviceKey.components]]: _, ...gateway } = named(manifest.fields);
  return {
    root: manifest.root,
    gateway,
    components: manifest.components.map((cid) => {
      const component = index.component(cid);
      return component === undefined ? { cid, known: false } : { cid, known: true, ...named(component.fields) };
    }),
  };
}

function named(fields: ReadonlyMap<number, unknown>): Fields {
  return Object.fromEntries([...fields].map(([key, value]) => [KEY_NAMES[key] ?? `key ${key}`, plain(value)]));
}

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return hexOf(value);
  return Array.isArray(value) ? value.map(plain) : value;
}

export type Difference = {
  /** Device id, or `gateway`. */
  readonly of: string;
  readonly field: string;
  readonly before: unknown;
  readonly after: unknown;
};

/** Field by field, devices by their ids: a part that was swapped is the same device with another serial number. */
export function traceDifferences(before: TraceReport, after: TraceReport): Difference[] {
  const differences = compareFields("gateway", before.gateway, after.gateway);
  const idOf = (component: Fields) => String(component["device"] ?? component["cid"]);
  const then = new Map(before.components.map((component) => [idOf(component), component as Fields]));
  const now = new Map(after.components.map((component) => [idOf(component), component as Fields]));
  for (const id of [...new Set([...then.keys(), ...now.keys()])].sort()) {
    const was = then.get(id);
    const is = now.get(id);
    if (was === undefined)
      differences.push({ of: id, field: "component", before: undefined, after: is!["class"] ?? "there" });
    else if (is === undefined)
      differences.push({ of: id, field: "component", before: was["class"] ?? "there", after: undefined });
    else differences.push(...compareFields(id, was, is));
  }
  return differences;
}

function compareFields(of: string, before: Fields, after: Fields): Difference[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => name !== "cid");
  return names
    .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .map((field) => ({ of, field, before: before[field], after: after[field] }));
}

export type TraceFault = { readonly what: string; readonly reason: string };

export type TraceVerdict = {
  readonly messages: number;
  readonly records: number;
  readonly devices: number;
  readonly components: number;
  readonly faults: readonly TraceFault[];
};

/** Everything that a capture claims: signatures, hashes, that each batch's root and each record's component are known. */
export function verifyTrace(entries: readonly SpoolEntry[], options: CollectorOptions = {}): TraceVerdict {
  const collector = new Collector(options);
  const { index } = collector;
  const evidence = entries.filter(({ topic }) => !topic.includes("/trace/"));
  // Documents first: the order of arrival proves nothing.
  for (const entry of [...entries.filter(({ topic }) => topic.includes("/trace/")), ...evidence])
    if (!evidence.includes(entry)) collector.take(entry.topic, entry.payload, entry.receivedMs);
  const faults = new Map<string, TraceFault>();
  const fault = (what: string, reason: string) => faults.set(`${what}: ${reason}`, { what, reason });
  let messages = 0;
  let records = 0;
  for (const { topic, payload, receivedMs } of evidence) {
    const message = collector.take(topic, payload, receivedMs);
    if (message === undefined) continue;
    messages++;
    const name = `${message.what} ${message.boot}/${message.seq}`;
    if (index.device(message.root) === undefined) fault(name, `its root ${message.root} is no known device manifest`);
    for (const record of message.records) {
      records++;
      const own = record.name.split("/").slice(2).join("/");
      if (record.component !== undefined || OWN_RECORDS.some((prefix) => own.startsWith(prefix))) continue;
      fault(record.name, `no component of root ${message.root} has it`);
    }
  }
  for (const { topic, reason } of collector.refusals) fault(topic, reason);
  for (const { what, reason } of index.rejected) fault(what, reason);
  for (const manifest of index.devices)
    for (const cid of manifest.components)
      if (index.component(cid) === undefined)
        fault(`component ${cid}`, `root ${manifest.handle} lists it, and it was not published`);
  for (const component of index.unlisted) fault(describe(component), "no device manifest lists it");
  return {
    messages,
    records,
    devices: index.devices.length,
    components: index.componentCount,
    faults: [...faults.values()],
  };
}

/** Records of the gateway itself. */
const OWN_RECORDS = ["clock/", "trace/", "alarms/", "uplink/"];

function describe(component: ComponentManifest): string {
  return `component ${component.cid} (${deviceOf(component) ?? "of no device"})`;
}
