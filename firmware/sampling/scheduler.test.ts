import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DeviceInstance } from "../../drivers/contract";
import { WorldClock } from "../../host-sim/world/clock";
import { Kernel } from "../../host-sim/world/kernel";
import { Scheduler } from "./scheduler";

function bench() {
  const kernel = new Kernel();
  const failures: unknown[] = [];
  const scheduler = new Scheduler(new WorldClock(kernel), (_, error) => failures.push(error));
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

  it("never runs early, never bunches, and counts every tick that it missed", () => {
    const periods = fc.array(fc.integer({ min: 500, max: 50_000 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(periods, fc.array(fc.integer({ min: 1, max: 200_000 }), { maxLength: 30 }), (all, jumps) => {
        // A clock that is only looked at after each jump: the loop was held up for that long.
        let nowUs = 0;
        let due = Number.POSITIVE_INFINITY;
        let callback = () => {};
        const clock = {
          nowUs: () => nowUs,
          wallMs: () => Number.NaN,
          wallQuality: () => 0 as const,
          timer: (run: () => void) => {
            callback = run;
            return { arm: (dueUs: number) => void (due = dueUs), disarm: () => void (due = Number.POSITIVE_INFINITY) };
          },
        };
        const scheduler = new Scheduler(clock, () => {});
        const devices = all.map(() => new Diary());
        devices.forEach((device, i) => {
          scheduler.add(device, all[i], 0);
        });
        scheduler.start();
        for (const jump of jumps) {
          nowUs += jump;
          if (due <= nowUs) callback();
        }
        scheduler.tasks.forEach((task, i) => {
          const elapsed = task.started + task.missed;
          expect(task.nextUs).toBe(elapsed * all[i]);
          expect(task.nextUs).toBeGreaterThan(jumps.length > 0 ? nowUs : -1);
          expect(devices[i].starts.length).toBe(task.started);
          for (let k = 1; k < devices[i].starts.length; k++)
            expect(Math.floor(devices[i].starts[k] / all[i])).toBeGreaterThan(
              Math.floor(devices[i].starts[k - 1] / all[i]),
            );
        });
      }),
    );
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
    const task = scheduler.add(broken, 10_000, 0);
    scheduler.add(healthy, 10_000, 0);
    scheduler.start();
    kernel.runUntil(25_000);
    expect(healthy.starts).toHaveLength(3);
    expect(task.failures).toBe(3);
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
