/** What hal/flash.ts says about flash partitions, for any provider. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FlashPartition, FlashStorage } from "./flash";
import { pattern } from "./harness.test-suite";

export interface FlashHarness {
  readonly flash: FlashStorage;
  /** A partition of at least three blocks, all erased. */
  readonly path: string;
  dispose?(): void;
}

export function flashSuite(provider: string, makeHarness: () => FlashHarness): void {
  describe(`flash of ${provider}`, () => {
    let harness: FlashHarness;
    let opened: FlashPartition[];

    beforeEach(() => {
      harness = makeHarness();
      opened = [];
    });

    afterEach(() => {
      for (const partition of opened) partition.close();
      harness.dispose?.();
    });

    function open(options: object = {}): FlashPartition {
      const partition = harness.flash.open({ path: harness.path, ...options });
      opened.push(partition);
      return partition;
    }

    it.each([
      ["no path", { path: undefined }, TypeError],
      ["an empty path", { path: "" }, RangeError],
      ["another mode", { mode: "w" }, RangeError],
      ["another format", { format: "number" }, RangeError],
      ["a partition that is not there", { path: "nowhere" }, Error],
    ])("throws for %s", (_what, wrong, error) => {
      expect(() => open(wrong)).toThrow(error);
      open();
    });

    it("throws without options, ignores unknown ones and takes frozen ones", () => {
      expect(() => harness.flash.open(undefined as never)).toThrow(TypeError);
      const partition = harness.flash.open(Object.freeze({ path: harness.path, colour: "red" } as never));
      opened.push(partition);
      expect(partition.format).toBe("buffer");
      expect(() => (partition.format = "number")).toThrow(RangeError);
    });

    it("tells its size as blocks of one length", () => {
      const { size, blocks, blockLength } = open().status();
      expect(blocks).toBeGreaterThanOrEqual(3);
      expect(size).toBe(blocks * blockLength);
    });

    it("reads what was written, into a buffer, a view or a new buffer, across the bound of a block", () => {
      const partition = open();
      const { blockLength } = partition.status();
      partition.write(pattern(500), blockLength - 100);
      const into = new Uint8Array(520).fill(0x55);
      expect(partition.read(into.subarray(10, 510), blockLength - 100)).toBe(500);
      expect([...into]).toEqual([...Array(10).fill(0x55), ...pattern(500), ...Array(10).fill(0x55)]);
      expect([...new Uint8Array(partition.read(500, blockLength - 100))]).toEqual([...pattern(500)]);
      const whole = new ArrayBuffer(4);
      partition.read(whole, blockLength - 100);
      expect([...new Uint8Array(whole)]).toEqual([0, 1, 2, 3]);
      expect([...new Uint8Array(partition.read(2, blockLength - 102))]).toEqual([0xff, 0xff]);
    });

    it("only clears bits when it writes, and sets them when it erases", () => {
      const partition = open();
      partition.write(Uint8Array.of(0b1111_0000), 3);
      partition.write(Uint8Array.of(0b1010_1010), 3);
      expect([...new Uint8Array(partition.read(5, 0))]).toEqual([255, 255, 255, 0b1010_0000, 255]);
      partition.eraseBlock(0);
      expect([...new Uint8Array(partition.read(5, 0))]).toEqual([255, 255, 255, 255, 255]);
    });

    it("erases whole blocks and no others", () => {
      const partition = open();
      const { blockLength } = partition.status();
      const zero = new Uint8Array(3 * blockLength);
      partition.write(zero, 0);
      partition.eraseBlock(1);
      expect(bounds(partition, blockLength)).toEqual([0, 0, 255, 255, 0, 0]);
      partition.write(zero, 0);
      partition.eraseBlock(0, 2);
      expect(bounds(partition, blockLength)).toEqual([255, 255, 255, 255, 0, 0]);
      partition.eraseBlock(2, 2);
      expect(bounds(partition, blockLength)).toEqual([255, 255, 255, 255, 0, 0]);
    });

    it("keeps what was written when it is closed and opened again", () => {
      const first = open();
      first.write(pattern(300), 1000);
      first.close();
      expect([...new Uint8Array(open().read(300, 1000))]).toEqual([...pattern(300)]);
    });

    it("stays within the partition", () => {
      const partition = open();
      const { size, blocks } = partition.status();
      for (const wrong of [
        () => partition.read(2, size - 1),
        () => partition.read(1, -1),
        () => partition.write(new Uint8Array(2), size - 1),
        () => partition.write(new Uint8Array(1), 0.5),
        () => partition.eraseBlock(blocks),
        () => partition.eraseBlock(-1),
        () => partition.eraseBlock(0, blocks + 1),
      ])
        expect(wrong).toThrow(RangeError);
      expect(() => partition.write("text" as never, 0)).toThrow(TypeError);
    });

    it("does not write when it was opened for reading", () => {
      const partition = open({ mode: "r" });
      expect(() => partition.write(new Uint8Array(1), 0)).toThrow(Error);
      expect(() => partition.eraseBlock(0)).toThrow(Error);
      expect([...new Uint8Array(partition.read(1, 0))]).toEqual([255]);
    });

    it("closes twice, and does nothing after that", () => {
      const partition = open();
      partition.close();
      partition.close();
      for (const call of [
        () => partition.read(1, 0),
        () => partition.write(new Uint8Array(1), 0),
        () => partition.eraseBlock(0),
        () => partition.status(),
      ])
        expect(call).toThrow(Error);
    });
  });
}

/** First and last byte of three blocks. */
function bounds(partition: FlashPartition, blockLength: number): number[] {
  const all = new Uint8Array(partition.read(3 * blockLength, 0));
  return [0, 1, 2].flatMap((block) => [all[block * blockLength], all[(block + 1) * blockLength - 1]]);
}
