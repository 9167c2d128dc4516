/** Lanes in virtual time: what is on the line when, and what becomes of each request. */
import { describe, expect, it } from "vitest";
import type { SerialConstructor } from "../../hal/io";
import { WorldBoard } from "../../host-sim/world/board";
import { WorldClock } from "../../host-sim/world/clock";
import { Kernel } from "../../host-sim/world/kernel";
import { RandomBranch } from "../../host-sim/world/random";
import type { SerialPort } from "../emulation";
import { Priority, ReadOutcome, ReadRequest, type ReadRequestOptions } from "./read-request";
import { openRtuLane, type RtuLaneOptions } from "./rtu-client";
import { ModbusSlave } from "./slave-emulator";

const SECOND_US = 1_000_000;
const BAUD = 9600;
/** Start, eight bits, stop. */
const CHARACTER_US = (10 * SECOND_US) / BAUD;

function site(options: Partial<RtuLaneOptions> = {}) {
  const kernel = new Kernel();
  const clock = new WorldClock(kernel, 0);
  const board = new WorldBoard(kernel, new RandomBranch(1));
  const line = board.serial(1);
  const log: string[] = [];
  const lane = openRtuLane({
    io: board.io.Serial as SerialConstructor,
    serialOptions: { port: 1, baud: BAUD },
    clock,
    log: { info: (text) => log.push(text), warn: (text) => log.push(text) },
    ...options,
  });
  return { kernel, clock, line, lane, log };
}

type Site = ReturnType<typeof site>;

/** A slave whose registers hold their addresses, a diary of when it was asked, and delays of its next answers. */
function slave({ kernel, line }: Site, unit: number, turnaroundUs = 5_000) {
  const asked: number[] = [];
  const one = { silent: false, asked, delaysUs: [] as number[] };
  line.attach((port: SerialPort) => {
    return new ModbusSlave({
      unit,
      turnaroundUs,
      transmit: (bytes, delayUs) => {
        if (!one.silent) port.transmit(bytes, one.delaysUs.shift() ?? delayUs);
      },
      read: (_functionCode, address, count, into) => {
        asked.push(kernel.nowUs());
        for (let i = 0; i < count; i++) into[i] = address + i;
        return 0;
      },
    });
  });
  return one;
}

function request(options: Partial<ReadRequestOptions> = {}): ReadRequest {
  return new ReadRequest({ unit: 1, functionCode: 3, address: 100, count: 2, ...options });
}

describe("a lane on an RS-485 line", () => {
  it("answers a request and counts it", () => {
    const one = site();
    slave(one, 1);
    const read = request();
    let done = 0;
    read.onDone = () => done++;
    expect(one.lane.submit(read)).toBe(true);
    one.kernel.runUntil(SECOND_US);
    expect(done).toBe(1);
    expect(read.outcome).toBe(ReadOutcome.done);
    expect([...read.words]).toEqual([100, 101]);
    expect(one.lane.counters).toMatchObject({ requests: 1, answers: 1, timeouts: 0 });
  });

  it("has one request on the line at a time, and 3.5 characters of silence before each", () => {
    const one = site();
    const { asked } = slave(one, 1);
    const reads = Array.from({ length: 5 }, () => request());
    for (const read of reads) one.lane.submit(read);
    one.kernel.runUntil(SECOND_US);
    expect(reads.map(({ outcome }) => outcome)).toEqual(reads.map(() => ReadOutcome.done));
    // Request (8 characters), turnaround, answer (9 characters), silence.
    const cycleUs = 8 * CHARACTER_US + 5_000 + 9 * CHARACTER_US + 3.5 * CHARACTER_US;
    for (let i = 1; i < asked.length; i++) expect(asked[i] - asked[i - 1]).toBeGreaterThanOrEqual(Math.floor(cycleUs));
    expect(asked.at(-1)! - asked[0]).toBeLessThan(4 * cycleUs * 1.2);
  });

  it("lets urgent requests pass those that wait", () => {
    const one = site();
    slave(one, 1);
    const order: string[] = [];
    const named = (name: string, priority: Priority) => {
      const read = request({ priority });
      read.onDone = () => order.push(name);
      one.lane.submit(read);
    };
    for (const name of ["a", "b", "c"]) named(name, Priority.ordinary);
    named("fire", Priority.urgent);
    one.kernel.runUntil(SECOND_US);
    expect(order).toEqual(["a", "fire", "b", "c"]);
  });

  it("tries the same request three times, then gives up", () => {
    const one = site({ responseTimeoutMs: 200 });
    const { asked } = Object.assign(slave(one, 1), { silent: true });
    const read = request();
    one.lane.submit(read);
    one.kernel.runUntil(5 * SECOND_US);
    expect(asked).toHaveLength(3);
    expect(read.outcome).toBe(ReadOutcome.timeout);
    expect(one.lane.counters).toMatchObject({ timeouts: 3, retries: 2, failures: 1, answers: 0 });
  });

  it("never takes a late answer for the next request's", () => {
    const one = site({ responseTimeoutMs: 100, retries: 0 });
    // The first answer begins 10 ms after its time-out; it has the unit, function and count of the second's.
    slave(one, 1).delaysUs.push(110_000);
    const first = request({ address: 100 });
    const second = request({ address: 500 });
    one.lane.submit(first);
    one.lane.submit(second);
    one.kernel.runUntil(SECOND_US);
    expect(first.outcome).toBe(ReadOutcome.timeout);
    expect(second.outcome).toBe(ReadOutcome.done);
    expect([...second.words]).toEqual([500, 501]);
  });

  it("takes no late answer for another request's, up to three time-outs after its own", () => {
    const wrong: string[] = [];
    for (const retries of [0, 1, 2])
      for (let turnaroundMs = 5; turnaroundMs < 285; turnaroundMs += 5) {
        const one = site({ responseTimeoutMs: 100, retries });
        slave(one, 1, turnaroundMs * 1000);
        const [first, second] = [request({ address: 100 }), request({ address: 500 })];
        one.lane.submit(first);
        one.lane.submit(second);
        one.kernel.runUntil(10 * SECOND_US);
        if (first.outcome === ReadOutcome.done && first.words[0] !== 100)
          wrong.push(`${retries} ${turnaroundMs} first`);
        if (second.outcome === ReadOutcome.done && second.words[0] !== 500) wrong.push(`${retries} ${turnaroundMs}`);
      }
    expect(wrong).toEqual([]);
  });

  it("asks once for a request that its owner submits from inside onDone after a failure", () => {
    const one = site({ responseTimeoutMs: 100, retries: 0 });
    const quiet = Object.assign(slave(one, 1), { silent: true });
    const other = slave(one, 2, 30_000);
    const [first, second] = [request({ unit: 1 }), request({ unit: 2 })];
    first.onDone = () => one.lane.submit(second);
    one.lane.submit(first);
    one.kernel.runUntil(SECOND_US);
    expect([quiet.asked.length, other.asked.length]).toEqual([1, 1]);
    expect(second.outcome).toBe(ReadOutcome.done);
  });

  it("a late answer is right for the retry of the same request", () => {
    const one = site({ responseTimeoutMs: 100, retries: 1 });
    // The first answer comes while the second try waits: 165 ms after the first request's end.
    slave(one, 1, 165_000);
    const read = request();
    one.lane.submit(read);
    one.kernel.runUntil(SECOND_US);
    expect(read.outcome).toBe(ReadOutcome.done);
    expect([...read.words]).toEqual([100, 101]);
  });

  it("asks a silent unit ever more rarely, so that the others keep their time, and sees its return", () => {
    const one = site({ responseTimeoutMs: 200, retries: 1 });
    const dead = Object.assign(slave(one, 1), { silent: true });
    const alive = slave(one, 2);
    const reads = [request({ unit: 1 }), request({ unit: 2 })];
    const poll = (seconds: number) => {
      for (let i = 0; i < seconds; i++) {
        for (const read of reads) one.lane.submit(read);
        one.kernel.runUntil(one.kernel.nowUs() + SECOND_US);
      }
    };
    poll(60);
    expect(alive.asked).toHaveLength(60);
    expect(dead.asked.length).toBeLessThan(20);
    expect(one.lane.counters.skipped).toBeGreaterThan(40);
    dead.silent = false;
    poll(12);
    expect(reads[0].outcome).toBe(ReadOutcome.done);
    const before = dead.asked.length;
    poll(5);
    expect(dead.asked.length).toBe(before + 5);
    // Its old silence is forgiven: one lost answer costs no pause.
    const { skipped } = one.lane.counters;
    dead.silent = true;
    poll(1);
    dead.silent = false;
    poll(3);
    expect(one.lane.counters.skipped).toBe(skipped);
  });

  it("refuses what does not fit into its queue, and what waits in it already", () => {
    const one = site({ capacity: 3 });
    slave(one, 1);
    const reads = Array.from({ length: 6 }, () => request());
    // The first is on the line at once; three wait.
    expect(reads.map((read) => one.lane.submit(read))).toEqual([true, true, true, true, false, false]);
    expect(one.lane.submit(reads[0])).toBe(false);
    expect(one.lane.counters).toMatchObject({ requests: 4, refused: 2, peakQueue: 3 });
    one.kernel.runUntil(SECOND_US);
    expect(one.lane.submit(reads[4])).toBe(true);
  });

  it("submits again from inside onDone for ever without growing", () => {
    const one = site();
    slave(one, 1);
    const read = request();
    let done = 0;
    read.onDone = () => {
      done++;
      one.lane.submit(read);
    };
    one.lane.submit(read);
    one.kernel.runUntil(60 * SECOND_US);
    expect(done).toBeGreaterThan(1000);
  });

  it("gives up a request on a line where somebody babbles", () => {
    const one = site();
    let babble: SerialPort | undefined;
    one.line.attach((port: SerialPort) => {
      babble = port;
      return { receive: () => {} };
    });
    const tick = () => {
      babble!.transmit(Uint8Array.of(0x55), 0);
      one.kernel.after(2_000, tick);
    };
    one.kernel.after(1, tick);
    one.kernel.runUntil(10_000);
    const read = request();
    one.lane.submit(read);
    one.kernel.runUntil(15 * SECOND_US);
    expect([ReadOutcome.timeout, ReadOutcome.unreachable]).toContain(read.outcome);
    expect(read.completedUs).toBeLessThan(15 * SECOND_US);
  });

  it("finds answers on a line that echoes what it is sent", () => {
    const one = site({ localEcho: true });
    slave(one, 1);
    const read = request({ functionCode: 1, address: 0x0300, count: 17 });
    one.line.echo = true;
    one.lane.submit(read);
    one.kernel.runUntil(SECOND_US);
    expect(read.outcome).toBe(ReadOutcome.done);
    expect(read.words.every((word) => word === 1)).toBe(true);
  });

  it("ends every request when it is closed, once, and takes no more", () => {
    const one = site();
    slave(one, 1);
    const reads = Array.from({ length: 3 }, () => request());
    const ended: ReadOutcome[] = [];
    for (const read of reads) {
      read.onDone = () => ended.push(read.outcome);
      one.lane.submit(read);
    }
    one.lane.close();
    one.lane.close();
    expect(ended).toEqual([ReadOutcome.closed, ReadOutcome.closed, ReadOutcome.closed]);
    expect(one.lane.submit(request())).toBe(false);
    one.kernel.runUntil(SECOND_US);
    expect(ended).toHaveLength(3);
  });
});
