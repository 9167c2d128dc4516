/** Filters that hold values back, and chains of them. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DeadbandFilter } from "./deadband";
import { makeFilters } from "./make-filter";
import { ThrottleFilter } from "./throttle";

const S = 1_000_000;
const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const timed = fc
  .array(fc.tuple(fc.double({ min: -100, max: 100, noNaN: true }), fc.integer({ min: 1000, max: 5 * S })), {
    maxLength: 150,
  })
  .map((steps) => {
    let ticksUs = 1000;
    return steps.map(([value, stepUs]) => ({ value, stepUs, ticksUs: (ticksUs += stepUs) }));
  });

describe("the deadband", () => {
  it("publishes the first value", () => {
    expect(new DeadbandFilter(1).apply(20, 0)).toBe(20);
  });

  it("holds back what moved no more than its width from the value published last", () => {
    const percents = fc.double({ min: 0, max: 200, noNaN: true });
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 100, noNaN: true }),
        percents,
        fc.array(finite),
        (width, percent, values) => {
          const filter = new DeadbandFilter(width, percent);
          let last = Number.NaN;
          for (const value of values) {
            const result = filter.apply(value, 0);
            if (Math.abs(value - last) <= Math.max(width, Math.abs(last) * (percent / 100))) {
              expect(result).toBeNaN();
              expect(filter.standing).toBe(value);
            } else expect((last = result)).toBe(value);
          }
        },
      ),
    );
  });

  it("does not creep: many small steps add up to one that is published", () => {
    const filter = new DeadbandFilter(1);
    const published = Array.from({ length: 21 }, (_, i) => filter.apply(i * 0.1, 0)).filter(
      (value) => !Number.isNaN(value),
    );
    expect(published).toHaveLength(2);
  });

  it("publishes at least as often as its heartbeat, up to one sample", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 * S }), timed, (heartbeatUs, samples) => {
        const filter = new DeadbandFilter(1000, 0, heartbeatUs);
        let lastUs = Number.NaN;
        for (const { value, ticksUs } of samples) {
          const due = !(ticksUs - lastUs < heartbeatUs);
          expect(filter.apply(value, ticksUs)).toBe(due ? value : Number.NaN);
          if (due) lastUs = ticksUs;
        }
      }),
    );
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])("refuses a width of %d", (width) => {
    expect(() => new DeadbandFilter(width)).toThrow(RangeError);
    expect(() => new DeadbandFilter(0, width)).toThrow(RangeError);
  });
});

describe("the throttle", () => {
  it("publishes the first value and then the first one after each pause", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 * S }), timed, (everyUs, samples) => {
        const filter = new ThrottleFilter(everyUs);
        let lastUs = Number.NEGATIVE_INFINITY;
        for (const { value, ticksUs } of samples) {
          const due = ticksUs - lastUs >= everyUs;
          expect(filter.apply(value, ticksUs)).toBe(due ? value : Number.NaN);
          if (due) lastUs = ticksUs;
          else expect(filter.standing).toBe(value);
        }
      }),
    );
  });
});

describe("a chain", () => {
  const throttle = { kind: "throttle", everyMs: 10_000, heartbeatMs: 60_000 } as const;
  const deadband = { kind: "deadband", width: 1000 } as const;
  const scale = { kind: "scale", gain: 2, offset: 1 } as const;
  const run = (filter: ReturnType<typeof makeFilters>, seconds: number, value: (s: number) => number) =>
    Array.from({ length: seconds }, (_, s) => ({ s, value: filter.apply(value(s), s * S) })).filter(
      ({ value: one }) => !Number.isNaN(one),
    );

  it.each([
    ["behind", [scale, deadband, throttle]],
    ["before", [scale, throttle, deadband]],
  ] as const)("publishes at the heartbeat of a throttle what a deadband %s it holds back", (_, plans) => {
    expect(run(makeFilters(plans), 181, (s) => s)).toEqual([0, 60, 120, 180].map((s) => ({ s, value: 2 * s + 1 })));
  });

  it("begins the throttle's pause anew with a heartbeat", () => {
    const filter = makeFilters([deadband, throttle]);
    const published = run(filter, 75, (s) => (s < 61 ? 0 : 5000));
    expect(published.map(({ s }) => s)).toEqual([0, 60, 70]);
  });

  it("loses no step between a deadband and the throttle behind it", () => {
    const published = run(
      makeFilters([
        { kind: "deadband", width: 1 },
        { kind: "throttle", everyMs: 10_000 },
      ]),
      40,
      (s) => (s < 3 ? 0 : 5),
    );
    expect(published).toEqual([
      { s: 0, value: 0 },
      { s: 10, value: 5 },
    ]);
  });

  it("has no heartbeat before its first value, and none for a value that does not count", () => {
    const rate = { kind: "rate", perMs: 60_000, overMs: 100_000 } as const;
    expect(run(makeFilters([rate, throttle]), 150, () => 0).map(({ s }) => s)).toEqual([100, 110, 120, 130, 140]);
  });

  it("lets the value stand that a gate held back, in the unit that comes out", () => {
    const filter = makeFilters([scale, deadband, throttle]);
    filter.apply(1, 0);
    expect(filter.apply(2, S)).toBeNaN();
    expect(filter.standing).toBe(5);
  });

  it("lets nothing stand that a filter behind the gate was to change, nor what an outlier filter dropped", () => {
    const before = makeFilters([deadband, scale]);
    before.apply(1, 0);
    expect(before.apply(2, S)).toBeNaN();
    expect(before.standing).toBeNaN();
    const dropped = makeFilters([{ kind: "hampel", window: 3, sigmas: 3, replace: false }, throttle]);
    for (const value of [1, 1, 9]) dropped.apply(value, 0);
    expect(dropped.standing).toBeNaN();
  });
});
