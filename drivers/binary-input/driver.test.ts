import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DigitalMode } from "../../hal/io";
import { Quality } from "../contract";
import { channel, DeviceBench } from "../device-bench.test-suite";
import type { PlanMap } from "../plan";
import { DEFAULT_RESISTORS, LineState, limitsOf, lineMillivolts } from "./constants";
import { BinaryInput, driver } from "./driver";
import { emulator } from "./emulator";

const DEBOUNCE_US = 50_000;

function plain(settings: PlanMap = {}) {
  return new DeviceBench(
    {
      connection: { io: "Digital", bus: "contacts", options: { pin: 4 } },
      channels: [channel("contact")],
      settings: { rest: "open", pull: "up", debounceMs: 50, class: "supervisory", ...settings },
    },
    driver,
    emulator,
  );
}

function supervised(settings: PlanMap = {}) {
  return new DeviceBench(
    {
      connection: { io: "Analog", bus: "lines", options: { pin: 1, fullScaleMv: 2450 } },
      channels: [channel("contact")],
      settings: {
        rest: "open",
        debounceMs: 50,
        class: "fire",
        resistors: DEFAULT_RESISTORS,
        limits: limitsOf(DEFAULT_RESISTORS, 2450),
        ...settings,
      },
    },
    driver,
    emulator,
  );
}

const last = (bench: DeviceBench) => [bench.readings.at(-1)?.value, bench.readings.at(-1)?.quality];
const told = (bench: DeviceBench) => bench.edges.map((edge) => `${edge.kind} ${edge.active}`);

describe("the voltage of a line", () => {
  it("is that of its resistors: supply when cut, dividers in between, nothing when short", () => {
    expect(lineMillivolts(LineState.cut, DEFAULT_RESISTORS)).toBe(3300);
    expect(lineMillivolts(LineState.open, DEFAULT_RESISTORS)).toBe(1650);
    // 10 kOhm parallel to 4.7 kOhm is 3197 Ohm: 3.3 V * 3197 / 13197.
    expect(lineMillivolts(LineState.closed, DEFAULT_RESISTORS)).toBeCloseTo(799.5, 1);
    expect(lineMillivolts(LineState.short, DEFAULT_RESISTORS)).toBe(0);
  });

  it("is told apart half-way, below what the converter ends at", () => {
    expect(limitsOf(DEFAULT_RESISTORS, 2450)).toEqual({ shortMv: 400, closedMv: 1225, cutMv: 2050 });
    expect(limitsOf(DEFAULT_RESISTORS, 5000).cutMv).toBe(2475);
  });
});

describe("a BinaryInput on any ECMA-419 host", () => {
  it("is a Switch: its position is 1 when the contact is not at rest", () => {
    const { board, clock } = plain();
    const input = new BinaryInput({ sensor: { io: board.io.Digital!, pin: 7, pull: "up" }, clock });
    expect(input.identification).toEqual({ model: "dry contact", classification: "Switch" });
    board.digital(7).drive(undefined);
    expect(input.sample()).toEqual({ position: 0, line: LineState.open, ticks: 0 });
    board.digital(7).drive(0);
    expect(input.sample().position).toBe(1);
    input.configure({ rest: "closed" });
    expect(input.sample().position).toBe(0);
    expect(() => input.configure({ rest: "ajar" as never })).toThrow(RangeError);
  });

  it("reads a contact to the supply where the pin is pulled down", () => {
    const { board } = plain();
    const input = new BinaryInput({ sensor: { io: board.io.Digital!, pin: 7, pull: "down" } });
    expect(input.sample().position).toBe(0);
    board.digital(7).drive(1);
    expect(input.sample().position).toBe(1);
  });

  it("tells its configuration once when it changes, and gives its pin back when closed", () => {
    const { board } = plain();
    let changes = 0;
    const { Digital } = board.io;
    const input = new BinaryInput({
      sensor: { io: Digital!, pin: 7, pull: "none" },
      onConfiguration: () => void changes++,
    });
    input.configure({ rest: "closed" });
    input.configure({ rest: "closed" });
    expect(changes).toBe(1);
    input.close();
    input.close();
    expect(() => input.sample()).toThrow(/closed/);
    new Digital!({ pin: 7, mode: DigitalMode.Input });
  });
});

describe("a contact in a site", () => {
  it("reads 0 at rest and says nothing else", () => {
    const bench = plain();
    expect(bench.tick(bench.open())).toMatchObject([{ value: 0, quality: Quality.good }]);
    expect(bench.edges).toEqual([]);
  });

  it("is an alarm of its class when it leaves its rest, and none any more when it returns", () => {
    const bench = plain();
    const instance = bench.open();
    bench.tick(instance);
    bench.act("close");
    bench.tick(instance);
    expect(last(bench)).toEqual([1, Quality.good]);
    expect(bench.edges).toEqual([
      { channel: "contact", kind: "supervisory", active: true, evidence: 1, us: DEBOUNCE_US },
    ]);
    bench.tick(instance);
    bench.act("open");
    bench.tick(instance);
    expect(told(bench)).toEqual(["supervisory true", "supervisory false"]);
  });

  it("tells at once what it finds active when the gateway starts", () => {
    const bench = plain();
    bench.act("close");
    bench.tick(bench.open());
    expect(told(bench)).toEqual(["supervisory true"]);
  });

  it("counts a change only when it still stands after the debounce time", () => {
    const bench = plain();
    const instance = bench.open();
    bench.tick(instance);
    bench.act("close");
    expect(instance.start(bench.kernel.nowUs())).toBe(DEBOUNCE_US);
    bench.act("open");
    bench.wait(DEBOUNCE_US);
    instance.finish(bench.kernel.nowUs());
    expect([last(bench), bench.edges]).toEqual([[0, Quality.good], []]);
  });

  it("counts at once where nothing bounces", () => {
    const bench = plain({ debounceMs: 0 });
    const instance = bench.open();
    bench.act("close");
    expect(instance.start(0)).toBe(0);
    expect(last(bench)).toEqual([1, Quality.good]);
  });

  it("is no alarm without a class", () => {
    const bench = supervised();
    delete (bench.plan.settings as Record<string, unknown>)["class"];
    const instance = bench.open();
    bench.act("close");
    bench.tick(instance);
    expect([last(bench), bench.edges]).toEqual([[1, Quality.good], []]);
  });

  it("may rest closed", () => {
    const bench = plain({ rest: "closed" });
    const instance = bench.open();
    bench.tick(instance);
    expect([last(bench), bench.edges]).toEqual([[0, Quality.good], []]);
    bench.act("open");
    bench.tick(instance);
    expect(told(bench)).toEqual(["supervisory true"]);
  });
});

describe("a supervised line", () => {
  it.each(["cut", "short"])("is in trouble when it is %s, and its contact unknown", (fault) => {
    const bench = supervised();
    const instance = bench.open();
    bench.tick(instance);
    bench.act(fault);
    bench.tick(instance);
    expect(last(bench)).toEqual([Number.NaN, Quality.badDevice]);
    expect(told(bench)).toEqual(["trouble true"]);
    expect(bench.edges[0].evidence).toBe(fault === "cut" ? 4095 : 0);
    bench.act("repair");
    bench.tick(instance);
    expect(last(bench)).toEqual([0, Quality.good]);
    expect(told(bench)).toEqual(["trouble true", "trouble false"]);
  });

  it("does not end an alarm by being cut, nor raise one by being shorted", () => {
    const bench = supervised();
    const instance = bench.open();
    bench.act("close");
    bench.tick(instance);
    bench.act("cut");
    bench.tick(instance);
    bench.act("short");
    bench.tick(instance);
    bench.act("open");
    bench.act("repair");
    bench.tick(instance);
    expect(told(bench)).toEqual(["fire true", "trouble true", "trouble false", "fire false"]);
  });

  it("reads the state of its line at any voltage well inside of it", () => {
    const limits = limitsOf(DEFAULT_RESISTORS, 2450);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3300 }), (millivolts) => {
        const { board } = plain();
        board.analog(1).attach({ millivolts: () => millivolts }, 2450);
        const input = new BinaryInput({ sensor: { io: board.io.Analog!, pin: 1, fullScaleMv: 2450, limits } });
        const { line } = input.sample();
        const near = (limit: number) => Math.abs(millivolts - limit) < 1;
        if (near(limits.shortMv) || near(limits.closedMv) || near(limits.cutMv)) return;
        const expected =
          millivolts < limits.shortMv
            ? LineState.short
            : millivolts < limits.closedMv
              ? LineState.closed
              : millivolts > limits.cutMv
                ? LineState.cut
                : LineState.open;
        expect(line).toBe(expected);
      }),
    );
  });

  it("is lost when its converter fails three times, told once, and back at the first reading", () => {
    const bench = supervised();
    const instance = bench.open();
    bench.tick(instance);
    bench.board.analog(1).failed = true;
    for (let i = 0; i < 5; i++) bench.tick(instance);
    expect(last(bench)).toEqual([Number.NaN, Quality.badCommunication]);
    bench.board.analog(1).failed = false;
    bench.tick(instance);
    expect(bench.lost).toEqual(["the pin cannot be read", "back"]);
    expect(last(bench)).toEqual([0, Quality.good]);
  });
});

describe("the driver", () => {
  it("says which IO class a platform lacks", () => {
    const open = (bench: DeviceBench) => {
      Object.assign(bench.board, { io: {} });
      return () => bench.open();
    };
    expect(open(plain())).toThrow(/no Digital/);
    expect(open(supervised())).toThrow(/no Analog/);
  });
});
