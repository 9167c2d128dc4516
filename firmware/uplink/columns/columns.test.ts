/** The compact batch says what the SenML pack of the same queues says, within what its description promises to lose. */
import { decode } from "cbor2";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Quality } from "../../../drivers/contract";
import { TimeQuality } from "../../../hal/clock";
import { resolvePack } from "../../../host-sim/cli/senml-view";
import type { Channel } from "../../sampling/channel";
import { makeChannel } from "../../sampling/make-channel";
import { queueBytes, RecordQueue } from "../../sampling/record-queue";
import { SampleMemory } from "../../sampling/sample-memory";
import { encodeGroupIdentity } from "../senml/group-identity";
import { PackHead, PackWriter } from "../senml/pack-writer";
import { readColumns } from "./reader";
import { ColumnsWriter, columnsBytes } from "./writer";

const SECOND = 1_000_000;
const BOOT_S = 1_764_000_000.25;
const CAPACITY = 70;
const IDENTITY = { boot: 3, root: new Uint8Array(12).fill(1), configuration: new Uint8Array(12).fill(2) };

type Sample = { readonly value: number; readonly quality: number; readonly stepUs: number };

/** Feeds the same samples to two gateways' memories: one batch in each form. */
function bench(decimals: (number | undefined)[], periodUs = SECOND) {
  const names = decimals.map((_, i) => encodeGroupIdentity(`site/gw/d/c${i}`, "Cel"));
  const packBytes = 80_000;
  const queues = names.reduce((sum, identity) => sum + queueBytes(identity, CAPACITY), 0);
  const room = columnsBytes(decimals.length, decimals.length * CAPACITY);
  const memory = new SampleMemory(queues + packBytes + room);
  const channels = names.map((identity, i) =>
    makeChannel({
      plan: { name: `c${i}`, unit: "Cel", filters: [], alarms: [] },
      queue: { memory, identity, periodUs, capacity: CAPACITY, overload: "drop-oldest" },
    }),
  );
  const packAt = memory.take(packBytes);
  const pack = new PackWriter(memory.writer, packAt, packAt + packBytes, { ...IDENTITY, baseName: "site/gw/" });
  const at = memory.take(room);
  const columns = new ColumnsWriter(memory.bytes, memory.view, memory.fields, at, at + room, IDENTITY);
  const head = new PackHead();
  head.seq = 9;
  head.timeQuality = TimeQuality.sntp;

  const filled = () => channels.filter((channel) => !channel.isEmpty);
  const asSenml = (): Uint8Array => {
    pack.begin(head);
    for (const channel of filled())
      expect(pack.group(channel, channel.length, BOOT_S + channel.baseUs / SECOND)).toBe(true);
    pack.finish();
    return pack.bytes.slice(pack.offset, pack.offset + pack.length);
  };
  const asColumns = (): Uint8Array => {
    head.baseTimeS = BOOT_S + Math.min(...filled().map(({ baseUs }) => baseUs)) / SECOND;
    columns.begin(head);
    for (const channel of filled()) {
      const identity = {
        component: 2,
        channel: channels.indexOf(channel),
        decimals: decimals[channels.indexOf(channel)]!,
      };
      if (decimals[channels.indexOf(channel)] === undefined) delete (identity as { decimals?: number }).decimals;
      expect(columns.column(channel, identity, channel.length, BOOT_S + channel.baseUs / SECOND)).toBe(true);
    }
    columns.finish();
    return columns.bytes.slice(columns.offset, columns.offset + columns.length);
  };
  return { channels, asSenml, asColumns };
}

function feed(channel: Channel, samples: readonly Sample[], fromUs = 60 * SECOND): void {
  let timeUs = fromUs;
  for (const { value, quality, stepUs } of samples) {
    timeUs += stepUs;
    if (quality === Quality.good) channel.accept(value, timeUs);
    else channel.refuse(quality as Quality, timeUs);
  }
}

describe("a compact batch", () => {
  it("is a CBOR array of eight, as another decoder reads it", () => {
    const { channels, asColumns } = bench([2]);
    feed(channels[0], [{ value: 21.337, quality: 0, stepUs: SECOND }]);
    expect(decode(asColumns())).toEqual([
      1,
      3,
      9,
      new Uint8Array(12).fill(1),
      new Uint8Array(12).fill(2),
      2,
      1_764_000_061,
      // component, channel, records, decimals, 250 ms, 2134 in zigzag
      Uint8Array.of(2, 0, 1, 2, 0xfa, 0x01, 0xac, 0x21),
    ]);
  });

  it("takes 4 bytes a sample, signature and all, where 64 samples of three sensors change as rooms do", () => {
    const { channels, asColumns, asSenml } = bench([2, 1, 0]);
    for (let i = 0; i < 22; i++) {
      channels[0].accept(21.3 + Math.sin(i) * 0.05, (i + 60) * SECOND);
      if (i > 0) channels[1].accept(48 + Math.sin(i / 2), (i + 60) * SECOND);
      if (i > 0) channels[2].accept(412 + (i % 3), (i + 60) * SECOND);
    }
    const signature = 88;
    expect((asColumns().length + signature) / 64).toBeLessThanOrEqual(4);
    expect((asSenml().length + signature) / 64).toBeLessThanOrEqual(14);
  });

  it("is refused when there is no room, and nothing is written then", () => {
    const memory = new SampleMemory(2_000);
    const identity = encodeGroupIdentity("s/g/d/c", "Cel");
    const queue = {
      memory,
      identity,
      periodUs: SECOND,
      capacity: 20,
      overload: "drop-oldest",
    } as const;
    const plan = { name: "c", unit: "Cel", filters: [], alarms: [] };
    const channel = makeChannel({ plan, queue });
    const at = memory.take(columnsBytes(1, 2));
    const end = memory.take(0);
    const writer = new ColumnsWriter(memory.bytes, memory.view, memory.fields, at, end, IDENTITY);
    for (let i = 0; i < 3; i++) channel.accept(i + 0.5, i * SECOND);
    writer.begin(new PackHead());
    const before = memory.bytes.slice();
    expect(writer.column(channel, { component: 0, channel: 0 }, 3, 0)).toBe(false);
    expect(memory.bytes).toEqual(before);
  });
});

describe("any readings", () => {
  const sample = fc.record({
    value: fc.oneof(
      { weight: 5, arbitrary: fc.float({ min: -200, max: 200, noNaN: true }) },
      fc.double({ min: -1e12, max: 1e12, noNaN: true }),
      fc.integer({ min: -70_000, max: 70_000 }),
    ),
    quality: fc.oneof({ weight: 12, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 6 })),
    stepUs: fc.oneof({ weight: 6, arbitrary: fc.constant(SECOND) }, fc.integer({ min: 1_000, max: 40 * SECOND })),
  });
  const columnsOf = fc.array(fc.array(sample, { minLength: 1, maxLength: 60 }), { minLength: 1, maxLength: 4 });
  const digits = fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined });

  it("come out as the SenML pack has them, to the millisecond and the declared digit", () => {
    fc.assert(
      fc.property(columnsOf, fc.array(digits, { minLength: 4, maxLength: 4 }), (all, decimals) => {
        const { channels, asColumns, asSenml } = bench(all.map((_, i) => decimals[i]));
        all.forEach((samples, i) => {
          feed(channels[i], samples);
        });
        const wanted = resolvePack(decode(asSenml()) as unknown[]);
        const got = readColumns(asColumns()).columns.flatMap(({ channel, records }) =>
          records.map((record) => ({ ...record, channel })),
        );
        expect(got.length).toBe(wanted.length);
        got.forEach(({ value, quality, timeS, channel }, i) => {
          const { name, time, v, q, vs } = wanted[i] as unknown as Record<string, number> & { name: string };
          expect(name).toBe(`site/gw/d/c${channel}`);
          expect(Math.abs(timeS - time)).toBeLessThan(0.0016);
          // Uncertain of no value at all is never read, here.
          expect(quality).toBe(q === Quality.uncertain && vs !== undefined ? Quality.neverRead : (q ?? 0));
          const d = decimals[channel];
          if (v === undefined) expect(value).toBeUndefined();
          else if (d === undefined) expect(value).toBe(Math.fround(v));
          else if (value !== Math.fround(v)) expect(Math.abs(value! - v)).toBeLessThanOrEqual(0.5000001 / 10 ** d);
        });
      }),
      { numRuns: 300 },
    );
  });
});

describe("a column that is read once", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it("has the bytes of one that is surveyed first, for any readings on their period", () => {
    const reading = fc.oneof(
      { weight: 8, arbitrary: fc.float({ min: -200, max: 200, noNaN: true }) },
      fc.constantFrom(0, 1, 21.5, -0.25, 70_000, 4e9, Number.NaN),
    );
    const values = fc.array(reading, { minLength: 1, maxLength: 24 });
    let once = 0;
    const plain = vi.spyOn(ColumnsWriter.prototype as never as { plain(): boolean }, "plain");
    fc.assert(
      fc.property(values, fc.integer({ min: 0, max: 6 }), fc.constantFrom(1, 2, 7), (values, decimals, seconds) => {
        const { channels, asColumns } = bench([decimals], seconds * SECOND);
        values.forEach((value, i) => {
          channels[0].accept(value, i * seconds * SECOND);
        });
        plain.mockClear();
        const bytes = asColumns();
        if (plain.mock.results[0]?.value === true) once++;
        const isPlain = vi.spyOn(RecordQueue.prototype, "isPlain", "get").mockReturnValue(false);
        expect(asColumns()).toEqual(bytes);
        isPlain.mockRestore();
      }),
      { numRuns: 300 },
    );
    expect(once).toBeGreaterThan(50);
  });

  it("takes a second byte for a difference from 64 and from -65 on", () => {
    const { channels, asColumns } = bench([0]);
    const values = [0.3, 63.3, 0.3, 64.3, 0.3, 65.3, 0.3];
    values.forEach((value, i) => {
      channels[0].accept(value, i * SECOND);
    });
    const [{ records }] = readColumns(asColumns()).columns;
    expect(records.map(({ value }) => value)).toEqual([0, 63, 0, 64, 0, 65, 0]);
  });
});

describe("bytes that are no compact batch", () => {
  const { channels, asColumns } = bench([2, undefined]);
  feed(
    channels[0],
    [0, 0, 2, 0].map((quality, i) => ({ value: 20 + i / 8, quality, stepUs: (1 + (i % 2)) * SECOND })),
  );
  feed(
    channels[1],
    [0, 0, 0].map((quality, i) => ({ value: 0.1 * i, quality, stepUs: SECOND })),
  );
  const whole = asColumns();

  it("end in a typed error at every cut", () => {
    expect(readColumns(whole).columns).toHaveLength(2);
    for (let cut = 0; cut < whole.length; cut++) expect(() => readColumns(whole.subarray(0, cut))).toThrow(/./);
  });

  it("end in a typed error or in a batch, whatever they are", () => {
    const edits = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(edits, (edits) => {
        const changed = whole.slice();
        for (const [at, value] of edits) changed[at] = value;
        try {
          for (const { records } of readColumns(changed).columns)
            for (const { value, timeS } of records) {
              expect(Number.isFinite(timeS)).toBe(true);
              if (value !== undefined) expect(Number.isFinite(value)).toBe(true);
            }
        } catch (error) {
          expect(["ColumnsError", "CborError"]).toContain((error as Error).name);
        }
      }),
      { numRuns: 5000 },
    );
  });

  const head = (columns: number[], count = 8) => {
    const bytes = [0x80 | count, 1, 3, 9, 0x4c, ...Array(12).fill(0), 0x4c, ...Array(12).fill(0), 2, 0];
    return Uint8Array.of(...bytes, 0x40 | columns.length, ...columns);
  };

  it.each([
    ["a column without records", head([0, 0, 0, 2]), "a column without records at byte 2"],
    ["a reserved flag", head([0, 0, 1, 0x40]), "a flag that must not be set at byte 3"],
    ["a billion records without values", head([0, 0, 0x80, 0x94, 0xeb, 0xdc, 0x03, 0x10]), "more than 65536 records"],
    ["runs of more qualities than records", head([0, 0, 1, 0x12, 0, 2, 2]), "a run of qualities that cannot be"],
    ["a quality that does not exist", head([0, 0, 1, 0x12, 0, 1, 7]), "a run of qualities that cannot be"],
    ["a number longer than needed", head([0x80, 0]), "a longer number than needed at byte 0"],
    ["a number of 33 bits", head([0xff, 0xff, 0xff, 0xff, 0x1f]), "a number of more than 32 bits at byte 0"],
    ["a value that is no number", head([0, 0, 1, 7, 0, 0x80, 0x80, 0x80, 0xfe, 0x07]), "a value that is no number"],
    ["a SenML pack", Uint8Array.of(0x81, 0xa1, 0x02, 0x01), "not an array that begins with the number of its form"],
  ])("%s", (_what, bytes, reason) => {
    expect(() => readColumns(bytes)).toThrow(reason);
  });
});
