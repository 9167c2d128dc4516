import { decode } from "cbor2";
import { describe, expect, it } from "vitest";
import { Quality } from "../../drivers/contract";
import type { AlarmPlan, FilterPlan } from "../../drivers/plan";
import { AlarmChange } from "../alarms/machine";
import { encodeGroupIdentity } from "../uplink/senml/group-identity";
import { PackHead, PackWriter } from "../uplink/senml/pack-writer";
import { makeChannel } from "./make-channel";
import { queueBytes } from "./record-queue";
import { SampleMemory } from "./sample-memory";

function bench(filters: FilterPlan[] = [], alarms: AlarmPlan[] = []) {
  const identity = encodeGroupIdentity("site/gw/climate/temperature", "Cel");
  const changes: [AlarmChange, number][] = [];
  const memory = new SampleMemory(queueBytes(identity, 64) + 4096, {
    queueFull: () => {},
    ruleChanged: (_, __, change, ticksUs) => changes.push([change, ticksUs]),
  });
  const queue = {
    memory,
    identity,
    periodUs: 1_000_000,
    capacity: 64,
    overload: "drop-oldest",
  } as const;
  const plan = { name: "temperature", unit: "Cel", filters, alarms };
  const channel = makeChannel({ plan, queue });
  const start = memory.take(4096);
  const pack = new PackWriter(memory.writer, start, start + 4096, PACK);
  /** What went to the uplink, and the batch is over. */
  const batch = () => {
    pack.begin(new PackHead());
    if (channel.length > 0) expect(pack.group(channel, channel.length, 0)).toBe(true);
    channel.clear(channel.length);
    pack.finish();
    const records = decode(pack.bytes.slice(pack.offset, pack.offset + pack.length), { preferMap: true });
    return records as Map<number | string, number>[];
  };
  const published = () => batch().map((record) => [record.get(2), record.get("q") ?? 0]);
  /** Seconds after the base time. */
  const times = () => batch().map((record) => record.get(6) ?? 0);
  return { channel, changes, published, times };
}

const STALE_US = 5_000_000;
const PACK = { baseName: "site/gw/", boot: 1, root: new Uint8Array(12), configuration: new Uint8Array(12) };

describe("a channel", () => {
  it("begins as never read", () => {
    expect(bench().channel.quality).toBe(Quality.neverRead);
  });

  it("publishes every good reading when no filter holds it back", () => {
    const { channel, published } = bench();
    channel.accept(20, 0);
    channel.accept(20, 1);
    expect(published()).toEqual([
      [20, Quality.good],
      [20, Quality.good],
    ]);
  });

  it("publishes the return to good even when a deadband would have held the value back", () => {
    const { channel, published } = bench([{ kind: "deadband", width: 1 }]);
    channel.accept(20, 0);
    channel.refuse(Quality.badCommunication, 1);
    channel.accept(20.1, 2);
    expect(published().map(([, quality]) => quality)).toEqual([Quality.good, Quality.badCommunication, Quality.good]);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    "takes a good reading of %d for one that is out of range",
    (value) => {
      const { channel } = bench();
      channel.accept(value, 0);
      expect(channel.quality).toBe(Quality.badRange);
    },
  );

  it("judges a value by its rules although a filter holds it back from the uplink", () => {
    const rule: AlarmPlan = { class: "fire", above: 57, hysteresis: 2, forMs: 2 };
    const { channel, changes, published } = bench([{ kind: "deadband", width: 5 }], [rule]);
    channel.accept(58, 0);
    channel.accept(58.5, 1000);
    channel.accept(58.2, 2000);
    expect(published()).toHaveLength(1);
    expect(changes).toEqual([[AlarmChange.raised, 2000]]);
  });

  it("neither raises nor clears an alarm on a bad reading", () => {
    const rule: AlarmPlan = { class: "fire", above: 57, hysteresis: 0, forMs: 0 };
    const { channel, changes } = bench([], [rule]);
    channel.accept(60, 0);
    channel.refuse(Quality.badCommunication, 1);
    expect(changes).toEqual([[AlarmChange.raised, 0]]);
  });

  it("takes a block as it takes its readings one by one", () => {
    const values = Float32Array.from({ length: 40 }, (_, i) => 20 + Math.sin(i));
    const filters: FilterPlan[] = [{ kind: "median", window: 3 }];
    const one = bench(filters);
    const whole = bench(filters);
    for (let turn = 0; turn < 3; turn++) {
      const firstUs = turn * 160_000;
      values.forEach((value, i) => {
        one.channel.accept(value, firstUs + i * 4_000);
      });
      whole.channel.acceptBlock(values, 40, firstUs, 4_000);
      expect(whole.published()).toEqual(one.published());
    }
  });

  it("gives the records of a block their own distance, whatever that of the block before was", () => {
    const steps = (stepUs: number) => {
      const { channel, times } = bench();
      channel.acceptBlock([20.1, 20.2, 20.7], 3, 0, 1_000_000);
      times();
      channel.acceptBlock([20.1, 20.2, 20.7], 3, 4_000_000, stepUs);
      return times().map((time) => Math.fround(time * 1e6));
    };
    expect(steps(1_000_000)).toEqual([0, 1e6, 2e6]);
    expect(steps(2_000_000)).toEqual([0, 2e6, 4e6]);
    expect(steps(2_500)).toEqual([0, 2500, 5000]);
  });

  it("counts what a block brings beyond its queue: produced = delivered + dropped", () => {
    const { channel, published } = bench();
    channel.acceptBlock(new Float64Array(200).fill(21.337), 200, 0, 4_000);
    expect(published()).toHaveLength(64);
    expect([channel.produced, channel.delivered, channel.dropped]).toEqual([200, 64, 136]);
  });

  it("goes on after an infinity inside a block", () => {
    const { channel, published } = bench();
    channel.acceptBlock([20.5, Number.POSITIVE_INFINITY, Number.NaN, 21.5], 4, 0, 4_000);
    expect(published()).toEqual([
      [20.5, Quality.good],
      [undefined, Quality.badRange],
      [21.5, Quality.good],
    ]);
    expect([channel.samples, channel.held]).toEqual([4, 1]);
  });

  it("is uncertain with its last value when nobody confirms it for too long, and good again with the next reading", () => {
    const { channel, published } = bench([{ kind: "deadband", width: 1 }]);
    const second = 1_000_000;
    channel.accept(20.5, 0);
    channel.accept(20.6, 3 * second);
    channel.checkStale(8 * second, STALE_US);
    expect(channel.quality).toBe(Quality.good);
    expect(published()).toHaveLength(1);
    channel.checkStale(8 * second + 1, STALE_US);
    channel.checkStale(9 * second, STALE_US);
    expect(channel.quality).toBe(Quality.uncertain);
    channel.accept(20.6, 10 * second);
    expect(published().map(([, quality]) => quality)).toEqual([Quality.uncertain, Quality.good]);
    channel.checkStale(15 * second, STALE_US);
    expect(channel.quality).toBe(Quality.good);
  });
});
