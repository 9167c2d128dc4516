import { describe, expect, it } from "vitest";
import type { SensorConformance } from "../../drivers/conformance";
import { ConformanceBench } from "../../drivers/conformance-bench.test-suite";
import { conformance } from "./conformance";
import { RESET_US, SAMPLE_US, temperatureCel } from "./constants";
import { driver, Outcome, PartName } from "./driver";
import { emulator } from "./emulator";
import { schema } from "./schema";

/** What every sensor owes is in conformance.test.ts; here is what only this part has. */
function bench(page: Record<string, unknown> = {}) {
  const folder = { driver, emulator, schema, facts: conformance as SensorConformance };
  const at = new ConformanceBench(folder, { name: "one", page });
  const { device } = at;
  const open = () => {
    const io = device.board.io.I2C!;
    const sensor = new PartName({ sensor: { io, data: 21, clock: 22, address: at.address }, clock: device.clock });
    device.wait(RESET_US);
    return sensor;
  };
  return { at, device, open };
}

describe("part-name", () => {
  // TODO: known answers of the data sheet.
  it.each([
    [0, -273.15],
    [27_315, 0],
    [39_815, 125],
  ])("has word %i for %d Cel", (word, celsius) => {
    expect(temperatureCel(word)).toBeCloseTo(celsius, 9);
  });

  it("takes 10 ms for each sample, and has nothing to say a microsecond before", () => {
    const { device, open } = bench();
    const sensor = open();
    sensor.configure({ samples: 4 });
    const dueUs = sensor.start();
    expect(dueUs).toBe(4 * SAMPLE_US);
    device.wait(dueUs - 1);
    expect(sensor.sample()).toBeUndefined();
    expect(sensor.outcome).toBe(Outcome.notReady);
    device.wait(1);
    expect(sensor.sample()).toBeDefined();
  });

  it("says that another part answers at its address", () => {
    const { at, device } = bench();
    at.part.foreign = (conformance as SensorConformance).identity;
    const instance = device.open();
    for (let i = 0; i < 3; i++) at.tick(instance);
    expect(device.lost).toEqual(["another part answers at its address"]);
  });
});
