/** Polls against a lane that answers from a list of the addresses that a unit has. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WorldClock } from "../../host-sim/world/clock";
import { Kernel } from "../../host-sim/world/kernel";
import { planBlocks, type Span } from "./blocks";
import type { ModbusLane } from "./lane";
import { Poll, type PollBlock } from "./poll";
import type { ReadRequest } from "./read-request";
import { type ModbusRequest, Outcome, Priority } from "./request";

/** `has`: which addresses the unit answers for; others are exception 02, as a read that touches one is. */
function site(spans: readonly Span[], has: (address: number) => boolean, maxGap = 12) {
  const kernel = new Kernel();
  const unit = { has, silent: false, asked: [] as [number, number][], full: false };
  const told = { read: new Map<number, number>(), failed: [] as Outcome[], refused: [] as number[], polls: 0 };
  const lane: ModbusLane = {
    counters: {} as never,
    submit(request: ModbusRequest) {
      if (unit.full) return false;
      const read = request as ReadRequest;
      unit.asked.push([read.address, read.count]);
      const addresses = Array.from({ length: read.count }, (_, i) => read.address + i);
      if (unit.silent) read.outcome = Outcome.timeout;
      else if (addresses.every(unit.has)) {
        read.outcome = Outcome.done;
        addresses.forEach((address, i) => {
          read.words[i] = address;
        });
      } else {
        read.outcome = Outcome.exception;
        read.exceptionCode = 2;
      }
      read.onDone?.();
      return true;
    },
    close() {},
  };
  const poll = new Poll({
    lane,
    clock: new WorldClock(kernel, 0),
    unit: 1,
    functionCode: 3,
    priority: Priority.fast,
    spans,
    blocks: planBlocks(spans, { maxCount: 125, maxGap }),
    listener: {
      blockRead(block: PollBlock) {
        block.spans.forEach((index, i) => {
          told.read.set(index, block.request.words[block.offsets[i]]);
        });
      },
      blockFailed: (_block, outcome) => told.failed.push(outcome),
      blockRefused: (block) => told.refused.push(...block.spans),
      pollDone: () => told.polls++,
    },
  });
  return { kernel, unit, told, poll };
}

const singles = (...addresses: number[]) => addresses.map((address) => ({ address, count: 1 }));

describe("a poll", () => {
  it("reads every value that the unit has, whatever else was in the same read (telegraf #14671)", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat(120), { minLength: 1, maxLength: 40 }),
        fc.uniqueArray(fc.nat(120), { maxLength: 20 }),
        (wanted, missing) => {
          const one = site(singles(...wanted), (address) => !missing.includes(address));
          one.poll.start(0);
          expect(one.told.polls).toBe(1);
          wanted.forEach((address, index) => {
            if (missing.includes(address)) expect(one.told.refused).toContain(index);
            else expect(one.told.read.get(index)).toBe(address);
          });
          // What was learned is not asked again.
          one.unit.asked.length = 0;
          one.told.refused.length = 0;
          one.poll.start(1);
          expect(one.told.polls).toBe(2);
          expect(one.told.refused).toEqual([]);
          for (const [address, count] of one.unit.asked)
            for (let i = 0; i < count; i++) expect(missing).not.toContain(address + i);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("tries the plan as it was after an hour: a panel that was being programmed refuses everything", () => {
    const one = site(singles(0, 1, 2, 3), () => false);
    one.poll.start(0);
    expect(one.told.refused).toEqual([0, 1, 2, 3]);
    one.unit.has = () => true;
    one.unit.asked.length = 0;
    one.poll.start(3_599_000_000);
    expect(one.unit.asked).toEqual([]);
    one.poll.start(3_600_000_000);
    expect(one.unit.asked).toEqual([[0, 4]]);
    expect(one.told.read.size).toBe(4);
  });

  it("splits nothing for a time-out, and goes on with the next block", () => {
    const one = site(singles(0, 1, 200, 201), () => true);
    one.unit.silent = true;
    one.poll.start(0);
    expect(one.told.failed).toEqual([Outcome.timeout, Outcome.timeout]);
    expect(one.poll.blocks).toHaveLength(2);
    expect(one.poll.isRunning).toBe(false);
  });

  it("ends when the lane takes nothing, and is told of every block", () => {
    const one = site(singles(0, 200), () => true);
    one.unit.full = true;
    expect(one.poll.start(0)).toBe(true);
    expect(one.told.failed).toEqual([Outcome.idle, Outcome.idle]);
    expect(one.told.polls).toBe(1);
  });

  it("tells nothing when it was closed", () => {
    const one = site(singles(0), () => true);
    one.poll.close();
    expect(one.poll.start(0)).toBe(false);
    expect(one.told.polls).toBe(0);
  });
});
