/** What light.ts says about `LightEmitter`, for any implementation. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bytes, type Harness } from "./harness.test-suite";
import type { LightEmitter, LightEmitterConstructor, LightEmitterOptions, LightFrame } from "./light";

export interface LightHarness extends Harness {
  readonly LightEmitter: LightEmitterConstructor;
  /** Options without `clockHz` and what the line code is. */
  readonly options: Pick<LightEmitterOptions, "pin">;
  /** Frames that left since the last call, each as `1` and `0`: by tenths of a clock period for VPPM, by periods otherwise. */
  frames(): string[];
  /** It takes frames while one is on its way, and sends them behind it. */
  readonly queues: boolean;
  /** It holds the light between frames: what is repeated there, by clock periods. */
  idle?(): string;
}

/** Five chips, then three line bits: 1, 0, 1. */
const FRAME: LightFrame = {
  octets: bytes(0b10110, 0b101, 0, 0),
  preambleChips: 5,
  bitsAt: 1,
  bitCount: 3,
  headerBits: 0,
  headerLength: -1,
};
const MANCHESTER = { clockHz: 200_000, lineCode: "manchester", maxOctets: 4 } as const;
const VPPM = { clockHz: 400_000, lineCode: "vppm", maxOctets: 4 } as const;

export function lightSuite(implementation: string, makeHarness: () => LightHarness): void {
  describe(`LightEmitter of ${implementation}`, () => {
    let harness: LightHarness;
    let opened: LightEmitter[];

    beforeEach(() => {
      harness = makeHarness();
      opened = [];
    });

    afterEach(() => {
      for (const emitter of opened) emitter.close();
      harness.dispose?.();
    });

    function open(options: object = MANCHESTER): LightEmitter {
      const emitter = new harness.LightEmitter({ ...harness.options, ...MANCHESTER, ...options });
      opened.push(emitter);
      return emitter;
    }

    it.each([
      ["no pin", { pin: undefined }, TypeError],
      ["no clock", { clockHz: undefined }, TypeError],
      ["a clock of 1 Hz", { clockHz: 1 }, RangeError],
      ["a line code that nobody defined", { lineCode: "8b10b" }, RangeError],
      ["zeroBegins 2", { zeroBegins: 2 }, RangeError],
      ["an invert that is a number", { invert: 1 }, TypeError],
      ["frames of 0 octets", { maxOctets: 0 }, RangeError],
    ])("throws for %s, and leaves the pin free", (_what, wrong, error) => {
      expect(() => open(wrong)).toThrow(error);
      open();
    });

    it("throws without options, accepts frozen ones", () => {
      expect(() => new harness.LightEmitter(undefined as never)).toThrow(TypeError);
      opened.push(new harness.LightEmitter(Object.freeze({ ...harness.options, ...MANCHESTER })));
    });

    it("sends the preamble plainly and the line bits in Manchester, and has copied them", async () => {
      const octets = Uint8Array.from(FRAME.octets);
      open().send({ ...FRAME, octets });
      octets.fill(0);
      await harness.settle();
      expect(harness.frames()).toEqual([`01101${"10"}${"01"}${"10"}`]);
    });

    it("sends Manchester in its other polarity", async () => {
      open({ zeroBegins: 1 }).send(FRAME);
      await harness.settle();
      expect(harness.frames()).toEqual([`01101${"01"}${"10"}${"01"}`]);
    });

    it("sends VPPM pulses of the duty that it was told last", async () => {
      const emitter = open(VPPM);
      const preamble = Array.from("01101", (chip) => chip.repeat(10)).join("");
      for (const [duty, front, back] of [
        [0.3, "1110000000", "0000000111"],
        [0.7, "1111111000", "0001111111"],
      ] as const) {
        emitter.shine(duty, bytes(0), 8);
        // The same header each time: it has the new duty as well.
        emitter.send({ ...FRAME, headerBits: 2, headerLength: 5 });
        await harness.settle();
        expect(harness.frames()).toEqual([preamble + back + front + back]);
      }
    });

    it.each([
      ["Manchester", MANCHESTER, ["1", "0"], ["10", "01"]],
      ["VPPM", VPPM, ["1".repeat(10), "0".repeat(10)], ["0000011111", "1111100000"]],
    ] as const)("sends frames of any length across octets in %s", async (_name, light, [lit, dark], [one, zero]) => {
      const emitter = open({ ...light, maxOctets: 64 });
      emitter.shine(0.5, bytes(0), 8);
      for (const bitCount of [1, 7, 8, 9, 100, 8 * 40]) {
        const octets = Uint8Array.from({ length: 44 }, (_, i) => (i * 73 + bitCount) & 0xff);
        emitter.send({ ...FRAME, octets, preambleChips: 24, bitsAt: 3, bitCount });
        await harness.settle();
        const bit = (i: number) => (octets[i >> 3] >> (i & 7)) & 1;
        let expected = "";
        for (let i = 0; i < 24; i++) expected += bit(i) === 1 ? lit : dark;
        for (let i = 24; i < 24 + bitCount; i++) expected += bit(i) === 1 ? one : zero;
        expect(harness.frames()).toEqual([expected]);
      }
    });

    it("does not mix up frames that say they have the same header with those that do not", async () => {
      const emitter = open({ maxOctets: 8 });
      const frame = { ...FRAME, octets: bytes(0b10110, 0xff, 0x0f, 0, 0), bitCount: 12, headerBits: 8 };
      emitter.send({ ...frame, headerLength: 5 });
      await harness.settle();
      emitter.send({ ...frame, octets: bytes(0b10110, 0xff, 0x05, 0, 0), headerLength: 5 });
      await harness.settle();
      emitter.send({ ...frame, octets: bytes(0b10110, 0x00, 0x05, 0, 0), headerLength: 6 });
      await harness.settle();
      expect(harness.frames()).toEqual([
        `01101${"10".repeat(12)}`,
        `01101${"10".repeat(8)}10011001`,
        `01101${"01".repeat(8)}10011001`,
      ]);
    });

    it("takes no second frame while one is on its way, or sends it behind", async () => {
      const emitter = open();
      emitter.send(FRAME);
      if (harness.queues) emitter.send(FRAME);
      else expect(() => emitter.send(FRAME)).toThrow(expect.objectContaining({ code: "buffer-full" }));
      await harness.settle();
      expect(harness.frames().length).toBe(harness.queues ? 2 : 1);
      emitter.send(FRAME);
      await harness.settle();
      expect(harness.frames().length).toBe(1);
    });

    it.each([
      ["more octets than it has", { bitCount: 100 }],
      ["line bits within the preamble", { bitsAt: 0 }],
      ["no line bits", { bitCount: 0 }],
      ["more than was announced", { octets: new Uint8Array(9), bitCount: 60 }],
      ["half a chip", { preambleChips: 4.5 }],
    ])("refuses a frame of %s, and sends nothing", async (_what, wrong) => {
      const emitter = open();
      expect(() => emitter.send({ ...FRAME, ...wrong })).toThrow(RangeError);
      await harness.settle();
      expect(harness.frames()).toEqual([]);
    });

    it.each([
      ["a duty of 0", 0, bytes(0), 8, RangeError],
      ["a duty of 1", 1, bytes(0), 8, RangeError],
      ["a duty that is a text", "0.5", bytes(0), 8, TypeError],
      ["no chips", 0.5, bytes(0), 0, RangeError],
      ["more chips than octets", 0.5, bytes(0), 9, RangeError],
      ["more chips than a pattern may have", 0.5, new Uint8Array(20), 101, RangeError],
      ["a pattern that is a text", 0.5, "11", 2, TypeError],
    ])("refuses to shine with %s", (_what, duty, idle, chips, error) => {
      expect(() => open(VPPM).shine(duty as number, idle as Uint8Array, chips)).toThrow(error);
    });

    it("repeats the idle pattern between frames, where it can", async () => {
      if (harness.idle === undefined) return;
      const emitter = open();
      const idle = bytes(0b1101, 0b1);
      emitter.shine(0.5, idle, 9);
      idle.fill(0);
      await harness.settle();
      expect(harness.idle()).toBe("101100001");
      emitter.send(FRAME);
      emitter.shine(0.5, bytes(0b01), 2);
      await harness.settle();
      expect(harness.frames().length).toBe(1);
      expect(harness.idle()).toBe("10");
      for (const level of ["0", "1"]) {
        emitter.shine(0.5, bytes(level === "1" ? 0xff : 0), 8);
        await harness.settle();
        expect(harness.idle()).toBe(level.repeat(8));
      }
    });

    it("throws when the pin is in use, may be closed twice, and throws after", () => {
      const emitter = open();
      expect(() => open()).toThrow(expect.objectContaining({ code: "in-use" }));
      emitter.close();
      emitter.close();
      expect(() => emitter.send(FRAME)).toThrow(Error);
      expect(() => emitter.shine(0.5, bytes(0), 8)).toThrow(Error);
      open();
    });
  });
}
