import { describe, expect, it } from "vitest";
import { Calibration, decodeWords, encodeWords } from "./calibration";
import { WORDS } from "./emulator";

describe("the BME280's compensation", () => {
  it("has the known answer of the sister part's sheet: BST-BMP280-DS001 section 3.12", () => {
    const calibration = new Calibration();
    calibration.set(WORDS);
    expect(calibration.temperatureCel(519_888)).toBeCloseTo(25.08, 2);
    expect(calibration.pressurePa(415_148)).toBeCloseTo(100_653.27, 0);
  });

  it("keeps humidity within 0 and 100 percent", () => {
    const calibration = new Calibration();
    calibration.set(WORDS);
    calibration.temperatureCel(519_888);
    expect(calibration.humidityPercent(0)).toBe(0);
    expect(calibration.humidityPercent(0xffff)).toBe(100);
  });

  it("reads the words back from where the part has them, with their signs", () => {
    const words = { ...WORDS, H: [75, -362, 255, -328, -50, -30] as const };
    const low = new Uint8Array(26);
    const high = new Uint8Array(7);
    encodeWords(words, low, high);
    expect(
      decodeWords(
        (i) => low[i],
        (i) => high[i],
      ),
    ).toEqual(words);
  });
});
