import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Quality } from "../contract";
import { PINS, partBench } from "../part-bench.test-suite";
import { ADDRESSES, measureUs, RANGE, RESET_WORD, Register } from "./constants";
import { BMP390, driver } from "./driver";
import { emulator } from "./emulator";

const CHANNELS = ["pressure", "temperature"];

function bench(io: "I2C" | "SPI" = "I2C", oversampling = 8) {
  return partBench({ driver, emulator, io, address: ADDRESSES[0], channels: CHANNELS, settings: { oversampling } });
}

const within = ({ min, max }: { min: number; max: number }) => fc.double({ min, max, noNaN: true });

describe.each(["I2C", "SPI"] as const)("the bmp390 driver on %s", (io) => {
  // Half of a step, rounded up a little.
  it.each([
    [1, 1.4],
    [32, 0.05],
  ])("brings the air out within the part's resolution, oversampling %d", (oversampling, pa) => {
    const { air, measure } = bench(io, oversampling);
    fc.assert(
      fc.property(within(RANGE.temperature), within(RANGE.pressure), (temperature, pressure) => {
        Object.assign(air, { temperature, pressure });
        const values = measure();
        expect(Math.abs(values["temperature"] - temperature)).toBeLessThanOrEqual(0.003);
        expect(Math.abs(values["pressure"] - pressure)).toBeLessThanOrEqual(pa);
      }),
      { numRuns: 60 },
    );
  });

  it("tells of a part that is gone, and of its return", () => {
    const { i2c, spi, part, tap, tick, readings, links } = bench(io);
    tick();
    if (io === "I2C") i2c.detach(ADDRESSES[0]);
    else spi.detach(part.spi!);
    readings.length = 0;
    for (let i = 0; i < 6; i++) tick();
    expect(readings.every(([, , quality]) => quality === Quality.badCommunication)).toBe(true);
    if (io === "I2C") i2c.attach(ADDRESSES[0], tap);
    else spi.attach(part.spi!, 5);
    tick();
    expect(links.map(([lost]) => lost)).toEqual([true, false]);
    expect(readings.at(-1)?.[2]).toBe(Quality.good);
  });
});

describe("the bmp390 driver", () => {
  it("identifies, resets and reads the calibration once, then measures", () => {
    const { tick, written, readings } = bench();
    tick();
    expect(written.slice(0, 3)).toEqual([[Register.id], [Register.command, RESET_WORD], [Register.calibration]]);
    const first = written.length;
    tick();
    // Oversampling 8 of the pressure, 1 of the temperature; both on, forced mode.
    expect(written.slice(first)).toEqual([[Register.oversampling, 3, Register.powerControl, 0x13], [Register.error]]);
    expect(readings.map(([channel, value]) => [channel, Math.round(value)])).toEqual([
      ["pressure", 101_325],
      ["temperature", 20],
      ["pressure", 101_325],
      ["temperature", 20],
    ]);
  });

  it("stamps both with the start of the tick", () => {
    const { tick, readings, kernel } = bench();
    tick();
    readings.length = 0;
    const startedUs = kernel.nowUs();
    tick();
    expect(readings.map(([, , , ticksUs]) => ticksUs)).toEqual([startedUs, startedUs]);
  });

  it("does not take a BMP388 for its own", () => {
    const { i2c, tap, tick, readings, links } = bench();
    i2c.detach(ADDRESSES[0]);
    i2c.attach(ADDRESSES[0], { write: tap.write, read: (into) => tap.read(into) && into.fill(0x50).length > 0 });
    for (let i = 0; i < 3; i++) tick();
    expect(readings.every(([, , quality]) => quality === Quality.badConfiguration)).toBe(true);
    expect(links).toEqual([[true, "another part answers"]]);
  });

  it("notices that the part was reset while it measured, and sets it up anew", () => {
    const { device, kernel, wait, i2c, readings, tick } = bench();
    tick();
    readings.length = 0;
    let dueUs = device.start(kernel.nowUs());
    i2c.write(ADDRESSES[0], Uint8Array.of(Register.command, RESET_WORD), 400_000);
    for (; dueUs > 0; dueUs = device.finish(kernel.nowUs())) wait(dueUs);
    expect(readings.map(([, , quality]) => quality)).toEqual([Quality.badDevice, Quality.badDevice]);
    readings.length = 0;
    tick();
    expect(readings.map(([, , quality]) => quality)).toEqual([Quality.good, Quality.good]);
  });

  it("throws nothing when the bus is stuck", () => {
    const { i2c, tick, links } = bench();
    i2c.stuck = true;
    for (let i = 0; i < 3; i++) tick();
    expect(links).toEqual([[true, "the sensor does not acknowledge"]]);
  });
});

describe("a BMP390", () => {
  function alone() {
    const { board, clock, device, wait } = bench();
    device.close();
    let changes = 0;
    const sensor = new BMP390({ sensor: { ...PINS, io: board.io.I2C! }, clock, onConfiguration: () => changes++ });
    return { sensor, wait, changes: () => changes };
  }

  it("can be polled, and has nothing to say before it is due", () => {
    const { sensor, wait } = alone();
    const seen: unknown[] = [];
    for (let i = 0; i < 40; i++) {
      const sample = sensor.sample();
      if (sample !== undefined) seen.push(sample);
      wait(1000);
    }
    expect(seen[0]).toEqual({
      thermometer: { temperature: expect.closeTo(20, 2) },
      barometer: { pressure: expect.closeTo(101_325, 0) },
      ticks: 0,
    });
  });

  it("tells of a change of configuration, and refuses what the part does not have", () => {
    const { sensor, changes } = alone();
    sensor.configure({ oversampling: 8 });
    expect(changes()).toBe(0);
    sensor.configure({ oversampling: 32 });
    expect(changes()).toBe(1);
    expect(() => sensor.configure({ oversampling: 64 as 32 })).toThrow(RangeError);
    expect(measureUs(8)).toBe(20_866);
  });

  it("closes twice, and throws afterwards", () => {
    const { sensor } = alone();
    sensor.close();
    sensor.close();
    expect(() => sensor.start()).toThrow("BMP390: closed");
  });
});
