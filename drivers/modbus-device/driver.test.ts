import { describe, expect, it } from "vitest";
import { WorldBoard } from "../../host-sim/world/board";
import { WorldClock } from "../../host-sim/world/clock";
import { Kernel } from "../../host-sim/world/kernel";
import { Network } from "../../host-sim/world/network";
import { RandomBranch } from "../../host-sim/world/random";
import { type DriverContext, Quality } from "../contract";
import { ModbusSlave } from "../modbus/slave-emulator";
import type { ConnectionPlan, DevicePlan } from "../plan";
import type { SchemaContext } from "../schema";
import { driver, type ModbusDevice } from "./driver";
import { emulator, type ModbusDeviceEmulator } from "./emulator";
import { schema } from "./schema";

const context: SchemaContext = { dataFile: () => undefined, dataNames: () => [] };
const SECOND_US = 1_000_000;

const SERIAL: ConnectionPlan = {
  io: "Serial",
  bus: "rs485",
  options: { port: 1, baud: 9600, data: 8, parity: "none", stop: 1 },
};
const ADDRESS = { address: "192.0.2.20", port: 502 };
const CONNECTIONS: readonly (readonly [string, ConnectionPlan])[] = [
  ["RTU", SERIAL],
  ["ASCII", { ...SERIAL, options: { ...SERIAL.options, data: 7, parity: "even", modbus: { framing: "ascii" } } }],
  ["TCP", { io: "TCP", bus: "lan", options: ADDRESS }],
  ["RTU over TCP", { io: "TCP", bus: "lan", options: { ...ADDRESS, modbus: { framing: "rtu" } } }],
];

function planOf(page: Record<string, unknown>, connection: ConnectionPlan = SERIAL): DevicePlan {
  expect(schema.check?.(page, context)).toEqual([]);
  return {
    id: "meter",
    driver: "modbus-device",
    connection,
    everyMs: 1000,
    channels: schema.channels(page, context).map(({ name, unit }) => ({ name, unit, filters: [], alarms: [] })),
    settings: schema.settings(page, context),
    trace: {},
  };
}

/** The device of a page with its emulator, or with a slave of the test's own on the line. */
function site(
  page: Record<string, unknown>,
  connection = SERIAL,
  own?: ConstructorParameters<typeof ModbusSlave>[0]["read"],
) {
  const plan = planOf(page, connection);
  const kernel = new Kernel();
  const clock = new WorldClock(kernel, 0);
  const network = new Network(kernel, new RandomBranch(3), { latencyUs: 1_000 });
  const board = new WorldBoard(kernel, new RandomBranch(1), network.host("192.0.2.7"));
  const host = network.host(ADDRESS.address);
  const part = emulator.create(plan, {
    clock,
    random: new RandomBranch(5),
    quantity: () => 0,
    recorded: () => false,
  }) as ModbusDeviceEmulator;
  if (own !== undefined)
    board
      .serial(1)
      .attach((port) => new ModbusSlave({ unit: 1, turnaroundUs: 5_000, transmit: port.transmit, read: own }));
  else if (connection.io === "Serial") board.serial(1).attach((port) => part.serial(port));
  else part.tcp({ Listener: host.Listener, TCP: host.TCP, port: 502, shared: (make) => make() });
  const latest = new Map<string, { value: number; quality: Quality }>();
  const links: boolean[] = [];
  const said: string[] = [];
  let readings = 0;
  const driverContext: DriverContext = {
    clock,
    random: new RandomBranch(2),
    log: { info: () => {}, warn: (text) => said.push(text) },
    io: board.io,
    shared: (_bus, make) => make(),
    sink: {
      block: () => {},
      edge: () => {},
      reading: (channel, value, quality) => {
        readings++;
        latest.set(plan.channels[channel].name, { value, quality });
      },
      communication: (lost) => links.push(lost),
    },
  };
  const device = driver.open(plan, driverContext) as ModbusDevice;
  const poll = (ticks = 1) => {
    for (let i = 0; i < ticks; i++) {
      device.start(kernel.nowUs());
      kernel.runUntil(kernel.nowUs() + SECOND_US);
    }
  };
  const seen = (name: string) => {
    const { value, quality } = latest.get(name) ?? { value: Number.NaN, quality: Quality.neverRead };
    return quality === Quality.good ? value : `quality ${quality}`;
  };
  const act = (words: string) => {
    const [verb, ...rest] = words.split(" ");
    part.act(verb, rest);
  };
  return { device, poll, seen, act, links, said, part, kernel, count: () => readings };
}

const POINTS = {
  voltage: { input: 0, type: "f32", order: "CDAB", unit: "V" },
  power: { input: 2, type: "i32", scale: 0.1, unit: "W" },
  energy: { input: 10, type: "u64", unit: "J" },
  level: { holding: 5, type: "i16", scale: 0.5, offset: -10, unit: "Cel", invalid: [0x8000], min: -40, max: 90 },
  mode: { holding: 6, values: { off: 0, run: 1, fault: 7 } },
  high: { holding: 7, mask: 0xff00 },
  flag: { holding: 7, bit: 3 },
  door: { discrete: 100 },
  fan: { coil: 2, class: "slow", every: "5 s" },
} as const;

describe.each(CONNECTIONS)("a device on %s", (_name, connection) => {
  it("reads values of every kind", () => {
    const one = site({ points: POINTS }, connection);
    for (const [point, value] of Object.entries({
      voltage: 230.5,
      power: -1234.5,
      energy: 5e12,
      level: 21.5,
      mode: 7,
      high: 0xab,
      flag: 1,
      door: 1,
      fan: 1,
    }))
      one.act(`set ${point} ${value}`);
    one.poll(3);
    expect(one.seen("voltage")).toBe(230.5);
    expect(one.seen("power")).toBeCloseTo(-1234.5, 9);
    expect(one.seen("energy")).toBe(5e12);
    expect(one.seen("level")).toBe(21.5);
    expect(["mode", "high", "flag", "door", "fan"].map(one.seen)).toEqual([7, 0xab, 1, 1, 1]);
    expect(one.links).toEqual([]);
  });

  it("tells of its loss and return, and of values that are old before they are bad (esphome #18961, #10994)", () => {
    const one = site({ stale: "10 s", points: { level: { holding: 5 } } }, connection);
    one.act("set level 42");
    one.act("silent");
    // Never read: bad from the first failure on, not old.
    one.poll(9);
    expect(one.seen("level")).toBe(`quality ${Quality.badCommunication}`);
    expect(one.links).toEqual([true]);
    one.act("return");
    one.poll(20);
    expect(one.seen("level")).toBe(42);
    expect(one.links).toEqual([true, false]);
    one.act("silent");
    const qualities = new Set<unknown>();
    for (let i = 0; i < 30; i++) {
      one.poll();
      qualities.add(one.seen("level"));
    }
    expect([...qualities]).toEqual([42, `quality ${Quality.uncertain}`, `quality ${Quality.badCommunication}`]);
    one.act("return");
    one.poll(20);
    expect(one.seen("level")).toBe(42);
    expect(one.links).toEqual([true, false, true, false]);
  });
});

describe("qualities", () => {
  it("out of range: invalid patterns, limits, unknown numbers, broken BCD, NaN", () => {
    const one = site({
      points: {
        ...POINTS,
        digits: { holding: 8, type: "bcd16" },
        real: { holding: 20, type: "f32" },
      },
    });
    one.act("set level 85");
    one.poll();
    expect(one.seen("level")).toBe(85);
    const words = new Map<number, number>([
      [5, 0x8000],
      [6, 3],
      [8, 0x1a00],
      [20, 0x7fc0],
    ]);
    const raw = site(
      { points: { ...POINTS, digits: { holding: 8, type: "bcd16" }, real: { holding: 20, type: "f32" } } },
      SERIAL,
      (_fc, address, count, into) => {
        for (let i = 0; i < count; i++) into[i] = words.get(address + i) ?? 0;
        return 0;
      },
    );
    raw.poll(2);
    for (const name of ["level", "mode", "digits", "real"])
      expect(raw.seen(name), name).toBe(`quality ${Quality.badRange}`);
    words.set(5, 400);
    raw.poll(2);
    expect(raw.seen("level")).toBe(`quality ${Quality.badRange}`);
  });

  it("busy is old, failed is the device's fault, no such function the site's", () => {
    const one = site({ points: { level: { holding: 5 } } });
    one.act("set level 4");
    one.poll();
    one.act("fault busy 1");
    one.poll();
    expect(one.seen("level")).toBe(`quality ${Quality.uncertain}`);
    one.act("fault busy 0");
    one.act("fault failed 1");
    one.poll();
    expect(one.seen("level")).toBe(`quality ${Quality.badDevice}`);
    const wrong = site({ points: { level: { holding: 5 } } }, SERIAL, () => 1);
    wrong.poll();
    expect(wrong.seen("level")).toBe(`quality ${Quality.badConfiguration}`);
    // It answers: nothing is lost.
    expect([...one.links, ...wrong.links]).toEqual([]);
  });

  it("only the points of a refused address are bad (ioBroker.modbus #581)", () => {
    const points = Object.fromEntries([0, 1, 2, 3, 4, 5].map((address) => [`p${address}`, { holding: address }]));
    const one = site({ points });
    one.act("missing p3");
    one.act("set p5 9");
    one.poll(2);
    expect(one.seen("p3")).toBe(`quality ${Quality.badConfiguration}`);
    expect(one.seen("p5")).toBe(9);
    expect(one.said.join()).toContain("p3");
    one.poll(5);
    expect(one.said).toHaveLength(1);
  });
});

describe("polling", () => {
  it("reads slow points at every so manieth tick", () => {
    const one = site({ points: { fast: { holding: 0 }, slow: { holding: 100, class: "slow", every: "5 s" } } });
    one.poll(10);
    expect(one.count()).toBe(10 + 2);
  });

  it("counts a poll that is due while the one before runs", () => {
    const one = site({ points: { level: { holding: 5 } } });
    one.act("silent");
    one.poll(3);
    expect(one.device.overruns).toBeGreaterThan(0);
  });

  it("stops when it is closed", () => {
    const one = site({ points: { level: { holding: 5 } } });
    one.device.start(0);
    one.device.close();
    one.kernel.runUntil(10 * SECOND_US);
    expect(one.count()).toBe(0);
  });
});

describe("the page", () => {
  const problems = (page: Record<string, unknown>) =>
    (schema.check?.(page, context) ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
  it.each([
    [{ points: {} }, "points: a device without points has nothing to read"],
    [{ points: { a: {} } }, 'points.a: point "a" names no table, or several'],
    [{ points: { a: { coil: 1, input: 2 } } }, 'points.a: point "a" names no table, or several'],
    [{ points: { a: { coil: 1, type: "u16" } } }, "points.a.type: a coil cannot hold u16"],
    [{ points: { a: { holding: 1, type: "bit" } } }, "points.a.type: a holding cannot hold bit"],
    [{ points: { a: { holding: 1, type: "f32", bit: 1 } } }, "points.a.bit: only a u16 or u32 has bits to choose"],
    [{ points: { a: { holding: 1, bit: 16 } } }, "points.a.bit: the register has 16 bits"],
    [{ points: { a: { holding: 1, type: "u32", order: "ABDC" } } }, 'points.a.order: "ABDC" is no order of 4 bytes'],
    [{ points: { a: { holding: 65_535, type: "u32" } } }, "points.a.holding: its last register would be beyond 65535"],
    [
      { limits: { registers: 1 }, points: { a: { holding: 1, type: "f32" } } },
      "points.a.type: it takes 2 registers, and a read may have 1",
    ],
    [{ points: { a: { holding: 1, scale: 0 } } }, "points.a.scale: a scale of 0 leaves nothing"],
    [{ points: { a: { holding: 1, min: 2, max: 1 } } }, "points.a.min: no value is above 2 and below 1"],
    [
      { every: "2 s", points: { a: { holding: 1, every: "3 s" } } },
      "points.a.every: 3 s is no multiple of the device's period, 2 s",
    ],
    [{ limits: { holes: [[5, 4]] }, points: { a: { holding: 1 } } }, "limits.holes.0: a hole from 5 to 4 is none"],
  ])("%j is refused", (page, problem) => {
    expect(problems(page)).toEqual([problem]);
  });

  it("gives longer values the order of the device, in the same manner", () => {
    const orders = (order: string) =>
      planOf({ order, points: { a: { holding: 0, type: "f32" }, b: { holding: 4, type: "f64" }, c: { holding: 8 } } })
        .settings["orders"] as number[];
    expect(orders("ABCD")).toEqual([0b01_00, 0b11_10_01_00, 0]);
    expect(orders("CDAB")).toEqual([0b00_01, 0b00_01_10_11, 0]);
    expect(orders("BADC")).toEqual([0x104, 0x1e4, 0]);
  });

  it("declares ranges after scale and offset, and states that are published when they change", () => {
    const channels = schema.channels({ points: POINTS }, context);
    const find = (name: string) => channels.find((channel) => channel.name === name)!;
    expect(find("level")).toMatchObject({ min: -40, max: 90, unit: "Cel" });
    expect(find("high")).toMatchObject({ min: 0, max: 255 });
    expect(find("power").min).toBeCloseTo(-214_748_364.8, 3);
    expect(find("door").filters).toBeDefined();
    expect(find("power").filters).toBeUndefined();
  });

  it("says what its polls take of a line, by class", () => {
    const uses = schema.busUse!(
      { answer: "10 ms", points: { a: { holding: 0 }, b: { holding: 60, class: "alarm" } } },
      { kind: "serial", options: { ...SERIAL.options }, everyMs: 1000 },
      context,
    );
    // 8 + 7 characters, 3.5 of silence, 10 ms.
    const busyUs = (18.5 * 10 * SECOND_US) / 9600 + 10_000;
    expect(uses).toEqual([
      { what: "class alarm", everyMs: 1000, busyUs: expect.closeTo(busyUs, 6), limitMs: 1000 },
      { what: "class fast", everyMs: 1000, busyUs: expect.closeTo(busyUs, 6), limitMs: 1000 },
    ]);
    expect(schema.busUse!({ points: POINTS }, { kind: "tcp", options: {}, everyMs: 1000 }, context)).toEqual([]);
  });
});
