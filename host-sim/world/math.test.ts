import { describe, expect, it } from "vitest";
import { cos, dbOfRatio, exp, ln, ratioOfDb, saturationPressureHPa, sin } from "./math";

describe("the world's own functions", () => {
  it("exp agrees with the engine's to 1e-14", () => {
    for (let x = -50; x <= 50; x += 0.37) expect(Math.abs(exp(x) / Math.exp(x) - 1)).toBeLessThan(1e-14);
    expect(exp(0)).toBe(1);
  });

  it("ln agrees with the engine's to 1e-14, and undoes exp", () => {
    for (let x = 1e-12; x < 1e12; x *= 1.37)
      expect(Math.abs(ln(x) - Math.log(x))).toBeLessThan(1e-14 * (1 + Math.abs(Math.log(x))));
    expect(ln(1)).toBe(0);
    expect(ln(exp(3))).toBeCloseTo(3, 13);
    expect(dbOfRatio(ratioOfDb(-7))).toBeCloseTo(-7, 12);
  });

  it("sin and cos agree with the engine's to 1e-14", () => {
    for (let x = -20; x <= 20; x += 0.093) {
      expect(Math.abs(sin(x) - Math.sin(x))).toBeLessThan(1e-14);
      expect(Math.abs(cos(x) - Math.cos(x))).toBeLessThan(1e-14);
    }
    expect([sin(0), cos(0)]).toEqual([0, 1]);
  });

  it("knows how much water air can hold", () => {
    // Published values of saturation pressure over water: 0 °C 6.11 hPa, 20 °C 23.39 hPa, 60 °C 199.5 hPa.
    expect(saturationPressureHPa(0)).toBeCloseTo(6.11, 1);
    expect(saturationPressureHPa(20) / 23.39).toBeCloseTo(1, 2);
    expect(saturationPressureHPa(60) / 199.5).toBeCloseTo(1, 2);
  });
});
