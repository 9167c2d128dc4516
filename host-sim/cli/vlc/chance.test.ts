/** Chance, against known values. */
import { describe, expect, it } from "vitest";
import { RandomBranch, uniform } from "../../world/random";
import { beyond, decadeDeviation, farthestBeyond, together, wilson } from "./chance";

describe("chance", () => {
  it("knows the tails of the normal distribution", () => {
    for (const [z, share] of [
      [0, 1],
      [1, 0.3173105],
      [1.96, 0.0499958],
      [-3, 0.0026998],
    ])
      expect(Math.abs(beyond(z) - share)).toBeLessThan(3e-7);
    // Of 14 points one lies beyond 1.96 deviations in half of all runs: 1 - 0.95^14.
    expect(farthestBeyond(1.96, 14)).toBeCloseTo(0.5123, 3);
  });

  it("gives Wilson's intervals", () => {
    // 10 of 100: 5.52 % to 17.44 %; none of 20: 0 to 16.1 %.
    expect(wilson(10, 100)).toEqual({ from: expect.closeTo(0.0552, 4), to: expect.closeTo(0.1744, 4) });
    expect(wilson(0, 20)).toEqual({ from: 0, to: expect.closeTo(0.1611, 4) });
  });

  it("says how unsure a counted rate is: as unsure as drawing it a thousand times shows", () => {
    const random = new RandomBranch(1);
    const logs = Array.from({ length: 1_000 }, () => {
      let hits = 0;
      for (let i = 0; i < 400; i++) if (uniform(random) < 0.25) hits++;
      return Math.log10(hits / 400);
    });
    const mean = logs.reduce((sum, one) => sum + one, 0) / logs.length;
    const deviation = Math.sqrt(logs.reduce((sum, one) => sum + (one - mean) ** 2, 0) / logs.length);
    expect(Math.abs(deviation / decadeDeviation(100, 0.25) - 1)).toBeLessThan(0.08);
  });

  it("weighs differences by how sure they are", () => {
    const both = together([
      { decades: 0.1, deviation: 0.1 },
      { decades: 0, deviation: 0.05 },
    ]);
    expect(both.decades).toBeCloseTo(0.02, 10);
    expect(both.deviation).toBeCloseTo(1 / Math.sqrt(500), 10);
  });
});
