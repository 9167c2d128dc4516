import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DeviceInstance } from "../../drivers/contract";
import { WorldClock } from "../../host-sim/world/clock";
import { Kernel } from "../../host-sim/world/kernel";
import { Scheduler } from "./scheduler";

function bench() {
  const kernel = new Kernel();
  const failures: unknown[] = [];
  const scheduler = new Scheduler(new WorldClock(kernel), { driverThrew: (_, error) => failures.push(error) });
  return { kernel, scheduler, failures };
}

/** A device that writes down when it is run. */
class Diary implements DeviceInstance {
  readonly starts: number[] = [];
  readonly finishes: number[] = [];
  readonly #conversionUs: number;
  constructor(conversionUs = 0) {
    this.#conversionUs = conversionUs;
  }
  start(nowUs: number): number {
    this.starts.push(nowUs);
    return this.#conversionUs;
  }
  finish(nowUs: number): number {
    this.finishes.push(nowUs);
    return 0;
  }
  close(): void {}
}

describe("the scheduler", () => {
  it("runs a device at its anchor and at each period after it", () => {
    const { kernel, scheduler } = bench();
    const device = new Diary();
    scheduler.add(device, 250_000, 100_000);
    scheduler.start();
    kernel.runUntil(1_000_000);
    expect(device.starts).toEqual([100_000, 350_000, 600_000, 850_000]);
  });

  it("comes back when a conversion is finished, without moving the anchor", () => {
    const { kernel, scheduler } = bench();
    const device = new Diary(15_500);
    scheduler.add(device, 100_000, 0);
    scheduler.start();
    kernel.runUntil(250_000);
    expect(device.starts).toEqual([0, 100_000, 200_000]);
    expect(device.finishes).toEqual([15_500, 115_500, 215_500]);
  });

  it("gives a conversion its whole time, however long its start and what came before it took", () => {
    const { kernel, scheduler } = bench();
    const begun: number[] = [];
    const finished: number[] = [];
    // Two parts on one bus; each command keeps the processor busy for 4 ms.
    const part = () => ({
      start: () => {
        kernel.runUntil(kernel.nowUs() + 4_000);
        begun.push(kernel.nowUs());
        return 15_500;
      },
      finish: () => {
        finished.push(kernel.nowUs());
        return 0;
      },
      close: () => {},
    });
    scheduler.add(part(), 1_000_000, 0);
    scheduler.add(part(), 1_000_000, 0);
    scheduler.start();
    kernel.runUntil(900_000);
    expect(begun).toEqual([4_000, 8_000]);
    expect(finished).toEqual([19_500, 23_500]);
  });

  it("never runs early, never bunches, and counts every tick that it missed", () => {
    const task = fc.record({
      periodUs: fc.oneof(fc.integer({ min: 500, max: 50_000 }), fc.constantFrom(1_000, 10_000)),
      firstUs: fc.integer({ min: 0, max: 20_000 }),
    });
    const tasks = fc.array(task, { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(tasks, fc.array(fc.integer({ min: 1, max: 200_000 }), { maxLength: 30 }), (all, jumps) => {
        // A clock that is only looked at after each jump: the loop was held up for that long.
        let nowUs = 0;
        let due = Number.POSITIVE_INFINITY;
        let callback = () => {};
        const clock = {
          nowUs: () => nowUs,
          wallMs: () => Number.NaN,
          wallQuality: () => 0 as const,
          timer: (run: () => void, target?: object) => {
            callback = run.bind(target);
            return { arm: (dueUs: number) => void (due = dueUs), disarm: () => void (due = Number.POSITIVE_INFINITY) };
          },
        };
        const scheduler = new Scheduler(clock, { driverThrew: () => {} });
        const devices = all.map(() => new Diary());
        const added = devices.map((device, i) => scheduler.add(device, all[i].periodUs, all[i].firstUs));
        scheduler.start();
        for (const jump of jumps) {
          nowUs += jump;
          if (due <= nowUs) callback();
        }
        let started = 0;
        added.forEach((task, i) => {
          const { periodUs, firstUs } = all[i];
          const { starts } = devices[i];
          started += starts.length;
          expect(task.nextUs).toBe(firstUs + (starts.length + (task.missed ?? 0)) * periodUs);
          expect(task.nextUs).toBeGreaterThan(jumps.length > 0 ? nowUs : -1);
          expect(task.nextUs - periodUs).toBeLessThanOrEqual(Math.max(nowUs, firstUs));
          const tick = (atUs: number) => Math.floor((atUs - firstUs) / periodUs);
          expect(tick(starts[0] ?? firstUs)).toBeGreaterThanOrEqual(0);
          for (let k = 1; k < starts.length; k++) expect(tick(starts[k])).toBeGreaterThan(tick(starts[k - 1]));
        });
        const { lateness } = scheduler;
        expect([0, 1, 2, 3, 4].reduce((sum, bucket) => sum + lateness.count(bucket), 0)).toBe(started);
        expect(scheduler.missed).toBe(added.reduce((sum, task) => sum + (task.missed ?? 0), 0));
        if (started > 0) expect(due).toBe(Math.min(...added.map(({ nextUs }) => nextUs)));
      }),
      { numRuns: 2000 },
    );
  });

  it("gives a tick that is late by the timer's jitter the time of its anchor, and counts how late all were", () => {
    const { kernel } = bench();
    const device = new Diary();
    const clock = new WorldClock(kernel);
    const jitteryClock = {
      nowUs: () => kernel.nowUs() + 300,
      wallMs: () => clock.wallMs(),
      wallQuality: () => clock.wallQuality(),
      timer: (run: () => void, target?: object) => clock.timer(run, target),
    };
    const jittery = new Scheduler(jitteryClock, { driverThrew: () => {} });
    jittery.add(device, 10_000, 0);
    jittery.start();
    kernel.runUntil(25_000);
    expect(device.starts).toEqual([0, 10_000, 20_000]);
    expect([jittery.lateness.count(0), jittery.lateness.latestUs]).toEqual([3, 300]);
  });

  it("ends conversions in their order, whichever began first", () => {
    const { kernel, scheduler } = bench();
    const ended: string[] = [];
    const device = (name: string, conversionUs: number): DeviceInstance => ({
      start: () => conversionUs,
      finish: () => {
        ended.push(name);
        return 0;
      },
      close: () => {},
    });
    scheduler.add(device("slow", 50_000), 1_000_000, 0);
    scheduler.add(device("fast", 10_000), 1_000_000, 0);
    scheduler.add(device("middle", 20_000), 500_000, 0);
    scheduler.start();
    kernel.runUntil(100_000);
    expect(ended).toEqual(["fast", "middle", "slow"]);
  });

  it("counts a tick as missed when the conversion before it has not finished", () => {
    const { kernel, scheduler } = bench();
    const device = new Diary(150_000);
    const task = scheduler.add(device, 100_000, 0);
    scheduler.start();
    kernel.runUntil(499_999);
    expect(device.starts).toEqual([0, 200_000, 400_000]);
    expect(task.missed).toBe(2);
  });

  it("goes on when a driver throws, and says which", () => {
    const { kernel, scheduler, failures } = bench();
    const broken: DeviceInstance = {
      start: () => {
        throw new Error("broken");
      },
      finish: () => 0,
      close: () => {},
    };
    const healthy = new Diary();
    scheduler.add(broken, 10_000, 0);
    scheduler.add(healthy, 10_000, 0);
    scheduler.start();
    kernel.runUntil(25_000);
    expect(healthy.starts).toHaveLength(3);
    expect(scheduler.failures).toBe(3);
    expect(failures).toHaveLength(3);
  });

  it("does nothing after stop", () => {
    const { kernel, scheduler } = bench();
    const device = new Diary();
    scheduler.add(device, 10_000, 0);
    scheduler.start();
    kernel.runUntil(10_000);
    scheduler.stop();
    kernel.runUntil(100_000);
    expect(device.starts).toHaveLength(2);
  });

  it("refuses a period of nothing", () => {
    expect(() => bench().scheduler.add(new Diary(), 0, 0)).toThrow(RangeError);
  });
});
