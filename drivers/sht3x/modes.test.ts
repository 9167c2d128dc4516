import { describe, expect, it } from "vitest";
import { edited, mistakes } from "../../manifests/examples/sites.test-suite";
import type { SensorConformance } from "../conformance";
import { ConformanceBench } from "../conformance-bench.test-suite";
import { Quality } from "../contract";
import { crc8 } from "../word-crc8";
import { conformance } from "./conformance";
import {
  Command,
  limitWord,
  MEASURE_US,
  PERIODIC_COMMAND,
  RESET_US,
  STATUS_ALERT,
  STATUS_HUMIDITY_ALERT,
  STATUS_TEMPERATURE_ALERT,
} from "./constants";
import { driver, ReadOutcome, type SHT3x } from "./driver";
import { emulator } from "./emulator";
import { ALERT_AFTER_RESET } from "./modes";
import { schema } from "./schema";

function bench(page: Record<string, unknown> = {}) {
  const folder = { driver, emulator, schema, facts: conformance as SensorConformance };
  const at = new ConformanceBench(folder, { name: "one", page });
  const commands = () => at.part.written.splice(0).map(([high, low]) => (high << 8) | low);
  const ready = (settings: Partial<SHT3x["configuration"]>) => {
    const sensor = at.openSensor() as unknown as SHT3x;
    sensor.configure(settings);
    at.device.wait(RESET_US);
    commands();
    return sensor;
  };
  /** A word that the part has, behind a command of the test's own. */
  const word = (command: number) => {
    const answer = new Uint8Array(3);
    expect(at.part.i2c!.write(Uint8Array.of(command >> 8, command))).toBe(true);
    expect(at.part.i2c!.read(answer)).toBe(true);
    expect(crc8(answer, 0, 2)).toBe(answer[2]);
    return (answer[0] << 8) | answer[1];
  };
  return { at, commands, ready, word };
}

describe("an SHT3x that measures by itself", () => {
  it("is told once, and then asked for what is new", () => {
    const { at, commands, ready } = bench();
    const sensor = ready({ measurementsPerSecond: 2, repeatability: "medium" });
    expect(sensor.start()).toBe(MEASURE_US.medium);
    at.device.wait(MEASURE_US.medium);
    expect(sensor.sample()).toBeDefined();
    expect(commands()).toEqual([Command.heaterOff, PERIODIC_COMMAND[2].medium, Command.fetch]);
    at.device.wait(500_000);
    sensor.start();
    expect(sensor.sample()).toBeDefined();
    expect(commands()).toEqual([Command.fetch]);
  });

  it("has nothing new before its next measurement, which is no failure", () => {
    const { at, ready } = bench();
    const sensor = ready({ measurementsPerSecond: 0.5 });
    at.device.wait(sensor.start());
    expect(sensor.sample()).toBeDefined();
    at.device.wait(1_900_000);
    sensor.start();
    expect(sensor.sample()).toBeUndefined();
    expect(sensor.outcome).toBe(ReadOutcome.notReady);
    at.device.wait(150_000);
    expect(sensor.sample()!.faults).toBeUndefined();
  });

  it("gives a site a reading at every second tick, when it is asked twice as often as it measures", () => {
    const { at } = bench({ measurementsPerSecond: 0.5 });
    const instance = at.open();
    const readings = Array.from({ length: 8 }, () => at.tick(instance).length);
    expect(readings.reduce((sum, count) => sum + count, 0)).toBe(8);
    expect(at.device.lost).toEqual([]);
  });

  it("is stopped before it is told anything else, and told again afterwards", () => {
    const { at, commands, ready } = bench();
    const sensor = ready({ measurementsPerSecond: 10 });
    at.device.wait(sensor.start());
    sensor.sample();
    commands();
    sensor.configure({ measurementsPerSecond: undefined });
    expect(commands()).toEqual([Command.stopPeriodic]);
    at.device.wait(1_000);
    at.device.wait(sensor.start());
    expect(sensor.sample()).toBeDefined();
    expect(commands()).toEqual([Command.heaterOff, Command.measureHigh]);
    expect(sensor.isPeriodic).toBe(false);
  });

  it("is found measuring by a gateway that was restarted, and stopped", () => {
    const { at, ready, commands } = bench();
    const sensor = ready({ measurementsPerSecond: 1 });
    at.device.wait(sensor.start());
    sensor.close();
    // The part goes on; it takes neither the question for its number nor the reset.
    const next = at.openSensor() as unknown as SHT3x;
    expect(commands().at(-1)).toBe(Command.stopPeriodic);
    at.device.wait(1_000);
    at.device.wait(next.start());
    expect(next.sample()).toBeDefined();
  });
});

describe("an SHT3x's heater", () => {
  it("warms the readings, which a site then calls uncertain", () => {
    const { at } = bench({ heater: true });
    at.device.air["temperature"] = 20;
    const instance = at.open();
    const [temperature] = at.tick(instance);
    expect(temperature.value).toBeCloseTo(23, 1);
    expect(temperature.quality).toBe(Quality.uncertain);
    expect(instance.configuration).toBe("repeatability high, heater on");
  });

  it("is turned off again", () => {
    const { at, commands, ready } = bench();
    const sensor = ready({ heater: true });
    at.device.wait(sensor.start());
    sensor.sample();
    sensor.configure({ heater: false });
    at.device.wait(RESET_US);
    commands();
    at.device.wait(sensor.start());
    expect(commands()).toContain(Command.heaterOff);
    sensor.sample();
    at.device.air["temperature"] = 20;
    at.device.wait(sensor.start());
    expect(sensor.sample()!.thermometer.temperature).toBeCloseTo(20, 1);
  });
});

describe("an SHT3x's limits", () => {
  it("have the words of the application note's example: 60 Cel and 80 %RH are CD33", () => {
    expect(limitWord(60, 80)).toBe(0xcd33);
    expect(limitWord(-10, 20)).toBe(0x3266);
  });

  it("are written with their checksums, and are what the part then has", () => {
    const { at, ready, word } = bench();
    const alert = { ...ALERT_AFTER_RESET, highCel: 45, lowCel: 5, highPercent: 70, lowPercent: 30 };
    const sensor = ready({ measurementsPerSecond: 10, alert });
    at.device.wait(sensor.start());
    sensor.configure({ measurementsPerSecond: 10, alert: undefined });
    at.device.wait(1_000);
    expect(word(Command.readHighSet)).toBe(limitWord(45, 70));
    expect(word(Command.readHighClear)).toBe(limitWord(43, 68));
    expect(word(Command.readLowClear)).toBe(limitWord(7, 32));
    expect(word(Command.readLowSet)).toBe(limitWord(5, 30));
  });

  it("raise the part's alert beyond them, and end it when the value is back by the hysteresis", () => {
    const { at, ready, word } = bench();
    const sensor = ready({ measurementsPerSecond: 10, alert: { ...ALERT_AFTER_RESET, highCel: 45 } });
    const statusAt = (temperature: number, humidity = 50) => {
      Object.assign(at.device.air, { temperature, humidity });
      at.device.wait(100_000);
      at.device.wait(sensor.start());
      expect(sensor.sample()).toBeDefined();
      return word(Command.readStatus) & (STATUS_ALERT | STATUS_TEMPERATURE_ALERT | STATUS_HUMIDITY_ALERT);
    };
    expect(statusAt(44)).toBe(0);
    expect(statusAt(46)).toBe(STATUS_ALERT | STATUS_TEMPERATURE_ALERT);
    expect(statusAt(44)).toBe(STATUS_ALERT | STATUS_TEMPERATURE_ALERT);
    expect(statusAt(42)).toBe(0);
    expect(statusAt(42, 90)).toBe(STATUS_ALERT | STATUS_HUMIDITY_ALERT);
  });

  it("with a wrong checksum are not taken", () => {
    const { at, word } = bench();
    at.device.wait(RESET_US);
    at.part.i2c!.write(Uint8Array.of(Command.writeHighSet >> 8, Command.writeHighSet & 0xff, 0x12, 0x34, 0x00));
    expect(word(Command.readHighSet)).toBe(limitWord(60, 80));
  });

  it("are refused by the page where nobody would watch them, or where they cross", async () => {
    const site = (device: string) => edited("address: 0x44", `address: 0x44\n    ${device}`);
    expect(await mistakes(site("alert: { highCel: 50 }"))).toMatch(/watched only while the part measures by itself/);
    expect(await mistakes(site("measurementsPerSecond: 1\n    alert: { highCel: -20 }"))).toMatch(
      /the low one below the high one/,
    );
    expect(await mistakes(site("measurementsPerSecond: 3"))).toMatch(/expected: one of 0.5, 1, 2, 4, 10/);
  });
});
