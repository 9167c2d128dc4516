import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { decodeCbor } from "../../firmware/uplink/cbor/reader";
import { ABSOLUTE_S, type RawRecord, resolveSenml, SenmlError, type SenmlRecord } from "./resolve";

const FOLDER = fileURLToPath(new URL("../../../shared/vectors/senml/", import.meta.url));
const present = existsSync(FOLDER);
if (!present) console.warn("skipped: the examples of RFC 8428 (../shared/vectors/senml is not here)");

type Json = { readonly [label: string]: unknown };
const maps = (pack: readonly Json[]): RawRecord[] => pack.map((record) => new Map(Object.entries(record)));
const read = (file: string) => JSON.parse(readFileSync(`${FOLDER}${file}`, "utf8")) as Json[];

/** In the words of the examples. @param nowS what a relative time counts from */
function words({ name, unit, value, text, flag, data, sum, time = 0, updateTime }: SenmlRecord, nowS: number): Json {
  const t = time < ABSOLUTE_S ? nowS + time : time;
  const all = { n: name, u: unit, t, v: value, vs: text, vb: flag, vd: data, s: sum, ut: updateTime };
  return Object.fromEntries(Object.entries(all).filter(([, one]) => one !== undefined));
}

describe.skipIf(!present)("the examples of RFC 8428", () => {
  // The thirteenth has no resolved form.
  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])("example %i resolves as the RFC says", (example) => {
    const expected = read(`ex${example}.gen.resolved.json`);
    const resolved = resolveSenml(maps(read(`ex${example}.gen.json`)));
    // Those of relative times were resolved at some moment of 2018.
    const nowS = (expected[0]["t"] as number) - (resolved[0].time ?? 0);
    // The RFC's tool leaves `vd` out, of the last record of example 7, and we say `l` as it came.
    const said = resolved.filter(({ data }) => data === undefined);
    expect(said.length).toBe(expected.length);
    said.forEach((one, i) => {
      const record = { ...words(one, nowS), ...Object.fromEntries(one.more) };
      expect(Object.keys(record).sort()).toEqual(Object.keys(expected[i]).sort());
      for (const [label, value] of Object.entries(expected[i]))
        if (typeof value === "number") expect(record[label]).toBeCloseTo(value, 6);
        else expect(record[label]).toEqual(value);
    });
  });

  it.each([3, 5])("example %i in CBOR says what it says in JSON", (example) => {
    const pack = decodeCbor(readFileSync(`${FOLDER}ex${example}.gen.cbor`), { strict: false });
    const resolved = resolveSenml(pack as RawRecord[]).map((record) => words(record, 0));
    const fromJson = resolveSenml(maps(read(`ex${example}.gen.json`))).map((record) => words(record, 0));
    expect(resolved.length).toBe(fromJson.length);
    resolved.forEach((record, i) => {
      for (const [label, value] of Object.entries(fromJson[i]))
        if (typeof value === "number") expect(record[label]).toBeCloseTo(value, 6);
        else expect(record[label]).toEqual(value);
    });
  });
});

describe("base fields", () => {
  const resolve = (...pack: Json[]) => resolveSenml(maps(pack));

  it("are added, and hold until they are said again", () => {
    const [a, b, c, d] = resolve(
      { bn: "s/", bv: 20, bs: 100, bt: 1.7e9, bu: "Cel", n: "a", v: 0.5, s: 1 },
      { n: "b", v: 1, t: -2 },
      { n: "c", bv: 0, v: 1, u: "K" },
      { bn: "d", vs: "text" },
    );
    expect(a).toMatchObject({ name: "s/a", value: 20.5, sum: 101, time: 1.7e9, unit: "Cel" });
    expect(b).toMatchObject({ name: "s/b", value: 21, sum: 100, time: 1.7e9 - 2 });
    expect(c).toMatchObject({ value: 1, unit: "K" });
    expect(d).toMatchObject({ name: "d", text: "text", unit: "Cel" });
    expect(d.value).toBeUndefined();
  });

  it("change nothing where there are none", () => {
    expect(resolve({ n: "a", v: -0 })[0].value).toBe(-0);
  });

  it("leave what they do not know with its record", () => {
    expect([...resolve({ n: "a", v: 1, q: 2 })[0].more]).toEqual([["q", 2]]);
  });
});

describe("a pack that RFC 8428 does not allow", () => {
  it.each([
    ["no record", [], "without records"],
    ["no value", [{ n: "a" }], "no value"],
    ["two values", [{ n: "a", v: 1, vs: "x" }], "more than one value"],
    ["no name", [{ v: 1 }], "is no name"],
    ["a name that begins with a hyphen", [{ n: "-a", v: 1 }], "is no name"],
    ["a name with a space", [{ bn: "a b", v: 1 }], "is no name"],
    ["a later version", [{ bver: 11, n: "a", v: 1 }], "bver is 11"],
    ["a label that must be understood", [{ n: "a", v: 1, odd_: true }], '"odd_" must be understood'],
    ["a value of another type", [{ n: "a", v: "1" }], '"v" is no number'],
    ["a unit of another type", [{ n: "a", u: 1, v: 1 }], '"u" is no text'],
    ["a flag of another type", [{ n: "a", vb: 1 }], "neither true nor false"],
    ["one label in both its forms", [{ n: "a", v: 1, "2": 2 }], "twice"],
  ] as [string, Json[], string][])("%s is refused with its place", (_, pack, message) => {
    expect(() => resolveSenml(maps(pack))).toThrow(SenmlError);
    expect(() => resolveSenml(maps(pack))).toThrow(message);
  });

  it("names the record", () => {
    expect(() => resolveSenml(maps([{ n: "a", v: 1 }, { n: "b" }]))).toThrow("record 1: it has no value");
  });
});
