import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { edited, mistakes } from "../../manifests/examples/sites.test-suite";
import type { SensorConformance } from "../conformance";
import { ConformanceBench } from "../conformance-bench.test-suite";
import { Quality } from "../contract";
import { conformance } from "./conformance";
import { BIAS_US, CONVERSION_US, celsiusOf, DETECT_US, Fault, ratioAt } from "./constants";
import { driver } from "./driver";
import { emulator } from "./emulator";
import { schema } from "./schema";

/** What every sensor owes is in conformance.test.ts; here is what only a MAX31865 has. */
function bench(page: Record<string, unknown> = {}) {
  const folder = { driver, emulator, schema, facts: conformance as SensorConformance };
  const at = new ConformanceBench(folder, { name: "one", bus: "spi", page });
  return { at, instance: at.open(), act: (verb: string, ...words: string[]) => at.part.act(verb, words) };
}

describe("platinum", () => {
  // IEC 60751, table 1: ohms of a PT100.
  it.each([
    [-200, 18.52],
    [-100, 60.26],
    [-50, 80.31],
    [0, 100],
    [50, 119.4],
    [100, 138.51],
    [200, 175.86],
    [400, 247.09],
    [600, 313.71],
    [850, 390.48],
  ])("has at %d Cel the resistance of the standard's table, %d Ohm", (celsius, ohm) => {
    expect(100 * ratioAt(celsius)).toBeCloseTo(ohm, 2);
    expect(celsiusOf(ohm / 100)).toBeCloseTo(celsius, 1);
  });

  it("gives back the temperature of any resistance to a millionth of a kelvin", () => {
    fc.assert(
      fc.property(fc.double({ min: -200, max: 850, noNaN: true }), (celsius) => {
        expect(Math.abs(celsiusOf(ratioAt(celsius)) - celsius)).toBeLessThan(1e-6);
      }),
    );
  });
});

describe("a MAX31865", () => {
  it("lets current flow for the measurement alone, after a look for faults", () => {
    const { at, instance } = bench();
    const waits: number[] = [];
    const frames: number[][] = [];
    const target = at.part.spi!;
    const exchange = target.exchange!.bind(target);
    (target as { exchange: typeof exchange }).exchange = (bytes, hz) => {
      frames.push([...bytes]);
      exchange(bytes, hz);
    };
    for (let us = instance.start(at.device.kernel.nowUs()); us > 0; us = instance.finish(at.device.kernel.nowUs())) {
      waits.push(us);
      at.device.wait(us);
    }
    expect(waits).toEqual([BIAS_US, DETECT_US, CONVERSION_US[50]]);
    // Thresholds once; bias and clear, detect, one shot, all registers, bias off. 50 Hz, not three wires.
    expect(frames.map(([address, first]) => [address, first])).toEqual([
      [0x83, expect.any(Number)],
      [0x80, 0x83],
      [0x80, 0x85],
      [0x80, 0xa1],
      [0x00, 0x00],
      [0x80, 0x01],
    ]);
  });

  it.each([
    ["open", Fault.high | Fault.refHigh],
    ["short", Fault.low],
    ["open-force", Fault.high | Fault.refHigh | Fault.refLow | Fault.rtdLow],
    ["overvoltage", Fault.voltage],
  ])(
    "has no reading with the wires %s, says trouble after three, with the fault register as evidence",
    (fault, word) => {
      const { at, instance, act } = bench();
      at.tick(instance);
      act(fault);
      at.tick(instance);
      const [reading] = at.tick(instance);
      expect([reading.value, reading.quality]).toEqual([Number.NaN, Quality.badDevice]);
      expect(at.device.edges).toEqual([]);
      at.tick(instance);
      at.tick(instance);
      expect(at.device.edges).toMatchObject([{ kind: "trouble", active: true, evidence: word }]);
      act("repair");
      expect(at.tick(instance)[0].quality).toBe(Quality.good);
      expect(at.device.edges.map(({ active }) => active)).toEqual([true, false]);
      // The part answered all the time.
      expect(at.device.lost).toEqual([]);
    },
  );

  it("says beyond its range that it is, and further out that the element is not there", () => {
    const { at, instance, act } = bench();
    act("temperature", "852");
    expect(at.tick(instance)[0].quality).toBe(Quality.badRange);
    act("temperature", "900");
    expect(at.tick(instance)[0].quality).toBe(Quality.badDevice);
    act("follow");
    expect(at.tick(instance)[0].quality).toBe(Quality.good);
  });

  it("is no trouble for one odd reading", () => {
    const { at, instance, act } = bench();
    for (let i = 0; i < 4; i++) {
      act("open");
      at.tick(instance);
      act("repair");
      at.tick(instance);
    }
    expect(at.device.edges).toEqual([]);
  });

  it("says what a scenario can make it do", () => {
    const { act } = bench();
    expect(() => act("melt")).toThrow(/open, short, open-force, overvoltage, repair, temperature <Cel> or follow/);
    expect(() => act("temperature", "much")).toThrow(/not "temperature much"/);
  });
});

describe("a MAX31865's page", () => {
  const site = (device: string) =>
    edited("clock: 9 }", "clock: 9 }\n  spi0: { kind: spi, clock: 12, out: 11, in: 13, select: 10 }").replace(
      "uplink:",
      `  oven: { driver: max31865, bus: spi0${device} }\nuplink:`,
    );

  it("refuses a reference that the element outgrows", async () => {
    expect(await mistakes(site(", referenceOhm: 300"))).toMatch(
      /a pt100 has 390 Ohm at 850 Cel, which a reference of 300 Ohm cannot measure\nexpected: 400 Ohm/,
    );
  });

  it("refuses wires and elements that there are not", async () => {
    expect(await mistakes(site(", wires: 5"))).toMatch(/5 is not valid here\nexpected: 2, 3 or 4|one of 2, 3, 4/);
    expect(await mistakes(site(", element: pt50"))).toMatch(/pt100/);
  });
});
