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
  return { kernel, clock, board, lamp, bursts };
}

function decode(soft: Int32Array, flp = 64) {
  const decoder = new VlcDecoder();
  const reader = new BeaconReader();
  expect(decoder.decode(soft, preambleChips(flp), soft.length)).toBe(VlcOutcome.frame);
  expect(reader.read(decoder.psdu, decoder.psduLength)).toBe(true);
  return { id: reader.id, sequence: reader.sequence };
}

describe("VlcTransmitter", () => {
  it("shifts one whole frame a beacon out at the optical clock, numbered", () => {
    const { board, bursts, kernel } = setUp();
    const transmitter = new VlcTransmitter({ light: { ...LIGHT, io: board.io.SPI! }, id: 0x0102_0304 });
    for (let i = 0; i < 3; i++) {
      transmitter.send();
      kernel.runUntil(kernel.nowUs() + 1_000_000);
    }
    expect(bursts.map(({ hz }) => hz)).toEqual([200_000, 200_000, 200_000]);
    expect(bursts.map(({ soft }) => decode(soft))).toEqual(
      [0, 1, 2].map((sequence) => ({ id: 0x0102_0304, sequence })),
    );
    // Whole bytes: the frame, and what fills up the last byte.
    expect(bursts[0].soft.length).toBe(Math.ceil(frameSymbols(DEFAULT_PROFILE, 4, BEACON_OCTETS) / 8) * 8);
  });

  it("runs its port at the optical clock whatever the bus says", () => {
    const { board, bursts } = setUp();
    new VlcTransmitter({ light: { ...LIGHT, hz: 1_000_000, io: board.io.SPI! }, id: 1 }).send();
    expect(bursts[0].hz).toBe(200_000);
  });

  it("counts beacons modulo 256", () => {
    const { board, bursts, kernel } = setUp();
    const transmitter = new VlcTransmitter({ light: { ...LIGHT, io: board.io.SPI! }, id: 1 });
    for (let i = 0; i < 257; i++) {
      transmitter.send();
      kernel.runUntil(kernel.nowUs() + 10_000);
    }
    expect(transmitter.sequence).toBe(1);
    expect(decode(bursts[256].soft).sequence).toBe(0);
  });

  it("refuses an MCS that nobody defined before it takes the port", () => {
    const { board } = setUp();
    expect(() => new VlcTransmitter({ light: { ...LIGHT, io: board.io.SPI! }, id: 1, mcs: 9 })).toThrow(/not 9/);
    new VlcTransmitter({ light: { ...LIGHT, io: board.io.SPI! }, id: 1 }).close();
  });

  it("closes twice without harm, frees its port and throws afterwards", () => {
    const { board } = setUp();
    const transmitter = new VlcTransmitter({ light: { ...LIGHT, io: board.io.SPI! }, id: 1 });
    transmitter.close();
    transmitter.close();
    expect(() => transmitter.send()).toThrow(/closed/);
    new VlcTransmitter({ light: { ...LIGHT, io: board.io.SPI! }, id: 1 }).close();
  });
});

describe("the driver", () => {
  function open(settings: Record<string, unknown>) {
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
      connection: { io: "SPI", bus: "light", options: { ...LIGHT, ...schema.connection?.(page) } },
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
    expect(device.configuration).toBe("id 3, MCS 4, preamble 64 + P4");
  });

  it("takes preamble settings from the site", () => {
    const { device, bursts } = open({ beacon: { id: 3 }, preamble: { flp: 128, tdp: "P2" } });
    device.start(0);
    expect(decode(bursts[0].soft, 128)).toEqual({ id: 3, sequence: 0 });
  });

  it("reports a port that takes no more chips as a broken device, and its recovery", () => {
    const { device, readings, links, kernel } = open({ beacon: { id: 3 } });
    // Many beacons at one instant overfill the port's buffer.
    for (let i = 0; i < 200; i++) device.start(0);
    expect(readings.at(-1)?.[2]).toBe(Quality.badDevice);
    expect(links).toEqual([true]);
    kernel.runUntil(10_000_000);
    device.start(10_000_000);
    expect(readings.at(-1)?.[2]).toBe(Quality.good);
    expect(links).toEqual([true, false]);
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
