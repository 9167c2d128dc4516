import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseOrder, plainOrder, registersOf, VALUE_TYPES, ValueCodec, ValueType, type ValueTypeName } from "./values";

const codec = new ValueCodec();
const decode = (type: ValueTypeName, order: string, ...words: number[]) =>
  codec.decode(Uint16Array.from(words), 0, ValueType[type], parseOrder(order, ValueType[type])!);

describe("orders", () => {
  it.each([
    ["ABCD", 0x429b, 0x077a],
    ["CDAB", 0x077a, 0x429b],
    ["BADC", 0x9b42, 0x7a07],
    ["DCBA", 0x7a07, 0x9b42],
  ] as const)("%s of 77.514603, as the reference pins it", (order, first, second) => {
    expect(decode("f32", order, first, second)).toBe(Math.fround(77.514603));
  });

  it("of 64 bits, swapped by words, by bytes, by both, and by double words (pymodbus #454)", () => {
    const plain = [0x4059, 0x0fdb, 0x22d0, 0xe560];
    const value = new DataView(Uint8Array.of(0x40, 0x59, 0x0f, 0xdb, 0x22, 0xd0, 0xe5, 0x60).buffer).getFloat64(0);
    const swap = (word: number) => ((word & 255) << 8) | (word >> 8);
    const [a, b, c, d] = plain;
    expect(decode("f64", "ABCDEFGH", a, b, c, d)).toBe(value);
    expect(decode("f64", "GHEFCDAB", d, c, b, a)).toBe(value);
    expect(decode("f64", "BADCFEHG", swap(a), swap(b), swap(c), swap(d))).toBe(value);
    expect(decode("f64", "HGFEDCBA", swap(d), swap(c), swap(b), swap(a))).toBe(value);
    expect(decode("f64", "EFGHABCD", c, d, a, b)).toBe(value);
  });

  it("of 16 bits", () => {
    expect(decode("u16", "AB", 0x1234)).toBe(0x1234);
    expect(decode("u16", "BA", 0x3412)).toBe(0x1234);
  });

  it("are refused where they are none", () => {
    for (const letters of ["", "AB", "ABCC", "ACBD", "ABDC", "ABCE", "ABCDEFGH", "abcd"])
      expect(parseOrder(letters, ValueType.u32), letters).toBeUndefined();
  });
});

describe("types", () => {
  it.each([
    ["i16", "AB", [0xffff], -1],
    ["i16", "AB", [0x8000], -32_768],
    ["u32", "ABCD", [0xffff, 0xffff], 4_294_967_295],
    ["i32", "ABCD", [0xffff, 0xfffe], -2],
    ["i64", "ABCDEFGH", [0xffff, 0xffff, 0xffff, 0xfffd], -3],
    ["u64", "ABCDEFGH", [0, 1, 0, 5], 4_294_967_301],
    ["bcd16", "AB", [0x1234], 1234],
    ["bcd32", "CDAB", [0x5678, 0x1234], 12_345_678],
    ["bcd16", "AB", [0x12a4], Number.NaN],
    ["bit", "AB", [1], 1],
  ] as const)("%s %s %j is %d", (type, order, words, value) => {
    expect(decode(type, order, ...words)).toBe(value);
  });
});

it("what is written is what is read, in every type and order (ha-modbus-manager #21)", () => {
  const orders = [
    "AB",
    "BA",
    "ABCD",
    "CDAB",
    "BADC",
    "DCBA",
    "ABCDEFGH",
    "GHEFCDAB",
    "BADCFEHG",
    "HGFEDCBA",
    "EFGHABCD",
  ];
  const limits: { [type in ValueTypeName]: fc.Arbitrary<number> } = {
    bit: fc.nat(1),
    u16: fc.nat(0xffff),
    i16: fc.integer({ min: -0x8000, max: 0x7fff }),
    u32: fc.integer({ min: 0, max: 0xffff_ffff }),
    i32: fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }),
    u64: fc.maxSafeNat(),
    i64: fc.maxSafeInteger(),
    f32: fc.float({ noNaN: true }),
    f64: fc.double({ noNaN: true }),
    bcd16: fc.nat(9_999),
    bcd32: fc.nat(99_999_999),
  };
  const cases = fc
    .constantFrom(...VALUE_TYPES)
    .chain((name) =>
      fc.tuple(
        fc.constant(ValueType[name]),
        fc.constantFrom(...orders.filter((letters) => parseOrder(letters, ValueType[name]) !== undefined)),
        limits[name],
      ),
    );
  fc.assert(
    fc.property(cases, ([type, letters, value]) => {
      const words = new Uint16Array(6);
      const order = parseOrder(letters, type)!;
      codec.encode(value, words, 1, type, order);
      expect(codec.decode(words, 1, type, order)).toBe(value);
      expect([words[0], words[1 + registersOf(type)]]).toEqual([0, 0]);
    }),
    { numRuns: 2_000 },
  );
});

it("the order that is said by nobody is the standard's", () => {
  for (const name of VALUE_TYPES) {
    const letters = "ABCDEFGH".slice(0, 2 * registersOf(ValueType[name]));
    const words = new Uint16Array(4);
    codec.encode(1, words, 0, ValueType[name], parseOrder(letters, ValueType[name])!);
    expect(codec.decode(words, 0, ValueType[name], plainOrder(ValueType[name]))).toBe(1);
  }
});
