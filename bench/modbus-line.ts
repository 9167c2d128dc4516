/**
 * Thirty-two units on one line of 9,600 baud, each wanted every 3 s: how regularly the healthy ones are polled when three are
 * dead, one is slow and one is noisy, against the same line without those five. In virtual time, so that the figures are exact.
 *
 * The rivals are modelled: a loop that awaits one unit after another and goes on when the answer or the time-out has come, as
 * programs with those libraries are written (neither has a scheduler). Their frames are ours; a broken answer is one that does
 * not come, as both libraries have it. What differs is the time-out: 1 s, as modbus-serial's examples set it, and 5 s,
 * jsmodbus's default.
 */
import { ReadRequest } from "../drivers/modbus/read-request";
import { Outcome } from "../drivers/modbus/request";
import { openRtuLane } from "../drivers/modbus/rtu-client";
import { RtuFraming } from "../drivers/modbus/rtu-framing";
import { ModbusSlave } from "../drivers/modbus/slave-emulator";
import { SlaveFaults } from "../drivers/modbus/slave-faults";
import type { SerialConstructor } from "../hal/io";
import { WorldBoard } from "../host-sim/world/board";
import { WorldClock } from "../host-sim/world/clock";
import { Kernel } from "../host-sim/world/kernel";
import { RandomBranch } from "../host-sim/world/random";
import { table } from "./table";

const UNITS = 32;
const DEAD = [8, 16, 24];
const SLOW = 12;
const NOISY = 20;
const SICK = [...DEAD, SLOW, NOISY];
const REGISTERS = 16;
const BAUD = 9_600;
/** All of them together take some 2.25 s: three quarters of the line, near the most that `argand validate` allows. */
const PERIOD_US = 3_000_000;
const TURNAROUND_US = 10_000;
const SLOW_TURNAROUND_US = 400_000;
/** Share of the noisy unit's answers that are damaged. */
const NOISE = 0.3;
const SECOND_US = 1_000_000;
/** Until a lane knows who is silent. */
const WARM_UP_US = 60 * SECOND_US;

type Line = ReturnType<typeof makeLine>;
type Loop = (line: Line, units: readonly number[], answered: (unit: number) => void) => void;

function makeLine() {
  const kernel = new Kernel();
  const board = new WorldBoard(kernel, new RandomBranch(1));
  for (let unit = 1; unit <= UNITS; unit++) {
    const faults = new SlaveFaults(new RandomBranch(100 + unit));
    if (DEAD.includes(unit)) faults.silent = 1;
    if (unit === NOISY) faults.garbled = NOISE;
    board.serial(1).attach(
      (port) =>
        new ModbusSlave({
          unit,
          turnaroundUs: unit === SLOW ? SLOW_TURNAROUND_US : TURNAROUND_US,
          transmit: (bytes, delayUs) => port.transmit(bytes, delayUs),
          faults,
          read: (_functionCode, address, count, into) => {
            for (let i = 0; i < count; i++) into[i] = address + i;
            return 0;
          },
        }),
    );
  }
  return { kernel, clock: new WorldClock(kernel, 0), Serial: board.io.Serial as SerialConstructor };
}

const requestTo = (unit: number) => new ReadRequest({ unit, functionCode: 3, address: 100, count: REGISTERS });

/** All units are handed to the lane at each period, as devices of a gateway do. */
const argand: Loop = ({ kernel, clock, Serial }, units, answered) => {
  const log = { info: () => {}, warn: () => {} };
  const lane = openRtuLane({ io: Serial, serialOptions: { port: 1, baud: BAUD }, clock, log });
  const requests = units.map((unit) => {
    const request = requestTo(unit);
    request.whenDone = () => {
      if (request.outcome === Outcome.done) answered(unit);
    };
    return request;
  });
  const tick = () => {
    for (const request of requests) lane.submit(request);
    kernel.after(PERIOD_US, tick);
  };
  kernel.after(1, tick);
};

/** One unit after another; the next round begins with the next period, or at once when that has passed. */
const naive =
  (timeoutUs: number): Loop =>
  ({ kernel, clock, Serial }, units, answered) => {
    const framing = new RtuFraming();
    const timer = clock.timer(() => next());
    let at = -1;
    let roundUs = 0;
    let request: ReadRequest | undefined;
    const port = new Serial({
      port: 1,
      baud: BAUD,
      format: "buffer",
      onReadable() {
        const bytes = new Uint8Array((this.read() as ArrayBuffer | undefined) ?? new ArrayBuffer(0));
        for (const byte of bytes) framing.push(Uint8Array.of(byte), 1);
        if (request === undefined || !framing.next(request)) return;
        answered(request.unit);
        next();
      },
    });
    const next = () => {
      request = undefined;
      at++;
      if (at < units.length) {
        request = requestTo(units[at]);
        framing.clear();
        port.write(framing.frame(request));
        timer.arm(kernel.nowUs() + timeoutUs);
        return;
      }
      at = -1;
      roundUs = Math.max(roundUs + PERIOD_US, kernel.nowUs());
      timer.arm(roundUs);
    };
    timer.arm(1);
  };

function measure(loop: Loop, units: readonly number[], seconds: number) {
  const line = makeLine();
  const lastUs = new Map<number, number>();
  const periods: number[] = [];
  loop(line, units, (unit) => {
    const nowUs = line.kernel.nowUs();
    const before = lastUs.get(unit);
    lastUs.set(unit, nowUs);
    if (before !== undefined && nowUs > WARM_UP_US && !SICK.includes(unit)) periods.push(nowUs - before);
  });
  line.kernel.runUntil(WARM_UP_US + seconds * SECOND_US);
  periods.sort((a, b) => a - b);
  return { p99: periods[Math.floor(periods.length * 0.99)], worst: periods[periods.length - 1] };
}

export type ModbusLine = { readonly name: string; readonly ratio: number };

/** @param seconds of the line, in virtual time */
export function benchModbusLine(seconds: number): readonly ModbusLine[] {
  const all = Array.from({ length: UNITS }, (_, i) => i + 1);
  const healthy = all.filter((unit) => !SICK.includes(unit));
  const loops: readonly [string, Loop][] = [
    ["argand", argand],
    ["loop as with modbus-serial, time-out 1 s", naive(1_000_000)],
    ["loop as with jsmodbus, time-out 5 s", naive(5_000_000)],
  ];
  const results: ModbusLine[] = [];
  const rows = loops.map(([name, loop]) => {
    const without = measure(loop, healthy, seconds);
    const among = measure(loop, all, seconds);
    results.push({ name, ratio: among.p99 / without.p99 });
    const ms = (us: number) => (us / 1000).toFixed(0);
    return [
      name,
      ms(without.p99),
      ms(among.p99),
      `${((among.p99 / without.p99 - 1) * 100).toFixed(1)} %`,
      ms(among.worst),
    ];
  });
  table(
    `${UNITS} units on one line of ${BAUD} baud, wanted every ${PERIOD_US / 1000} ms; 3 dead, 1 slow, 1 noisy: poll period of the healthy ones over ${seconds} s, in ms (goal: p99 within 10 %)`,
    ["master", "p99 without the sick", "p99 with them", "longer by", "longest"],
    rows,
  );
  return results;
}
