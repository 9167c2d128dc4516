import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BootLedger, SeqSet, uncovered } from "./ledger";

describe("sequence numbers of a boot", () => {
  it("are a set of ranges, whatever their order", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60), { maxLength: 80 }), (numbers) => {
        const set = new SeqSet();
        const plain = new Set<number>();
        for (const seq of numbers) {
          expect(set.add(seq)).toBe(!plain.has(seq));
          plain.add(seq);
        }
        expect(set.size).toBe(plain.size);
        for (let seq = 0; seq <= 61; seq++) expect(set.has(seq)).toBe(plain.has(seq));
        const missing = set
          .holes()
          .flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, i) => from + i));
        const last = Math.max(-1, ...numbers);
        expect(missing).toEqual(Array.from({ length: last + 1 }, (_, i) => i).filter((seq) => !plain.has(seq)));
        for (let i = 1; i < set.ranges.length; i++)
          expect(set.ranges[i].from).toBeGreaterThan(set.ranges[i - 1].to + 1);
      }),
    );
  });

  it("are delivered once, declared as a gap, or missing", () => {
    const boot = new BootLedger(3);
    for (const seq of [0, 1, 5, 6, 6, 9]) boot.take(seq);
    boot.declare({ from: 2, to: 3, reason: "overflow" });
    boot.declare({ from: 10, to: 11, reason: "overflow" });
    expect(boot.account()).toEqual({
      boot: 3,
      delivered: 5,
      duplicates: 1,
      lastSeq: 11,
      letGo: 4,
      declared: [
        { from: 2, to: 3, reason: "overflow" },
        { from: 10, to: 11, reason: "overflow" },
      ],
      missing: [
        { from: 4, to: 4 },
        { from: 7, to: 8 },
      ],
    });
  });

  it("leave uncovered what no gap covers", () => {
    const ranges = fc.array(
      fc.tuple(fc.nat(30), fc.nat(10)).map(([from, length]) => ({ from, to: from + length })),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(ranges, (covered) => {
        const left = uncovered({ from: 5, to: 25 }, covered);
        for (let n = 0; n < 40; n++) {
          const wanted = n >= 5 && n <= 25 && !covered.some(({ from, to }) => n >= from && n <= to);
          expect(left.some(({ from, to }) => n >= from && n <= to)).toBe(wanted);
        }
      }),
    );
  });
});
