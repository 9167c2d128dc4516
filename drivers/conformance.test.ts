/** Every driver folder against its emulator on a bus of the world. A new folder is found by its name; no list is edited. */
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DRIVERS_FOLDER, driverNames, importDrivers, importEmulators } from "../host-sim/registry";
import type { Conformance, ConformanceSensor } from "./conformance";
import { ConformanceBench, type Folder, PINS } from "./conformance-bench.test-suite";
import { Quality } from "./contract";
import type { Reading } from "./device-bench.test-suite";
import type { DriverSchema } from "./schema";

const WRITE_ONE =
  'write one that exports `conformance`: kind "sensor" with what feeds each channel, its range and its resolution (see ' +
  'drivers/conformance.ts and drivers/sht3x/conformance.ts), or kind "covered elsewhere" with the reason and the test';

const names = driverNames();
const [drivers, emulators] = await Promise.all([importDrivers(names), importEmulators(names)]);

for (const name of names) {
  const file = `${DRIVERS_FOLDER}${name}/conformance.ts`;
  if (!existsSync(file)) {
    it(`${name} has a conformance.ts`, () => expect.fail(`drivers/${name}/conformance.ts is missing: ${WRITE_ONE}`));
    continue;
  }
  const { conformance } = (await import(file)) as { conformance: Conformance };
  if (conformance.kind === "covered elsewhere") {
    it(`${name} is covered by ${conformance.coveredBy}: ${conformance.reason}`, () => {
      expect(existsSync(`${DRIVERS_FOLDER}${name}/${conformance.coveredBy}`)).toBe(true);
      expect(conformance.reason.length).toBeGreaterThan(20);
    });
    continue;
  }
  const { schema } = (await import(`${DRIVERS_FOLDER}${name}/schema.ts`)) as { schema: DriverSchema };
  conforms({ driver: drivers[name], emulator: emulators[name], schema, facts: conformance });
}

function conforms(folder: Folder): void {
  for (const { name, page } of folder.facts.pages)
    describe(`${folder.driver.name}, ${name}`, () => {
      const bench = () => new ConformanceBench(folder, page);
      measures(bench);
      survives(bench, folder);
      tells(bench, folder);
      opensAndCloses(folder, page);
    });
}

function measures(bench: () => ConformanceBench): void {
  it("brings every channel over its range, within half a step of the part", () => {
    const at = bench();
    const instance = at.open();
    for (const channel of Object.keys(at.facts.channels)) {
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
    expect(Object.keys(at.facts.channels).sort()).toEqual(at.device.plan.channels.map(({ name }) => name).sort());
  });

  it("stamps a reading with the start of its sampling", () => {
    const at = bench();
    const instance = at.open();
    const startedUs = at.device.kernel.nowUs() + (at.facts.wakeUs ?? 0);
    for (const { us } of at.tick(instance)) expect(us).toBe(startedUs);
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
}

function survives(bench: () => ConformanceBench, { facts }: Folder): void {
  if (facts.checksum)
    it("takes no answer with a flipped bit, whichever it is", () => {
      const at = bench();
      const instance = at.open();
      for (let bit = 0; bit < 48; bit++) {
        at.tap.flipBit = bit;
        expectBad(at.tick(instance));
        expectBack(at, instance);
      }
    });

  it("has no reading when it is not acknowledged, tells of the loss after three failures, once, and of the return", () => {
    const at = bench();
    const instance = at.open();
    at.bus.detach(at.address);
    for (let i = 0; i < 2; i++) expectBad(at.tick(instance));
    expect(at.device.lost).toEqual([]);
    for (let i = 0; i < 10; i++) expectBad(at.tick(instance));
    expect(at.device.lost).toHaveLength(1);
    at.powerCycle();
    at.bus.attach(at.address, at.tap);
    expectBack(at, instance, 6);
    expect(at.device.lost).toEqual([expect.any(String), "back"]);
    expectGood(at, at.tick(instance));
  });

  it("outlives a single missing acknowledgement without a word", () => {
    const at = bench();
    const instance = at.open();
    at.bus.nackNext();
    at.tick(instance);
    expectBack(at, instance);
    expect(at.device.lost).toEqual([]);
  });

  it("gives up a part that takes commands and never answers", () => {
    const at = bench();
    const instance = at.open();
    at.tap.silent = true;
    for (let i = 0; i < 4; i++) expectBad(at.tick(instance));
    expect(at.device.lost).toHaveLength(1);
    at.tap.silent = false;
    expectBack(at, instance, 6);
  });

  it("throws nothing while the bus is stuck, and is back when it is let go", () => {
    const at = bench();
    const instance = at.open();
    at.bus.stuck = true;
    for (let i = 0; i < 7; i++) expectBad(at.tick(instance));
    expect(at.device.lost).toHaveLength(1);
    at.bus.stuck = false;
    expectBack(at, instance, 6);
    expect(at.device.lost.at(-1)).toBe("back");
  });

  it("makes no reading up when the part loses its power in mid-conversion", () => {
    const at = bench();
    const instance = at.open();
    let dueUs = instance.start(at.device.kernel.nowUs());
    at.device.wait(dueUs / 2);
    at.powerCycle();
    at.device.wait(dueUs / 2);
    while (dueUs > 0) {
      dueUs = instance.finish(at.device.kernel.nowUs());
      at.device.wait(dueUs);
    }
    for (const reading of at.device.readings) if (reading.quality === Quality.good) expectRight(at, reading);
    expectBack(at, instance, 6);
  });

  it("makes no reading up when it is asked during a conversion", () => {
    const at = bench();
    const instance = at.open();
    const before = at.device.readings.length;
    const dueUs = instance.start(at.device.kernel.nowUs());
    if (dueUs === 0) return;
    at.device.wait(Math.floor(dueUs / 2));
    for (const channel of Object.keys(at.facts.channels)) at.share(channel, 0.7);
    instance.finish(at.device.kernel.nowUs());
    for (const { quality } of at.device.readings.slice(before)) expect(quality).not.toBe(Quality.good);
    at.device.wait(dueUs);
    expectBack(at, instance);
  });

  if (facts.identity !== undefined)
    it("takes no reading from another part at its address", () => {
      const at = bench();
      at.tap.foreign = facts.identity;
      const instance = at.open();
      for (let i = 0; i < 6; i++) expectBad(at.tick(instance));
      expect(at.device.lost).toHaveLength(1);
    });
}

function tells(bench: () => ConformanceBench, { facts }: Folder): void {
  const openSensor = (at: ConformanceBench) =>
    facts.sensor({ sensor: { ...PINS, address: at.address, io: at.device.board.io.I2C! }, clock: at.device.clock });

  it("says what it is and how it is configured", () => {
    const at = bench();
    const instance = at.open();
    const { model, classification, uniqueID } = facts.identification;
    expect(instance.identification).toMatchObject({ model, classification });
    expect(instance.identification?.uniqueID !== undefined).toBe(uniqueID);
    expect(instance.configuration).toEqual(expect.any(String));
    instance.close();
    const sensor = openSensor(at);
    expect(sensor.identification).toMatchObject({ model, classification });
    expect(sensor.configuration).toEqual(expect.any(Object));
  });

  it.each([0, 2 ** 31, 2 ** 32])(
    "gives a sample the ticks at which its sampling began, after %i us as well",
    (power) => {
      const at = bench();
      at.device.kernel.runUntil(power);
      const sensor = openSensor(at);
      at.device.wait(facts.readyUs);
      for (let i = 0; i < (facts.settleTicks ?? 0); i++) measure(at, sensor);
      const startedUs = at.device.kernel.nowUs() + (facts.wakeUs ?? 0);
      expect(measure(at, sensor)?.ticks).toBe(startedUs);
    },
  );

  it("names the faults before a sample in it, once", () => {
    const at = bench();
    const sensor = openSensor(at);
    at.device.wait(facts.readyUs);
    for (let i = 0; i < (facts.settleTicks ?? 0); i++) measure(at, sensor);
    expect(measure(at, sensor)?.faults).toBeUndefined();
    begin(at, sensor);
    at.tap.silent = true;
    expect(sensor.sample()).toBeUndefined();
    at.tap.silent = false;
    const { faults } = measure(at, sensor)!;
    expect(Object.values(faults ?? {}).reduce((sum, count) => sum + count, 0)).toBe(1);
    expect(measure(at, sensor)?.faults).toBeUndefined();
  });

  it("throws on use after it was closed, and closes twice without harm", () => {
    const at = bench();
    const sensor = openSensor(at);
    sensor.close();
    sensor.close();
    expect(() => sensor.start()).toThrow("closed");
    expect(() => sensor.sample()).toThrow("closed");
  });
}

/** Begins a measurement and waits until it is there. */
function begin(at: ConformanceBench, sensor: ConformanceSensor): void {
  at.device.wait(sensor.start());
  if (sensor.proceed !== undefined) at.device.wait(sensor.proceed());
}

function measure(at: ConformanceBench, sensor: ConformanceSensor) {
  begin(at, sensor);
  return sensor.sample();
}

function opensAndCloses(folder: Folder, page: { readonly [key: string]: unknown }): void {
  it("closes twice, and frees its address", () => {
    const at = new ConformanceBench(folder, page);
    const instance = at.open();
    instance.close();
    instance.close();
    at.device.open().close();
  });

  it("refuses settings that it cannot serve", () => {
    for (const settings of folder.facts.badSettings)
      expect(() => new ConformanceBench(folder, page, settings).device.open(), JSON.stringify(settings)).toThrow();
  });
}

function expectRight(at: ConformanceBench, { channel, value }: Reading): void {
  expect(Math.abs(value - at.expected(channel)), `${channel} reads ${value}`).toBeLessThanOrEqual(
    at.tolerance(channel),
  );
}

/** Every channel has one reading, good and right. */
function expectGood(at: ConformanceBench, readings: readonly Reading[]): void {
  expect(readings).toHaveLength(at.device.plan.channels.length);
  for (const reading of readings) {
    expect(reading.quality, reading.channel).toBe(Quality.good);
    expectRight(at, reading);
  }
}

/** Every channel is refused. */
function expectBad(readings: readonly Reading[]): void {
  expect(readings.length).toBeGreaterThan(0);
  for (const { quality } of readings) expect(quality).not.toBe(Quality.good);
}

/** Readings are good again: within its ticks for settling and `grace` more; none before is good and wrong. */
function expectBack(
  at: ConformanceBench,
  instance: { start(us: number): number; finish(us: number): number; close(): void },
  grace = 1,
): void {
  const allowed = 1 + (at.facts.settleTicks ?? 0) + grace;
  for (let i = 0; i < allowed; i++) {
    const readings = at.tick(instance);
    for (const reading of readings) if (reading.quality === Quality.good) expectRight(at, reading);
    if (readings.length > 0 && readings.every(({ quality }) => quality === Quality.good)) return;
  }
  expect.fail(`no good reading in ${allowed} ticks`);
}
