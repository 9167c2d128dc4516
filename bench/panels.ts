/**
 * How long a panel's edge takes until the broker has it, in virtual time: exact, and the same on every machine. The panel of the
 * reference site, two loops of 159 points at 9600 baud, polled once a second; a network with a round trip of 50 ms.
 */
import { fileURLToPath } from "node:url";
import type { DriverRegistry } from "../drivers/contract";
import type { EmulatorRegistry } from "../drivers/emulation";
import { PointNames } from "../drivers/panel-points/point-names";
import type { DevicePlan } from "../drivers/plan";
import { Gateway } from "../firmware/gateway";
import type { Plan } from "../firmware/plan";
import { encodeDeterministic } from "../firmware/uplink/cbor/encode";
import { nodeCrypto } from "../hal/node/crypto";
import { driverNames, importDrivers, importEmulators, importFeatures } from "../host-sim/registry";
import { Broker } from "../host-sim/world/broker";
import { Network } from "../host-sim/world/network";
import { World } from "../host-sim/world/world";
import { loadSite } from "../manifests/load";
import { table } from "./table";

const SITE = fileURLToPath(new URL("../manifests/examples/harbour-warehouse.yaml", import.meta.url));
const SECOND_US = 1_000_000;
/** One way. */
const LATENCY_US = 25_000;
const BACKLOG_RECORDS = 10_000;
const BACKLOG_BYTES = 1024 * 1024;
/** Small batches, so that a backlog is many messages. */
const BACKLOG_BATCH = 16;
/** By then so many records must wait, or none will. */
const LONGEST_BACKLOG_US = 3600 * SECOND_US;
/** The longest back-off is five minutes. */
const LONGEST_RETURN_US = 600 * SECOND_US;
/** Between two edges: more than two polls, so that each is alone. */
const APART_US = 3 * SECOND_US;

/** What became of one edge. */
export type EdgeTimes = {
  /** From the panel's edge to the gateway's decision. */
  readonly seenUs: number;
  /** From the panel's edge to the broker's acknowledgement at the gateway. */
  readonly acknowledgedUs: number;
};

type Parts = {
  readonly plan: Plan;
  readonly drivers: DriverRegistry;
  readonly emulators: EmulatorRegistry;
  readonly features: Awaited<ReturnType<typeof importFeatures>>;
};

/** The reference site with the panel alone, or with all that makes telemetry. */
async function loadParts(change: (plan: Plan) => Plan): Promise<Parts> {
  const site = await loadSite(SITE);
  if (!site.ok) throw new Error("the reference site does not load");
  const names = driverNames();
  return {
    plan: change(site.plan),
    drivers: await importDrivers(names),
    emulators: await importEmulators(names),
    features: await importFeatures(),
  };
}

/** The site in a world of its own, with what it tells. */
class Run {
  readonly world: World;
  readonly gateway: Gateway;
  readonly broker: Broker;
  /** Alarms by name: when they were decided, when acknowledged. */
  readonly seen = new Map<string, number>();
  readonly acknowledged = new Map<string, number>();
  readonly #names = new Map<number, string>();

  constructor({ plan, drivers, emulators, features }: Parts) {
    this.world = new World({ plan, seed: 7, emulators, acknowledge: () => false, reach: () => {}, say: () => {} });
    const { kernel, clock, random, board } = this.world;
    const network = new Network(kernel, random.branch("bench"), { latencyUs: LATENCY_US });
    const { Listener, TCP } = network.host(plan.uplink.host);
    this.broker = new Broker({ Listener, TCP, port: plan.uplink.port, onPublish: () => {} });
    this.gateway = new Gateway({
      plan: encodeDeterministic(plan),
      drivers,
      features,
      clock,
      random: random.branch("gateway"),
      log: { info: () => {}, warn: () => {} },
      crypto: nodeCrypto,
      io: { ...board.io, TCP: network.host("192.0.2.7").TCP },
      boot: 1,
      observer: {
        alarm: ({ name, state, seq, raisedUs }) => {
          if (state !== "on") return;
          this.seen.set(name, raisedUs);
          this.#names.set(seq, name);
        },
        acknowledged: (seq, nowUs) => {
          const name = this.#names.get(seq);
          if (name !== undefined) this.acknowledged.set(name, nowUs);
        },
      },
    });
    this.gateway.start();
  }

  /** `facp zone <point> fire` at that time. @returns what became of it, asked later */
  edge(point: string, atUs: number): () => EdgeTimes {
    this.world.kernel.at(atUs, () => this.world.act("facp", "zone", [point, "fire"]));
    return () => {
      const name = `facp/${point}/fire`;
      const never = Number.POSITIVE_INFINITY;
      return {
        seenUs: (this.seen.get(name) ?? never) - atUs,
        acknowledgedUs: (this.acknowledged.get(name) ?? never) - atUs,
      };
    };
  }
}

/** An edge at each of `phases` moments of a poll, each on another point, from the first of the panel to the last. */
export async function edgesByPhase(phases: number): Promise<EdgeTimes[]> {
  const run = new Run(
    await loadParts((plan) => ({ ...plan, devices: plan.devices.filter(({ id }) => id === "facp") })),
  );
  const names = pointNames(run);
  const results = Array.from({ length: phases }, (_, i) => {
    const phaseUs = Math.floor((i * SECOND_US) / phases);
    // Neighbours in time are far from each other on the panel: every part of the poll meets every phase.
    return run.edge(names[(i * 131) % names.length], 5 * SECOND_US + i * APART_US + phaseUs);
  });
  run.world.kernel.runUntil(10 * SECOND_US + phases * APART_US);
  return results.map((result) => result());
}

/** An edge of every point of the panel, each at another moment of a poll. */
export async function edgesOfAllPoints(): Promise<EdgeTimes[]> {
  return edgesByPhase(318);
}

/** The backlog when the broker is back, and an edge at that moment and `phases` times in the second after it. */
export async function edgesWithBacklog(phases: number): Promise<{ records: number; edges: EdgeTimes[] }> {
  const parts = await loadParts((plan) => ({
    ...plan,
    uplink: {
      ...plan.uplink,
      batch: { ...plan.uplink.batch, max: BACKLOG_BATCH },
      // In memory: a store in flash has its own size, and would have to be given a flash.
      store: { alarmBytes: plan.uplink.store.alarmBytes, telemetryBytes: BACKLOG_BYTES },
    },
  }));
  let records = Number.POSITIVE_INFINITY;
  const edges: EdgeTimes[] = [];
  for (let i = 0; i < phases; i++) {
    const run = new Run(parts);
    const { kernel } = run.world;
    kernel.runUntil(2 * SECOND_US);
    run.broker.down();
    while (waitingRecords(run) < BACKLOG_RECORDS) {
      if (kernel.nowUs() > LONGEST_BACKLOG_US) throw new Error(`no backlog: ${waitingRecords(run)} records wait`);
      kernel.runUntil(kernel.nowUs() + SECOND_US);
    }
    records = Math.min(records, waitingRecords(run));
    run.broker.up();
    const backUs = kernel.nowUs();
    while (!run.gateway.uplink.online) {
      if (kernel.nowUs() > backUs + LONGEST_RETURN_US) throw new Error("the gateway does not come back");
      kernel.runUntil(kernel.nowUs() + 10_000);
    }
    const names = pointNames(run);
    const result = run.edge(names[(i * 131) % names.length], kernel.nowUs() + Math.floor((i * SECOND_US) / phases) + 1);
    kernel.runUntil(kernel.nowUs() + 15 * SECOND_US);
    edges.push(result());
  }
  return { records, edges };
}

/** Records in messages that the broker has not acknowledged, as far as they are full batches. */
function waitingRecords({ gateway }: Run): number {
  return gateway.undelivered * BACKLOG_BATCH;
}

function pointNames({ gateway }: Run): string[] {
  const facp = gateway.slots.map((slot) => slot.readPlan()).find(({ id }) => id === "facp") as DevicePlan;
  return new PointNames(facp.points!.names).all();
}

export async function benchPanels(phases: number): Promise<void> {
  const byPhase = await edgesByPhase(phases);
  const all = await edgesOfAllPoints();
  const { records, edges } = await edgesWithBacklog(Math.max(4, phases >> 3));
  const row = (what: string, goal: string, times: readonly number[]) => [
    what,
    String(times.length),
    seconds(median(times)),
    seconds(Math.max(...times)),
    goal,
  ];
  table(
    "A panel's edge, in virtual seconds: 2 loops of 159 points, 9600 baud, polled once a second, round trip 50 ms",
    ["from the edge to", "edges", "median", "worst", "goal"],
    [
      row(
        "the broker's acknowledgement, every phase",
        "1.3",
        byPhase.map(({ acknowledgedUs }) => acknowledgedUs),
      ),
      row(
        "the gateway's decision, every point",
        "2",
        all.map(({ seenUs }) => seenUs),
      ),
      row(
        `the acknowledgement, behind ${records} records`,
        "10",
        edges.map(({ acknowledgedUs }) => acknowledgedUs),
      ),
    ],
  );
}

function seconds(us: number): string {
  return (us / SECOND_US).toFixed(3);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}
