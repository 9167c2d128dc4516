/**
 * The sampling loop's own telemetry: how late it was, what it missed, what was let go. It stands in the plan like a part, so
 * that lateness has filters and alarms as a temperature has. All counts are since boot.
 */
import {
  type ChannelSource,
  type DeviceInstance,
  type DriverContext,
  type DriverModule,
  type GatewayView,
  LATENESS_BOUNDS_US,
  Quality,
} from "../contract";
import type { DevicePlan } from "../plan";

/** What a channel reads. */
interface Gauge {
  read(): number;
}

class Later implements Gauge {
  readonly #health: GatewayView["health"];
  readonly #boundUs: number;

  constructor(health: GatewayView["health"], boundUs: number) {
    this.#health = health;
    this.#boundUs = boundUs;
  }

  // hot path
  read(): number {
    return this.#health.laterThan(this.#boundUs);
  }
}

class Dropped implements Gauge {
  readonly #source: ChannelSource;

  constructor(source: ChannelSource) {
    this.#source = source;
  }

  // hot path
  read(): number {
    return this.#source.dropped;
  }
}

class LoopHealthInstance implements DeviceInstance {
  readonly #context: DriverContext;
  readonly #gauges: readonly Gauge[];

  constructor(plan: DevicePlan, context: DriverContext) {
    this.#context = context;
    const { gateway } = context;
    if (gateway === undefined) throw new Error("the loop's health needs the gateway around it");
    this.#gauges = plan.channels.map(({ name }, i) => gaugeOf(name, gateway, droppedOf(plan, i)));
  }

  // hot path
  start(nowUs: number): number {
    const gauges = this.#gauges;
    const { sink } = this.#context;
    for (let i = 0; i < gauges.length; i++) sink.reading(i, gauges[i].read(), Quality.good, nowUs);
    return 0;
  }

  finish(): number {
    return 0;
  }

  close(): void {}
}

/** The channel whose drops channel `i` counts, empty for the others. */
function droppedOf(plan: DevicePlan, i: number): string {
  return (plan.settings["droppedOf"] as readonly string[])[i];
}

function gaugeOf(name: string, { health, channel }: GatewayView, droppedOf: string): Gauge {
  if (droppedOf !== "") {
    const source = channel(droppedOf);
    if (source === undefined) throw new Error(`there is no channel ${droppedOf} whose drops could be counted`);
    return new Dropped(source);
  }
  switch (name) {
    case "late-1ms":
    case "late-10ms":
    case "late-100ms":
    case "late-1s":
      return new Later(health, LATENESS_BOUNDS_US[LATE.indexOf(name)]);
    case "latest":
      return { read: () => health.latestUs / 1_000_000 };
    case "missed":
      return { read: () => health.missedTicks };
    case "dropped":
      return { read: () => health.droppedSamples };
    case "lost":
      return { read: () => health.droppedMessages };
    case "waiting":
      return { read: () => health.waitingMessages };
    case "store-wear":
      return { read: () => health.storeWear };
    case "store-erases":
      return { read: () => health.storeErases };
    case "store-torn":
      return { read: () => health.storeTorn };
  }
  throw new Error(`the loop has no channel ${name}`);
}

const LATE = ["late-1ms", "late-10ms", "late-100ms", "late-1s"];

export const driver: DriverModule = {
  name: "loop-health",
  version: "1",
  open: (plan, context) => new LoopHealthInstance(plan, context),
};
