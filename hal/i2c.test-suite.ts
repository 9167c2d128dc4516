/** What ECMA-419 section 10 says about synchronous `I2C`, for any provider. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bytes } from "./harness.test-suite";
import type { I2C, I2CConstructor, I2COptions } from "./io";

/** An I2C bus with one device: it stores what is written to it and reads it back. */
export interface I2CHarness {
  readonly I2C: I2CConstructor;
  /** Options that reach the device. */
  readonly options: I2COptions;
  /** An address where nothing answers. */
  readonly deadAddress: number;
  /** False where every transfer ends with a stop condition: `stop = false` is refused. Default true. */
  readonly holdsBus?: boolean;
  /** False where nobody learns whether a write was acknowledged, and an empty one is refused; a read still tells. Default true. */
  readonly hearsAcknowledge?: boolean;
  dispose?(): void;
}

export function i2cSuite(provider: string, makeHarness: () => I2CHarness): void {
  describe(`I2C of ${provider}`, () => {
    let harness: I2CHarness;
    let opened: I2C[];

    beforeEach(() => {
      harness = makeHarness();
      opened = [];
    });

    afterEach(() => {
      for (const i2c of opened) i2c.close();
      harness.dispose?.();
    });

    function open(options: Partial<I2COptions> = {}): I2C {
      const i2c = new harness.I2C({ ...harness.options, ...options });
      opened.push(i2c);
      return i2c;
    }

    it.each([
      ["no data pin", { data: undefined }, TypeError],
      ["no clock pin", { clock: undefined }, TypeError],
      ["no speed", { hz: undefined }, TypeError],
      ["speed 0", { hz: 0 }, RangeError],
      ["no address", { address: undefined }, TypeError],
      ["an address of 8 bits", { address: 0x80 }, RangeError],
      ["a port that is neither number nor string", { port: {} }, TypeError],
    ])("throws for %s, and leaves the bus free", (_what, wrong, error) => {
      expect(() => open(wrong as object)).toThrow(error);
      open().write(bytes(1));
    });

    it("throws without options", () => {
      expect(() => new harness.I2C(undefined as never)).toThrow(TypeError);
    });

    it("ignores unknown properties, accepts frozen options and has the format buffer only", () => {
      const i2c = new harness.I2C(Object.freeze({ ...harness.options, io: 1, colour: "red" }));
      opened.push(i2c);
      const format = i2c as unknown as { format: string };
      expect(format.format).toBe("buffer");
      expect(() => (format.format = "number")).toThrow(Error);
    });

    it("writes, and reads by length or into a buffer", () => {
      const i2c = open();
      i2c.write(bytes(9, 1, 2, 3).subarray(1));
      expect([...new Uint8Array(i2c.read(3))]).toEqual([1, 2, 3]);
      const into = new Uint8Array(4);
      expect(i2c.read(into.subarray(1, 3))).toBe(2);
      expect([...into]).toEqual([0, 1, 2, 0]);
      if (harness.holdsBus === false) {
        expect(() => i2c.write(bytes(5), false)).toThrow(expect.objectContaining({ code: "unsupported" }));
        i2c.write(bytes(5).buffer);
      } else i2c.write(bytes(5).buffer, false);
      expect(i2c.read(new DataView(into.buffer, 3, 1), true)).toBe(1);
      expect(into[3]).toBe(5);
    });

    it("writes and reads in one go", () => {
      const i2c = open();
      expect([...new Uint8Array(i2c.writeRead(bytes(7, 8), 2))]).toEqual([7, 8]);
      const into = new Uint8Array(1);
      expect(i2c.writeRead(bytes(6), into)).toBe(1);
      expect(into[0]).toBe(6);
    });

    it("addresses the device even when there is nothing to transfer", () => {
      if (harness.hearsAcknowledge === false) {
        expect(() => open().write(bytes())).toThrow(expect.objectContaining({ code: "unsupported" }));
        return;
      }
      open().write(bytes());
      expect(() => open({ address: harness.deadAddress }).write(bytes())).toThrow(Error);
    });

    it("throws when nobody acknowledges", () => {
      const i2c = open({ address: harness.deadAddress });
      if (harness.hearsAcknowledge === false) i2c.write(bytes(1));
      else expect(() => i2c.write(bytes(1))).toThrow(expect.objectContaining({ code: "no-acknowledge" }));
      expect(() => i2c.read(1)).toThrow(expect.objectContaining({ code: "no-acknowledge" }));
      expect(() => i2c.writeRead(bytes(1), 1)).toThrow(expect.objectContaining({ code: "no-acknowledge" }));
    });

    it("checks its arguments", () => {
      const i2c = open();
      expect(() => i2c.write("text" as never)).toThrow(TypeError);
      expect(() => i2c.write(bytes(1), 1 as never)).toThrow(TypeError);
      expect(() => i2c.read(-1)).toThrow(RangeError);
      expect(() => i2c.read(undefined as never)).toThrow(TypeError);
    });

    it("throws when the address is in use; other addresses share the pins", () => {
      const i2c = open();
      expect(() => open()).toThrow(expect.objectContaining({ code: "in-use" }));
      open({ address: harness.deadAddress });
      i2c.close();
      open().write(bytes(1));
    });

    it("may be closed twice, and every method but close throws after", () => {
      const i2c = open();
      i2c.close();
      i2c.close();
      expect(() => i2c.read(1)).toThrow(Error);
      expect(() => i2c.write(bytes(1))).toThrow(Error);
      expect(() => i2c.writeRead(bytes(1), 1)).toThrow(Error);
    });
  });
}
