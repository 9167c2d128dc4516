/** What ECMA-419 section 10 says about `PWM`, for any provider. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PWM, PWMConstructor, PWMOptions } from "./io";

export interface PWMHarness {
  readonly PWM: PWMConstructor;
  readonly pin: number;
  /** Share of the period that the pin is high now. */
  duty(): number;
  dispose?(): void;
}

export function pwmSuite(provider: string, makeHarness: () => PWMHarness): void {
  describe(`PWM of ${provider}`, () => {
    let harness: PWMHarness;
    let opened: PWM[];

    beforeEach(() => {
      harness = makeHarness();
      opened = [];
    });

    afterEach(() => {
      for (const pwm of opened) pwm.close();
      harness.dispose?.();
    });

    function open(options: object = {}): PWM {
      const pwm = new harness.PWM({ pin: harness.pin, ...options } as PWMOptions);
      opened.push(pwm);
      return pwm;
    }

    it.each([
      ["no pin", { pin: undefined }, TypeError],
      ["a pin that is an object", { pin: {} }, TypeError],
      ["a frequency that is a text", { hz: "fast" }, TypeError],
      ["a frequency of 0", { hz: 0 }, RangeError],
      ["a port that is an object", { port: {} }, TypeError],
      ["the format buffer", { format: "buffer" }, RangeError],
    ])("throws for %s, and leaves the pin free", (_what, wrong, error) => {
      expect(() => open(wrong)).toThrow(error);
      open();
    });

    it("throws without options", () => {
      expect(() => new harness.PWM(undefined as never)).toThrow(TypeError);
    });

    it("ignores unknown properties, accepts frozen options and has the format number only", () => {
      const pwm = new harness.PWM(Object.freeze({ pin: harness.pin, colour: "red" }));
      opened.push(pwm);
      expect(pwm.format).toBe("number");
      pwm.format = "number";
      expect(() => (pwm.format = "buffer")).toThrow(RangeError);
    });

    it("says how many bits a value has, which cannot be told later", () => {
      const pwm = open();
      const { resolution } = pwm;
      expect(Number.isInteger(resolution) && resolution > 0).toBe(true);
      expect(() => Object.assign(pwm, { resolution: 3 })).toThrow(TypeError);
    });

    it("begins with 0 and is high for the share that is written", () => {
      const pwm = open();
      const largest = 2 ** pwm.resolution - 1;
      expect(harness.duty()).toBe(0);
      for (const share of [0.5, 1, 0.25, 0]) {
        pwm.write(Math.round(share * largest));
        expect(Math.abs(harness.duty() - share)).toBeLessThanOrEqual(1 / largest);
      }
    });

    it("takes whole numbers of its resolution and nothing else", () => {
      const pwm = open();
      pwm.write(1);
      const before = harness.duty();
      expect(() => pwm.write(-1)).toThrow(RangeError);
      expect(() => pwm.write(2 ** pwm.resolution)).toThrow(RangeError);
      expect(() => pwm.write(0.5)).toThrow(RangeError);
      expect(() => pwm.write("1" as never)).toThrow(TypeError);
      expect(harness.duty()).toBe(before);
    });

    it("throws when the pin is in use", () => {
      const first = open();
      expect(() => open()).toThrow(expect.objectContaining({ code: "in-use" }));
      first.close();
      open();
    });

    it("may be closed twice, writes no more after, and leaves nothing on", () => {
      const pwm = open();
      pwm.write(2 ** pwm.resolution - 1);
      pwm.close();
      pwm.close();
      expect(() => pwm.write(1)).toThrow(Error);
      expect(harness.duty()).toBe(0);
    });
  });
}
