/**
 * The Moddable SDK's own drivers, read in place from $MODDABLE and run as they stand against emulators on the world's I2C. The
 * table of the README says the same in words; a driver whose result changes fails here.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { emulator as amg88xx } from "../../drivers/amg88xx/emulator";
import { emulator as sht3x } from "../../drivers/sht3x/emulator";
import { emulator as shtc3 } from "../../drivers/shtc3/emulator";
import { emulator as tmp117 } from "../../drivers/tmp117/emulator";
import { type ForeignSensor, type ForeignSensorClass, foreignBench, PINS } from "./bench.test-suite";
import { loadDriver } from "./loader";
import {
  aht10,
  bmp280,
  bmp280Natives,
  lm75,
  mlx90614,
  type Part,
  si7020,
  tmp102,
  withoutStretching,
} from "./parts.test-suite";

const SDK = process.env["MODDABLE"] ?? "";
const sensors = join(SDK, "modules/drivers/sensors");
const present = SDK !== "" && existsSync(sensors);
if (!present) console.warn("skipped: the Moddable SDK's own drivers ($MODDABLE does not name an SDK)");

type Air = { temperature: number; humidity?: number; pressure?: number };
type Case = {
  readonly address: number;
  readonly part: Part;
  readonly io: "I2C" | "SMBus";
  /** What a sample says, in the units of the air. */
  readonly read: (sample: never) => Partial<Air>;
  /** Digits behind the point that the part resolves. */
  readonly digits: number;
  readonly callUs?: number;
  readonly natives?: () => ReturnType<typeof bmp280Natives>;
  readonly coldest?: number;
  readonly beforeClose?: (sensor: ForeignSensor) => void;
};

type Climate = { thermometer: { temperature: number }; hygrometer: { humidity: number } };
const climate = (sample: Climate) => ({
  temperature: sample.thermometer.temperature,
  humidity: sample.hygrometer.humidity,
});
const flat = ({ temperature }: { temperature: number }) => ({ temperature });
const own = (module: { create: (...list: Parameters<Part>) => { i2c?: unknown } }): Part => module.create as Part;

const CASES: { readonly [driver: string]: Case } = {
  tmp117: {
    address: 0x48,
    part: own(tmp117),
    io: "SMBus",
    read: flat,
    digits: 2,
    // It does not wait after a soft reset, which takes 2 ms. Whether the part acknowledges meanwhile its sheet does not say;
    // our emulator does not.
    callUs: 2_000,
  },
  lm75: { address: 0x48, part: lm75, io: "SMBus", read: flat, digits: 0.9 },
  tmp102: { address: 0x48, part: tmp102, io: "SMBus", read: flat, digits: 1 },
  mlx90614: {
    address: 0x5a,
    part: mlx90614,
    io: "SMBus",
    read: (sample: { temperature: number; ambientTemperature: number }) => {
      expect(sample.ambientTemperature).toBe(sample.temperature);
      return flat(sample);
    },
    digits: 1,
  },
  amg88xx: {
    address: 0x69,
    part: own(amg88xx),
    io: "SMBus",
    read: (sample: { temperature: number; temperatures: Float32Array }) => {
      for (const pixel of sample.temperatures) expect(Math.abs(pixel - sample.temperature)).toBeLessThanOrEqual(0.16);
      return flat(sample);
    },
    digits: 1,
    // Below 0 Cel the driver reads a pixel's two's complement as sign and magnitude.
    coldest: 0,
  },
  bmp280: {
    address: 0x76,
    part: bmp280,
    io: "I2C",
    read: (sample: { thermometer: { temperature: number }; barometer: { pressure: number } }) => ({
      temperature: sample.thermometer.temperature,
      pressure: sample.barometer.pressure,
    }),
    digits: 1,
    natives: bmp280Natives,
  },
  sht3x: {
    address: 0x44,
    part: withoutStretching(own(sht3x), { 11270: 0x2400 }),
    io: "I2C",
    read: climate,
    digits: 2,
  },
  shtc3: {
    address: 0x70,
    part: withoutStretching(own(shtc3), { 31906: 0x7866 }),
    io: "I2C",
    read: climate,
    digits: 2,
    // It does not wait for the 240 us after waking and reset: where that works, the calls themselves take so long.
    callUs: 250,
    // Asleep the part hears nothing but its call to wake, and `close` sends it to sleep once more.
    beforeClose: (sensor) => sensor.configure!({ autoSleep: false }),
  },
  si7020: { address: 0x40, part: si7020, io: "I2C", read: climate, digits: 1 },
  aht10: { address: 0x38, part: aht10, io: "I2C", read: climate, digits: 1 },
};

async function open(name: string, { address, part, io, callUs, natives }: Case) {
  const bench = foreignBench({ address, part, ...(callUs === undefined ? {} : { callUs }) });
  const { default: Driver } = await loadDriver({
    file: join(sensors, name, `${name}.js`),
    modules: bench.modules,
    ...(natives === undefined ? {} : { natives: natives() }),
  });
  const errors: unknown[] = [];
  const options = { sensor: { ...PINS, io: bench[io] }, onError: (error: unknown) => errors.push(error) };
  const sensor: ForeignSensor = new (Driver as ForeignSensorClass)(options);
  return { ...bench, sensor, errors };
}

describe.skipIf(!present)("the SDK's driver of", () => {
  it.each(Object.keys(CASES))("%s reads our air", async (name) => {
    const one = CASES[name];
    const { air, wait, sensor, errors } = await open(name, one);
    for (const next of [
      { temperature: 21.5, humidity: 45, pressure: 101_325 },
      { temperature: one.coldest ?? -12.25, humidity: 80, pressure: 98_000 },
      { temperature: 61, humidity: 20, pressure: 103_000 },
    ]) {
      Object.assign(air, next);
      wait(2_000_000);
      const read = one.read(sensor.sample() as never);
      for (const [quantity, value] of Object.entries(read)) {
        const tolerance = quantity === "pressure" ? 5 : 10 ** -one.digits;
        expect(Math.abs(value - next[quantity as keyof typeof next]), `${quantity} ${value}`).toBeLessThanOrEqual(
          tolerance,
        );
      }
    }
    one.beforeClose?.(sensor);
    sensor.close();
    expect(errors).toEqual([]);
  });

  it.each([
    ["tmp117", "no-acknowledge"],
    ["lm75", "no-acknowledge"],
    ["sht3x", "no-acknowledge"],
  ])("%s meets a part that has gone", async (name, code) => {
    const { bus, sensor } = await open(name, CASES[name]);
    bus.nackNext(10);
    expect(() => sensor.sample()).toThrow(expect.objectContaining({ code }));
  });

  it("sht3x says that a checksum is wrong", async () => {
    const { bus, sensor, wait } = await open("sht3x", CASES["sht3x"]);
    wait(10_000);
    bus.corruptNext(2);
    const sample = sensor.sample() as Climate;
    expect([sample.thermometer.temperature, sample.hygrometer.humidity]).toContain(undefined);
  });

  it("htu21d cannot give a sample on any host: it sets properties of an object that it has not made", async () => {
    const { sensor } = await open("htu21d", CASES["si7020"]);
    expect(() => sensor.sample()).toThrow(TypeError);
  });

  it("shtc3 is too fast for the part where calls take no time", async () => {
    const { callUs: _, ...hasty } = CASES["shtc3"];
    await expect(open("shtc3", hasty)).rejects.toMatchObject({ code: "no-acknowledge" });
  });

  it("shtc3 cannot be closed while the part sleeps", async () => {
    const { sensor } = await open("shtc3", CASES["shtc3"]);
    expect(() => sensor.close()).toThrow(expect.objectContaining({ code: "no-acknowledge" }));
  });

  it.each([
    ["bme68x", "native function"],
    ["bmp180", "native function"],
  ])("%s is partly C, and the loader says which functions", async (name, what) => {
    const { modules } = foreignBench({ address: 1, part: lm75 });
    await expect(loadDriver({ file: join(sensors, name, `${name}.js`), modules })).rejects.toThrow(what);
  });
});
