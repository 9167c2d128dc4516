import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ChannelSource, type DriverContext, Quality } from "../contract";
import type { DevicePlan } from "../plan";
import { dewPointCel, ln } from "./dew-point";
import { driver, type FormulaPlan } from "./driver";

type Told = readonly [value: number, quality: Quality];

/** Opens one formula over channels that the test sets, and computes once. */
function compute(formula: FormulaPlan, channels: Record<string, Told>): Told {
  const told: Told[] = [];
  const sources = new Map<string, ChannelSource>(
    Object.entries(channels).map(([name, [value, quality]]) => [name, { value, quality, dropped: 0 }]),
  );
  const context = {
    sink: { reading: (_: number, value: number, quality: Quality) => told.push([value, quality]) },
    gateway: { channel: (name: string) => sources.get(name) },
  } as unknown as DriverContext;
  const plan = { settings: { formulas: [formula] } } as unknown as DevicePlan;
  driver.open(plan, context).start(0);
  expect(told).toHaveLength(1);
  return told[0];
}

const { good, uncertain, badCommunication, neverRead } = Quality;

describe("a computed channel", () => {
  it.each([
    ["difference", [9, 4], 5],
    ["sum", [9, 4, 2.5], 15.5],
    ["product", [230, 4, 0.5], 460],
  ] as const)("is the %s of its sources", (kind, values, expected) => {
    const channels = Object.fromEntries(values.map((value, i) => [`d/c${i}`, [value, good] as Told]));
    expect(compute({ kind, of: Object.keys(channels) }, channels)).toEqual([expected, good]);
  });

  it("is as good as the worst of its sources, and has no value unless all are good", () => {
    const of = ["a/x", "b/x"];
    const sum = { kind: "sum", of } as const;
    for (const [one, other, worst] of [
      [good, uncertain, uncertain],
      [badCommunication, uncertain, badCommunication],
      [good, neverRead, neverRead],
    ]) {
      expect(compute(sum, { "a/x": [1, one], "b/x": [2, other] })).toEqual([Number.NaN, worst]);
      expect(compute(sum, { "a/x": [1, other], "b/x": [2, one] })).toEqual([Number.NaN, worst]);
    }
  });

  it("cannot be opened over a channel that is not there", () => {
    expect(() => compute({ kind: "sum", of: ["a/x", "no/where"] }, { "a/x": [1, good] })).toThrow("no/where");
  });
});

describe("the dew point", () => {
  // Values of the Magnus form itself, worked out with the library logarithm.
  it.each([
    [20, 50],
    [-10, 80],
    [35.5, 12.5],
    [0, 100],
  ])("of %d Cel at %d %%RH is that of the Magnus form", (celsius, percent) => {
    const gamma = Math.log(percent / 100) + (17.62 * celsius) / (243.12 + celsius);
    expect(dewPointCel(celsius, percent)).toBeCloseTo((243.12 * gamma) / (17.62 - gamma), 10);
  });

  it("at 20 Cel and 50 %RH is 9.3 Cel, as psychrometric tables have it", () => {
    expect(dewPointCel(20, 50)).toBeCloseTo(9.3, 1);
  });

  it("of saturated air is its temperature", () => {
    fc.assert(
      fc.property(fc.double({ min: -45, max: 60, noNaN: true }), (celsius) => {
        expect(dewPointCel(celsius, 100)).toBeCloseTo(celsius, 9);
      }),
    );
  });

  it("is none in air without water", () => {
    expect(dewPointCel(20, 0)).toBeNaN();
    expect(dewPointCel(20, -1)).toBeNaN();
  });

  it("uses a logarithm that agrees with the library's", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-300, max: 1e300, noNaN: true }), (x) => {
        expect(Math.abs(ln(x) - Math.log(x))).toBeLessThanOrEqual(1e-13 * Math.max(1, Math.abs(Math.log(x))));
      }),
    );
  });
});
