/** What ECMA-419 section 10 says about `Analog`, for any provider. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Analog, AnalogConstructor, AnalogOptions } from "./io";

export interface AnalogHarness {
  readonly Analog: AnalogConstructor;
  readonly pin: number;
  /** Puts a share of the full-scale voltage, which may lie beyond 0 and 1, on the pin. */
  apply(share: number): void;
  /** The converter fails from now on; absent where that cannot be brought about. */
  fail?(): void;
  dispose?(): void;
}

export function analogSuite(provider: string, makeHarness: () => AnalogHarness): void {
  describe(`Analog of ${provider}`, () => {
    let harness: AnalogHarness;
    let opened: Analog[];

    beforeEach(() => {
      harness = makeHarness();
      opened = [];
    });

    afterEach(() => {
      for (const analog of opened) analog.close();
      harness.dispose?.();
    });

    function open(options: object = {}): Analog {
      const analog = new harness.Analog({ pin: harness.pin, ...options } as AnalogOptions);
      opened.push(analog);
      return analog;
    }

    it.each([
      ["no pin", { pin: undefined }, TypeError],
      ["a pin that is an object", { pin: {} }, TypeError],
      ["a resolution that is a text", { resolution: "12" }, TypeError],
      ["a resolution of 0 bits", { resolution: 0 }, RangeError],
      ["a resolution of 10.5 bits", { resolution: 10.5 }, RangeError],
      ["the format buffer", { format: "buffer" }, RangeError],
    ])("throws for %s, and leaves the pin free", (_what, wrong, error) => {
      expect(() => open(wrong)).toThrow(error);
      open();
    });

    it("throws without options", () => {
      expect(() => new harness.Analog(undefined as never)).toThrow(TypeError);
    });

    it("ignores unknown properties, accepts frozen options and has the format number only", () => {
      const analog = new harness.Analog(Object.freeze({ pin: harness.pin, colour: "red" }));
      opened.push(analog);
      expect(analog.format).toBe("number");
      analog.format = "number";
      expect(() => (analog.format = "buffer")).toThrow(RangeError);
    });

    it("says how many bits a reading has, which need not be what was asked for, and cannot be told later", () => {
      const analog = open({ resolution: 10 });
      const { resolution } = analog;
      expect(Number.isInteger(resolution) && resolution > 0).toBe(true);
      expect(() => Object.assign(analog, { resolution: 3 })).toThrow(TypeError);
      expect(analog.resolution).toBe(resolution);
    });

    it("reads an integer from 0 to the largest of its resolution, in proportion, and stays there beyond", () => {
      const analog = open();
      const largest = 2 ** analog.resolution - 1;
      for (const [share, expected] of [
        [0, 0],
        [0.25, 0.25 * largest],
        [0.5, 0.5 * largest],
        [1, largest],
        [1.5, largest],
        [-0.5, 0],
      ]) {
        harness.apply(share);
        const value = analog.read();
        expect(Number.isInteger(value)).toBe(true);
        expect(Math.abs(value - expected)).toBeLessThanOrEqual(2);
      }
    });

    it("throws when the converter fails, instead of making up a reading", () => {
      const analog = open();
      harness.fail?.();
      if (harness.fail !== undefined) expect(() => analog.read()).toThrow(expect.objectContaining({ code: "device" }));
    });

    it("throws when the pin is in use", () => {
      const first = open();
      expect(() => open()).toThrow(expect.objectContaining({ code: "in-use" }));
      first.close();
      open();
    });

    it("may be closed twice, and reads no more after", () => {
      const analog = open();
      analog.close();
      analog.close();
      expect(() => analog.read()).toThrow(Error);
    });
  });
}
