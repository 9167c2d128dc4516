/**
 * Provenance through the gateway, for every sampled driver: another setting of a device is another configuration digest in each
 * batch and another root, published once; the same settings are the same digest.
 */
import { decode } from "cbor2";
import { describe, expect, it } from "vitest";
import { sampledDrivers } from "../bench/driver-cost";
import type { ConformancePage, SensorConformance } from "../drivers/conformance";
import { ConformanceBench } from "../drivers/conformance-bench.test-suite";
import type { DevicePlan } from "../drivers/plan";
import type { DriverSchema } from "../drivers/schema";
import { Gateway } from "../firmware/gateway";
import { PLAN_VERSION } from "../firmware/plan";
import { encodeDeterministic } from "../firmware/uplink/cbor/encode";
import { nodeCrypto } from "../hal/node/crypto";
import { DRIVERS_FOLDER, importDrivers, importEmulators } from "../host-sim/registry";
import { WorldBoard } from "../host-sim/world/board";
import { Broker } from "../host-sim/world/broker";
import { WorldClock } from "../host-sim/world/clock";
import { Kernel } from "../host-sim/world/kernel";
import { Network } from "../host-sim/world/network";
import { RandomBranch } from "../host-sim/world/random";

const RUN_US = 45_000_000;

type Boot = {
  /** `cfg` and `root` of each batch, in hexadecimal. */
  readonly configurations: string[];
  readonly roots: string[];
  /** Device manifests that were published, and events about another root. */
  readonly manifests: number;
  readonly changes: number;
};

/** A gateway whose kept bytes outlive its boots. */
class Machine {
  readonly #kept = new Map<string, Uint8Array>();
  readonly #name: string;
  #boots = 0;

  constructor(driver: string) {
    this.#name = driver;
  }

  async boot(device: DevicePlan): Promise<Boot> {
    const kernel = new Kernel();
    const random = new RandomBranch(1);
    const clock = new WorldClock(kernel);
    const board = new WorldBoard(kernel, random.branch("board"));
    const network = new Network(kernel, random.branch("network"), { latencyUs: 5_000 });
    const heads: Map<unknown, unknown>[] = [];
    let manifests = 0;
    let changes = 0;
    const { Listener, TCP } = network.host("192.0.2.1");
    new Broker({
      Listener,
      TCP,
      port: 1883,
      onPublish: (topic, payload) => {
        if (topic.endsWith("/trace/root")) manifests++;
        const isEvent = topic.endsWith("/event");
        if (!isEvent && !topic.endsWith("/telemetry")) return;
        const [head] = decode(payload, { mapType: "map" } as never) as Map<unknown, unknown>[];
        if (isEvent && head.get(0) === "trace/root") changes++;
        if (!isEvent) heads.push(head);
      },
    });
    const gateway = new Gateway({
      plan: encodeDeterministic(siteOf(device) as never),
      drivers: await importDrivers([this.#name]),
      features: {},
      clock,
      random: random.branch("gateway"),
      log: { info: () => {}, warn: () => {} },
      crypto: nodeCrypto,
      io: { ...board.io, TCP: network.host("192.0.2.7").TCP },
      boot: ++this.#boots,
      keep: { read: (name) => this.#kept.get(name), write: (name, bytes) => void this.#kept.set(name, bytes.slice()) },
    });
    gateway.start();
    kernel.runUntil(RUN_US);
    gateway.close();
    const hex = (key: string) => [
      ...new Set(heads.map((head) => Buffer.from(head.get(key) as Uint8Array).toString("hex"))),
    ];
    return { configurations: hex("cfg"), roots: hex("root"), manifests, changes };
  }
}

function siteOf(device: DevicePlan) {
  const uplink = {
    host: "192.0.2.1",
    port: 1883,
    tls: false,
    client: "gw-01",
    keepAliveMs: 30_000,
    batch: { everyMs: 10_000, max: 64 },
    store: { alarmBytes: 4096, telemetryBytes: 8192 },
  };
  const gateway = { id: "gw-01", site: "bench", board: "esp32-s3", trace: {} };
  return { version: PLAN_VERSION, gateway, devices: [device], uplink, policy: {} };
}

async function planOf(name: string, facts: SensorConformance, page: ConformancePage): Promise<DevicePlan> {
  const [drivers, emulators] = await Promise.all([importDrivers([name]), importEmulators([name])]);
  const { schema } = (await import(`${DRIVERS_FOLDER}${name}/schema.ts`)) as { schema: DriverSchema };
  return new ConformanceBench({ driver: drivers[name], emulator: emulators[name], schema, facts }, page).device.plan;
}

const sampled = await sampledDrivers();

describe("a change of a device's configuration", () => {
  it.each(sampled)("of $name changes the digest, and is told once", async ({ name, facts }) => {
    const plans = await Promise.all(facts.pages.map((page) => planOf(name, facts, page)));
    const [first] = plans;
    // Where one setting is all that a part has, its address or its bus is the other.
    const other = plans.slice(1).find((plan) => JSON.stringify(plan) !== JSON.stringify(first)) ?? {
      ...first,
      everyMs: 2 * first.everyMs,
    };
    const machine = new Machine(name);
    const boots = [
      await machine.boot(first),
      await machine.boot(first),
      await machine.boot(other),
      await machine.boot(other),
    ];
    for (const { configurations, roots, manifests } of boots) {
      expect([configurations.length, roots.length, manifests]).toEqual([1, 1, 1]);
      expect(configurations[0]).toMatch(/^[0-9a-f]{24}$/);
    }
    const [before, again, after, still] = boots;
    expect([again.configurations, again.roots]).toEqual([before.configurations, before.roots]);
    expect(after.configurations).not.toEqual(before.configurations);
    expect(after.roots).not.toEqual(before.roots);
    expect([still.configurations, still.roots]).toEqual([after.configurations, after.roots]);
    expect(boots.map(({ changes }) => changes)).toEqual([0, 0, 1, 0]);
  });
});
