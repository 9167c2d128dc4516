import { describe, expect, it } from "vitest";
import { bytesOf, copyForWrite, requireInteger, requirePositive, requireText } from "./io-options";

describe("checks of options", () => {
  it("throw a TypeError for a wrong type and a RangeError for a wrong value", () => {
    expect(() => requireInteger("1", "port", 0, 9)).toThrow(TypeError);
    expect(() => requireInteger(Number.NaN, "port", 0, 9)).toThrow(RangeError);
    expect(() => requireInteger(10, "port", 0, 9)).toThrow("port must be an integer from 0 to 9, is 10");
    expect(() => requirePositive(0, "hz")).toThrow(RangeError);
    expect(() => requirePositive(Number.POSITIVE_INFINITY, "hz")).toThrow(RangeError);
    expect(() => requirePositive("1", "hz")).toThrow(TypeError);
    expect(() => requireText("", "address")).toThrow(RangeError);
    expect(requireInteger(9, "port", 0, 9)).toBe(9);
  });
});

describe("bytesOf", () => {
  it("takes buffers, shared ones too, and views with their bounds, without a copy", () => {
    const buffer = Uint8Array.of(1, 2, 3, 4).buffer;
    expect([...bytesOf(buffer)]).toEqual([1, 2, 3, 4]);
    expect([...bytesOf(new DataView(buffer, 1, 2))]).toEqual([2, 3]);
    expect([...bytesOf(new Uint16Array(buffer, 2, 1))]).toEqual([3, 4]);
    expect(bytesOf(new SharedArrayBuffer(3))).toHaveLength(3);
    bytesOf(buffer)[0] = 9;
    expect(new Uint8Array(buffer)[0]).toBe(9);
  });

  it.each([undefined, null, 1, "text", {}, [1, 2]])("throws for %j", (value) => {
    expect(() => bytesOf(value)).toThrow(TypeError);
  });
});

describe("copyForWrite", () => {
  it("makes one byte of a number, and a copy of a buffer", () => {
    expect([...copyForWrite(255, "number")]).toEqual([255]);
    expect(() => copyForWrite(-1, "number")).toThrow(RangeError);
    const bytes = Uint8Array.of(1, 2);
    expect(copyForWrite(bytes, "buffer")).not.toBe(bytes);
  });
});
