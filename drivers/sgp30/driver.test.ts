import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Quality } from "../contract";
import { PINS, partBench } from "../part-bench.test-suite";
import { Outcome } from "../stepped-sensor";
import { crc8 } from "../word-crc8";
import { ADDRESS, Command } from "./constants";
import { driver, SGP30 } from "./driver";
import { emulator, type SGP30Emulator } from "./emulator";

function bench(settings = { absoluteHumidity: 0 }, everyMs = 1000) {
  return partBench({ driver, emulator, address: ADDRESS, channels: ["co2", "tvoc"], settings, everyMs });
}

/** A device whose part has been measuring for more than 15 s. */
function warm(settings = { absoluteHumidity: 0 }) {
  const table = bench(settings);
  for (let i = 0; i < 17; i++) table.tick();
  table.readings.length = table.written.length = 0;
  return table;
}

const commands = (written: number[][]) => written.map(([high, low]) => (high << 8) | low);

describe("the sgp30 driver", () => {
  it("asks who is there, initialises once, then measures", () => {
    const { tick, written } = bench();
    tick();
    tick();
    expect(commands(written)).toEqual([
      Command.getSerialId,
      Command.getFeatureSet,
      Command.initAirQuality,
      Command.measureAirQuality,
      Command.measureAirQuality,
    ]);
  });

  it("counts the fixed values of the first 15 s as uncertain, and the ones after as good", () => {
    const { tick, readings } = bench();
    for (let i = 0; i < 18; i++) tick();
    const co2 = readings.filter(([channel]) => channel === "co2");
    expect(co2.slice(0, 15).map(([, value, quality]) => [value, quality])).toEqual(
      Array(15).fill([400, Quality.uncertain]),
    );
    expect(co2.slice(16).map(([, value, quality]) => [value, quality])).toEqual(Array(2).fill([420, Quality.good]));
  });

  it("gives the room's air within the steps of the part's output", () => {
    const { air, measure } = warm();
    const upTo60000 = fc.double({ min: 0, max: 60_000, noNaN: true });
    fc.assert(
      fc.property(upTo60000, upTo60000, (co2, tvoc) => {
        air.co2 = co2 < 400 ? 400 : co2;
        air.tvoc = tvoc;
        const values = measure();
        expect(Math.abs(values["co2"] - air.co2)).toBeLessThanOrEqual(31);
        expect(Math.abs(values["tvoc"] * 1000 - air.tvoc)).toBeLessThanOrEqual(32);
      }),
      { numRuns: 50 },
    );
  });

  it("stamps a reading with the start of its tick", () => {
    const { tick, readings, kernel } = warm();
    const startedUs = kernel.nowUs();
    tick();
    expect(readings.map(([, , , ticksUs]) => ticksUs)).toEqual([startedUs, startedUs]);
  });

  it("sends the humidity of the site as 8.8 fixed point, after each initialisation", () => {
    const { part } = warm({ absoluteHumidity: 11.5 });
    expect((part as SGP30Emulator).humidity).toBe(0x0b80);
  });

  it("drops what a bad checksum damaged, and tells of three in a row", () => {
    const { i2c, tick, readings, links } = warm();
    i2c.corruptNext(3);
    for (let i = 0; i < 4; i++) tick();
    expect(readings.map(([, , quality]) => quality)).toEqual([2, 2, 2, 2, 2, 2, 0, 0]);
    expect(links).toEqual([
      [true, "checksum errors"],
      [false, ""],
    ]);
  });

  it("initialises a part anew that was gone for long: it lost its power", () => {
    const { i2c, tap, tick, links, written } = warm();
    i2c.detach(ADDRESS);
    for (let i = 0; i < 5; i++) tick();
    expect(links).toEqual([[true, "the sensor does not acknowledge"]]);
    i2c.attach(ADDRESS, tap);
    written.length = 0;
    tick();
    expect(commands(written)).toContain(Command.initAirQuality);
    expect(links.at(-1)).toEqual([false, ""]);
  });

  it("does not take another part for its own", () => {
    const { i2c, tap, tick, readings, links } = bench();
    let command = 0;
    i2c.detach(ADDRESS);
    i2c.attach(ADDRESS, {
      write: (bytes) => {
        command = (bytes[0] << 8) | bytes[1];
        return tap.write(bytes);
      },
      // Product type 1, with its right checksum.
      read: (into) => {
        if (command !== Command.getFeatureSet) return tap.read(into);
        into.set([0x10, 0x22, crc8(Uint8Array.of(0x10, 0x22), 0, 2)]);
        return true;
      },
    });
    for (let i = 0; i < 3; i++) tick();
    expect(readings.every(([, , quality]) => quality === Quality.badConfiguration)).toBe(true);
    expect(links).toEqual([[true, "another part answers"]]);
  });

  it("warns when the site measures at another pace than the part expects", () => {
    expect(bench(undefined, 5000).warnings).toHaveLength(1);
    expect(bench().warnings).toEqual([]);
  });
});

describe("an SGP30", () => {
  function alone() {
    const table = bench();
    table.device.close();
    const { board, clock, wait } = table;
    let changes = 0;
    const sensor = new SGP30({ sensor: { ...PINS, io: board.io.I2C! }, clock, onConfiguration: () => changes++ });
    const take = () => {
      for (let dueUs = sensor.start(); dueUs > 0; dueUs = sensor.advance()) wait(dueUs);
      return sensor.take();
    };
    return { ...table, sensor, take, changes: () => changes };
  }

  it("gives a sample of its ECMA-419 classes, and its 48-bit serial number", () => {
    const { sensor, take } = alone();
    expect(take()).toEqual({
      carbonDioxideDetector: { CO2: 400 },
      volatileOrganicCompoundsDetector: { tvoc: 0 },
      ticks: 0,
    });
    expect(sensor.identification.uniqueID).toMatch(/^0000[0-9a-f]{8}$/);
  });

  it("can be polled: nothing until it is due, then one sample", () => {
    const { sensor, wait } = alone();
    let samples = 0;
    for (let ms = 0; ms < 60; ms++) {
      if (sensor.sample() !== undefined) samples++;
      wait(1000);
    }
    expect(samples).toBeGreaterThanOrEqual(1);
    expect(sensor.outcome).not.toBe(Outcome.noAnswer);
  });

  it("keeps a baseline, and gives it back after a reset in the order that the part wants", () => {
    const { sensor, take, part } = alone();
    take();
    sensor.configure({ baseline: { co2: 0x8973, tvoc: 0x8aae } });
    take();
    expect((part as SGP30Emulator).baseline).toEqual([0x8973, 0x8aae]);
    sensor.reset();
    take();
    expect((part as SGP30Emulator).baseline).toEqual([0x8973, 0x8aae]);
    sensor.keepBaseline();
    expect(take()).toBeDefined();
    expect(sensor.configuration.baseline).toEqual({ co2: 0x8973, tvoc: 0x8aae });
  });

  it("tells of a change of configuration, and refuses what the part cannot hold", () => {
    const { sensor, changes } = alone();
    sensor.configure({ absoluteHumidity: 0 });
    expect(changes()).toBe(0);
    sensor.configure({ absoluteHumidity: 9 });
    expect(changes()).toBe(1);
    expect(() => sensor.configure({ absoluteHumidity: 256 })).toThrow(RangeError);
    expect(() => sensor.configure({ baseline: { co2: -1, tvoc: 0 } })).toThrow(RangeError);
    expect(sensor.configuration).toEqual({ absoluteHumidity: 9, baseline: undefined });
  });

  it("counts what went wrong in the next good sample, once", () => {
    const { take, i2c, sensor } = alone();
    take();
    i2c.corruptNext();
    expect(take()).toBeUndefined();
    expect(sensor.outcome).toBe(Outcome.crc);
    expect(take()!.faults).toEqual({ crc: 1, noAnswer: 0 });
    expect(take()!.faults).toBeUndefined();
  });

  it("closes twice, and throws afterwards", () => {
    const { sensor } = alone();
    sensor.close();
    sensor.close();
    expect(() => sensor.start()).toThrow("SGP30: closed");
  });
});
