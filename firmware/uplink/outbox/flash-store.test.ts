/** What power cuts do to the store is `host-sim/torture`; here are its other troubles, and its manners without any. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Ledger, newTallies } from "../../../host-sim/torture/ledger";
import { Life, SECTOR_BYTES } from "../../../host-sim/torture/life";
import { WorldClock } from "../../../host-sim/world/clock";
import { NorFlash, WorldFlash } from "../../../host-sim/world/flash";
import { Kernel } from "../../../host-sim/world/kernel";
import { RandomBranch } from "../../../host-sim/world/random";
import { crc32 } from "./crc32";
import { type FlashLane, WINDOW } from "./flash-lane";
import { FlashStoreError } from "./flash-port";
import { CURSOR_SECTORS, FlashStore, partitionBytes } from "./flash-store";
import { LaneId } from "./lane";
import { FIRST_RECORD, HOLE_BYTES, sizeOf } from "./segment-log";

const KIB = 1024;

class Bench {
  /** Of the present start: nothing of an earlier one runs on. */
  kernel = new Kernel();
  readonly flash: NorFlash;
  store!: FlashStore;
  boot = 0;
  seq = 0;

  constructor(alarmBytes = 16 * KIB, telemetryBytes = 32 * KIB, seed = 1) {
    this.flash = new NorFlash(partitionBytes(alarmBytes, telemetryBytes, 4096) / 4096, new RandomBranch(seed));
    this.open(alarmBytes, telemetryBytes);
  }

  open(alarmBytes = 16 * KIB, telemetryBytes = 32 * KIB): FlashStore {
    this.boot++;
    this.seq = 0;
    this.kernel = new Kernel();
    this.store = new FlashStore({
      partition: new WorldFlash(new Map([["outbox", this.flash]])).open({ path: "outbox" }),
      alarmBytes,
      telemetryBytes,
      boot: this.boot,
      clock: new WorldClock(this.kernel),
    });
    this.store.start();
    return this.store;
  }

  /** The power goes between two operations. */
  restart(): FlashStore {
    this.flash.powerOff();
    this.flash.powerUp();
    return this.open();
  }

  get telemetry(): FlashLane {
    return this.store.telemetry;
  }

  push(length = 100, lane = this.telemetry): boolean {
    const seq = this.seq++;
    this.store.prepare(lane, length);
    return lane.push(3, seq, new Uint8Array(length + 5).fill(seq & 0xff), 5, length, 2);
  }

  /** Takes up to `count` messages out: their boots and sequence numbers. */
  take(count = 1000, lane = this.telemetry, acknowledge = true): string[] {
    const taken: string[] = [];
    for (let number = lane.peek(); number >= 0 && taken.length < count; number = lane.peek()) {
      lane.sent();
      const into = new Uint8Array(lane.lengthOf(number) + 8).fill(0xee);
      lane.copy(number, 0, lane.lengthOf(number), into, 4);
      const seq = lane.seq(number);
      expect(into.subarray(4, -4).every((byte) => byte === (seq & 0xff))).toBe(true);
      expect([...into.subarray(0, 4), ...into.subarray(-4)]).toEqual(Array(8).fill(0xee));
      taken.push(`${lane.boot(number)}/${seq}`);
      if (acknowledge) lane.acknowledge(number);
    }
    return taken;
  }

  run(seconds: number): void {
    this.kernel.runUntil(this.kernel.nowUs() + seconds * 1_000_000);
  }
}

function range(boot: number, from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, i) => `${boot}/${from + i}`);
}

describe("crc32", () => {
  it("has the check value of its kind, in one piece and in two", () => {
    const bytes = new TextEncoder().encode("123456789");
    expect(~crc32(-1, bytes, 9) >>> 0).toBe(0xcbf43926);
    expect(~crc32(crc32(-1, bytes, 4), bytes.subarray(4), 5) >>> 0).toBe(0xcbf43926);
  });
});

describe("FlashStore", () => {
  it("keeps messages through restarts, with what they are, and begins where the broker had got to", () => {
    const bench = new Bench();
    for (let i = 0; i < 10; i++) expect(bench.push(90 + i)).toBe(true);
    expect(bench.telemetry.topic(bench.telemetry.peek())).toBe(3);
    expect(bench.take(4)).toEqual(range(1, 0, 3));
    bench.store.close();
    bench.open();
    expect(bench.telemetry.length).toBe(6);
    for (let i = 0; i < 3; i++) bench.push(50);
    expect(bench.take()).toEqual([...range(1, 4, 9), ...range(2, 0, 2)]);
    expect([bench.telemetry.length, bench.telemetry.peek()]).toEqual([0, -1]);
  });

  it("sends again no more than 32 messages after the power went, and none after half a minute", () => {
    const bench = new Bench();
    for (let i = 0; i < 200; i++) bench.push(20);
    bench.take(130);
    bench.restart();
    const again = bench.take(1, bench.telemetry, false)[0];
    expect(Number(again.split("/")[1])).toBe(128);
    bench.telemetry.rewind();
    expect(bench.take(20)).toEqual(range(1, 128, 147));
    bench.run(31);
    bench.restart();
    expect(bench.take(1)).toEqual(["1/148"]);
  });

  it("says when a message has room without another being let go for it, and is right", () => {
    const bench = new Bench();
    const { alarm } = bench.store;
    let pushed = 0;
    while (alarm.hasRoom(1, 300)) {
      expect(pushed++).toBeLessThan(200);
      bench.push(60 + ((pushed * 37) % 241), alarm);
      expect(alarm.droppedMessages).toBe(0);
    }
    // Most of the lane, less the sector that is erased ahead and what is left at the ends of the others.
    expect(alarm.length).toBe(pushed);
    expect(pushed).toBeGreaterThan(35);
    while (alarm.droppedMessages === 0) bench.push(300, alarm);
    bench.take(1000, alarm);
    expect(alarm.hasRoom(8, 300)).toBe(true);
  });

  it("hands out a window at a time, and the rest when that is acknowledged", () => {
    const bench = new Bench();
    for (let i = 0; i < 2 * WINDOW; i++) bench.push(20);
    const { telemetry } = bench;
    expect(bench.take(1000, telemetry, false)).toHaveLength(WINDOW);
    telemetry.acknowledge(1);
    expect(telemetry.peek()).toBe(-1);
    telemetry.rewind();
    telemetry.skipAcknowledged();
    expect(telemetry.peek()).toBe(0);
    telemetry.sent();
    telemetry.skipAcknowledged();
    expect(telemetry.peek()).toBe(2);
    telemetry.acknowledge(0);
    expect(bench.take()).toEqual(range(1, 2, 2 * WINDOW - 1));
  });

  it("lets the oldest sector go when telemetry is full, tells which messages once, and never touches an alarm for it", () => {
    const bench = new Bench();
    expect(bench.push(60, bench.store.alarm)).toBe(true);
    for (let i = 0; i < 500; i++) expect(bench.push(200)).toBe(true);
    bench.run(1);
    const { messages, ...gap } = bench.store.gap(50)!;
    expect(gap).toMatchObject({ lane: LaneId.telemetry, reason: "overflow", fromBoot: 1, fromSeq: 1, toBoot: 1 });
    expect(gap.records).toBe(2 * messages);
    expect(gap.toSeq).toBe(messages);
    // The gap outlives the power, and grows.
    bench.restart();
    expect(bench.store.gap(50)).toEqual({ messages, ...gap });
    for (let i = 0; i < 100; i++) bench.push(200);
    bench.run(1);
    const grown = bench.store.gap(50)!;
    expect(grown).toMatchObject({ fromBoot: 1, fromSeq: 1, toBoot: 1 });
    expect(grown.messages).toBeGreaterThan(messages);
    bench.store.tell(grown, { topic: 1, seq: bench.seq++, bytes: new Uint8Array(70), offset: 20, length: 50 });
    expect(bench.store.gap(50)).toBeUndefined();
    bench.restart();
    expect(bench.store.gap(50)).toBeUndefined();
    // The alarm from the first start, and the telling: 50 bytes of 0, which its number is not.
    const { alarm } = bench.store;
    expect(alarm.length).toBe(2);
    expect(bench.take(1, alarm)).toEqual(["1/0"]);
    const telling = alarm.peek();
    expect([alarm.lengthOf(telling), alarm.topic(telling), alarm.seq(telling)]).toEqual([50, 1, 100]);
    expect(bench.take()[0]).toBe(`1/${grown.toSeq + 1}`);
  });

  it("tells a gap again that made room before the broker had it", () => {
    const bench = new Bench();
    for (let i = 0; i < 500; i++) bench.push(200);
    bench.run(1);
    const told = bench.store.gap(50)!;
    bench.store.tell(told, { topic: 1, seq: bench.seq++, bytes: new Uint8Array(50), offset: 0, length: 50 });
    for (let i = 0; i < 300; i++) bench.push(100, bench.store.alarm);
    bench.run(1);
    const gaps = [];
    for (let gap = bench.store.gap(50); gap !== undefined; gap = bench.store.gap(50)) {
      gaps.push(gap);
      bench.store.tell(gap, { topic: 1, seq: bench.seq++, bytes: new Uint8Array(50), offset: 0, length: 50 });
    }
    expect(gaps.map(({ lane }) => lane)).toEqual([LaneId.alarm, LaneId.telemetry]);
    expect(gaps[1]).toEqual(told);
  });

  it("spreads erases evenly, and counts them", () => {
    const bench = new Bench();
    for (let i = 0; i < 5000; i++) {
      bench.push(150);
      bench.run(1);
      bench.take();
    }
    const counts = [...bench.flash.eraseCounts.subarray(CURSOR_SECTORS + 4)];
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    expect(bench.store.wear()).toBe(Math.max(...bench.flash.eraseCounts));
    expect(bench.store.erases).toBe(bench.flash.eraseCounts.reduce((sum, count) => sum + count, 0));
    expect(bench.flash.impossibleBits).toBe(0);
  });

  it("says what a partition lacks", () => {
    const flash = new WorldFlash(new Map([["outbox", new NorFlash(19, new RandomBranch(1))]]));
    const options = { boot: 1, clock: new WorldClock(new Kernel()), alarmBytes: 16 * KIB, telemetryBytes: 32 * KIB };
    expect(() => new FlashStore({ ...options, partition: flash.open({ path: "outbox" }) })).toThrow(FlashStoreError);
    expect(() => new FlashStore({ ...options, partition: flash.open({ path: "outbox" }) })).toThrow(/81920/);
  });

  it("begins anew on flash that holds something else", () => {
    const bench = new Bench();
    const random = new RandomBranch(7);
    for (let i = 0; i < bench.flash.bytes.length; i++) bench.flash.bytes[i] = random.uint32();
    bench.open();
    for (let i = 0; i < 400; i++) bench.push(100);
    expect(bench.telemetry.length).toBeGreaterThan(200);
    expect(bench.take().at(-1)).toBe("2/399");
  });
});

describe("a flash that fails", () => {
  it("refuses messages while it takes nothing, says which, and works again afterwards", () => {
    const bench = new Bench();
    bench.push();
    bench.flash.failing = true;
    for (let i = 0; i < 100; i++) expect(bench.push()).toBe(false);
    bench.run(100);
    bench.flash.failing = false;
    bench.run(100);
    expect(bench.push()).toBe(true);
    expect(bench.store.gap(50)).toMatchObject({
      reason: "failed",
      fromSeq: 1,
      toSeq: 100,
      messages: 100,
      records: 200,
    });
    expect(bench.take()).toEqual(["1/0", "1/101"]);
  });

  it("goes on behind the place of a single failure, in the next sector", () => {
    const bench = new Bench();
    bench.push();
    bench.run(1);
    const { program } = bench.flash;
    let calls = 0;
    bench.flash.program = function (address, data) {
      if (++calls === 2) throw new Error("write failed");
      program.call(this, address, data);
    };
    expect(bench.push()).toBe(true);
    expect(bench.take()).toEqual(["1/0", "1/1"]);
    expect(bench.store.gap(50)).toBeUndefined();
    bench.restart();
    bench.push();
    expect(bench.take().at(-1)).toBe("2/0");
  });
});

describe("a record that a start found torn, and whose seal the power cut", () => {
  const sector = (CURSOR_SECTORS + 4 + 1) * 4096;
  const last = FIRST_RECORD + 4 * sizeOf(100);

  it("is sealed by the next start although it reads as valid: nothing is written behind weak cells", () => {
    const bench = new Bench();
    for (let i = 0; i < 5; i++) bench.push();
    const { bytes } = bench.flash;
    const whole = bytes.slice(sector + last, sector + last + sizeOf(100));
    bytes[sector + last + sizeOf(100) - 1] ^= 0x10;
    bench.restart();
    // Every cell of the seal and of the record came back as if nothing had been.
    bytes.set(whole, sector + last);
    bench.restart();
    bench.push();
    bytes[sector + last] = 0;
    bench.restart();
    expect(bench.take()).toEqual([...range(1, 0, 3), "3/0"]);
  });

  it("stays where a start had taken it for valid and left a hole behind it", () => {
    const bench = new Bench();
    for (let i = 0; i < 5; i++) bench.push();
    bench.restart();
    // The witness was begun by a start that was cut, and is seen only now.
    new Int32Array(bench.flash.bytes.buffer, sector + FIRST_RECORD - 4, 1)[0] = last | (~last << 16);
    bench.restart();
    expect(bench.take()).toEqual(range(1, 0, 4));
  });
});

describe("bits that change by themselves", () => {
  /** Address of the telemetry record `index` in the lane's first sector; all have payloads of 100 bytes. */
  const recordAt = (index: number) => (CURSOR_SECTORS + 4 + 1) * 4096 + FIRST_RECORD + index * sizeOf(100);

  it("cost the record that they are in, which is told", () => {
    const bench = new Bench();
    for (let i = 0; i < 10; i++) bench.push();
    bench.flash.bytes[recordAt(3) + 40] ^= 0x10;
    expect(bench.take()).toEqual([...range(1, 0, 2), ...range(1, 4, 9)]);
    expect(bench.store.gap(50)).toMatchObject({ reason: "damaged", fromSeq: 3, toSeq: 3, messages: 1 });
  });

  it("cost the rest of a sector where the length is lost, and the whole of it with its header", () => {
    const bench = new Bench();
    for (let i = 0; i < 100; i++) bench.push();
    const inSector = Math.floor((4096 - FIRST_RECORD - HOLE_BYTES) / sizeOf(100));
    bench.flash.bytes[recordAt(5)] = 0x55;
    const second = recordAt(0) - FIRST_RECORD + 4096;
    bench.flash.bytes[second + 9] ^= 1;
    expect(bench.take()).toEqual([...range(1, 0, 4), ...range(1, 2 * inSector, 99)]);
    expect(bench.store.gap(50)).toMatchObject({ reason: "damaged", fromSeq: 5, toSeq: 2 * inSector - 1 });
    expect(bench.store.gap(50)?.messages).toBe(2 * inSector - 5);
  });

  it("are waited for: what is on its way is acknowledged before the damaged one is given up", () => {
    const bench = new Bench();
    for (let i = 0; i < 10; i++) bench.push();
    bench.flash.bytes[recordAt(3) + 40] ^= 0x10;
    expect(bench.take(1000, bench.telemetry, false)).toEqual(range(1, 0, 2));
    for (const number of [0, 1, 2]) bench.telemetry.acknowledge(number);
    expect(bench.take()).toEqual(range(1, 4, 9));
  });

  it("never make a wrong message of a right one, wherever they are and however many", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 40 }), (seed, count) => {
        const random = new RandomBranch(seed);
        const flash = new NorFlash(17, random.branch("flash"), SECTOR_BYTES);
        const tallies = newTallies();
        const ledger = new Ledger(tallies);
        const life = new Life(flash, ledger, 1);
        for (let i = 0; i < 60; i++)
          life.run({ do: "push", lane: i % 3 === 0 ? LaneId.alarm : LaneId.telemetry, length: random.uint32() % 200 });
        flash.powerOff();
        for (let i = 0; i < count; i++) flash.bytes[random.uint32() % flash.bytes.length] ^= 1 << (random.uint32() % 8);
        flash.powerUp();
        new Life(flash, ledger, 2).finish();
        expect(ledger.problems.filter((problem) => !problem.includes("damaged"))).toEqual([]);
        expect(tallies.bytes.broken + tallies.order.broken + tallies.works.broken).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});

describe("a lane in flash beside a plain queue", () => {
  it("gives the same messages in the same order through any calls and restarts, or tells that they went", () => {
    const step = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          do: fc.constant("push" as const),
          lane: fc.constantFrom(LaneId.alarm, LaneId.telemetry),
          length: fc.integer({ min: 0, max: 420 }),
        }),
      },
      { weight: 4, arbitrary: fc.record({ do: fc.constant("send" as const), count: fc.nat(9) }) },
      {
        weight: 3,
        arbitrary: fc.record({ do: fc.constant("acknowledge" as const), count: fc.nat(9), fromBack: fc.boolean() }),
      },
      { weight: 1, arbitrary: fc.constant({ do: "rewind" as const }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("wait" as const), seconds: fc.nat(40) }) },
      { weight: 1, arbitrary: fc.constant({ do: "restart" as const }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), fc.nat(), (steps, seed) => {
        const flash = new NorFlash(17, new RandomBranch(seed), SECTOR_BYTES);
        const tallies = newTallies();
        const ledger = new Ledger(tallies);
        let boot = 1;
        let life = new Life(flash, ledger, boot);
        for (const one of steps) {
          life.run(one);
          if (one.do === "restart") life = new Life(flash, ledger, ++boot);
        }
        life.finish();
        ledger.judgeSentAgain();
        ledger.close();
        expect(ledger.problems).toEqual([]);
        expect(flash.impossibleBits).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});
