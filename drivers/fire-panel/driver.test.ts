import { readFileSync } from "node:fs";
import { beforeEach, describe, expect, it } from "vitest";
import { WorldBoard } from "../../host-sim/world/board";
import { WorldClock } from "../../host-sim/world/clock";
import { Kernel } from "../../host-sim/world/kernel";
import { RandomBranch } from "../../host-sim/world/random";
import { type DriverContext, Quality } from "../contract";
import type { EmulatorContext } from "../emulation";
import { ModbusSlave } from "../modbus/slave-emulator";
import type { DevicePlan } from "../plan";
import type { SchemaContext } from "../schema";
import { planBlocks } from "./blocks";
import { driver, type FirePanel } from "./driver";
import { emulator as emulatorModule, FirePanelEmulator } from "./emulator";
import { PointCondition } from "./panel-state";
import { schema } from "./schema";

const MANIFESTS = new URL("../../manifests/", import.meta.url);
const context: SchemaContext = {
  dataFile: (path) =>
    path === "panels/notifier-modbus-gw.json"
      ? (JSON.parse(readFileSync(new URL(path, MANIFESTS), "utf8")) as unknown)
      : undefined,
  dataNames: () => ["notifier-modbus-gw"],
};

const POINTS = {
  hall: { loop: 1, detector: 1 },
  office: { loop: 1, detector: 2 },
  pump: { loop: 2, module: 5 },
};

function planOf(points: object): DevicePlan {
  const page = { profile: "notifier-modbus-gw", unit: 7, points };
  expect(schema.check?.(page, context)).toEqual([]);
  return {
    id: "facp",
    driver: "fire-panel",
    connection: { io: "Serial", bus: "rs485", options: { port: 1, baud: 9600, data: 8, parity: "none", stop: 1 } },
    everyMs: 1000,
    channels: schema.channels(page, context).map(({ name, unit }) => ({ name, unit, filters: [], alarms: [] })),
    settings: schema.settings(page, context),
    trace: {},
  };
}

type Report =
  | { readonly kind: "reading"; readonly channel: string; readonly value: number; readonly quality: Quality }
  | { readonly kind: "edge"; readonly text: string; readonly evidence: number }
  | { readonly kind: "link"; readonly lost: boolean };

let kernel: Kernel;
let clock: WorldClock;
let board: WorldBoard;
let reports: Report[];

beforeEach(() => {
  kernel = new Kernel();
  clock = new WorldClock(kernel, 0);
  board = new WorldBoard(kernel, new RandomBranch(1));
  reports = [];
});

function open(plan: DevicePlan): FirePanel {
  const shared = new Map<string, unknown>();
  const name = (channel: number) => plan.channels[channel].name;
  const driverContext: DriverContext = {
    clock,
    random: new RandomBranch(2),
    log: { info: () => {}, warn: () => {} },
    io: board.io,
    shared: (bus, make) => {
      if (!shared.has(bus)) shared.set(bus, make());
      return shared.get(bus) as ReturnType<typeof make>;
    },
    sink: {
      block: () => {},
      reading: (channel, value, quality) => reports.push({ kind: "reading", channel: name(channel), value, quality }),
      edge: (channel, kind, active, evidence) =>
        reports.push({ kind: "edge", text: `${name(channel)} ${kind} ${active ? "on" : "off"}`, evidence }),
      communication: (lost) => reports.push({ kind: "link", lost }),
    },
  };
  return driver.open(plan, driverContext) as FirePanel;
}

/** One tick, and a second for everything that follows from it. */
function poll(panel: FirePanel, seconds = 1): void {
  panel.start(kernel.nowUs());
  kernel.runUntil(kernel.nowUs() + seconds * 1_000_000);
}

function edges(): string[] {
  return reports.flatMap((report) => (report.kind === "edge" ? [report.text] : []));
}

function readings(): Record<string, number | string> {
  const latest: Record<string, number | string> = {};
  for (const report of reports)
    if (report.kind === "reading")
      latest[report.channel] = report.quality === Quality.good ? report.value : `quality ${report.quality}`;
  return latest;
}

/** A slave that nobody's profile encodes: words as the panel's published table has them. */
function slaveWithWords(words: Map<number, number>, exception = 0): ModbusSlave[] {
  const slaves: ModbusSlave[] = [];
  board.serial(1).attach((port) => {
    const slave = new ModbusSlave({
      unit: 7,
      turnaroundUs: 5000,
      transmit: (bytes, delayUs) => port.transmit(bytes, delayUs),
      read: (_fc, address, count, into) => {
        for (let i = 0; i < count; i++) into[i] = words.get(address + i) ?? 0x00ff;
        return exception;
      },
    });
    slaves.push(slave);
    return slave;
  });
  return slaves;
}

/** Wire addresses of the three points, worked out by hand from the table: 40001, 40002 and 40605. */
const HALL = 0;
const OFFICE = 1;
const PUMP = 604;
const NORMAL = 0b0001_0100_0000_0000;

describe("register words of the published table", () => {
  const words = new Map<number, number>();
  beforeEach(() => {
    words.clear();
    for (const register of [HALL, OFFICE, PUMP]) words.set(register, NORMAL);
    slaveWithWords(words);
  });

  const cases: [name: string, word: number, conditions: number][] = [
    ["quiet: inactive, enabled", NORMAL, 0],
    ["fire: active, type 10 hexadecimal", 0x0c10, PointCondition.fire],
    ["fire, acknowledged", 0x0d10, PointCondition.fire],
    ["carbon monoxide: type 14", 0x0c14, PointCondition.life],
    ["supervisory: type 40", 0x0c40, PointCondition.supervisory],
    ["carbon monoxide and fire: type EA", 0x0cea, PointCondition.fire],
    ["active with a type that the table does not have", 0x0c99, PointCondition.supervisory],
    ["pre-alarm", 0x5400, PointCondition.preAlarm],
    ["trouble while inactive", 0x3400, PointCondition.trouble],
    ["disabled and in trouble at once", 0x3200, PointCondition.trouble | PointCondition.disabled],
    ["an event type while not active means nothing", 0x1410, 0],
  ];
  for (const [name, word, conditions] of cases)
    it(`reads ${name}`, () => {
      words.set(OFFICE, word);
      poll(open(planOf(POINTS)));
      expect(readings()).toEqual({ hall: 0, office: conditions, pump: 0 });
    });

  it("a point that the panel has not programmed is a mistake of the site, not a quiet point", () => {
    words.set(OFFICE, 0x00ff);
    poll(open(planOf(POINTS)));
    expect(readings()).toEqual({ hall: 0, office: `quality ${Quality.badConfiguration}`, pump: 0 });
    expect(edges()).toEqual([]);
  });

  it("every condition that begins or ends is one edge, with the register as its evidence", () => {
    const panel = open(planOf(POINTS));
    poll(panel);
    words.set(OFFICE, 0x7410 | 0x0c00);
    poll(panel);
    poll(panel);
    words.set(OFFICE, NORMAL);
    poll(panel);
    expect(edges()).toEqual([
      "office fire on",
      "office pre-alarm on",
      "office trouble on",
      "office fire off",
      "office pre-alarm off",
      "office trouble off",
    ]);
    expect(reports.find((report) => report.kind === "edge")).toMatchObject({ evidence: 0x7c10 });
  });

  it("fires leave first, whatever register they stand in, and are told before the poll is over", () => {
    const panel = open(planOf(POINTS));
    poll(panel);
    words.set(HALL, 0x3400);
    words.set(OFFICE, 0x0c40);
    words.set(PUMP, 0x0c10);
    poll(panel);
    expect(edges()).toEqual(["pump fire on", "office supervisory on", "hall trouble on"]);
  });

  it("an alarm does not end because its point vanished from the panel", () => {
    words.set(HALL, 0x0c10);
    const panel = open(planOf(POINTS));
    poll(panel);
    words.set(HALL, 0x00ff);
    poll(panel);
    expect(edges()).toEqual(["hall fire on"]);
    expect(readings()["hall"]).toBe(`quality ${Quality.badConfiguration}`);
  });

  it("what stands already at the first read is told once as active", () => {
    words.set(HALL, 0x0c10);
    const panel = open(planOf(POINTS));
    poll(panel);
    poll(panel);
    expect(edges()).toEqual(["hall fire on"]);
  });
});

describe("a panel that does not answer", () => {
  it("turns its points bad, is lost after three reads in a row, and found again", () => {
    const plan = planOf({ hall: { loop: 1, detector: 1 } });
    const emulator = new FirePanelEmulator(plan, air({}));
    board.serial(1).attach(emulator.serial);
    const panel = open(plan);
    poll(panel);
    expect(readings()).toEqual({ hall: 0 });
    emulator.act("silent", []);
    for (let i = 0; i < 4; i++) poll(panel, 5);
    expect(readings()).toEqual({ hall: `quality ${Quality.badCommunication}` });
    expect(reports.filter((report) => report.kind === "link")).toEqual([{ kind: "link", lost: true }]);
    emulator.act("return", []);
    for (let i = 0; i < 3; i++) poll(panel, 10);
    expect(readings()).toEqual({ hall: 0 });
    expect(reports.filter((report) => report.kind === "link")).toEqual([
      { kind: "link", lost: true },
      { kind: "link", lost: false },
    ]);
  });

  it("single reads without an answer do not add up to a loss", () => {
    const plan = planOf({ hall: { loop: 1, detector: 1 } });
    const emulator = new FirePanelEmulator(plan, air({}));
    board.serial(1).attach(emulator.serial);
    const panel = open(plan);
    for (let i = 0; i < 5; i++) {
      poll(panel);
      emulator.act("silent", []);
      poll(panel, 5);
      emulator.act("return", []);
      poll(panel);
    }
    expect(reports.some((report) => report.kind === "link")).toBe(false);
  });

  it("ticks that come while a poll still runs are counted, not bunched", () => {
    const plan = planOf(POINTS);
    const panel = open(plan);
    panel.start(0);
    panel.start(1);
    panel.start(2);
    expect(panel.overruns).toBe(2);
  });

  it("an exception is an answer: the registers are wrong, the line is not", () => {
    slaveWithWords(new Map(), 2);
    const panel = open(planOf(POINTS));
    for (let i = 0; i < 5; i++) poll(panel);
    expect(readings()).toEqual(
      Object.fromEntries(Object.keys(POINTS).map((name) => [name, `quality ${Quality.badConfiguration}`])),
    );
    expect(reports.some((report) => report.kind === "link")).toBe(false);
  });
});

function air(places: {
  readonly [point: string]: { readonly smoke?: number; readonly celsius?: number };
}): EmulatorContext {
  return {
    clock,
    random: new RandomBranch(3),
    recorded: () => false,
    quantity: (name, point = "") => (name === "smoke" ? (places[point]?.smoke ?? 0) : (places[point]?.celsius ?? 20)),
  };
}

describe("the emulated panel", () => {
  function site(places: { [point: string]: { smoke?: number; celsius?: number } }) {
    const plan = planOf(POINTS);
    const emulator = new FirePanelEmulator(plan, air(places));
    board.serial(1).attach(emulator.serial);
    return { emulator, panel: open(plan) };
  }

  it("warns of thin smoke, which may go away, and alarms on thick smoke, which stands until the reset", () => {
    const places: { [point: string]: { smoke?: number } } = { office: { smoke: 0.11 } };
    const { emulator, panel } = site(places);
    const look = () => {
      emulator.step();
      poll(panel);
      return readings()["office"];
    };
    expect(look()).toBe(PointCondition.preAlarm);
    places["office"] = { smoke: 0.2 };
    expect(look()).toBe(PointCondition.preAlarm | PointCondition.fire);
    places["office"] = { smoke: 0 };
    expect(look()).toBe(PointCondition.fire);
    emulator.act("reset", []);
    expect(look()).toBe(0);
    expect(edges()).toEqual(["office pre-alarm on", "office fire on", "office pre-alarm off", "office fire off"]);
  });

  it("alarms on heat without smoke", () => {
    const { emulator, panel } = site({ pump: { celsius: 58 } });
    emulator.step();
    poll(panel);
    expect(readings()).toEqual({ hall: 0, office: 0, pump: PointCondition.fire });
  });

  it("says in words what a reading means", () => {
    expect([0, 1, 5, 48].map((value) => emulatorModule.describe?.(value))).toEqual([
      "quiet",
      "fire",
      "fire, pre-alarm",
      "trouble, disabled",
    ]);
  });

  it("does what a scenario says, by name", () => {
    const { emulator, panel } = site({});
    emulator.act("zone", ["office", "trouble"]);
    emulator.act("zone", ["office", "disabled"]);
    poll(panel);
    expect(readings()["office"]).toBe(PointCondition.trouble | PointCondition.disabled);
    emulator.act("zone", ["office", "normal"]);
    poll(panel);
    expect(readings()["office"]).toBe(0);
    expect(() => emulator.act("zone", ["attic", "fire"])).toThrow(/no point "attic"/);
    expect(() => emulator.act("zone", ["office", "wet"])).toThrow(
      /fire, prealarm, supervisory, trouble, disabled or normal/,
    );
    expect(() => emulator.act("write", [])).toThrow(/zone, reset, silent and return/);
  });
});

describe("the page", () => {
  const check = (page: Record<string, unknown>) => schema.check?.(page, context);

  it("names a profile that there is", () => {
    expect(check({ profile: "notifer", unit: 1, points: POINTS })).toEqual([
      { path: ["profile"], message: 'there is no panel profile "notifer"', expected: "one of notifier-modbus-gw" },
    ]);
  });

  it("refuses points that the panel does not have, that are nothing, and that are one", () => {
    const points = {
      a: { loop: 11, detector: 1 },
      b: { loop: 1, detector: 160 },
      c: { loop: 1 },
      d: { loop: 1, detector: 1, module: 1 },
      e: { loop: 1, detector: 5 },
      f: { loop: 1, detector: 5 },
    };
    expect(check({ profile: "notifier-modbus-gw", unit: 1, points })).toEqual([
      { path: ["points", "a", "loop"], message: "this panel has no loop 11", expected: "1 to 10" },
      { path: ["points", "b", "detector"], message: "a loop has no detector 160", expected: "1 to 159" },
      { path: ["points", "c"], message: '"c" needs a detector or a module, and not both' },
      { path: ["points", "d"], message: '"d" needs a detector or a module, and not both' },
      { path: ["points", "f"], message: '"f" and "e" are the same point of the panel' },
    ]);
    expect(check({ profile: "notifier-modbus-gw", unit: 1, points: {} })).toMatchObject([{ path: ["points"] }]);
  });

  it("says what is wrong with a broken profile file", () => {
    const broken: SchemaContext = { ...context, dataFile: () => ({ id: "x" }) };
    expect(schema.check?.({ profile: "x", unit: 1, points: POINTS }, broken)).toMatchObject([
      { path: ["profile"], message: expect.stringContaining("manifests/panels/x.json") },
    ]);
  });

  it("compiles to the wire addresses of the manual's table", () => {
    expect(planOf(POINTS).settings).toMatchObject({
      registers: [HALL, OFFICE, PUMP],
      blocks: [
        [0, 2],
        [604, 1],
      ],
    });
  });
});

describe("blocks of a poll", () => {
  it("join what is near and split what is far or long", () => {
    expect(planBlocks([5, 3, 3, 30], 100)).toEqual([
      [3, 3],
      [30, 1],
    ]);
    expect(planBlocks([0, 10, 20, 30], 100)).toEqual([[0, 31]]);
    expect(
      planBlocks(
        Array.from({ length: 250 }, (_, i) => i),
        100,
      ),
    ).toEqual([
      [0, 100],
      [100, 100],
      [200, 50],
    ]);
    expect(planBlocks([], 100)).toEqual([]);
  });
});
