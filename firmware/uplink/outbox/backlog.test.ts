/** What a store in flash promises a site: how long it lasts, and that an alarm passes a backlog. */
import { describe, expect, it } from "vitest";
import { Broker } from "../../../host-sim/world/broker";
import { WorldClock } from "../../../host-sim/world/clock";
import { NorFlash, WorldFlash } from "../../../host-sim/world/flash";
import { Kernel } from "../../../host-sim/world/kernel";
import { Network } from "../../../host-sim/world/network";
import { RandomBranch } from "../../../host-sim/world/random";
import { Uplink } from "../uplink";
import { CURSOR_AFTER_US, CURSOR_SECTORS, FlashStore, partitionBytes } from "./flash-store";
import { FIRST_RECORD, HOLE_BYTES, RECORD_OVERHEAD_BYTES, sizeOf } from "./segment-log";

const KIB = 1024;
const SECTOR_BYTES = 4096;
/** Usual promise of serial NOR flash, and of Espressif's documents. */
const ERASES = 100_000;
const YEAR_S = 31_556_952;

describe("an alarm behind 10,000 batches on a line of 64 kbit/s", () => {
  it("goes out before any further telemetry, and is acknowledged within 2 s", () => {
    const kernel = new Kernel();
    const clock = new WorldClock(kernel);
    // 200 ms there and back, as on a mobile network; a send buffer as lwIP has it.
    const network = new Network(kernel, new RandomBranch(1), { latencyUs: 100_000, bytesPerSecond: 8000 });
    const arrivals: { topic: string; atUs: number }[] = [];
    const host = network.host("192.0.2.1");
    const broker = new Broker({
      Listener: host.Listener,
      TCP: host.TCP,
      port: 1883,
      onPublish: (topic) => arrivals.push({ topic: topic.slice(topic.lastIndexOf("/") + 1), atUs: kernel.nowUs() }),
    });
    broker.down();
    const sizes = { alarmBytes: 64 * KIB, telemetryBytes: 8 * KIB * KIB };
    const cells = new NorFlash(
      partitionBytes(sizes.alarmBytes, sizes.telemetryBytes, SECTOR_BYTES) / SECTOR_BYTES,
      new RandomBranch(2),
    );
    const partition = new WorldFlash(new Map([["outbox", cells]])).open({ path: "outbox" });
    const store = new FlashStore({ partition, ...sizes, boot: 1, clock });
    const acknowledged = new Map<number, number>();
    const uplink = new Uplink({
      plan: {
        ...{ host: "192.0.2.1", port: 1883, tls: false, client: "gw", keepAliveMs: 60_000 },
        batch: { everyMs: 10_000, max: 64 },
        store: { ...sizes, flash: "outbox" },
      },
      gateway: { id: "gw", site: "hall", board: "esp32-s3", trace: {} },
      ...{ boot: 1, clock, store, random: new RandomBranch(3), log: { info: () => {}, warn: () => {} } },
      TCP: network.host("192.0.2.7").TCP,
      documents: { count: 0, get: () => ({ suffix: "", bytes: new Uint8Array(0) }) },
      owner: {
        gapEvent: () => expect.unreachable("nothing is let go"),
        acknowledged: (seq, nowUs) => acknowledged.set(seq, nowUs),
      },
    });
    uplink.start();
    for (let i = 0; i < 10_000; i++) uplink.publishBatch(uplink.nextSeq(), new Uint8Array(600), 0, 600, 64);
    expect(uplink.undelivered).toBe(10_000);
    broker.up();
    const from = kernel.nowUs();
    const waits: number[] = [];
    let overtaken = 0;
    for (let alarms = 0; alarms < 25; alarms++) {
      // While the line is full of telemetry; not in step with it.
      kernel.runUntil(from + 60_000_000 + alarms * 5_370_000);
      const seq = uplink.nextSeq();
      const raisedUs = kernel.nowUs();
      const before = arrivals.length;
      uplink.publishAlarm(seq, new Uint8Array(250), 0, 250);
      const inPipe = 16;
      while (!acknowledged.has(seq)) kernel.runUntil(kernel.nowUs() + 1000);
      const place = arrivals.findIndex(({ topic }, i) => i >= before && topic === "alarm");
      overtaken = Math.max(overtaken, place - before);
      expect(overtaken).toBeLessThanOrEqual(inPipe);
      waits.push((acknowledged.get(seq)! - raisedUs) / 1e6);
    }
    expect(uplink.undelivered).toBeGreaterThan(5000);
    process.stdout.write(
      `alarm behind a backlog: at most ${Math.max(...waits)} s, behind ${overtaken} messages on the line\n`,
    );
    expect(Math.max(...waits)).toBeLessThan(2);
  });
});

describe("the life of the flash", () => {
  it("is more than 25 years at a record of 64 bytes a second in 1 MiB, the cursor's as well", () => {
    const sectors = (1024 * KIB) / SECTOR_BYTES;
    const perSector = Math.floor((SECTOR_BYTES - FIRST_RECORD - HOLE_BYTES) / sizeOf(64));
    expect((sectors * perSector * ERASES) / YEAR_S).toBeGreaterThan(25);
    const entries = Math.floor((SECTOR_BYTES - FIRST_RECORD - HOLE_BYTES) / RECORD_OVERHEAD_BYTES);
    expect((CURSOR_SECTORS * entries * ERASES * (CURSOR_AFTER_US / 1e6)) / YEAR_S).toBeGreaterThan(25);
  });

  it("is spread: twelve times around with a record a second, sectors of one log differ by one erase at most", () => {
    const sizes = { alarmBytes: 12 * KIB, telemetryBytes: 64 * KIB };
    const kernel = new Kernel();
    const cells = new NorFlash(
      partitionBytes(sizes.alarmBytes, sizes.telemetryBytes, SECTOR_BYTES) / SECTOR_BYTES,
      new RandomBranch(2),
    );
    const partition = new WorldFlash(new Map([["outbox", cells]])).open({ path: "outbox" });
    const store = new FlashStore({ partition, ...sizes, boot: 1, clock: new WorldClock(kernel) });
    store.start();
    const { telemetry } = store;
    let records = 0;
    while (telemetry.log.head < 12 * 16) {
      store.prepare(telemetry, 64);
      telemetry.push(1, records++, new Uint8Array(64), 0, 64, 1);
      for (let number = telemetry.peek(); number >= 0; number = telemetry.peek()) {
        telemetry.sent();
        telemetry.acknowledge(number);
      }
      kernel.runUntil(kernel.nowUs() + 1_000_000);
    }
    const logs = [0, CURSOR_SECTORS, CURSOR_SECTORS + 3, cells.blocks];
    for (let log = 0; log < 3; log++) {
      const counts = [...cells.eraseCounts.subarray(logs[log], logs[log + 1])];
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    }
    // And as many erases as the formula says: one for each sector that was filled.
    expect(
      telemetry.log.erases / (records / Math.floor((SECTOR_BYTES - FIRST_RECORD - HOLE_BYTES) / sizeOf(64))),
    ).toBeCloseTo(1, 1);
  });
});
