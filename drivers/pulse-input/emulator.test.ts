import { describe, expect, it } from "vitest";
import { WorldClock } from "../../host-sim/world/clock";
import { Kernel } from "../../host-sim/world/kernel";
import type { EmulatorContext } from "../emulation";
import type { DevicePlan } from "../plan";
import { MeterEmulator } from "./emulator";

function meter(io: string) {
  const kernel = new Kernel();
  const plan = { connection: { io }, settings: { perUnit: 100, ratePer: "s" } } as unknown as DevicePlan;
  return { kernel, part: new MeterEmulator(plan, { clock: new WorldClock(kernel) } as unknown as EmulatorContext) };
}

describe("a meter's emulator", () => {
  it("hands over whole counts and keeps the rest", () => {
    const { part } = meter("PulseCount");
    const counts: number[] = [];
    part.pulses!({ count: (pulses) => counts.push(pulses) });
    part.act("rate", ["0.15"]);
    for (let i = 1; i <= 10; i++) part.step(i * 100_000);
    // Fifteen counts a second: one and a half at each step.
    expect(counts.reduce((sum, one) => sum + one)).toBe(15);
    expect(new Set(counts)).toEqual(new Set([0, 1, 2]));
  });

  it("closes its contact to ground once for each count, for half of the time", () => {
    const { kernel, part } = meter("Digital");
    const levels: unknown[] = [];
    part.digital!({ drive: (level) => levels.push(level) });
    part.act("rate", ["0.1"]);
    kernel.runUntil(1_000_000);
    expect(levels).toHaveLength(20);
    expect(levels.slice(0, 4)).toEqual([0, undefined, 0, undefined]);
    part.act("stop", []);
    kernel.runUntil(2_000_000);
    expect(levels).toHaveLength(20);
  });
});
