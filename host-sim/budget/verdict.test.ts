import { describe, expect, it } from "vitest";
import { boardNamed, memoryOf } from "./boards";
import type { Figures } from "./figures";
import { budgetObject, describeBudget } from "./report";
import { judge } from "./verdict";

const S3 = boardNamed("esp32-s3")!;

const GOOD: Figures = {
  virtualSeconds: 600,
  samples: 24_000,
  ticks: 6_000,
  batches: 120,
  unitsPerSample: 612.25,
  unitsPerSecond: 24_490,
  pathUnitsPerSample: 240.5,
  slotsPerTick: 0,
  chunksPerTick: 0,
  chunkBytesPerTick: 0,
  collections: 0,
  arenaBytes: 79_872,
  arenaIsEstimate: false,
  liveSlots: 2_000,
  liveChunkBytes: 40_000,
  stackSlots: 380,
  codeBytes: 90_000,
  symbolBytes: 12_000,
  onBoard: "ran",
  bits: 32,
  parts: [
    {
      name: "a-driver-whose-name-is-longer-than-any-table-has-room-for",
      unitsPerSample: 612.25,
      unitsPerSecond: 24_490,
      slotsPerSecond: 0,
      chunkBytesPerSecond: 0,
      startSlots: 10_290,
      startChunkBytes: 146_100,
    },
  ],
};

describe("the verdict", () => {
  it("is fits when every rule is kept, and says what was shown", () => {
    const { verdict, reasons } = judge(GOOD, S3);
    expect(verdict).toBe("fits");
    expect(reasons).toEqual([
      "it ran with the board's own sizes: 65,536 bytes of chunks, 5,760 slots, 512 of stack",
      "the arena of 79,872 bytes is 48 % of the board's 165,888 bytes",
      "the stack's peak of 380 slots is held against the board's 512",
      "no tick allocates; 0 collections",
      "byte code and symbols are 102,000 bytes",
    ]);
  });

  it.each([
    ["the arena takes more than half", { arenaBytes: memoryOf(S3) / 2 + 1 }, /51 %|50 %/],
    ["ticks allocate slots", { slotsPerTick: 0.0005, collections: 2 }, /0\.0005 slots .*2 collections/],
    ["ticks allocate chunks", { chunksPerTick: 1.5 }, /1\.50 chunks/],
    ["the code is over its goal", { codeBytes: 160_000 }, /the goal is 163,840/],
  ])("is tight when %s, and names that alone", (_, change, reason) => {
    const { verdict, reasons } = judge({ ...GOOD, ...change }, S3);
    expect(verdict).toBe("tight");
    expect(reasons).toEqual([expect.stringMatching(reason)]);
  });

  it.each([
    ["the arena is larger than the board's memory", { arenaBytes: memoryOf(S3) + 1 }, /100 % of/],
    ["it ran out of memory", { onBoard: "memory" }, /ran out of memory/],
    ["it ran out of stack", { onBoard: "stack" }, /ran out of stack/],
    ["the stack is larger than the board's", { stackSlots: 513 }, /513 slots/],
    ["the code is larger than the partition", { codeBytes: 3_000_000 }, /an estimate/],
  ] as const)("is does not fit when %s, whatever else", (_, change, reason) => {
    const { verdict, reasons } = judge({ ...GOOD, slotsPerTick: 3, ...change }, S3);
    expect(verdict).toBe("does not fit");
    expect(reasons).toEqual([expect.stringMatching(reason)]);
  });

  it("calls an arena that was measured with 64 bits an estimate", () => {
    const { reasons } = judge({ ...GOOD, arenaIsEstimate: true }, S3);
    expect(reasons[1]).toContain("(an estimate)");
  });
});

describe("the report", () => {
  const result = {
    site: "hall",
    gateway: "gw-01",
    board: S3,
    figures: GOOD,
    judgement: judge(GOOD, S3),
  };

  it("has no line longer than 100 columns", () => {
    const allocations = [true, false].map((measured) => ({
      measured,
      part: "uplink",
      callers: "a".repeat(150),
      slots: 12_345,
      chunkBytes: 123_456,
    }));
    const bad = { ...GOOD, onBoard: "memory", allocations } as Figures;
    const lines = describeBudget({ ...result, figures: bad, judgement: judge(bad, S3) });
    expect(lines.length).toBeGreaterThan(15);
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(100);
  });

  it("gives machines one flat object with the parts", () => {
    expect(budgetObject(result)).toMatchObject({
      board: "esp32-s3",
      verdict: "fits",
      unitsPerSample: 612.25,
      arenaBytes: 79_872,
      codeBytes: 102_000,
      stackSlots: 380,
      slotsPerTick: 0,
      chunksPerTick: 0,
      collections: 0,
      parts: [{ unitsPerSample: 612.25 }],
    });
  });
});
