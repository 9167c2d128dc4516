import { describe, expect, it } from "vitest";
import { TimeQuality } from "../clock";
import { NodeClock } from "./clock";
import { realTime } from "./real-time.test-suite";

describe("NodeClock", () => {
  it("counts whole microseconds from its start and never steps back", () => {
    const clock = new NodeClock();
    let before = clock.nowUs();
    expect(before).toBeLessThan(1_000_000);
    for (let i = 0; i < 1000; i++) {
      const now = clock.nowUs();
      expect(Number.isInteger(now) && now >= before).toBe(true);
      before = now;
    }
  });

  it("tells the system's wall time, and does not claim that it is good", () => {
    expect(Math.abs(new NodeClock().wallMs() - Date.now())).toBeLessThan(1000);
    expect(new NodeClock().wallQuality()).toBe(TimeQuality.estimated);
    expect(new NodeClock({ wallQuality: TimeQuality.sntp }).wallQuality()).toBe(TimeQuality.sntp);
  });

  it("calls a timer back once, never before it is due, and later than the call that armed it", async () => {
    const clock = new NodeClock({ unref: true });
    const calls: number[] = [];
    const timer = clock.timer(() => calls.push(clock.nowUs()));
    const dueUs = clock.nowUs() + 10_000;
    timer.arm(dueUs);
    expect(calls).toEqual([]);
    await realTime.until(() => calls.length > 0, "the timer");
    expect(calls[0]).toBeGreaterThanOrEqual(dueUs);
    await realTime.settle();
    expect(calls).toHaveLength(1);
    timer.arm(0);
    expect(calls).toHaveLength(1);
    await realTime.until(() => calls.length === 2, "a time in the past is now");
  });

  it("takes the last due time, and none after disarm", async () => {
    const clock = new NodeClock();
    let calls = 0;
    const timer = clock.timer(() => calls++);
    timer.arm(clock.nowUs() + 1000);
    timer.arm(clock.nowUs() + 30_000);
    timer.arm(clock.nowUs() + 1000);
    await realTime.settle();
    expect(calls).toBe(1);
    timer.arm(clock.nowUs() + 1000);
    timer.disarm();
    timer.disarm();
    await realTime.settle();
    expect(calls).toBe(1);
  });

  it("waits for a due time beyond what setTimeout takes", async () => {
    const clock = new NodeClock();
    let calls = 0;
    const timer = clock.timer(() => calls++);
    timer.arm(clock.nowUs() + 100 * 86_400 * 1_000_000);
    await realTime.settle();
    expect(calls).toBe(0);
    timer.disarm();
  });
});
