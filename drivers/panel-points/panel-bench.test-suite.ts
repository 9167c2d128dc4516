/** A panel's driver on a board of the world, without a gateway: what it tells is written down. */
import { readFileSync } from "node:fs";
import { WorldBoard } from "../../host-sim/world/board";
import { WorldClock } from "../../host-sim/world/clock";
import { Kernel } from "../../host-sim/world/kernel";
import { Network } from "../../host-sim/world/network";
import { RandomBranch } from "../../host-sim/world/random";
import { type DeviceInstance, type DriverContext, type DriverModule, PointChange } from "../contract";
import type { EmulatorContext, NetworkPort } from "../emulation";
import type { DevicePlan, PlanMap } from "../plan";
import type { BusKind, DriverSchema, SchemaContext } from "../schema";
import { describeConditions } from "./conditions";
import { PointNames } from "./point-names";

const MANIFESTS = new URL("../../manifests/", import.meta.url);

export function panelContext(kind: BusKind = "serial"): SchemaContext {
  return {
    bus: { kind, options: {} },
    dataFile: (path) => {
      try {
        return JSON.parse(readFileSync(new URL(path, MANIFESTS), "utf8")) as unknown;
      } catch {
        return undefined;
      }
    },
    dataNames: () => ["gst-serial", "notifier-modbus-gw", "siemens-nk823x"],
  };
}

const SERIAL = { port: 1, baud: 9600, data: 8, parity: "none", stop: 1 };
export const PANEL_HOST = "192.0.2.50";

/** The plan of one panel, from its page. */
export function panelPlan(schema: DriverSchema, page: Record<string, unknown>, kind: BusKind = "serial"): DevicePlan {
  const context = panelContext(kind);
  const problems = schema.check?.(page, context) ?? [];
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return {
    id: "facp",
    driver: schema.driver,
    connection:
      kind === "tcp"
        ? { io: "TCP", bus: "lan", options: { address: PANEL_HOST, port: 502 } }
        : { io: "Serial", bus: "rs485", options: SERIAL as PlanMap },
    everyMs: 1000,
    channels: [],
    points: schema.points!(page, context),
    settings: schema.settings(page, context),
    trace: {},
  };
}

const CHANGES = ["off", "on", "standing"];

export class PanelBench {
  readonly kernel = new Kernel();
  readonly clock = new WorldClock(this.kernel, 0);
  readonly network = new Network(this.kernel, new RandomBranch(4), { latencyUs: 1000 });
  readonly board = new WorldBoard(this.kernel, new RandomBranch(1), this.network.host("192.0.2.7"));
  /** `hall fire on`, in the order of telling. */
  readonly edges: string[] = [];
  readonly evidence: number[] = [];
  readonly texts: (Uint8Array | undefined)[] = [];
  readonly links: string[] = [];
  readonly notes: string[] = [];
  readonly warnings: string[] = [];
  snapshots = 0;
  /** Sets that the last snapshot told. */
  #told: Uint8Array = new Uint8Array(0);
  /** Alarms that the way out still takes. */
  room = Number.POSITIVE_INFINITY;
  readonly #places: { [point: string]: { smoke?: number; celsius?: number } } = {};
  #names = new PointNames(new Uint8Array(0));
  #random = 10;
  readonly #shared: unknown[] = [];

  open(driver: DriverModule, plan: DevicePlan): DeviceInstance {
    const shared = new Map<string, unknown>();
    this.#names = new PointNames(plan.points!.names);
    const context: DriverContext = {
      clock: this.clock,
      random: new RandomBranch(2),
      log: { info: () => {}, warn: (text) => this.warnings.push(text) },
      io: { ...this.board.io, TCP: this.network.host("192.0.2.7").TCP },
      shared: (bus, make) => {
        if (!shared.has(bus)) shared.set(bus, make());
        return shared.get(bus) as ReturnType<typeof make>;
      },
      sink: {
        block: () => {},
        reading: () => {},
        edge: () => {},
        communication: (lost) => this.links.push(lost ? "lost" : "back"),
      },
      panel: {
        point: (point, kind, change, _conditions, evidence, _ticksUs, text) => {
          if (change === PointChange.standing && kind !== "fire" && kind !== "life") return true;
          if (this.room <= 0) return false;
          this.room--;
          this.edges.push(`${this.#names.at(point)} ${kind} ${CHANGES[change]}`);
          this.evidence.push(evidence);
          this.texts.push(text);
          return true;
        },
        snapshot: (conditions) => {
          this.snapshots++;
          this.#told = conditions.slice();
          return true;
        },
        note: (what, text) => this.notes.push(`${what}: ${text}`),
      },
    };
    return driver.open(plan, context);
  }

  /** One tick, and some seconds for everything that follows from it. */
  poll(panel: DeviceInstance, seconds = 1): void {
    panel.start(this.kernel.nowUs());
    this.run(seconds);
  }

  run(seconds: number): void {
    this.kernel.runUntil(this.kernel.nowUs() + seconds * 1_000_000);
  }

  /** What the last snapshot said of the points that are not quiet. */
  get snapshot(): { [point: string]: string } {
    return Object.fromEntries(
      [...this.#told].flatMap((set, i) => (set === 0 ? [] : [[this.#names.at(i), describeConditions(set)]])),
    );
  }

  /** Where a panel on TCP listens. */
  get lan(): NetworkPort {
    const { Listener, TCP } = this.network.host(PANEL_HOST);
    const shared = this.#shared;
    return {
      Listener,
      TCP,
      port: 502,
      shared<T>(make: () => T): T {
        if (shared.length === 0) shared.push(make());
        return shared[0] as T;
      },
    };
  }

  /** The air at a point. */
  place(point: string, air: { smoke?: number; celsius?: number }): void {
    this.#places[point] = air;
  }

  get air(): EmulatorContext {
    return {
      clock: this.clock,
      random: new RandomBranch(this.#random++),
      recorded: () => false,
      quantity: (name, point = "") =>
        name === "smoke" ? (this.#places[point]?.smoke ?? 0) : (this.#places[point]?.celsius ?? 20),
    };
  }
}
