import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Quality } from "../contract";
import { PINS, partBench } from "../part-bench.test-suite";
import type { PlanMap } from "../plan";
import { Outcome } from "../stepped-sensor";
import { crc8 } from "../word-crc8";
import { ADDRESS, Command, RANGE } from "./constants";
import { driver, SCD4x } from "./driver";
import { emulator, type SCD4xEmulator } from "./emulator";

function bench(settings: PlanMap = { mode: "periodic", altitude: 0 }, everyMs = 5000) {
  return partBench({
    driver,
    emulator,
    address: ADDRESS,
    channels: ["co2", "temperature", "humidity"],
    settings,
    everyMs,
  });
}

const commands = (written: number[][]) => written.map(([high, low]) => (high << 8) | low);
const within = ({ min, max }: { min: number; max: number }) => fc.double({ min, max, noNaN: true });

describe("the scd4x driver", () => {
  it("stops what may still run, asks who is there, starts, and then reads what waits", () => {
    const { tick, written, readings, links } = bench();
    tick();
    expect(commands(written)).toEqual([
      Command.stopPeriodic,
      Command.getSerialNumber,
      Command.getVariant,
      Command.setAltitude,
      Command.startPeriodic,
    ]);
    // Half a second went to the stop, so nothing is there 4.5 s later; this is no failure.
    tick();
    expect(readings).toEqual([]);
    written.length = 0;
    tick();
    expect(commands(written)).toEqual([Command.getDataReady, Command.readMeasurement]);
    expect(readings.map(([channel, value, quality]) => [channel, Math.round(value), quality])).toEqual([
      ["co2", 420, Quality.good],
      ["temperature", 20, Quality.good],
      ["humidity", 50, Quality.good],
    ]);
    expect(links).toEqual([]);
  });

  it("brings the air out within one step of the part's words", () => {
    const { air, tick, measure } = bench();
    for (let i = 0; i < 3; i++) tick();
    fc.assert(
      fc.property(
        within(RANGE.co2),
        within(RANGE.temperature),
        within(RANGE.humidity),
        (co2, temperature, humidity) => {
          Object.assign(air, { co2, temperature, humidity });
          const values = measure();
          expect(Math.abs(values["co2"] - co2)).toBeLessThanOrEqual(0.5);
          expect(Math.abs(values["temperature"] - temperature)).toBeLessThanOrEqual(0.0014);
          expect(Math.abs(values["humidity"] - humidity)).toBeLessThanOrEqual(0.0008);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("asked more often than the part measures, gives each measurement once", () => {
    const { tick, readings } = bench(undefined, 1000);
    for (let i = 0; i < 31; i++) tick();
    expect(readings.filter(([channel]) => channel === "co2")).toHaveLength(5);
    expect(readings.every(([, , quality]) => quality === Quality.good)).toBe(true);
  });

  it("in low power has a measurement each 30 s", () => {
    const { tick, readings } = bench({ mode: "low-power", altitude: 0 });
    for (let i = 0; i < 20; i++) tick();
    expect(readings.filter(([channel]) => channel === "co2")).toHaveLength(3);
  });

  it("is right on a mountain when it is told the altitude, or the pressure", () => {
    const high = { altitude: 1600, mode: "periodic" };
    for (const [settings, tolerance] of [
      [high, 2],
      [{ ...high, altitude: 0, pressure: 83_500 }, 0],
    ] as const) {
      const { air, tick, measure } = bench(settings);
      Object.assign(air, { pressure: 83_500, co2: 1000 });
      for (let i = 0; i < 3; i++) tick();
      expect(Math.abs(measure()["co2"] - 1000)).toBeLessThanOrEqual(tolerance);
    }
    const { air, tick, measure } = bench();
    Object.assign(air, { pressure: 83_500, co2: 1000 });
    for (let i = 0; i < 3; i++) tick();
    expect(measure()["co2"]).toBe(824);
  });

  it("drops what a bad checksum damaged and tells of three in a row", () => {
    const { i2c, tick, readings, links } = bench();
    for (let i = 0; i < 2; i++) tick();
    i2c.corruptNext(3);
    for (let i = 0; i < 4; i++) tick();
    expect(readings.filter(([channel]) => channel === "co2").map(([, , quality]) => quality)).toEqual([2, 2, 2, 0]);
    expect(links).toEqual([
      [true, "checksum errors"],
      [false, ""],
    ]);
  });

  it("starts a part again that measures no more: it lost its power", () => {
    const { i2c, tick, wait, readings, measure } = bench();
    for (let i = 0; i < 3; i++) tick();
    i2c.write(ADDRESS, Uint8Array.of(Command.stopPeriodic >> 8, Command.stopPeriodic & 0xff), 100_000);
    wait(STOPPED_US);
    readings.length = 0;
    for (let i = 0; i < 4; i++) tick();
    expect(readings.map(([, , quality]) => quality)).toEqual([4, 4, 4]);
    for (let i = 0; i < 2; i++) tick();
    expect(measure()["co2"]).toBe(420);
  });

  it("does not take another part for its own", () => {
    const { i2c, tap, tick, readings, links, written } = bench();
    i2c.detach(ADDRESS);
    i2c.attach(ADDRESS, {
      write: tap.write,
      // Variant 15, with its right checksum.
      read: (into) => {
        const good = tap.read(into);
        if (commands(written).at(-1) === Command.getVariant)
          into.set([0xf0, 0x00, crc8(Uint8Array.of(0xf0, 0x00), 0, 2)]);
        return good;
      },
    });
    for (let i = 0; i < 3; i++) tick();
    expect(new Set(readings.map(([, , quality]) => quality))).toEqual(new Set([Quality.badConfiguration]));
    expect(links).toEqual([[true, "another part answers"]]);
  });
});

const STOPPED_US = 500_000;

describe("an SCD4x", () => {
  function alone() {
    const table = bench();
    table.device.close();
    const { board, clock, wait } = table;
    let changes = 0;
    const sensor = new SCD4x({ sensor: { ...PINS, io: board.io.I2C! }, clock, onConfiguration: () => changes++ });
    const run = () => {
      for (let dueUs = sensor.start(); dueUs > 0; dueUs = sensor.advance()) wait(dueUs);
      return sensor.take();
    };
    return { ...table, sensor, run, changes: () => changes };
  }

  it("names the variant that answers, and its 48-bit serial number", () => {
    const { sensor, run } = alone();
    expect(sensor.identification.model).toBe("Sensirion SCD4x");
    expect(run()).toBeUndefined();
    expect(sensor.outcome).toBe(Outcome.notReady);
    expect(sensor.identification.model).toBe("Sensirion SCD41");
    expect(sensor.identification.uniqueID).toMatch(/^[0-9a-f]{12}$/);
  });

  it("tells the part of a new pressure while it measures, once", () => {
    const { sensor, run, part, wait, written } = alone();
    run();
    sensor.configure({ pressure: 95_000 });
    wait(5_000_000);
    expect(run()!.carbonDioxideDetector.CO2).toBe(448);
    expect((part as SCD4xEmulator).assumedHpa).toBe(950);
    written.length = 0;
    run();
    expect(commands(written)).toEqual([Command.getDataReady]);
  });

  it("refuses what the part cannot be told, and keeps what it had", () => {
    const { sensor, changes } = alone();
    expect(() => sensor.configure({ mode: "fast" as "periodic" })).toThrow(RangeError);
    expect(() => sensor.configure({ altitude: -1 })).toThrow(RangeError);
    expect(() => sensor.configure({ pressure: 1013 })).toThrow(RangeError);
    sensor.configure({});
    expect(sensor.configuration).toEqual({ mode: "periodic", altitude: 0, pressure: undefined });
    expect(changes()).toBe(0);
  });

  it("closes twice, and throws afterwards", () => {
    const { sensor } = alone();
    sensor.close();
    sensor.close();
    expect(() => sensor.start()).toThrow("SCD4x: closed");
  });
});
