/**
 * The profiles in manifests/panels: words as the panels' documents print them, worked out by hand, against a slave that knows no
 * profile; then each simulated panel against the driver.
 */
import { readdirSync } from "node:fs";
import { beforeEach, describe, expect, it } from "vitest";
import type { DeviceInstance } from "../contract";
import { ModbusSlave } from "../modbus/slave-emulator";
import { TcpSlave } from "../modbus/tcp-slave-emulator";
import { CONDITION_NAMES } from "../panel-points/conditions";
import { PANEL_HOST, PanelBench, panelContext, panelPlan } from "../panel-points/panel-bench.test-suite";
import type { BusKind } from "../schema";
import { driver } from "./driver";
import { FirePanelEmulator } from "./emulator";
import { checkProfile, type PanelProfile } from "./profile-schema";
import { schema } from "./schema";

const FOLDER = new URL("../../manifests/panels/", import.meta.url);
const profiles = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".json"))
  .map((name) => name.slice(0, -".json".length))
  .map((name) => [name, panelContext().dataFile(`panels/${name}.json`) as PanelProfile] as const)
  .filter(([, profile]) => profile.protocol === "modbus");

let bench: PanelBench;
beforeEach(() => {
  bench = new PanelBench();
});

type Words = { readonly [functionCodeAndAddress: string]: number };

/** What the driver makes of words: `4:1500` is input register 1500, `2:3` discrete input 3. Everything else is 0. */
function reads(page: Record<string, unknown>, words: Words): { [point: string]: string } {
  const plan = panelPlan(schema, { unit: 7, ...page });
  bench.board.serial(1).attach(
    (port) =>
      new ModbusSlave({
        unit: 7,
        turnaroundUs: 5000,
        transmit: (bytes, delayUs) => port.transmit(bytes, delayUs),
        read: (functionCode, address, count, into) => {
          for (let i = 0; i < count; i++) into[i] = words[`${functionCode}:${address + i}`] ?? 0;
          return 0;
        },
      }),
  );
  bench.poll(bench.open(driver, plan), 5);
  return bench.snapshot;
}

describe("words of the documents", () => {
  it("Siemens NK823x: input registers, a word an object", () => {
    const points = {
      "z-": { zone: "1-8" },
      smoke: { detector: 3 },
      damper: { control: 1 },
      mains: { supply: 1 },
      facp: { panel: 1 },
    };
    const words = {
      "4:1500": 0x8000, // zone 1: bit 15
      "4:1501": 0x4000, // zone 2: bit 14, pre-alarm
      "4:1502": 0x2080, // zone 3: bit 13, fault, and bit 7, off
      "4:1503": 0x0010, // zone 4: bit 4, walk test
      "4:1504": 0x1000, // zone 5: bit 12, not ready
      "4:1505": 0x0301, // zone 6: bits 0, 8, 9, which are not reported
      "4:2502": 0x8840, // detector 3: bits 15, 11, 6
      "4:3500": 0x8000,
      "4:6600": 0x0400, // bit 10, emergency power
      "4:1100": 0x2000,
    };
    expect(reads({ profile: "siemens-nk823x", points }, words)).toEqual({
      "z-1": "fire",
      "z-2": "pre-alarm",
      "z-3": "trouble, disabled",
      "z-4": "test",
      "z-5": "trouble",
      smoke: "fire, test",
      damper: "supervisory",
      mains: "trouble",
      facp: "trouble",
    });
  });

  it("Siemens NK823x: a table that the project has moved", () => {
    const page = { profile: "siemens-nk823x", points: { hall: { zone: 2 } }, layout: { zone: { base: 1600 } } };
    expect(reads(page, { "4:1601": 0x8000 })).toEqual({ hall: "fire" });
  });

  it("GST: pairs of bits, the first at bits 11 and 10 of 40031", () => {
    const points = { "dev-": { device: "1-16" } };
    // 40031: .. .. 01 10 11 00 00 01, 40032: 01 then nothing, 40033: 00 ... 10 at bits 11 and 10
    const words = { "3:30": 0b0000_0110_1100_0001, "3:31": 0b0100_0000_0000_0000, "3:32": 0b1000_0000_0000_0000 };
    expect(reads({ profile: "gst-modbus", points }, words)).toEqual({
      "dev-1": "fire",
      "dev-2": "trouble",
      "dev-3": "disabled",
      "dev-6": "fire",
      "dev-7": "fire",
      "dev-15": "trouble",
    });
  });

  it("GST: a project whose first device has the first pair of another register", () => {
    const page = { profile: "gst-modbus", points: { a: { device: 1 } }, layout: { device: { base: 100, skip: 0 } } };
    expect(reads(page, { "3:100": 0b0100_0000_0000_0000 })).toEqual({ a: "fire" });
  });

  it.each([
    [0, {}],
    [1, { cable: "fire" }],
    [32_767, { cable: "fire" }],
    [65_535, { cable: "trouble" }],
    [40_000, { cable: "trouble" }],
  ])("Kidde AlarmLine II: register 1 holds %d", (word, expected) => {
    expect(reads({ profile: "kidde-alarmline-ii", points: { cable: { zone: 2 } } }, { "4:1": word })).toEqual(expected);
  });

  it.each([
    [[1, 0, 0], {}],
    [[1, 0, 1], { duct: "fire" }],
    [[1, 1, 0], { duct: "trouble" }],
    [[0, 0, 0], { duct: "trouble" }],
    [[0, 1, 1], { duct: "fire, trouble" }],
  ])("Calectro UG-3: inputs 1 to 3 are %j", ([mounted, service, smoke], expected) => {
    const words = { "2:1": mounted, "2:2": service, "2:3": smoke };
    expect(reads({ profile: "calectro-ug-3", points: { duct: { detector: 1 } } }, words)).toEqual(expected);
  });

  it("Honeywell CLSS: 300 registers a range, nodes in bits of input registers", () => {
    // 400601 + 2 is L2D3; 400301 + 600 + 11 is L2M12; 320001 holds nodes 1 to 16, bit 0 is node 1.
    const points = { smoke: { loop: 2, detector: 3 }, pump: { loop: 2, module: 12 } };
    expect(onTcp({ points }, { "3:602": 0x0c10, "3:911": 0x2400 })).toEqual({ smoke: "fire", pump: "trouble" });
    expect(onTcp({ points: { "n-": { node: "1-20" } } }, { "4:20000": 0xfffb, "4:20001": 0x000f })).toEqual({
      "n-3": "trouble",
    });
  });
});

function onTcp(page: Record<string, unknown>, words: Words): { [point: string]: string } {
  bench = new PanelBench();
  const plan = panelPlan(schema, { profile: "honeywell-clss", unit: 7, ...page }, "tcp");
  const { Listener, TCP } = bench.network.host(PANEL_HOST);
  const read = (functionCode: number, address: number, count: number, into: Uint16Array) => {
    for (let i = 0; i < count; i++) into[i] = words[`${functionCode}:${address + i}`] ?? 0;
    return 0;
  };
  const units = new Map([[7, { turnaroundUs: 1000, read }]]);
  new TcpSlave({ Listener, TCP, port: 502, clock: bench.clock, units });
  const panel = bench.open(driver, plan);
  for (let i = 0; i < 3; i++) bench.poll(panel, 2);
  return bench.snapshot;
}

/** The conditions that a kind of point can have, each with the figure that a scenario may give. */
function conditionsOf(profile: PanelProfile, kind: string): string[] {
  const { fields } = profile.points[kind as keyof PanelProfile["points"]]!;
  const names = fields.flatMap(({ meaning }) => profile.meanings[meaning].rules.flat().flatMap(({ is }) => is));
  return [...new Set(names)].filter((name) => name !== "quiet" && name !== "unknown");
}

describe.each(profiles)("%s", (name, profile) => {
  it("is a profile, with a fact for what it says", () => {
    expect(checkProfile(name, profile)).toBe(profile);
    for (const { fact, source, confidence } of profile.facts)
      for (const text of [fact, source, confidence]) expect(text.length).toBeGreaterThan(3);
  });

  const busKinds = profile.transports as BusKind[];
  const kinds = Object.entries(profile.points).flatMap(([kind]) => busKinds.map((bus) => [kind, bus] as const));
  it.each(kinds)("its simulated panel tells every condition of a %s on %s, and its end", (kind, bus) => {
    const { min, max } = profile.points[kind as keyof PanelProfile["points"]]!.numbers;
    const onLoop = profile.points[kind as keyof PanelProfile["points"]]!.fields.some(({ perLoop }) => perLoop);
    const point = {
      ...(onLoop ? { loop: 2 } : {}),
      [kind]: max > min ? `${min}-${Math.min(max, min + 20)}` : min,
    };
    const plan = panelPlan(schema, { profile: name, unit: 7, points: { p: point } }, bus);
    const emulator = new FirePanelEmulator(plan, bench.air);
    if (bus === "tcp") emulator.tcp(bench.lan);
    else bench.board.serial(1).attach(emulator.serial);
    const panel = bench.open(driver, plan);
    const poll = () => bench.poll(panel, 2);
    for (let i = 0; i < 3; i++) poll();
    expect([bench.snapshot, bench.edges, bench.links]).toEqual([{}, [], []]);
    const at = Math.min(17, emulator.panel.points.length - 1);
    const target = emulator.panel.points[at].name;
    for (const condition of conditionsOf(profile, kind)) {
      bench.edges.length = 0;
      emulator.act("zone", [target, condition]);
      poll();
      const isAlarm = condition !== "disabled";
      expect(bench.edges).toEqual(isAlarm ? [`${target} ${condition} on`] : []);
      if (!isAlarm) expect(bench.snapshot).toEqual({ [target]: condition });
      emulator.act("zone", [target, "normal"]);
      poll();
      expect(bench.edges).toEqual(isAlarm ? [`${target} ${condition} on`, `${target} ${condition} off`] : []);
    }
    expect(CONDITION_NAMES).toHaveProperty(conditionsOf(profile, kind)[0]);
  });
});

describe("a figure", () => {
  it("goes with an alarm as its raw word: the metre of a linear detector", () => {
    const plan = panelPlan(schema, { profile: "kidde-alarmline-ii", unit: 7, points: { cable: { zone: 1 } } });
    const emulator = new FirePanelEmulator(plan, bench.air);
    bench.board.serial(1).attach(emulator.serial);
    const panel = bench.open(driver, plan);
    bench.poll(panel);
    emulator.act("zone", ["cable", "fire", "120"]);
    bench.poll(panel);
    expect([bench.edges, bench.evidence]).toEqual([["cable fire on"], [120]]);
  });
});

describe("a command", () => {
  function site(allow: string[], bus: BusKind = "tcp") {
    const points = { "d-": { loop: 2, detector: "1-20" }, m: { loop: 1, module: 3 } };
    const plan = panelPlan(schema, { profile: "honeywell-clss", unit: 7, points, allow }, bus);
    const emulator = new FirePanelEmulator(plan, bench.air);
    emulator.tcp(bench.lan);
    const panel = bench.open(driver, plan);
    for (let i = 0; i < 3; i++) bench.poll(panel);
    const send = (name: string, point = "") => {
      const sent = panel.command!(name, point);
      bench.poll(panel, 3);
      return sent;
    };
    return { panel: panel as DeviceInstance & { configuration: string }, emulator, send };
  }

  it("that the site does not allow is refused, with a note, and nothing is written", () => {
    const { emulator, send, panel } = site([]);
    emulator.act("zone", ["m", "fire"]);
    bench.poll(panel);
    expect(send("reset")).toBe(false);
    expect(bench.notes).toEqual(["command: reset: refused: the site does not allow it (allow: in the panel's page)"]);
    expect(bench.edges).toEqual(["m fire on"]);
    expect(panel.configuration).toContain("read only");
  });

  it("that it allows is sent, with a note of what was asked and one of what became of it", () => {
    const { emulator, send, panel } = site(["reset", "silence"]);
    emulator.act("zone", ["m", "fire"]);
    bench.poll(panel);
    expect(send("silence")).toBe(true);
    expect(emulator.panel.acknowledged).toBe(true);
    expect(send("reset")).toBe(true);
    expect(bench.notes).toEqual(
      ["silence: sent", "silence: done", "reset: sent", "reset: done"].map((text) => `command: ${text}`),
    );
    expect(bench.edges).toEqual(["m fire on", "m fire off"]);
    expect(panel.configuration).toContain("may reset, silence");
  });

  it("is for a point that there is, of its kind", () => {
    const { send } = site(["detector-disable", "detector-enable", "reset"]);
    expect(send("detector-disable", "d-7")).toBe(true);
    expect(bench.snapshot).toEqual({ "d-7": "disabled" });
    expect(send("detector-enable", "d-7")).toBe(true);
    expect(bench.snapshot).toEqual({});
    expect([
      send("detector-disable", "m"),
      send("detector-disable"),
      send("reset", "d-99"),
      send("reset", "m"),
    ]).toEqual([false, false, false, false]);
    expect(bench.notes.slice(4)).toEqual([
      "command: detector-disable m: refused: it is not for this point",
      "command: detector-disable: refused: it is for a point: which one?",
      "command: reset d-99: refused: there is no such point",
      "command: reset m: refused: it is not for this point",
    ]);
  });

  it("without an answer is not tried twice, and its note says so", () => {
    const { emulator, send } = site(["reset"]);
    emulator.act("silent", []);
    expect(send("reset")).toBe(true);
    expect(bench.notes).toEqual(["command: reset: sent", "command: reset: unit 7: did not answer"]);
  });
});
