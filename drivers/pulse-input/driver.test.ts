import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PulseCountConstructor } from "../../hal/io";
import { Quality } from "../contract";
import { channel, DeviceBench } from "../device-bench.test-suite";
import type { ConnectionPlan, PlanMap } from "../plan";
import { driver, PulseInput } from "./driver";
import { emulator } from "./emulator";

const WIRES: ConnectionPlan = { io: "PulseCount", bus: "meters", options: { signal: 4, control: 5 } };
const CONTACT: ConnectionPlan = { io: "Digital", bus: "contacts", options: { pin: 4 } };
/** A water meter: 450 counts a litre, rate in litres a minute. */
const WATER: PlanMap = { perUnit: 450, ratePer: "min" };

function bench(connection = WIRES, settings = WATER) {
  const table = new DeviceBench(
    { connection, channels: [channel("total"), channel("rate")], settings },
    driver,
    emulator,
  );
  /** Lets the meter run, as the world steps it. */
  const run = (ms: number) => {
    for (let left = ms; left > 0; left -= 100) {
      table.wait(100_000);
      table.emulator.step!(table.kernel.nowUs());
    }
  };
  return { table, run };
}

const last = (table: DeviceBench, name: string) => table.readings.filter((one) => one.channel === name).at(-1);

describe("a PulseInput on any ECMA-419 host", () => {
  it("counts on when the 32 bits of its counter wrap, in both directions", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -0x4000_0000, max: 0x4000_0000 }), { maxLength: 20 }), (steps) => {
        let register = 0;
        const io = class {
          read() {
            return register;
          }
          close() {}
        } as unknown as PulseCountConstructor;
        const input = new PulseInput({ sensor: { io, signal: 1, control: 2 }, perUnit: 2 });
        let truth = 0;
        for (const step of steps) {
          register = (register + step) | 0;
          truth += step;
          expect(input.sample().counts).toBe(truth);
        }
        expect(input.sample().total).toBe(truth / 2);
      }),
    );
  });

  it("counts each closing of a contact once", () => {
    const { table } = bench();
    const input = new PulseInput({ sensor: { io: table.board.io.Digital!, pin: 7 }, perUnit: 1, clock: table.clock });
    for (let i = 0; i < 5; i++) {
      table.board.digital(7).drive(0);
      table.wait(1000);
      table.board.digital(7).drive(undefined);
      table.wait(1000);
    }
    expect(input.sample()).toEqual({ counts: 5, total: 5, ticks: 10_000 });
  });

  it("takes another meter constant, tells it once, and refuses one that is none", () => {
    const { table } = bench();
    let changes = 0;
    const sensor = { io: table.board.io.PulseCount!, signal: 7, control: 8 };
    const input = new PulseInput({ sensor, perUnit: 1, onConfiguration: () => void changes++ });
    input.configure({ perUnit: 10 });
    input.configure({ perUnit: 10 });
    expect([input.configuration, changes]).toEqual([{ perUnit: 10 }, 1]);
    for (const perUnit of [0, -1, Number.NaN]) expect(() => input.configure({ perUnit })).toThrow(RangeError);
    input.close();
    input.close();
    expect(() => input.sample()).toThrow(/closed/);
    expect(() => new PulseInput({ sensor, perUnit: "1" as never })).toThrow(TypeError);
  });
});

describe.each([
  ["two wires", WIRES],
  ["a contact", CONTACT],
])("a meter on %s", (_what, connection) => {
  it("gives total and rate, the rate from the second tick on", () => {
    const { table, run } = bench(connection);
    const instance = table.open();
    expect(table.tick(instance).map((one) => one.channel)).toEqual(["total"]);
    table.act("rate 12");
    run(10_000);
    table.tick(instance);
    // 12 litres a minute for 10 s are 2 litres, 900 counts.
    expect(last(table, "total")!.value).toBeCloseTo(2, 1);
    expect(last(table, "rate")!.value).toBeCloseTo(12, 0);
    table.act("stop");
    run(1000);
    table.tick(instance);
    const total = last(table, "total")!.value;
    run(1000);
    table.tick(instance);
    expect([last(table, "total")!.value, last(table, "rate")!.value]).toEqual([total, 0]);
  });
});

describe("a meter on two wires", () => {
  it("runs backwards as well", () => {
    const { table, run } = bench();
    const instance = table.open();
    table.tick(instance);
    table.act("rate -6");
    run(10_000);
    table.tick(instance);
    expect(last(table, "total")!.value).toBeCloseTo(-1, 1);
    expect(last(table, "rate")!.value).toBeCloseTo(-6, 0);
  });

  it("is lost when its counter cannot be read three times, told once, and back at the first reading", () => {
    const { table } = bench();
    let failing = true;
    const PulseCount = class {
      read() {
        if (failing) throw new Error("no counter");
        return 0;
      }
      close() {}
    };
    Object.assign(table.board, { io: { PulseCount } });
    const instance = table.open();
    for (let i = 0; i < 5; i++) table.tick(instance);
    expect(last(table, "rate")).toMatchObject({ quality: Quality.badCommunication });
    failing = false;
    table.tick(instance);
    expect(table.lost).toEqual(["the counter cannot be read", "back"]);
  });

  it("says what a scenario can make it do, and which IO class a platform lacks", () => {
    expect(() => bench().table.act("melt")).toThrow(/rate <number> or stop; not "melt"/);
    expect(() => bench().table.act("rate much")).toThrow(/"much" is not a number/);
    const without = (connection: ConnectionPlan) => {
      const { table } = bench(connection);
      Object.assign(table.board, { io: {} });
      return () => table.open();
    };
    expect(without(WIRES)).toThrow(/no PulseCount/);
    expect(without(CONTACT)).toThrow(/no Digital/);
  });
});
