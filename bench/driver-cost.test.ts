/**
 * The table of what drivers cost: a row for each sampled driver, and figures that are still true. All drivers are measured with
 * `DRIVER_COST=all`; a test run takes three of them, one of each kind.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { xsAvailability } from "../host-sim/xs/toolchain";
import { costTable, type DriverCost, measureDrivers, readTable, sampledDrivers, withTable } from "./driver-cost";

const README = readFileSync(fileURLToPath(new URL("../drivers/README.md", import.meta.url)), "utf8");
const ANEW = "run npx tsx bench/drivers.ts";
/** How far a figure may be off before the table is to be written anew: drivers change a little all the time. */
const TOLERANCE = 0.1;
/** What stays alive is the loop's as much as the driver's: channels, queues, and where memory rounds up. */
const HELD_TOLERANCE = 0.25;
const ONE_OF_EACH_KIND = ["sht3x", "bmp390", "analog-input"];

const row = readTable(README);

describe("the table of what drivers cost", () => {
  it("has a row for each sampled driver, and for no other", async () => {
    const names = (await sampledDrivers()).map(({ name }) => name);
    expect([...row.keys()], ANEW).toEqual(names);
  });

  it("is read as it was written", () => {
    const cost: DriverCost = {
      driver: "part",
      page: "as it comes",
      bus: "i2c",
      channels: 2,
      units: 1234.4,
      slotsPerReading: 0,
      bytesPerReading: 0,
      heldSlots: 200,
      heldBytes: 1500,
      codeBytes: 9000,
      busUs: 0,
    };
    const text = withTable(README, costTable([cost]));
    expect([...readTable(text)]).toEqual([
      ["part", ["[`part`](part/README.md)", "as it comes, i2c", "2", "1,234", "200", "1,500", "9,000", "-"]],
    ]);
    expect(() => withTable("no marks", "")).toThrow(/no place for the table/);
  });

  const availability = xsAvailability();
  const why = availability.ok ? "XS has 64 bits here: gcc-multilib is missing" : availability.reason;
  const canMeasure = availability.ok && availability.bits === 32;
  if (!canMeasure) console.warn(`skipped: the figures of the table: ${why}`);

  it.runIf(canMeasure)(
    "has figures that are true, and no driver allocates for a reading",
    { timeout: 120_000 },
    async () => {
      const only = process.env["DRIVER_COST"] === "all" ? undefined : ONE_OF_EACH_KIND;
      const costs = await measureDrivers(only);
      expect(costs.length).toBe(only?.length ?? row.size);
      for (const cost of costs) {
        const [, , channels, units, slots, bytes, code, bus] = row.get(cost.driver)!;
        expect([cost.slotsPerReading, cost.bytesPerReading], `${cost.driver} allocates`).toEqual([0, 0]);
        expect(channels, `${cost.driver}: ${ANEW}`).toBe(String(cost.channels));
        near(cost.units, units, `units of ${cost.driver}`);
        near(cost.heldSlots, slots, `slots of ${cost.driver}`, HELD_TOLERANCE);
        near(cost.heldBytes, bytes, `bytes of ${cost.driver}`, HELD_TOLERANCE);
        near(cost.codeBytes, code, `byte code of ${cost.driver}`);
        if (cost.busUs > 0) near(cost.busUs, bus.replace(" us", ""), `bus time of ${cost.driver}`);
      }
    },
  );
});

function near(measured: number, written: string, what: string, tolerance = TOLERANCE): void {
  const said = Number(written.replaceAll(",", ""));
  expect(said, `${what}: ${ANEW}`).toBeGreaterThan(0);
  const off = Math.abs(measured - said) / said;
  expect(off, `${what} are ${measured} now, the table says ${written}: ${ANEW}`).toBeLessThan(tolerance);
}
