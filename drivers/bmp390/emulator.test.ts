import { describe, expect, it } from "vitest";
import { Calibration, decodeWords, encodeWords } from "./calibration";
import { CALIBRATION_BYTES } from "./constants";
import { WORDS } from "./emulator";

describe("the BMP390's compensation", () => {
  it("brings each word in with the scale of the sheet: one word at a time, by hand", () => {
    const calibration = new Calibration();
    const none = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] as const;
    const only = (at: number, word: number) =>
      // Words 1 and 2 have an offset of 2^14, which 16384 takes away.
      none.map((_, i) => (i === at ? word : i < 2 ? 16_384 : 0)) as unknown as typeof WORDS.P;
    const at = (P: typeof WORDS.P, cel: number, raw: number) => {
      // 2^30 / 2^30 is one: a raw value is its own temperature.
      calibration.set({ T: [0, 2 ** 30, 0], P });
      calibration.temperatureCel(cel);
      return calibration.pressurePa(raw);
    };
    expect(at(only(0, 16_384 + 1), 3, 2 ** 20)).toBe(1);
    expect(at(only(1, 16_384 + 1), 2, 2 ** 29)).toBe(2);
    expect(at(only(2, 1), 3, 2 ** 32)).toBe(9);
    expect(at(only(3, 1), 2, 2 ** 37)).toBe(8);
    expect(at(only(4, 5), 7, 9)).toBe(40);
    expect(at(only(5, 64), 7, 9)).toBe(7);
    expect(at(only(6, 256), 7, 9)).toBe(49);
    expect(at(only(7, 32_768), 2, 9)).toBe(8);
    expect(at(only(8, 1), 7, 2 ** 24)).toBe(1);
    expect(at(only(9, 1), 7, 2 ** 24)).toBe(7);
    expect(at(only(10, 1), 7, 2 ** 22)).toBe(2);
  });

  it("has no temperature at the first word times 256, and its slope beside it", () => {
    const calibration = new Calibration();
    calibration.set(WORDS);
    expect(calibration.temperatureCel(27_000 * 256)).toBe(0);
    expect(calibration.temperatureCel(27_000 * 256 + 2 ** 20)).toBeCloseTo((19_000 * 2 ** 20) / 2 ** 30 - 10 / 256, 9);
  });

  it("reads the words back from where the part has them, with their signs", () => {
    const bytes = new Uint8Array(CALIBRATION_BYTES);
    encodeWords(WORDS, bytes);
    expect(decodeWords((i) => bytes[i])).toEqual(WORDS);
  });
});
