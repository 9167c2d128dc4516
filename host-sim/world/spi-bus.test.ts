import { describe, expect, it } from "vitest";
import { spiSuite } from "../../hal/spi.test-suite";
import { WorldBoard } from "./board";
import { Kernel } from "./kernel";
import { RandomBranch } from "./random";
import { virtualTime } from "./virtual-time.test-suite";

/** 8 µs a byte. */
const OPTIONS = { out: 23, in: 19, clock: 18, hz: 1_000_000 };

type Shift = { readonly bytes: number[]; readonly hz: number; readonly atUs: number };

function world() {
  const kernel = new Kernel();
  const board = new WorldBoard(kernel, new RandomBranch(1));
  const shifts: Shift[] = [];
  board.spi(18, 23).attach({ shift: (bytes, hz) => shifts.push({ bytes: [...bytes], hz, atUs: kernel.nowUs() }) });
  return { kernel, board, shifts, bus: board.spi(18, 23), SPI: board.io.SPI! };
}

spiSuite("the world", () => {
  const { kernel, SPI, shifts } = world();
  return { ...virtualTime(kernel), SPI, options: OPTIONS, shifted: () => shifts.flatMap((shift) => shift.bytes) };
});

describe("SPIBus", () => {
  it("shifts a write at once when idle, and says how fast", () => {
    const { SPI, shifts, bus } = world();
    new SPI(OPTIONS).write(Uint8Array.of(1, 2));
    expect(shifts).toEqual([{ bytes: [1, 2], hz: 1_000_000, atUs: 0 }]);
    expect([bus.busy, bus.busyUs, bus.writes, bus.bytes]).toEqual([true, 16, 1, 2]);
  });

  it("makes a write wait for the one before it", () => {
    const { kernel, SPI, shifts, bus } = world();
    const spi = new SPI(OPTIONS);
    for (let i = 1; i <= 3; i++) spi.write(new Uint8Array(10).fill(i));
    kernel.runUntil(79);
    expect(shifts).toHaveLength(1);
    kernel.runUntil(1000);
    expect(shifts.map((shift) => [shift.bytes[0], shift.atUs])).toEqual([
      [1, 0],
      [2, 80],
      [3, 160],
    ]);
    expect(bus.busy).toBe(false);
  });

  it("keeps the order at the very instant when the bus falls idle", () => {
    const { kernel, SPI, shifts } = world();
    const spi = new SPI(OPTIONS);
    kernel.at(80, () => spi.write(Uint8Array.of(3)));
    spi.write(new Uint8Array(10).fill(1));
    spi.write(Uint8Array.of(2));
    kernel.runUntil(1000);
    expect(shifts.map((shift) => shift.bytes[0])).toEqual([1, 2, 3]);
  });

  it("lets a target answer in a transfer, to its own select pin alone", () => {
    const { kernel, SPI, bus, shifts } = world();
    const heard: number[][] = [];
    bus.attach(
      {
        shift: (bytes) => heard.push([...bytes]),
        exchange: (bytes) => bytes.set(bytes.map((byte) => byte ^ 0x0f)),
      },
      5,
    );
    const chosen = new SPI({ ...OPTIONS, select: 5 });
    const other = new SPI({ ...OPTIONS, select: 6 });
    const bytes = Uint8Array.of(0x10, 0x20);
    chosen.transfer(bytes);
    expect([...bytes]).toEqual([0x1f, 0x2f]);
    other.transfer(bytes);
    expect([...bytes]).toEqual([0xff, 0xff]);
    expect(shifts.map((shift) => shift.bytes)).toEqual([
      [0x10, 0x20],
      [0x1f, 0x2f],
    ]);
    expect([bus.busyUs, bus.busy]).toEqual([32, false]);
    for (let i = 1; i <= 3; i++) chosen.write(Uint8Array.of(i));
    expect(heard).toEqual([[1]]);
    chosen.transfer(bytes);
    expect(heard).toEqual([[1], [2], [3]]);
    kernel.runUntil(1000);
    expect(heard).toHaveLength(3);
  });

  it("takes a bounded number of waiting bytes, all of a write or none", () => {
    const { kernel, SPI, shifts } = world();
    const spi = new SPI(OPTIONS);
    spi.write(Uint8Array.of(0));
    spi.write(new Uint8Array(16 * 1024));
    expect(() => spi.write(Uint8Array.of(1))).toThrow(expect.objectContaining({ code: "buffer-full" }));
    kernel.runUntil(1_000_000);
    expect(shifts).toHaveLength(2);
    spi.write(Uint8Array.of(1));
    expect(shifts).toHaveLength(3);
  });

  it("lets only the selected target hear, and those without a select pin everything", () => {
    const { SPI, shifts, bus, kernel } = world();
    const selected: number[] = [];
    const target = { shift: (bytes: Uint8Array) => void selected.push(...bytes) };
    bus.attach(target, 5);
    new SPI({ ...OPTIONS, select: 5 }).write(Uint8Array.of(1));
    kernel.runUntil(100);
    new SPI({ ...OPTIONS, select: 6 }).write(Uint8Array.of(2));
    expect(selected).toEqual([1]);
    expect(shifts).toHaveLength(2);
    bus.detach(target);
  });

  it("reads an idle line: all ones", () => {
    const { SPI } = world();
    const spi = new SPI(OPTIONS);
    expect([...new Uint8Array(spi.read(2))]).toEqual([0xff, 0xff]);
    const buffer = Uint8Array.of(1, 2);
    spi.transfer(buffer);
    expect([...buffer]).toEqual([0xff, 0xff]);
  });
});
