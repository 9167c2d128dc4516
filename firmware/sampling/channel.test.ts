import { describe, expect, it } from "vitest";
import { Quality } from "../../drivers/contract";
import type { AlarmPlan, FilterPlan } from "../../drivers/plan";
import { AlarmChange } from "../alarms/rule";
import { Channel } from "./channel";
import { SampleRing } from "./ring";

function bench(filters: FilterPlan[] = [], alarms: AlarmPlan[] = []) {
  const ring = new SampleRing(64);
  const changes: [AlarmChange, number][] = [];
  const plan = { name: "temperature", unit: "Cel", filters, alarms };
  const channel = new Channel(plan, 0, ring, (_, __, change, ticksUs) => changes.push([change, ticksUs]));
  const published = () =>
    Array.from({ length: ring.length }, (_, i) => (ring.first + i) & ring.mask).map((slot) => [
      ring.values[slot],
      ring.qualities[slot],
    ]);
  return { ring, channel, changes, published };
}

describe("a channel", () => {
  it("begins as never read", () => {
    expect(bench().channel.quality).toBe(Quality.neverRead);
  });

  it("publishes every good reading when no filter holds it back", () => {
    const { channel, published } = bench();
    channel.accept(20, Quality.good, 0);
    channel.accept(20, Quality.good, 1);
    expect(published()).toEqual([
      [20, Quality.good],
      [20, Quality.good],
    ]);
  });

  it("publishes the return to good even when a deadband would have held the value back", () => {
    const { channel, published } = bench([{ kind: "deadband", width: 1 }]);
    channel.accept(20, Quality.good, 0);
    channel.accept(Number.NaN, Quality.badCommunication, 1);
    channel.accept(20.1, Quality.good, 2);
    expect(published().map(([, quality]) => quality)).toEqual([Quality.good, Quality.badCommunication, Quality.good]);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    "takes a good reading of %d for one that is out of range",
    (value) => {
      const { channel } = bench();
      channel.accept(value, Quality.good, 0);
      expect(channel.quality).toBe(Quality.badRange);
    },
  );

  it("judges a value by its rules although a filter holds it back from the uplink", () => {
    const rule: AlarmPlan = { class: "fire", above: 57, hysteresis: 2, forMs: 2 };
    const { channel, changes, published } = bench([{ kind: "deadband", width: 5 }], [rule]);
    channel.accept(58, Quality.good, 0);
    channel.accept(58.5, Quality.good, 1000);
    channel.accept(58.2, Quality.good, 2000);
    expect(published()).toHaveLength(1);
    expect(changes).toEqual([[AlarmChange.raised, 2000]]);
  });

  it("neither raises nor clears an alarm on a bad reading", () => {
    const rule: AlarmPlan = { class: "fire", above: 57, hysteresis: 0, forMs: 0 };
    const { channel, changes } = bench([], [rule]);
    channel.accept(60, Quality.good, 0);
    channel.accept(0, Quality.badCommunication, 1);
    expect(changes).toEqual([[AlarmChange.raised, 0]]);
  });
});
