/**
 * Probes in the gateway's program: at each boundary between its parts they tell the host whose work follows. Runs in XS.
 *
 * A part is entered through a method that another part calls; a timer or an IO instance belongs to the part that made it, and
 * the host sees to its callbacks. All probes are one function with six arguments, so that one calibration holds for all.
 */
import type { DeviceInstance, DeviceSink, DriverContext, DriverModule, DriverRegistry } from "../../drivers/contract";
import type { BridgeHost } from "../xs/bridge/protocol";
import { Part } from "./parts";

declare const host: BridgeHost;

type Method = (this: object, a?: unknown, b?: unknown, c?: unknown, d?: unknown, e?: unknown, f?: unknown) => unknown;

/** @param self what `method` is called on; whatever the probe itself is called on when left out */
function throughProbe(method: Method, part: number, self?: object): Method {
  return function (a, b, c, d, e, f) {
    const before = host.enter(part);
    try {
      return method.call(self ?? this, a, b, c, d, e, f);
    } finally {
      host.leave(before);
    }
  };
}

/** All names of an object and of its classes, with what stands behind them. */
function members(source: object): Map<string, PropertyDescriptor> {
  const found = new Map<string, PropertyDescriptor>();
  for (let level = source; level !== Object.prototype && level !== null; level = Object.getPrototypeOf(level)) {
    for (const name of Object.getOwnPropertyNames(level))
      if (name !== "constructor" && !found.has(name)) found.set(name, Object.getOwnPropertyDescriptor(level, name)!);
  }
  return found;
}

/** Gives a class's prototype methods that pass a probe on their way to those of its parent class. */
export function probeMethods(prototype: object, parent: object, part: number): void {
  for (const [name, { value }] of members(parent))
    if (typeof value === "function")
      Object.defineProperty(prototype, name, { value: throughProbe(value as Method, part), configurable: true });
}

/** An object like `inner` whose methods pass a probe. */
export function probed<T extends object>(inner: T, part: number): T {
  const outer = {};
  for (const [name, { value }] of members(inner))
    Object.defineProperty(
      outer,
      name,
      typeof value === "function"
        ? { value: throughProbe(value as Method, part, inner) }
        : { get: () => (inner as Record<string, unknown>)[name] },
    );
  return outer as T;
}

function probedDriver(module: DriverModule, part: number): DriverModule {
  return {
    name: module.name,
    version: module.version,
    open(plan, context): DeviceInstance {
      const before = host.enter(part);
      try {
        const sink: DeviceSink = probed(context.sink, Part.loop);
        // What all devices share stands in the context's prototype, which a spread would leave out.
        const own = Object.create(context) as { -readonly [key in keyof DriverContext]: DriverContext[key] };
        own.sink = sink;
        return probed(module.open(plan, own), part);
      } finally {
        host.leave(before);
      }
    },
  };
}

/** In the order of their names, which is also that of their parts. */
export function probedDrivers(drivers: DriverRegistry): DriverRegistry {
  const all: Record<string, DriverModule> = {};
  Object.keys(drivers).forEach((name, i) => {
    all[name] = probedDriver(drivers[name], Part.firstDriver + i);
  });
  return all;
}

/** What a probe is held against. It does something and is called from two places: compaction would write it into the only one. */
class Nothing {
  last = 0;
  pass(i: number): void {
    this.last = i;
  }
}

const plain = new Nothing();
const throughOne = probed(plain, Part.loop);

/** See `unitsOf` in world-guest.ts. */
export function calibrate(what: number, passes: number): void {
  plain.pass(0);
  if (what === 0) for (let i = 0; i < passes; i++) {}
  else if (what === 1) for (let i = 0; i < passes; i++) plain.pass(i);
  else for (let i = 0; i < passes; i++) throughOne.pass(i);
}
