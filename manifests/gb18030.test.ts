import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeGb18030, encodeGb18030 } from "./gb18030";

const iconv = (from: string, to: string, input: Uint8Array) =>
  spawnSync("iconv", ["-f", from, "-t", to], { input, maxBuffer: 1 << 26 });
const hasIconv = spawnSync("iconv", ["--version"]).error === undefined;

describe("GB18030", () => {
  it("is what a platform sends for its place names", () => {
    // From a vendor's frame of type 2.
    expect(Buffer.from(encodeGb18030("Ａ区１层")!).toString("hex")).toBe("a3c1c7f8a3b1b2e3");
  });

  it("comes back as it was, for any text", () => {
    const plane = fc.integer({ min: 0, max: 0xffff }).filter((one) => one < 0xd800 || one > 0xdfff);
    const point = fc.oneof(plane, fc.integer({ min: 0x10000, max: 0x10ffff }));
    fc.assert(
      fc.property(fc.array(point, { maxLength: 40 }), (points) => {
        const text = String.fromCodePoint(...points);
        const bytes = encodeGb18030(text);
        // Some code points of private use have no sequence of their own.
        if (bytes !== undefined) expect(decodeGb18030(bytes)).toBe(text);
      }),
    );
    expect(encodeGb18030("\ud800")).toBeUndefined();
    expect(decodeGb18030(Uint8Array.of(0x81))).toBeUndefined();
  });

  it.skipIf(!hasIconv)("is what iconv of the C library makes of every character outside of private use", () => {
    const points: number[] = [];
    for (let point = 0x20; point < 0x10000; point++) if (point < 0xd800 || point > 0xf8ff) points.push(point);
    // U+20087, U+20089 and U+200CC are a matter of editions.
    for (let point = 0x20100; point < 0x20800; point++) points.push(point);
    const text = points.map((point) => String.fromCodePoint(point)).join("");
    const theirs = iconv("UTF-8", "GB18030", Buffer.from(text));
    expect(Buffer.from(encodeGb18030(text)!).equals(theirs.stdout)).toBe(true);
  });

  if (!hasIconv) console.warn("skipped: GB18030 against iconv, which is not here");
});
