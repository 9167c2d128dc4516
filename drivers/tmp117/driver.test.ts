import { describe, expect, it } from "vitest";
import type { SensorConformance } from "../conformance";
import { ConformanceBench } from "../conformance-bench.test-suite";
import { conformance } from "./conformance";
import { CONVERSION_US, Register } from "./constants";
import { driver, Outcome, TMP117 } from "./driver";
import { emulator } from "./emulator";
import { schema } from "./schema";

/** What every sensor owes is in conformance.test.ts; here is what only a TMP117 has. */
function bench(page: Record<string, unknown> = {}) {
  const folder = { driver, emulator, schema, facts: conformance as SensorConformance };
  const at = new ConformanceBench(folder, { name: "one", page });
  const { device } = at;
  const open = () =>
    new TMP117({ sensor: { io: device.board.io.I2C!, data: 21, clock: 22, address: at.address }, clock: device.clock });
  const measure = (sensor: TMP117) => {
    device.wait(sensor.start());
    return sensor.sample();
  };
  return { at, device, open, measure };
}

describe("a TMP117", () => {
  it.each([1, 8, 32, 64] as const)("takes 17.5 ms for each of %i conversions", (averaging) => {
    const { open, measure } = bench();
    const sensor = open();
    sensor.configure({ averaging });
    expect(sensor.start()).toBe(averaging * CONVERSION_US);
    expect(measure(sensor)).toBeDefined();
  });

  it("says when its limits were passed, below zero as well", () => {
    const { device, open, measure } = bench();
    const sensor = open();
    sensor.configure({ highLimitCel: 57, lowLimitCel: -10 });
    const alertAt = (celsius: number) => {
      device.air["temperature"] = celsius;
      return measure(sensor)!.alert;
    };
    expect([21, 57, 90, 21, -9.9, -10.1, 21].map(alertAt)).toEqual([0, 1, 1, 0, 0, 2, 0]);
  });

  it("gives its limits again to a part that lost its power", () => {
    const { at, device, open, measure } = bench();
    const sensor = open();
    sensor.configure({ highLimitCel: 57 });
    measure(sensor);
    device.wait(sensor.start() / 2);
    at.powerCycle();
    device.wait(2_000_000);
    expect(sensor.sample()).toBeUndefined();
    expect(sensor.outcome).toBe(Outcome.restarted);
    device.air["temperature"] = 60;
    expect(measure(sensor)).toMatchObject({ alert: 1, faults: { noAnswer: 0, restarted: 1 } });
  });

  it("names the part's own number, 48 bits of it", () => {
    expect(bench().open().identification.uniqueID).toMatch(/^[0-9a-f]{12}$/);
  });

  it("tells of a change of configuration, once, and refuses what the part does not have", () => {
    const { device } = bench();
    let changes = 0;
    const sensor = new TMP117({
      sensor: { io: device.board.io.I2C!, data: 21, clock: 22 },
      onConfiguration: () => changes++,
    });
    sensor.configure({ averaging: 8 });
    expect(changes).toBe(0);
    sensor.configure({ averaging: 64 });
    expect(changes).toBe(1);
    expect(() => sensor.configure({ averaging: 2 as 1 })).toThrow(RangeError);
    expect(() => sensor.configure({ highLimitCel: Number.NaN })).toThrow(RangeError);
    expect(sensor.configuration).toMatchObject({ averaging: 64, highLimitCel: 192, lowLimitCel: -256 });
  });

  it("keeps its ALERT in therm mode between the limits, whoever reads its flags", () => {
    const { device, open, measure } = bench();
    const sensor = open();
    sensor.configure({ highLimitCel: 60, lowLimitCel: 55, alertMode: "therm", alertActive: "high" });
    const alertAt = (celsius: number) => {
      device.air["temperature"] = celsius;
      return measure(sensor)!.alert;
    };
    expect([50, 61, 57, 57, 54, 57].map(alertAt)).toEqual([0, 1, 1, 1, 0, 0]);
    sensor.configure({ alertMode: "window" });
    expect([61, 57, 54, 57].map(alertAt)).toEqual([1, 0, 2, 0]);
  });

  it("says that another part answers at its address", () => {
    const { at, device } = bench();
    at.part.foreign = { command: [Register.deviceId], foreign: [0x11, 0x16] };
    const instance = device.open();
    for (let i = 0; i < 3; i++) at.tick(instance);
    expect(device.lost).toEqual(["another part answers at its address"]);
  });

  it("refuses a reading outside of the range that the data sheet specifies", () => {
    const { at, device } = bench();
    const instance = at.open();
    device.air["temperature"] = 160;
    expect(at.tick(instance)[0].quality).not.toBe(0);
    expect(device.lost).toEqual([]);
  });
});
