import { describe, expect, it } from "vitest";
import { NormalDeviates } from "./normal";
import { RandomBranch } from "./random";

describe("normal deviates", () => {
  it("have the moments and the tails of the normal distribution", () => {
    const noise = new NormalDeviates(new RandomBranch(3));
    const n = 2_000_000;
    const beyond = [0, 0, 0, 0, 0];
    let sum = 0;
    let squares = 0;
    let fourths = 0;
    for (let i = 0; i < n; i++) {
      const x = noise.next();
      sum += x;
      squares += x * x;
      fourths += x * x * x * x;
      for (let k = 1; k < beyond.length; k++) if (x > k || x < -k) beyond[k]++;
    }
    expect(Math.abs(sum / n)).toBeLessThan(4 / Math.sqrt(n));
    expect(squares / n).toBeCloseTo(1, 2);
    expect(fourths / n).toBeCloseTo(3, 1);
    // Two-sided tails from 1 to 4 deviations, each within five of its own deviations.
    for (const [k, share] of [0.317311, 0.0455, 0.0026998, 6.3342e-5].entries())
      expect(Math.abs(beyond[k + 1] - n * share)).toBeLessThan(5 * Math.sqrt(n * share));
  });

  it("are the same numbers everywhere for a seed", () => {
    const noise = new NormalDeviates(new RandomBranch(1, "known"));
    let sum = 0;
    for (let i = 0; i < 100_000; i++) sum += noise.next() * noise.next();
    const again = new NormalDeviates(new RandomBranch(1, "known"));
    let other = 0;
    for (let i = 0; i < 100_000; i++) other += again.next() * again.next();
    expect(sum).toBe(other);
  });
});
