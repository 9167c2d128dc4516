import { decode as decodeCborX } from "cbor-x";
import { cdeEncodeOptions, decode, encode } from "cbor2";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Quality } from "../../../drivers/contract";
import { TimeQuality } from "../../../hal/clock";
import { CborWriter } from "../cbor/writer";
import { encodeText } from "./labels";
import { encodeIdentity, PackHead, PackWriter } from "./pack-writer";

const IDENTITY = {
  baseName: "harbour/gw-07/",
  boot: 3,
  root: Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
  configuration: Uint8Array.from([21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32]),
};
const CLIMATE = encodeIdentity("climate/temperature", "Cel");
const ZONE = encodeIdentity("facp/zone-3", "");
const BASE_TIME_S = 1_767_225_600.25;

function head(fields: Partial<PackHead> = {}): PackHead {
  return Object.assign(new PackHead(), {
    seq: 17,
    baseTimeS: BASE_TIME_S,
    timeQuality: TimeQuality.sntp,
    ...fields,
  });
}

function packWriter(size: number): PackWriter {
  return new PackWriter(new CborWriter(new Uint8Array(size)), 0, size, IDENTITY);
}

function packOf(writer: PackWriter): Uint8Array {
  return writer.bytes.slice(writer.offset, writer.offset + writer.length);
}

type Decoded = Map<number | string, unknown>[];

/** As an independent decoder sees it; asserts on the way that every byte is deterministic CBOR. */
function read(writer: PackWriter): Decoded {
  const bytes = packOf(writer);
  const pack = decode(bytes, { preferMap: true }) as Decoded;
  expect(Buffer.from(encode(pack, cdeEncodeOptions)).toString("hex")).toBe(Buffer.from(bytes).toString("hex"));
  return pack;
}

function single(fields: Partial<PackHead>, write: (pack: PackWriter) => void): Map<number | string, unknown> {
  const pack = packWriter(512);
  pack.begin(head(fields));
  write(pack);
  pack.finish();
  const records = read(pack);
  expect(records.length).toBe(1);
  return records[0];
}

describe("a SenML pack", () => {
  it("carries the base fields in its first record only", () => {
    const pack = packWriter(512);
    pack.begin(head());
    expect(pack.record(CLIMATE, 21.5, Quality.good, 0)).toBe(true);
    expect(pack.record(CLIMATE, 22, Quality.good, 1)).toBe(true);
    pack.finish();
    expect(pack.records).toBe(2);
    const [first, second] = read(pack);
    expect(first).toEqual(
      new Map<number | string, unknown>([
        [0, "climate/temperature"],
        [1, "Cel"],
        [2, 21.5],
        [-2, "harbour/gw-07/"],
        [-3, BASE_TIME_S],
        ["tq", 2],
        ["cfg", IDENTITY.configuration],
        ["seq", 17],
        ["boot", 3],
        ["root", IDENTITY.root],
      ]),
    );
    expect(second).toEqual(
      new Map<number | string, unknown>([
        [0, "climate/temperature"],
        [1, "Cel"],
        [2, 22],
        [6, 1],
      ]),
    );
  });

  it("reads the same in cbor-x, which knows nothing of us", () => {
    const pack = packWriter(512);
    pack.begin(head());
    pack.record(CLIMATE, -40.125, Quality.good, 0);
    pack.record(ZONE, 1, Quality.uncertain, 0.5);
    pack.finish();
    const [first, second] = decodeCborX(packOf(pack)) as Record<string, unknown>[];
    expect(first["2"]).toBe(-40.125);
    expect(first["-2"]).toBe("harbour/gw-07/");
    expect(second).toEqual({ "0": "facp/zone-3", "2": 1, "6": 0.5, q: 1 });
  });

  it("says the quality when it is not good, and has no number when there is none", () => {
    const bad: [Quality, string][] = [
      [Quality.badCommunication, "bad:communication"],
      [Quality.badConfiguration, "bad:configuration"],
      [Quality.badDevice, "bad:device"],
      [Quality.badRange, "bad:range"],
      [Quality.neverRead, "never-read"],
    ];
    for (const [quality, text] of bad) {
      const record = single({}, (pack) => pack.record(CLIMATE, 21.5, quality, 0));
      expect(record.has(2)).toBe(false);
      expect(record.get(3)).toBe(text);
      expect(record.get("q")).toBe(quality);
    }
    const uncertain = single({}, (pack) => pack.record(CLIMATE, 21.5, Quality.uncertain, 0));
    expect([uncertain.get(2), uncertain.get("q")]).toEqual([21.5, 1]);
  });

  it("without a wall clock counts from boot, and has a mark that a plain reader must refuse it (RFC 8428 section 4.4)", () => {
    const fields = { baseTimeS: 12.345678, sinceBoot: true, timeQuality: TimeQuality.none };
    const record = single(fields, (pack) => pack.record(CLIMATE, 20, Quality.good, 0));
    expect([record.get(-3), record.get("mono_"), record.get("tq")]).toEqual([12.345678, true, 0]);
    const dated = single({}, (pack) => pack.record(CLIMATE, 20, Quality.good, 0));
    expect(dated.has("mono_")).toBe(false);
  });

  it("carries an alarm with its class, its state and the device's evidence", () => {
    const fields = { alarm: encodeText("fire"), state: encodeText("on"), raw: 0x8003 };
    const record = single(fields, (pack) => pack.record(ZONE, 1, Quality.good, 0));
    expect([record.get("alarm"), record.get("state"), record.get("raw")]).toEqual(["fire", "on", 0x8003]);
    const undated = single({ ...fields, baseTimeS: 7.5, sinceBoot: true }, (pack) =>
      pack.record(ZONE, 1, Quality.neverRead, 0),
    );
    expect(undated.get("mono_")).toBe(true);
  });

  it("carries an event as text", () => {
    const record = single({ alarm: encodeText("trouble"), state: encodeText("on") }, (pack) =>
      pack.textRecord(ZONE, encodeText("no answer")),
    );
    expect([record.get(0), record.get(3), record.get("state")]).toEqual(["facp/zone-3", "no answer", "on"]);
  });

  it("keeps the rules of RFC 8428 for any samples", () => {
    const sample = fc.record({
      value: fc.double(),
      quality: fc.integer({ min: 0, max: 6 }),
      offsetS: fc.integer({ min: -60_000_000, max: 60_000_000 }).map((us) => us / 1_000_000),
      unit: fc.boolean(),
    });
    const writer = packWriter(64 * 1024);
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1, maxLength: 300 }), fc.boolean(), (samples, dated) => {
        writer.begin(head(dated ? {} : { baseTimeS: 7.5, sinceBoot: true }));
        for (const { value, quality, offsetS, unit } of samples) {
          const identity = unit ? CLIMATE : ZONE;
          expect(writer.record(identity, value, quality as Quality, offsetS)).toBe(true);
        }
        writer.finish();
        const records = read(writer);
        expect(records.length).toBe(samples.length);
        records.forEach((record, i) => {
          const { value, quality, offsetS } = samples[i];
          // Exactly one value; names of the allowed characters; base fields first; relative times below 2^28.
          expect([2, 3, 4, 8].filter((label) => record.has(label)).length).toBe(1);
          expect(`${IDENTITY.baseName}${record.get(0)}`).toMatch(/^[A-Za-z0-9][A-Za-z0-9\-:./_]*$/);
          expect(record.has(-2)).toBe(i === 0);
          expect(record.get(6) ?? 0).toBe(offsetS);
          expect(Math.abs((record.get(6) as number) ?? 0)).toBeLessThan(2 ** 28);
          expect(record.get("q") ?? 0).toBe(quality);
          if (record.has(2)) expect(record.get(2)).toBe(Number.isInteger(value) ? value : Math.fround(value));
          else expect(quality > 1 || !Number.isFinite(value)).toBe(true);
        });
        expect((records[0].get(-3) as number) >= 2 ** 28).toBe(!records[0].has("mono_"));
      }),
      { numRuns: 60 },
    );
  });

  it("has the shortest array head for every count of records", () => {
    const writer = packWriter(64 * 1024);
    for (const count of [1, 23, 24, 255, 256, 700]) {
      writer.begin(head());
      for (let i = 0; i < count; i++) writer.record(ZONE, i, Quality.good, i);
      writer.finish();
      expect(read(writer).length).toBe(count);
    }
  });

  it("refuses a record that does not fit, and is whole without it", () => {
    for (let size = 130; size < 260; size++) {
      const writer = packWriter(size);
      writer.begin(head());
      let written = 0;
      while (writer.record(CLIMATE, 21.337, Quality.good, written / 10)) written++;
      if (written === 0) continue;
      writer.finish();
      expect(writer.records).toBe(written);
      expect(writer.offset + writer.length).toBeLessThanOrEqual(size);
      expect(read(writer).length).toBe(written);
    }
  });
});
