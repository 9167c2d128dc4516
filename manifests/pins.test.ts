/** Devices that hang on pins of their own, without a bus that others share. */
import { describe, expect, it } from "vitest";
import { compileSite } from "./compile";
import { checked, edited, mistakes } from "./examples/sites.test-suite";
import { parseVoltage } from "./units";

const BUSES = "  contacts: { kind: digital }\n  lines: { kind: analog, fullScale: 3.1 V }";
const site = (devices: string, buses = BUSES) =>
  edited("clock: 9 }\ndevices:", `clock: 9 }\n${buses}\ndevices:\n${devices}`);
const DOOR = "  door: { driver: binary-input, bus: contacts, pin: 4 }";

describe("a pin of a device", () => {
  it("becomes the option of its IO class, and an analog bus says what its converter ends at", async () => {
    const plan = compileSite(await checked(site(`${DOOR}\n  line: { driver: binary-input, bus: lines, pin: GPIO1 }`)));
    const connections = Object.fromEntries(plan.devices.map(({ id, connection }) => [id, connection]));
    expect(connections["door"]).toEqual({ io: "Digital", bus: "contacts", options: { pin: 4 } });
    expect(connections["line"]).toEqual({
      io: "Analog",
      bus: "lines",
      options: { pin: "GPIO1", fullScaleMv: 3100 },
    });
  });

  it("belongs to no bus and to no other device", async () => {
    expect(await mistakes(site("  door: { driver: binary-input, bus: contacts, pin: 8 }"))).toMatch(
      /pin 8 is the data pin of bus "i2c0" already\nexpected: a pin of its own for each wire/,
    );
    expect(await mistakes(site(`${DOOR}\n  line: { driver: binary-input, bus: lines, pin: 4 }`))).toMatch(
      /8:50: error: pin 4 is the pin of device "door" already/,
    );
  });

  it("is required", async () => {
    expect(await mistakes(site("  door: { driver: binary-input, bus: contacts }"))).toMatch(/"pin" is missing/);
  });
});

describe("the limits of a supervised line", () => {
  const line = (more: string) => site(`  line: { driver: binary-input, bus: lines, pin: 1, ${more} }`);

  it("follow from its resistors and the end of the converter", async () => {
    const plan = compileSite(await checked(line("supervision: { endOfLineOhm: 4700, seriesOhm: 1000 }")));
    const settings = plan.devices.find(({ id }) => id === "line")!.settings;
    // 3.3 V * 4.7/14.7 = 1055 mV; with 1 kOhm parallel 825 Ohm: 251 mV; the converter ends at 3100 mV.
    expect(settings["limits"]).toEqual({ shortMv: 126, closedMv: 653, cutMv: 2078 });
  });

  it("must ascend, and lie where the converter sees them", async () => {
    expect(await mistakes(line("limits: { shortMv: 500, closedMv: 400, cutMv: 2000 }"))).toMatch(
      /limits of 500, 400 and 2000 mV do not tell the states of a line apart/,
    );
    expect(await mistakes(line("supervision: { supplyMv: 12000 }"))).toMatch(/ends at/);
  });

  it("make no sense on a digital pin, nor a pull on an analog one", async () => {
    expect(
      await mistakes(site("  door: { driver: binary-input, bus: contacts, pin: 4, supervision: { seriesOhm: 1000 } }")),
    ).toMatch(/a digital pin cannot see the voltage of a line\nexpected: a bus of kind analog/);
    expect(await mistakes(line("pull: up"))).toMatch(/an analog pin has its resistor in supervision/);
  });
});

describe("a transmitter", () => {
  const input = (more: string) => site(`  level: { driver: analog-input, bus: lines, pin: 1, ${more} }`);
  const channelOf = async (more: string) =>
    compileSite(await checked(input(more))).devices.find(({ id }) => id === "level")!.channels[0];

  it("has the unit of its page, and limits within what it can measure", async () => {
    const loop = "unit: m, loop: { low: 0, high: 5 }";
    expect((await channelOf(loop)).unit).toBe("m");
    expect((await channelOf("voltage: {}")).unit).toBe("V");
    await checked(input(`${loop}, channels: { value: { alarms: [{ above: 5.1 m, class: trouble }] } }`));
    expect(await mistakes(input(`${loop}, channels: { value: { alarms: [{ above: 6 m, class: trouble }] } }`))).toMatch(
      /6 m lies outside of what value can be\nexpected: -0.06\d* to 5.15\d* m/,
    );
    expect(
      await mistakes(input(`voltage: {}, channels: { value: { alarms: [{ above: 4 V, class: trouble }] } }`)),
    ).toMatch(/4 V lies outside of what value can be\nexpected: 0 to 3.1 V/);
  });

  it("has a shunt in which the converter sees a failure", async () => {
    expect(await mistakes(input("loop: { shuntOhm: 250, low: 0, high: 5 }"))).toMatch(
      /21 mA make 5250 mV in 250 Ohm: the converter ends at 3100 mV.*\nexpected: shuntOhm below 148/,
    );
  });

  it("is a loop or a voltage, with a scale and both resistors of a divider", async () => {
    expect(await mistakes(input("loop: { low: 0, high: 5 }, voltage: {}"))).toMatch(/a loop or a voltage/);
    expect(await mistakes(input("loop: { low: 5, high: 5 }"))).toMatch(/the same value/);
    expect(await mistakes(input("voltage: { upperOhm: 1000 }"))).toMatch(/a divider has two resistors/);
  });
});

describe("a meter", () => {
  const meter = (bus: string, pins: string) =>
    site(
      `  water: { driver: pulse-input, bus: ${bus}, ${pins}, unit: L, ratePer: min }`,
      `${BUSES}\n  meters: { kind: pulse }`,
    );

  it("has one pin on a digital bus, two on a pulse bus, and a rate in its unit", async () => {
    const { connection, channels } = compileSite(await checked(meter("meters", "signal: 4, control: 5"))).devices.find(
      ({ id }) => id === "water",
    )!;
    expect(connection).toEqual({ io: "PulseCount", bus: "meters", options: { signal: 4, control: 5 } });
    expect(channels.map(({ name, unit }) => [name, unit])).toEqual([
      ["total", "L"],
      ["rate", "L/min"],
    ]);
    expect(await mistakes(meter("contacts", "signal: 4"))).toMatch(/a digital bus has no signal\nexpected: pin/);
    expect(await mistakes(meter("meters", "signal: 4"))).toMatch(/"control" is missing/);
    expect(await mistakes(meter("meters", "signal: 4, control: 4"))).toMatch(
      /pin 4 is the signal pin of device "water" already/,
    );
  });
});

describe("a voltage", () => {
  it.each([
    ["2450 mV", 2450],
    ["3.3V", 3300],
  ])("%s is %i mV", (text, millivolts) => {
    expect(parseVoltage(text)).toEqual({ ok: true, value: millivolts });
  });

  it.each(["3.3", "3 kV", ""])('cannot be "%s"', async (text) => {
    expect(parseVoltage(text)).toEqual({ ok: false, expected: "a voltage such as 2450 mV or 3.3 V" });
    const buses = `  lines: { kind: analog, fullScale: "${text}" }`;
    expect(await mistakes(site("  line: { driver: binary-input, bus: lines, pin: 1 }", buses))).toMatch(
      /expected: a voltage such as 2450 mV or 3.3 V/,
    );
  });
});

describe("lamps on pins", () => {
  const lamps = (count: number, more = "") =>
    Array.from(
      { length: count },
      (_, i) => `  lamp-${i}: { driver: vlc-transmitter, bus: lamps, pin: ${30 + i}, beacon: { id: ${i} }${more} }`,
    ).join("\n");
  const BUS = "  lamps: { kind: light }";

  it("are as many as the board's RMT has channels", async () => {
    const plan = compileSite(await checked(site(lamps(4), BUS)));
    expect(plan.devices.find(({ id }) => id === "lamp-3")).toMatchObject({
      connection: { io: "LightEmitter", bus: "lamps", options: { pin: 33 } },
      settings: { id: 3, mcs: 4, flp: 64, tdp: "P4", level: 0.5, floor: 0 },
    });
    expect(await mistakes(site(lamps(5), BUS))).toMatch(
      /"lamp-4" is lamp 5 on a pin, and a board of kind esp32-s3 can send light on 4\nexpected: fewer lamps on pins/,
    );
  });

  it("must have said a beacon before the next is due", async () => {
    // MCS 0, 9 octets: 124 + 944 + 1392 chips and a pause of 120, 5 us each.
    expect(await mistakes(site(lamps(1, ", mcs: 0, every: 10 ms"), BUS))).toMatch(
      /a beacon of "lamp-0" takes 12\.9 ms, and the next begins after 10(\.0)? ms/,
    );
    await checked(site(lamps(1, ", mcs: 0, every: 20 ms"), BUS));
  });

  it("do not flicker, or the page says why", async () => {
    expect(await mistakes(site(lamps(1, ", light: { level: 0.7 }"), BUS))).toMatch(/at 0.7 the lamp would flicker/);
    await checked(site(lamps(1, ", mcs: 6, light: { level: 0.7 }"), BUS));
  });
});
