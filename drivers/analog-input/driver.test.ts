import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Quality } from "../contract";
import { channel, DeviceBench } from "../device-bench.test-suite";
import type { PlanMap } from "../plan";
import { InputState, loopScale, pinMillivolts, voltageScale } from "./constants";
import { AnalogInput, driver } from "./driver";
import { emulator } from "./emulator";

const FULL_SCALE_MV = 2450;
const SHUNT_OHM = 100;
/** A level of 0 to 5 m. */
const LEVEL: PlanMap = { unit: "m", low: 0, high: 5, shuntOhm: SHUNT_OHM, scale: loopScale(SHUNT_OHM, 0, 5) };
/** One step of the converter, in metres. */
const STEP_M = (FULL_SCALE_MV / 4095 / SHUNT_OHM / 16) * 5;

function bench(settings: PlanMap = LEVEL) {
  return new DeviceBench(
    {
      connection: { io: "Analog", bus: "adc", options: { pin: 1, fullScaleMv: FULL_SCALE_MV } },
      channels: [channel("value", settings["unit"] as string)],
      settings,
    },
    driver,
    emulator,
  );
}

function loopAt(milliamperes: number) {
  const { board, clock } = bench();
  board.analog(7).attach({ millivolts: () => milliamperes * SHUNT_OHM }, FULL_SCALE_MV);
  const sensor = { io: board.io.Analog!, pin: 7, fullScaleMv: FULL_SCALE_MV };
  return new AnalogInput({ sensor, scale: loopScale(SHUNT_OHM, 0, 5), clock });
}

const last = (table: DeviceBench) => [table.readings.at(-1)?.value, table.readings.at(-1)?.quality];

describe("a scale", () => {
  it("has the value low at 4 mA and high at 20 mA", () => {
    const scale = loopScale(250, -20, 100);
    expect(pinMillivolts(-20, scale)).toBeCloseTo(1000, 9);
    expect(pinMillivolts(100, scale)).toBeCloseTo(5000, 9);
  });

  it("counts a divider", () => {
    // 0 to 10 V behind 30 and 10 kOhm: 2.5 V at the pin for the full range.
    const scale = voltageScale(4, 0, 10_000, 0, 50);
    expect(pinMillivolts(50, scale)).toBeCloseTo(2500, 9);
  });
});

describe("an AnalogInput on any ECMA-419 host", () => {
  it.each([
    [0, InputState.openWire],
    [3.5, InputState.openWire],
    [3.7, InputState.outOfRange],
    [3.9, InputState.good],
    [12, InputState.good],
    [20.4, InputState.good],
    [20.7, InputState.outOfRange],
    [21.1, InputState.overRange],
    [30, InputState.overRange],
  ])("judges %d mA after NE 43", (milliamperes, state) => {
    expect(loopAt(milliamperes).sample().state).toBe(state);
  });

  it("is right to half a step of the converter over its whole range", () => {
    fc.assert(
      fc.property(fc.double({ min: 3.9, max: 20.4, noNaN: true }), (milliamperes) => {
        const { value, state } = loopAt(milliamperes).sample();
        expect(state).toBe(InputState.good);
        expect(Math.abs(value - ((milliamperes - 4) * 5) / 16)).toBeLessThanOrEqual(STEP_M / 2 + 1e-9);
      }),
    );
  });

  it("fills the sample that it is given, with its time", () => {
    const input = loopAt(12);
    const sample = { value: 0, state: InputState.openWire as InputState };
    expect(input.sample(sample)).toBe(sample);
    expect(sample).toMatchObject({ state: InputState.good, ticks: 0 });
    expect(input.raw).toBe(Math.round((1200 * 4095) / 2450));
  });

  it("takes another scale, tells it once, and refuses one that is none", () => {
    const { board } = bench();
    let changes = 0;
    const input = new AnalogInput({
      sensor: { io: board.io.Analog!, pin: 7, fullScaleMv: FULL_SCALE_MV },
      scale: loopScale(SHUNT_OHM, 0, 5),
      onConfiguration: () => void changes++,
    });
    const scale = voltageScale(1, 0, 1000, 0, 1);
    input.configure({ scale });
    input.configure({ scale });
    expect([input.configuration.scale, changes]).toEqual([scale, 1]);
    expect(() => input.configure({ scale: { perMv: 0, offset: 0 } })).toThrow(RangeError);
  });

  it("looks at its options before it takes the pin", () => {
    const { board } = bench();
    const sensor = { io: board.io.Analog!, pin: 7, fullScaleMv: FULL_SCALE_MV };
    expect(() => new AnalogInput({ sensor, scale: undefined as never })).toThrow(TypeError);
    expect(() => new AnalogInput({ sensor: { ...sensor, fullScaleMv: 0 }, scale: loopScale(1, 0, 1) })).toThrow(
      RangeError,
    );
    const input = new AnalogInput({ sensor, scale: loopScale(SHUNT_OHM, 0, 5) });
    input.close();
    input.close();
    expect(() => input.sample()).toThrow(/closed/);
  });

  it("does not take the end of the converter for a voltage", () => {
    const { board } = bench();
    board.analog(7).attach({ millivolts: () => 3300 }, FULL_SCALE_MV);
    const sensor = { io: board.io.Analog!, pin: 7, fullScaleMv: FULL_SCALE_MV };
    const input = new AnalogInput({ sensor, scale: voltageScale(1, 0, 1000, 0, 1) });
    expect(input.sample().state).toBe(InputState.overRange);
  });
});

describe("a transmitter in a site", () => {
  it("reads what its process does", () => {
    const table = bench();
    const instance = table.open();
    table.act("value 3.2");
    table.tick(instance);
    expect(last(table)[0]).toBeCloseTo(3.2, 2);
    expect(last(table)[1]).toBe(Quality.good);
  });

  it("follows the air where its unit is one of the air's", () => {
    const table = bench({ unit: "Cel", low: 0, high: 100, shuntOhm: SHUNT_OHM, scale: loopScale(SHUNT_OHM, 0, 100) });
    const instance = table.open();
    table.air["temperature"] = 43;
    table.tick(instance);
    expect(last(table)[0]).toBeCloseTo(43, 0);
    table.act("value 50");
    table.tick(instance);
    expect(last(table)[0]).toBeCloseTo(50, 0);
    table.act("follow");
    table.tick(instance);
    expect(last(table)[0]).toBeCloseTo(43, 0);
  });

  it.each(["break", "short"])(
    "is in trouble after three readings when its loop has a %s, and until it is whole",
    (verb) => {
      const table = bench();
      const instance = table.open();
      table.act(verb);
      table.tick(instance);
      table.tick(instance);
      expect([last(table), table.edges]).toEqual([[Number.NaN, Quality.badDevice], []]);
      table.tick(instance);
      table.tick(instance);
      expect(table.edges.map(({ kind, active }) => [kind, active])).toEqual([["trouble", true]]);
      table.act("repair");
      table.tick(instance);
      expect(table.edges.map(({ active }) => active)).toEqual([true, false]);
      expect(last(table)[1]).toBe(Quality.good);
    },
  );

  it("is no trouble for one odd reading", () => {
    const table = bench();
    const instance = table.open();
    for (let i = 0; i < 3; i++) {
      table.act("break");
      table.tick(instance);
      table.act("repair");
      table.tick(instance);
    }
    expect(table.edges).toEqual([]);
  });

  it("is lost when the converter fails three times, told once, and back at the first reading", () => {
    const table = bench();
    const instance = table.open();
    table.board.analog(1).failed = true;
    for (let i = 0; i < 5; i++) table.tick(instance);
    expect(last(table)).toEqual([Number.NaN, Quality.badCommunication]);
    table.board.analog(1).failed = false;
    table.tick(instance);
    expect(table.lost).toEqual(["the pin cannot be read", "back"]);
  });

  it("says what a scenario can make it do", () => {
    expect(() => bench().act("melt")).toThrow(/value <number>, follow, break, short or repair; not "melt"/);
    expect(() => bench().act("value much")).toThrow(/"much" is not a number/);
  });
});
