import { describe, expect, it } from "vitest";
import type { I2CTarget } from "../../drivers/emulation";
import { i2cSuite } from "../../hal/i2c.test-suite";
import { WorldBoard } from "./board";
import { Kernel } from "./kernel";
import { RandomBranch } from "./random";

/** Stores what is written and reads it back. */
class Memory implements I2CTarget {
  stored = new Uint8Array(0);

  write(bytes: Uint8Array): boolean {
    if (bytes.length > 0) this.stored = Uint8Array.from(bytes);
    return true;
  }

  read(into: Uint8Array): boolean {
    into.set(this.stored.subarray(0, into.length));
    return true;
  }
}

function onesOf(byte: number): number {
  let ones = 0;
  for (let rest = byte; rest > 0; rest >>= 1) ones += rest & 1;
  return ones;
}

const OPTIONS = { data: 21, clock: 22, hz: 400_000, address: 0x44 };

function board(): WorldBoard {
  const board = new WorldBoard(new Kernel(), new RandomBranch(1));
  board.i2c(21, 22).attach(0x44, new Memory());
  return board;
}

i2cSuite("the world", () => ({ I2C: board().io.I2C!, options: OPTIONS, deadAddress: 0x45 }));

describe("I2CBus", () => {
  it("counts transactions, bytes and the time that they keep the wires busy", () => {
    const world = board();
    const bus = world.i2c(21, 22);
    const i2c = new world.io.I2C!(OPTIONS);
    i2c.write(Uint8Array.of(0x24, 0x00));
    i2c.read(6);
    expect([bus.transactions, bus.bytes]).toEqual([2, 8]);
    // Start, stop and address byte: 11 clocks each; 8 data bytes of 9 clocks; 2.5 µs a clock at 400 kHz.
    expect(bus.busyUs).toBeCloseTo((2 * 11 + 8 * 9) * 2.5, 6);
  });

  it("does not acknowledge where nothing hangs, nor when the device says so", () => {
    const world = board();
    const bus = world.i2c(21, 22);
    bus.attach(0x10, { write: () => false, read: () => false });
    for (const address of [0x10, 0x11]) {
      const i2c = new world.io.I2C!({ ...OPTIONS, address });
      expect(() => i2c.read(1)).toThrow(expect.objectContaining({ code: "no-acknowledge" }));
      expect(() => i2c.write(Uint8Array.of(1))).toThrow(expect.objectContaining({ code: "no-acknowledge" }));
    }
    expect(bus.notAcknowledged).toBe(4);
  });

  it("lets a device be taken away and hung up again", () => {
    const world = board();
    const bus = world.i2c(21, 22);
    const i2c = new world.io.I2C!(OPTIONS);
    bus.detach(0x44);
    expect(() => i2c.read(1)).toThrow();
    bus.attach(0x44, new Memory());
    expect(i2c.read(1).byteLength).toBe(1);
    expect(() => bus.attach(0x44, new Memory())).toThrow(expect.objectContaining({ code: "in-use" }));
  });

  it("throws on every transaction while stuck, and works again after", () => {
    const world = board();
    const bus = world.i2c(21, 22);
    const i2c = new world.io.I2C!(OPTIONS);
    bus.stuck = true;
    expect(() => i2c.read(1)).toThrow(expect.objectContaining({ code: "bus" }));
    expect(() => i2c.write(Uint8Array.of(1))).toThrow(expect.objectContaining({ code: "bus" }));
    bus.stuck = false;
    i2c.read(1);
  });

  it("does not acknowledge the next n transactions when told so", () => {
    const world = board();
    const i2c = new world.io.I2C!(OPTIONS);
    world.i2c(21, 22).nackNext(2);
    expect(() => i2c.write(Uint8Array.of(1))).toThrow();
    expect(() => i2c.read(1)).toThrow();
    i2c.write(Uint8Array.of(1));
  });

  it("flips exactly one bit of the next read when told so", () => {
    const world = board();
    const i2c = new world.io.I2C!(OPTIONS);
    i2c.write(Uint8Array.of(0, 0, 0));
    world.i2c(21, 22).corruptNext();
    const corrupted = [...new Uint8Array(i2c.read(3))];
    expect(corrupted.map(onesOf).reduce((sum, ones) => sum + ones)).toBe(1);
    expect([...new Uint8Array(i2c.read(3))]).toEqual([0, 0, 0]);
  });

  it("has pins that serve one bus at a time", () => {
    const world = board();
    const i2c = new world.io.I2C!(OPTIONS);
    expect(() => new world.io.I2C!({ ...OPTIONS, clock: 23, address: 1 })).toThrow(
      expect.objectContaining({ code: "in-use" }),
    );
    i2c.close();
    new world.io.I2C!({ ...OPTIONS, clock: 23, address: 1 });
  });

  it("keeps two buses apart", () => {
    const world = board();
    const other = new Memory();
    world.i2c(5, 6).attach(0x44, other);
    new world.io.I2C!({ ...OPTIONS, data: 5, clock: 6 }).write(Uint8Array.of(9));
    new world.io.I2C!(OPTIONS).write(Uint8Array.of(1));
    expect([...other.stored]).toEqual([9]);
  });
});
