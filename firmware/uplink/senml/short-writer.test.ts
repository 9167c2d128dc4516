/** A short pack says what the usual pack of the same queues says, to a tenth of each channel's last digit. */
import { cdeEncodeOptions, decode, encode } from "cbor2";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Quality } from "../../../drivers/contract";
import { resolveSenml, type SenmlRecord } from "../../../host-sim/senml/resolve";
import { makeChannel } from "../../sampling/make-channel";
import { queueBytes } from "../../sampling/record-queue";
import { SampleMemory } from "../../sampling/sample-memory";
import { encodeGroupIdentity } from "./group-identity";
import { NO_DIGITS, PackHead, PackWriter } from "./pack-writer";
import { ShortPackWriter } from "./short-writer";

const SECOND = 1_000_000;
const BOOT_S = 1_767_225_600.037;
const CAPACITY = 24;
const IDENTITY = { baseName: "site/gw/", boot: 1, root: new Uint8Array(12), configuration: new Uint8Array(12) };

type Column = { readonly decimals: number; readonly values: readonly number[]; readonly bad?: number };

/** Both packs of the same readings. @param packBytes room for each */
function bench(columns: readonly Column[], periodS = 1, packBytes = 8192) {
  const identities = columns.map((_, i) => encodeGroupIdentity(`site/gw/d/c${i}`, i === 0 ? "" : "Cel", i === 2));
  const memory = new SampleMemory(identities.reduce((sum, one) => sum + queueBytes(one, CAPACITY), 2 * packBytes));
  const channels = identities.map((identity, i) =>
    makeChannel({
      plan: { name: `c${i}`, unit: i === 0 ? "" : "Cel", filters: [], alarms: [] },
      queue: { memory, identity, periodUs: periodS * SECOND, capacity: CAPACITY, overload: "drop-oldest" },
    }),
  );
  columns.forEach(({ values, bad }, i) => {
    values.forEach((value, k) => {
      if (k === bad) channels[i].refuse(Quality.badDevice, k * periodS * SECOND);
      else channels[i].accept(value, k * periodS * SECOND);
    });
  });
  const at = memory.take(packBytes);
  const shortAt = memory.take(packBytes);
  const usual = new PackWriter(memory.writer, at, at + packBytes, IDENTITY);
  const short = new ShortPackWriter(memory, shortAt, shortAt + packBytes, IDENTITY, []);
  const write = (pack: PackWriter) => {
    pack.begin(new PackHead());
    let groups = 0;
    for (const [i, channel] of channels.entries()) {
      if (channel.isEmpty) continue;
      const timeS = BOOT_S + channel.baseUs / SECOND;
      const written =
        pack === short
          ? short.shortGroup(channel, channel.length, timeS, columns[i].decimals)
          : pack.group(channel, channel.length, timeS);
      if (!written) break;
      groups++;
    }
    pack.finish();
    const bytes = pack.bytes.slice(pack.offset, pack.offset + pack.length);
    expect(pack.offset + pack.length).toBeLessThanOrEqual((pack === short ? shortAt : at) + packBytes);
    const records = decode(bytes, { preferMap: true }) as Map<number | string, unknown>[];
    expect(Buffer.from(encode(records, cdeEncodeOptions)).toString("hex")).toBe(Buffer.from(bytes).toString("hex"));
    expect(pack.records).toBe(records.length);
    return { bytes, groups, raw: records, records: records.length === 0 ? [] : resolveSenml(records) };
  };
  return { usual: () => write(usual), short: () => write(short) };
}

/** @param digits by name */
function expectSame(short: readonly SenmlRecord[], usual: readonly SenmlRecord[], digits: Map<string, number>): void {
  expect(short.length).toBe(usual.length);
  short.forEach(({ value, ...record }, i) => {
    const { value: wanted, ...rest } = usual[i];
    expect(record).toEqual(rest);
    if (wanted === undefined) expect(value).toBeUndefined();
    else {
      const decimals = digits.get(record.name)!;
      const tolerance = decimals === NO_DIGITS ? 0 : 0.1 / 10 ** decimals;
      expect(Math.abs(value! - wanted)).toBeLessThanOrEqual(tolerance * 1.000_001);
    }
  });
}

const digitsOf = (columns: readonly Column[]) =>
  new Map(columns.map(({ decimals }, i) => [`site/gw/d/c${i}`, decimals]));

describe("a short pack", () => {
  it("has a whole number as base value, and what is left in three bytes", () => {
    const { short } = bench([
      { decimals: NO_DIGITS, values: [] },
      { decimals: 2, values: [21.437, 21.52, 21.004, 20.73] },
    ]);
    const { raw, records } = short();
    expect(raw[0].get(-5)).toBe(21);
    expect(raw.map((record) => record.get(2))).toEqual([0.4369, 0.52, 0.004, -0.27].map((v) => expect.closeTo(v, 3)));
    expect(records.map(({ value }) => Number(value!.toFixed(2)))).toEqual([21.44, 21.52, 21, 20.73]);
    expect(raw.slice(1).map((record) => encode(record, cdeEncodeOptions).length)).toEqual([7, 7, 7]);
  });

  it("says zero where a value is near enough to its base, and a base value only where it is another", () => {
    const column = { decimals: 1, values: [5.004, 4.996, 6.1] };
    const { raw } = bench([column, column, { decimals: NO_DIGITS, values: [0.3, 0.7] }]).short();
    expect(raw.map((record) => record.get(-5))).toEqual([
      5,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      0,
      undefined,
    ]);
    expect(raw[0].get(2)).toBe(0);
    expect(raw[1].get(2)).toBe(0);
    expect(raw.slice(6).map((record) => record.get(2))).toEqual([Math.fround(0.3), Math.fround(0.7)]);
  });

  it("is off by a tenth of the last digit at most, whatever was read", () => {
    const value = fc.oneof(
      { weight: 6, arbitrary: fc.float({ min: -200, max: 200, noNaN: true }) },
      { weight: 3, arbitrary: fc.float({ min: 20, max: Math.fround(21.5), noNaN: true }) },
      fc.double({ min: -1e9, max: 1e9, noNaN: true }),
      fc.integer({ min: -70_000, max: 70_000 }),
    );
    const column = fc.record({
      decimals: fc.oneof(fc.integer({ min: 0, max: 6 }), fc.constant(NO_DIGITS)),
      values: fc.array(value, { maxLength: CAPACITY - 1 }),
      bad: fc.oneof(fc.constant(-1), fc.nat(CAPACITY)),
    });
    const columns = fc.array(column, { minLength: 3, maxLength: 4 });
    fc.assert(
      fc.property(columns, fc.constantFrom(1, 1, 7, 0.25), (columns, periodS) => {
        const { short, usual } = bench(columns, periodS);
        const wanted = usual();
        const got = short();
        expect(got.groups).toBe(wanted.groups);
        expectSame(got.records, wanted.records, digitsOf(columns));
      }),
      { numRuns: 120 },
    );
  });

  it("falls back to the usual group where there is no room for a longer one, and is whole or not there", () => {
    // Small integers far from the first: two bytes more for each of them.
    const far = { decimals: 0, values: [30_000, ...Array.from({ length: 20 }, (_, i) => i)] };
    const near = { decimals: 2, values: Array.from({ length: 20 }, (_, i) => 20 + i / 77) };
    for (let packBytes = 180; packBytes < 700; packBytes += 13) {
      const columns = [far, near, near];
      const { short, usual } = bench(columns, 1, packBytes);
      const got = short();
      const all = bench(columns).usual().records;
      expectSame(got.records, all.slice(0, got.records.length), digitsOf(columns));
      expect(got.groups).toBeGreaterThanOrEqual(Math.min(usual().groups, 1));
    }
  });
});
