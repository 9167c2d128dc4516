import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checked, edited, mistakes } from "../../manifests/examples/sites.test-suite";
import { InputState, loopScale, voltageScale } from "../analog-input/constants";
import type { SensorConformance } from "../conformance";
import { ConformanceBench } from "../conformance-bench.test-suite";
import { Quality } from "../contract";
import { conformance } from "./conformance";
import { Configuration, conversionUs, FULL_STEPS, Register } from "./constants";
import { driver } from "./driver";
import { emulator } from "./emulator";
import { ConverterInput } from "./input";
import { schema } from "./schema";

/** What every sensor owes is in conformance.test.ts; here is what only an ADS1115 has. */
function bench(page: Record<string, unknown> = conformanceOf(0)) {
  const folder = { driver, emulator, schema, facts: conformance as SensorConformance };
  const at = new ConformanceBench(folder, { name: "one", page });
  const instance = at.open();
  return { at, instance, act: (words: string) => at.part.act(words.split(" ")[0], words.split(" ").slice(1)) };
}

const conformanceOf = (index: number) => (conformance as SensorConformance).pages[index].page;

describe("an input of an ADS1115", () => {
  const loop = new ConverterInput({ input: 0, rangeMv: 4096, scale: loopScale(100, 0, 5) }, 128);

  it("has the codes of the data sheet", () => {
    // Start, AIN0 against ground, 4.096 V, single shot, 128 a second; the latching bit marks it as ours.
    expect(loop.configuration).toBe(0x8000 | 0x4000 | 0x0200 | 0x0100 | 0x0080 | 0x0004);
    const other = new ConverterInput({ input: "2-3", rangeMv: 256, scale: voltageScale(1, 0, 1, 0, 1) }, 860);
    expect(other.configuration).toBe(0x8000 | 0x3000 | 0x0a00 | 0x0100 | 0x00e0 | 0x0004);
  });

  it.each([
    [0, InputState.openWire],
    [3.5, InputState.openWire],
    [3.7, InputState.outOfRange],
    [3.9, InputState.good],
    [20.4, InputState.good],
    [20.7, InputState.outOfRange],
    [21.1, InputState.overRange],
    [30, InputState.overRange],
  ])("judges %d mA after NE 43", (milliamperes, state) => {
    expect(loop.stateOf(Math.round((milliamperes * 100 * FULL_STEPS) / 4096))).toBe(state);
  });

  it("takes neither end of the converter for a voltage", () => {
    const input = new ConverterInput({ input: "0-1", rangeMv: 2048, scale: voltageScale(1, 0, 1000, 0, 1) }, 128);
    expect([32_767, 32_766, 0, -32_767, -32_768].map((raw) => input.stateOf(raw))).toEqual([
      InputState.overRange,
      InputState.good,
      InputState.good,
      InputState.good,
      InputState.openWire,
    ]);
  });

  it("finds the word of a value that it reads back", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 5, noNaN: true }), (value) => {
        expect(Math.abs(loop.valueOf(loop.rawOf(value)) - value)).toBeLessThanOrEqual(0.0002);
      }),
    );
  });
});

describe("an ADS1115", () => {
  it("converts one input after the other, each in its time", () => {
    const { at, instance } = bench();
    at.part.written.length = 0;
    expect(instance.start(0)).toBe(conversionUs(128));
    at.device.wait(conversionUs(128));
    expect(instance.finish(at.device.kernel.nowUs())).toBe(conversionUs(128));
    at.device.wait(conversionUs(128));
    expect(instance.finish(at.device.kernel.nowUs())).toBe(0);
    const begun = at.part.written.filter(
      ([register, high]) => register === Register.configuration && high !== undefined,
    );
    expect(begun.map(([, high]) => (high >> 4) & 7)).toEqual([4, 3]);
  });

  it.each([
    ["break", "loop is open"],
    ["short", "loop is shorted"],
  ])(
    "is in trouble after three readings when a wire has a %s, on that channel alone, and until it is whole",
    (fault) => {
      const { at, instance, act } = bench();
      act(`level ${fault}`);
      at.tick(instance);
      const readings = at.tick(instance);
      expect(readings.map(({ channel, quality }) => [channel, quality])).toEqual([
        ["level", Quality.badDevice],
        ["battery", Quality.good],
      ]);
      expect(at.device.edges).toEqual([]);
      at.tick(instance);
      at.tick(instance);
      expect(at.device.edges.map(({ channel, kind, active }) => [channel, kind, active])).toEqual([
        ["level", "trouble", true],
      ]);
      act("level repair");
      at.tick(instance);
      expect(at.device.edges.map(({ active }) => active)).toEqual([true, false]);
      expect(at.device.lost).toEqual([]);
    },
  );

  it("writes the limits of its ALERT pin, and lets the comparator count", () => {
    const { at, instance } = bench(conformanceOf(1));
    at.tick(instance);
    const word = (register: number) => {
      const [, high, low] = at.part.written.filter((bytes) => bytes[0] === register && bytes.length === 3).at(-1)!;
      return (high << 8) | low;
    };
    // 1 m are 7.2 mA and 720 mV, 4 m are 16.8 mA and 1680 mV, in steps of 0.125 mV.
    expect(word(Register.lowThreshold)).toBe(720 / 0.125);
    expect(word(Register.highThreshold)).toBe(1680 / 0.125);
    expect(word(Register.configuration) & Configuration.queueOff).toBe(1);
  });

  it("gives up a part that answers with what it has after a reset", () => {
    const { at, instance } = bench();
    instance.start(at.device.kernel.nowUs());
    at.powerCycle();
    at.device.wait(conversionUs(128));
    expect(instance.finish(at.device.kernel.nowUs())).toBe(0);
    expect(at.device.readings.slice(-2).map(({ quality }) => quality)).toEqual([Quality.badDevice, Quality.badDevice]);
  });

  it("says what a scenario can make it do", () => {
    const { act } = bench();
    expect(() => act("depth value 1")).toThrow(/no input "depth": one of level, battery/);
    expect(() => act("level melt")).toThrow(/value <number>, follow, break, short or repair/);
  });
});

describe("an ADS1115's page", () => {
  const site = (device: string) => edited("uplink:", `  adc: { driver: ads1115, bus: i2c0, ${device} }\nuplink:`);

  it("chooses the smallest range that still sees a failed loop", async () => {
    const loop = (shuntOhm: number) => `{ input: 0, loop: { shuntOhm: ${shuntOhm}, low: 0, high: 5 } }`;
    const { devices } = await checked(
      site(`inputs: { a: ${loop(100)}, b: { input: 1, loop: { shuntOhm: 40, low: 0, high: 5 } } }`),
    );
    const settings = devices.find(({ id }) => id === "adc")!;
    const { inputs } = settings.schema.settings(settings.page, {} as never) as { inputs: { rangeMv: number }[] };
    // 21 mA make 2.1 V in 100 Ohm and 0.84 V in 40.
    expect(inputs.map(({ rangeMv }) => rangeMv)).toEqual([4096, 1024]);
  });

  it.each([
    ["inputs: {}", /without inputs has nothing to say/],
    ["inputs: { a: { input: 4 } }", /4 is not valid here/],
    ["inputs: { a: { input: 1 }, b: { input: 1 } }", /"b" and "a" are the same input/],
    [
      "inputs: { a: { input: 0, rangeMv: 2048, loop: { low: 0, high: 5 } } }",
      /21 mA make 2100 mV in 100 Ohm: the converter ends at 2048 mV/,
    ],
    [
      "inputs: { a: { input: 0 }, b: { input: 1 } }, alert: { low: 0, high: 1 }",
      /ALERT pin compares whatever is converted/,
    ],
    ["inputs: { a: { input: 0 } }, alert: { low: 2, high: 1 }", /low limit is not below/],
    ["rate: 100, inputs: { a: { input: 0 } }", /100 is not valid here\nexpected: one of 8, 16, 32/],
  ])("refuses %s", async (device, message) => {
    expect(await mistakes(site(device))).toMatch(message);
  });
});
