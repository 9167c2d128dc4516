import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Block } from "./block";

/** A block of `count` words, and what it says of each answer: the words that it called changed. */
function block(functionCode: 2 | 3, count: number) {
  const changed = new Set<number>();
  const one = new Block({ unit: 1, functionCode, address: 0, count }, 100, {
    wordChanged: (word) => changed.add(word - 100),
  });
  const answer = (words: readonly number[]): number[] => {
    changed.clear();
    const bytes = functionCode === 3 ? words.flatMap((word) => [word >> 8, word & 0xff]) : packBits(words);
    expect(one.take(Uint8Array.of(functionCode, bytes.length, ...bytes), 0, 2 + bytes.length)).toBe(true);
    return [...changed].sort((a, b) => a - b);
  };
  return { one, answer };
}

function packBits(bits: readonly number[]): number[] {
  const bytes = new Array<number>((bits.length + 7) >> 3).fill(0);
  bits.forEach((bit, i) => {
    bytes[i >> 3] |= bit << (i & 7);
  });
  return bytes;
}

describe.each([2, 3] as const)("a block of function %d", (functionCode) => {
  const word = functionCode === 3 ? fc.constantFrom(0, 1, 0x0100, 0x8000, 0xffff) : fc.constantFrom(0, 1);

  it("tells every word of the first answer, then exactly those that differ, and holds what came last", () => {
    const answers = fc
      .integer({ min: 1, max: 40 })
      .chain((count) =>
        fc.array(fc.array(word, { minLength: count, maxLength: count }), { minLength: 1, maxLength: 6 }),
      );
    fc.assert(
      fc.property(answers, (sequence) => {
        const { one, answer } = block(functionCode, sequence[0].length);
        let before: readonly number[] | undefined;
        for (const words of sequence) {
          const expected = words.flatMap((value, i) => (before === undefined || before[i] !== value ? [i] : []));
          expect(answer(words)).toEqual(expected);
          expect(words.map((_, i) => one.word(i))).toEqual(words);
          before = words;
        }
      }),
      { numRuns: 500 },
    );
  });

  it("tells every word again when it was not known meanwhile", () => {
    const { one, answer } = block(functionCode, 3);
    answer([1, 0, 1]);
    one.isKnown = false;
    expect(answer([1, 0, 1])).toEqual([0, 1, 2]);
  });
});
