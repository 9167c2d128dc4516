/** Lanes in virtual time: what is on the line when, and what becomes of each request. */
import { describe, expect, it } from "vitest";
import type { DigitalConstructor, SerialConstructor } from "../../hal/io";
import { WorldBoard } from "../../host-sim/world/board";
import { WorldClock } from "../../host-sim/world/clock";
import { Kernel } from "../../host-sim/world/kernel";
import { RandomBranch } from "../../host-sim/world/random";
import type { SerialPort } from "../emulation";
import { Priority, ReadOutcome, ReadRequest, type ReadRequestOptions } from "./read-request";
import { openRtuLane, type RtuLaneOptions } from "./rtu-client";
import { ModbusSlave } from "./slave-emulator";
import { WriteCoil, WriteRegister } from "./write-request";

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
    read.whenDone = () => done++;
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
    one.kernel.runUntil(10_000);
    const order: string[] = [];
    const named = (name: string, priority: Priority) => {
      const read = request({ priority });
      read.whenDone = () => order.push(name);
      one.lane.submit(read);
    };
    for (const name of ["a", "b", "c"]) named(name, Priority.fast);
    named("fire", Priority.alarm);
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
    first.whenDone = () => one.lane.submit(second);
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
    one.kernel.runUntil(10_000);
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
    read.whenDone = () => {
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
      read.whenDone = () => ended.push(read.outcome);
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

describe("who goes first", () => {
  it("command, alarm, fast, slow", () => {
    const one = site();
    slave(one, 1);
    const order: string[] = [];
    for (const name of ["slow", "fast", "alarm", "command"] as const) {
      const read = request({ priority: Priority[name] });
      read.whenDone = () => order.push(name);
      one.lane.submit(read);
    }
    one.kernel.runUntil(SECOND_US);
    expect(order).toEqual(["command", "alarm", "fast", "slow"]);
  });

  it("gives every eighth turn to a class that was passed over, commands excepted", () => {
    const one = site();
    slave(one, 1, 1_000);
    const turns: string[] = [];
    const often = (priority: Priority, name: string, copies: number) => {
      for (let i = 0; i < copies; i++) {
        const read = request({ priority });
        read.whenDone = () => {
          turns.push(name);
          one.lane.submit(read);
        };
        one.lane.submit(read);
      }
    };
    often(Priority.alarm, "alarm", 3);
    often(Priority.fast, "fast", 3);
    often(Priority.slow, "slow", 3);
    one.kernel.runUntil(20 * SECOND_US);
    const share = (name: string) => turns.filter((turn) => turn === name).length / turns.length;
    for (let i = 0; i + 10 <= turns.length; i++) {
      const window = turns.slice(i, i + 10);
      expect(window).toContain("slow");
      expect(window).toContain("fast");
    }
    expect(share("alarm")).toBeGreaterThan(0.7);
  });

  it("a dead unit in the alarm class does not hold up the alarms of the others, over a hundred cycles (9, item 4)", () => {
    const one = site({ responseTimeoutMs: 500 });
    Object.assign(slave(one, 1), { silent: true });
    for (let unit = 2; unit <= 8; unit++) slave(one, unit);
    const worst: number[] = [];
    const reads = Array.from({ length: 8 }, (_, i) => request({ unit: i + 1, priority: Priority.alarm }));
    for (let cycle = 0; cycle < 100; cycle++) {
      const startedUs = one.kernel.nowUs();
      for (const read of reads) one.lane.submit(read);
      one.kernel.runUntil(startedUs + 2 * SECOND_US);
      for (const read of reads.slice(1)) expect(read.outcome).toBe(ReadOutcome.done);
      worst.push(Math.max(...reads.slice(1).map((read) => read.completedUs - startedUs)));
    }
    expect(Math.max(...worst)).toBeLessThan(2 * SECOND_US);
  });
});

describe("silent units", () => {
  it("are back at work with their first answer, in every one of many outages (esphome/issues #6560)", () => {
    const one = site({ responseTimeoutMs: 200 });
    const unit = slave(one, 1);
    const other = slave(one, 2);
    const reads = [request({ unit: 1 }), request({ unit: 2 })];
    const poll = (seconds: number) => {
      for (let i = 0; i < seconds; i++) {
        for (const read of reads) one.lane.submit(read);
        one.kernel.runUntil(one.kernel.nowUs() + SECOND_US);
      }
    };
    for (let outage = 0; outage < 20; outage++) {
      unit.silent = true;
      const asked = unit.asked.length;
      poll(30);
      expect(unit.asked.length - asked).toBeLessThan(12);
      unit.silent = false;
      poll(12);
      expect(reads[0].outcome).toBe(ReadOutcome.done);
    }
    expect(other.asked).toHaveLength(20 * 42);
  });

  it("together take no more than a tenth of the time, however many they are", () => {
    const one = site({ responseTimeoutMs: 1000 });
    slave(one, 100);
    const dead = Array.from({ length: 20 }, (_, i) => request({ unit: i + 1 }));
    const alive = request({ unit: 100 });
    let answers = 0;
    alive.whenDone = () => {
      answers++;
      one.lane.submit(alive);
    };
    const poll = (seconds: number) => {
      for (let i = 0; i < seconds; i++) {
        for (const read of dead) one.lane.submit(read);
        one.kernel.runUntil(one.kernel.nowUs() + SECOND_US);
      }
    };
    one.lane.submit(alive);
    poll(200);
    answers = 0;
    poll(200);
    const shared = answers;
    const quiet = site();
    slave(quiet, 100);
    const lonely = request({ unit: 100 });
    let most = 0;
    lonely.whenDone = () => {
      most++;
      quiet.lane.submit(lonely);
    };
    quiet.lane.submit(lonely);
    quiet.kernel.runUntil(200 * SECOND_US);
    expect(shared).toBeGreaterThan(0.88 * most);
  });

  it("are probed with the patience of any request now and then: one may come back slower than it was", () => {
    const one = site({ responseTimeoutMs: 1000, retries: 0 });
    const unit = slave(one, 1, 5_000);
    const read = request();
    const poll = (seconds: number) => {
      for (let i = 0; i < seconds; i++) {
        one.lane.submit(read);
        one.kernel.runUntil(one.kernel.nowUs() + SECOND_US);
      }
    };
    poll(5);
    unit.silent = true;
    poll(10);
    unit.silent = false;
    unit.delaysUs.push(...Array.from({ length: 40 }, () => 600_000));
    poll(60);
    expect(read.outcome).toBe(ReadOutcome.done);
  });
});

describe("a broken answer", () => {
  it("costs as long as it takes, not a time-out: the next try follows when the line is quiet", () => {
    const one = site({ responseTimeoutMs: 1000 });
    const { asked } = slave(one, 1);
    const read = request({ count: 16 });
    one.lane.submit(read);
    // The request is heard whole, and the head of the answer.
    one.kernel.after(23_000, () => {
      one.line.noise = 0.5;
    });
    one.kernel.after(40_000, () => {
      one.line.noise = 0;
    });
    one.kernel.runUntil(SECOND_US);
    expect(asked).toHaveLength(2);
    expect(read.outcome).toBe(ReadOutcome.done);
    expect(read.completedUs).toBeLessThan(250_000);
    expect(one.lane.counters).toMatchObject({ garbled: 1, timeouts: 0, retries: 1 });
  });
});

describe("requests to one unit after a time-out", () => {
  it("wait until no late answer can be taken for theirs, and do not hold up other units", () => {
    const one = site({ responseTimeoutMs: 200, retries: 0 });
    const first = Object.assign(slave(one, 1), { silent: true });
    slave(one, 2);
    const lost = request({ unit: 1, address: 100 });
    const held = request({ unit: 1, address: 500 });
    const others = Array.from({ length: 5 }, (_, i) => request({ unit: 2, address: i }));
    one.lane.submit(lost);
    one.kernel.runUntil(100_000);
    for (const read of [held, ...others]) one.lane.submit(read);
    one.kernel.runUntil(260_000);
    first.silent = false;
    one.kernel.runUntil(SECOND_US);
    expect(lost.outcome).toBe(ReadOutcome.timeout);
    expect(held.outcome).toBe(ReadOutcome.done);
    // Three time-outs after the first request, counted from the end of its frame.
    expect(held.completedUs).toBeGreaterThan(600_000);
    for (const read of others) expect(read.completedUs).toBeLessThan(450_000);
  });

  it("a request that comes meanwhile to another unit is sent at once", () => {
    const one = site({ responseTimeoutMs: 200, retries: 0 });
    Object.assign(slave(one, 1), { silent: true });
    slave(one, 2);
    one.lane.submit(request({ unit: 1, address: 100 }));
    one.lane.submit(request({ unit: 1, address: 500 }));
    one.kernel.runUntil(300_000);
    const late = request({ unit: 2 });
    one.lane.submit(late);
    one.kernel.runUntil(340_000);
    expect(late.outcome).toBe(ReadOutcome.done);
  });
});

describe("writes", () => {
  it("are tried once: nobody knows whether an unanswered one was carried out", () => {
    const one = site({ responseTimeoutMs: 200, retries: 2 });
    const heard = listen(one);
    const write = new WriteRegister({ unit: 1, address: 7, value: 1 });
    one.lane.submit(write);
    one.kernel.runUntil(5 * SECOND_US);
    expect(write.outcome).toBe(ReadOutcome.timeout);
    expect(heard.frames).toHaveLength(1);
    const again = new WriteRegister({ unit: 1, address: 7, value: 1, retries: 1 });
    one.lane.submit(again);
    one.kernel.runUntil(10 * SECOND_US);
    expect(heard.frames).toHaveLength(3);
  });

  it("go before all reads", () => {
    const one = site({ responseTimeoutMs: 100, retries: 0 });
    const heard = listen(one);
    one.kernel.runUntil(10_000);
    for (let i = 0; i < 3; i++) one.lane.submit(request({ unit: 2, priority: Priority.alarm }));
    one.lane.submit(new WriteCoil({ unit: 1, address: 7, on: true }));
    one.kernel.runUntil(250_000);
    expect(heard.frames.map((frame) => frame[0])).toEqual([2, 1]);
  });

  it("to unit 0 are answered by nobody, and the line is left alone meanwhile", () => {
    const one = site({ responseTimeoutMs: 1000 });
    const heard = listen(one);
    one.kernel.runUntil(10_000);
    const write = new WriteRegister({ unit: 0, address: 7, value: 1 });
    one.lane.submit(write);
    one.lane.submit(request());
    one.kernel.runUntil(SECOND_US);
    expect(write.outcome).toBe(ReadOutcome.done);
    expect(heard.atUs[1] - heard.atUs[0]).toBeGreaterThan(100_000);
    expect(one.lane.counters.timeouts).toBe(0);
  });
});

describe("the driver of an RS-485 line", () => {
  it("is on from before the frame until behind its last stop bit", () => {
    const changes: [number, number][] = [];
    const kernel = new Kernel();
    const clock = new WorldClock(kernel, 0);
    const board = new WorldBoard(kernel, new RandomBranch(1));
    const Digital = board.io.Digital as DigitalConstructor;
    class Spy extends Digital {
      override write(value: number): void {
        changes.push([clock.nowUs(), value]);
        super.write(value);
      }
    }
    const lane = openRtuLane({
      io: board.io.Serial as SerialConstructor,
      serialOptions: { port: 1, baud: BAUD },
      clock,
      log: { info: () => {}, warn: () => {} },
      driverEnable: { io: Spy, pin: 4 },
    });
    kernel.runUntil(10_000);
    lane.submit(request());
    kernel.runUntil(100_000);
    const frameUs = 8 * CHARACTER_US;
    expect(changes.map(([, value]) => value)).toEqual([1, 0]);
    expect(changes[0][0]).toBe(10_000);
    expect(changes[1][0] - 10_000).toBeGreaterThan(frameUs);
    // Before a slave may answer.
    expect(changes[1][0] - 10_000).toBeLessThan(frameUs + 3.5 * CHARACTER_US);
    lane.close();
  });
});

/** Somebody who hears all frames and says nothing. */
function listen({ kernel, line }: Site) {
  const heard = { frames: [] as number[][], atUs: [] as number[] };
  let lastUs = -SECOND_US;
  line.attach(() => ({
    receive: (bytes) => {
      if (kernel.nowUs() - lastUs > 3.5 * CHARACTER_US) {
        heard.frames.push([]);
        heard.atUs.push(kernel.nowUs());
      }
      lastUs = kernel.nowUs();
      heard.frames.at(-1)!.push(...bytes);
    },
  }));
  return heard;
}
