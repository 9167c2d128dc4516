import { describe, expect, it } from "vitest";
import type { SensorConformance } from "../conformance";
import { ConformanceBench } from "../conformance-bench.test-suite";
import { Quality } from "../contract";
import { conformance } from "./conformance";
import { COLUMNS, Eeprom, Memory, PIXELS } from "./constants";
import { driver, type MLX90640 } from "./driver";
import { emulator } from "./emulator";
import { schema } from "./schema";

/** What every sensor owes is in conformance.test.ts; here is what only an MLX90640 has. */
function bench(page: Record<string, unknown> = {}) {
  const folder = { driver, emulator, schema, facts: conformance as SensorConformance };
  const at = new ConformanceBench(folder, { name: "one", page });
  at.device.air["temperature"] = 21;
  const picture = () => {
    const readings = at.tick(instance);
    return Object.fromEntries(
      readings.map(({ channel, value, quality }) => [channel, quality === 0 ? value : quality]),
    );
  };
  const instance = at.open();
  return { at, instance, picture };
}

const sensorOn = (at: ConformanceBench) => at.openSensor() as unknown as MLX90640;

/** Runs the steps of a picture. */
function take(at: ConformanceBench, sensor: MLX90640) {
  at.device.wait(sensor.start());
  for (let us = sensor.advance(); us > 0; us = sensor.advance()) at.device.wait(us);
  return sensor.take();
}

describe("an MLX90640", () => {
  it("says how many pixels of a spot are hot, how hot, and where the hottest is", () => {
    const { at, picture } = bench();
    at.part.act("spot", ["20", "7", "120"]);
    const { max, hot, hottest, min, mean } = picture();
    expect(max).toBeCloseTo(120, 0);
    // A core of 3x3 at 120 Cel; its rim is half-way to the room, 70 Cel.
    expect(hot).toBe(25);
    const column = ((hottest - 1) % COLUMNS) + 1;
    const row = Math.floor((hottest - 1) / COLUMNS) + 1;
    expect([Math.abs(column - 20), Math.abs(row - 7)].every((far) => far <= 1)).toBe(true);
    expect(min).toBeCloseTo(21, 0);
    expect(mean).toBeCloseTo(21 + (9 * 99 + 16 * 49.5) / PIXELS, 0);
    at.part.act("spot", ["off"]);
    expect(picture()).toMatchObject({ hot: 0 });
  });

  it("sees 300 Cel, and says of what is beyond that it is out of range", () => {
    const { at, picture } = bench({ emissivity: 1 });
    at.part.act("spot", ["2", "2", "290"]);
    expect(picture()["max"]).toBeCloseTo(290, 0);
    at.part.act("spot", ["2", "2", "320"]);
    expect(picture()).toMatchObject({ max: Quality.badRange, hot: 16 });
  });

  it("shows what was there after the tick began, and nothing that it measured before", () => {
    const { at, picture } = bench();
    picture();
    for (const celsius of [45, -10, 70]) {
      at.device.wait(1_900_000);
      at.device.air["temperature"] = celsius;
      const { min, max } = picture();
      expect([Math.round(min), Math.round(max)]).toEqual([celsius, celsius]);
    }
  });

  it("gives the temperatures of all pixels to who asks for them", () => {
    const { at, instance } = bench();
    instance.close();
    const sensor = sensorOn(at);
    const frame = new Float32Array(PIXELS);
    sensor.keepFrame(frame);
    at.part.act("spot", ["16", "12", "80"]);
    const sample = take(at, sensor)!;
    expect(frame[sample.hottest - 1]).toBe(Math.fround(sample.maxCel));
    expect(Math.min(...frame)).toBe(Math.fround(sample.minCel));
    expect(frame.filter((celsius) => celsius >= 60)).toHaveLength(9);
    sensor.keepFrame(undefined);
    frame.fill(0);
    take(at, sensor);
    expect(frame.every((celsius) => celsius === 0)).toBe(true);
    expect(() => sensor.keepFrame(new Float32Array(64))).toThrow(RangeError);
  });

  it("leaves out marked pixels, up to four", () => {
    const { at, instance } = bench();
    instance.close();
    const words = at.part.i2c!;
    const read = words.read.bind(words);
    let broken = 4;
    const at0 = Memory.eeprom + Eeprom.pixels;
    const firstPixels = [at0 >> 8, at0 & 0xff].join();
    (words as { read: (into: Uint8Array) => boolean }).read = (into) => {
      const done = read(into);
      if (at.part.written.at(-1)?.join() === firstPixels) into.fill(0, 0, 2 * broken);
      return done;
    };
    const frame = new Float32Array(PIXELS);
    const sensor = sensorOn(at);
    sensor.keepFrame(frame);
    expect(take(at, sensor)).toBeDefined();
    expect([...frame.slice(0, 5)].map(Number.isNaN)).toEqual([true, true, true, true, false]);
    broken = 5;
    sensor.reset();
    expect(take(at, sensor)).toBeUndefined();
  });

  it("does a little at a time: no step works out more than a row", () => {
    const { at, instance } = bench();
    let steps = 0;
    let most = 0;
    let busyUs = at.busyUs;
    for (let us = instance.start(0); us > 0; us = instance.finish(at.device.kernel.nowUs())) {
      at.device.wait(us);
      steps++;
      most = Math.max(most, at.busyUs - busyUs);
      busyUs = at.busyUs;
    }
    expect(steps).toBeGreaterThan(52);
    // A row of 64 bytes at 100 kHz, and for the last one the word to go on.
    expect(most).toBeLessThan(7_000);
  });

  it("is set up again when it lost its power, with the calibration that it then has", () => {
    const { at, instance, picture } = bench();
    at.powerCycle();
    expect(picture()).toMatchObject({ max: Quality.badDevice });
    expect(picture()["max"]).toBeCloseTo(21, 0);
    expect(instance.configuration).toBe("4 Hz, emissivity 0.95, hot from 60 Cel");
  });

  it("says what a scenario can make it see", () => {
    const { at } = bench();
    expect(() => at.part.act("melt", [])).toThrow(/can have a spot/);
    expect(() => at.part.act("spot", ["33", "1", "50"])).toThrow(/column of 1 to 32/);
  });
});
