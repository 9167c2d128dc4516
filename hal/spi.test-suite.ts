/** What ECMA-419 section 10 says about `SPI`, for any provider. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bytes, type Harness } from "./harness.test-suite";
import type { SPI, SPIConstructor, SPIOptions } from "./io";

export interface SPIHarness extends Harness {
  readonly SPI: SPIConstructor;
  /** Options with `out`, `in` and `clock`. */
  readonly options: SPIOptions;
  /** What was shifted out. */
  shifted(): readonly number[];
}

export function spiSuite(provider: string, makeHarness: () => SPIHarness): void {
  describe(`SPI of ${provider}`, () => {
    let harness: SPIHarness;
    let opened: SPI[];

    beforeEach(() => {
      harness = makeHarness();
      opened = [];
    });

    afterEach(() => {
      for (const spi of opened) spi.close();
      harness.dispose?.();
    });

    function open(options: object = {}): SPI {
      const spi = new harness.SPI({ ...harness.options, ...options });
      opened.push(spi);
      return spi;
    }

    it.each([
      ["neither in nor out", { in: undefined, out: undefined }, TypeError],
      ["no clock", { clock: undefined }, TypeError],
      ["no speed", { hz: undefined }, TypeError],
      ["speed 0", { hz: 0 }, RangeError],
      ["mode 4", { mode: 4 }, RangeError],
      ["active 2", { active: 2 }, RangeError],
      ["a select pin that is an object", { select: {} }, TypeError],
    ])("throws for %s, and leaves the bus free", (_what, wrong, error) => {
      expect(() => open(wrong)).toThrow(error);
      open().write(bytes(1));
    });

    it("throws without options", () => {
      expect(() => new harness.SPI(undefined as never)).toThrow(TypeError);
    });

    it("ignores unknown properties, accepts frozen options and has the format buffer only", () => {
      const spi = new harness.SPI(Object.freeze({ ...harness.options, io: 1, colour: "red" }));
      opened.push(spi);
      const format = spi as unknown as { format: string };
      expect(format.format).toBe("buffer");
      expect(() => (format.format = "number")).toThrow(Error);
    });

    it("shifts out what is written, in order, and copies what must wait", async () => {
      const spi = open();
      const buffer = bytes(9, 1, 2, 9);
      spi.write(buffer.subarray(1, 3));
      spi.write(buffer.subarray(3));
      buffer.fill(0);
      spi.flush();
      await harness.until(() => harness.shifted().length >= 3, "three bytes");
      expect(harness.shifted()).toEqual([1, 2, 9]);
      expect(() => spi.write("text" as never)).toThrow(TypeError);
    });

    it("reads by length or into a buffer, and transfers in place", () => {
      const spi = open();
      expect(spi.read(3).byteLength).toBe(3);
      expect(spi.read(new Uint8Array(2))).toBe(2);
      spi.transfer(bytes(1, 2));
      spi.flush(true);
      expect(() => spi.flush(1 as never)).toThrow(TypeError);
    });

    it("keeps bitLength within the buffer", () => {
      const spi = open();
      const buffer = Object.assign(bytes(1, 2), { bitLength: 17 });
      expect(() => spi.write(buffer)).toThrow(RangeError);
    });

    it("throws on write without an output pin and on read without an input pin", () => {
      const reader = open({ out: undefined });
      expect(() => reader.write(bytes(1))).toThrow(Error);
      reader.close();
      const writer = open({ in: undefined });
      expect(() => writer.read(1)).toThrow(Error);
      expect(() => writer.transfer(bytes(1))).toThrow(Error);
    });

    it("throws when the bus and select pin are in use; another select pin shares the bus", () => {
      const spi = open({ select: 5 });
      expect(() => open({ select: 5 })).toThrow(expect.objectContaining({ code: "in-use" }));
      open({ select: 6 });
      spi.close();
      open({ select: 5 });
    });

    it("may be closed twice, and every method but close throws after", () => {
      const spi = open();
      spi.close();
      spi.close();
      expect(() => spi.read(1)).toThrow(Error);
      expect(() => spi.write(bytes(1))).toThrow(Error);
      expect(() => spi.transfer(bytes(1))).toThrow(Error);
      expect(() => spi.flush()).toThrow(Error);
    });
  });
}
