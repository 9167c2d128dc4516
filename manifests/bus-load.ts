/**
 * How much of its time each shared bus is busy, from what the drivers say of their devices; and what is wrong where that is
 * too much: a bus that is asked for more than it can give, a class of requests that is not through within its limit, a part
 * that measures longer than its period.
 */
import type { BusUse, ConnectedBus } from "../drivers/bus-use";
import type { BusKind } from "../drivers/schema";
import { busOptions } from "./bus-options";
import type { CheckedBus } from "./buses";
import type { Diagnostic } from "./diagnostic";
import { schemaContextOn } from "./driver-pages";
import type { Path, Source } from "./source";
import { parseDuration } from "./units";
import type { CheckedDevice } from "./validate";

/**
 * The share of a bus's time that a site may plan for. The rest is for what nobody plans: retries, time-outs of a part that is
 * away, setting a part up anew, clocks that are slower than they say. A device that has a bus for itself waits for nobody else:
 * it may take all of it.
 */
export const LARGEST_LOAD = 0.8;
const ALL_OF_IT = 1;

export type DeviceLoad = { readonly device: string; readonly uses: readonly BusUse[]; readonly load: number };
export type BusLoad = {
  readonly bus: string;
  readonly kind: BusKind;
  /** Share of its time: 1 is all of it. */
  readonly load: number;
  /** The largest first. */
  readonly devices: readonly DeviceLoad[];
};

/** Loads of the buses that devices share, in the order of the buses' names. */
export function busLoads(devices: readonly CheckedDevice[]): BusLoad[] {
  const loads = new Map<string, { readonly bus: CheckedBus; readonly devices: DeviceLoad[] }>();
  for (const device of devices) {
    const { bus } = device;
    if (bus === undefined || device.schema.busUse === undefined) continue;
    const uses = usesOf(device, bus);
    // Modbus on TCP shares no wires.
    if (uses.length === 0) continue;
    const load = uses.reduce((share, { busyUs, everyMs }) => share + busyUs / (everyMs * 1000), 0);
    const entry = loads.get(bus.name) ?? { bus, devices: [] };
    loads.set(bus.name, entry);
    entry.devices.push({ device: device.id, uses, load });
  }
  return [...loads.values()]
    .sort((a, b) => (a.bus.name < b.bus.name ? -1 : 1))
    .map(({ bus, devices }) => ({
      bus: bus.name,
      kind: bus.kind,
      load: devices.reduce((share, { load }) => share + load, 0),
      devices: devices.sort((a, b) => b.load - a.load || (a.device < b.device ? -1 : 1)),
    }));
}

/** What is wrong with the loads. */
export function checkBusLoads(source: Source, loads: readonly BusLoad[]): Diagnostic[] {
  const problems: Diagnostic[] = [];
  const report = (path: Path, message: string, expected: string) =>
    void problems.push(source.problem(path, message, { expected }, "key"));
  for (const bus of loads) {
    for (const device of bus.devices) checkTurns(bus, device, report);
    checkLimits(bus, report);
    const largest = bus.devices.length > 1 ? LARGEST_LOAD : ALL_OF_IT;
    if (bus.load > largest)
      report(
        ["buses", bus.bus],
        `bus "${bus.bus}" is busy ${percent(bus.load)} of its time: ${shares(bus)}`,
        `at most ${percent(largest)}, so that there is time for what goes wrong: longer periods, a faster bus, or a second one`,
      );
  }
  return problems;
}

type Report = (path: Path, message: string, expected: string) => void;

/** A turn must end before the next begins. */
function checkTurns(bus: BusLoad, { device, uses }: DeviceLoad, report: Report): void {
  for (const { what, everyMs, busyUs, takesUs = 0 } of uses) {
    const neededUs = busyUs > takesUs ? busyUs : takesUs;
    if (neededUs <= everyMs * 1000) continue;
    const why = busyUs > takesUs ? ` of bus "${bus.bus}"` : "";
    report(
      ["devices", device, "every"],
      `${what} of "${device}" takes ${duration(neededUs)}${why}, and the next begins after ${duration(everyMs * 1000)}`,
      `a period of ${duration(neededUs)} or more`,
    );
  }
}

/** Uses of one name wait for each other. */
function checkLimits(bus: BusLoad, report: Report): void {
  const classes = new Map<string, { limitMs: number; busyUs: number; members: string[] }>();
  for (const { device, uses } of bus.devices)
    for (const { what, busyUs, limitMs = Number.POSITIVE_INFINITY } of uses) {
      const one = classes.get(what) ?? { limitMs: Number.POSITIVE_INFINITY, busyUs: 0, members: [] };
      classes.set(what, one);
      one.busyUs += busyUs;
      if (limitMs < one.limitMs) one.limitMs = limitMs;
      one.members.push(`${device} ${duration(busyUs)}`);
    }
  for (const [what, { limitMs, busyUs, members }] of classes)
    if (busyUs > limitMs * 1000)
      report(
        ["buses", bus.bus],
        `${what} needs ${duration(busyUs)} on bus "${bus.bus}", limit ${duration(limitMs * 1000)}: ${members.join(", ")}`,
        "fewer devices on this bus, less to read, a higher limit, or a faster bus",
      );
}

function usesOf({ schema, page }: CheckedDevice, bus: CheckedBus): readonly BusUse[] {
  const every = parseDuration(page.every);
  const connected: ConnectedBus = {
    kind: bus.kind,
    options: { ...busOptions(bus), ...schema.connection?.(page) },
    everyMs: every.ok ? every.value : schema.defaultEveryMs,
  };
  return schema.busUse!(page, connected, schemaContextOn(bus));
}

/** Who takes how much, the largest first. */
function shares({ devices }: BusLoad): string {
  return devices
    .map(({ device, uses, load }) => {
      const turns = uses.map(
        ({ what, busyUs, everyMs }) => `${what} of ${duration(busyUs)} each ${duration(everyMs * 1000)}`,
      );
      return `${device} ${percent(load)} (${turns.join(", ")})`;
    })
    .join("; ");
}

/** For people: `4.2 %`, `0.06 %`. */
export function percent(share: number): string {
  const value = share * 100;
  return `${value >= 10 ? value.toFixed(0) : Number(value.toPrecision(2))} %`;
}

/** For people: `1.2 s`, `15.5 ms`, `640 us`. */
export function duration(us: number): string {
  if (us >= 1_000_000) return `${Number((us / 1_000_000).toPrecision(3))} s`;
  return us >= 1000 ? `${Number((us / 1000).toPrecision(3))} ms` : `${Number(us.toPrecision(3))} us`;
}
