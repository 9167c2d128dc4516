import { describe, expect, it } from "vitest";
import type { SensorConformance } from "../conformance";
import { ConformanceBench } from "../conformance-bench.test-suite";
import { conformance } from "./conformance";
import { Command, humidityPercent, MEASURE_US, temperatureCel, WAKE_US } from "./constants";
import { driver, Outcome, SHTC3 } from "./driver";
import { emulator } from "./emulator";
import { schema } from "./schema";

/** What every sensor owes is in conformance.test.ts; here is what only an SHTC3 has. */
function bench(page: Record<string, unknown> = {}) {
  const folder = { driver, emulator, schema, facts: conformance as SensorConformance };
  const at = new ConformanceBench(folder, { name: "one", page });
  const commands = () => at.part.written.splice(0).map(([high, low]) => (high << 8) | low);
  return { at, commands, device: at.device };
}

describe("an SHTC3", () => {
  it.each([
    [0x0000, -45, 0],
    [0x8000, 42.5, 50],
  ])("converts word %i to %d Cel and %d %RH", (word, celsius, percent) => {
    expect(temperatureCel(word)).toBe(celsius);
    expect(humidityPercent(word)).toBe(percent);
  });

  it("is woken, asked once what it is, measured, and sent to sleep", () => {
    const { at, commands } = bench();
    const instance = at.open();
    at.tick(instance);
    at.tick(instance);
    const turn = [Command.wakeUp, Command.measureNormal, Command.sleep];
    expect(commands()).toEqual([Command.wakeUp, Command.readId, ...turn.slice(1), ...turn]);
  });

  it.each(["normal", "low-power"] as const)("takes its own time in %s mode", (mode) => {
    const { at, device } = bench({ mode });
    const instance = at.open();
    expect(instance.start(device.kernel.nowUs())).toBe(WAKE_US);
    device.wait(WAKE_US);
    expect(instance.finish(device.kernel.nowUs())).toBe(MEASURE_US[mode]);
    expect(instance.configuration).toBe(`mode ${mode}`);
  });

  it("says that another part answers at its address", () => {
    const { at, device } = bench();
    at.part.foreign = (conformance as SensorConformance).identity;
    const instance = device.open();
    for (let i = 0; i < 3; i++) at.tick(instance);
    expect(device.lost).toEqual(["another part answers at its address"]);
  });

  it("is not ready a microsecond before its measurement is due, and loses nothing by being asked", () => {
    const { at, device } = bench();
    const sensor = new SHTC3({
      sensor: { io: device.board.io.I2C!, data: 21, clock: 22, address: at.address },
      clock: device.clock,
    });
    device.wait(WAKE_US);
    device.wait(sensor.wake());
    device.wait(sensor.measure() - 1);
    expect(sensor.sample()).toBeUndefined();
    expect(sensor.outcome).toBe(Outcome.notReady);
    device.wait(1);
    expect(sensor.sample()).toBeDefined();
  });
});
