import { describe, expect, it } from "vitest";
import type { DriverContext } from "../contract";
import type { DevicePlan } from "../plan";
import { driver } from "./driver";
import { schema } from "./schema";

function read(page: Record<string, unknown> = {}): Record<string, number> {
  const channels = schema.channels(page, {} as never);
  const plan = { channels, settings: schema.settings(page, {} as never) } as unknown as DevicePlan;
  const values: Record<string, number> = {};
  const context = {
    sink: {
      reading: (channel: number, value: number) => {
        values[channels[channel].name] = value;
      },
    },
    gateway: {
      channel: (name: string) => (name === "hall/temperature" ? { value: 20, quality: 0, dropped: 17 } : undefined),
      health: {
        latestUs: 1_500_000,
        laterThan: (boundUs: number) => 1_000_000 / boundUs,
        missedTicks: 3,
        droppedSamples: 40,
        droppedMessages: 2,
        waitingMessages: 5,
        storeWear: 11,
        storeErases: 70,
        storeTorn: 1,
      },
    },
  } as unknown as DriverContext;
  driver.open(plan, context).start(0);
  return values;
}

describe("the loop's own telemetry", () => {
  it("is the histogram of lateness, the worst of it, and what was missed and let go", () => {
    expect(read()).toEqual({
      "late-1ms": 1000,
      "late-10ms": 100,
      "late-100ms": 10,
      "late-1s": 1,
      latest: 1.5,
      missed: 3,
      dropped: 40,
      lost: 2,
    });
  });

  it("is how full the store is and how worn its flash, where the site wants it", () => {
    expect(read({ store: true })).toMatchObject({ waiting: 5, "store-wear": 11, "store-erases": 70, "store-torn": 1 });
    expect(read()).not.toHaveProperty("store-wear");
  });

  it("counts the drops of channels that the site names one by one", () => {
    expect(read({ dropsOf: ["hall/temperature"] })["dropped-hall-temperature"]).toBe(17);
    expect(() => read({ dropsOf: ["hall/humidity"] })).toThrow("hall/humidity");
  });
});
