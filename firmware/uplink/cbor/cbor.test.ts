import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { cdeEncodeOptions, decode, encode } from "cbor2";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CborValue, encodeDeterministic } from "./encode";
import { CborError } from "./error";
import { halfBitsOfSingle, numberOfHalf } from "./half";
import { type CborLimits, decodeCbor } from "./reader";
import { CborWriter } from "./writer";

type Vector = { hex: string; roundtrip: boolean; decoded?: unknown; diagnostic?: string };

const VECTORS = fileURLToPath(new URL("../../../../shared/vectors/rfc8949_appendix_a.json", import.meta.url));
const vectorsPresent = existsSync(VECTORS);
if (!vectorsPresent) console.warn("skipped: RFC 8949 Appendix A vectors are not beside the repository");

/**
 * Among the 65 that a deterministic encoder writes back: integers beyond 2^53 (2), bignum tags (2), `undefined` and simple
 * values (4), tags (6). Those 14 we refuse.
 */
const REFUSED_ROUNDTRIPS = 14;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const unhex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));

function codeOf(bytes: Uint8Array, limits?: CborLimits): string {
  try {
    decodeCbor(bytes, limits);
  } catch (error) {
    if (error instanceof CborError) return error.code;
    throw error;
  }
  return "accepted";
}

function written(write: (writer: CborWriter) => void, size = 64): string {
  const writer = new CborWriter(new Uint8Array(size));
  write(writer);
  expect(writer.overflowed).toBe(false);
  return hex(writer.buffer.subarray(0, writer.at));
}

/** Our values and cbor2's are the same but for -0 and NaN, which `toEqual` tells apart anyway. */
const value: fc.Arbitrary<CborValue> = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    fc.double(),
    fc.float(),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.integer({ min: -1000, max: 70_000 }).map((n) => n / 8),
    fc.string({ unit: "binary" }),
    fc.uint8Array(),
    fc.array(tie("value"), { maxLength: 8 }),
    fc.dictionary(fc.string({ maxLength: 30 }), tie("value"), { maxKeys: 8, noNullPrototype: true }),
    fc
      .array(fc.tuple(fc.oneof(fc.integer(), fc.string()), tie("value")), { minLength: 1, maxLength: 8 })
      .map((pairs) => new Map([[-7 as number | string, 1 as CborValue], ...pairs])),
  ),
})).value;

describe("RFC 8949 Appendix A", () => {
  const vectors = vectorsPresent ? (JSON.parse(readFileSync(VECTORS, "utf8")) as Vector[]) : [];

  it.skipIf(!vectorsPresent)("every round-trip example is written byte for byte, or refused by name when read", () => {
    const refused: string[] = [];
    const roundtrips = vectors.filter((vector) => vector.roundtrip);
    for (const vector of roundtrips) {
      const bytes = unhex(vector.hex);
      let decoded: CborValue;
      try {
        decoded = decodeCbor(bytes);
      } catch (error) {
        expect((error as CborError).code, vector.hex).toMatch(/^(unsupported|range)$/);
        refused.push(vector.hex);
        continue;
      }
      if ("decoded" in vector) {
        const seen = decoded instanceof Map ? Object.fromEntries(decoded) : decoded;
        expect(seen, vector.hex).toEqual(vector.decoded);
      }
      // The appendix writes 1.0 as a float; a JavaScript number cannot tell it from 1, and ours become integers.
      const isFloat = /^f[9ab]/.test(vector.hex);
      const again = isFloat ? written((writer) => writer.float(decoded as number)) : hex(encodeDeterministic(decoded));
      expect(again).toBe(vector.hex);
    }
    expect(roundtrips.length).toBe(65);
    expect(refused.length).toBe(REFUSED_ROUNDTRIPS);
  });

  it.skipIf(!vectorsPresent)("every other example is refused with a code, never with an engine's error", () => {
    const codes = vectors.filter((vector) => !vector.roundtrip).map((vector) => codeOf(unhex(vector.hex)));
    expect(codes).not.toContain("accepted");
    expect(new Set(codes)).toEqual(new Set(["shortest", "indefinite"]));
  });
});

describe("CborWriter", () => {
  it("writes integral numbers as integers up to 2^53-1, and keeps the sign of -0", () => {
    expect(written((w) => w.number(2.0))).toBe("02");
    expect(written((w) => w.number(-1))).toBe("20");
    expect(written((w) => w.number(2 ** 31))).toBe("1a80000000");
    expect(written((w) => w.number(2 ** 32))).toBe("1b0000000100000000");
    expect(written((w) => w.number(2 ** 53 - 1))).toBe("1b001fffffffffffff");
    expect(written((w) => w.number(-(2 ** 53 - 1)))).toBe("3b001ffffffffffffe");
    expect(written((w) => w.number(2 ** 53))).toBe("fa5a000000");
    expect(written((w) => w.number(-0))).toBe("f98000");
    expect(written((w) => w.number(Number.NaN))).toBe("f97e00");
    expect(written((w) => w.number(Number.NEGATIVE_INFINITY))).toBe("f9fc00");
  });

  it("changes the size of a head exactly where section 3 does", () => {
    for (const edge of [23, 24, 255, 256, 65_535, 65_536, 4_294_967_295, 4_294_967_296])
      for (const n of [edge - 1, edge, edge + 1, -edge - 1, -edge])
        expect(written((w) => w.int(n))).toBe(hex(encode(n, cdeEncodeOptions)));
  });

  it("finds the shortest float for every binary16 and for its neighbours", () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      const number = numberOfHalf(bits);
      if (Number.isNaN(number)) continue;
      const single = new DataView(new ArrayBuffer(4));
      single.setFloat32(0, number);
      const found = halfBitsOfSingle(single.getUint32(0));
      // One unit in the last place of a binary32 beside it is no binary16.
      const finite = (bits & 0x7fff) !== 0 && (bits & 0x7fff) < 0x7c00;
      const beside = finite ? halfBitsOfSingle(single.getUint32(0) + 1) : -1;
      if (found !== bits || beside !== -1) expect({ bits, found, beside }).toEqual({ bits, found: bits, beside: -1 });
    }
  });

  it("shows nothing of an item that does not fit, and refuses everything after it until rewound", () => {
    const whole = encodeDeterministic(["sensor", new Uint8Array(30), 1e10, 0.1, -300, true]);
    for (let size = 0; size < whole.length; size++) {
      const writer = new CborWriter(new Uint8Array(size));
      const ends: number[] = [];
      const step = (write: () => void) => {
        write();
        ends.push(writer.at);
      };
      step(() => writer.array(6));
      step(() => writer.text("sensor"));
      step(() => writer.bytes(new Uint8Array(30)));
      step(() => writer.number(1e10));
      step(() => writer.number(0.1));
      step(() => writer.number(-300));
      step(() => writer.bool(true));
      expect(writer.overflowed).toBe(true);
      // Whatever is visible is a prefix that ends between items.
      expect(hex(writer.buffer.subarray(0, writer.at))).toBe(hex(whole.subarray(0, writer.at)));
      expect([0, 1, 8, 40, 49, 58, 61]).toContain(writer.at);
      writer.rewind(0);
      expect(writer.overflowed).toBe(false);
    }
  });

  it("copies fragments and writes tags", () => {
    expect(written((w) => w.raw(unhex("6161")))).toBe("6161");
    expect(written((w) => w.tag(18))).toBe("d2");
    expect(written((w) => w.tag(55_799))).toBe("d9d9f7");
  });
});

describe("encodeDeterministic", () => {
  it("sorts keys bytewise by their encoding (section 4.2.1)", () => {
    const map = new Map<number | string, CborValue>([
      ["aa", 1],
      [-1, 2],
      ["z", 3],
      [100, 4],
      [10, 5],
    ]);
    expect(hex(encodeDeterministic(map))).toBe("a5" + "0a05" + "186404" + "2002" + "617a03" + "62616101");
  });

  it("agrees with cbor2 byte for byte on anything", () => {
    fc.assert(
      fc.property(value, (any) => {
        expect(hex(encodeDeterministic(any))).toBe(hex(encode(any, cdeEncodeOptions)));
      }),
      { numRuns: 2000 },
    );
  });

  it("agrees with cbor2 on numbers of every bit pattern", () => {
    const bits = fc.tuple(fc.integer({ min: 0, max: 0xffffffff }), fc.integer({ min: 0, max: 0xffffffff }));
    fc.assert(
      fc.property(bits, ([high, low]) => {
        const view = new DataView(new ArrayBuffer(8));
        view.setUint32(0, high);
        view.setUint32(4, low);
        const number = view.getFloat64(0);
        const single = view.getFloat32(0);
        expect(hex(encodeDeterministic(number))).toBe(hex(encode(number, cdeEncodeOptions)));
        expect(hex(encodeDeterministic(single))).toBe(hex(encode(single, cdeEncodeOptions)));
      }),
      { numRuns: 5000 },
    );
  });

  it("refuses what CBOR has no form for, by name", () => {
    for (const bad of [undefined, () => 1, Symbol("x"), { a: undefined }, new Map([[0.5, 1]])])
      expect(() => encodeDeterministic(bad as unknown as CborValue)).toThrow(CborError);
  });

  it("grows to a large document", () => {
    const csv = new Uint8Array(3_000_000).fill(0x2c);
    expect(encodeDeterministic({ csv }).length).toBe(3_000_000 + 1 + 4 + 5);
  });
});

describe("decodeCbor", () => {
  it("gives back what was encoded", () => {
    fc.assert(
      fc.property(value, (any) => {
        expect(decodeCbor(encodeDeterministic(any), { depth: 100 })).toEqual(any);
      }),
      { numRuns: 1000 },
    );
  });

  it("reads what cbor2 wrote, and cbor2 reads what it reads", () => {
    fc.assert(
      fc.property(value, (any) => {
        const bytes = encode(any, cdeEncodeOptions);
        expect(hex(encodeDeterministic(decodeCbor(bytes, { depth: 100 })))).toBe(hex(bytes));
        expect(() => decode(encodeDeterministic(any))).not.toThrow();
      }),
    );
  });

  it("names each fault and where it is", () => {
    const faults: [string, string][] = [
      ["", "truncated"],
      ["8201", "truncated"],
      ["9b001fffffffffffff", "truncated"],
      ["0000", "trailing"],
      ["1c", "malformed"],
      ["ff", "malformed"],
      ["fc", "malformed"],
      ["62c328", "text"],
      ["63eda080", "text"],
      ["62c080", "text"],
      ["a2616101616102", "duplicate"],
      ["a2616201616102", "order"],
      ["1817", "shortest"],
      ["fa3fc00000", "shortest"],
      ["fb3ff8000000000000", "shortest"],
      ["f97e01", "shortest"],
      ["9f01ff", "indefinite"],
      ["5f4101ff", "indefinite"],
      ["c101", "unsupported"],
      ["f7", "unsupported"],
      ["a1f501", "unsupported"],
      ["a1f93e0001", "unsupported"],
      ["1b0020000000000000", "range"],
      ["3b001fffffffffffff", "range"],
    ];
    for (const [bytes, code] of faults) expect(codeOf(unhex(bytes)), bytes).toBe(code);
    try {
      decodeCbor(unhex("82011817"));
    } catch (error) {
      expect((error as CborError).offset).toBe(2);
      expect((error as CborError).message).toContain("at byte 2");
    }
    try {
      // A count that the input cannot hold is refused where it stands, before anything is made of it.
      decodeCbor(unhex("8201841a0000"));
    } catch (error) {
      expect((error as CborError).offset).toBe(2);
    }
  });

  it("is bounded in depth and items", () => {
    const nested = (levels: number) => unhex(`${"81".repeat(levels)}00`);
    expect(codeOf(nested(12))).toBe("accepted");
    expect(codeOf(nested(13))).toBe("depth");
    expect(codeOf(nested(8), { depth: 8 })).toBe("accepted");
    expect(codeOf(nested(9), { depth: 8 })).toBe("depth");
    expect(codeOf(encodeDeterministic(new Array(99).fill(0)), { items: 100 })).toBe("accepted");
    expect(codeOf(encodeDeterministic(new Array(100).fill(0)), { items: 100 })).toBe("items");
    // Deeper than any stack.
    expect(codeOf(new Uint8Array(1_000_000).fill(0x81))).toBe("depth");
  });

  it("takes longer forms and unsorted keys when it is not strict", () => {
    expect(decodeCbor(unhex("1817"), { strict: false })).toBe(23);
    expect(decodeCbor(unhex("fb3ff8000000000000"), { strict: false })).toBe(1.5);
    expect(decodeCbor(unhex("a2616201616102"), { strict: false })).toEqual({ b: 1, a: 2 });
    expect(codeOf(unhex("a2616101616102"), { strict: false })).toBe("duplicate");
  });

  it("makes objects of text keys, maps of integer keys, and is not fooled by __proto__", () => {
    expect(decodeCbor(unhex("a10102"))).toEqual(new Map([[1, 2]]));
    expect(decodeCbor(unhex("a0"))).toEqual({});
    const object = decodeCbor(encodeDeterministic(JSON.parse('{"__proto__":{"x":1}}'))) as object;
    expect(Object.getPrototypeOf(object)).toBe(Object.prototype);
    expect(Object.keys(object)).toEqual(["__proto__"]);
  });

  it("never throws anything but a CborError, whatever arrives", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.boolean(), (bytes, strict) => {
        codeOf(bytes, { strict });
      }),
      { numRuns: 5000 },
    );
    fc.assert(
      fc.property(value, fc.nat(), fc.integer({ min: 0, max: 255 }), (any, where, byte) => {
        const bytes = encodeDeterministic(any);
        if (bytes.length > 1) expect(codeOf(bytes.subarray(0, where % bytes.length))).not.toBe("accepted");
        bytes[where % bytes.length] = byte;
        codeOf(bytes, { depth: 100 });
      }),
      { numRuns: 2000 },
    );
  });
});
