import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { I2CConstructor, I2COptions } from "../../hal/io";
import { IOError } from "../../hal/io-error";
import { WorldBoard } from "../../host-sim/world/board";
import { WorldClock } from "../../host-sim/world/clock";
import { Kernel } from "../../host-sim/world/kernel";
import { RandomBranch } from "../../host-sim/world/random";
import { type DeviceSink, Quality } from "../contract";
import { type I2CTarget, QUIET_AIR, type Quantity } from "../emulation";
import type { ChannelPlan, DevicePlan } from "../plan";
import { crc8 } from "../word-crc8";
import { Command, humidityPercent, MEASURE_US, RESET_US, temperatureCel } from "./constants";
import { driver, ReadOutcome, SHT3x, type SHT3xOptions } from "./driver";
import { SHT3xEmulator } from "./emulator";

const PINS = { data: 21, clock: 22 } as const;
const ADDRESS = 0x44;
/** One step of the 16-bit words, in the unit of what they mean. */
const STEP_CEL = 175 / 65_535;
const STEP_PERCENT = 100 / 65_535;

const channel = (name: string, unit: string): ChannelPlan => ({ name, unit, filters: [], alarms: [] });

const PLAN: DevicePlan = {
  id: "hall-climate",
  driver: "sht3x",
  connection: { io: "I2C", bus: "i2c0", options: { ...PINS, hz: 400_000, address: ADDRESS } },
  everyMs: 1000,
  channels: [channel("temperature", "Cel"), channel("humidity", "%RH")],
  settings: { repeatability: "high" },
  trace: {},
};

/** A board with one emulated part on its bus, and a tap that hears every command. */
function bench({ attached = true } = {}) {
  const kernel = new Kernel();
  const clock = new WorldClock(kernel);
  const random = new RandomBranch(7);
  const board = new WorldBoard(kernel, random.branch("board"));
  const bus = board.i2c(PINS.data, PINS.clock);
  const air: Record<Quantity, number> = { ...QUIET_AIR, temperature: 21, humidity: 45 };
  const part = new SHT3xEmulator(PLAN, {
    clock,
    random: random.branch("part"),
    quantity: (name) => air[name],
    recorded: () => true,
  });
  const commands: number[] = [];
  const tap: I2CTarget = {
    write: (bytes) => {
      commands.push((bytes[0] << 8) | bytes[1]);
      return part.write(bytes);
    },
    read: (into) => part.read(into),
  };
  if (attached) bus.attach(ADDRESS, tap);
  const wait = (us: number) => kernel.runUntil(kernel.nowUs() + us);
  return { kernel, clock, board, bus, air, commands, tap, wait };
}

/** A sensor that is past its reset. */
function ready(options: Partial<SHT3xOptions> = {}) {
  const table = bench();
  const sensor = new SHT3x({ sensor: { ...PINS, io: table.board.io.I2C! }, clock: table.clock, ...options });
  table.wait(RESET_US);
  table.commands.length = 0;
  return { ...table, sensor };
}

describe("the SHT3x's arithmetic", () => {
  it("has the checksum of the data sheet: CRC(BEEF) = 92", () => {
    expect(crc8(Uint8Array.of(0xbe, 0xef), 0, 2)).toBe(0x92);
  });

  it.each([
    [0x0000, -45, 0],
    [0x3333, -10, 20],
    [0x6666, 25, 40],
    [0xffff, 130, 100],
  ])("converts word %i to %d Cel and %d %RH", (word, celsius, percent) => {
    expect(temperatureCel(word)).toBeCloseTo(celsius, 5);
    expect(humidityPercent(word)).toBeCloseTo(percent, 5);
  });

  it("notices every change of up to two bits in a word with its checksum", () => {
    const flips = fc.uniqueArray(fc.integer({ min: 0, max: 23 }), { minLength: 1, maxLength: 2 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff }), flips, (word, bits) => {
        const bytes = Uint8Array.of(word >> 8, word & 0xff, 0);
        bytes[2] = crc8(bytes, 0, 2);
        for (const bit of bits) bytes[bit >> 3] ^= 1 << (bit & 7);
        expect(crc8(bytes, 0, 2)).not.toBe(bytes[2]);
      }),
    );
  });
});

describe("an SHT3x", () => {
  it("resets the part when it is opened, and is ready 1.5 ms later", () => {
    const { board, clock, commands, wait } = bench();
    const sensor = new SHT3x({ sensor: { ...PINS, io: board.io.I2C! }, clock });
    expect(commands).toEqual([Command.serialNumber, Command.softReset]);
    wait(1_499);
    expect(() => sensor.start()).toThrow(IOError);
    wait(1);
    expect(sensor.start()).toBe(15_500);
  });

  it("measures in 15.5 ms, and has nothing to say a microsecond before", () => {
    const { sensor, wait } = ready();
    const dueUs = sensor.start();
    wait(dueUs - 1);
    expect(sensor.sample()).toBeUndefined();
    expect(sensor.outcome).toBe(ReadOutcome.notReady);
    wait(1);
    expect(sensor.sample()).toBeDefined();
    expect(sensor.outcome).toBe(ReadOutcome.good);
  });

  it("gives the air of the moment at which the measurement began, with its ticks, however late it is read", () => {
    const { sensor, air, wait, kernel } = ready();
    air.temperature = 23.456;
    const startedUs = kernel.nowUs();
    sensor.start();
    air.temperature = 90;
    wait(5_000_000);
    const sample = sensor.sample()!;
    expect(Math.abs(sample.thermometer.temperature - 23.456)).toBeLessThanOrEqual(STEP_CEL / 2 + 1e-5);
    expect(Math.abs(sample.hygrometer.humidity - 45)).toBeLessThanOrEqual(STEP_PERCENT / 2 + 1e-5);
    expect(sample.ticks).toBe(startedUs);
    expect(sample.faults).toBeUndefined();
  });

  it("begins a measurement when it is sampled and none is under way, and gives each one once", () => {
    const { sensor, commands, wait } = ready();
    expect(sensor.sample()).toBeUndefined();
    expect(commands).toEqual([Command.measureHigh]);
    wait(MEASURE_US.high);
    expect(sensor.sample()).toBeDefined();
    expect(sensor.sample()).toBeUndefined();
    expect(commands).toEqual([Command.measureHigh, Command.measureHigh]);
  });

  it("fills the sample that it is given", () => {
    const { sensor, wait } = ready();
    const into = { hygrometer: { humidity: 0 }, thermometer: { temperature: 0 } };
    sensor.start();
    wait(MEASURE_US.high);
    expect(sensor.sample(into)).toBe(into);
    expect(into.hygrometer.humidity).toBeCloseTo(45, 2);
  });

  it("gives no ticks without a clock", () => {
    const { board, wait } = bench();
    const sensor = new SHT3x({ sensor: { ...PINS, io: board.io.I2C! } });
    wait(RESET_US);
    wait(sensor.start());
    expect(sensor.sample()).toEqual({
      thermometer: { temperature: expect.closeTo(21, 2) },
      hygrometer: { humidity: expect.closeTo(45, 2) },
    });
  });

  it("without a clock waits for a measurement that is polled too often, and not for ever", () => {
    const { board, wait, bus } = bench();
    const sensor = new SHT3x({ sensor: { ...PINS, io: board.io.I2C! } });
    wait(RESET_US);
    let samples = 0;
    for (let i = 0; i < 100; i++) {
      if (sensor.sample() !== undefined) samples++;
      wait(1_000);
    }
    expect(samples).toBeGreaterThanOrEqual(5);
    bus.detach(ADDRESS);
    sensor.reset();
    expect(() => sensor.sample()).toThrow(IOError);
  });

  it("judges a running measurement by the time that it was begun with", () => {
    const { sensor, wait } = ready();
    sensor.start();
    sensor.configure({ repeatability: "low" });
    wait(MEASURE_US.low);
    expect(sensor.sample()).toBeUndefined();
    expect(sensor.outcome).toBe(ReadOutcome.notReady);
    wait(MEASURE_US.high - MEASURE_US.low);
    expect(sensor.sample()).toBeDefined();
  });

  it("brings any two words out as what they mean, to single precision", () => {
    const { sensor, bus, tap, wait } = ready();
    let words = [0, 0];
    bus.detach(ADDRESS);
    bus.attach(ADDRESS, { write: tap.write, read: (into) => readout(into, words) });
    const word = fc.integer({ min: 0, max: 0xffff });
    fc.assert(
      fc.property(word, word, (temperature, humidity) => {
        words = [temperature, humidity];
        wait(sensor.start());
        const sample = sensor.sample()!;
        expect(sample.thermometer.temperature).toBe(Math.fround(-45 + (175 * temperature) / 65_535));
        expect(sample.hygrometer.humidity).toBe(Math.fround((100 * humidity) / 65_535));
      }),
    );
  });

  it("brings any air that the part can measure out within half a step of its words", () => {
    const { sensor, air, wait } = ready();
    const real = (min: number, max: number) => fc.double({ min, max, noNaN: true });
    fc.assert(
      fc.property(real(-45, 130), real(0, 100), (temperature, humidity) => {
        Object.assign(air, { temperature, humidity });
        wait(sensor.start());
        const sample = sensor.sample()!;
        expect(Math.abs(sample.thermometer.temperature - temperature)).toBeLessThanOrEqual(STEP_CEL / 2 + 1e-5);
        expect(Math.abs(sample.hygrometer.humidity - humidity)).toBeLessThanOrEqual(STEP_PERCENT / 2 + 1e-5);
      }),
    );
  });

  it("drops a reading with a wrong checksum and tells of it in the next good sample, once", () => {
    const { sensor, bus, wait } = ready();
    bus.corruptNext(2);
    for (let i = 0; i < 2; i++) {
      wait(sensor.start());
      expect(sensor.sample()).toBeUndefined();
      expect(sensor.outcome).toBe(ReadOutcome.crc);
    }
    wait(sensor.start());
    expect(sensor.sample()!.faults).toEqual({ crc: 2, noAnswer: 0 });
    wait(sensor.start());
    expect(sensor.sample()!.faults).toBeUndefined();
  });

  it("never takes a value from a line that flips a bit", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0, max: 47 }), (word, bit) => {
        const { sensor, bus, tap, wait } = ready();
        bus.detach(ADDRESS);
        bus.attach(ADDRESS, {
          write: tap.write,
          read: (into) => {
            readout(into, [word, word]);
            into[bit >> 3] ^= 1 << (bit & 7);
            return true;
          },
        });
        wait(sensor.start());
        expect(sensor.sample()).toBeUndefined();
        expect(sensor.outcome).toBe(ReadOutcome.crc);
      }),
      { numRuns: 60 },
    );
  });

  it("gives up a measurement that is not answered when it is due, counts it, and goes on", () => {
    const { sensor, bus, tap, wait } = ready();
    wait(sensor.start());
    bus.detach(ADDRESS);
    expect(sensor.sample()).toBeUndefined();
    expect(sensor.outcome).toBe(ReadOutcome.noAnswer);
    expect(() => sensor.start()).toThrow(/no acknowledgement/);
    bus.attach(ADDRESS, tap);
    wait(sensor.start());
    expect(sensor.sample()!.faults).toEqual({ crc: 0, noAnswer: 1 });
  });

  it.each([
    ["high", Command.measureHigh, 15_500],
    ["medium", Command.measureMedium, 6_500],
    ["low", Command.measureLow, 4_500],
  ] as const)("measures with %s repeatability by its own command and time", (repeatability, command, durationUs) => {
    const { sensor, commands, wait } = ready();
    sensor.configure({ repeatability });
    expect(sensor.configuration).toEqual({ repeatability, clockStretching: false });
    expect(sensor.start()).toBe(durationUs);
    expect(commands).toEqual([command]);
    wait(durationUs);
    expect(sensor.sample()).toBeDefined();
  });

  it("tells of a change of configuration, and of nothing else", () => {
    let changes = 0;
    const { sensor } = ready({ onConfiguration: () => changes++ });
    sensor.configure({});
    sensor.configure({ repeatability: "high" });
    expect(changes).toBe(0);
    sensor.configure({ repeatability: "low" });
    expect(changes).toBe(1);
  });

  it("refuses a repeatability that the part does not have, and keeps its own", () => {
    const { sensor } = ready();
    expect(() => sensor.configure({ repeatability: "best" as "high" })).toThrow(RangeError);
    expect(() => sensor.configure({ repeatability: "toString" as "high" })).toThrow(RangeError);
    expect(sensor.configuration.repeatability).toBe("high");
  });

  it("names its model, and the part's own serial number", () => {
    const { sensor } = ready();
    expect(sensor.identification).toEqual({
      model: "Sensirion SHT3x-DIS",
      classification: "Humidity-Temperature",
      uniqueID: expect.stringMatching(/^[0-9a-f]{8}$/),
    });
  });

  it("goes without a serial number when it arrives damaged", () => {
    const { board, bus } = bench();
    bus.corruptNext();
    const sensor = new SHT3x({ sensor: { ...PINS, io: board.io.I2C! } });
    expect(Object.keys(sensor.identification)).toEqual(["model", "classification"]);
  });

  it("can be opened before its part is there", () => {
    const { board, bus, clock, tap, wait } = bench({ attached: false });
    const sensor = new SHT3x({ sensor: { ...PINS, io: board.io.I2C! }, clock });
    expect(sensor.outcome).toBe(ReadOutcome.noAnswer);
    expect(() => sensor.start()).toThrow(IOError);
    bus.attach(ADDRESS, tap);
    wait(sensor.start());
    expect(sensor.sample()).toBeDefined();
  });

  it("asks the IO class for 400 kHz and address 0x44, and takes other wishes", () => {
    const asked: I2COptions[] = [];
    const { board } = bench();
    const io = class extends (board.io.I2C!) {
      constructor(options: I2COptions) {
        super(options);
        asked.push(options);
      }
    };
    new SHT3x({ sensor: { ...PINS, io } }).close();
    new SHT3x({ sensor: { ...PINS, io, hz: 100_000, address: 0x45 } }).close();
    expect(asked).toEqual([
      { ...PINS, hz: 400_000, address: 0x44 },
      { ...PINS, hz: 100_000, address: 0x45 },
    ]);
  });

  it("wants an I2C class", () => {
    const io = "I2C" as unknown as I2CConstructor;
    expect(() => new SHT3x({ sensor: { ...PINS, io } })).toThrow(TypeError);
  });

  it("closes twice without harm, frees its address, and throws on every use afterwards", () => {
    const { sensor, board } = ready();
    sensor.close();
    sensor.close();
    const uses = [() => sensor.start(), () => sensor.sample(), () => sensor.reset()];
    for (const use of [...uses, () => sensor.configure({ repeatability: "low" })]) expect(use).toThrow("SHT3x: closed");
    new SHT3x({ sensor: { ...PINS, io: board.io.I2C! } }).close();
  });
});

describe("the sht3x driver", () => {
  function open(plan: DevicePlan = PLAN) {
    const table = bench();
    const readings: [channel: number, value: number, quality: Quality, ticksUs: number][] = [];
    const links: [lost: boolean, reason: string][] = [];
    const sink: DeviceSink = {
      block: () => {},
      reading: (...reading) => readings.push(reading),
      edge: () => expect.unreachable(),
      communication: (lost, reason) => links.push([lost, reason]),
    };
    const device = driver.open(plan, {
      clock: table.clock,
      random: new RandomBranch(2),
      log: { info: () => {}, warn: () => {} },
      io: table.board.io,
      shared: (_bus, make) => make(),
      sink,
    });
    table.wait(RESET_US);
    table.commands.length = 0;
    /** One period, as the scheduler runs it. */
    const tick = () => {
      const dueUs = device.start(table.kernel.nowUs());
      if (dueUs > 0) {
        table.wait(dueUs);
        expect(device.finish(table.kernel.nowUs())).toBe(0);
      }
      table.wait(1_000_000 - dueUs);
      return dueUs;
    };
    return { ...table, device, readings, links, tick };
  }

  it("asks to be called back when the measurement is due, then reports both channels at the time of its start", () => {
    const { tick, readings, kernel } = open();
    const startedUs = kernel.nowUs();
    expect(tick()).toBe(15_500);
    expect(readings).toEqual([
      [0, expect.closeTo(21, 2), Quality.good, startedUs],
      [1, expect.closeTo(45, 2), Quality.good, startedUs],
    ]);
  });

  it("reports the channels that the site wants, in the site's order", () => {
    const swapped = open({ ...PLAN, channels: [PLAN.channels[1], PLAN.channels[0]] });
    swapped.tick();
    expect(new Map(swapped.readings.map(([at, value]) => [at, Math.round(value)]))).toEqual(
      new Map([
        [0, 45],
        [1, 21],
      ]),
    );
    const single = open({ ...PLAN, channels: [PLAN.channels[1]] });
    single.tick();
    expect(single.readings.map(([at, value]) => [at, Math.round(value)])).toEqual([[0, 45]]);
  });

  it("measures with the repeatability of the site", () => {
    const { tick, commands, device } = open({ ...PLAN, settings: { repeatability: "low" } });
    expect(tick()).toBe(4_500);
    expect(commands).toEqual([Command.measureLow]);
    expect(device.configuration).toBe("repeatability low");
    expect(device.identification?.classification).toBe("Humidity-Temperature");
  });

  it("marks what it could not read, and tells of the loss after three failures in a row, once", () => {
    const { tick, bus, readings, links } = open();
    bus.detach(ADDRESS);
    for (let i = 0; i < 2; i++) tick();
    expect(links).toEqual([]);
    for (let i = 0; i < 6; i++) tick();
    expect(links).toEqual([[true, "the sensor does not acknowledge"]]);
    expect(readings).toHaveLength(16);
    for (const [, value, quality] of readings) {
      expect(value).toBeNaN();
      expect(quality).toBe(Quality.badCommunication);
    }
  });

  it("tells of the return once, with good values again", () => {
    const { tick, bus, readings, links } = open();
    bus.nackNext(4);
    for (let i = 0; i < 8; i++) tick();
    expect(links.map(([lost]) => lost)).toEqual([true, false]);
    expect(readings.at(-1)?.[2]).toBe(Quality.good);
  });

  it("does not tell of a loss when a good reading comes between the failures", () => {
    const { tick, bus, links } = open();
    for (let i = 0; i < 4; i++) {
      bus.nackNext(2);
      for (let n = 0; n < 3; n++) tick();
    }
    expect(links).toEqual([]);
  });

  it("says when the line is what is wrong", () => {
    const { tick, bus, links } = open();
    bus.corruptNext(3);
    for (let i = 0; i < 3; i++) tick();
    expect(links).toEqual([[true, "checksum errors"]]);
  });

  it("resets a sensor that is lost at every fifth failure: it may have lost its power", () => {
    const { tick, bus, commands, tap } = open();
    bus.detach(ADDRESS);
    bus.attach(ADDRESS, { write: (bytes) => tap.write(bytes) && false, read: () => false });
    for (let i = 0; i < 10; i++) tick();
    expect(commands.filter((command) => command === Command.softReset)).toHaveLength(2);
  });

  it("cannot be opened on a platform without I2C", () => {
    const { clock } = bench();
    const sink: DeviceSink = { reading: () => {}, block: () => {}, edge: () => {}, communication: () => {} };
    const log = { info: () => {}, warn: () => {} };
    const context = {
      clock,
      random: new RandomBranch(2),
      log,
      io: {},
      shared: <T>(_: string, make: () => T) => make(),
      sink,
    };
    expect(() => driver.open(PLAN, context)).toThrow("no I2C");
  });

  it("frees its address when it is closed", () => {
    const { device, board } = open();
    device.close();
    device.close();
    new board.io.I2C!({ ...PINS, hz: 400_000, address: ADDRESS }).close();
  });
});

/** Two words with their checksums, as the part sends them. */
function readout(into: Uint8Array, words: readonly number[]): true {
  words.forEach((word, i) => {
    into[3 * i] = word >> 8;
    into[3 * i + 1] = word;
    into[3 * i + 2] = crc8(into, 3 * i, 2);
  });
  return true;
}
