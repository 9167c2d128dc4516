/** What ECMA-419 section 10 says about `Digital`, for any provider. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Harness, Inside } from "./harness.test-suite";
import type { Digital, DigitalConstructor, DigitalOptions } from "./io";

export interface DigitalHarness extends Harness {
  readonly Digital: DigitalConstructor;
  readonly pin: number;
  /** False where the platform has no pull-down: those modes are refused. Default true. */
  readonly pullsDown?: boolean;
  /** Holds the wire at the pin from outside, or lets it go. */
  drive(level: 0 | 1 | undefined): void;
  /** The level of the wire. */
  level(): number;
}

export function digitalSuite(provider: string, makeHarness: () => DigitalHarness): void {
  describe(`Digital of ${provider}`, () => {
    let harness: DigitalHarness;
    let opened: Digital[];

    beforeEach(() => {
      harness = makeHarness();
      opened = [];
    });

    afterEach(() => {
      for (const digital of opened) digital.close();
      harness.dispose?.();
    });

    function open(options: object = {}): Digital {
      const complete = { pin: harness.pin, mode: harness.Digital.Input, ...options } as DigitalOptions;
      const digital = new harness.Digital(complete);
      opened.push(digital);
      return digital;
    }

    it("has the modes and edges that the standard names, each different", () => {
      const { Digital: D } = harness;
      const modes = [D.Input, D.InputPullUp, D.InputPullDown, D.InputPullUpDown, D.Output, D.OutputOpenDrain];
      expect(new Set(modes).size).toBe(6);
      expect((D.Rising + D.Falling) & D.Rising).toBe(D.Rising);
      expect(D.Rising & D.Falling).toBe(0);
    });

    it.each([
      ["no pin", { pin: undefined }, TypeError],
      ["a pin that is an object", { pin: {} }, TypeError],
      ["no mode", { mode: undefined }, TypeError],
      ["a mode that nobody knows", { mode: 5 }, RangeError],
      ["onReadable without an edge", { onReadable: () => {} }, TypeError],
      ["edge 0", { onReadable: () => {}, edge: 0 }, RangeError],
      ["edge 4", { onReadable: () => {}, edge: 4 }, RangeError],
      ["an onReadable that is no function", { onReadable: 1, edge: 1 }, TypeError],
      ["an activeLow that is a number", { activeLow: 1 }, TypeError],
      ["an initial value of 2", { mode: 8, initialValue: 2 }, RangeError],
      ["the format buffer", { format: "buffer" }, RangeError],
    ])("throws for %s, and leaves the pin free", (_what, wrong, error) => {
      expect(() => open(wrong)).toThrow(error);
      open();
    });

    it("throws without options", () => {
      expect(() => new harness.Digital(undefined as never)).toThrow(TypeError);
    });

    it("ignores unknown properties, an edge that nobody waits for and an initial value of an input; options may be frozen", () => {
      const { pin, Digital: D } = harness;
      const ignored = { edge: 77, initialValue: 2, colour: "red" };
      const digital = new D(Object.freeze({ pin, mode: D.Input, ...ignored }) as unknown as DigitalOptions);
      opened.push(digital);
      expect(digital.format).toBe("number");
      digital.format = "number";
      expect(() => (digital.format = "buffer")).toThrow(RangeError);
    });

    it("reads the wire as 0 or 1, and the other way round when it is active low", () => {
      const digital = open();
      for (const level of [1, 0, 1] as const) {
        harness.drive(level);
        expect(digital.read()).toBe(level);
      }
      digital.close();
      const inverted = open({ activeLow: true });
      expect(inverted.read()).toBe(0);
      harness.drive(0);
      expect(inverted.read()).toBe(1);
    });

    it("pulls a wire that nobody holds, up or down as the mode says", () => {
      harness.drive(undefined);
      const up = open({ mode: harness.Digital.InputPullUp });
      expect(up.read()).toBe(1);
      up.close();
      const openDown = () => open({ mode: harness.Digital.InputPullDown });
      if (harness.pullsDown === false) expect(openDown).toThrow(expect.objectContaining({ code: "unsupported" }));
      else expect(openDown().read()).toBe(0);
    });

    it("writes 0 and 1, begins with the initial value, and takes nothing else", () => {
      const output = open({ mode: harness.Digital.Output, initialValue: 1 });
      expect(harness.level()).toBe(1);
      output.write(0);
      expect(harness.level()).toBe(0);
      output.write(1);
      expect(harness.level()).toBe(1);
      expect(() => output.write(2)).toThrow(RangeError);
      expect(() => output.write(true as never)).toThrow(TypeError);
      expect(harness.level()).toBe(1);
    });

    it("pulls an open drain low only: high is for others to make", () => {
      harness.drive(1);
      const output = open({ mode: harness.Digital.OutputOpenDrain, initialValue: 0 });
      expect(harness.level()).toBe(0);
      output.write(1);
      expect(harness.level()).toBe(1);
      harness.drive(0);
      expect(harness.level()).toBe(0);
    });

    it("does not write an input nor read an output", () => {
      const input = open();
      expect(() => input.write(1)).toThrow(Error);
      input.close();
      expect(() => open({ mode: harness.Digital.Output }).read()).toThrow(Error);
    });

    it.each([
      ["rising", 1, false, [1]],
      ["falling", 2, false, [0]],
      ["both", 3, false, [1, 0]],
      ["rising, active low", 1, true, [1]],
    ])("calls back at the edges that were asked for: %s", async (_what, edge, activeLow, expected) => {
      harness.drive(activeLow ? 1 : 0);
      const seen: number[] = [];
      const inside = new Inside();
      open({
        edge,
        activeLow,
        onReadable(this: Digital) {
          inside.check();
          seen.push(this.read());
        },
      });
      for (const level of activeLow ? ([0, 1] as const) : ([1, 0] as const)) {
        inside.run(() => harness.drive(level));
        await harness.settle();
      }
      expect(seen).toEqual(expected);
      expect(inside.violations).toBe(0);
    });

    it("throws when the pin is in use", () => {
      const first = open();
      expect(() => open()).toThrow(expect.objectContaining({ code: "in-use" }));
      first.close();
      open();
    });

    it("may be closed twice; every other method throws after, and no callback comes", async () => {
      harness.drive(0);
      const digital = open({ edge: 3, onReadable: () => expect.unreachable() });
      harness.drive(1);
      digital.close();
      digital.close();
      harness.drive(0);
      await harness.settle();
      expect(() => digital.read()).toThrow(Error);
      expect(() => digital.write(1)).toThrow(Error);
    });
  });
}
