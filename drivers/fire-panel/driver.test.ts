import { beforeEach, describe, expect, it } from "vitest";
import type { DeviceInstance } from "../contract";
import { ModbusSlave } from "../modbus/slave-emulator";
import { describeConditions } from "../panel-points/conditions";
import { PanelBench, panelContext, panelPlan } from "../panel-points/panel-bench.test-suite";
import type { DevicePlan } from "../plan";
import type { SchemaContext } from "../schema";
import { driver, type FirePanel } from "./driver";
import { emulator as emulatorModule, FirePanelEmulator } from "./emulator";
import { cell, READ_COLUMNS, rowsOf } from "./layout";
import { schema } from "./schema";

const POINTS = {
  hall: { loop: 1, detector: 1 },
  office: { loop: 1, detector: 2 },
  pump: { loop: 2, module: 5 },
};

const planOf = (points: object): DevicePlan => panelPlan(schema, { profile: "notifier-modbus-gw", unit: 7, points });

let bench: PanelBench;
beforeEach(() => {
  bench = new PanelBench();
});

function open(plan: DevicePlan): FirePanel {
  return bench.open(driver, plan) as FirePanel;
}

function poll(panel: DeviceInstance, seconds = 1): void {
  bench.poll(panel, seconds);
}

/** A slave that nobody's profile encodes: words as the panel's published table has them. */
function slaveWithWords(words: Map<number, number>, exception = () => 0): void {
  bench.board.serial(1).attach(
    (port) =>
      new ModbusSlave({
        unit: 7,
        turnaroundUs: 5000,
        transmit: (bytes, delayUs) => port.transmit(bytes, delayUs),
        read: (_fc, address, count, into) => {
          for (let i = 0; i < count; i++) into[i] = words.get(address + i) ?? 0x00ff;
          return exception();
        },
      }),
  );
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

  const cases: [name: string, word: number, conditions: string][] = [
    ["quiet: inactive, enabled", NORMAL, "quiet"],
    ["fire: active, type 10 hexadecimal", 0x0c10, "fire"],
    ["fire, acknowledged", 0x0d10, "fire"],
    ["carbon monoxide: type 14", 0x0c14, "life"],
    ["supervisory: type 40", 0x0c40, "supervisory"],
    ["carbon monoxide and fire: type EA", 0x0cea, "fire"],
    ["active with a type that the table does not have", 0x0c99, "supervisory"],
    ["pre-alarm", 0x5400, "pre-alarm"],
    ["trouble while inactive", 0x3400, "trouble"],
    ["disabled and in trouble at once", 0x3200, "trouble, disabled"],
    ["an event type while not active means nothing", 0x1410, "quiet"],
  ];
  for (const [name, word, conditions] of cases)
    it(`reads ${name}`, () => {
      words.set(OFFICE, word);
      poll(open(planOf(POINTS)));
      expect(bench.snapshot).toEqual(conditions === "quiet" ? {} : { office: conditions });
    });

  it("a point that the panel has not programmed is a mistake of the site, not a quiet point", () => {
    words.set(OFFICE, 0x00ff);
    const panel = open(planOf(POINTS));
    poll(panel);
    poll(panel);
    expect(bench.snapshot).toEqual({ office: "unknown" });
    expect(bench.edges).toEqual([]);
    expect(bench.warnings).toEqual(["facp: the panel has no point where the site has office"]);
  });

  it("every condition that begins or ends is one edge, with the register as its evidence", () => {
    const panel = open(planOf(POINTS));
    poll(panel);
    words.set(OFFICE, 0x7410 | 0x0c00);
    poll(panel);
    poll(panel);
    words.set(OFFICE, NORMAL);
    poll(panel);
    expect(bench.edges).toEqual([
      "office fire on",
      "office pre-alarm on",
      "office trouble on",
      "office fire off",
      "office pre-alarm off",
      "office trouble off",
    ]);
    expect(bench.evidence[0]).toBe(0x7c10);
  });

  it("fires leave first, whatever register they stand in, and are told before the poll is over", () => {
    const panel = open(planOf(POINTS));
    poll(panel);
    words.set(HALL, 0x3400);
    words.set(OFFICE, 0x0c40);
    words.set(PUMP, 0x0c10);
    poll(panel);
    expect(bench.edges).toEqual(["pump fire on", "office supervisory on", "hall trouble on"]);
  });

  it("an alarm does not end because its point vanished from the panel", () => {
    const panel = open(planOf(POINTS));
    poll(panel);
    words.set(HALL, 0x0c10);
    poll(panel);
    words.set(HALL, 0x00ff);
    poll(panel);
    expect(bench.edges).toEqual(["hall fire on"]);
    expect(bench.snapshot).toEqual({ hall: "fire, unknown" });
  });

  it("the first read is a snapshot: only fire and life that stand are told as alarms, and as standing", () => {
    words.set(HALL, 0x0c10);
    words.set(OFFICE, 0x3400);
    const panel = open(planOf(POINTS));
    poll(panel);
    poll(panel);
    expect(bench.edges).toEqual(["hall fire standing"]);
    expect(bench.snapshots).toBe(1);
    expect(bench.snapshot).toEqual({ hall: "fire", office: "trouble" });
    words.set(OFFICE, NORMAL);
    poll(panel);
    expect(bench.edges).toEqual(["hall fire standing", "office trouble off"]);
  });

  it("what is told by no edge is told by another snapshot, and all of it now and then", () => {
    const panel = open(planOf(POINTS));
    poll(panel);
    words.set(OFFICE, 0x1200);
    poll(panel);
    expect(bench.edges).toEqual([]);
    expect([bench.snapshots, bench.snapshot]).toEqual([2, { office: "disabled" }]);
    for (let i = 0; i < 299; i++) poll(panel);
    expect(bench.snapshots).toBe(2);
    poll(panel);
    expect(bench.snapshots).toBe(3);
  });

  it("waits for room with the most urgent first, and tells nothing of what came and went meanwhile", () => {
    const panel = open(planOf(POINTS));
    poll(panel);
    bench.room = 0;
    words.set(HALL, 0x3400);
    words.set(OFFICE, 0x3400);
    poll(panel);
    words.set(HALL, NORMAL);
    words.set(PUMP, 0x0c10);
    poll(panel);
    expect(bench.edges).toEqual([]);
    bench.room = 1;
    panel.roomAgain(bench.kernel.nowUs());
    expect(bench.edges).toEqual(["pump fire on"]);
    bench.room = 9;
    panel.roomAgain(bench.kernel.nowUs());
    expect(bench.edges).toEqual(["pump fire on", "office trouble on"]);
  });
});

describe("a panel that does not answer", () => {
  it("is lost after three reads in a row, and found again, and its points say nothing new", () => {
    const plan = planOf({ hall: { loop: 1, detector: 1 } });
    const emulator = new FirePanelEmulator(plan, bench.air);
    bench.board.serial(1).attach(emulator.serial);
    const panel = open(plan);
    poll(panel);
    emulator.act("silent", []);
    for (let i = 0; i < 4; i++) poll(panel, 5);
    expect(bench.links).toEqual(["lost"]);
    emulator.act("return", []);
    for (let i = 0; i < 3; i++) poll(panel, 10);
    expect(bench.links).toEqual(["lost", "back"]);
    expect([bench.edges, bench.snapshots]).toEqual([[], 2]);
  });

  it("says what happened meanwhile when it is back", () => {
    const plan = planOf({ hall: { loop: 1, detector: 1 } });
    const emulator = new FirePanelEmulator(plan, bench.air);
    bench.board.serial(1).attach(emulator.serial);
    const panel = open(plan);
    poll(panel);
    emulator.act("silent", []);
    for (let i = 0; i < 4; i++) poll(panel, 5);
    emulator.act("zone", ["hall", "fire"]);
    emulator.act("return", []);
    for (let i = 0; i < 3; i++) poll(panel, 10);
    expect(bench.edges).toEqual(["hall fire on"]);
  });

  it("single reads without an answer do not add up to a loss", () => {
    const plan = planOf({ hall: { loop: 1, detector: 1 } });
    const emulator = new FirePanelEmulator(plan, bench.air);
    bench.board.serial(1).attach(emulator.serial);
    const panel = open(plan);
    for (let i = 0; i < 5; i++) {
      poll(panel);
      emulator.act("silent", []);
      poll(panel, 5);
      emulator.act("return", []);
      poll(panel);
    }
    expect(bench.links).toEqual([]);
  });

  it("that never did is told by its loss alone: there is nothing to take a snapshot of", () => {
    const panel = open(planOf(POINTS));
    for (let i = 0; i < 5; i++) poll(panel, 5);
    expect([bench.links, bench.snapshots]).toEqual([["lost"], 0]);
  });

  it("ticks that come while a poll still runs are counted, not bunched", () => {
    const panel = open(planOf(POINTS));
    panel.start(0);
    panel.start(1);
    panel.start(2);
    expect(panel.overruns).toBe(2);
  });

  it("an exception is an answer: the registers are wrong, the line is not", () => {
    slaveWithWords(new Map(), () => 2);
    const panel = open(planOf(POINTS));
    for (let i = 0; i < 5; i++) poll(panel);
    expect(bench.snapshot).toEqual(Object.fromEntries(Object.keys(POINTS).map((name) => [name, "unknown"])));
    expect(bench.links).toEqual([]);
    expect(bench.warnings).toHaveLength(3);
  });

  it("that refuses one register in the middle tells everything else, and is asked for it again after an hour", () => {
    const words = new Map(Array.from({ length: 20 }, (_, i) => [i, NORMAL]));
    let missing = 7;
    bench.board.serial(1).attach(
      (port) =>
        new ModbusSlave({
          unit: 7,
          turnaroundUs: 5000,
          transmit: (bytes, delayUs) => port.transmit(bytes, delayUs),
          read: (_fc, address, count, into) => {
            if (address <= missing && missing < address + count) return 2;
            for (let i = 0; i < count; i++) into[i] = words.get(address + i) ?? 0x00ff;
            return 0;
          },
        }),
    );
    const panel = open(planOf({ "d-": { loop: 1, detector: "1-20" } }));
    poll(panel, 5);
    expect(bench.snapshot).toEqual({ "d-8": "unknown" });
    missing = -1;
    words.set(0, 0x0c10);
    poll(panel, 5);
    expect([bench.edges, bench.snapshot]).toEqual([["d-1 fire on"], { "d-8": "unknown" }]);
    bench.run(3600);
    poll(panel, 5);
    expect(bench.snapshot).toEqual({ "d-1": "fire" });
    expect(bench.warnings).toHaveLength(1);
  });

  it("is lost when it answers that it has failed, time after time", () => {
    slaveWithWords(new Map(), () => 4);
    const panel = open(planOf({ hall: { loop: 1, detector: 1 } }));
    for (let i = 0; i < 4; i++) poll(panel);
    expect(bench.links).toEqual(["lost"]);
  });
});

describe("the emulated panel", () => {
  function site() {
    const plan = planOf(POINTS);
    const emulator = new FirePanelEmulator(plan, bench.air);
    bench.board.serial(1).attach(emulator.serial);
    const panel = open(plan);
    poll(panel);
    const look = () => {
      emulator.step();
      poll(panel);
    };
    return { emulator, look };
  }

  it("warns of thin smoke, which may go away, and alarms on thick smoke, which stands until the reset", () => {
    const { emulator, look } = site();
    bench.place("office", { smoke: 0.11 });
    look();
    bench.place("office", { smoke: 0.2 });
    look();
    bench.place("office", {});
    look();
    emulator.act("reset", []);
    look();
    expect(bench.edges).toEqual(["office pre-alarm on", "office fire on", "office pre-alarm off", "office fire off"]);
  });

  it("alarms again after a reset while its smoke is there", () => {
    const { emulator, look } = site();
    bench.place("office", { smoke: 0.2 });
    look();
    emulator.act("reset", []);
    look();
    expect(emulator.panel.conditions(1)).not.toBe(0);
    expect(bench.edges).toEqual(["office fire on", "office pre-alarm on"]);
  });

  it("alarms on heat without smoke", () => {
    const { look } = site();
    bench.place("pump", { celsius: 58 });
    look();
    expect(bench.edges).toEqual(["pump fire on"]);
  });

  it("takes a disabled point's fire back, and not its trouble", () => {
    const { emulator, look } = site();
    emulator.act("zone", ["office", "fire"]);
    emulator.act("zone", ["office", "trouble"]);
    look();
    emulator.act("disable", ["office"]);
    look();
    expect(bench.edges).toEqual(["office fire on", "office trouble on", "office fire off"]);
    emulator.act("enable", ["office"]);
    look();
    expect(bench.edges[3]).toBe("office fire on");
    emulator.act("reset", []);
    look();
    expect(bench.edges.slice(4)).toEqual(["office fire off"]);
  });

  it("forgets what a tester's smoke did", () => {
    const { emulator, look } = site();
    emulator.act("walktest", ["on"]);
    bench.place("office", { smoke: 0.2 });
    look();
    expect(emulator.panel.conditions(1)).toBe(64);
    bench.place("office", {});
    look();
    emulator.act("walktest", ["off"]);
    look();
    expect(bench.edges.filter((edge) => edge.includes("fire"))).toEqual([]);
  });

  it("says in words what a set means", () => {
    expect([0, 1, 5, 48].map((value) => emulatorModule.describe?.(value))).toEqual([
      "quiet",
      "fire",
      "fire, pre-alarm",
      "trouble, disabled",
    ]);
    expect(describeConditions(192)).toBe("test, unknown");
  });

  it("does what a scenario says, by name", () => {
    const { emulator, look } = site();
    emulator.act("zone", ["office", "trouble"]);
    emulator.act("zone", ["office", "disabled"]);
    look();
    expect(bench.snapshot).toEqual({ office: "trouble, disabled" });
    emulator.act("zone", ["office", "normal"]);
    look();
    expect(bench.snapshot).toEqual({});
    expect(() => emulator.act("zone", ["attic", "fire"])).toThrow(/no point "attic"/);
    expect(() => emulator.act("zone", ["office", "wet"])).toThrow(/supervisory, trouble, disabled, test or normal/);
    expect(() => emulator.act("write", [])).toThrow(/zone, disable, enable, walktest, reset/);
    expect(() => emulator.act("walktest", ["maybe"])).toThrow(/on or off/);
  });
});

describe("the page", () => {
  const context = panelContext();
  const check = (page: Record<string, unknown>) => schema.check?.(page, context);

  it("names a profile that there is", () => {
    expect(check({ profile: "notifer", unit: 1, points: POINTS })).toEqual([
      {
        path: ["profile"],
        message: 'there is no panel profile "notifer"',
        expected: "one of notifier-modbus-gw, siemens-nk823x",
      },
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
      g: { detector: 5 },
      h: { loop: 1, zone: 5 },
      i: { loop: 1, detector: "9-3" },
      j: { loop: 1, detector: "10-20" },
      k: { loop: 1, detector: "20-30" },
      points: { loop: 2, detector: 1 },
    };
    const kinds = "needs a number of one kind, such as detector: 1, and not more";
    expect(check({ profile: "notifier-modbus-gw", unit: 1, points })).toEqual([
      { path: ["points", "a", "loop"], message: "this panel has no loop 11", expected: "1 to 10" },
      { path: ["points", "b", "detector"], message: "a loop has no detector 160", expected: "1 to 159" },
      { path: ["points", "c"], message: `"c" ${kinds}` },
      { path: ["points", "d"], message: `"d" ${kinds}` },
      { path: ["points", "f"], message: '"f" and "e" are the same point of the panel' },
      { path: ["points", "g"], message: "this panel has loops: on which one?", expected: "1 to 10" },
      {
        path: ["points", "h", "zone"],
        message: "profile notifier-modbus-gw has no zone",
        expected: "one of detector, module",
      },
      { path: ["points", "i", "detector"], message: "a loop has no detector 3", expected: "1 to 159" },
      { path: ["points", "k"], message: '"k" and "j" are the same point of the panel' },
      {
        path: ["points", "points"],
        message: '"points" is the name that the panel\'s snapshots go by',
        expected: "another name",
      },
    ]);
    expect(check({ profile: "notifier-modbus-gw", unit: 1, points: {} })).toMatchObject([{ path: ["points"] }]);
  });

  it("refuses two points of one name, a command that the profile has not, a table, a unit and a bus that are not there", () => {
    const points = { d: { loop: 1, detector: "1-20" }, d7: { loop: 2, detector: 1 } };
    expect(check({ profile: "notifier-modbus-gw", unit: 1, points })).toEqual([
      { path: ["points"], message: 'two points would be named "d7"' },
    ]);
    const page = { profile: "notifier-modbus-gw", unit: 250, points: POINTS, allow: ["reset"], layout: { zone: {} } };
    expect(check(page)).toMatchObject([
      { path: ["unit"] },
      { path: ["layout", "zone"] },
      { path: ["allow", 0], expected: "nothing: it can only be read" },
    ]);
    expect(
      schema.check?.({ profile: "siemens-nk823x", unit: 1, points: { a: { zone: 1 } } }, panelContext("i2c")),
    ).toMatchObject([{ path: ["bus"] }]);
  });

  it("says what is wrong with a broken profile file", () => {
    const broken: SchemaContext = { ...context, dataFile: () => ({ id: "x" }) };
    expect(schema.check?.({ profile: "x", unit: 1, points: POINTS }, broken)).toMatchObject([
      { path: ["profile"], message: expect.stringContaining("manifests/panels/x.json") },
    ]);
  });

  it("compiles to the wire addresses of the manual's table", () => {
    expect(readsOf(planOf(POINTS))).toEqual([
      [3, 0, 2],
      [3, 604, 1],
    ]);
  });

  it("takes two loops of 159 points in a few names, and one out of them by its own", () => {
    const plan = planOf({
      d1: { loop: 1, detector: "1-157" },
      m1: { loop: 1, module: "1-2" },
      "d2-": { loop: 2, detector: "1 - 159" },
      attic: { loop: 1, detector: 17 },
    });
    expect(plan.points?.count).toBe(318);
    expect(new TextDecoder().decode(plan.points?.names)).toBe("d1*1..16 attic d1*18..157 d2-*1..159 m1*1..2");
    expect(readsOf(plan)).toEqual([
      [3, 0, 64],
      [3, 64, 64],
      [3, 128, 29],
      [3, 200, 2],
      [3, 400, 64],
      [3, 464, 64],
      [3, 528, 31],
    ]);
  });
});

function readsOf({ settings }: DevicePlan): number[][] {
  const reads = settings["reads"] as Uint8Array;
  return Array.from({ length: rowsOf(reads, READ_COLUMNS) }, (_, row) =>
    [0, 1, 2].map((column) => cell(reads, READ_COLUMNS, row, column)),
  );
}
