import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Quality } from "../contract";
import { PINS, partBench, SERIAL_PORT } from "../part-bench.test-suite";
import { ADDRESS, Command } from "./constants";
import { driver, SPS30, SPS30UART } from "./driver";
import { emulator } from "./emulator";

const CHANNELS = ["pm1", "pm25", "pm4", "pm10", "typical-size"];

function bench(io: "I2C" | "Serial") {
  return partBench({ driver, emulator, io, address: ADDRESS, channels: CHANNELS });
}

/** A device that has been measuring for some seconds. */
function running(io: "I2C" | "Serial") {
  const table = bench(io);
  for (let i = 0; i < 4; i++) table.tick();
  table.readings.length = table.written.length = 0;
  return table;
}

const mass = fc.double({ min: 0, max: 1000, noNaN: true });

describe.each(["I2C", "Serial"] as const)("the sps30 driver on %s", (io) => {
  it("starts the part and has its first values a second later, without calling the wait a failure", () => {
    const { tick, readings, links } = bench(io);
    tick();
    expect(readings).toEqual([]);
    for (let i = 0; i < 2; i++) tick();
    expect(new Set(readings.map(([, , quality]) => quality))).toEqual(new Set([Quality.good]));
    expect(links).toEqual([]);
  });

  it("brings the four masses out as single floats", () => {
    const { air, measure } = running(io);
    fc.assert(
      fc.property(fc.array(mass, { minLength: 4, maxLength: 4 }), (masses) => {
        const [pm1, pm25, pm4, pm10] = masses.sort((a, b) => a - b);
        Object.assign(air, { pm1, pm25, pm4, pm10 });
        const values = measure();
        for (const [name, value] of Object.entries({ pm1, pm25, pm4, pm10 }))
          expect(values[name]).toBe(Math.fround(value));
      }),
      { numRuns: 50 },
    );
  });

  it("sees the typical size rise with the share of coarse dust", () => {
    const { air, measure } = running(io);
    const fine = measure()["typical-size"];
    Object.assign(air, { pm25: 100, pm4: 400, pm10: 900 });
    expect(fine).toBeGreaterThan(0.49);
    expect(measure()["typical-size"]).toBeGreaterThan(fine);
  });

  it("stamps its readings with the start of the tick", () => {
    const { tick, readings, kernel } = running(io);
    const startedUs = kernel.nowUs();
    tick();
    expect(readings.map(([channel, , , ticksUs]) => [channel, ticksUs])).toEqual(
      CHANNELS.map((name) => [name, startedUs]),
    );
  });

  it.each(["laser", "fan"])("believes nothing while the %s is out of order", (what) => {
    const { part, tick, readings, links } = running(io);
    part.act!("fail", [what]);
    for (let i = 0; i < 3; i++) tick();
    expect(new Set(readings.map(([, , quality]) => quality))).toEqual(new Set([Quality.badDevice]));
    expect(links).toEqual([[true, "the sensor reports a fault"]]);
    part.act!("repair", []);
    tick();
    expect(links.at(-1)).toEqual([false, ""]);
  });

  it("names the part's serial number", () => {
    const { device } = running(io);
    expect(device.identification).toEqual({
      model: "Sensirion SPS30",
      classification: "Dust",
      uniqueID: expect.stringMatching(/^[0-9A-F]{16}$/),
    });
  });
});

describe("the sps30 driver", () => {
  it("on I2C drops what a bad checksum damaged, and tells of loss and return", () => {
    const { i2c, tick, readings, links } = running("I2C");
    i2c.corruptNext(3);
    for (let i = 0; i < 3; i++) tick();
    expect(new Set(readings.map(([, , quality]) => quality))).toEqual(new Set([Quality.badCommunication]));
    tick();
    expect(links).toEqual([
      [true, "checksum errors"],
      [false, ""],
    ]);
  });

  it("on I2C starts a part again that stands still", () => {
    const { i2c, tick, readings, measure } = running("I2C");
    i2c.write(ADDRESS, Uint8Array.of(Command.stop >> 8, Command.stop & 0xff), 100_000);
    for (let i = 0; i < 8; i++) tick();
    expect(readings.some(([, , quality]) => quality === Quality.badDevice)).toBe(true);
    expect(measure()["pm1"]).toBe(4);
  });

  it("on a noisy line takes no damaged frame for a value", () => {
    const { line, air, tick, readings } = running("Serial");
    line.noise = 0.01;
    for (let i = 0; i < 200; i++) {
      air.pm1 = i % 5;
      tick();
    }
    const known = new Set([0, 1, 2, 3, 4]);
    const good = readings.filter(([channel, , quality]) => channel === "pm1" && quality === Quality.good);
    expect(line.noisyBytes).toBeGreaterThan(50);
    expect(good.length).toBeGreaterThan(20);
    for (const [, value] of good) expect(known).toContain(value);
    expect(readings.some(([, , quality]) => quality === Quality.badCommunication)).toBe(true);
  });

  it("on a dead line tells of the loss once", () => {
    const { line, tick, links } = running("Serial");
    line.noise = 1;
    for (let i = 0; i < 7; i++) tick();
    expect(links.map(([lost]) => lost)).toEqual([true]);
    line.noise = 0;
    for (let i = 0; i < 7; i++) tick();
    expect(links.map(([lost]) => lost)).toEqual([true, false]);
  });
});

describe("an SPS30", () => {
  it("closes twice on either bus, and throws afterwards", () => {
    for (const io of ["I2C", "Serial"] as const) {
      const { device, board, clock } = bench(io);
      device.close();
      const sensor =
        io === "I2C"
          ? new SPS30({ sensor: { ...PINS, io: board.io.I2C! }, clock })
          : new SPS30UART({ sensor: { ...SERIAL_PORT, io: board.io.Serial! }, clock });
      sensor.close();
      sensor.close();
      expect(() => sensor.start()).toThrow("SPS30: closed");
    }
  });
});
