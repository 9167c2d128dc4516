/**
 * Writes to slaves that nobody here wrote, and our own slaves asked by masters that nobody here wrote: jsmodbus, modbus-serial,
 * and where Debian's packages are there, mbpoll (libmodbus) and pymodbus, over loopback and a pair of pseudo terminals.
 */
import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { client as jsmodbus, server as jsmodbusServer } from "jsmodbus";
import ModbusRTU, { ServerTCP } from "modbus-serial";
import { afterEach, describe, expect, it } from "vitest";
import type { Serial } from "../../hal/io";
import { NodeClock } from "../../hal/node/clock";
import { NodeListener } from "../../hal/node/listener";
import { NodeRandom } from "../../hal/node/random";
import { serialClass } from "../../hal/node/serial";
import { TCP } from "../../hal/node/tcp";
import { IdentifyRequest } from "./identify-request";
import type { ModbusLane } from "./lane";
import { ReadRequest } from "./read-request";
import { type ModbusRequest, Outcome } from "./request";
import { openRtuLane } from "./rtu-client";
import { ModbusSlave } from "./slave-emulator";
import { openTcpLane } from "./tcp-client";
import { TcpSlave } from "./tcp-slave-emulator";
import type { UnitTables } from "./unit-emulator";
import {
  MaskWriteRegister,
  ReadWriteRegisters,
  WriteCoil,
  WriteCoils,
  WriteRegister,
  WriteRegisters,
} from "./write-request";

const UNIT = 5;
/** Debian's, which Debian's packages are for; another may come first in the path. */
const PYTHON = "/usr/bin/python3";
const log = { info: () => {}, warn: () => {} };
/** A machine that is busy with other tests is slow, not wrong. */
const PATIENCE_MS = 5_000;
const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});

function ask<T extends ModbusRequest>(lane: ModbusLane, request: T): Promise<T> {
  return new Promise((resolve, reject) => {
    request.whenDone = () => resolve(request);
    if (!lane.submit(request)) reject(new Error("the lane refused the request"));
  });
}

function memory() {
  const registers = Uint16Array.from({ length: 200 }, (_, address) => address + 1);
  const coils = Uint8Array.from({ length: 200 }, (_, address) => address & 1);
  const tables: UnitTables = {
    read(functionCode, address, count, into) {
      if (address + count > 200) return 2;
      for (let i = 0; i < count; i++) into[i] = (functionCode <= 2 ? coils : registers)[address + i];
      return 0;
    },
    write(functionCode, address, count, values) {
      if (address + count > 200) return 2;
      for (let i = 0; i < count; i++) (functionCode <= 2 ? coils : registers)[address + i] = values[i];
      return 0;
    },
    identification: { 0: "Argand", 1: "slave", 2: "1" },
  };
  return { registers, coils, tables };
}

function tcpLane(port: number): ModbusLane {
  const lane = openTcpLane({
    io: TCP,
    address: "127.0.0.1",
    port,
    clock: new NodeClock(),
    random: new NodeRandom(),
    log,
    responseTimeoutMs: PATIENCE_MS,
  });
  cleanUp.push(() => lane.close());
  return lane;
}

/** Every function that writes, and what is read back. */
async function writesAll(lane: ModbusLane, knows: { mask: boolean; exchange: boolean }): Promise<void> {
  const unit = UNIT;
  const done = async (request: ModbusRequest) => expect((await ask(lane, request)).text).toBe(`unit ${UNIT}: answered`);
  const words = async (functionCode: 1 | 3, address: number, count: number) => [
    ...(await ask(lane, new ReadRequest({ unit, functionCode, address, count }))).words,
  ];
  await done(new WriteCoil({ unit, address: 10, on: true }));
  await done(new WriteCoils({ unit, address: 11, values: [false, true, true] }));
  expect(await words(1, 10, 4)).toEqual([1, 0, 1, 1]);
  await done(new WriteRegister({ unit, address: 20, value: 0x12 }));
  await done(new WriteRegisters({ unit, address: 21, values: [7, 65_535] }));
  expect(await words(3, 20, 3)).toEqual([0x12, 7, 65_535]);
  if (knows.mask) {
    await done(new MaskWriteRegister({ unit, address: 20, and: 0xf2, or: 0x25 }));
    expect(await words(3, 20, 1)).toEqual([0x17]);
  }
  if (knows.exchange) {
    const both = new ReadWriteRegisters({ unit, address: 21, values: [9], readAddress: 20, readCount: 3 });
    await done(both);
    expect(both.words[1]).toBe(9);
  }
}

describe("writes over TCP", () => {
  it("are taken by jsmodbus", async () => {
    const net = createServer();
    new jsmodbusServer.TCP(net, { coils: Buffer.alloc(64), holding: Buffer.alloc(512) });
    await new Promise<void>((resolve) => net.listen(0, "127.0.0.1", resolve));
    cleanUp.push(() => net.close());
    await writesAll(tcpLane((net.address() as { port: number }).port), { mask: false, exchange: false });
  });

  it("are taken by modbus-serial, which also says who it is", async () => {
    const { registers, coils } = memory();
    const port = await freePort();
    const server = new ServerTCP(
      {
        getCoil: (address: number) => coils[address] === 1,
        getHoldingRegister: (address: number) => registers[address],
        setCoil: (address: number, value: boolean) => {
          coils[address] = value ? 1 : 0;
        },
        setRegister: (address: number, value: number) => {
          registers[address] = value;
        },
        readDeviceIdentification: () => ({ 0: "Example Works", 1: "PANEL-1", 2: "V1.0" }),
      } as never,
      { host: "127.0.0.1", port, unitID: UNIT },
    );
    await new Promise((resolve) => server.once("initialized", resolve));
    cleanUp.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
    const lane = tcpLane(port);
    await writesAll(lane, { mask: false, exchange: false });
    const who = await ask(lane, new IdentifyRequest({ unit: UNIT }));
    expect(who.objects.map(({ value }) => Buffer.from(value).toString())).toEqual(["Example Works", "PANEL-1", "V1.0"]);
  });
});

async function tcpSlave() {
  const { tables, registers } = memory();
  const port = await freePort();
  const slave = new TcpSlave({
    Listener: NodeListener as never,
    TCP,
    port,
    clock: new NodeClock(),
    units: new Map([[UNIT, { ...tables, turnaroundUs: 0 }]]),
  });
  cleanUp.push(() => slave.close());
  return { port, registers };
}

/** What each rival's master is asked to do; both have the same five functions for it. */
describe("our slave over TCP", () => {
  it("is read and written by modbus-serial", async () => {
    const { port, registers } = await tcpSlave();
    const master = new ModbusRTU();
    await master.connectTCP("127.0.0.1", { port });
    cleanUp.push(() => new Promise<void>((resolve) => master.close(() => resolve())));
    await asksAll(master, registers);
  });

  it("is read and written by jsmodbus", async () => {
    const { port, registers } = await tcpSlave();
    const socket = new Socket();
    const master = new jsmodbus.TCP(socket, UNIT, PATIENCE_MS);
    socket.connect({ host: "127.0.0.1", port });
    await once(socket, "connect");
    cleanUp.push(() => socket.destroy());
    expect((await master.readHoldingRegisters(0, 125)).response.body.valuesAsArray[124]).toBe(125);
    expect((await master.readCoils(0, 5)).response.body.valuesAsArray.slice(0, 5)).toEqual([0, 1, 0, 1, 0]);
    await master.writeSingleRegister(3, 77);
    await master.writeMultipleRegisters(4, [78, 79]);
    expect([...registers.slice(3, 6)]).toEqual([77, 78, 79]);
    await expect(master.readInputRegisters(199, 2)).rejects.toMatchObject({
      response: { body: { code: 2 } },
    });
  });

  it.skipIf(!has("mbpoll", ["-V"]))("is read and written by mbpoll", async () => {
    const { port, registers } = await tcpSlave();
    const at = ["-m", "tcp", "-p", String(port), "-a", String(UNIT), "-0", "127.0.0.1"];
    expect(await output("mbpoll", ["-1", "-r", "10", "-c", "3", "-t", "4", ...at])).toMatch(
      /\[10\]:\s+11\n\[11\]:\s+12\n\[12\]:\s+13/,
    );
    await output("mbpoll", ["-r", "20", "-t", "4", ...at, "555", "556"]);
    expect([...registers.slice(20, 22)]).toEqual([555, 556]);
  });
});

async function asksAll(master: ModbusRTU, registers: Uint16Array): Promise<void> {
  master.setID(UNIT);
  master.setTimeout(PATIENCE_MS);
  expect((await master.readHoldingRegisters(0, 125)).data[124]).toBe(125);
  expect((await master.readInputRegisters(7, 1)).data).toEqual([8]);
  expect((await master.readCoils(0, 5)).data.slice(0, 5)).toEqual([false, true, false, true, false]);
  await master.writeCoil(0, true);
  expect((await master.readDiscreteInputs(0, 1)).data[0]).toBe(true);
  await master.writeCoils(1, [false, true]);
  await master.writeRegister(3, 77);
  await master.writeRegisters(4, [78, 79]);
  expect([...registers.slice(3, 6)]).toEqual([77, 78, 79]);
  await expect(master.readHoldingRegisters(199, 2)).rejects.toMatchObject({ modbusCode: 2 });
  const { data } = await master.readDeviceIdentification(1, 0);
  expect([data[0], data[1]]).toEqual(["Argand", "slave"]);
}

const socat = has("socat", ["-V"]);
const mbpoll = has("mbpoll", ["-V"]);
const pymodbus = has(PYTHON, ["-c", "import pymodbus.server, serial"]);
for (const [there, what] of [
  [socat, "our RTU slave and master against others (apt-get install socat)"],
  [mbpoll, "our slaves asked by mbpoll (apt-get install mbpoll)"],
  [pymodbus, "a pymodbus slave (apt-get install python3-pymodbus python3-serial-asyncio)"],
] as const)
  if (!there) console.warn(`skipped: ${what}`);

/** Holding registers 0 to 199 hold their address and 100; writes are kept. */
const PYMODBUS_SLAVE = `
import sys
from pymodbus.server import StartSerialServer
from pymodbus.datastore import ModbusSequentialDataBlock, ModbusSlaveContext, ModbusServerContext
from pymodbus.transaction import ModbusRtuFramer
block = lambda: ModbusSequentialDataBlock(0, [100 + i for i in range(201)])
bits = lambda: ModbusSequentialDataBlock(0, [False] * 201)
unit = ModbusSlaveContext(di=bits(), co=bits(), hr=block(), ir=block(), zero_mode=True)
StartSerialServer(context=ModbusServerContext(slaves={${UNIT}: unit}, single=False), framer=ModbusRtuFramer,
                  port=sys.argv[1], baudrate=115200, timeout=0.05)
`;

describe.skipIf(!socat)("RTU on a pair of pseudo terminals", () => {
  it.skipIf(!pymodbus)(
    "our master reads and writes a slave of pymodbus",
    async () => {
      const [near, far] = await terminals();
      const slave = spawn(PYTHON, ["-c", PYMODBUS_SLAVE, far], { stdio: "ignore" });
      cleanUp.push(() => slave.kill("SIGKILL"));
      const lane = openRtuLane({
        io: serialClass(),
        serialOptions: { port: near, baud: 115_200 },
        clock: new NodeClock(),
        log,
        responseTimeoutMs: 1_000,
        retries: 30,
      });
      cleanUp.push(() => lane.close());
      // Python takes a second to listen; what is asked before is asked again.
      const first = await ask(lane, new ReadRequest({ unit: UNIT, functionCode: 3, address: 0, count: 5 }));
      expect([...first.words]).toEqual([100, 101, 102, 103, 104]);
      await writesAll(lane, { mask: true, exchange: true });
      const refused = await ask(lane, new ReadRequest({ unit: UNIT, functionCode: 3, address: 300, count: 1 }));
      expect([refused.outcome, refused.exceptionCode]).toEqual([Outcome.exception, 2]);
    },
    60_000,
  );

  it("our slave is read and written by modbus-serial", async () => {
    const [near, far] = await terminals();
    const { registers } = slaveOn(far);
    const master = new ModbusRTU();
    await master.connectRTUBuffered(near, { baudRate: 115_200 });
    cleanUp.push(() => new Promise<void>((resolve) => master.close(() => resolve())));
    await asksAll(master, registers);
  });

  it.skipIf(!mbpoll)("our slave is read and written by mbpoll", async () => {
    const [near, far] = await terminals();
    const { registers } = slaveOn(far);
    const at = ["-m", "rtu", "-b", "115200", "-P", "none", "-a", String(UNIT), "-0", "-o", "5", near];
    expect(await output("mbpoll", ["-1", "-r", "10", "-c", "2", "-t", "4", ...at])).toMatch(
      /\[10\]:\s+11\n\[11\]:\s+12/,
    );
    await output("mbpoll", ["-r", "20", "-t", "4", ...at, "555", "556"]);
    expect([...registers.slice(20, 22)]).toEqual([555, 556]);
  });
});

/** Our slave on a real port. */
function slaveOn(port: string) {
  const { tables, registers } = memory();
  let io: Serial | undefined;
  const slave = new ModbusSlave({ ...tables, unit: UNIT, turnaroundUs: 0, transmit: (bytes) => io!.write(bytes) });
  io = new (serialClass())({
    port,
    baud: 115_200,
    format: "buffer",
    onReadable() {
      slave.receive(new Uint8Array((this.read() as ArrayBuffer | undefined) ?? new ArrayBuffer(0)));
    },
  });
  cleanUp.push(() => io!.close());
  return { registers };
}

function has(program: string, words: readonly string[]): boolean {
  const { error, status } = spawnSync(program, words);
  // mbpoll ends with 1 after its version.
  return error === undefined && (status === 0 || program === "mbpoll");
}

function output(program: string, words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, words, { timeout: 20_000 }, (error, stdout, stderr) => {
      if (error !== null) reject(new Error(`${program}: ${stderr || stdout || error.message}`));
      else resolve(stdout.replaceAll("\t", " "));
    });
  });
}

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
