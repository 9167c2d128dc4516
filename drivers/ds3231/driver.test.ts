import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WorldClock } from "../../host-sim/world/clock";
import { edited, mistakes } from "../../manifests/examples/sites.test-suite";
import type { SensorConformance } from "../conformance";
import { ConformanceBench } from "../conformance-bench.test-suite";
import { Quality } from "../contract";
import { readTime, writeTime } from "./calendar";
import { conformance } from "./conformance";
import { FIRST_MS, LAST_MS, Register } from "./constants";
import { DS3231, driver } from "./driver";
import { emulator } from "./emulator";
import { schema } from "./schema";

const PINS = { data: 21, clock: 22 } as const;
/** Where virtual worlds begin: 2026-01-01T00:00:00Z. */
const EPOCH_MS = Date.UTC(2026, 0, 1);
const HOUR_US = 3_600_000_000;

/** What every sensor owes is in conformance.test.ts; here is what only a DS3231 has. */
function bench(page: Record<string, unknown> = {}) {
  const folder = { driver, emulator, schema, facts: conformance as SensorConformance };
  const at = new ConformanceBench(folder, { name: "one", page });
  const { device } = at;
  const open = (more: Partial<ConstructorParameters<typeof DS3231>[0]> = {}) =>
    new DS3231({ clock: { ...PINS, io: device.board.io.I2C! }, timebase: device.clock, ...more });
  const act = (words: string) => at.part.act(words.split(" ")[0], words.split(" ").slice(1));
  const values = (instance: Parameters<typeof at.tick>[0]) =>
    Object.fromEntries(at.tick(instance).map(({ channel, value, quality }) => [channel, { value, quality }]));
  return { at, device, open, act, values };
}

describe("the calendar", () => {
  const bytes = new Uint8Array(7);

  it("is the one of ECMA-262, for every second of two centuries", () => {
    fc.assert(
      fc.property(fc.integer({ min: FIRST_MS / 1000, max: Math.floor(LAST_MS / 1000) }), (second) => {
        writeTime(second * 1000, bytes, 0);
        expect(readTime(bytes, 0)).toBe(second * 1000);
        const date = new Date(second * 1000);
        const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0"));
        expect(`${hex[2]}:${hex[1]}:${hex[0]}`).toBe(date.toISOString().slice(11, 19));
        expect([bytes[3], hex[4], hex[6]]).toEqual([
          date.getUTCDay() + 1,
          date.toISOString().slice(8, 10),
          date.toISOString().slice(2, 4),
        ]);
      }),
    );
  });

  it("goes from 2099 to 2100 over the century bit", () => {
    writeTime(Date.UTC(2100, 0, 1) - 1000, bytes, 0);
    expect([...bytes]).toEqual([0x59, 0x59, 0x23, 5, 0x31, 0x12, 0x99]);
    writeTime(Date.UTC(2100, 0, 1), bytes, 0);
    expect([...bytes]).toEqual([0, 0, 0, 6, 0x01, 0x81, 0x00]);
    expect(readTime(bytes, 0)).toBe(Date.UTC(2100, 0, 1));
  });

  it("reads twelve hours as well", () => {
    const at = (hours: number) => readTime(Uint8Array.of(0, 0, hours, 1, 1, 1, 0), 0);
    expect([0x52, 0x41, 0x72, 0x61].map((hours) => (at(hours) - FIRST_MS) / 3_600_000)).toEqual([0, 1, 12, 13]);
    expect(at(0x40)).toBeNaN();
  });

  it.each([
    ["29 February of 2100, which is no leap year", [0, 0, 0, 1, 0x29, 0x82, 0x00]],
    ["a 31st of April", [0, 0, 0, 1, 0x31, 0x04, 0x26]],
    ["a date 0", [0, 0, 0, 1, 0x00, 0x01, 0x26]],
    ["a digit that is none", [0x0a, 0, 0, 1, 0x01, 0x01, 0x26]],
    ["a minute 60", [0, 0x60, 0, 1, 0x01, 0x01, 0x26]],
    ["a line held high", [255, 255, 255, 255, 255, 255, 255]],
  ])("takes %s for no date", (_what, registers) => {
    expect(readTime(Uint8Array.from(registers), 0)).toBeNaN();
  });
});

describe("a DS3231 as ECMA-419's real-time clock", () => {
  it("has the time, takes another, and goes on with it", () => {
    const { device, open } = bench();
    const clock = open();
    expect(clock.time).toBe(EPOCH_MS);
    clock.time = Date.UTC(2031, 4, 6, 7, 8, 9);
    device.wait(90_000_000);
    expect(clock.time).toBe(Date.UTC(2031, 4, 6, 7, 9, 39));
    expect(() => {
      clock.time = 0;
    }).toThrow(RangeError);
  });

  it("does not know it when its battery was dead, until it is set", () => {
    const { act, open } = bench();
    const clock = open();
    act("battery dead");
    expect(clock.time).toBeUndefined();
    clock.time = EPOCH_MS;
    expect(clock.time).toBe(EPOCH_MS);
  });

  it.each([
    ["an instant", { at: EPOCH_MS + 5_000 }],
    ["a time of each day", { daily: 5 }],
  ])("has an alarm at %s, once, and a sample clears it", (_what, alarm) => {
    const { device, open, at } = bench();
    const clock = open();
    clock.configure({ alarm });
    const alarms: boolean[] = [];
    for (let i = 0; i < 8; i++) {
      device.wait(clock.start());
      alarms.push(clock.sample()!.alarm);
      device.wait(1_000_000 - 1);
    }
    expect(alarms).toEqual([false, false, false, false, false, true, false, false]);
    expect(at.part.written.filter(([register]) => register === Register.alarm1)).toHaveLength(1);
  });

  it("has a daily alarm each day", () => {
    const { device, open } = bench();
    const clock = open();
    clock.configure({ alarm: { daily: 23 * 3600 } });
    let alarms = 0;
    for (let hour = 0; hour < 72; hour++) {
      device.wait(clock.start());
      if (clock.sample()!.alarm) alarms++;
      device.wait(HOUR_US - 1);
    }
    expect(alarms).toBe(3);
  });

  it("calls when its pin falls", () => {
    const { device, open } = bench();
    let called = 0;
    const interrupt = { io: device.board.io.Digital!, pin: 4 };
    const clock = open({ interrupt, onAlarm: () => void called++ });
    device.board.digital(4).drive(0);
    device.wait(1_000);
    expect(called).toBe(1);
    clock.close();
    device.board.digital(4).drive(1);
    device.board.digital(4).drive(0);
    device.wait(1_000);
    expect(called).toBe(1);
  });

  it("is set with the next whole second, to a millisecond", () => {
    const { device, open } = bench();
    const clock = open();
    device.wait(123_456);
    clock.setWithNextSecond(EPOCH_MS + 10_000 + 123);
    for (let us = clock.start(); us > 0; us = clock.advance()) device.wait(us);
    // Its second began when the other clock's did.
    const second = EPOCH_MS + 11_000;
    expect(clock.time).toBe(second);
    device.wait(998_000);
    expect(clock.time).toBe(second);
    device.wait(3_000);
    expect(clock.time).toBe(second + 1000);
  });
});

describe("a DS3231 in a site", () => {
  it("says how far it is from the gateway's time, and is set when that is more than two seconds", () => {
    const { at, act, values } = bench();
    const instance = at.open();
    act("off 1");
    expect(Math.abs(values(instance)["offset"].value - 1)).toBeLessThanOrEqual(0.51);
    act("off 600");
    expect(values(instance)["offset"].value).toBeGreaterThan(600);
    // That tick asked for it; the next does it, and the one after shows it.
    values(instance);
    expect(Math.abs(values(instance)["offset"].value)).toBeLessThanOrEqual(0.51);
  });

  it("drifts as its oscillator does, and is set as often as that needs", () => {
    const { at, act, values } = bench();
    const instance = at.open();
    act("drift 100");
    let worst = 0;
    for (let hour = 0; hour < 48; hour++) {
      worst = Math.max(worst, Math.abs(values(instance)["offset"].value));
      at.device.wait(HOUR_US);
    }
    // 100 ppm are 0.36 s in an hour: six of them and the half second of the part's resolution.
    expect(worst).toBeGreaterThan(2);
    expect(worst).toBeLessThan(3);
  });

  it("is never set where the site says so", () => {
    const { at, act, values } = bench({ set: "never" });
    const instance = at.open();
    act("off -100");
    for (let i = 0; i < 4; i++) expect(Math.abs(values(instance)["offset"].value + 100)).toBeLessThanOrEqual(0.51);
  });

  it("has no offset after its battery was dead, and one again when it was set", () => {
    const { at, act, values } = bench();
    const instance = at.open();
    act("battery dead");
    const first = values(instance);
    // Its settings are gone with its time: it is set up first.
    expect(first["temperature"].quality).toBe(Quality.good);
    expect(first["offset"].quality).toBe(Quality.badDevice);
    values(instance);
    expect(values(instance)["offset"].quality).toBe(Quality.good);
    expect(at.device.lost).toEqual([]);
  });

  it("has a daily alarm as a channel", () => {
    const { at, values } = bench({ daily: "00:00:03" });
    const instance = at.open();
    const alarms = Array.from({ length: 6 }, () => values(instance)["alarm"].value);
    expect(alarms).toEqual([0, 0, 0, 1, 0, 0]);
  });

  it("does not set a part from a gateway that knows no time", () => {
    const { at, act } = bench();
    const readings: number[] = [];
    const instance = driver.open(at.device.plan, {
      clock: new WorldClock(at.device.kernel, Number.NaN),
      random: at.device.random,
      log: { info: () => {}, warn: () => {} } as never,
      io: at.device.board.io,
      shared: (_bus, make) => make(),
      sink: {
        reading: (channel, _value, quality) => void (channel === 1 && readings.push(quality)),
        block: () => {},
        edge: () => {},
        communication: () => {},
      },
    });
    act("off 600");
    for (let i = 0; i < 3; i++) at.tick(instance);
    expect(readings).toEqual([Quality.uncertain, Quality.uncertain, Quality.uncertain]);
    expect(at.part.written.some(([register, ...more]) => register === Register.time && more.length > 0)).toBe(false);
  });

  it("keeps the flag that says it stood when it clears an alarm", () => {
    const { at, act, open } = bench();
    act("battery dead");
    const clock = open();
    clock.configure({ alarm: { daily: 1 } });
    at.device.wait(clock.start() + 2_000_000);
    expect(clock.sample()).toMatchObject({ alarm: true, running: false });
    at.device.wait(clock.start());
    expect(clock.sample()).toMatchObject({ alarm: false, running: false });
  });
});

describe("a DS3231's page", () => {
  it.each([
    ["daily: 25:00:00", /03:30:00/],
    ["set: always", /"always" is not valid here/],
    ["aging: 200", /200 is not valid here/],
  ])("refuses %s", async (device, message) => {
    expect(await mistakes(edited("uplink:", `  rtc: { driver: ds3231, bus: i2c0, ${device} }\nuplink:`))).toMatch(
      message,
    );
  });

  it("says what a scenario can do", () => {
    expect(() => bench().act("stop")).toThrow(/"drift <ppm>", be "off <seconds>", or have its "battery dead"/);
  });
});
