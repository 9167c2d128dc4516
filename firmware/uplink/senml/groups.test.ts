/** Groups of several channels in one pack: what holds on from the group before is not said again, and nothing else changes. */
import { cdeEncodeOptions, decode, encode } from "cbor2";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Quality } from "../../../drivers/contract";
import { makeChannel } from "../../sampling/make-channel";
import { queueBytes } from "../../sampling/record-queue";
import { SampleMemory } from "../../sampling/sample-memory";
import { encodeGroupIdentity } from "./group-identity";
import { PackHead, PackWriter } from "./pack-writer";
import { wireNumber } from "./wire-number";

const SECOND = 1_000_000;
const BOOT_S = 1_767_225_600.037;
/** A wall clock that was never set. */
const IN_1970_S = 20.037;
const PACK_BYTES = 8192;
const CAPACITY = 8;
const IDENTITY = { baseName: "site/gw/", boot: 1, root: new Uint8Array(12), configuration: new Uint8Array(12) };
const NAMES = ["site/gw/door/open", "site/gw/hall/temperature", "site/gw/hall/humidity", "site/gw/tank/level"];
const UNITS = ["", "Cel", "%RH", "m"];

type Sample = { readonly value: number; readonly quality: Quality; readonly timeUs: number } & {
  readonly name: string;
  readonly unit: string;
};
type Decoded = Map<number | string, unknown>[];

/** @param packBytes room for the pack */
function bench(packBytes = PACK_BYTES) {
  const identities = NAMES.map((name, i) => encodeGroupIdentity(name, UNITS[i], i === 3));
  const room = identities.reduce((sum, identity) => sum + queueBytes(identity, CAPACITY), packBytes);
  const memory = new SampleMemory(room);
  const channels = identities.map((identity, i) =>
    makeChannel({
      plan: { name: NAMES[i].slice("site/gw/".length), unit: UNITS[i], filters: [], alarms: [] },
      queue: { memory, identity, periodUs: SECOND, capacity: CAPACITY, overload: "drop-oldest" },
    }),
  );
  const start = memory.take(packBytes);
  const pack = new PackWriter(memory.writer, start, start + packBytes, IDENTITY);
  /** @returns the records, and how many groups there was room for */
  const batch = (bootS: number): { records: Decoded; groups: number } => {
    pack.begin(new PackHead());
    let groups = 0;
    for (const channel of channels) {
      if (channel.isEmpty) continue;
      if (!pack.group(channel, channel.length, bootS + channel.baseUs / SECOND)) break;
      groups++;
    }
    for (const channel of channels) channel.clear(channel.length);
    pack.finish();
    const bytes = pack.bytes.slice(pack.offset, pack.offset + pack.length);
    const records = decode(bytes, { preferMap: true }) as Decoded;
    expect(Buffer.from(encode(records, cdeEncodeOptions)).toString("hex")).toBe(Buffer.from(bytes).toString("hex"));
    return { records, groups };
  };
  /**
   * The usual way: as many of the channels as `most` records allow, in their order.
   * @param seq a new writer is taken where it is negative: it has no batch before
   */
  let usual = pack;
  const gather = (bootS: number, most: number, seq: number): string => {
    if (seq < 0) usual = new PackWriter(memory.writer, start, start + packBytes, IDENTITY);
    const head = new PackHead();
    head.seq = Math.abs(seq);
    head.sinceBoot = bootS < 1e9 && bootS !== IN_1970_S;
    usual.begin(head);
    usual.gather(channels, bootS, most);
    usual.finish();
    return Buffer.from(usual.bytes.slice(usual.offset, usual.offset + usual.length)).toString("hex");
  };
  const scribble = () => {
    usual.forget();
    memory.bytes.fill(0xee, start, start + packBytes);
  };
  return { channels, batch, gather, scribble };
}

/** As RFC 8428 section 4.6 has it, and no shorter. */
function resolve(records: Decoded) {
  let [name, unit, base] = ["", "", 0];
  return records.map((record) => {
    name = (record.get(-2) as string | undefined) ?? name;
    base = (record.get(-3) as number | undefined) ?? base;
    unit = (record.get(-4) as string | undefined) ?? unit;
    const time = base + ((record.get(6) as number | undefined) ?? 0);
    return { name, unit, time, value: record.get(2), quality: record.get("q") ?? 0 };
  });
}

describe("groups in a pack", () => {
  it("say a base time once where all began together", () => {
    const { channels, batch } = bench();
    const takeAll = () => {
      for (let s = 0; s < 3; s++)
        for (const [i, channel] of channels.entries()) channel.accept(0.1 + s + i, s * SECOND);
      return batch(BOOT_S).records;
    };
    const first = takeAll();
    expect(first.map((record) => record.has(-3))).toEqual(first.map((_, i) => i === 0));
    expect(first.map((record) => record.has(-2))).toEqual(first.map((_, i) => i % 3 === 0));
    expect(new Set(resolve(first).map(({ time }) => time))).toEqual(new Set([BOOT_S, BOOT_S + 1, BOOT_S + 2]));
    // The next pack begins with nothing in hand.
    expect(takeAll().filter((record) => record.has(-3)).length).toBe(1);
  });

  it("resolve to what was read, whenever each began and whatever its form", () => {
    const value = fc.oneof(fc.double({ min: -50, max: 150, noNaN: true }), fc.integer({ min: -3, max: 70_000 }));
    const column = fc.record({
      // Few beginnings, so that many groups share theirs.
      fromS: fc.constantFrom(0, 0, 0, 3, 3.5),
      startsBad: fc.boolean(),
      values: fc.array(value, { maxLength: CAPACITY - 1 }),
    });
    const boots = fc.constantFrom(BOOT_S, 1_767_225_600, 0, 12.5);
    fc.assert(
      fc.property(fc.array(column, { minLength: 4, maxLength: 4 }), boots, (columns, bootS) => {
        const { channels, batch } = bench();
        const expected: Sample[] = [];
        columns.forEach(({ fromS, startsBad, values }, i) => {
          values.forEach((value, s) => {
            const timeUs = (fromS + s) * SECOND;
            const quality = startsBad && s === 0 ? Quality.badDevice : Quality.good;
            if (quality === Quality.good) channels[i].accept(value, timeUs);
            else channels[i].refuse(quality, timeUs);
            expected.push({ value, quality, timeUs, name: NAMES[i], unit: UNITS[i] });
          });
        });
        if (expected.length === 0) return;
        const records = resolve(batch(bootS).records);
        expect(records.length).toBe(expected.length);
        records.forEach((record, i) => {
          const { value, quality, timeUs, name, unit } = expected[i];
          expect([record.name, record.unit, record.quality]).toEqual([name, unit, quality]);
          if (quality === Quality.good) expect(record.value).toBe(wireNumber(value));
          expect(Math.round((record.time - bootS) * SECOND)).toBe(timeUs);
        });
      }),
      { numRuns: 150 },
    );
  });

  it("are the same whether the head of the batch before is repeated or written anew", () => {
    const value = fc.integer({ min: -5000, max: 15_000 }).map((n) => n / 110);
    const round = fc.record({
      // A channel without readings, one that begins later.
      lengths: fc.array(fc.constantFrom(0, 2, 3, 3), { minLength: 4, maxLength: 4 }),
      from: fc.constantFrom(0, 0, 0, 0.5),
      bootS: fc.constantFrom(BOOT_S, BOOT_S, BOOT_S, 1_767_225_600, 12.5, 20_000_000.25, IN_1970_S),
      most: fc.constantFrom(100, 100, 5, 1),
      seq: fc.constantFrom(1, 2, 23, 24, 255, 256, 70_000),
      values: fc.array(value, { minLength: 4, maxLength: 4 }),
      scribbled: fc.constantFrom(false, false, false, true),
    });
    fc.assert(
      fc.property(fc.array(round, { minLength: 2, maxLength: 12 }), (rounds) => {
        const [repeating, anew] = [bench(), bench()];
        rounds.forEach(({ lengths, from, bootS, most, seq, values, scribbled }, n) => {
          for (const { channels } of [repeating, anew])
            channels.forEach((channel, i) => {
              for (let s = 0; s < lengths[i]; s++)
                channel.accept(values[i] + s, (60 * n + s + (i > 1 ? from : 0)) * SECOND);
            });
          if (scribbled) repeating.scribble();
          while (anew.channels.some((channel) => !channel.isEmpty))
            expect(repeating.gather(bootS, most, seq)).toBe(anew.gather(bootS, most, -seq));
          expect(repeating.channels.map((channel) => channel.length)).toEqual(
            anew.channels.map((channel) => channel.length),
          );
        });
      }),
      { numRuns: 300 },
    );
  });

  it("are whole or not there, however little room there is", () => {
    for (let size = 140; size < 420; size++) {
      const { channels, batch } = bench(size);
      for (let s = 0; s < 3; s++)
        for (const [i, channel] of channels.entries()) channel.accept(0.1 + s + i, s * SECOND);
      const { records, groups } = batch(BOOT_S);
      expect(records.length).toBe(3 * groups);
      expect(records.filter((record) => record.has(-2)).length).toBe(groups);
    }
  });
});
