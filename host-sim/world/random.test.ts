import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gaussian, RandomBranch, uniform } from "./random";

const FROZEN_SEED_7 = [310585202, 2230207124, 195120878, 3551833620];
const FROZEN_BRANCH = [3892098722, 3883862357, 638817778, 3404407930];

function draw(random: RandomBranch, count: number): number[] {
  return Array.from({ length: count }, () => random.uint32());
}

describe("RandomBranch", () => {
  it("draws these numbers for these seeds, for ever: a seed in an old bug report must still work", () => {
    expect(draw(new RandomBranch(7), 4)).toEqual(FROZEN_SEED_7);
    expect(draw(new RandomBranch(7).branch("device/hall").branch("noise"), 4)).toEqual(FROZEN_BRANCH);
    expect(draw(new RandomBranch(-1), 2)).toEqual(draw(new RandomBranch(0xffffffff), 2));
  });

  it("gives a branch the same numbers whatever was drawn elsewhere", () => {
    fc.assert(
      fc.property(fc.integer(), fc.string(), fc.nat(20), (seed, name, drawnBefore) => {
        const fresh = new RandomBranch(seed);
        const used = new RandomBranch(seed);
        draw(used, drawnBefore);
        draw(used.branch(`${name} and another`), drawnBefore);
        expect(draw(used.branch(name), 5)).toEqual(draw(fresh.branch(name), 5));
      }),
    );
  });

  it("gives branches of different names and seeds different numbers", () => {
    fc.assert(
      fc.property(fc.integer(), fc.string(), fc.string(), (seed, a, b) => {
        fc.pre(a !== b);
        const root = new RandomBranch(seed);
        expect(draw(root.branch(a), 4)).not.toEqual(draw(root.branch(b), 4));
        expect(draw(root, 4)).not.toEqual(draw(new RandomBranch(seed).branch(a), 4));
        expect(draw(new RandomBranch(seed).branch(a), 4)).not.toEqual(draw(new RandomBranch(seed ^ 1).branch(a), 4));
      }),
    );
  });

  it("draws unsigned 32-bit integers in which every bit is set about half the time", () => {
    const random = new RandomBranch(1);
    const ones = new Array<number>(32).fill(0);
    const draws = 20_000;
    for (let i = 0; i < draws; i++) {
      const value = random.uint32();
      expect(Number.isInteger(value) && value >= 0 && value <= 0xffffffff).toBe(true);
      for (let bit = 0; bit < 32; bit++) if ((value >>> bit) & 1) ones[bit]++;
    }
    // Six standard deviations of a fair coin.
    const tolerance = 6 * Math.sqrt(draws / 4);
    for (const count of ones) expect(Math.abs(count - draws / 2)).toBeLessThan(tolerance);
  });
});

describe("uniform and gaussian", () => {
  it("is uniform in [0, 1)", () => {
    const random = new RandomBranch(2);
    let sum = 0;
    for (let i = 0; i < 20_000; i++) {
      const value = uniform(random);
      expect(value >= 0 && value < 1).toBe(true);
      sum += value;
    }
    expect(sum / 20_000).toBeCloseTo(0.5, 1);
    expect(uniform({ uint32: () => 0xffffffff })).toBeLessThan(1);
  });

  it("has mean 0, deviation 1 and ends at 6 deviations", () => {
    const random = new RandomBranch(3);
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < 20_000; i++) {
      const value = gaussian(random);
      sum += value;
      squares += value * value;
    }
    expect(Math.abs(sum / 20_000)).toBeLessThan(0.03);
    expect(Math.abs(squares / 20_000 - 1)).toBeLessThan(0.04);
    expect(gaussian({ uint32: () => 0 })).toBe(-6);
    expect(gaussian({ uint32: () => 0xffffffff })).toBeLessThan(6);
  });
});
