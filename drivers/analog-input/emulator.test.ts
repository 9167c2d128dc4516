import { describe, expect, it } from "vitest";
import type { EmulatorContext } from "../emulation";
import type { DevicePlan } from "../plan";
import { loopScale, voltageScale } from "./constants";
import { TransmitterEmulator } from "./emulator";

const CONTEXT = { quantity: () => 18 } as unknown as EmulatorContext;
const transmitter = (settings: object) => new TransmitterEmulator({ settings } as unknown as DevicePlan, CONTEXT);
const loop = (unit: string) => transmitter({ unit, low: 0, high: 50, shuntOhm: 100, scale: loopScale(100, 0, 50) });

describe("a transmitter's emulator", () => {
  it.each([
    ["value 0", 400],
    ["value 25", 1200],
    ["value 50", 2000],
    ["value 500", 2050],
    ["value -500", 380],
    ["break", 0],
    ["short", 2400],
  ])("drives the current of its loop through the shunt: %s", (words, millivolts) => {
    const part = loop("m");
    const [verb, ...rest] = words.split(" ");
    part.act(verb, rest);
    expect(part.millivolts()).toBeCloseTo(millivolts, 6);
  });

  it("follows its room where the unit is one of the air's, and stands in the middle otherwise", () => {
    expect(loop("Cel").millivolts()).toBeCloseTo(400 + (18 / 50) * 1600, 6);
    expect(loop("m").millivolts()).toBeCloseTo(1200, 6);
  });

  it("gives a voltage behind its divider, nothing when it breaks, the supply when shorted", () => {
    const part = transmitter({ unit: "V", low: 0, high: 24, scale: voltageScale(11, 0, 24_000, 0, 24) });
    part.act("value", ["11"]);
    expect(part.millivolts()).toBeCloseTo(1000, 6);
    part.act("break", []);
    expect(part.millivolts()).toBe(0);
    part.act("short", []);
    expect(part.millivolts()).toBe(5000);
    part.act("repair", []);
    expect(part.millivolts()).toBeCloseTo(1000, 6);
  });
});
