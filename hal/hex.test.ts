import fc from "fast-check";
import { expect, it } from "vitest";
import { bytesOfHex } from "./hex";

it("gives back every byte, in either case", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const hex = Buffer.from(bytes).toString("hex");
      expect([...bytesOfHex(hex)]).toEqual([...bytes]);
      expect([...bytesOfHex(hex.toUpperCase())]).toEqual([...bytes]);
    }),
  );
});

it.each(["0", "0g", "/0", ":0", "@0", "G0", "`0", " 0", "0é"])("refuses %j", (text) => {
  expect(() => bytesOfHex(text)).toThrow(RangeError);
});
