import { describe, expect, it } from "vitest";
import { compileSite } from "./compile";
import { checked, SITE } from "./examples/sites.test-suite";
import { compileScenario } from "./scenario";
import { parseSource } from "./source";

const LAMP = SITE.replace(
  "uplink:",
  "  lamp: { driver: vlc-transmitter, bus: light, beacon: { id: 3 } }\nuplink:",
).replace("devices:", "  light: { kind: spi, clock: 12, out: 11 }\ndevices:");

async function compile(text: string) {
  const parsed = parseSource("scenario.yaml", text);
  if (!parsed.ok) throw new Error(parsed.diagnostics[0].message);
  return compileScenario(parsed.source, compileSite(await checked(LAMP)));
}

/** `line:column message | expected | suggestion` of each mistake. */
async function mistakes(text: string): Promise<string[]> {
  const result = await compile(text);
  if (result.ok) throw new Error("nothing is wrong with this scenario");
  return result.diagnostics.map(
    ({ line, column, message, expected, suggestion }) =>
      `${line}:${column} ${[message, expected, suggestion].filter((part) => part !== undefined).join(" | ")}`,
  );
}

const step = (text: string) => `rooms:\n  hall: {}\nsteps:\n  - { at: 10 s, ${text} }\n`;

describe("a scenario", () => {
  it("becomes numbers and names", async () => {
    const text = [
      "rooms: { hall: { temperature: 21 Cel, humidity: 45, volume: 80 m3, devices: [climate.temperature, lamp] }, attic: {} }",
      "receivers: { phone: { sees: lamp, distance: 2 m }, other: { sees: lamp } }",
      "steps:",
      "  - { at: 1m, do: fire hall ultra-fast }",
      "  - { at: 500 ms, do: lamp fail }",
      "  - { at: 2 s, fault: broker down for 13h }",
      "  - { at: 2 s, fault: network up }",
      "  - { at: 3 s, do: reboot gateway }",
      "  - { at: 4 s, do: clock step -1 h }",
      "  - { at: 5 s, do: clock step 90 s }",
      "  - { at: 1m, expect: alarm climate.temperature fire acknowledged within 30 s }",
    ].join("\n");
    expect(await compile(text)).toEqual({
      ok: true,
      scenario: {
        lamps: [],
        rooms: [
          {
            ...{ name: "hall", temperatureCel: 21, humidityPercent: 45, volumeM3: 80 },
            members: [
              { device: "climate", channel: "temperature" },
              { device: "lamp", channel: "" },
            ],
          },
          { name: "attic", temperatureCel: 20, humidityPercent: 50, volumeM3: 60, members: [] },
        ],
        receivers: [
          { name: "phone", sees: ["lamp"], distanceM: 2 },
          { name: "other", sees: ["lamp"], distanceM: 3 },
        ],
        steps: [
          { atUs: 60_000_000, kind: "do", words: ["fire", "hall", "ultra-fast"] },
          { atUs: 500_000, kind: "do", words: ["lamp", "fail"] },
          { atUs: 2_000_000, kind: "fault", words: ["broker", "down"], forUs: 46_800_000_000 },
          { atUs: 2_000_000, kind: "fault", words: ["network", "up"] },
          { atUs: 3_000_000, kind: "do", words: ["reboot", "gateway"] },
          { atUs: 4_000_000, kind: "do", words: ["clock", "step", "-3600000"] },
          { atUs: 5_000_000, kind: "do", words: ["clock", "step", "90000"] },
          {
            ...{ atUs: 60_000_000, kind: "expect", withinUs: 30_000_000 },
            words: ["alarm", "climate.temperature", "fire", "acknowledged"],
          },
        ],
      },
    });
  });

  it.each([
    ["a room that is not there", step("do: fire hal"), '4:21 there is no room "hal" | hall | hall'],
    [
      "a growth that is none",
      step("do: fire hall quick"),
      '4:21 there is no growth "quick" | one of slow, medium, fast, ultra-fast',
    ],
    [
      "a verb that is none",
      step("do: burn hall"),
      '4:21 there is no device or verb "burn" | one of fire, extinguish, acknowledge, reboot, clock, command, send, climate, lamp',
    ],
    [
      "nothing to do",
      step('do: ""'),
      '4:21 there is no device or verb "" | one of fire, extinguish, acknowledge, reboot, clock, command, send, climate, lamp',
    ],
    [
      "a device without a deed",
      step("do: lamp"),
      '4:21 nothing is said about what "lamp" does | <device> and words for its emulator',
    ],
    [
      "a fault that is none",
      step("fault: broker slow"),
      '4:24 "broker slow" is not a fault that a world knows | broker or network, then down or up, then perhaps: for 30 s',
    ],
    [
      "a fault for no known time",
      step("fault: broker down for ever"),
      '4:24 "broker down for ever" is not understood | broker or network, then down or up, then perhaps: for 30 s',
    ],
    [
      "a sentence that is none",
      step("expect: fire"),
      '4:25 "fire" is not understood | alarm <device>.<channel> <class> acknowledged within <duration>',
    ],
    [
      "an alarm of no channel",
      step("expect: alarm climate fire acknowledged within 1 s"),
      '4:25 "climate" names no channel | <device>.<channel>',
    ],
    [
      "an alarm of an unknown channel",
      step("expect: alarm climate.temp fire acknowledged within 1 s"),
      '4:25 there is no channel of climate "temp" | one of temperature, humidity',
    ],
    [
      "an alarm of an unknown class",
      step("expect: alarm climate.humidity fyre acknowledged within 1 s"),
      '4:25 there is no alarm class "fyre" | one of fire, life, pre-alarm, supervisory, trouble, test | fire',
    ],
    [
      "an acknowledgement of no alarm",
      step("do: acknowledge climate/temperature/life"),
      '4:21 there is no alarm "climate/temperature/life" | climate/temperature/fire | climate/temperature/fire',
    ],
    [
      "an alarm of several witnesses that the site does not have",
      step("expect: alarm alarms.hall fire acknowledged within 1 s"),
      '4:25 there is no alarm of several witnesses "hall" | nothing: the file defines none',
    ],
    [
      "a step with two deeds",
      step("do: fire hall, fault: broker up"),
      "4:5 a step does one thing | one of do, fault, expect",
    ],
    [
      "a time without a unit",
      "steps:\n  - { at: 10, do: lamp fail }\n",
      "2:11 10 is not valid here | a duration such as 20 s or 5m",
    ],
    [
      "a device that is not there",
      "rooms: { hall: { devices: [climat] } }",
      '1:28 there is no device "climat" | one of climate, lamp | climate',
    ],
    [
      "a device in two rooms",
      "rooms: { a: { devices: [lamp] }, b: { devices: [lamp] } }",
      '1:49 "lamp" hangs in room "a" already | one room',
    ],
    [
      "another unit",
      "rooms: { hall: { temperature: 70 F } }",
      '1:31 "70 F" is not in Cel | a number in Cel, for example 57 Cel',
    ],
    ["a room without room", "rooms: { hall: { volume: 0 m3 } }", "1:26 0 m3 leaves no room | more than 0 m3"],
    [
      "light from a sensor",
      "receivers: { phone: { sees: climate } }",
      '1:29 "climate" gives no light: its driver is sht3x',
    ],
    ["an unknown key", "room: {}", '1:1 unknown key "room" | one of rooms, lamps, receivers, steps | rooms'],
  ])("with %s is answered at the place", async (_, text, expected) => {
    expect(await mistakes(text)).toEqual([expected]);
  });
});

describe("steps about a monitoring centre", () => {
  const CENTRE = `${SITE}  gb26875: { host: 198.51.100.7, port: 5200, source: 1, destination: 2 }\n`;

  async function compiled(text: string, site = CENTRE) {
    const parsed = parseSource("scenario.yaml", `steps:\n  - { at: 10 s, ${text} }\n`);
    if (!parsed.ok) throw new Error(parsed.diagnostics[0].message);
    return compileScenario(parsed.source, compileSite(await checked(site)));
  }

  it.each([
    ["do: centre read version", { kind: "do", words: ["centre", "read", "version"] }],
    ["do: centre duty-check 5", { kind: "do", words: ["centre", "duty-check", "5"] }],
    ["fault: centre silent for 20 s", { kind: "fault", words: ["centre", "silent"], forUs: 20_000_000 }],
    ["fault: centre reset", { kind: "fault", words: ["centre", "reset"] }],
    [
      "expect: centre confirms climate.temperature fire within 10 s",
      { kind: "expect", words: ["centre", "confirms", "climate.temperature", "fire"], withinUs: 10_000_000 },
    ],
    ["expect: centre hears duty-answer within 5 min", { words: ["centre", "hears", "duty-answer"], withinUs: 3e8 }],
  ])("%s", async (text, step) => {
    const result = await compiled(text);
    expect(result).toMatchObject({ ok: true, scenario: { steps: [{ atUs: 10_000_000, ...step }] } });
  });

  it.each([
    ["do: centre raed version", 'a centre does not know "raed"'],
    ["do: centre read versoin", 'a centre cannot read "versoin"'],
    ["do: centre duty-check soon", '"soon" are no minutes'],
    ["fault: centre slient", 'a centre cannot be "slient"'],
    ["fault: centre reset for 5 s", "is not understood"],
    ["fault: centre silent for ever", "is not understood"],
    ["expect: centre confirms climate.temp fire within 1 s", 'there is no channel of climate "temp"'],
    ["expect: centre confirms climate.temperature fyre within 1 s", 'there is no condition "fyre"'],
    ["expect: centre confirms climate.temperature fire", "is not understood"],
    ["expect: centre reads minds within 1 s", 'a centre cannot read "minds"'],
    ["expect: centre hears voices within 1 s", 'a centre cannot hear "voices"'],
  ])("%s is refused", async (text, message) => {
    const result = await compiled(text);
    expect(result.ok ? "nothing is wrong" : result.diagnostics[0].message).toContain(message);
  });

  it("need a site that has one", async () => {
    const results = await Promise.all(
      [
        "do: centre initialise",
        "fault: centre silent",
        "expect: centre confirms climate.temperature fire within 1 s",
      ].map((text) => compiled(text, SITE)),
    );
    expect(results.map(({ ok }) => ok)).toEqual([false, false, false]);
  });
});
