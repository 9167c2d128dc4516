/**
 * Every driver folder against its emulator on a board of the world, on each kind of bus that it can hang on. A new folder is
 * found by its name; no list is edited, and one without facts fails.
 */
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DRIVERS_FOLDER, driverNames, importDrivers, importEmulators } from "../host-sim/registry";
import type { Conformance, ConformancePage, ConformanceSensor } from "./conformance";
import { ConformanceBench, type Folder } from "./conformance-bench.test-suite";
import {
  expectBack,
  expectBad,
  expectGood,
  expectNoneGood,
  expectNothingMadeUp,
  expectReturn,
} from "./conformance-expect.test-suite";
import type { DriverSchema } from "./schema";

const WRITE_ONE =
  'write one that exports `conformance`: kind "sensor" with what feeds each channel, its range and its resolution (see ' +
  'drivers/conformance.ts and drivers/sht3x/conformance.ts), or kind "covered elsewhere" with the reason and the test';
/** Buses whose wires devices share: their drivers say what they ask of them. */
const SHARED = ["i2c", "spi", "serial"];
/** Calls of `sample` until a measurement must be there, and the time between two of them. */
const MOST_STEPS = 200;
const STEP_US = 25_000;

const names = driverNames();
const [drivers, emulators] = await Promise.all([importDrivers(names), importEmulators(names)]);

/** What is wrong with a folder before anything is run. */
function lack(folder: string): string | undefined {
  return existsSync(`${folder}/conformance.ts`) ? undefined : `${folder}/conformance.ts is missing: ${WRITE_ONE}`;
}

describe("a driver folder", () => {
  it("without facts is told what to write", () => {
    expect(lack("drivers/no-such-part")).toMatch(/no-such-part\/conformance.ts is missing: write one that exports/);
  });

  it("is found by its name", () => {
    expect(names).toContain("sht3x");
    expect(names).not.toContain("sensirion");
  });
});

describe("a driver on wires that others share", () => {
  it.each(names)("%s says what it asks of them", async (name) => {
    const { schema } = (await import(`${DRIVERS_FOLDER}${name}/schema.ts`)) as { schema: DriverSchema };
    const shares = schema.bus.some((bus) => SHARED.includes(bus));
    expect(schema.busUse !== undefined, "busUse: see drivers/bus-use.ts").toBe(shares);
  });
});

for (const name of names) {
  const folder = `${DRIVERS_FOLDER}${name}`;
  const missing = lack(folder);
  if (missing !== undefined) {
    it(`${name} has a conformance.ts`, () => expect.fail(missing));
    continue;
  }
  const { conformance } = (await import(`${folder}/conformance.ts`)) as { conformance: Conformance };
  if (conformance.kind === "covered elsewhere") {
    it(`${name} is covered by ${conformance.coveredBy}: ${conformance.reason}`, () => {
      expect(existsSync(`${folder}/${conformance.coveredBy}`)).toBe(true);
      expect(conformance.reason.length).toBeGreaterThan(20);
    });
    continue;
  }
  const { schema } = (await import(`${folder}/schema.ts`)) as { schema: DriverSchema };
  conforms({ driver: drivers[name], emulator: emulators[name], schema, facts: conformance });
}

function conforms(folder: Folder): void {
  const { pages } = folder.facts;
  describe(`${folder.driver.name}`, () => {
    it("is run on every bus that it can hang on", () => {
      const run = pages.map(({ bus = "i2c" }) => bus as string);
      for (const bus of folder.schema.bus) expect(run).toContain(bus);
    });

    it("tells settings that differ apart in its configuration", () => {
      const texts = new Map<string, string>();
      for (const page of pages) {
        const at = new ConformanceBench(folder, page);
        texts.set(JSON.stringify(at.settings), at.device.open().configuration ?? "");
      }
      expect(new Set(texts.values()).size).toBe(texts.size);
    });
  });
  for (const page of pages)
    describe(`${folder.driver.name}, ${page.name}`, () => {
      const bench = (settings?: ConstructorParameters<typeof ConformanceBench>[2]) =>
        new ConformanceBench(folder, page, settings);
      measures(bench);
      survives(bench, folder, page);
      tells(bench, folder);
      opensAndCloses(bench, folder);
    });
}

type MakeBench = (settings?: ConstructorParameters<typeof ConformanceBench>[2]) => ConformanceBench;

function measures(bench: MakeBench): void {
  it("brings every channel over its range, within half a step of the part", () => {
    const at = bench();
    const instance = at.open();
    for (const channel of Object.keys(at.channels).filter((name) => at.channels[name].derived === undefined)) {
      for (let i = 0; i <= 40; i++) {
        const expected = at.share(channel, i / 40);
        const readings = at.tick(instance);
        expectGood(at, readings);
        const reading = readings.find((one) => one.channel === channel)!;
        expect(Math.abs(reading.value - expected), `${channel} at ${expected}`).toBeLessThanOrEqual(
          at.tolerance(channel),
        );
      }
      at.share(channel, 0.4);
    }
    expect(at.device.lost).toEqual([]);
  });

  it("has facts for every channel of its schema, and for no other", () => {
    const at = bench();
    expect(Object.keys(at.channels).sort()).toEqual(at.device.plan.channels.map(({ name }) => name).sort());
  });

  it("stamps a reading with the start of its sampling", () => {
    const at = bench();
    const instance = at.open();
    const startedUs = at.device.kernel.nowUs() + (at.facts.wakeUs ?? 0);
    const readings = at.tick(instance);
    expect(readings.length).toBeGreaterThan(0);
    for (const { us } of readings) expect(us).toBe(startedUs);
  });

  it("goes on when the clock's microseconds pass 2^31 and 2^32", () => {
    for (const power of [2 ** 31, 2 ** 32]) {
      const at = bench();
      at.device.kernel.runUntil(power - 1_500_000 - at.facts.readyUs);
      const instance = at.open();
      at.device.kernel.runUntil(Math.max(at.device.kernel.nowUs(), power - 2_000));
      for (let i = 0; i < 3; i++) expectGood(at, at.tick(instance));
    }
  });

  it("asks as much of its bus as its page says", () => {
    const at = bench();
    if (!SHARED.includes(at.kind)) return expect(at.busUse).toBeUndefined();
    const instance = at.open();
    // The first may set the part up.
    at.tick(instance);
    const beforeUs = at.busyUs;
    const turns = 10;
    for (let i = 0; i < turns; i++) at.tick(instance);
    const usedUs = (at.busyUs - beforeUs) / turns;
    const saidUs = at.busUse!.reduce((sum, { busyUs }) => sum + busyUs, 0);
    expect(saidUs).toBeGreaterThanOrEqual(usedUs - 1e-6);
    expect(saidUs).toBeLessThan(2 * usedUs);
  });
}

function survives(bench: MakeBench, { facts }: Folder, { bus = "i2c" }: ConformancePage): void {
  if (facts.checksum)
    it("takes no answer with a flipped bit, whichever it is", () => {
      const at = bench();
      const instance = at.open();
      for (let bit = 0; bit < 48; bit++) {
        at.part.flipBit = bit;
        expectBad(at.tick(instance));
        expectBack(at, instance);
      }
    });

  if (bus !== "digital")
    it("has no reading when nobody is there, tells of the loss after three failures, once, and of the return", () => {
      const at = bench();
      const instance = at.open();
      at.away = true;
      for (let i = 0; i < 2; i++) expectBad(at.tick(instance));
      expect(at.device.lost).toEqual([]);
      for (let i = 0; i < 10; i++) expectBad(at.tick(instance));
      expect(at.device.lost).toHaveLength(1);
      at.powerCycle();
      at.away = false;
      expectReturn(at, instance);
      expect(at.device.lost).toEqual([expect.any(String), "back"]);
      expectGood(at, at.tick(instance));
    });

  if (bus === "i2c")
    it("outlives a single missing acknowledgement without a word", () => {
      const at = bench();
      const instance = at.open();
      at.part.nacks = 1;
      expectNothingMadeUp(at, at.tick(instance));
      expectBack(at, instance);
      expect(at.device.lost).toEqual([]);
    });

  if (SHARED.includes(bus))
    it("gives up a part that takes commands and never answers", () => {
      const at = bench();
      const instance = at.open();
      at.part.silent = true;
      for (let i = 0; i < 4; i++) expectBad(at.tick(instance));
      expect(at.device.lost).toHaveLength(1);
      at.part.silent = false;
      expectReturn(at, instance);
    });

  if (bus === "i2c" || bus === "spi")
    it("throws nothing and makes nothing up while a line is held low, and is back when it is let go", () => {
      const at = bench();
      const instance = at.open();
      at.stuck = true;
      for (let i = 0; i < 7; i++) expectBad(at.tick(instance));
      expect(at.device.lost).toHaveLength(1);
      at.stuck = false;
      expectReturn(at, instance);
      expect(at.device.lost.at(-1)).toBe("back");
    });

  it("makes no reading up when the part loses its power in mid-conversion", () => {
    const at = bench();
    const instance = at.open();
    const before = at.device.readings.length;
    let dueUs = instance.start(at.device.kernel.nowUs());
    at.device.wait(dueUs / 2);
    at.powerCycle();
    at.device.wait(dueUs / 2);
    while (dueUs > 0) {
      dueUs = instance.finish(at.device.kernel.nowUs());
      at.device.wait(dueUs);
    }
    expectNothingMadeUp(at, at.device.readings.slice(before));
    expectReturn(at, instance);
  });

  it("makes no reading up when it is asked during a conversion", () => {
    const at = bench();
    const instance = at.open();
    const before = at.device.readings.length;
    const dueUs = instance.start(at.device.kernel.nowUs());
    if (dueUs === 0) return;
    at.device.wait(Math.floor(dueUs / 2));
    for (const channel of Object.keys(at.channels)) at.share(channel, 0.7);
    instance.finish(at.device.kernel.nowUs());
    expectNoneGood(at.device.readings.slice(before));
    at.device.wait(dueUs);
    expectBack(at, instance);
  });

  if (facts.identity !== undefined && (bus === "i2c" || facts.identity.spi !== undefined))
    it("takes no reading from another part in its place", () => {
      const at = bench();
      at.part.foreign = facts.identity;
      const instance = at.open();
      for (let i = 0; i < 6; i++) expectBad(at.tick(instance));
      expect(at.device.lost).toHaveLength(1);
    });
}

function tells(bench: MakeBench, { facts }: Folder): void {
  it("says what it is and how it is configured", () => {
    const at = bench();
    const instance = at.open();
    const { model, classification, uniqueID } = facts.identification;
    expect(instance.identification).toMatchObject({ model, classification });
    expect(instance.identification?.uniqueID !== undefined).toBe(uniqueID);
    expect(instance.configuration).toEqual(expect.any(String));
    instance.close();
    const sensor = at.openSensor();
    expect(sensor.identification).toMatchObject({ classification });
    expect(sensor.configuration).toEqual(expect.any(Object));
  });

  it("takes another configuration and tells of it once; refuses a wrong one and stays as it was", () => {
    const { change, badChanges = [] } = facts;
    const at = bench();
    let told = 0;
    const sensor = at.openSensor({ onConfiguration: () => void told++ });
    const before = JSON.stringify(sensor.configuration);
    if (change !== undefined) {
      expect(JSON.stringify({ ...(sensor.configuration as object), ...change })).not.toBe(before);
      sensor.configure(change as never);
      expect(sensor.configuration).toMatchObject(change);
      expect(told).toBe(1);
      sensor.configure(change as never);
    }
    sensor.configure({} as never);
    expect(told).toBe(change === undefined ? 0 : 1);
    const now = JSON.stringify(sensor.configuration);
    for (const bad of badChanges) {
      expect(() => sensor.configure(bad as never), JSON.stringify(bad)).toThrow();
      expect(JSON.stringify(sensor.configuration)).toBe(now);
    }
    expect(told).toBe(change === undefined ? 0 : 1);
  });

  it.each([0, 2 ** 31, 2 ** 32])(
    "gives a sample the ticks at which its sampling began, after %i us as well",
    (power) => {
      const at = bench();
      at.device.kernel.runUntil(power);
      const sensor = at.openSensor();
      settle(at, sensor);
      const startedUs = at.device.kernel.nowUs() + (at.facts.wakeUs ?? 0);
      expect(measure(at, sensor)?.ticks).toBe(startedUs);
    },
  );

  it("names the faults before a sample in it, once", () => {
    const at = bench();
    if (!SHARED.includes(at.kind)) return;
    const sensor = at.openSensor();
    settle(at, sensor);
    expect(measure(at, sensor)?.faults).toBeUndefined();
    at.pass();
    at.part.silent = true;
    begin(at, sensor);
    at.part.unanswered = 0;
    for (let i = 0; i < MOST_STEPS; i++) {
      expect(unlessThrown(() => sensor.sample())).toBeUndefined();
      if (at.part.unanswered > 0) break;
      at.device.wait(STEP_US);
    }
    at.part.silent = false;
    for (let i = 0; i < (at.facts.returnTicks ?? 6); i++) {
      at.pass();
      const sample = attempt(at, sensor);
      if (sample === undefined) continue;
      const { faults } = sample;
      expect(Object.values(faults ?? {}).reduce((sum, count) => sum + count, 0)).toBe(1);
      at.pass();
      expect(measure(at, sensor)?.faults).toBeUndefined();
      return;
    }
    expect.fail("the part did not come back");
  });

  it("throws on use after it was closed, and closes twice without harm", () => {
    const at = bench();
    const sensor = at.openSensor();
    sensor.close();
    sensor.close();
    if (sensor.start !== undefined) expect(() => sensor.start!()).toThrow("closed");
    expect(() => sensor.sample()).toThrow("closed");
  });

  it("looks at its options before it takes a pin", () => {
    const at = bench();
    expect(() => at.openSensor({ io: undefined })).toThrow(TypeError);
    expect(() => at.openSensor({ io: {} })).toThrow(TypeError);
    at.openSensor().close();
  });
}

function settle(at: ConformanceBench, sensor: ConformanceSensor): void {
  at.device.wait(at.facts.readyUs);
  for (let i = 0; i < (at.facts.settleTicks ?? 0); i++) {
    attempt(at, sensor);
    at.pass();
  }
}

/** Begins a measurement and waits until it is there. */
function begin(at: ConformanceBench, sensor: ConformanceSensor): void {
  at.device.wait(sensor.start?.() ?? 0);
  if (sensor.proceed !== undefined) at.device.wait(sensor.proceed());
}

/** Some parts need more than one step. */
function measure(at: ConformanceBench, sensor: ConformanceSensor) {
  begin(at, sensor);
  for (let i = 0; i < MOST_STEPS; i++) {
    const sample = sensor.sample();
    if (sample !== undefined) return sample;
    at.device.wait(STEP_US);
  }
  return undefined;
}

/** The same with a part that may not be ready for it. */
function attempt(at: ConformanceBench, sensor: ConformanceSensor) {
  return unlessThrown(() => measure(at, sensor));
}

function unlessThrown<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}

function opensAndCloses(bench: MakeBench, { facts }: Folder): void {
  it("closes twice, and frees its place", () => {
    const at = bench();
    const instance = at.open();
    instance.close();
    instance.close();
    at.device.open().close();
  });

  it("refuses settings that it cannot serve", () => {
    for (const settings of facts.badSettings)
      expect(() => bench(settings).device.open(), JSON.stringify(settings)).toThrow();
  });
}
