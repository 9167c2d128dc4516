import { decode } from "cbor2";
import { describe, expect, it } from "vitest";
import { Broker } from "../../host-sim/world/broker";
import { WorldClock } from "../../host-sim/world/clock";
import { Kernel } from "../../host-sim/world/kernel";
import { Network } from "../../host-sim/world/network";
import { RandomBranch } from "../../host-sim/world/random";
import type { GatewayPlan, UplinkPlan } from "../plan";
import type { Gap } from "./outbox/lane";
import { Uplink } from "./uplink";
import { utf8Bytes } from "./utf8";

const GATEWAY: GatewayPlan = { id: "gw-07", site: "harbour", board: "esp32-s3", trace: {} };
const PREFIX = "argand/v1/harbour/gw-07/";

function plan(store = { alarmBytes: 4096, telemetryBytes: 4096 }): UplinkPlan {
  return {
    host: "192.0.2.1",
    port: 1883,
    tls: false,
    client: "gw-07",
    keepAliveMs: 30_000,
    batch: { everyMs: 10_000, max: 64 },
    store,
  };
}

type Setup = {
  readonly store?: { readonly alarmBytes: number; readonly telemetryBytes: number };
  /** Documents to retain, by the part of their topic after the gateway's prefix. */
  readonly documents?: { readonly [suffix: string]: Uint8Array };
};

class Bench {
  readonly kernel = new Kernel();
  readonly clock = new WorldClock(this.kernel);
  readonly network = new Network(this.kernel, new RandomBranch(1, "network"), { latencyUs: 5_000 });
  readonly arrivals: { topic: string; payload: Uint8Array; retain: boolean }[] = [];
  readonly acknowledged: number[] = [];
  readonly gaps: Gap[] = [];
  readonly broker: Broker;
  uplink: Uplink;

  constructor(setup: Setup = {}) {
    const host = this.network.host("192.0.2.1");
    this.broker = new Broker({
      Listener: host.Listener,
      TCP: host.TCP,
      port: 1883,
      clock: this.clock,
      onPublish: (topic, payload, retain) => this.arrivals.push({ topic, payload, retain }),
    });
    this.uplink = this.boot(1, setup);
  }

  boot(boot: number, { store, documents = {} }: Setup = {}): Uplink {
    this.uplink = new Uplink({
      plan: plan(store),
      documents: {
        count: Object.keys(documents).length,
        get: (index) => {
          const [suffix, bytes] = Object.entries(documents)[index];
          return { suffix, bytes };
        },
      },
      gateway: GATEWAY,
      boot,
      clock: this.clock,
      random: new RandomBranch(boot, "gateway"),
      log: { info: () => {}, warn: () => {} },
      TCP: this.network.host("192.0.2.7").TCP,
      owner: {
        gapEvent: (gap) => {
          this.gaps.push(gap);
          return { bytes: new Uint8Array(20), offset: 5, length: 10 };
        },
        acknowledged: (seq) => this.acknowledged.push(seq),
      },
    });
    return this.uplink;
  }

  batch(length = 100): number {
    const seq = this.uplink.nextSeq();
    this.uplink.publishBatch(seq, new Uint8Array(length + 6), 3, length, 10);
    return seq;
  }

  run(seconds: number): void {
    this.kernel.runUntil(this.kernel.nowUs() + seconds * 1_000_000);
  }

  /** Topics as they arrived, without their prefix. */
  topics(): string[] {
    return this.arrivals.map(({ topic }) => {
      expect(topic.startsWith(PREFIX)).toBe(true);
      return topic.slice(PREFIX.length);
    });
  }

  state(): unknown {
    return decode(this.broker.retained.get(`${PREFIX}state`)!);
  }
}

describe("Uplink", () => {
  it("gives each kind of message its topic, and tells which sequence numbers arrived", () => {
    const documents = { "trace/root": utf8Bytes("root"), "trace/c/00ff": utf8Bytes("component") };
    const bench = new Bench({ documents });
    const { uplink } = bench;
    uplink.start();
    bench.run(1);
    const telemetry = bench.batch();
    const alarm = uplink.nextSeq();
    uplink.publishAlarm(alarm, new Uint8Array(10), 0, 10);
    const event = uplink.nextSeq();
    uplink.publishEvent(event, new Uint8Array(10), 0, 10);
    bench.run(1);
    expect(bench.topics().sort()).toEqual(["alarm", "event", "state", "telemetry", "trace/c/00ff", "trace/root"]);
    expect(bench.arrivals.filter(({ retain }) => retain).length).toBe(3);
    expect(bench.arrivals.find(({ topic }) => topic.endsWith("telemetry"))?.payload.length).toBe(100);
    expect(bench.acknowledged.sort()).toEqual([telemetry, alarm, event]);
    expect(uplink.undelivered).toBe(0);
    expect(uplink.counters()).toMatchObject({ published: 6, acknowledged: 6, dropped: 0, connects: 1 });
  });

  it("publishes retained documents one after the other, however many there are", () => {
    const all = Array.from({ length: 200 }, (_, i) => [`trace/c/${i}`, new Uint8Array(400)]);
    const bench = new Bench({ documents: Object.fromEntries(all) });
    bench.uplink.start();
    bench.run(60);
    expect(bench.broker.retained.size).toBe(201);
    expect(bench.uplink.counters()).toMatchObject({ dropped: 0, acknowledged: 201 });
  });

  it("publishes its state again after every loss, and the documents only when the broker forgot the session", () => {
    const bench = new Bench({ documents: { "trace/root": utf8Bytes("root") } });
    bench.uplink.start();
    bench.run(1);
    bench.broker.down();
    bench.broker.up();
    bench.run(20);
    expect(bench.topics()).toEqual(["state", "trace/root", "state"]);
    bench.broker.down(true);
    bench.broker.up();
    bench.run(20);
    expect(bench.topics()).toEqual(["state", "trace/root", "state", "state", "trace/root"]);
    expect(bench.state()).toEqual({ state: "online", boot: 1 });
  });

  it("publishes everything after a restart of the gateway, although the broker kept the session", () => {
    const bench = new Bench();
    bench.uplink.start();
    bench.run(1);
    bench.network.host("192.0.2.7").resetConnections();
    bench.uplink.close();
    const second = bench.boot(2, { documents: { "trace/root": utf8Bytes("root") } });
    second.start();
    bench.run(20);
    expect(bench.broker.retained.has(`${PREFIX}trace/root`)).toBe(true);
    expect(bench.state()).toEqual({ state: "online", boot: 2 });
  });

  it("leaves the state offline behind when it closes", () => {
    const bench = new Bench();
    bench.uplink.start();
    bench.run(1);
    bench.uplink.close();
    bench.run(1);
    expect(bench.state()).toEqual({ state: "offline", boot: 1 });
  });

  it("accounts for every message: published = acknowledged + dropped + undelivered, and says what the gap was", () => {
    const bench = new Bench({ store: { alarmBytes: 1024, telemetryBytes: 1024 } });
    bench.uplink.start();
    bench.run(1);
    bench.broker.down();
    for (let i = 0; i < 100; i++) {
      bench.batch();
      bench.run(10);
    }
    bench.uplink.tellGaps();
    expect(bench.gaps).toEqual([]);
    const { published, acknowledged, dropped } = bench.uplink.counters();
    expect(published).toBe(acknowledged + dropped + bench.uplink.undelivered);
    expect(dropped).toBe(90);
    bench.broker.up();
    bench.run(400);
    expect(bench.gaps).toEqual([
      {
        lane: 2,
        reason: "overflow",
        fromBoot: 1,
        fromSeq: 0,
        toBoot: 1,
        toSeq: 89,
        messages: 90,
        records: 900,
      },
    ]);
    expect(
      bench.arrivals.filter(({ topic, payload }) => topic.endsWith("event") && payload.length === 10),
    ).toHaveLength(1);
    bench.uplink.tellGaps();
    expect(bench.gaps).toHaveLength(1);
    // What tells of the gap goes first.
    expect(bench.acknowledged).toEqual([100, ...Array.from({ length: 10 }, (_, i) => 90 + i)]);
  });
});
