import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DURATION_PATTERN, parseDuration, parseQuantity, parseSize, QUANTITY_PATTERN, SIZE_PATTERN } from "./units";

const value = (parsed: ReturnType<typeof parseDuration>) => (parsed.ok ? parsed.value : undefined);

describe("a duration", () => {
  it.each([
    ["500 ms", 500],
    ["1 s", 1000],
    ["1.5s", 1500],
    ["10m", 600_000],
    ["10 min", 600_000],
    ["13h", 46_800_000],
    ["2 d", 172_800_000],
  ])("%s is %i ms", (text, ms) => {
    expect(value(parseDuration(text))).toBe(ms);
  });

  it.each(["1", "s", "1 sec", "-1 s", "1 s 5", "1 constructor", "", "1,5 s", 1, null, undefined])(
    "cannot be %s",
    (text) => {
      expect(parseDuration(text)).toEqual({ ok: false, expected: "a duration such as 1 s, 500 ms, 10m or 13h" });
    },
  );
});

describe("a size", () => {
  it.each([
    ["16 KiB", 16_384],
    ["1 MiB", 1_048_576],
    ["64 kB", 64_000],
    ["100B", 100],
  ])("%s is %i bytes", (text, bytes) => {
    expect(value(parseSize(text))).toBe(bytes);
  });

  it("does not guess whether KB has 1000 or 1024 bytes", () => {
    expect(parseSize("16 KB")).toEqual({ ok: false, expected: "a size such as 256 KiB or 1 MiB" });
  });
});

describe("a quantity", () => {
  it.each([
    ["57 Cel", "Cel", 57],
    ["-40Cel", "Cel", -40],
    ["0.5", "Cel", 0.5],
    [57, "Cel", 57],
    ["45 %RH", "%RH", 45],
    ["3", "", 3],
  ])("%s for a channel in %s is %d", (text, unit, expected) => {
    expect(value(parseQuantity(text, unit))).toBe(expected);
  });

  it("in another unit is refused, with an example in the right one", () => {
    expect(parseQuantity("57 F", "Cel")).toEqual({ ok: false, expected: "a number in Cel, for example 57 Cel" });
    expect(parseQuantity("57 m", "Cel")).toEqual({ ok: false, expected: "a number in Cel, for example 57 Cel" });
    expect(parseQuantity("5 Cel", "")).toEqual({ ok: false, expected: "a number without a unit" });
  });

  it.each(["57 C", "57 °C", "57 cel", "57°C", "57 degC"])("written %s is probably meant in Cel", (text) => {
    expect(parseQuantity(text, "Cel")).toMatchObject({ ok: false, suggestion: "57 Cel" });
  });

  it("in percent is probably relative humidity", () => {
    expect(parseQuantity("45 %", "%RH")).toMatchObject({ ok: false, suggestion: "45 %RH" });
  });
});

describe("what a parser takes", () => {
  const number = fc.tuple(fc.nat(9999), fc.nat(99)).map(([whole, part]) => `${whole}.${part}`);
  const text = fc.tuple(
    number,
    fc.constantFrom("", " ", "  "),
    fc.constantFrom("ms", "s", "m", "min", "h", "d", "KiB", "MB", "B", "kB", "MiB", "x", "S"),
  );

  it("is what the published pattern takes", () => {
    fc.assert(
      fc.property(text, ([digits, space, unit]) => {
        const written = `${digits}${space}${unit}`;
        expect(parseDuration(written).ok).toBe(new RegExp(DURATION_PATTERN).test(written));
        expect(parseSize(written).ok).toBe(new RegExp(SIZE_PATTERN).test(written));
        if (parseQuantity(written, unit).ok) expect(written).toMatch(new RegExp(QUANTITY_PATTERN));
      }),
    );
  });
});
