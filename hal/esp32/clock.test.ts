import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";

const time = { ticks: 0, microseconds: undefined as number | undefined };
const scheduled: { callback: () => void; delayMs: number }[] = [];
vi.mock("time", () => ({ default: time }));
vi.mock("timer", () => ({
  default: {
    repeat: (callback: () => void) => ({ callback }),
    schedule: (timer: { callback: () => void }, delayMs?: number) => {
      if (delayMs !== undefined) scheduled.push({ callback: timer.callback, delayMs });
    },
  },
}));

const { SdkClock, TickCounter } = await import("./clock");

describe("ticks of 32 bits", () => {
  it("become time that goes on through the wrap", () => {
    const counter = new TickCounter(0x7fff_fff0);
    expect(counter.advance(0x7fff_ffff)).toBe(15);
    expect(counter.advance(-0x8000_0000)).toBe(16);
    expect(counter.advance(-0x7fff_ffff)).toBe(17);
  });

  it("that step back count as no time at all", () => {
    const counter = new TickCounter(1000);
    expect(counter.advance(900)).toBe(0);
    expect(counter.advance(950)).toBe(50);
  });

  it("never run backwards, whatever they do", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }), { minLength: 2 }),
        ([first, ...rest]) => {
          const counter = new TickCounter(first);
          let last = 0;
          for (const ticks of rest) {
            const now = counter.advance(ticks);
            expect(now).toBeGreaterThanOrEqual(last);
            last = now;
          }
        },
      ),
    );
  });
});

describe("the SDK's clock", () => {
  it("takes the hardware timer where there is one, and ticks where there is none", () => {
    const clock = new SdkClock(() => {});
    time.ticks = 5;
    expect(clock.nowUs()).toBe(5000);
    time.microseconds = 123_456_789;
    expect(clock.nowUs()).toBe(123_456_789);
    time.microseconds = undefined;
  });

  it("does not believe a wall clock that was never set", () => {
    vi.useFakeTimers({ now: 86_400_000 });
    try {
      const clock = new SdkClock(() => {});
      expect(clock.wallMs()).toBeNaN();
      expect(clock.wallQuality()).toBe(0);
      vi.setSystemTime(new Date("2026-06-01T00:00:00Z"));
      expect(clock.wallMs()).toBe(Date.parse("2026-06-01T00:00:00Z"));
      expect(clock.wallQuality()).toBe(1);
    } finally {
      vi.useRealTimers();
    }
  });
});
