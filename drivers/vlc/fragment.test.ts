import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FRAGMENT_HEADER_OCTETS, fragmentCount, Reassembler, writeFragment } from "./fragment";

const outOfRange = expect.objectContaining({ code: "out-of-range" });

function fragmentsOf(payload: Uint8Array, piece: number, transfer = 7): Uint8Array[] {
  return Array.from({ length: fragmentCount(payload.length, piece) }, (_, index) => {
    const into = new Uint8Array(FRAGMENT_HEADER_OCTETS + piece);
    return into.slice(0, writeFragment(payload, payload.length, transfer, index, piece, into));
  });
}

const anyPayload = fc.uint8Array({ maxLength: 300 });
const anyPiece = fc.integer({ min: 2, max: 60 });

describe("fragments", () => {
  it("give back the payload, in any order and with repetitions", () => {
    const reassembler = new Reassembler(300);
    fc.assert(
      fc.property(
        anyPayload,
        anyPiece,
        fc.array(fc.nat(), { minLength: 200, maxLength: 200 }),
        (payload, piece, order) => {
          const fragments = fragmentsOf(payload, piece);
          const shuffled = fragments.map((fragment, i) => ({ fragment, key: order[i] })).sort((a, b) => a.key - b.key);
          const before = { ...reassembler };
          shuffled.forEach(({ fragment }, i) => {
            const whole = reassembler.take(fragment, 0, fragment.length);
            expect(whole).toBe(i === shuffled.length - 1);
            if (!whole) expect(reassembler.take(fragment, 0, fragment.length)).toBe(false);
          });
          expect(reassembler.payload.subarray(0, reassembler.length)).toEqual(payload);
          expect(reassembler.completed).toBe(before.completed + 1);
          expect(reassembler.repeated).toBe(before.repeated + fragments.length - 1);
          expect(reassembler).toMatchObject({ abandoned: 0, refused: 0 });
        },
      ),
    );
  });

  it("of another transfer end an unfinished one, which is counted", () => {
    const reassembler = new Reassembler(100);
    const [first] = fragmentsOf(new Uint8Array(50), 10, 1);
    const others = fragmentsOf(new Uint8Array(20).fill(5), 10, 2);
    reassembler.take(first, 0, first.length);
    expect(others.map((one) => reassembler.take(one, 0, one.length))).toEqual([false, true]);
    expect(reassembler).toMatchObject({ abandoned: 1, completed: 1, length: 20 });
  });

  it("lie anywhere in what was received", () => {
    const [fragment] = fragmentsOf(Uint8Array.of(1, 2, 3), 10);
    const psdu = Uint8Array.of(9, 9, 9, ...fragment, 9, 9);
    const reassembler = new Reassembler(10);
    expect(reassembler.take(psdu, 3, psdu.length - 2)).toBe(true);
    expect(Array.from(reassembler.payload.subarray(0, 3))).toEqual([1, 2, 3]);
  });

  it("of any octets never write outside, and are counted each", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.uint8Array({ maxLength: 12 }).map((octets) => octets.map((o, i) => (i < 3 ? o & 3 : o))),
          { maxLength: 60 },
        ),
        (list) => {
          const reassembler = new Reassembler(20);
          let taken = 0;
          for (const msdu of list) {
            const { refused, repeated } = reassembler;
            if (reassembler.take(msdu, 0, msdu.length)) expect(reassembler.length).toBeLessThanOrEqual(20);
            if (reassembler.refused === refused && reassembler.repeated === repeated) taken++;
          }
          expect(taken + reassembler.refused + reassembler.repeated).toBe(list.length);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("that are longer than the memory are refused, not cut", () => {
    const reassembler = new Reassembler(25);
    for (const fragment of fragmentsOf(new Uint8Array(30), 10))
      expect(reassembler.take(fragment, 0, fragment.length)).toBe(false);
    expect(reassembler.completed).toBe(0);
    expect(reassembler.refused).toBeGreaterThan(0);
  });

  it("that cannot be made are refused", () => {
    const into = new Uint8Array(10);
    expect(() => fragmentCount(300, 1)).toThrow(outOfRange);
    expect(() => fragmentCount(3, 0)).toThrow(outOfRange);
    expect(() => writeFragment(new Uint8Array(5), 5, 0, 2, 3, into)).toThrow(outOfRange);
    expect(() => writeFragment(new Uint8Array(50), 50, 0, 0, 20, into)).toThrow(outOfRange);
  });
});
