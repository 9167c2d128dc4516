/** What ECMA-419 section 10 says about `PulseCount`, for any provider. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Harness, Inside } from "./harness.test-suite";
import type { PulseCount, PulseCountConstructor, PulseCountOptions } from "./io";

export interface PulseCountHarness extends Harness {
  readonly PulseCount: PulseCountConstructor;
  readonly options: PulseCountOptions;
  /** Lets so many pulses come, forwards or (negative) backwards. */
  pulse(count: number): void;
}

export function pulseCountSuite(provider: string, makeHarness: () => PulseCountHarness): void {
  describe(`PulseCount of ${provider}`, () => {
    let harness: PulseCountHarness;
    let opened: PulseCount[];

    beforeEach(() => {
      harness = makeHarness();
      opened = [];
    });

    afterEach(() => {
      for (const counter of opened) counter.close();
      harness.dispose?.();
    });

    function open(options: object = {}): PulseCount {
      const counter = new harness.PulseCount({ ...harness.options, ...options });
      opened.push(counter);
      return counter;
    }

    it.each([
      ["no signal", { signal: undefined }, TypeError],
      ["no control", { control: undefined }, TypeError],
      ["a signal that is an object", { signal: {} }, TypeError],
      ["an onReadable that is no function", { onReadable: 1 }, TypeError],
      ["the format buffer", { format: "buffer" }, RangeError],
    ])("throws for %s, and leaves the pins free", (_what, wrong, error) => {
      expect(() => open(wrong)).toThrow(error);
      open();
    });

    it("throws without options", () => {
      expect(() => new harness.PulseCount(undefined as never)).toThrow(TypeError);
    });

    it("ignores unknown properties, accepts frozen options and has the format number only", () => {
      const counter = new harness.PulseCount(Object.freeze({ ...harness.options, colour: "red" }));
      opened.push(counter);
      expect(counter.format).toBe("number");
      expect(() => (counter.format = "buffer")).toThrow(RangeError);
    });

    it("begins with nothing, counts in both directions, and goes on counting when it was read", () => {
      const counter = open();
      expect(counter.read()).toBe(0);
      harness.pulse(5);
      expect(counter.read()).toBe(5);
      expect(counter.read()).toBe(5);
      harness.pulse(-7);
      expect(counter.read()).toBe(-2);
    });

    it("goes on from what was written", () => {
      const counter = open();
      harness.pulse(5);
      counter.write(100);
      expect(counter.read()).toBe(100);
      harness.pulse(1);
      expect(counter.read()).toBe(101);
      expect(() => counter.write("7" as never)).toThrow(TypeError);
      expect(() => counter.write(1.5)).toThrow(RangeError);
      expect(counter.read()).toBe(101);
    });

    it("counts more than a hardware register of 16 bits holds", () => {
      const counter = open();
      for (let i = 0; i < 5; i++) {
        harness.pulse(20_000);
        counter.read();
      }
      expect(counter.read()).toBe(100_000);
    });

    it("calls back when the count has changed, never from inside", async () => {
      const seen: number[] = [];
      const inside = new Inside();
      open({
        onReadable(this: PulseCount) {
          inside.check();
          seen.push(this.read());
        },
      });
      inside.run(() => {
        harness.pulse(1);
        harness.pulse(1);
      });
      await harness.until(() => seen.at(-1) === 2, "both pulses");
      expect(inside.violations).toBe(0);
    });

    it("throws when a pin is in use", () => {
      const first = open();
      expect(() => open()).toThrow(expect.objectContaining({ code: "in-use" }));
      first.close();
      open();
    });

    it("may be closed twice; every other method throws after, and no callback comes", async () => {
      const counter = open({ onReadable: () => expect.unreachable() });
      harness.pulse(1);
      counter.close();
      counter.close();
      harness.pulse(1);
      await harness.settle();
      expect(() => counter.read()).toThrow(Error);
      expect(() => counter.write(1)).toThrow(Error);
    });
  });
}
