/**
 * Reads of 16 registers over loopback TCP: ours, modbus-serial and jsmodbus against one server, which is none of theirs: it runs in
 * a process of its own and answers from memory. Once with one read after another, where all wait for the socket most of the time,
 * and once with eight reads wanted at any time: ours and modbus-serial then have eight on their way, jsmodbus queues them. Rounds
 * take turns, so that what else the machine does meets them all.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { Socket } from "node:net";
import { client as jsmodbus } from "jsmodbus";
import ModbusRTU from "modbus-serial";
import { ReadRequest } from "../drivers/modbus/read-request";
import { Outcome } from "../drivers/modbus/request";
import { openTcpLane } from "../drivers/modbus/tcp-client";
import { NodeClock } from "../hal/node/clock";
import { NodeRandom } from "../hal/node/random";
import { TCP } from "../hal/node/tcp";
import { count, table, times } from "./table";

const REGISTERS = 16;
const ROUNDS = 7;
const AT_ONCE = 8;

/** Knows reads of registers and nothing else; register = its address. What came together is answered together. */
const SERVER = `
require("node:net").createServer((socket) => {
  socket.setNoDelay(true);
  let held = Buffer.alloc(0);
  socket.on("error", () => {});
  socket.on("data", (data) => {
    held = held.length === 0 ? data : Buffer.concat([held, data]);
    socket.cork();
    while (held.length >= 12) {
      const address = held.readUInt16BE(8), count = held.readUInt16BE(10);
      const answer = Buffer.allocUnsafe(9 + 2 * count);
      held.copy(answer, 0, 0, 8);
      answer.writeUInt16BE(3 + 2 * count, 4);
      answer[8] = 2 * count;
      for (let i = 0; i < count; i++) answer.writeUInt16BE(address + i, 9 + 2 * i);
      socket.write(answer);
      held = held.subarray(12);
    }
    socket.uncork();
  });
}).listen(0, "127.0.0.1", function () { console.log(this.address().port); });
`;

type Rival = {
  readonly name: string;
  /** Reads until `untilMs`, so many wanted at any time; the number of reads. */
  run(untilMs: number): Promise<number>;
  close(): void;
};

export type ModbusTcp = { readonly name: string; readonly perSecond: number };

export async function benchModbusTcp(timeMs: number): Promise<readonly ModbusTcp[]> {
  const server = spawn(process.execPath, ["-e", SERVER], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const port = await portOf(server);
    return [...(await compare(port, 1, timeMs / 2)), ...(await compare(port, AT_ONCE, timeMs / 2))];
  } finally {
    server.kill();
  }
}

async function compare(port: number, wanted: number, timeMs: number): Promise<readonly ModbusTcp[]> {
  const rivals = [ours(port, wanted), await modbusSerial(port, wanted), await theJsmodbus(port, wanted)];
  const rates = rivals.map(() => [] as number[]);
  for (let round = -1; round < ROUNDS; round++)
    for (const [i, rival] of rivals.entries()) {
      const startedMs = performance.now();
      const reads = await rival.run(startedMs + timeMs / ROUNDS);
      // The first round warms up.
      if (round >= 0) rates[i].push((reads * 1000) / (performance.now() - startedMs));
    }
  for (const rival of rivals) rival.close();
  const results = rivals.map(({ name }, i) => ({ name, perSecond: median(rates[i]) }));
  const how = wanted === 1 ? "one after another" : `${wanted} wanted at any time`;
  table(
    `Reads of ${REGISTERS} registers over loopback TCP, ${how} (goal: 1.5 times modbus-serial, 2 times jsmodbus)`,
    ["master", "reads/s", "argand is faster by"],
    results.map(({ name, perSecond }) => [name, count(perSecond), times(results[0].perSecond / perSecond)]),
  );
  return results;
}

function ours(port: number, wanted: number): Rival {
  const lane = openTcpLane({
    io: TCP,
    address: "127.0.0.1",
    port,
    clock: new NodeClock(),
    random: new NodeRandom(),
    log: { info: () => {}, warn: () => {} },
    inFlight: wanted,
  });
  const requests = Array.from(
    { length: wanted },
    () => new ReadRequest({ unit: 1, functionCode: 3, address: 100, count: REGISTERS }),
  );
  return {
    name: "argand",
    run: (untilMs) =>
      new Promise((resolve, reject) => {
        let reads = 0;
        let ended = 0;
        for (const request of requests) {
          request.whenDone = () => {
            if (request.outcome !== Outcome.done || request.words[15] !== 115) return reject(new Error(request.text));
            reads++;
            if (performance.now() < untilMs) lane.submit(request);
            else if (++ended === wanted) resolve(reads);
          };
          lane.submit(request);
        }
      }),
    close: () => lane.close(),
  };
}

/** `wanted` loops, each of which awaits one read after another. */
async function loops(wanted: number, untilMs: number, read: () => Promise<number>): Promise<number> {
  let reads = 0;
  const loop = async () => {
    do {
      if ((await read()) !== 115) throw new Error("a rival read something else");
      reads++;
    } while (performance.now() < untilMs);
  };
  await Promise.all(Array.from({ length: wanted }, loop));
  return reads;
}

async function modbusSerial(port: number, wanted: number): Promise<Rival> {
  const master = new ModbusRTU();
  await master.connectTCP("127.0.0.1", { port });
  master.setID(1);
  master.setTimeout(1000);
  const read = async () => (await master.readHoldingRegisters(100, REGISTERS)).data[15];
  return {
    name: "modbus-serial",
    run: (untilMs) => loops(wanted, untilMs, read),
    close: () => master.close(() => {}),
  };
}

async function theJsmodbus(port: number, wanted: number): Promise<Rival> {
  const socket = new Socket();
  const master = new jsmodbus.TCP(socket, 1, 1000);
  socket.connect({ host: "127.0.0.1", port });
  await once(socket, "connect");
  socket.setNoDelay(true);
  const read = async () => (await master.readHoldingRegisters(100, REGISTERS)).response.body.valuesAsArray[15];
  return {
    name: "jsmodbus",
    run: (untilMs) => loops(wanted, untilMs, read),
    close: () => socket.destroy(),
  };
}

async function portOf(server: ChildProcess): Promise<number> {
  const [data] = (await once(server.stdout!, "data")) as [Buffer];
  return Number(data.toString());
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}
