import { describe, expect, it } from "vitest";
import { WorldClock } from "../../host-sim/world/clock";
import { Kernel } from "../../host-sim/world/kernel";
import { RandomBranch } from "../../host-sim/world/random";
import { Configuration, Register } from "./constants";
import { TMP117Emulator } from "./emulator";

function part(celsius: number) {
  const kernel = new Kernel();
  const air = { celsius };
  const context = {
    clock: new WorldClock(kernel),
    random: new RandomBranch(3),
    quantity: () => air.celsius,
    recorded: () => true,
  };
  const target = new TMP117Emulator({} as never, context);
  const read = (register: number) => {
    target.write(Uint8Array.of(register));
    const into = new Uint8Array(2);
    return target.read(into) ? (into[0] << 8) | into[1] : undefined;
  };
  const write = (register: number, word: number) => target.write(Uint8Array.of(register, word >> 8, word));
  return { read, write, air, wait: (us: number) => kernel.runUntil(kernel.nowUs() + us) };
}

describe("the TMP117's emulator", () => {
  // Data sheet, table 7-1 (temperature data format).
  it.each([
    [125, 0x3e80],
    [25, 0x0c80],
    [1, 0x0080],
    [0.007_812_5, 0x0001],
    [0, 0x0000],
    [-0.007_812_5, 0xffff],
    [-1, 0xff80],
    [-25, 0xf380],
  ])("has %d Cel as the data sheet's word %i", (celsius, word) => {
    const { read, write, wait } = part(celsius);
    write(Register.configuration, Configuration.oneShot);
    wait(15_500);
    expect(read(Register.temperature)).toBe(word);
  });

  it("wakes with the data sheet's values, converting continuously", () => {
    const { read, wait } = part(25);
    expect([0, 1, 2, 3, 15].map(read)).toEqual([0x8000, 0x0220, 0x6000, 0x8000, 0x0117]);
    wait(124_000);
    expect(read(Register.configuration)).toBe(0x2220);
    expect(read(Register.configuration)).toBe(0x0220);
    expect(read(Register.temperature)).toBe(0x0c80);
  });

  it("goes on while nobody reads: its result is not older than a conversion", () => {
    const { read, air, wait } = part(25);
    air.celsius = 1;
    wait(10_000_000);
    expect(read(Register.temperature)).toBe(0x0080);
  });

  it("sleeps after one shot, and is away for 2 ms after a soft reset", () => {
    const { read, write, wait } = part(25);
    write(Register.configuration, Configuration.oneShot);
    expect(read(Register.configuration)! & Configuration.modeMask).toBe(Configuration.oneShot);
    wait(15_500);
    expect(read(Register.configuration)).toBe(Configuration.dataReady | Configuration.shutdown);
    write(Register.configuration, Configuration.softReset);
    wait(1_999);
    expect(read(Register.deviceId)).toBeUndefined();
    wait(1);
    expect(read(Register.configuration)).toBe(0x0220);
  });
});
