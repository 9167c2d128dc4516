import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Block, BlockPlanError, planBlocks, type Span, splitBlock } from "./blocks";

/** 10,000 configurations: `ARGAND_RUNS=10000 npx vitest run drivers/modbus/blocks`; fewer in every test run. */
const RUNS = Number(process.env["ARGAND_RUNS"] ?? 1_000);

const span = fc.record({ address: fc.nat(400), count: fc.integer({ min: 1, max: 8 }) });
const plan = fc.record({
  spans: fc.array(span, { maxLength: 60 }),
  limits: fc.record({
    maxCount: fc.integer({ min: 8, max: 125 }),
    maxGap: fc.nat(40),
    holes: fc.array(
      fc.tuple(fc.nat(400), fc.nat(20)).map(([first, more]) => [first, first + more] as const),
      { maxLength: 5 },
    ),
  }),
});

const addresses = ({ address, count }: Span) => Array.from({ length: count }, (_, i) => address + i);
const wantedOf = (spans: readonly Span[]) => new Set(spans.flatMap(addresses));

function holdsEachOnce(blocks: readonly Block[], spans: readonly Span[]): void {
  expect(blocks.flatMap((block) => block.spans).sort((a, b) => a - b)).toEqual(spans.map((_, index) => index));
  for (const block of blocks)
    for (const index of block.spans) {
      expect(spans[index].address).toBeGreaterThanOrEqual(block.address);
      expect(spans[index].address + spans[index].count).toBeLessThanOrEqual(block.address + block.count);
    }
}

describe("planned blocks", () => {
  it("together are the wanted set and gaps that were allowed; no value is split (thingsboard-gateway #2052)", () => {
    fc.assert(
      fc.property(plan, ({ spans, limits }) => {
        const blocks = planBlocks(spans, limits);
        holdsEachOnce(blocks, spans);
        const wanted = wantedOf(spans);
        const read = new Set(blocks.flatMap(addresses));
        for (const address of wanted) expect(read).toContain(address);
        for (const block of blocks) {
          expect(block.count).toBeLessThanOrEqual(limits.maxCount);
          let gap = 0;
          for (const address of addresses(block)) {
            gap = wanted.has(address) ? 0 : gap + 1;
            expect(gap).toBeLessThanOrEqual(limits.maxGap);
            // What nobody wants is never read from within a hole.
            if (gap > 0) expect(limits.holes.some(([first, last]) => address >= first && address <= last)).toBe(false);
          }
          // A block begins and ends with something that is wanted.
          expect(wanted).toContain(block.address);
          expect(wanted).toContain(block.address + block.count - 1);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it("are as few as the limits allow", () => {
    fc.assert(
      fc.property(plan, ({ spans, limits }) => {
        const blocks = planBlocks(spans, { ...limits, holes: [] });
        // Two neighbours could not have been one.
        for (let i = 1; i < blocks.length; i++) {
          const [one, two] = [blocks[i - 1], blocks[i]];
          const first = spans[two.spans[0]];
          const tooLong = first.address + first.count - one.address > limits.maxCount;
          const tooFar = first.address - (one.address + one.count) > limits.maxGap;
          expect(tooLong || tooFar).toBe(true);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it("of 17 registers in reads of 16 are 16 and 1: the second begins where the first ends (thingsboard #14717)", () => {
    const spans = Array.from({ length: 17 }, (_, address) => ({ address, count: 1 }));
    expect(planBlocks(spans, { maxCount: 16, maxGap: 0 }).map(({ address, count }) => [address, count])).toEqual([
      [0, 16],
      [16, 1],
    ]);
  });

  it("do not cut the value at the edge of a read", () => {
    const spans = Array.from({ length: 6 }, (_, i) => ({ address: i * 4, count: 4 }));
    expect(planBlocks(spans, { maxCount: 10, maxGap: 0 }).map(({ count }) => count)).toEqual([8, 8, 8]);
  });

  it("leave out a declared hole, and read over a gap that is none", () => {
    const spans = [
      { address: 0, count: 1 },
      { address: 4, count: 1 },
      { address: 8, count: 1 },
    ];
    const blocks = planBlocks(spans, { maxCount: 125, maxGap: 8, holes: [[5, 5]] });
    expect(blocks.map(({ address, count }) => [address, count])).toEqual([
      [0, 5],
      [8, 1],
    ]);
  });

  it("reach to the last address of the table (telegraf #15138)", () => {
    const spans = [
      { address: 65_534, count: 2 },
      { address: 65_526, count: 1 },
    ];
    expect(planBlocks(spans, { maxCount: 125, maxGap: 12 })).toEqual([{ address: 65_526, count: 10, spans: [1, 0] }]);
  });

  it("several values of one register share its read (thingsboard-gateway #2127)", () => {
    const spans = [
      { address: 7, count: 1 },
      { address: 7, count: 1 },
      { address: 6, count: 2 },
    ];
    expect(planBlocks(spans, { maxCount: 125, maxGap: 0 })).toEqual([{ address: 6, count: 2, spans: [2, 0, 1] }]);
  });

  it("cannot hold a value that is longer than a read", () => {
    expect(() => planBlocks([{ address: 0, count: 4 }], { maxCount: 2, maxGap: 0 })).toThrow(BlockPlanError);
  });
});

describe("a split block", () => {
  it("holds the same values, in two that are shorter", () => {
    fc.assert(
      fc.property(plan, ({ spans, limits }) => {
        for (const block of planBlocks(spans, limits)) {
          const parts = splitBlock(block, spans);
          if (parts === undefined) continue;
          expect([...parts[0].spans, ...parts[1].spans]).toEqual([...block.spans]);
          expect(parts[0].count + parts[1].count).toBeLessThanOrEqual(block.count);
          expect(parts[0].address + parts[0].count).toBeLessThanOrEqual(parts[1].address);
          for (const part of parts)
            for (const index of part.spans) {
              expect(spans[index].address).toBeGreaterThanOrEqual(part.address);
              expect(spans[index].address + spans[index].count).toBeLessThanOrEqual(part.address + part.count);
            }
        }
      }),
      { numRuns: RUNS },
    );
  });

  it("leaves out the widest gap first: that is what nobody needs", () => {
    const spans = [0, 1, 2, 3, 4, 10].map((address) => ({ address, count: 1 }));
    const [block] = planBlocks(spans, { maxCount: 125, maxGap: 12 });
    expect(splitBlock(block, spans)?.map(({ address, count }) => [address, count])).toEqual([
      [0, 5],
      [10, 1],
    ]);
  });

  it("is halved where it has no gap", () => {
    const spans = Array.from({ length: 8 }, (_, address) => ({ address, count: 1 }));
    const [block] = planBlocks(spans, { maxCount: 125, maxGap: 12 });
    expect(splitBlock(block, spans)?.map(({ count }) => count)).toEqual([4, 4]);
  });

  it("of one value cannot be split", () => {
    const spans = [{ address: 0, count: 4 }];
    expect(splitBlock({ address: 0, count: 4, spans: [0] }, spans)).toBeUndefined();
  });
});
