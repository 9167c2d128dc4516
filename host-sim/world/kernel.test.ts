import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Kernel, WorldEvent } from "./kernel";

describe("Kernel", () => {
  it("starts at zero with nothing due", () => {
    const kernel = new Kernel();
    expect([kernel.nowUs(), kernel.nextUs(), kernel.executed]).toEqual([0, Number.POSITIVE_INFINITY, 0]);
  });

  it("runs events in order of due time, the clock standing at each", () => {
    const kernel = new Kernel();
    const seen: number[] = [];
    for (const due of [30, 10, 20]) kernel.at(due, () => seen.push(kernel.nowUs()));
    expect(kernel.nextUs()).toBe(10);
    kernel.runUntil(100);
    expect(seen).toEqual([10, 20, 30]);
    expect([kernel.nowUs(), kernel.executed]).toEqual([100, 3]);
  });

  it("runs events of the same instant in the order in which they were scheduled", () => {
    const kernel = new Kernel();
    const seen: string[] = [];
    for (const name of ["a", "b", "c"]) kernel.at(5, () => seen.push(name));
    kernel.runUntil(5);
    expect(seen).toEqual(["a", "b", "c"]);
  });

  it("counts scheduling again as scheduling anew", () => {
    const kernel = new Kernel();
    const seen: string[] = [];
    const a = kernel.at(5, () => seen.push("a"));
    kernel.at(5, () => seen.push("b"));
    kernel.schedule(a, 5);
    kernel.runUntil(5);
    expect(seen).toEqual(["b", "a"]);
  });

  it("runs up to and including the time it is told, and no further", () => {
    const kernel = new Kernel();
    const seen: number[] = [];
    for (const due of [9, 10, 11]) kernel.at(due, () => seen.push(due));
    kernel.runUntil(10);
    expect(seen).toEqual([9, 10]);
    kernel.runUntil(5);
    expect(kernel.nowUs()).toBe(10);
  });

  it("takes a time in the past for now", () => {
    const kernel = new Kernel();
    kernel.runUntil(50);
    const seen: number[] = [];
    kernel.at(10, () => seen.push(kernel.nowUs()));
    kernel.runUntil(50);
    expect(seen).toEqual([50]);
  });

  it("runs what an event schedules for the same instant, after what waits there already", () => {
    const kernel = new Kernel();
    const seen: string[] = [];
    kernel.at(5, () => {
      seen.push("a");
      kernel.after(0, () => seen.push("c"));
    });
    kernel.at(5, () => seen.push("b"));
    kernel.runUntil(5);
    expect(seen).toEqual(["a", "b", "c"]);
  });

  it("forgets a cancelled event; cancelling twice or after it ran does nothing", () => {
    const kernel = new Kernel();
    const seen: string[] = [];
    const a = kernel.at(5, () => seen.push("a"));
    const b = kernel.at(6, () => seen.push("b"));
    kernel.cancel(a);
    kernel.cancel(a);
    kernel.runUntil(10);
    kernel.cancel(b);
    expect(seen).toEqual(["b"]);
    expect(kernel.nextUs()).toBe(Number.POSITIVE_INFINITY);
  });

  it("keeps the order when the last event of its heap takes the place of a cancelled one below a later parent", () => {
    const kernel = new Kernel();
    const seen: number[] = [];
    const events = [1, 10, 2, 11, 12, 3, 4].map((due) => kernel.at(due, () => seen.push(due)));
    kernel.cancel(events[3]);
    kernel.runUntil(100);
    expect(seen).toEqual([1, 2, 3, 4, 10, 12]);
  });

  it("keeps the order when events schedule, cancel, ask and throw while they run", () => {
    const act = fc.record({
      what: fc.constantFrom("schedule", "schedule", "cancel", "ask", "throw"),
      event: fc.nat(9),
      inUs: fc.nat(6),
    });
    fc.assert(
      fc.property(fc.array(fc.array(act, { maxLength: 3 }), { minLength: 1, maxLength: 60 }), (script) => {
        const kernel = new Kernel();
        const ran: string[] = [];
        const expected: string[] = [];
        let waiting: { event: number; dueUs: number; order: number }[] = [];
        let order = 0;
        let at = 0;
        const put = (event: number, dueUs: number) => {
          waiting = waiting.filter((entry) => entry.event !== event);
          waiting.push({ event, dueUs, order: ++order });
          kernel.schedule(events[event], dueUs);
        };
        const next = () => waiting.reduce((least, { dueUs }) => Math.min(least, dueUs), Number.POSITIVE_INFINITY);
        const events = Array.from(
          { length: 10 },
          (_, i) =>
            new WorldEvent(() => {
              waiting.sort((a, b) => a.dueUs - b.dueUs || a.order - b.order);
              const due = waiting.shift()!;
              expected.push(`${due.dueUs} ${due.event}`);
              ran.push(`${kernel.nowUs()} ${i}`);
              for (const { what, event, inUs } of script[at++] ?? []) {
                if (what === "schedule") put(event, kernel.nowUs() + inUs);
                else if (what === "ask") expect(kernel.nextUs()).toBe(next());
                else if (what === "throw") throw new Error("in the middle");
                else {
                  waiting = waiting.filter((entry) => entry.event !== event);
                  kernel.cancel(events[event]);
                }
              }
            }),
        );
        for (let i = 0; i < 10; i++) put(i, i % 4);
        for (let turn = 0; turn < 80; turn++)
          try {
            kernel.runUntil(200);
          } catch (error) {
            expect((error as Error).message).toBe("in the middle");
            // Whoever caught it may schedule, and cancel, what has just run too.
            if (turn % 3 === 0) put(turn % 10, kernel.nowUs() + 1);
            if (turn % 3 === 1) {
              waiting = waiting.filter((entry) => entry.event !== turn % 10);
              kernel.cancel(events[turn % 10]);
            }
          }
        expect(ran).toEqual(expected);
        expect(waiting).toEqual([]);
        expect(kernel.nextUs()).toBe(Number.POSITIVE_INFINITY);
      }),
    );
  });

  it("keeps the order (due time, order of scheduling) through any mix of schedule, re-schedule and cancel", () => {
    const step = fc.record({
      what: fc.constantFrom("schedule", "schedule", "schedule", "cancel", "run"),
      event: fc.nat(39),
      dueUs: fc.nat(40),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const kernel = new Kernel();
        const ran: number[] = [];
        const events = Array.from({ length: 40 }, (_, i) => new WorldEvent(() => ran.push(i)));
        // The model: a list, searched for its smallest.
        let waiting: { event: number; dueUs: number; order: number }[] = [];
        const expected: number[] = [];
        let order = 0;
        const runModel = (untilUs: number): void => {
          const due = waiting.filter((entry) => entry.dueUs <= untilUs);
          due.sort((a, b) => a.dueUs - b.dueUs || a.order - b.order);
          expected.push(...due.map((entry) => entry.event));
          waiting = waiting.filter((entry) => entry.dueUs > untilUs);
        };
        for (const { what, event, dueUs } of steps) {
          if (what === "run") {
            const untilUs = kernel.nowUs() + dueUs;
            kernel.runUntil(untilUs);
            runModel(untilUs);
            continue;
          }
          waiting = waiting.filter((entry) => entry.event !== event);
          if (what === "cancel") kernel.cancel(events[event]);
          else {
            const atUs = kernel.nowUs() + dueUs - 10;
            kernel.schedule(events[event], atUs);
            waiting.push({ event, dueUs: Math.max(atUs, kernel.nowUs()), order: order++ });
          }
        }
        kernel.runUntil(kernel.nowUs() + 100);
        runModel(Number.POSITIVE_INFINITY);
        expect(ran).toEqual(expected);
        expect(kernel.executed).toBe(expected.length);
      }),
    );
  });
});
