/** The slaves of the world against the lanes: what real ones do, one fault after another, and many at once. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SerialConstructor } from "../../hal/io";
import { WorldBoard } from "../../host-sim/world/board";
import { WorldClock } from "../../host-sim/world/clock";
import { Kernel } from "../../host-sim/world/kernel";
import { Network } from "../../host-sim/world/network";
import { RandomBranch } from "../../host-sim/world/random";
import { openAsciiLane } from "./ascii-client";
import { crc16, viewOf } from "./crc16";
import { IdentifyRequest } from "./identify-request";
import type { ModbusLane } from "./lane";
import { ReadRequest } from "./read-request";
import { type ModbusRequest, Outcome } from "./request";
import { openRtuLane } from "./rtu-client";
import { ModbusSlave } from "./slave-emulator";
import { SlaveFaults } from "./slave-faults";
import { openTcpLane } from "./tcp-client";
import { TcpSlave, type TcpUnit } from "./tcp-slave-emulator";
import type { UnitTables } from "./unit-emulator";
import {
  MaskWriteRegister,
  ReadWriteRegisters,
  WriteCoil,
  WriteCoils,
  WriteRegister,
  WriteRegisters,
} from "./write-request";

const SECOND_US = 1_000_000;
const log = { info: () => {}, warn: () => {} };

/** Registers and coils that can be written; inputs say their own address. Addresses from 1000 on do not exist. */
function memory(): UnitTables & { registers: Uint16Array; coils: Uint8Array } {
  const registers = Uint16Array.from({ length: 1000 }, (_, address) => address);
  const coils = new Uint8Array(1000);
  return {
    registers,
    coils,
    read(functionCode, address, count, into) {
      if (address + count > 1000) return 2;
      for (let i = 0; i < count; i++) {
        if (functionCode === 3) into[i] = registers[address + i];
        else if (functionCode === 1) into[i] = coils[address + i];
        else into[i] = functionCode === 2 ? (address + i) & 1 : address + i;
      }
      return 0;
    },
    write(functionCode, address, count, values) {
      if (address + count > 1000) return 2;
      for (let i = 0; i < count; i++)
        if (functionCode === 1) coils[address + i] = values[i];
        else registers[address + i] = values[i];
      return 0;
    },
    identification: { 0: "Example Works", 1: "PANEL-1", 2: "V1.0", 5: "x".repeat(200), 6: "y".repeat(200) },
  };
}

type Site = ReturnType<typeof serialSite> | ReturnType<typeof tcpSite>;

function serialSite(ascii: boolean) {
  const kernel = new Kernel();
  const clock = new WorldClock(kernel, 0);
  const board = new WorldBoard(kernel, new RandomBranch(1));
  const tables = memory();
  const faults = new SlaveFaults(new RandomBranch(7));
  board
    .serial(1)
    .attach(
      (port) => new ModbusSlave({ ...tables, unit: 5, turnaroundUs: 5_000, transmit: port.transmit, ascii, faults }),
    );
  const open = ascii ? openAsciiLane : openRtuLane;
  const lane: ModbusLane = open({
    io: board.io.Serial as SerialConstructor,
    serialOptions: { port: 1, baud: 19_200, parity: "even" },
    clock,
    log,
    responseTimeoutMs: 500,
  });
  return { kernel, lane, tables, faults };
}

function tcpSite(more: Partial<ConstructorParameters<typeof TcpSlave>[0]> = {}, inFlight = 1) {
  const kernel = new Kernel();
  const random = new RandomBranch(4);
  const network = new Network(kernel, random.branch("network"), { latencyUs: 1_000 });
  const host = network.host("192.0.2.20");
  const tables = memory();
  const faults = new SlaveFaults(new RandomBranch(7));
  const unit: TcpUnit = { ...tables, turnaroundUs: 5_000, faults };
  const clock = new WorldClock(kernel, 0);
  const slave = new TcpSlave({
    Listener: host.Listener,
    TCP: host.TCP,
    port: 502,
    clock,
    units: new Map([[5, unit]]),
    ...more,
  });
  const lane = openTcpLane({
    io: network.host("192.0.2.7").TCP,
    address: "192.0.2.20",
    clock,
    random,
    log,
    responseTimeoutMs: 500,
    inFlight,
  });
  return { kernel, lane, tables, faults, slave };
}

const SITES: readonly (readonly [name: string, make: () => Site])[] = [
  ["RTU", () => serialSite(false)],
  ["ASCII", () => serialSite(true)],
  ["TCP", () => tcpSite()],
  ["TCP, four at once", () => tcpSite({}, 4)],
];

function ask<T extends ModbusRequest>({ kernel, lane }: Pick<Site, "kernel" | "lane">, request: T, seconds = 10): T {
  expect(lane.submit(request)).toBe(true);
  const untilUs = kernel.nowUs() + seconds * SECOND_US;
  while (request.outcome === Outcome.pending && kernel.nowUs() < untilUs) kernel.runUntil(kernel.nowUs() + 1_000);
  return request;
}

const read = (functionCode: 1 | 2 | 3 | 4, address: number, count: number, unit = 5) =>
  new ReadRequest({ unit, functionCode, address, count });

describe.each(SITES)("a slave on %s", (_name, make) => {
  it("serves every function", () => {
    const site = make();
    const unit = 5;
    expect([...ask(site, read(3, 10, 3)).words]).toEqual([10, 11, 12]);
    expect([...ask(site, read(4, 10, 3)).words]).toEqual([10, 11, 12]);
    expect([...ask(site, read(2, 10, 3)).words]).toEqual([0, 1, 0]);
    expect(ask(site, new WriteCoil({ unit, address: 3, on: true })).outcome).toBe(Outcome.done);
    expect(ask(site, new WriteCoils({ unit, address: 5, values: [true, false, true] })).outcome).toBe(Outcome.done);
    expect([...ask(site, read(1, 0, 9)).words]).toEqual([0, 0, 0, 1, 0, 1, 0, 1, 0]);
    expect(ask(site, new WriteRegister({ unit, address: 20, value: 0x12 })).outcome).toBe(Outcome.done);
    expect(ask(site, new MaskWriteRegister({ unit, address: 20, and: 0xf2, or: 0x25 })).outcome).toBe(Outcome.done);
    expect(site.tables.registers[20]).toBe(0x17);
    expect(ask(site, new WriteRegisters({ unit, address: 30, values: [1, 2, 3] })).outcome).toBe(Outcome.done);
    const both = new ReadWriteRegisters({ unit, address: 31, values: [9], readAddress: 30, readCount: 3 });
    expect([...ask(site, both).words]).toEqual([1, 9, 3]);
  });

  it("says who it is, over more than one answer", () => {
    const site = make();
    const first = ask(site, new IdentifyRequest({ unit: 5, code: 2 }));
    const text = (request: IdentifyRequest) =>
      request.objects.map(({ id, value }) => [id, Buffer.from(value).toString("latin1")]);
    expect(text(first).slice(0, 3)).toEqual([
      [0, "Example Works"],
      [1, "PANEL-1"],
      [2, "V1.0"],
    ]);
    expect(first.nextObject).toBe(6);
    const second = ask(site, new IdentifyRequest({ unit: 5, code: 2, object: 6 }));
    expect(text(second)).toEqual([[6, "y".repeat(200)]]);
    expect(second.nextObject).toBe(-1);
    expect(text(ask(site, new IdentifyRequest({ unit: 5, code: 4, object: 1 })))).toEqual([[1, "PANEL-1"]]);
  });

  it("refuses what it does not have", () => {
    const site = make();
    const refused = ask(site, read(3, 999, 2));
    expect([refused.outcome, refused.exceptionCode]).toEqual([Outcome.exception, 2]);
    expect(ask(site, new WriteRegister({ unit: 5, address: 1000, value: 1 })).exceptionCode).toBe(2);
  });

  it.each([
    ["busy", Outcome.exception],
    ["failed", Outcome.exception],
    ["silent", Outcome.timeout],
    ["wrongUnit", Outcome.timeout],
  ] as const)("%s: the request ends, and the next is right", (fault, outcome) => {
    const site = make();
    site.faults[fault] = 1;
    expect(ask(site, read(3, 10, 2)).outcome).toBe(outcome);
    site.faults[fault] = 0;
    const after = ask(site, read(3, 400, 2));
    expect([after.outcome, ...after.words]).toEqual([Outcome.done, 400, 401]);
  });

  it("late: a request takes an answer of its own or none, and the next is right", () => {
    const site = make();
    site.faults.late = 1;
    site.faults.lateUs = 700_000;
    const late = ask(site, read(3, 10, 2));
    if (late.outcome === Outcome.done) expect([...late.words]).toEqual([10, 11]);
    else expect(late.outcome).toBe(Outcome.timeout);
    site.faults.late = 0;
    const after = ask(site, read(3, 400, 2));
    expect([after.outcome, ...after.words]).toEqual([Outcome.done, 400, 401]);
  });

  it("with every fault at once gives no wrong value", () => {
    const site = make();
    const { faults } = site;
    faults.silent = faults.garbled = faults.cut = faults.wrongUnit = faults.noise = 0.05;
    faults.late = faults.split = faults.merged = faults.hangUp = 0.05;
    // Nothing protects a PDU on TCP: what is garbled there is TCP's own business.
    if (make === SITES[2][1] || make === SITES[3][1]) faults.garbled = faults.cut = faults.noise = 0;
    // Up to three time-outs late: what comes later cannot be told from the next answer of the same form.
    faults.lateUs = 900_000;
    let good = 0;
    for (let i = 0; i < 300; i++) {
      const request = ask(site, read(3, (i * 13) % 900, 4), 30);
      site.kernel.runUntil(site.kernel.nowUs() + SECOND_US);
      if (request.outcome !== Outcome.done) continue;
      good++;
      const from = (i * 13) % 900;
      expect([...request.words]).toEqual([from, from + 1, from + 2, from + 3]);
    }
    expect(good).toBeGreaterThan(250);
  });
});

describe("a slave on an RTU line", () => {
  it("never answers before it said that it might, whatever comes", () => {
    const request = fc.constantFrom(
      [1, 3, 0, 1, 0, 2],
      [1, 16, 0, 1, 0, 2, 4, 1, 2, 3, 4],
      [1, 22, 0, 1, 0, 2, 0, 3],
      [1, 43, 14, 1, 0],
      [0, 6, 0, 1, 0, 2],
      [2, 3, 0, 1, 0, 2],
    );
    const framed = request.map((bytes) => {
      const crc = crc16(viewOf(Uint8Array.from(bytes)), 0, bytes.length);
      return [...bytes, crc & 0xff, crc >> 8];
    });
    const noise = fc.array(fc.constantFrom(0, 1, 2, 3, 16, 255), { maxLength: 9 });
    fc.assert(
      fc.property(fc.array(fc.oneof(framed, noise), { maxLength: 12 }), (pieces) => {
        let answers = 0;
        const slave = new ModbusSlave({ unit: 1, turnaroundUs: 0, transmit: () => answers++, ...memory() });
        const alike = new ModbusSlave({ unit: 1, turnaroundUs: 0, transmit: () => {}, ...memory() });
        const bytes = Uint8Array.from(pieces.flat());
        for (let at = 0; at < bytes.length; ) {
          const quiet = alike.quietFor();
          for (let i = 0; i < quiet && at + i < bytes.length; i++) {
            const before = [answers, slave.answered];
            slave.receive(bytes.subarray(at + i, at + i + 1));
            if (i < quiet - 1) expect([answers, slave.answered]).toEqual(before);
          }
          alike.receive(bytes.subarray(at, at + quiet));
          at += quiet;
        }
        expect([alike.answered, alike.ignoredBytes]).toEqual([slave.answered, slave.ignoredBytes]);
      }),
      { numRuns: 500 },
    );
  });
});

describe("several units behind one gateway", () => {
  const gateway = () => {
    const silent = new SlaveFaults(new RandomBranch(1));
    silent.silent = 1;
    const units = new Map<number, TcpUnit>([
      [1, { ...memory(), turnaroundUs: 20_000 }],
      [2, { ...memory(), turnaroundUs: 20_000, faults: silent }],
      [3, { ...memory(), turnaroundUs: 20_000 }],
    ]);
    return tcpSite({ units, patienceUs: 300_000 });
  };

  it("are asked one after another; a silent one is told by the gateway, and counts as silent", () => {
    const site = gateway();
    expect(ask(site, read(3, 0, 1, 1)).outcome).toBe(Outcome.done);
    const lost = ask(site, read(3, 0, 1, 2));
    expect([lost.outcome, lost.exceptionCode]).toEqual([Outcome.timeout, 0x0b]);
    expect(ask(site, read(3, 0, 1, 3)).outcome).toBe(Outcome.done);
    // No second try: the gateway has waited already.
    expect(site.lane.counters).toMatchObject({ retries: 0, timeouts: 0, exceptions: 1 });
  });

  it("keep their pace beside a silent one", () => {
    const site = gateway();
    const reads = [1, 2, 3].map((unit) => read(3, 0, 1, unit));
    for (let cycle = 0; cycle < 60; cycle++) {
      for (const request of reads) site.lane.submit(request);
      site.kernel.runUntil(site.kernel.nowUs() + SECOND_US);
      expect([reads[0].outcome, reads[2].outcome]).toEqual([Outcome.done, Outcome.done]);
    }
    expect(site.lane.counters.skipped).toBeGreaterThan(30);
  });

  it("that nobody knows is answered for by the gateway; a device of its own answers as anybody", () => {
    const site = gateway();
    expect(ask(site, read(3, 0, 1, 77)).exceptionCode).toBe(0x0b);
    const own = tcpSite({ units: new Map(), own: { ...memory(), turnaroundUs: 1_000 } });
    expect(ask(own, read(3, 0, 1, 255)).outcome).toBe(Outcome.done);
  });
});

describe("several requests on their way at once", () => {
  it("take the time of the longest, not of all, and each has its own answer", () => {
    const site = tcpSite({}, 4);
    ask(site, read(3, 0, 1));
    const startedUs = site.kernel.nowUs();
    const many = Array.from({ length: 20 }, (_, i) => read(3, 10 * i, 3));
    for (const request of many) expect(site.lane.submit(request)).toBe(true);
    site.kernel.runUntil(startedUs + SECOND_US);
    many.forEach((request, i) => {
      expect([request.outcome, ...request.words]).toEqual([Outcome.done, 10 * i, 10 * i + 1, 10 * i + 2]);
    });
    const takenUs = Math.max(...many.map(({ completedUs }) => completedUs)) - startedUs;
    // The slave works them off one after another, 5 ms each; the network's 2 ms a round are hidden.
    expect(takenUs).toBeLessThan(20 * 5_000 + 5_000);
  });

  it("end when the connection breaks under them, and go on with a new one", () => {
    const site = tcpSite({}, 4);
    ask(site, read(3, 0, 1));
    const many = Array.from({ length: 8 }, (_, i) => read(3, 10 * i, 1));
    for (const request of many) site.lane.submit(request);
    site.slave.hangUp();
    site.kernel.runUntil(site.kernel.nowUs() + 10 * SECOND_US);
    for (const { outcome } of many) expect(outcome).not.toBe(Outcome.pending);
    expect(ask(site, read(3, 7, 1)).words[0]).toBe(7);
  });

  it("end by their own time-outs where nobody answers, each after its last try", () => {
    const site = tcpSite({}, 4);
    site.faults.silent = 1;
    const many = Array.from({ length: 3 }, (_, i) => read(3, i, 1));
    for (const request of many) site.lane.submit(request);
    site.kernel.runUntil(20 * SECOND_US);
    for (const { outcome } of many) expect(outcome).toBe(Outcome.timeout);
    expect(site.lane.counters.timeouts + site.lane.counters.exceptions).toBeGreaterThan(2);
  });

  it("are asked in the order of their classes", () => {
    const site = tcpSite({}, 2);
    ask(site, read(3, 0, 1));
    const order: number[] = [];
    for (const priority of [3, 3, 3, 1, 0] as const) {
      const request = new ReadRequest({ unit: 5, functionCode: 3, address: 0, count: 1, priority });
      request.whenDone = () => order.push(priority);
      site.lane.submit(request);
    }
    site.kernel.runUntil(site.kernel.nowUs() + SECOND_US);
    // Two are on their way before the urgent ones come.
    expect(order).toEqual([3, 3, 0, 1, 3]);
  });

  it("end when the lane is closed, once", () => {
    const site = tcpSite({}, 4);
    ask(site, read(3, 0, 1));
    const many = Array.from({ length: 8 }, (_, i) => read(3, i, 1));
    let ended = 0;
    for (const request of many) {
      request.whenDone = () => ended++;
      site.lane.submit(request);
    }
    site.lane.close();
    site.lane.close();
    site.kernel.runUntil(site.kernel.nowUs() + SECOND_US);
    expect(ended).toBe(8);
    expect(many.map(({ outcome }) => outcome)).toEqual(many.map(() => Outcome.closed));
  });
});
