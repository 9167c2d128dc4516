import { describe, expect, it } from "vitest";
import { Kernel } from "../world/kernel";
import { CRC8, CRC16 } from "./crc";
import { type DeviceTimer, deviceModules } from "./modules";

const CHECK = Uint8Array.from("123456789", (character) => character.charCodeAt(0));

describe("the crc module", () => {
  // Check values of the catalogue of parametrised CRC algorithms (reveng.sourceforge.io/crc-catalogue).
  it.each([
    ["CRC-8/SMBUS", new CRC8(0x07), 0xf4],
    ["CRC-8/NRSC-5", new CRC8(0x31, 0xff), 0xf7],
    ["CRC-8/WCDMA", new CRC8(0x9b, 0, true, true), 0x25],
    ["CRC-8/I-432-1", new CRC8(0x07, 0, false, false, 0x55), 0xa1],
    ["CRC-16/MODBUS", new CRC16(0x8005, 0xffff, true, true), 0x4b37],
    ["CRC-16/IBM-SDLC", new CRC16(0x1021, 0xffff, true, true, 0xffff), 0x906e],
    ["CRC-16/XMODEM", new CRC16(0x1021), 0x31c3],
  ])("has the check value of %s", (_name, crc, expected) => {
    expect(crc.checksum(CHECK)).toBe(expected);
    expect(crc.reset().checksum(CHECK)).toBe(expected);
  });

  it("goes on from call to call until it is reset", () => {
    const crc = new CRC8(0x31, 0xff);
    crc.checksum(CHECK.subarray(0, 4));
    expect(crc.checksum(CHECK.subarray(4).slice().buffer)).toBe(0xf7);
  });
});

function world() {
  const kernel = new Kernel();
  const modules = deviceModules(kernel);
  const Timer = modules["timer"]["default"] as {
    set(callback: (timer: DeviceTimer) => void, ms?: number, repeatMs?: number): DeviceTimer;
    repeat(callback: (timer: DeviceTimer) => void, ms: number): DeviceTimer;
    schedule(timer: DeviceTimer, ms?: number, repeatMs?: number): void;
    clear(timer: DeviceTimer | undefined): void;
    delay(ms: number): void;
  };
  const Time = modules["time"]["default"] as {
    ticks: number;
    microseconds: number;
    delta(a: number, b?: number): number;
  };
  const seen: number[] = [];
  const note = () => void seen.push(kernel.nowUs() / 1000);
  return { kernel, Timer, Time, seen, note };
}

describe("the timer module", () => {
  it("calls back once, or again and again, with the timer", () => {
    const { kernel, Timer, seen, note } = world();
    let given: DeviceTimer | undefined;
    const once = Timer.set((timer) => {
      given = timer;
      note();
    }, 5);
    Timer.set(note, 10, 20);
    Timer.repeat(note, 100);
    kernel.runUntil(100_000);
    expect(seen).toEqual([5, 10, 30, 50, 70, 90, 100]);
    expect(given).toBe(once);
  });

  it("calls back as soon as the driver has returned when there is no time", () => {
    const { kernel, Timer, seen, note } = world();
    Timer.set(note);
    expect(seen).toEqual([]);
    kernel.runUntil(0);
    expect(seen).toEqual([0]);
  });

  it("is cleared, also from inside, and scheduled anew", () => {
    const { kernel, Timer, seen, note } = world();
    const repeating = Timer.repeat((timer) => {
      note();
      if (seen.length === 2) Timer.clear(timer);
    }, 10);
    kernel.runUntil(50_000);
    Timer.schedule(repeating, 1);
    Timer.clear(undefined);
    kernel.runUntil(90_000);
    expect(seen).toEqual([10, 20, 51]);
  });

  it("lets virtual time pass in a delay, inside of a callback as well", () => {
    const { kernel, Timer, Time, seen, note } = world();
    Timer.delay(15.5);
    expect(kernel.nowUs()).toBe(15_500);
    Timer.set(() => {
      note();
      Timer.delay(30);
      note();
    }, 4.5);
    Timer.set(note, 14.5);
    kernel.runUntil(40_000);
    expect(seen).toEqual([20, 30, 50]);
    expect([Time.ticks, Time.microseconds, Time.delta(20), Time.delta(20, 25)]).toEqual([50, 50_000, 30, 5]);
  });

  it("refuses what is no callback", () => {
    expect(() => world().Timer.set(undefined as never, 1)).toThrow(TypeError);
  });
});
