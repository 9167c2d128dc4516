import { cdeEncodeOptions, decode, encode } from "cbor2";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Quality } from "../../drivers/contract";
import { OVERLOAD_POLICIES, type OverloadPolicy } from "../../drivers/plan";
import { encodeGroupIdentity } from "../uplink/senml/group-identity";
import { PackHead, PackWriter } from "../uplink/senml/pack-writer";
import { wireNumber } from "../uplink/senml/wire-number";
import { makeChannel } from "./make-channel";
import { queueBytes } from "./record-queue";
import { SampleMemory } from "./sample-memory";

const SECOND = 1_000_000;
const BOOT_S = 1_767_225_600.037;
const NAME = "site/gw/climate/temperature";
const PACK_BYTES = 8192;

type Record = { value: number | undefined; quality: number; timeUs: number };

function bench(capacity: number, overload: OverloadPolicy = "drop-oldest", periodUs = SECOND, unit = "Cel") {
  const identity = encodeGroupIdentity(NAME, unit);
  const neighbour = 8;
  let full = 0;
  const memory = new SampleMemory(queueBytes(identity, capacity) + 2 * neighbour + PACK_BYTES, {
    queueFull: () => full++,
    ruleChanged: () => {},
  });
  const before = memory.take(neighbour);
  const queue = { memory, identity, periodUs, capacity, overload } as const;
  const plan = { name: "temperature", unit, filters: [], alarms: [] };
  const channel = makeChannel({ plan, queue });
  const after = memory.take(neighbour);
  const start = memory.take(PACK_BYTES);
  const pack = new PackWriter(memory.writer, start, start + PACK_BYTES, {
    baseName: "site/gw/",
    boot: 1,
    root: new Uint8Array(12),
    configuration: new Uint8Array(12),
  });
  /** What a batch of this channel says to a reader that knows RFC 8428 alone. */
  const batch = (bootS = BOOT_S): Record[] => {
    pack.begin(new PackHead());
    if (channel.length > 0) {
      expect(pack.group(channel, channel.length, bootS + channel.baseUs / SECOND)).toBe(true);
      channel.clear(channel.length);
    }
    pack.finish();
    const bytes = pack.bytes.slice(pack.offset, pack.offset + pack.length);
    const records = decode(bytes, { preferMap: true }) as Map<number | string, number>[];
    expect(Buffer.from(encode(records, cdeEncodeOptions)).toString("hex")).toBe(Buffer.from(bytes).toString("hex"));
    expect(pack.records).toBe(records.length);
    for (const edge of [before, after])
      expect([...memory.bytes.slice(edge, edge + neighbour)]).toEqual(Array(8).fill(0));
    const base = records[0]?.get(-3) ?? 0;
    if (records.length > 0) expect([records[0].get(-2), records[0].get(-4)]).toEqual([NAME, unit || undefined]);
    return records.map((record, i) => {
      expect(record.has(-2)).toBe(i === 0);
      const timeUs = Math.round((base - bootS + (record.get(6) ?? 0)) * SECOND);
      return { value: record.get(2), quality: record.get("q") ?? 0, timeUs };
    });
  };
  return { channel, batch, full: () => full };
}

const good = (value: number, timeUs: number): Record => ({ value, quality: 0, timeUs });

describe("the records of a channel", () => {
  it("come out as they went in, batch after batch, whichever way they took", () => {
    const { channel, batch } = bench(16);
    for (let turn = 0; turn < 5; turn++) {
      const expected = Array.from({ length: 10 }, (_, i) => {
        const timeUs = (turn * 10 + i) * SECOND;
        const value = Math.fround(20 + Math.sin(turn * 10 + i));
        channel.accept(value, timeUs);
        return good(value, timeUs);
      });
      expect(batch()).toEqual(expected);
    }
  });

  it.each([4_000, 125_000, 250_000, 333_000, 10 * SECOND, 60 * SECOND])(
    "come out as they went in at one in %d us",
    (periodUs) => {
      const { channel, batch } = bench(64, "drop-oldest", periodUs);
      for (let turn = 0; turn < 4; turn++) {
        const first = turn * 60 * periodUs;
        for (let i = 0; i < 60; i++) channel.accept(20.337 + i, first + i * periodUs);
        const records = batch();
        expect(records.map(({ value }) => value)).toEqual(
          Array.from({ length: 60 }, (_, i) => Math.fround(20.337 + i)),
        );
        records.forEach(({ timeUs }, i) => {
          expect(Math.abs(timeUs - first - i * periodUs)).toBeLessThan(1 + i * periodUs * 2 ** -24);
        });
      }
    },
  );

  it("keep their own times when a tick was missed, and in the batches after it", () => {
    const { channel, batch } = bench(16);
    const ticks = (missing: number) => [0, 1, 2, 3, 4, 5, 6, 7].filter((tick) => tick !== missing);
    for (const missing of [9, 9, 3, 9, 0, 9, 6, 9]) {
      for (const tick of ticks(missing)) channel.accept(Math.fround(20.3 + tick), tick * SECOND);
      expect(batch()).toEqual(ticks(missing).map((tick) => good(Math.fround(20.3 + tick), tick * SECOND)));
    }
  });

  it("are integers where binary32 makes one of the value, or of the time", () => {
    const { channel, batch } = bench(16);
    // 65,536.000001 s after the first is 65,536 s in binary32; -57158.00003 is -57158.
    channel.accept(1.5, 0);
    for (const [value, timeUs] of [
      [-57158.00003, SECOND],
      [33.000001, 300 * SECOND],
      [20.3, 65_535_000_001],
      [20.3, 65_536_000_001],
    ])
      channel.accept(value, timeUs);
    expect(batch().map(({ value }) => value)).toEqual([1.5, -57158, 33, Math.fround(20.3), Math.fround(20.3)]);
  });

  it("are counted from boot when there is no wall clock", () => {
    const { channel, batch } = bench(16);
    channel.accept(20.5, 5 * SECOND);
    channel.accept(21.5, 6 * SECOND);
    expect(batch(0)).toEqual([good(20.5, 5 * SECOND), good(21.5, 6 * SECOND)]);
  });

  it("take eleven bytes each at one a second, base fields and all", () => {
    const { channel } = bench(64);
    for (let i = 0; i < 24; i++) channel.accept(20.337 + i, i * SECOND);
    expect((channel.recordsEnd - channel.templateAt) / 24).toBeLessThan(11.5);
  });

  it("are told to be full while there is room for one more, before any is lost", () => {
    const { channel, full } = bench(8);
    for (let i = 0; i < 6; i++) channel.accept(20.337 + i, i * SECOND);
    expect(full()).toBe(0);
    channel.accept(27, 6 * SECOND);
    expect([full(), channel.dropped]).toEqual([1, 0]);
    channel.accept(28, 7 * SECOND);
    expect(channel.dropped).toBe(0);
  });

  it("are told to be full also when every record is of the short kind from an earlier batch", () => {
    const { channel, batch, full } = bench(8);
    for (let turn = 1; turn < 4; turn++) {
      for (let i = 0; i < 7; i++) channel.accept(20.337 + i, (turn * 10 + i) * SECOND);
      expect(full()).toBe(turn);
      batch();
    }
  });
});

describe("a full queue", () => {
  const fill = (overload: OverloadPolicy, count: number) => {
    const { channel, batch } = bench(8, overload);
    for (let i = 0; i < count; i++) channel.accept(20.337 + i, i * SECOND);
    const seconds = batch().map(({ timeUs }) => timeUs / SECOND);
    expect(channel.produced).toBe(channel.delivered + channel.dropped);
    return seconds;
  };

  it("lets the oldest go", () => {
    expect(fill("drop-oldest", 12)).toEqual([4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it("lets the newest go", () => {
    expect(fill("drop-newest", 12)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it("thins itself out and takes every second from then on, so that what is left spans the whole time", () => {
    const seconds = fill("decimate", 40);
    expect(seconds.length).toBeLessThanOrEqual(8);
    expect(seconds[0]).toBe(0);
    expect(seconds[seconds.length - 1]).toBeGreaterThan(30);
  });

  it("takes every record again after the batch", () => {
    const { channel, batch } = bench(8, "decimate");
    for (let i = 0; i < 40; i++) channel.accept(20.337 + i, i * SECOND);
    batch();
    for (let i = 40; i < 46; i++) channel.accept(20.337 + i, i * SECOND);
    expect(batch()).toHaveLength(6);
  });
});

describe("any readings, under any policy", () => {
  const value = fc.oneof(
    { weight: 6, arbitrary: fc.float({ min: -100, max: 100, noNaN: true }) },
    fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e30, max: 1e30 }),
    fc.integer({ min: -70_000, max: 70_000 }),
    fc.integer({ min: -4096, max: 4096 }).map((n) => n / 32),
    fc.constantFrom(0, -0, 65_535, 65_536, 65_537.5, 70_000.03125, -65_537, 16_777_217, 2 ** 40, 33.000001),
  );
  const step = fc.oneof(
    { weight: 8, arbitrary: fc.constant("period" as const) },
    fc.constantFrom(0, 10_000, 2 * SECOND, 30 * SECOND, 300 * SECOND),
    fc.integer({ min: 1, max: 40 * SECOND }),
  );
  const capacities = fc.integer({ min: 4, max: 20 });
  const periods = fc.constantFrom(SECOND, 4_000, 250_000, 333_000, 30 * SECOND);
  const reading = fc.record({
    value,
    bad: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 6 })),
    step,
    flush: fc.oneof({ weight: 11, arbitrary: fc.constant(false) }, fc.constant(true)),
  });

  const readings = fc.array(reading, { maxLength: 120 });

  it.each(OVERLOAD_POLICIES)(
    "%s: what is delivered is what was read, and produced = delivered + dropped",
    (overload) => {
      fc.assert(
        fc.property(readings, capacities, periods, (readings, capacity, periodUs) => {
          const { channel, batch } = bench(capacity, overload);
          const made = new Map<number, Record>();
          const received: Record[] = [];
          let timeUs = 0;
          for (const { value, bad, step, flush } of readings) {
            timeUs += step === "period" ? periodUs : Math.max(step, 1000);
            if (bad === 0) channel.accept(value, timeUs);
            else channel.refuse(bad as Quality, timeUs);
            made.set(timeUs, { value, quality: bad, timeUs });
            if (flush) received.push(...batch());
            expect(channel.length).toBeLessThanOrEqual(capacity);
          }
          received.push(...batch());
          expect(channel.produced).toBe(channel.delivered + channel.dropped);
          expect(channel.delivered).toBe(received.length);
          expect(channel.samples).toBe(readings.length);
          // Times are rounded to binary32: the reading meant is the nearest.
          let last = -1;
          for (const { value, quality, timeUs } of received) {
            const nearest = [...made.values()].reduce((a, b) =>
              Math.abs(b.timeUs - timeUs) < Math.abs(a.timeUs - timeUs) ? b : a,
            );
            expect(Math.abs(nearest.timeUs - timeUs)).toBeLessThanOrEqual(200);
            expect(nearest.timeUs).toBeGreaterThan(last);
            last = nearest.timeUs;
            expect(quality).toBe(nearest.quality);
            if (quality === Quality.good) expect(value).toBe(wireNumber(nearest.value!));
          }
        }),
        { numRuns: 300 },
      );
    },
  );
});
