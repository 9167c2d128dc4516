import { describe, expect, it } from "vitest";
import { WorldBoard } from "./board";
import { Kernel } from "./kernel";
import { Network } from "./network";
import { RandomBranch } from "./random";

const IN_USE = expect.objectContaining({ code: "in-use" });

function board(): WorldBoard {
  return new WorldBoard(new Kernel(), new RandomBranch(1));
}

describe("WorldBoard", () => {
  it("gives the same bus for the same pins, and another for others", () => {
    const world = board();
    expect(world.i2c(21, 22)).toBe(world.i2c(21, 22));
    expect(world.i2c(21, 22)).not.toBe(world.i2c(22, 21));
    expect(world.serial(1)).toBe(world.serial(1));
    expect(world.serial(1)).not.toBe(world.serial(2));
    expect(world.spi(18, 23)).toBe(world.spi(18));
  });

  it("has sockets only when it is put into a network", () => {
    const kernel = new Kernel();
    expect(board().io.TCP).toBeUndefined();
    const host = new Network(kernel, new RandomBranch(1), { latencyUs: 1 }).host("192.0.2.7");
    const { io } = new WorldBoard(kernel, new RandomBranch(1), host);
    expect([io.TCP, io.Listener, io.UDP]).toEqual([host.TCP, host.Listener, host.UDP]);
  });

  it("refuses a pin that serves another bus, whatever its kind, until that is closed", () => {
    const { io } = board();
    const i2c = new io.I2C!({ data: 21, clock: 22, hz: 100_000, address: 1 });
    expect(() => new io.SPI!({ clock: 22, out: 23, hz: 1 })).toThrow(IN_USE);
    expect(() => new io.Serial!({ receive: 21, transmit: 5, baud: 9600 })).toThrow(IN_USE);
    expect(() => new io.Serial!({ port: 1, receive: 22, transmit: 5, baud: 9600 })).toThrow(IN_USE);
    i2c.close();
    const spi = new io.SPI!({ clock: 22, out: 23, hz: 1 });
    expect(() => new io.I2C!({ data: 21, clock: 22, hz: 100_000, address: 1 })).toThrow(IN_USE);
    spi.close();
    new io.Serial!({ receive: 21, transmit: 5, baud: 9600 });
  });

  it("keeps a shared pin until the last instance that uses it is closed", () => {
    const { io } = board();
    const first = new io.I2C!({ data: 21, clock: 22, hz: 100_000, address: 1 });
    const second = new io.I2C!({ data: 21, clock: 22, hz: 400_000, address: 2 });
    first.close();
    first.close();
    expect(() => new io.SPI!({ clock: 21, out: 23, hz: 1 })).toThrow(IN_USE);
    second.close();
    new io.SPI!({ clock: 21, out: 23, hz: 1 });
  });

  it("lets go of the pins when a constructor fails", () => {
    const { io } = board();
    const i2c = new io.I2C!({ data: 21, clock: 22, hz: 100_000, address: 1 });
    expect(() => new io.I2C!({ data: 21, clock: 22, hz: 100_000, address: 1 })).toThrow(IN_USE);
    i2c.close();
    new io.SPI!({ clock: 21, out: 22, hz: 1 });
  });

  it("takes one pin for both directions of a three-wire SPI", () => {
    const { io } = board();
    const spi = new io.SPI!({ clock: 18, out: 23, in: 23, hz: 1 });
    spi.close();
    new io.I2C!({ data: 23, clock: 18, hz: 100_000, address: 1 });
  });

  it("refuses a second Serial on a port, by number or by pins", () => {
    const { io } = board();
    new io.Serial!({ port: 1, baud: 9600 });
    expect(() => new io.Serial!({ port: 1, baud: 9600 })).toThrow(IN_USE);
    new io.Serial!({ receive: 16, transmit: 17, baud: 9600 });
    expect(() => new io.Serial!({ receive: 16, transmit: 17, baud: 9600 })).toThrow(IN_USE);
  });

  it("answers nothing on pins where nothing hangs", () => {
    const { io } = board();
    expect(() => new io.I2C!({ data: 1, clock: 2, hz: 1, address: 3 }).read(1)).toThrow(
      expect.objectContaining({ code: "no-acknowledge" }),
    );
    new io.Serial!({ port: 9, baud: 9600 }).write(Uint8Array.of(1));
    new io.SPI!({ clock: 5, out: 6, hz: 1 }).write(Uint8Array.of(1));
  });
});
