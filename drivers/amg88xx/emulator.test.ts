import { describe, expect, it } from "vitest";
import { RandomBranch } from "../../host-sim/world/random";
import type { EmulatorContext } from "../emulation";
import type { DevicePlan } from "../plan";
import { FRAME_BYTES, Register } from "./constants";
import { GridEyeEmulator } from "./emulator";

function part(celsius: number) {
  const time = { nowUs: 0 };
  const emulator = new GridEyeEmulator(
    { settings: { gain: "high" } } as unknown as DevicePlan,
    {
      clock: { nowUs: () => time.nowUs },
      random: new RandomBranch(3),
      quantity: (name: string) => (name === "temperature" ? celsius : 0),
      recorded: () => false,
    } as unknown as EmulatorContext,
  );
  const read = (register: number, length: number) => {
    emulator.write(Uint8Array.of(register));
    const into = new Uint8Array(length);
    emulator.read(into);
    return [...into];
  };
  return { emulator, time, read };
}

describe("the AMG88xx's emulator", () => {
  it("gives the thermistor as sign and magnitude, the specification's 0x190 at 25 Cel", () => {
    expect(part(25).read(Register.thermistor, 2)).toEqual([0x90, 0x01]);
    expect(part(-0.25).read(Register.thermistor, 2)).toEqual([0x04, 0x08]);
  });

  it("gives pixels of 12 bits in two's complement around the room's temperature", () => {
    const bytes = part(-25).read(Register.pixels, FRAME_BYTES);
    for (let i = 0; i < FRAME_BYTES; i += 2) {
      expect(bytes[i + 1]).toBe(0x0f);
      // -25 Cel is 0xF9C; noise moves it by a step at most.
      expect(Math.abs(bytes[i] - 0x9c)).toBeLessThanOrEqual(1);
    }
  });

  it("holds a frame until the next is due: 100 ms, or a second", () => {
    const { emulator, time, read } = part(25.1);
    const frame = () => read(Register.pixels, FRAME_BYTES).join();
    const first = frame();
    time.nowUs = 99_999;
    expect(frame()).toBe(first);
    time.nowUs = 100_000;
    expect(frame()).not.toBe(first);
    emulator.write(Uint8Array.of(Register.frameRate, 1));
    time.nowUs = 1_000_000;
    const second = frame();
    time.nowUs = 1_999_999;
    expect(frame()).toBe(second);
  });

  it("forgets its configuration with a reset, and its address counts up", () => {
    const { emulator, read } = part(20);
    emulator.write(Uint8Array.of(Register.interruptLevels, 1, 2, 3, 4, 5, 6));
    expect(read(Register.interruptLevels, 6)).toEqual([1, 2, 3, 4, 5, 6]);
    emulator.write(Uint8Array.of(Register.reset, 0x3f));
    expect(read(Register.interruptLevels, 6)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it("says when a pixel is beyond its range", () => {
    const { emulator, read } = part(20);
    expect(read(Register.status, 1)).toEqual([0]);
    emulator.act("spot", ["1", "1", "90"]);
    expect(read(Register.status, 1)).toEqual([0x04]);
  });
});
