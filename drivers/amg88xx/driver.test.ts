import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Quality } from "../contract";
import { channel, DeviceBench } from "../device-bench.test-suite";
import type { I2CTarget } from "../emulation";
import type { PlanMap } from "../plan";
import { CEL_PER_PIXEL_STEP, CEL_PER_THERMISTOR_STEP, pixelSteps, Register, thermistorSteps } from "./constants";
import { AMG88xx, driver } from "./driver";
import { emulator } from "./emulator";

const ADDRESS = 0x69;
const CHANNELS = ["min", "max", "mean", "hot", "hottest", "thermistor"];

function bench(settings: PlanMap = { gain: "high", framesPerSecond: 10, hotCel: 60 }) {
  return new DeviceBench(
    {
      connection: { io: "I2C", bus: "quay", options: { data: 8, clock: 9, hz: 400_000, address: ADDRESS } },
      channels: CHANNELS.map((name) => channel(name)),
      settings,
    },
    driver,
    emulator,
  );
}

/** The values of one tick, by channel. */
function values(table: DeviceBench, instance: ReturnType<DeviceBench["open"]>): Record<string, number> {
  table.wait(1_000_000);
  return Object.fromEntries(table.tick(instance).map(({ channel: name, value }) => [name, value]));
}

/** A part that holds the pixels it is given. */
function partWith(pixels: readonly number[], status = 0): I2CTarget & { written: number[][] } {
  let pointer = 0;
  const memory = new Uint8Array(256);
  pixels.forEach((steps, i) => {
    memory[Register.pixels + 2 * i] = steps;
    memory[Register.pixels + 2 * i + 1] = (steps >> 8) & 0x0f;
  });
  memory[Register.status] = status;
  const written: number[][] = [];
  return {
    written,
    write(bytes) {
      pointer = bytes[0];
      if (bytes.length > 1) written.push([...bytes]);
      return true;
    },
    read(into) {
      for (let i = 0; i < into.length; i++) into[i] = memory[pointer++];
      return true;
    },
  };
}

function sensorOn(part: I2CTarget) {
  const { board, clock } = bench();
  board.i2c(21, 22).attach(0x68, part);
  return { board, sensor: new AMG88xx({ sensor: { io: board.io.I2C!, data: 21, clock: 22 }, clock }) };
}

describe("the AMG88xx's words", () => {
  it.each([
    [0x1f4, 125],
    [0x064, 25],
    [0x001, 0.25],
    [0x000, 0],
    [0xfff, -0.25],
    [0xf9c, -25],
    [0xf24, -55],
  ])("of a pixel: %i is %d Cel", (word, celsius) => {
    expect(pixelSteps(word & 0xff, word >> 8) * CEL_PER_PIXEL_STEP).toBe(celsius);
  });

  it.each([
    [0x7ff, 127.9375],
    [0x190, 25],
    [0x004, 0.25],
    [0x804, -0.25],
    [0xbbb, -59.6875],
  ])("of the thermistor: %i is %d Cel", (word, celsius) => {
    expect(thermistorSteps(word & 0xff, word >> 8) * CEL_PER_THERMISTOR_STEP).toBe(celsius);
  });
});

describe("an AMG88xx on any ECMA-419 host", () => {
  it("summarises any frame as a plain reference does", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -80, max: 400 }), { minLength: 64, maxLength: 64 }), (pixels) => {
        const { sensor } = sensorOn(partWith(pixels));
        const cel = pixels.map((steps) => steps * 0.25);
        const { ticks: _ticks, ...sample } = sensor.sample();
        expect(sample).toEqual({
          minCel: Math.min(...cel),
          maxCel: Math.max(...cel),
          meanCel: cel.reduce((sum, one) => sum + one, 0) / 64,
          hot: cel.filter((one) => one >= 60).length,
          hottest: cel.indexOf(Math.max(...cel)) + 1,
          thermometer: { temperature: 0 },
          overflow: false,
        });
        expect([...sensor.frame()]).toEqual(cel);
      }),
    );
  });

  it("reads the 64 pixels in one transfer", () => {
    const { board, sensor } = sensorOn(partWith([]));
    sensor.sample();
    const bus = board.i2c(21, 22);
    const [transactions, bytes] = [bus.transactions, bus.bytes];
    sensor.sample();
    // Register and data of status, thermistor and frame.
    expect([bus.transactions - transactions, bus.bytes - bytes]).toEqual([6, 3 + 1 + 2 + 128]);
  });

  it("wakes and resets the part, then sets frame rate and levels, once", () => {
    const part = partWith([]);
    const { sensor } = sensorOn(part);
    expect(part.written).toEqual([
      [0x00, 0x00],
      [0x01, 0x3f],
    ]);
    sensor.configure({ framesPerSecond: 1, interrupt: { aboveCel: 60, belowCel: -10, hysteresisCel: 2 } });
    sensor.sample();
    sensor.sample();
    expect(part.written.slice(2)).toEqual([
      [0x02, 0x01],
      [0x08, 0xf0, 0x00, 0xd8, 0x0f, 0x08, 0x00],
      [0x03, 0x03],
    ]);
  });

  it("tells its configuration when it changes, and refuses one that the part does not have", () => {
    const { board, clock } = bench();
    let changes = 0;
    const sensor = new AMG88xx({
      sensor: { io: board.io.I2C!, data: 8, clock: 9, address: ADDRESS },
      clock,
      onConfiguration: () => void changes++,
    });
    sensor.configure({ framesPerSecond: 1 });
    sensor.configure({ framesPerSecond: 1 });
    expect([sensor.configuration, changes]).toEqual([{ framesPerSecond: 1, hotCel: 60 }, 1]);
    expect(() => sensor.configure({ framesPerSecond: 5 as never })).toThrow(RangeError);
    expect(() => sensor.configure({ hotCel: Number.NaN })).toThrow(RangeError);
  });

  it("may be closed twice, and samples no more after", () => {
    const { sensor } = sensorOn(partWith([]));
    sensor.close();
    sensor.close();
    expect(() => sensor.sample()).toThrow(/closed/);
  });
});

describe("an AMG88xx in a site", () => {
  it("sees a room at its temperature", () => {
    const table = bench();
    const seen = values(table, table.open());
    expect(seen["mean"]).toBeCloseTo(21, 0);
    expect(seen["max"] - seen["min"]).toBeLessThanOrEqual(0.75);
    expect([seen["hot"], seen["thermistor"]]).toEqual([0, 21]);
  });

  it("sees a fire as a hot spot, before the room is warm", () => {
    const table = bench();
    const instance = table.open();
    table.air["smoke"] = 0.15;
    const seen = values(table, instance);
    expect(seen["max"]).toBeGreaterThan(60);
    expect(seen["hot"]).toBeGreaterThanOrEqual(1);
    expect(seen["mean"]).toBeLessThan(30);
  });

  it("counts and places a spot of a scenario", () => {
    const table = bench();
    const instance = table.open();
    table.act("spot 3 5 70");
    const seen = values(table, instance);
    expect([seen["hot"], seen["hottest"]]).toEqual([1, 4 * 8 + 3]);
    expect(seen["max"]).toBeCloseTo(70, 0);
    table.act("spot off");
    expect(values(table, instance)["hot"]).toBe(0);
  });

  it("says that a reading is beyond its range", () => {
    const table = bench();
    const instance = table.open();
    table.act("spot 1 1 95");
    values(table, instance);
    const quality = Object.fromEntries(table.readings.map((one) => [one.channel, one.quality]));
    expect([quality["max"], quality["hot"]]).toEqual([Quality.badRange, Quality.good]);
    const wider = bench({ gain: "low", framesPerSecond: 10, hotCel: 60 });
    const other = wider.open();
    wider.act("spot 1 1 95");
    values(wider, other);
    expect(wider.readings.every((one) => one.quality === Quality.good)).toBe(true);
  });

  it("is lost after three ticks without an answer, told once, and configured again when it is back", () => {
    const table = bench();
    const instance = table.open();
    const bus = table.board.i2c(8, 9);
    bus.detach(ADDRESS);
    for (let i = 0; i < 7; i++) table.tick(instance);
    expect(table.readings.at(-1)).toMatchObject({ channel: "thermistor", quality: Quality.badCommunication });
    expect(table.readings).toHaveLength(7 * 6);
    const part = partWith([]);
    bus.attach(ADDRESS, part);
    for (let i = 0; i < 4; i++) table.tick(instance);
    expect(table.lost).toEqual(["the sensor does not acknowledge", "back"]);
    expect(part.written).toContainEqual([0x02, 0x00]);
  });

  it("refuses a spot that is none", () => {
    expect(() => bench().act("spot 9 1 50")).toThrow(/a column and a row from 1 to 8/);
    expect(() => bench().act("melt")).toThrow(/a thermal imager can have a spot; not "melt"/);
  });
});
