import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Quality } from "../../drivers/contract";
import { SampleRing } from "./ring";

describe("the sample ring", () => {
  it("accounts for every sample: pushed = released + held + dropped", () => {
    const step = fc.oneof(fc.constant("push"), fc.integer({ min: 1, max: 8 }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const ring = new SampleRing(8);
        const model: number[] = [];
        let pushed = 0;
        let released = 0;
        for (const action of steps) {
          if (action === "push") {
            ring.push(3, pushed, Quality.good, pushed * 1000);
            model.push(pushed++);
            if (model.length > 8) model.shift();
          } else {
            const count = Math.min(action as number, ring.length);
            ring.release(count);
            model.splice(0, count);
            released += count;
          }
        }
        expect(ring.length).toBe(model.length);
        expect(pushed).toBe(released + ring.length + ring.dropped);
        const slots = model.map((_, i) => (ring.first + i) & ring.mask);
        expect(slots.map((slot) => ring.values[slot])).toEqual(model);
        expect(slots.map((slot) => ring.ticksUs[slot])).toEqual(model.map((n) => n * 1000));
      }),
    );
  });

  it("keeps channel and quality beside the value", () => {
    const ring = new SampleRing(2);
    ring.push(65_000, 1.5, Quality.badRange, 7);
    expect([ring.channels[0], ring.values[0], ring.qualities[0], ring.ticksUs[0]]).toEqual([
      65_000,
      1.5,
      Quality.badRange,
      7,
    ]);
  });

  it.each([0, 1, 3, 100])("refuses a capacity of %d", (capacity) => {
    expect(() => new SampleRing(capacity)).toThrow("power of two");
  });
});
