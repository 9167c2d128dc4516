import { describe, expect, it } from "vitest";
import { PointField, PointTable } from "../firmware/uplink/gb26875/points";
import { compileSite } from "./compile";
import { checked, mistakes, SITE } from "./examples/sites.test-suite";
import { decodeGb18030 } from "./gb18030";

const CENTRE = `  gb26875:
    host: 198.51.100.7
    port: 5200
    source: 889
    destination: "38 5B 01 00 00 00"
    points:
      climate/temperature: { component: heat-detector, area: 10, number: 2, text: Ａ区１层 }
`;

function site(from = "", to = ""): string {
  expect(CENTRE).toContain(from);
  return SITE + CENTRE.replace(from, to);
}

async function planOf(text: string) {
  return compileSite(await checked(text)).uplink.gb26875!;
}

describe("the page of a monitoring centre", () => {
  it("becomes numbers and bytes, with the defaults filled in", async () => {
    const plan = await planOf(site());
    expect(plan).toMatchObject({
      host: "198.51.100.7",
      port: 5200,
      source: Uint8Array.of(0x79, 3, 0, 0, 0, 0),
      destination: Uint8Array.of(0x38, 0x5b, 1, 0, 0, 0),
      userVersion: 1,
      zoneMinutes: 480,
      timeoutMs: 10_000,
      queue: 32,
      objects: 8,
      system: 1,
      systemAddress: 1,
      // Fire, life, pre-alarm, supervisory, trouble, disabled, test.
      conditionBits: [2, 2, 16, 16, 4, 8, 0],
      running: false,
    });
    expect(plan).not.toHaveProperty("heartbeat");
    const points = new PointTable(plan.points);
    expect([points.count, points.source(0), points.byte(0, PointField.component)]).toEqual([1, 0, 30]);
    expect([...points.place(0)]).toEqual([10, 0, 2, 0]);
    expect(decodeGb18030(points.label(0))).toBe("Ａ区１层".padEnd(27, "\0"));
  });

  it("is carried by a plan only where the site has one", async () => {
    expect(compileSite(await checked(SITE)).uplink).not.toHaveProperty("gb26875");
  });

  it("takes what a site says instead of the defaults", async () => {
    const more = `    zone: "-03:30"
    timeout: 4 s
    heartbeat: { every: 20 s, as: state }
    queue: 100
    objects: 22
    bit0: always
    system: { type: sprinkler, address: 7, text: 喷淋 }
    text: 装置
    conditions: { pre-alarm: fire, test: feedback }
    duty: { button: climate/humidity, operator: 9 }
`;
    const plan = await planOf(site("    points:\n", `${more}    points:\n`));
    expect(plan).toMatchObject({
      zoneMinutes: -210,
      timeoutMs: 4000,
      heartbeat: { everyMs: 20_000, as: "state", confirmed: true },
      queue: 100,
      objects: 22,
      system: 12,
      systemAddress: 7,
      conditionBits: [2, 2, 2, 16, 4, 8, 64],
      running: true,
      duty: { source: 1, operator: 9 },
    });
    expect(decodeGb18030(plan.systemText)).toBe("喷淋");
    expect(new PointTable(plan.points).byte(0, PointField.system)).toBe(12);
  });

  it("is the same however its keys are arranged", async () => {
    const humidity = "      climate/humidity: { component: 25, number: 3 }\n";
    const before = await planOf(site("    points:\n", `    points:\n${humidity}`));
    const after = await planOf(site() + humidity);
    expect(before).toEqual(after);
  });

  it("gives a channel's value in the standard's step, or in the site's", async () => {
    const analog = (text: string) => planOf(site("text: Ａ区１层", `analog: ${text}`));
    const standard = new PointTable((await analog("{ type: temperature }")).points);
    expect([standard.byte(0, PointField.analog), standard.step(0)]).toEqual([3, Math.fround(0.1)]);
    const own = new PointTable((await analog("{ type: 130, step: 0.5 }")).points);
    expect([own.byte(0, PointField.analog), own.step(0)]).toEqual([130, 0.5]);
  });

  it.each<[string, string, string, RegExp]>([
    ["host: 198.51.100.7", "hots: 198.51.100.7", "uplink", /unknown key "hots"[\s\S]*did you mean "host"/],
    ["source: 889", "source: 79 03", "source", /six bytes in the order of the wire/],
    ["port: 5200", "port: 70000", "port", /from 1 to 65535/],
    [
      "component: heat-detector",
      "component: heat-detecter",
      "component",
      /there is no kind of component "heat-detecter"[\s\S]*did you mean "heat-detector"/,
    ],
    [
      "climate/temperature:",
      "climate/temprature:",
      "points",
      /no channel, point or alarm "climate\/temprature"[\s\S]*did you mean "climate\/temperature"/,
    ],
    [
      "text: Ａ区１层",
      "text: 十六个汉字就超过了三十一个字节呢",
      "text",
      /32 bytes in GB18030[\s\S]*at most 31: 15 Chinese characters/,
    ],
    ["area: 10, number: 2", "area: 10", "place", /told where this is, once/],
    ["number: 2", "number: 2, place: 0A 00 02 00", "place", /told where this is, once/],
    ["component: heat-detector,", "", "component", /neither or both/],
    ["component: heat-detector,", "transmitter: main-power-fault,", "transmitter", /itself has no area/],
    [
      "text: Ａ区１层",
      "analog: { type: pressure-kpa }",
      "analog",
      /the channel is in "Cel"[\s\S]*a channel in Pa, or step/,
    ],
    ["text: Ａ区１层", "analog: { type: 200 }", "analog", /step: what one step is in that unit/],
    ["    points:\n", "    timeout: 20 s\n    points:\n", "timeout", /not what the standard allows[\s\S]*1 ms to 10 s/],
    ["    points:\n", "    heartbeat: { every: 10 ms }\n    points:\n", "heartbeat", /too short[\s\S]*1 s or more/],
    ["    points:\n", "    conditions: { smoke: fire }\n    points:\n", "conditions", /no condition "smoke"/],
    [
      "    points:\n",
      "    conditions: { trouble: falut }\n    points:\n",
      "conditions",
      /no condition "falut"[\s\S]*did you mean "fault"/,
    ],
    ["    points:\n", "    duty: { button: desk }\n    points:\n", "duty", /no channel, point or alarm "desk"/],
    ["    points:\n", '    zone: "+8"\n    points:\n', "zone", /hours and minutes east of UTC/],
    ["    points:\n", "    system: { type: sprinkelr }\n    points:\n", "system", /did you mean "sprinkler"/],
  ])("tells what is wrong with %s as %s", async (from, to, _, words) => {
    expect(await mistakes(site(from, to))).toMatch(words);
  });

  it("does not let two points be the same one", async () => {
    const twin = "      climate/humidity: { component: smoke-detector, area: 10, number: 2 }\n";
    expect(await mistakes(site() + twin)).toMatch(/are the same place of the same system/);
  });
});
