/** The client against slaves that nobody here wrote: jsmodbus and modbus-serial, over loopback and a serial line. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { server as jsmodbus } from "jsmodbus";
import { ServerSerial, ServerTCP } from "modbus-serial";
import { afterEach, describe, expect, it } from "vitest";
import { NodeClock } from "../../hal/node/clock";
import { NodeRandom } from "../../hal/node/random";
import { serialClass } from "../../hal/node/serial";
import { TCP } from "../../hal/node/tcp";
import type { ModbusLane } from "./lane";
import type { ReadFunction } from "./pdu";
import { ReadOutcome, ReadRequest } from "./read-request";
import { openRtuLane } from "./rtu-client";
import { openTcpLane } from "./tcp-client";

const log = { info: () => {}, warn: () => {} };
const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});

const UNIT = 5;
/** What each of the four tables holds, by address. */
const TABLES = {
  coil: (address: number) => address % 3 === 0,
  input: (address: number) => address % 5 === 0,
  holding: (address: number) => (address * 257 + 1) & 0xffff,
  register: (address: number) => (65_535 - address) & 0xffff,
};
const EXPECTED: { [code in ReadFunction]: (address: number) => number } = {
  1: (address) => Number(TABLES.coil(address)),
  2: (address) => Number(TABLES.input(address)),
  3: TABLES.holding,
  4: TABLES.register,
};

function ask(lane: ModbusLane, functionCode: ReadFunction, address: number, count: number, unit = UNIT) {
  return new Promise<ReadRequest>((resolve, reject) => {
    const request = new ReadRequest({ unit, functionCode, address, count });
    request.whenDone = () => resolve(request);
    if (!lane.submit(request)) reject(new Error("the lane refused the request"));
  });
}

async function readsAllTables(lane: ModbusLane): Promise<void> {
  for (const functionCode of [1, 2, 3, 4] as const) {
    const most = functionCode <= 2 ? 500 : 125;
    const ranges: [number, number][] = [
      [0, 1],
      [3, 17],
      [100, most],
    ];
    for (const [address, count] of ranges) {
      const request = await ask(lane, functionCode, address, count);
      expect(request.text).toBe(`unit ${UNIT}: answered`);
      expect([...request.words]).toEqual(Array.from({ length: count }, (_, i) => EXPECTED[functionCode](address + i)));
    }
  }
  // A queue of them at once.
  const many = await Promise.all(Array.from({ length: 30 }, (_, i) => ask(lane, 3, i * 10, 10)));
  for (const [i, request] of many.entries()) expect(request.words[0]).toBe(TABLES.holding(i * 10));
  expect(lane.counters).toMatchObject({ timeouts: 0, failures: 0, exceptions: 0, answers: 42 });
}

function tcpLane(port: number): ModbusLane {
  const clock = new NodeClock();
  const lane = openTcpLane({ io: TCP, address: "127.0.0.1", port, clock, random: new NodeRandom(), log });
  cleanUp.push(() => lane.close());
  return lane;
}

const vectorOfTables = {
  getCoil: TABLES.coil,
  getDiscreteInput: TABLES.input,
  getHoldingRegister: TABLES.holding,
  getInputRegister: TABLES.register,
};

describe("Modbus TCP", () => {
  it("reads all four tables of jsmodbus", async () => {
    const net: Server = createServer();
    const bits = (table: (address: number) => boolean) => {
      const bytes = Buffer.alloc(256);
      for (let i = 0; i < bytes.length * 8; i++) if (table(i)) bytes[i >> 3] |= 1 << (i & 7);
      return bytes;
    };
    const words = (table: (address: number) => number) => {
      const bytes = Buffer.alloc(2048);
      for (let i = 0; i < bytes.length / 2; i++) bytes.writeUInt16BE(table(i), 2 * i);
      return bytes;
    };
    new jsmodbus.TCP(net, {
      coils: bits(TABLES.coil),
      discrete: bits(TABLES.input),
      holding: words(TABLES.holding),
      input: words(TABLES.register),
    });
    await new Promise<void>((resolve) => net.listen(0, "127.0.0.1", resolve));
    cleanUp.push(() => net.close());
    await readsAllTables(tcpLane((net.address() as { port: number }).port));
  });

  it("reads all four tables of modbus-serial, and its exceptions", async () => {
    const port = await freePort();
    const server = new ServerTCP(
      {
        ...vectorOfTables,
        getHoldingRegister: (address: number) => {
          if (address === 999) throw Object.assign(new Error("no such register"), { modbusErrorCode: 2 });
          return TABLES.holding(address);
        },
      },
      { host: "127.0.0.1", port, unitID: UNIT },
    );
    await new Promise((resolve) => server.once("initialized", resolve));
    cleanUp.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
    const lane = tcpLane(port);
    await readsAllTables(lane);
    const refused = await ask(lane, 3, 999, 1);
    expect(refused.outcome).toBe(ReadOutcome.exception);
    expect(refused.exceptionCode).toBe(2);
  });

  it("says that nobody listens, without waiting for a time-out", async () => {
    const request = await ask(tcpLane(await freePort()), 3, 0, 1);
    expect(request.outcome).toBe(ReadOutcome.unreachable);
  });
});

const socat = spawnSync("socat", ["-V"]).status === 0;
if (!socat) console.warn("skipped: Modbus RTU against modbus-serial (apt-get install socat)");

describe.skipIf(!socat)("Modbus RTU on a pair of pseudo terminals", () => {
  it("reads all four tables of modbus-serial", async () => {
    const [near, far] = await terminals();
    const server = new ServerSerial(vectorOfTables, { port: far, path: far, baudRate: 115_200, unitID: UNIT } as never);
    await new Promise((resolve) => server.once("initialized", resolve));
    cleanUp.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
    const lane = openRtuLane({
      io: serialClass(),
      serialOptions: { port: near, baud: 115_200 },
      // A machine that is busy with other tests is slow, not wrong.
      responseTimeoutMs: 5_000,
      clock: new NodeClock(),
      log,
    });
    cleanUp.push(() => lane.close());
    // The port of a PC opens in its own time; what is sent before waits in it.
    await readsAllTables(lane);
  });
});

async function terminals(): Promise<[near: string, far: string]> {
  const folder = mkdtempSync(join(tmpdir(), "argand-modbus-"));
  const ends: [string, string] = [join(folder, "near"), join(folder, "far")];
  const child: ChildProcess = spawn(
    "socat",
    ends.map((path) => `pty,raw,echo=0,link=${path}`),
  );
  cleanUp.push(() => {
    child.kill();
    rmSync(folder, { recursive: true, force: true });
  });
  while (!ends.every((path) => existsSync(path))) await new Promise((resolve) => setTimeout(resolve, 10));
  return ends;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
