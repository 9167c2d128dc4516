import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Quality } from "../../drivers/contract";
import type { FilterPlan } from "../../drivers/plan";
import { encodeGroupIdentity } from "../uplink/senml/group-identity";
import { Channel } from "./channel";
import { ConditionedChannel, conditioningOf } from "./conditioned-channel";
import { makeChannel } from "./make-channel";
import { queueBytes } from "./record-queue";
import { SampleMemory } from "./sample-memory";

const identity = encodeGroupIdentity("site/gw/climate/temperature", "Cel");

function queue() {
  const memory = new SampleMemory(queueBytes(identity, 8));
  return { memory, identity, periodUs: 1_000_000, capacity: 8, overload: "drop-newest" } as const;
}

const chain = (gain: number, offset: number, factor: number): FilterPlan[] => [
  { kind: "scale", gain, offset },
  { kind: "median", window: 5 },
  { kind: "smooth", factor },
];

describe("a channel with the usual filters written into it", () => {
  it("has the same values, to the last bit, as one with the filters one after the other", () => {
    const finite = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }),
      fc.integer({ min: -3, max: 3 }),
      fc.constantFrom(0, -0),
    );
    const reading = fc.oneof(
      { weight: 12, arbitrary: finite },
      fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, "gone" as const),
    );
    const factor = fc.double({ min: 0.01, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(reading, { maxLength: 60 }),
        finite,
        finite,
        factor,
        fc.boolean(),
        (all, gain, offset, f, scaled) => {
          const filters = scaled ? chain(gain, offset, f) : chain(1, 0, f).slice(1);
          const plan = { name: "temperature", unit: "Cel", filters, alarms: [] };
          const fused = makeChannel({ plan, queue: queue(), onAlarm: () => {} });
          const plain = new Channel({ plan, queue: queue(), onAlarm: () => {} });
          expect(fused).toBeInstanceOf(ConditionedChannel);
          all.forEach((value, i) => {
            for (const channel of [fused, plain]) {
              if (value === "gone") channel.refuse(Quality.badCommunication, i * 1_000_000);
              else channel.accept(value, i * 1_000_000);
            }
            expect(fused.value).toBe(plain.value);
            expect(fused.quality).toBe(plain.quality);
            expect([fused.samples, fused.held]).toEqual([plain.samples, plain.held]);
          });
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each<[string, FilterPlan[]]>([
    ["no filter", []],
    [
      "another window",
      [
        { kind: "median", window: 7 },
        { kind: "smooth", factor: 0.5 },
      ],
    ],
    [
      "another order",
      [
        { kind: "smooth", factor: 0.5 },
        { kind: "median", window: 5 },
      ],
    ],
    ["no average", [{ kind: "median", window: 5 }]],
    ["one filter more", [...chain(1, 0, 0.5), { kind: "deadband", width: 1 }]],
  ])("is not made for %s", (_, filters) => {
    expect(conditioningOf(filters)).toBeUndefined();
  });
});
