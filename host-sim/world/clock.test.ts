import { describe, expect, it } from "vitest";
import { TimeQuality } from "../../hal/clock";
import { DEFAULT_EPOCH_MS, WorldClock } from "./clock";
import { Kernel } from "./kernel";

describe("WorldClock", () => {
  it("tells the kernel's microseconds, and wall time from its epoch", () => {
    const kernel = new Kernel();
    const clock = new WorldClock(kernel);
    expect([clock.nowUs(), clock.wallMs()]).toEqual([0, DEFAULT_EPOCH_MS]);
    kernel.runUntil(1_999_999);
    expect([clock.nowUs(), clock.wallMs()]).toEqual([1_999_999, DEFAULT_EPOCH_MS + 1999]);
    expect(clock.wallQuality()).toBe(TimeQuality.sntp);
  });

  it("begins on the first of January 2026 unless told otherwise", () => {
    expect(new Date(DEFAULT_EPOCH_MS).toISOString()).toBe("2026-01-01T00:00:00.000Z");
    expect(new WorldClock(new Kernel(), 5).wallMs()).toBe(5);
  });

  it("has timers that call once, at the instant that was armed last", () => {
    const kernel = new Kernel();
    const clock = new WorldClock(kernel);
    const calls: number[] = [];
    const timer = clock.timer(() => calls.push(clock.nowUs()));
    timer.arm(10);
    timer.arm(20);
    kernel.runUntil(100);
    expect(calls).toEqual([20]);
    timer.arm(150);
    timer.disarm();
    timer.disarm();
    kernel.runUntil(200);
    expect(calls).toEqual([20]);
    timer.arm(0);
    kernel.runUntil(200);
    expect(calls).toEqual([20, 200]);
  });

  it("lets a timer arm itself from its own callback", () => {
    const kernel = new Kernel();
    const clock = new WorldClock(kernel);
    let calls = 0;
    const timer = clock.timer(() => {
      calls++;
      timer.arm(clock.nowUs() + 10);
    });
    timer.arm(10);
    kernel.runUntil(100);
    expect(calls).toBe(10);
  });
});
