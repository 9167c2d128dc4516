import { describe, expect, it } from "vitest";
import { WorldBoard } from "../../host-sim/world/board";
import { WorldClock } from "../../host-sim/world/clock";
import { Kernel } from "../../host-sim/world/kernel";
import { RandomBranch } from "../../host-sim/world/random";
import type { DeviceSink, DriverContext } from "../contract";
import { Quality } from "../contract";
import type { DevicePlan } from "../plan";
import { BeaconReader } from "../vlc/beacon";
import { VlcDecoder, VlcOutcome } from "../vlc/decoder";
import { frameSymbols } from "../vlc/encoder";
import { preambleChips } from "../vlc/preamble";
import { DEFAULT_PROFILE } from "../vlc/profile";
import { driver, VlcTransmitter } from "./driver";
import { Luminaire } from "./emulator";
import { schema } from "./schema";

const BEACON_OCTETS = 9;
const LIGHT = { clock: 12, out: 11, hz: 200_000 };

function setUp() {
  const kernel = new Kernel();
  const clock = new WorldClock(kernel, 0);
  const board = new WorldBoard(kernel, new RandomBranch(1));
  const lamp = new Luminaire();
  const bursts: { soft: Int32Array; hz: number }[] = [];
  lamp.onLight = (chips, count, hz) => {
    bursts.push({
      soft: Int32Array.from({ length: count }, (_, i) => ((chips[i >> 3] >> (7 - (i & 7))) & 1) * 2 - 1),
      hz,
    });
  };
  board.spi(LIGHT.clock, LIGHT.out).attach(lamp);
  board.light(4).attach(lamp);
  return { kernel, clock, board, lamp, bursts };
}

function decode(soft: Int32Array, flp = 64) {
  const decoder = new VlcDecoder();
  const reader = new BeaconReader();
  expect(decoder.decode(soft, preambleChips(flp), soft.length)).toBe(VlcOutcome.frame);
  expect(reader.read(decoder.psdu, decoder.psduLength)).toBe(true);
  return { id: reader.id, sequence: reader.sequence };
}

describe("VlcTransmitter on an SPI port", () => {
  function onPort(light: object = {}, board = setUp().board) {
    return new VlcTransmitter({ light: { ...LIGHT, ...light, io: board.io.SPI! }, id: 0x0102_0304 });
  }

  it("shifts one whole frame a beacon out at the optical clock, numbered", () => {
    const { board, bursts, kernel } = setUp();
    const transmitter = onPort({}, board);
    for (let i = 0; i < 3; i++) {
      transmitter.beaconDue();
      transmitter.pump(kernel.nowUs());
      kernel.runUntil(kernel.nowUs() + 1_000_000);
    }
    expect(bursts.map(({ hz }) => hz)).toEqual([200_000, 200_000, 200_000]);
    expect(bursts.map(({ soft }) => decode(soft))).toEqual(
      [0, 1, 2].map((sequence) => ({ id: 0x0102_0304, sequence })),
    );
    // Whole bytes: the frame, and what fills up the last byte.
    expect(bursts[0].soft.length).toBe(Math.ceil(frameSymbols(DEFAULT_PROFILE, 4, BEACON_OCTETS) / 8) * 8);
  });

  it("runs its port at the optical clock whatever the bus says, and ten times as fast for VPPM", () => {
    const { board, bursts } = setUp();
    const slow = onPort({ hz: 1_000_000 }, board);
    slow.beaconDue();
    slow.pump(0);
    slow.close();
    const fast = new VlcTransmitter({ light: { ...LIGHT, io: board.io.SPI! }, id: 1, mcs: 8 });
    fast.beaconDue();
    fast.pump(0);
    expect(bursts.map(({ hz }) => hz)).toEqual([200_000]);
    expect(board.spi(LIGHT.clock).writes).toBe(1);
  });

  it("holds no light", () => {
    const { board } = setUp();
    const light = { ...LIGHT, io: board.io.SPI! };
    expect(() => new VlcTransmitter({ light, id: 1, level: 0.5 })).toThrow(/dark between frames/);
    expect(() => onPort({}, board).dim(0.5)).toThrow(expect.objectContaining({ code: "not-built" }));
  });

  it("refuses an MCS that nobody defined before it takes the port", () => {
    const { board } = setUp();
    expect(() => new VlcTransmitter({ light: { ...LIGHT, io: board.io.SPI! }, id: 1, mcs: 9 })).toThrow(/not 9/);
    onPort({}, board).close();
  });

  it("closes twice without harm, frees its port and throws afterwards", () => {
    const { board } = setUp();
    const transmitter = onPort({}, board);
    transmitter.close();
    transmitter.close();
    expect(() => transmitter.pump(0)).toThrow(/closed/);
    onPort({}, board).close();
  });
});

describe("the driver", () => {
  function open(settings: Record<string, unknown>, io: "SPI" | "LightEmitter" = "SPI") {
    const world = setUp();
    const readings: [number, number, Quality][] = [];
    const links: boolean[] = [];
    const sink: DeviceSink = {
      block: () => {},
      reading: (channel, value, quality) => readings.push([channel, value, quality]),
      edge: () => expect.unreachable(),
      communication: (lost) => links.push(lost),
    };
    const page = { driver: "vlc-transmitter", ...settings };
    const plan: DevicePlan = {
      id: "lamp-3",
      driver: "vlc-transmitter",
      connection: {
        io,
        bus: "light",
        options: { ...(io === "SPI" ? LIGHT : {}), ...schema.connection?.(page) },
      },
      everyMs: 1000,
      channels: [{ name: "beacons", unit: "count", filters: [], alarms: [] }],
      settings: schema.settings(page, { dataFile: () => undefined, dataNames: () => [] }),
      trace: {},
    };
    const context: DriverContext = {
      clock: world.clock,
      random: new RandomBranch(2),
      log: { info: () => {}, warn: () => {} },
      io: world.board.io,
      shared: (_bus, make) => make(),
      sink,
    };
    return { ...world, readings, links, device: driver.open(plan, context) };
  }

  it("sends a beacon a tick and counts them as a reading", () => {
    const { device, readings, bursts, kernel } = open({ beacon: { id: 3 } });
    expect(device.start(0)).toBe(0);
    kernel.runUntil(1_000_000);
    expect(device.start(1_000_000)).toBe(0);
    expect(readings).toEqual([
      [0, 1, Quality.good],
      [0, 2, Quality.good],
    ]);
    expect(decode(bursts[1].soft)).toEqual({ id: 3, sequence: 1 });
    expect(device.configuration).toBe("id 3, MCS 4, preamble 64 + P4, dark between frames");
  });

  it("takes preamble settings from the site", () => {
    const { device, bursts } = open({ beacon: { id: 3 }, preamble: { flp: 128, tdp: "P2" } });
    device.start(0);
    expect(decode(bursts[0].soft, 128)).toEqual({ id: 3, sequence: 0 });
  });

  it("reports a port that takes no frames as a broken device, and its recovery", () => {
    const { device, readings, links, board } = open({ beacon: { id: 3 } });
    const bus = board.spi(LIGHT.clock);
    const write = bus.write;
    bus.write = () => {
      throw new Error("no DMA channel");
    };
    for (let i = 0; i < 4; i++) expect(device.start(i * 1_000_000)).toBe(0);
    expect(readings.at(-1)?.[2]).toBe(Quality.badDevice);
    expect(links).toEqual([true]);
    bus.write = write;
    device.start(4_000_000);
    expect(readings.at(-1)?.[2]).toBe(Quality.good);
    expect(links).toEqual([true, false]);
  });

  it("on a light bus has a pin, holds the light, and dims its frames with it", () => {
    const page = { pin: 4, mcs: 8, beacon: { id: 9 }, light: { level: 0.7, floor: 0.2 } };
    const { device, lamp, bursts } = open(page, "LightEmitter");
    expect(lamp.level).toBe(0.7);
    expect(device.start(0)).toBe(0);
    expect(device.configuration).toBe("id 9, MCS 8, preamble 64 + P4, light 0.7, floor 0.2");
    expect(bursts.map(({ hz }) => hz)).toEqual([4_000_000]);
    const soft = bursts[0].soft;
    const lit = soft.slice(10 * preambleChips(64)).reduce((sum, slot) => sum + (slot + 1) / 2, 0);
    expect(lit / (soft.length - 10 * preambleChips(64))).toBeCloseTo(0.7, 6);
    device.close();
    expect(lamp.level).toBe(0);
  });

  it("says so where the platform has no such class", () => {
    expect(() => open({ beacon: { id: 3 } }, "LightEmitter")).toThrow(TypeError);
  });
});

describe("the lamp", () => {
  it("goes dark when it fails and shines when it is repaired", () => {
    const { board, bursts, lamp } = setUp();
    const port = new board.io.SPI!(LIGHT);
    lamp.act("fail", []);
    port.write(Uint8Array.of(0xaa));
    lamp.act("repair", []);
    expect(bursts).toHaveLength(0);
    expect(() => lamp.act("explode", [])).toThrow(/can "fail" and "repair"/);
  });
});

describe("the command dim", () => {
  const lamp = (allow: readonly string[]) => {
    const world = setUp();
    const page = { driver: "vlc-transmitter", pin: 4, beacon: { id: 1 }, light: { level: 0.5, floor: 0.2 }, allow };
    const plan: DevicePlan = {
      id: "lamp",
      driver: "vlc-transmitter",
      connection: { io: "LightEmitter", bus: "lamps", options: { pin: 4 } },
      everyMs: 1000,
      channels: [],
      settings: schema.settings(page, { dataFile: () => undefined, dataNames: () => [] }),
      trace: {},
    };
    const context = {
      clock: world.clock,
      random: new RandomBranch(2),
      log: { info: () => {}, warn: () => {} },
      io: world.board.io,
      shared: <T>(_bus: string, make: () => T) => make(),
      sink: {} as DeviceSink,
    };
    return driver.open(plan, context) as ReturnType<typeof driver.open> & {
      readonly level: number;
    };
  };

  it("sets the level, and never takes the lamp below its floor", () => {
    const one = lamp(["dim"]);
    expect([one.command!("dim", "0.8"), one.level]).toEqual([true, 0.8]);
    expect([one.command!("dim", "0"), one.level]).toEqual([true, 0.2]);
  });

  it.each(["", "dark", "-0.1", "1.1", "NaN"])("refuses %j as a level", (level) => {
    const one = lamp(["dim"]);
    expect([one.command!("dim", level), one.level]).toEqual([false, 0.5]);
  });

  it("is refused where the page does not allow it, and so is any other", () => {
    expect(lamp([]).command!("dim", "0.8")).toBe(false);
    expect(lamp(["dim"]).command!("off", "")).toBe(false);
  });
});

describe("the page", () => {
  const context = (kind: "spi" | "light") => ({
    bus: { kind, options: {} },
    dataFile: () => undefined,
    dataNames: () => [],
  });

  it.each([
    ["light", {}, ["pin"]],
    ["light", { pin: 4 }, []],
    ["light", { pin: 4, mcs: 4, light: { level: 0.7 } }, ["flicker"]],
    ["light", { pin: 4, mcs: 4, light: { level: 0 } }, []],
    ["light", { pin: 4, mcs: 8, light: { level: 0.7 } }, []],
    ["light", { pin: 4, mcs: 8, light: { level: 0.75 } }, ["VPPM does not dim"]],
    ["light", { pin: 4, mcs: 8, light: { level: 0.3, floor: 0.5 } }, ["floor 0.5 is above"]],
    ["spi", {}, []],
    ["spi", { pin: 4, light: { level: 0.5 } }, ["no pin", "no light"]],
  ] as const)("on a %s bus with %j has these problems: %j", (kind, page, words) => {
    const problems = schema.check!({ beacon: { id: 1 }, ...page }, context(kind));
    expect(problems.length).toBe(words.length);
    for (const [i, word] of words.entries()) expect(problems[i].message).toContain(word);
  });
});
