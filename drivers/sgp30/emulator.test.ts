import { describe, expect, it } from "vitest";
import { WorldClock } from "../../host-sim/world/clock";
import { Kernel } from "../../host-sim/world/kernel";
import { RandomBranch } from "../../host-sim/world/random";
import { QUIET_AIR } from "../emulation";
import { Command } from "./constants";
import { SGP30Emulator } from "./emulator";

function part() {
  const kernel = new Kernel();
  const air = { ...QUIET_AIR };
  const target = new SGP30Emulator({
    clock: new WorldClock(kernel),
    random: new RandomBranch(7),
    quantity: (name) => air[name],
    recorded: () => true,
  });
  const send = (command: number, ...more: number[]) =>
    target.write(Uint8Array.of(command >> 8, command & 0xff, ...more));
  const wait = (us: number) => kernel.runUntil(kernel.nowUs() + us);
  const read = (length: number) => {
    const into = new Uint8Array(length);
    return target.read(into) ? [...into] : undefined;
  };
  return { air, target, send, wait, read };
}

describe("the SGP30's emulator", () => {
  it("answers 400 ppm and 0 ppb for 15 s, with the checksums of the data sheet's words", () => {
    const { send, wait, read } = part();
    send(Command.initAirQuality);
    wait(10_000);
    expect(send(Command.measureAirQuality)).toBe(true);
    expect(read(6)).toBeUndefined();
    wait(12_000);
    // 0x0190 and 0x0000 with CRC-8 0x4c and 0x81.
    expect(read(6)).toEqual([0x01, 0x90, 0x4c, 0x00, 0x00, 0x81]);
  });

  it("passes its self test", () => {
    const { send, wait, read } = part();
    send(Command.measureTest);
    wait(220_000);
    expect(read(3)!.slice(0, 2)).toEqual([0xd4, 0x00]);
  });

  it("refuses a word whose checksum is wrong, and a command that it does not know", () => {
    const { send } = part();
    expect(send(Command.setHumidity, 0x0f, 0x80, 0x00)).toBe(false);
    expect(send(0x1234)).toBe(false);
    // 15.5 g/m³, the example of the data sheet: 0x0f80 with CRC 0x62.
    expect(send(Command.setHumidity, 0x0f, 0x80, 0x62)).toBe(true);
  });

  it.each([
    [1000.4, 1000],
    [1480, 1479],
    [1481, 1482],
    [59_980, 59_974],
    [70_000, 60_000],
    [10, 400],
  ])("puts %d ppm out as %d", (ppm, out) => {
    const { air, send, wait, read } = part();
    send(Command.initAirQuality);
    wait(15_000_000);
    air.co2 = ppm;
    send(Command.measureAirQuality);
    wait(12_000);
    const bytes = read(6)!;
    expect((bytes[0] << 8) | bytes[1]).toBe(out);
  });
});
