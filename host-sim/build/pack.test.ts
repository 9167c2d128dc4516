import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { unpack } from "../../firmware/packed";
import { pack } from "./pack";

describe("packed bytes", () => {
  it("come back as they were, whatever they are", () => {
    const runs = fc.array(fc.tuple(fc.uint8Array({ maxLength: 12 }), fc.integer({ min: 1, max: 200 })), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(runs, (list) => {
        const bytes = Uint8Array.from(
          list.flatMap(([piece, times]) =>
            Array(times)
              .fill([...piece])
              .flat(),
          ),
        );
        expect(unpack(pack(bytes))).toEqual(bytes);
      }),
    );
    expect(unpack(pack(new Uint8Array(0)))).toEqual(new Uint8Array(0));
  });

  it("never need a character that a text of XS cannot hold, or one of more than two bytes", () => {
    const text = pack(Uint8Array.from({ length: 1000 }, (_, i) => (i * 37) & 255).fill(0, 0, 300));
    for (const character of text) {
      expect(character.charCodeAt(0)).toBeGreaterThan(0);
      expect(character.charCodeAt(0)).toBeLessThanOrEqual(0x80);
    }
  });

  it("take less where pieces come again", () => {
    const piece = Uint8Array.from({ length: 64 }, (_, i) => (i * 101) & 255);
    const often = Uint8Array.from(
      Array(16)
        .fill([...piece])
        .flat(),
    );
    expect(Buffer.byteLength(pack(often))).toBeLessThan(160);
  });

  it("refuses more than a module may hold", () => {
    expect(() => pack(new Uint8Array(65_536))).toThrow(/65536 bytes are too many for a module/);
  });
});
