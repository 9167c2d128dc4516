import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareBytes } from "./cbor/encode";
import { compareUtf8, readUtf8, utf8Bytes, utf8Length, writeUtf8 } from "./utf8";

describe("UTF-8", () => {
  it("writes what TextEncoder writes, lone surrogates included", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }), surrogates), (text) => {
        const expected = new TextEncoder().encode(text);
        expect(utf8Bytes(text)).toEqual(expected);
        expect(utf8Length(text)).toBe(expected.length);
      }),
    );
  });

  it("orders texts as their bytes are", () => {
    const texts = fc.oneof(
      fc.string({ unit: "binary", maxLength: 4 }),
      surrogates,
      fc.constantFrom("a\ufffd", "a\u{10000}", "a\ud800b"),
    );
    fc.assert(
      fc.property(texts, texts, (a, b) => {
        expect(Math.sign(compareUtf8(a, b))).toBe(Math.sign(compareBytes(utf8Bytes(a), utf8Bytes(b))));
      }),
      { numRuns: 3000 },
    );
  });

  it("reads exactly what TextDecoder does not complain about", () => {
    const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 12 }), almost), (bytes) => {
        let expected: string | undefined;
        try {
          expected = strict.decode(bytes);
        } catch {
          expected = undefined;
        }
        expect(readUtf8(bytes, 0, bytes.length)).toBe(expected);
      }),
      { numRuns: 5000 },
    );
  });

  it("reads long text and a part of a buffer", () => {
    const text = "höhe 😀 ".repeat(100);
    const bytes = utf8Bytes(`[${text}]`);
    expect(readUtf8(bytes, 1, bytes.length - 1)).toBe(text);
  });

  it("writes at a position and says where it ended", () => {
    const target = new Uint8Array(6);
    expect(writeUtf8("é", target, 2)).toBe(4);
    expect([...target]).toEqual([0, 0, 0xc3, 0xa9, 0, 0]);
  });
});

const surrogates = fc.array(fc.integer({ min: 0xd7f0, max: 0xe010 })).map((units) => String.fromCharCode(...units));

/** Bytes near the edges of the well-formed. */
const almost = fc
  .array(
    fc.constantFrom(0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc1, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4),
    {
      maxLength: 8,
    },
  )
  .map((bytes) => Uint8Array.from(bytes));
