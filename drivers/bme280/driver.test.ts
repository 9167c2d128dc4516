import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Quality } from "../contract";
import { PINS, partBench } from "../part-bench.test-suite";
import { ADDRESSES, measureUs, RANGE, RESET_WORD, Register } from "./constants";
import { BME280, driver } from "./driver";
import { emulator } from "./emulator";

const CHANNELS = ["temperature", "pressure", "humidity"];

function bench(io: "I2C" | "SPI" = "I2C", oversampling = 1) {
  return partBench({ driver, emulator, io, address: ADDRESSES[0], channels: CHANNELS, settings: { oversampling } });
}

const within = ({ min, max }: { min: number; max: number }) => fc.double({ min, max, noNaN: true });

describe.each(["I2C", "SPI"] as const)("the bme280 driver on %s", (io) => {
  // Steps of the sheet: 0.005 Cel and 2.6 Pa at 16 bits, 0.008 %RH; half of them, rounded up a little.
  it.each([
    [1, 0.003, 1.8, 0.009],
    [16, 0.0004, 0.2, 0.009],
  ])("brings the air out within the part's resolution, oversampling %d", (oversampling, cel, pa, percent) => {
    const { air, measure } = bench(io, oversampling);
    fc.assert(
      fc.property(within(RANGE.temperature), within(RANGE.pressure), within(RANGE.humidity), (t, p, h) => {
        Object.assign(air, { temperature: t, pressure: p, humidity: h });
        const values = measure();
        expect(Math.abs(values["temperature"] - t)).toBeLessThanOrEqual(cel);
        expect(Math.abs(values["pressure"] - p)).toBeLessThanOrEqual(pa);
        expect(Math.abs(values["humidity"] - h)).toBeLessThanOrEqual(percent);
      }),
      { numRuns: 60 },
    );
  });

  it("stamps all three with the start of the tick", () => {
    const { tick, readings, kernel } = bench(io);
    tick();
    readings.length = 0;
    const startedUs = kernel.nowUs();
    tick();
    expect(readings.map(([channel, , quality, ticksUs]) => [channel, quality, ticksUs])).toEqual(
      CHANNELS.map((channel) => [channel, Quality.good, startedUs]),
    );
  });
});

describe("the bme280 driver", () => {
  it("identifies, resets and reads the calibration once, then measures", () => {
    const { tick, written } = bench();
    tick();
    const first = written.length;
    tick();
    expect(written[0]).toEqual([Register.id]);
    expect(written[1]).toEqual([Register.reset, RESET_WORD]);
    // Humidity's setting before the one that starts the measurement; both with oversampling 1, forced mode.
    expect(written.slice(first)).toEqual([[Register.ctrlHum, 1, Register.ctrlMeas, 0x25], [Register.status]]);
  });

  it("does not take a BMP280 for its own", () => {
    const { i2c, tap, tick, readings, links } = bench();
    i2c.detach(ADDRESSES[0]);
    i2c.attach(ADDRESSES[0], { write: tap.write, read: (into) => tap.read(into) && into.fill(0x58).length > 0 });
    for (let i = 0; i < 3; i++) tick();
    expect(readings.every(([, , quality]) => quality === Quality.badConfiguration)).toBe(true);
    expect(links).toEqual([[true, "another part answers"]]);
  });

  it.each(["I2C", "SPI"] as const)("tells of a part that is gone, and of its return, on %s", (io) => {
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

  it("notices that the part was reset while it measured, and sets it up anew", () => {
    const { device, kernel, wait, i2c, readings, tick } = bench();
    tick();
    readings.length = 0;
    const dueUs = device.start(kernel.nowUs());
    i2c.write(ADDRESSES[0], Uint8Array.of(Register.reset, RESET_WORD), 400_000);
    wait(dueUs);
    expect(device.finish(kernel.nowUs())).toBe(0);
    expect(readings.every(([, , quality]) => quality === Quality.badDevice)).toBe(true);
    readings.length = 0;
    tick();
    expect(readings.every(([, , quality]) => quality === Quality.good)).toBe(true);
  });

  it("throws nothing when the bus is stuck", () => {
    const { i2c, tick, links } = bench();
    i2c.stuck = true;
    for (let i = 0; i < 3; i++) tick();
    expect(links).toEqual([[true, "the sensor does not acknowledge"]]);
  });
});

describe("a BME280", () => {
  function alone() {
    const { board, clock, device, wait } = bench();
    device.close();
    let changes = 0;
    const sensor = new BME280({ sensor: { ...PINS, io: board.io.I2C! }, clock, onConfiguration: () => changes++ });
    return { sensor, wait, changes: () => changes };
  }

  it("can be polled, and has nothing to say before it is due", () => {
    const { sensor, wait } = alone();
    const seen: unknown[] = [];
    for (let i = 0; i < 20; i++) {
      const sample = sensor.sample();
      if (sample !== undefined) seen.push(sample);
      wait(1000);
    }
    expect(seen[0]).toEqual({
      thermometer: { temperature: expect.closeTo(20, 2) },
      barometer: { pressure: expect.closeTo(101_325, -1) },
      hygrometer: { humidity: expect.closeTo(50, 1) },
      ticks: 0,
    });
  });

  it("takes as long as the sheet says, and tells of a change of configuration", () => {
    const { sensor, changes } = alone();
    sensor.configure({ oversampling: 1 });
    expect(changes()).toBe(0);
    sensor.configure({ oversampling: 16 });
    expect(changes()).toBe(1);
    expect(() => sensor.configure({ oversampling: 3 as 4 })).toThrow(RangeError);
    expect([measureUs(1), measureUs(16)]).toEqual([9_300, 112_800]);
  });

  it("closes twice, and throws afterwards", () => {
    const { sensor } = alone();
    sensor.close();
    sensor.close();
    expect(() => sensor.start()).toThrow("BME280: closed");
  });
});
