import { describe, expect, it } from "vitest";
import { WorldClock } from "../../host-sim/world/clock";
import { Kernel } from "../../host-sim/world/kernel";
import { RandomBranch } from "../../host-sim/world/random";
import { crc8 } from "../word-crc8";
import { Command, MEASURE_COMMAND, MEASURE_US, WAKE_US } from "./constants";
import { SHTC3Emulator } from "./emulator";

function part() {
  const kernel = new Kernel();
  const air = { temperature: -45 + (175 * 0x6666) / 65_536, humidity: 50, smoke: 0 };
  const target = new SHTC3Emulator({} as never, {
    clock: new WorldClock(kernel),
    random: new RandomBranch(3),
    quantity: (name) => air[name as keyof typeof air],
    recorded: () => true,
  });
  const wait = (us: number) => kernel.runUntil(kernel.nowUs() + us);
  wait(WAKE_US);
  const send = (command: number) => target.write(Uint8Array.of(command >> 8, command & 0xff));
  const read = (length: number) => {
    const into = new Uint8Array(length);
    return target.read(into) ? [...into] : undefined;
  };
  return { send, read, wait };
}

describe("the SHTC3's emulator", () => {
  it("is idle after power-up and answers with its identity and that word's checksum", () => {
    const { send, read } = part();
    expect(send(Command.readId)).toBe(true);
    expect(read(3)).toEqual([0x08, 0x07, crc8(Uint8Array.of(0x08, 0x07), 0, 2)]);
  });

  it("hears nothing but its call while it sleeps, and is awake 240 us after it", () => {
    const { send, read, wait } = part();
    expect(send(Command.sleep)).toBe(true);
    expect(send(Command.readId)).toBe(false);
    expect(send(Command.measureNormal)).toBe(false);
    expect(read(3)).toBeUndefined();
    expect(send(Command.wakeUp)).toBe(true);
    wait(WAKE_US - 1);
    expect(send(Command.readId)).toBe(false);
    wait(1);
    expect(send(Command.readId)).toBe(true);
  });

  it.each(["normal", "low-power"] as const)("measures once in %s mode, and acknowledges nothing meanwhile", (mode) => {
    const { send, read, wait } = part();
    send(MEASURE_COMMAND[mode]);
    wait(MEASURE_US[mode] - 1);
    expect(read(6)).toBeUndefined();
    wait(1);
    expect(read(6)).toEqual([0x66, 0x66, 0x93, 0x80, 0x00, 0xa2]);
    expect(read(6)).toBeUndefined();
  });
});
