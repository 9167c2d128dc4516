import { describe, expect, it } from "vitest";
import { compileSite } from "./compile";
import { oneOf } from "./diagnostic";
import { loadDriverPages } from "./driver-pages";
import { checked, edited, mistakes, SITE } from "./examples/sites.test-suite";

const DRIVERS = oneOf([...(await loadDriverPages()).keys()]);

describe("a right site", () => {
  it("comes out with its devices, each with its driver's page, its bus and its channels", async () => {
    const { devices, broker } = await checked(SITE);
    expect(devices.map(({ id, schema, bus }) => [id, schema.driver, bus?.name])).toEqual([
      ["climate", "sht3x", "i2c0"],
    ]);
    expect(devices[0].channels).toEqual([
      {
        name: "temperature",
        unit: "Cel",
        filters: [],
        alarms: [{ class: "fire", above: 57, hysteresis: 0, forMs: 5000 }],
      },
      { name: "humidity", unit: "%RH", filters: [], alarms: [] },
    ]);
    expect(broker).toEqual({ host: "127.0.0.1", port: 1883, tls: false });
  });

  it("may give a limit as a bare number, which is in the channel's unit", async () => {
    const { devices } = await checked(edited("57 Cel", "57.5"));
    expect(devices[0].channels[0].alarms[0].above).toBe(57.5);
  });

  it("may wire an SPI bus with three wires", async () => {
    await checked(edited("clock: 9 }", "clock: 9 }\n  light: { kind: spi, clock: 12, out: 11, in: 11 }"));
  });

  it("may hang devices with one address on two buses", async () => {
    const second = edited("clock: 9 }", "clock: 9 }\n  i2c1: { kind: i2c, data: 10, clock: 11 }");
    const { devices } = await checked(second.replace("uplink:", "  twin: { driver: sht3x, bus: i2c1 }\nuplink:"));
    expect(devices).toHaveLength(2);
  });
});

describe("a broker", () => {
  const url = (text: string) => edited("mqtt://127.0.0.1:1883", text);

  it.each([
    ["mqtt://broker.example", "broker.example", 1883],
    ["mqtt://broker.example:8000", "broker.example", 8000],
    ["mqtt://[2001:db8::1]:1883", "2001:db8::1", 1883],
  ])("%s is reached at %s, port %i", async (text, host, port) => {
    expect((await checked(url(text))).broker).toEqual({ host, port, tls: false });
  });

  it.each([
    ["127.0.0.1", '"127.0.0.1" is not a URL'],
    ["mqtt://host:99999", '"mqtt://host:99999" is not a URL'],
    ["http://host", '"http://host" is not the address of an MQTT broker'],
    ["mqtt://", '"mqtt://" is not the address of an MQTT broker'],
    [
      "mqtt://me:secret@host",
      "a user and a password do not belong into a site's file",
      "mqtt://host:port, and credential: with a name that the platform knows them by",
    ],
  ])("cannot be %s", async (text, message, expected = "mqtt://host:port") => {
    expect(await mistakes(url(text))).toBe(`site.yaml:15:16: error: ${message}\nexpected: ${expected}`);
  });
});

it("lets any board sign: its key is provisioned, not named here", async () => {
  const signed = SITE.replace(
    'mqtt: { url: "mqtt://127.0.0.1:1883" }',
    'mqtt: { url: "mqtt://127.0.0.1:1883" }\n  sign: es256',
  );
  for (const board of ["esp32-s3", "esp32", "linux"])
    expect(compileSite(await checked(signed.replace("esp32-s3", board))).uplink.sign).toBe("es256");
});

describe("brokers beside the first, and what version 5 brings", () => {
  const mqtt = (page: string, board = "linux") =>
    SITE.replace('mqtt: { url: "mqtt://127.0.0.1:1883" }', `mqtt: ${page}`).replace("esp32-s3", board);

  it("are compiled: TLS, alternates, version, expiry", async () => {
    const site = await checked(
      mqtt('{ url: "mqtts://a.example", alternates: ["mqtts://b.example:8884"], version: 5, expiry: 90 s }'),
    );
    expect(compileSite(site).uplink).toMatchObject({
      host: "a.example",
      port: 8883,
      tls: true,
      alternates: [{ host: "b.example", port: 8884 }],
      version: 5,
      expiryS: 90,
    });
  });

  it.each([
    ['{ url: "mqtts://a" }', "esp32-s3", "mqtts is not built yet for a board of kind esp32-s3"],
    ['{ url: "mqtt://a", alternates: ["mqtts://b"] }', "linux", "a broker with TLS and one without"],
    ['{ url: "mqtt://a", alternates: ["mqtt://a:1883"] }', "linux", "this is the broker that stands first already"],
    ['{ url: "mqtt://a", expiry: 1 h }', "linux", "MQTT 3.1.1 cannot let messages expire"],
    ['{ url: "mqtt://a", version: 3 }', "linux", "3 is not valid here"],
  ])("%s is refused", async (page, board, message) => {
    expect(await mistakes(mqtt(page, board))).toContain(message);
  });
});

describe("a mistake across pages", () => {
  it.each([
    [
      "an unknown driver",
      edited("sht3x", "quartz-clock"),
      `6:13: error: there is no driver "quartz-clock"\nexpected: ${DRIVERS}`,
    ],
    [
      "no driver",
      edited("driver: sht3x", "driver:"),
      `5:3: error: device "climate" names no driver\nexpected: ${DRIVERS}`,
    ],
    [
      "an empty device",
      edited("uplink:", "  twin:\nuplink:"),
      '14:8: error: device "twin" is empty\nexpected: a map with driver, bus and the driver\'s keys',
    ],
    [
      "a name that no topic can hold",
      edited("climate:", "hall/climate:"),
      '5:3: error: "hall/climate" cannot be the name of a device: it becomes part of topics and record names\nexpected: letters, digits, - and _, beginning with a letter or digit; at most 64',
    ],
    [
      "an unknown channel",
      edited("temperature:", "temprature:"),
      '11:7: error: driver sht3x has no channel "temprature"\nexpected: one of temperature, humidity\ndid you mean "temperature"?',
    ],
    [
      "an alarm without a limit",
      edited("above: 57 Cel, ", ""),
      "13:13: error: an alarm needs a limit\nexpected: above or below, or rise or fall with per",
    ],
    [
      "a limit out of the sensor's range",
      edited("57 Cel", "-41 Cel"),
      "13:22: error: -41 Cel lies outside of what temperature can be\nexpected: -40 to 125 Cel",
    ],
    [
      "an even median",
      edited("        alarms:", "        filters: [ { median: 4 } ]\n        alarms:"),
      "12:30: error: the window of a median must be an odd number of samples\nexpected: 3 or 5",
    ],
    [
      "a period of nothing",
      edited("every: 1 s", "every: 0 s"),
      "9:12: error: 0 s is too short\nexpected: 1 ms or more",
    ],
    [
      "two devices at one address, one of them by default",
      edited("uplink:", "  twin: { driver: sht3x, bus: i2c0 }\nuplink:"),
      '14:31: error: "twin" and "climate" have the same address 0x44 on bus "i2c0"\nexpected: an address of its own for each device on a bus',
    ],
    [
      "a bus that is not there",
      edited("bus: i2c0", "bus: wire"),
      '7:10: error: there is no bus "wire"\nexpected: i2c0',
    ],
    [
      "no devices",
      SITE.replace(/devices:[\s\S]*uplink:/, "devices: {}\nuplink:"),
      "4:1: error: a site without devices has nothing to do",
    ],
  ])("such as %s is said at its place", async (_, text, expected) => {
    expect(await mistakes(text)).toBe(`site.yaml:${expected}`);
  });

  it("is found in the names that a driver's own page gives to channels", async () => {
    const points = 'points: { "zone 1": { loop: 1, detector: 1 } }';
    const panel = `  facp: { driver: fire-panel, bus: line, profile: notifier-modbus-gw, unit: 1, ${points} }\nuplink:`;
    const line = "  line: { kind: serial, port: 1, baud: 9600 }\ndevices:";
    const text = await mistakes(edited("uplink:", panel).replace("devices:", line));
    expect(text).toMatch(/^site\.yaml:15:\d+: error: "zone 1" cannot be .*\nexpected: letters, digits, - and _/);
  });

  it("is said once: a bus that is wrong is not missing as well", async () => {
    expect(await mistakes(edited("kind: i2c", "kind: i2x"))).toBe(
      'site.yaml:3:17: error: there is no kind of bus "i2x"\nexpected: one of i2c, serial, spi, tcp, digital, analog, pulse, light\ndid you mean "i2c"?',
    );
  });

  it("does not hide the others", async () => {
    const text = edited("57 Cel", "57 bar").replace("esp32-s3", "esp33").replace("clock: 9", "clock: -1");
    expect((await mistakes(text)).match(/site\.yaml:\d+/g)).toEqual(["site.yaml:1", "site.yaml:3", "site.yaml:13"]);
  });
});
