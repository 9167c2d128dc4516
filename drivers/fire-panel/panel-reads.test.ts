import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { panelReads } from "./panel-reads";

/** A block of `count` words, and what it says of each answer: the words that it called changed. */
function block(functionCode: 2 | 3, count: number) {
  const changed = new Set<number>();
  // Behind a block of a hundred registers, whose words come first.
  const reads = Uint8Array.from([3, 500, 100, functionCode, 0, count].flatMap((cell) => [cell >> 8, cell & 0xff]));
  const one = panelReads(1, reads, {
    wordChanged: (word) => changed.add(word - 100),
    blockDone: () => {},
  });
  one.advance();
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
          expect(words.map((_, i) => one.word(100 + i))).toEqual(words);
          before = words;
        }
      }),
      { numRuns: 500 },
    );
  });

  it("tells every word again when it was not known meanwhile", () => {
    const { one, answer } = block(functionCode, 3);
    answer([1, 0, 1]);
    one.refuse(1);
    expect(one.isKnown).toBe(false);
    expect(one.word(100)).toBe(-1);
    expect(answer([1, 0, 1])).toEqual([0, 1, 2]);
  });

  it("cut in two keeps what is known of the others, and knows nothing of the two", () => {
    const { one, answer } = block(functionCode, 5);
    const first = Uint8Array.of(3, 200, ...new Array(100).fill([0x12, 0x34]).flat());
    one.begin();
    expect(one.take(first, 0, first.length)).toBe(true);
    one.advance();
    answer([1, 0, 1, 1, 0]);
    const two = one.cut();
    expect([two.address, two.count, two.firstWord, two.isKnown]).toEqual([0, 2, 100, false]);
    expect([two.word(99), two.word(100), two.word(104)]).toEqual([0x1234, -1, -1]);
    expect(two.advance()).toBe(true);
    expect([two.address, two.count, two.firstWord]).toEqual([2, 3, 102]);
    expect(two.advance()).toBe(false);
    const rest = functionCode === 3 ? [0, 1, 0, 1, 0, 0] : packBits([1, 1, 0]);
    expect(two.take(Uint8Array.of(functionCode, rest.length, ...rest), 0, 2 + rest.length)).toBe(true);
    expect([102, 103, 104].map((word) => two.word(word))).toEqual([1, 1, 0]);
    expect(two.word(101)).toBe(-1);
  });
});
