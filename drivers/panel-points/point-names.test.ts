import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type PointName, PointNames, packNames } from "./point-names";

const text = (name: PointName) => (name.number === undefined ? name.prefix : name.prefix + String(name.number));

describe("names of points", () => {
  it("stand in one text, numbers that follow each other as a range", () => {
    const names: PointName[] = [
      { prefix: "north-1" },
      { prefix: "d1-", number: 7 },
      { prefix: "d1-", number: 8 },
      { prefix: "d1-", number: 10 },
      { prefix: "zone", number: 11 },
    ];
    const packed = new PointNames(packNames(names));
    expect(packed.text).toBe("north-1 d1-*7..8 d1-*10..10 zone*11..11");
    expect(packed.all()).toEqual(["north-1", "d1-7", "d1-8", "d1-10", "zone11"]);
    expect(() => packed.at(5)).toThrow(RangeError);
  });

  it("come out as they went in, whatever they are", () => {
    const name = fc.record({
      prefix: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,8}$/),
      number: fc.option(fc.integer({ min: 0, max: 9999 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(name), (names) => {
        const packed = new PointNames(packNames(names as PointName[]));
        expect(packed.count).toBe(names.length);
        expect(packed.all()).toEqual((names as PointName[]).map(text));
        names.forEach((one, i) => {
          expect(packed.at(i)).toBe(text(one as PointName));
        });
      }),
    );
  });
});
