import { describe, expect, it } from "vitest";
import { flashSuite } from "../../hal/flash.test-suite";
import { ERASE_STEPS, NorFlash, PowerCut, WorldFlash } from "./flash";
import { RandomBranch } from "./random";

function chip(seed = 1, blocks = 4): NorFlash {
  return new NorFlash(blocks, new RandomBranch(seed), 256);
}

flashSuite("the world", () => ({
  flash: new WorldFlash(new Map([["outbox", new NorFlash(4, new RandomBranch(1))]])),
  path: "outbox",
}));

describe("NorFlash", () => {
  it("leaves the bytes before a cut programmed, part of the bits of the one that it meets, and works again with power", () => {
    const met = new Set<number>();
    const after = new Set<number>();
    for (let seed = 0; seed < 64; seed++) {
      const flash = chip(seed);
      flash.cutAfter(2);
      expect(() => flash.program(10, new Uint8Array(5))).toThrow(PowerCut);
      expect(() => flash.read(0, new Uint8Array(1))).toThrow(PowerCut);
      expect([...flash.bytes.subarray(9, 12)]).toEqual([0xff, 0, 0]);
      expect(flash.bytes[15]).toBe(0xff);
      met.add(flash.bytes[12]);
      after.add(flash.bytes[14]);
      flash.powerUp();
      flash.program(12, new Uint8Array(3));
      expect([...flash.bytes.subarray(9, 16)]).toEqual([0xff, 0, 0, 0, 0, 0, 0xff]);
    }
    expect(met.size).toBeGreaterThan(20);
    // In half of the cuts the chip had begun with the rest.
    expect(after.size).toBeGreaterThan(10);
    expect(after).toContain(0xff);
  });

  it("lets marginal bits read differently after each power-up, until they are programmed or erased", () => {
    const flash = chip();
    flash.cutAfter(0);
    expect(() => flash.program(0, Uint8Array.of(0))).toThrow(PowerCut);
    const read = () => {
      flash.powerUp();
      return flash.bytes[0];
    };
    expect(new Set(Array.from({ length: 20 }, read)).size).toBeGreaterThan(5);
    flash.program(0, Uint8Array.of(0xf0));
    expect(new Set(Array.from({ length: 50 }, () => read() & 0x0f))).toEqual(new Set([0]));
    flash.erase(0);
    expect(new Set(Array.from({ length: 20 }, read))).toEqual(new Set([0xff]));
  });

  it("leaves every bit of a half-erased block at its old value or at 1", () => {
    for (let step = 0; step < ERASE_STEPS; step++) {
      const flash = chip(step);
      flash.program(256, new Uint8Array(256).fill(0x0f));
      flash.cutAfter(step);
      expect(() => flash.erase(1)).toThrow(PowerCut);
      const block = flash.bytes.slice(256, 512);
      expect(block.every((byte) => (byte & 0x0f) === 0x0f)).toBe(true);
      expect(new Set(block).size === 1).toBe(step === 0);
      flash.powerUp();
      flash.erase(1);
      expect([...flash.eraseCounts]).toEqual([0, 2, 0, 0]);
      expect(flash.bytes.every((byte) => byte === 0xff)).toBe(true);
    }
  });

  it("programs at once, onto erased cells and others, what it programs byte by byte when somebody watches", () => {
    const random = new RandomBranch(9);
    const below = (bound: number) => random.uint32() % bound;
    const flash = chip();
    const watched = chip();
    watched.onMoment = () => undefined;
    for (let i = 0; i < 2_000; i++) {
      const address = below(1024 - 40);
      const data = Uint8Array.from({ length: below(40) }, () => random.uint32());
      for (const one of [flash, watched]) {
        one.program(address, data);
        if (i % 20 === 19) one.erase((i / 20) & 3);
      }
      expect(flash.bytes).toEqual(watched.bytes);
      expect(flash.impossibleBits).toBe(watched.impossibleBits);
    }
    expect(flash.steps).toBe(watched.steps);
    expect(flash.impossibleBits).toBeGreaterThan(0);
  });

  it("counts bits that nobody can program back to 1", () => {
    const flash = chip();
    flash.program(0, Uint8Array.of(0x0f));
    flash.program(0, Uint8Array.of(0x0e));
    expect(flash.impossibleBits).toBe(0);
    flash.program(0, Uint8Array.of(0xf0));
    expect(flash.impossibleBits).toBe(1);
  });
});
