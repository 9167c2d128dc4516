import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WorldClock } from "../../host-sim/world/clock";
import { Kernel } from "../../host-sim/world/kernel";
import { RandomBranch } from "../../host-sim/world/random";
import { QUIET_AIR, type Quantity } from "../emulation";
import type { DevicePlan } from "../plan";
import { crc8 } from "../word-crc8";
import { Command, humidityPercent, MEASURE_COMMAND, MEASURE_US, RESET_US, temperatureCel } from "./constants";
import { emulator } from "./emulator";

const PLAN = { id: "hall-climate", driver: "sht3x", settings: {} } as unknown as DevicePlan;

function part({ recorded = true, seed = 7 } = {}) {
  const kernel = new Kernel();
  const air: Record<Quantity, number> = { ...QUIET_AIR, temperature: 21, humidity: 45 };
  const target = emulator.create(PLAN, {
    clock: new WorldClock(kernel),
    random: new RandomBranch(seed),
    quantity: (name) => air[name],
    recorded: () => recorded,
  }).i2c!;
  const wait = (us: number) => kernel.runUntil(kernel.nowUs() + us);
  const send = (command: number) => target.write(Uint8Array.of(command >> 8, command & 0xff));
  const read = (length: number) => {
    const into = new Uint8Array(length);
    return target.read(into) ? [...into] : undefined;
  };
  /** The two words of one measurement. */
  const measure = () => {
    expect(send(Command.measureHigh)).toBe(true);
    wait(MEASURE_US.high);
    const bytes = read(6)!;
    return [(bytes[0] << 8) | bytes[1], (bytes[3] << 8) | bytes[4]];
  };
  return { air, target, wait, send, read, measure };
}

describe("the SHT3x's emulator", () => {
  it("answers a measurement with two words, each with its checksum", () => {
    const { air, send, wait, read } = part();
    // Words 0x6666 and 0x8000 on the wire.
    air.temperature = -45 + (175 * 0x6666) / 65_535;
    air.humidity = (100 * 0x8000) / 65_535;
    send(Command.measureHigh);
    wait(MEASURE_US.high);
    expect(read(6)).toEqual([0x66, 0x66, 0x93, 0x80, 0x00, 0xa2]);
  });

  it.each([
    ["high", 15_500],
    ["medium", 6_500],
    ["low", 4_500],
  ] as const)("acknowledges nothing while it measures with %s repeatability, %i µs", (repeatability, durationUs) => {
    const { target, send, wait, read } = part();
    expect(send(MEASURE_COMMAND[repeatability])).toBe(true);
    wait(durationUs - 1);
    expect(target.write(new Uint8Array(0))).toBe(false);
    expect(send(Command.readStatus)).toBe(false);
    expect(read(6)).toBeUndefined();
    wait(1);
    expect(read(6)).toHaveLength(6);
  });

  it("gives a measurement once", () => {
    const { send, wait, read } = part();
    send(Command.measureHigh);
    wait(MEASURE_US.high);
    expect(read(6)).toBeDefined();
    expect(read(6)).toBeUndefined();
  });

  it("forgets an answer that was not read when the next command comes", () => {
    const { send, read } = part();
    send(Command.readStatus);
    send(Command.clearStatus);
    expect(read(3)).toBeUndefined();
  });

  it("leaves the line alone after its last byte: a longer read ends in ones", () => {
    const { send, read } = part();
    send(Command.readStatus);
    expect(read(5)).toEqual([0x80, 0x10, crc8(Uint8Array.of(0x80, 0x10), 0, 2), 0xff, 0xff]);
  });

  it("says in its status that it was reset, until that is cleared", () => {
    const { send, read, wait } = part();
    send(Command.clearStatus);
    send(Command.readStatus);
    expect(read(2)).toEqual([0x00, 0x00]);
    send(Command.softReset);
    wait(RESET_US);
    send(Command.readStatus);
    expect(read(2)).toEqual([0x80, 0x10]);
  });

  it("is away for 1.5 ms after a soft reset", () => {
    const { send, wait } = part();
    expect(send(Command.softReset)).toBe(true);
    wait(RESET_US - 1);
    expect(send(Command.measureHigh)).toBe(false);
    wait(1);
    expect(send(Command.measureHigh)).toBe(true);
  });

  it("warms itself with its heater, says so, and cools with a reset", () => {
    const { send, read, wait, measure } = part();
    const cold = temperatureCel(measure()[0]);
    send(Command.heaterOn);
    send(Command.clearStatus);
    send(Command.readStatus);
    expect(read(2)).toEqual([0x20, 0x00]);
    expect(temperatureCel(measure()[0]) - cold).toBeCloseTo(3, 2);
    send(Command.heaterOff);
    expect(temperatureCel(measure()[0])).toBe(cold);
    send(Command.heaterOn);
    send(Command.softReset);
    wait(RESET_US);
    expect(temperatureCel(measure()[0])).toBe(cold);
  });

  it("stays at the ends of its words in air that it cannot measure", () => {
    const { air, measure } = part();
    Object.assign(air, { temperature: 900, humidity: 120 });
    expect(measure()).toEqual([0xffff, 0xffff]);
    Object.assign(air, { temperature: -80, humidity: -1 });
    expect(measure()).toEqual([0, 0]);
  });

  it("adds the noise of its repeatability to a modelled room, and none to a recording", () => {
    const readings = (recorded: boolean) => {
      const { measure } = part({ recorded });
      return Array.from({ length: 500 }, () => measure());
    };
    expect(new Set(readings(true).map(String)).size).toBe(1);
    const noisy = readings(false);
    // Table 1 and 2 give three deviations: 0.06 Cel and 0.08 %RH.
    expect(3 * deviation(noisy.map(([word]) => temperatureCel(word)))).toBeCloseTo(0.06, 2);
    expect(3 * deviation(noisy.map(([, word]) => humidityPercent(word)))).toBeCloseTo(0.08, 2);
  });

  it("has a serial number of its own, from its seed", () => {
    const serial = (seed: number) => {
      const { send, read } = part({ seed });
      send(Command.serialNumber);
      return read(6);
    };
    expect(serial(1)).toEqual(serial(1));
    expect(serial(1)).not.toEqual(serial(2));
  });

  it("does not acknowledge half a command or one that it does not know", () => {
    const { target, send } = part();
    expect(target.write(Uint8Array.of(0x24))).toBe(false);
    expect(send(0xffff)).toBe(false);
  });

  it("survives any traffic, and every word that it sends has its checksum", () => {
    const byte = fc.integer({ min: 0, max: 255 });
    const known = fc.constantFrom(...Object.values(Command)).map((word) => [word >> 8, word & 0xff]);
    const write = fc.oneof(known, fc.array(byte, { maxLength: 8 }));
    const step = fc.record({
      write,
      readLength: fc.constantFrom(0, 1, 2, 3, 6),
      waitUs: fc.integer({ min: 0, max: 20_000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { target, wait } = part({ recorded: false });
        for (const { write, readLength, waitUs } of steps) {
          target.write(Uint8Array.from(write));
          wait(waitUs);
          const into = new Uint8Array(readLength);
          if (!target.read(into)) continue;
          for (let at = 0; at + 3 <= readLength; at += 3)
            // A short answer ends in ones.
            if (into[at] !== 0xff || into[at + 1] !== 0xff || into[at + 2] !== 0xff)
              expect(into[at + 2]).toBe(crc8(into, at, 2));
        }
      }),
    );
  });
});

function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}
