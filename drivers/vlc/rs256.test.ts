import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RS256_GENERATOR, rs256Decode, rs256Encode } from "./rs256";
import { fromHex, toHex, vectors } from "./vectors.test-suite";

describe("RS over GF(256)", () => {
  it.skipIf(vectors === undefined)("has the generator of the known answers, and gives them", () => {
    const { coeffs_high_first } = vectors!.rs_generators.find(({ n }) => n === 255)!;
    expect(Array.from(RS256_GENERATOR)).toEqual(coeffs_high_first);
    expect(vectors!.rs256_encode.length).toBe(6);
    for (const { n, k, msg, codeword } of vectors!.rs256_encode) {
      const word = new Uint8Array(n);
      word.set(fromHex(msg));
      rs256Encode(word, k);
      expect(toHex(word)).toBe(codeword);
      expect(rs256Decode(word, n)).toBe(0);
    }
  });

  it("corrects up to 16 octets and says when it cannot", () => {
    fc.assert(
      fc.property(
        fc.constantFrom([64, 32], [160, 128]),
        fc.uint8Array({ minLength: 128, maxLength: 128 }),
        fc.uniqueArray(fc.nat(159), { maxLength: 24 }),
        fc.uint8Array({ minLength: 24, maxLength: 24, min: 1 }),
        ([n, k], message, where, by) => {
          const sent = new Uint8Array(n);
          sent.set(message.subarray(0, k));
          rs256Encode(sent, k);
          const places = [...new Set(where.map((place) => place % n))];
          const received = Uint8Array.from(sent);
          places.forEach((place, i) => {
            received[place] ^= by[i];
          });
          const before = Uint8Array.from(received);
          const corrected = rs256Decode(received, n);
          if (places.length <= 16) {
            expect(corrected).toBe(places.length);
            expect(received).toEqual(sent);
          } else if (corrected < 0) expect(received).toEqual(before);
          else expect(rs256Decode(received, n)).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });
});
