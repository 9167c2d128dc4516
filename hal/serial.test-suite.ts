/** What ECMA-419 sections 8 to 10 say about `Serial`, for any provider. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bytes, type Harness, Inside, numbers, pattern } from "./harness.test-suite";
import type { Serial, SerialConstructor, SerialOptions } from "./io";

export interface SerialHarness extends Harness {
  readonly Serial: SerialConstructor;
  /** Options that open the port under test. */
  readonly options: SerialOptions;
  /** False where what was written cannot be taken back: flushing the output is refused. Default true. */
  readonly flushesOutput?: boolean;
  /** What the other end of the wires has heard since the port was opened. */
  heard(): readonly number[];
  /** Lets the other end say something. The port is open. */
  say(bytes: Uint8Array): void;
}

export function serialSuite(provider: string, makeHarness: () => SerialHarness | Promise<SerialHarness>): void {
  describe(`Serial of ${provider}`, () => {
    let harness: SerialHarness;
    let opened: Serial[];

    beforeEach(async () => {
      harness = await makeHarness();
      opened = [];
    });

    afterEach(async () => {
      for (const serial of opened) serial.close();
      await harness.settle();
      await harness.dispose?.();
    });

    function open(options: Partial<SerialOptions> = {}): Serial {
      const serial = new harness.Serial({ ...harness.options, ...options });
      opened.push(serial);
      return serial;
    }

    async function ready(
      options: Partial<SerialOptions> = {},
    ): Promise<{ serial: Serial; readable: number[]; writable: number[] }> {
      const readable: number[] = [];
      const writable: number[] = [];
      const serial = open({
        onReadable: (count) => void readable.push(count),
        onWritable: (count) => void writable.push(count),
        ...options,
      });
      await harness.until(() => writable.length > 0, "the port is ready");
      return { serial, readable, writable };
    }

    /** Both queues, where that can be done. */
    function flushAll(serial: Serial): void {
      if (harness.flushesOutput === false) serial.flush(true, false);
      else serial.flush();
    }

    describe("constructor", () => {
      it.each([
        ["a baud that is a string", { baud: "9600" }, TypeError],
        ["no baud", { baud: undefined }, TypeError],
        ["baud 0", { baud: 0 }, RangeError],
        ["a port that is neither number nor string", { port: {} }, TypeError],
        ["six data bits", { data: 6 }, RangeError],
        ["three stop bits", { stop: 3 }, RangeError],
        ["an unknown parity", { parity: "mark" }, RangeError],
        ["an unknown format", { format: "string" }, RangeError],
        ["onReadable that is no function", { onReadable: 1 }, TypeError],
      ])("throws for %s, and leaves the port free", async (_what, wrong, error) => {
        expect(() => new harness.Serial({ ...harness.options, ...(wrong as object) })).toThrow(error);
        await ready();
      });

      it("throws without options", () => {
        expect(() => new harness.Serial(undefined as never)).toThrow(TypeError);
      });

      it("ignores unknown properties, accepts frozen options and keeps target", () => {
        const target = {};
        const serial = new harness.Serial(Object.freeze({ ...harness.options, target, io: 1, colour: "red" }));
        opened.push(serial);
        expect((serial as unknown as { target: unknown }).target).toBe(target);
        expect(serial.format).toBe("buffer");
      });

      it("throws when the port is in use, and opens again after close", async () => {
        const { serial } = await ready();
        expect(() => open()).toThrow(expect.objectContaining({ code: "in-use" }));
        serial.close();
        await ready();
      });
    });

    it("calls onWritable first, with the instance as `this`, and not from inside the constructor", async () => {
      const calls: string[] = [];
      let self: unknown;
      let constructed = false;
      const serial = open({
        onWritable(count) {
          self = this;
          calls.push(`${constructed ? "writable" : "too early"} ${count > 0}`);
        },
        onReadable: () => void calls.push("readable"),
      });
      constructed = true;
      await harness.until(() => calls.length > 0, "ready");
      expect(calls).toEqual(["writable true"]);
      expect(self).toBe(serial);
    });

    it("throws on an unsupported format and keeps the old one", async () => {
      const { serial } = await ready();
      expect(() => (serial.format = "string")).toThrow(Error);
      expect(serial.format).toBe("buffer");
    });

    it("sends bytes in order, single ones in number format", async () => {
      const { serial } = await ready();
      const buffer = bytes(9, 1, 2, 9);
      serial.write(buffer.subarray(1, 3));
      serial.write(new DataView(buffer.buffer, 3, 1));
      buffer.fill(0);
      serial.format = "number";
      serial.write(255);
      expect(() => serial.write(256)).toThrow(RangeError);
      expect(() => serial.write(bytes(1))).toThrow(TypeError);
      await harness.until(() => harness.heard().length >= 4, "four bytes");
      expect(harness.heard()).toEqual([1, 2, 9, 255]);
    });

    it("throws when not all bytes fit, and then sends none", async () => {
      const { serial, writable } = await ready();
      const free = writable.at(-1)!;
      expect(() => serial.write(new Uint8Array(free + 1).fill(7))).toThrow(Error);
      serial.write(pattern(free));
      await harness.until(() => harness.heard().length >= free, "the whole buffer");
      await harness.settle();
      expect(harness.heard()).toEqual([...pattern(free)]);
      await harness.until(() => writable.length > 1 && writable.at(-1) === free, "room again");
    });

    it("reads everything, up to a number of bytes, or what fits into a buffer", async () => {
      const { serial, readable } = await ready();
      expect(serial.read()).toBeUndefined();
      expect(serial.read(1)).toBeUndefined();
      expect(serial.read(new Uint8Array(4))).toBeUndefined();
      harness.say(bytes(1, 2, 3, 4, 5, 6, 7, 8));
      await harness.until(() => readable.at(-1) === 8, "eight bytes");
      expect(numbers(serial.read(2))).toEqual([1, 2]);
      const into = new Uint8Array(4);
      expect(serial.read(into.subarray(1, 3))).toBe(2);
      expect([...into]).toEqual([0, 3, 4, 0]);
      serial.format = "number";
      expect(serial.read()).toBe(5);
      serial.format = "buffer";
      expect(numbers(serial.read(100))).toEqual([6, 7, 8]);
      expect(serial.read()).toBeUndefined();
      expect(() => serial.read(-1)).toThrow(RangeError);
    });

    it("calls onReadable with the total, and again only for more", async () => {
      const { readable } = await ready();
      harness.say(bytes(1, 2, 3));
      await harness.until(() => readable.at(-1) === 3, "three bytes");
      const calls = readable.length;
      await harness.settle();
      expect(readable).toHaveLength(calls);
      harness.say(bytes(4));
      await harness.until(() => readable.at(-1) === 4, "four bytes in all");
    });

    it("flushes the input, the output or both; one argument alone throws", async () => {
      const { serial, readable } = await ready();
      harness.say(bytes(1, 2, 3));
      await harness.until(() => readable.at(-1) === 3, "three bytes");
      expect(() => serial.flush(true)).toThrow(Error);
      serial.flush(false, false);
      expect(numbers(serial.read(1))).toEqual([1]);
      serial.flush(true, false);
      expect(serial.read()).toBeUndefined();
      flushAll(serial);
    });

    it("drops what was not sent when the output is flushed, and tells that there is room", async () => {
      const { serial, writable } = await ready();
      const free = writable.at(-1)!;
      serial.write(pattern(free));
      const calls = writable.length;
      if (harness.flushesOutput === false) {
        expect(() => serial.flush(false, true)).toThrow(expect.objectContaining({ code: "unsupported" }));
        return;
      }
      serial.flush(false, true);
      await harness.until(() => writable.length > calls, "room again");
      await harness.settle();
      expect(harness.heard().length).toBeLessThan(free);
      serial.write(bytes(1));
    });

    it("never calls back from inside a method of the same instance", async () => {
      const inside = new Inside();
      const serial = inside.run(() =>
        open({ onWritable: () => inside.check(), onReadable: () => inside.check(), onError: () => inside.check() }),
      );
      await harness.settle();
      inside.run(() => serial.write(bytes(1, 2, 3)));
      harness.say(bytes(1, 2, 3));
      await harness.settle();
      inside.run(() => serial.read());
      inside.run(() => flushAll(serial));
      inside.run(() => serial.close());
      expect(inside.violations).toBe(0);
    });

    it("calls nothing after close, which may be repeated, and every method but close throws", async () => {
      const { serial, readable, writable } = await ready();
      harness.say(bytes(1, 2, 3));
      serial.write(bytes(1));
      const calls = readable.length + writable.length;
      serial.close();
      serial.close();
      await harness.settle();
      expect(readable.length + writable.length).toBe(calls);
      expect(() => serial.read()).toThrow(Error);
      expect(() => serial.write(bytes(1))).toThrow(Error);
      expect(() => serial.flush()).toThrow(Error);
    });

    it("may be closed before it is ready", async () => {
      let calls = 0;
      const serial = open({ onWritable: () => void calls++ });
      serial.close();
      await harness.settle();
      expect(calls).toBe(0);
      await ready();
    });
  });
}
