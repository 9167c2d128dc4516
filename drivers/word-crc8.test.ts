import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { crc8, putWord, wordIsIntact } from "./word-crc8";

describe("the checksum of Sensirion's words", () => {
  it("is that of the data sheets: CRC(BEEF) = 92, CRC(00) = AC", () => {
    expect(crc8(Uint8Array.of(0xbe, 0xef), 0, 2)).toBe(0x92);
    expect(crc8(Uint8Array.of(0x00), 0, 1)).toBe(0xac);
  });

  it("accepts every word as it was put, and no word with one bit flipped", () => {
    const bits = fc.integer({ min: 0, max: 23 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff }), fc.nat(5), bits, (word, offset, bit) => {
        const bytes = new Uint8Array(9);
        putWord(bytes, offset, word);
        expect(wordIsIntact(bytes, offset)).toBe(true);
        expect(bytes[offset + 2]).toBe(crc8(bytes, offset, 2));
        bytes[offset + (bit >> 3)] ^= 1 << (bit & 7);
        expect(wordIsIntact(bytes, offset)).toBe(false);
      }),
    );
  });
});
