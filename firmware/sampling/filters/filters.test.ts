/** Each filter against a plain reference: arrays, sort, and the definition. Times are in microseconds. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AverageFilter } from "./average";
import { CalibrateFilter } from "./calibrate";
import { ClampFilter } from "./clamp";
import { DebounceFilter } from "./debounce";
import { ExtremeFilter } from "./extreme";
import type { Filter } from "./filter";
import { HampelFilter } from "./hampel";
import { MAX_MEDIAN_WINDOW, MedianFilter } from "./median";
import { MedianOf3Filter } from "./median-of-3";
import { MedianOf5Filter } from "./median-of-5";
import { QuantileFilter } from "./quantile";
import { RateFilter } from "./rate";
import { ScaleFilter } from "./scale";
import { SmoothFilter, SmoothOverFilter } from "./smooth";

const S = 1_000_000;
/** Any finite number; -0 is 0, since filters compare and do not tell them apart. */
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
/** What sensors give: small, often repeated. */
const reading = fc
  .oneof(fc.double({ min: -1000, max: 1000, noNaN: true }), fc.integer({ min: -3, max: 3 }))
  .map((v) => v + 0);
const readings = fc.array(reading, { maxLength: 200 });
const window = (min: number, max: number) => fc.integer({ min, max });
const oddWindow = (min: number) =>
  fc.integer({ min: (min - 1) / 2, max: (MAX_MEDIAN_WINDOW - 1) / 2 }).map((half) => 2 * half + 1);
/** Samples at any distance from 1 ms to 5 s. */
const timed = fc.array(fc.tuple(reading, fc.integer({ min: 1000, max: 5 * S })), { maxLength: 150 }).map((steps) => {
  let ticksUs = 1000;
  return steps.map(([value, stepUs]) => ({ value, ticksUs: (ticksUs += stepUs) }));
});

const ascending = (values: readonly number[]) => [...values].sort((a, b) => a - b);
const lowerMedian = (values: readonly number[]) => ascending(values)[(values.length - 1) >> 1];
const last = (values: readonly number[], index: number, count: number) =>
  values.slice(Math.max(0, index + 1 - count), index + 1);
const run = (filter: Filter, values: readonly number[]) => values.map((value, i) => filter.apply(value, i * S));

describe("scale", () => {
  it("multiplies, then adds", () => {
    fc.assert(
      fc.property(reading, reading, reading, (gain, offset, value) => {
        expect(new ScaleFilter(gain, offset).apply(value)).toBe(value * gain + offset);
      }),
    );
  });

  it("stays in the range of doubles", () => {
    expect(new ScaleFilter(1e300, 0).apply(1e300)).toBe(Number.MAX_VALUE);
    expect(new ScaleFilter(-1e300, 0).apply(1e300)).toBe(-Number.MAX_VALUE);
  });

  it("refuses what is no number", () => {
    expect(() => new ScaleFilter(Number.NaN, 0)).toThrow("scale: gain");
    expect(() => new ScaleFilter(1, Number.POSITIVE_INFINITY)).toThrow("scale: offset");
  });
});

describe("calibrate", () => {
  const points = fc
    .uniqueArray(fc.integer({ min: -500, max: 500 }), { minLength: 2, maxLength: 12 })
    .chain((xs) => fc.tuple(...ascending(xs).map((x) => fc.tuple(fc.constant(x), fc.integer({ min: -500, max: 500 })))))
    .map((list) => list as unknown as [number, number][]);

  it("gives the true value of each point, whatever came before", () => {
    fc.assert(
      fc.property(
        points,
        fc.constantFrom("clamp" as const, "extrapolate" as const),
        readings,
        (table, outside, before) => {
          const filter = new CalibrateFilter(table, outside);
          for (const [x, y] of table) {
            run(filter, before);
            expect(filter.apply(x)).toBe(y);
          }
        },
      ),
    );
  });

  it("is the straight line between the points around a reading, and outside what was chosen", () => {
    fc.assert(
      fc.property(
        points,
        fc.constantFrom("clamp" as const, "extrapolate" as const),
        readings,
        (table, outside, values) => {
          const filter = new CalibrateFilter(table, outside);
          for (const value of values) {
            const [first, end] = [table[0], table[table.length - 1]];
            const inside = Math.min(Math.max(value, first[0]), end[0]);
            const above = Math.min(
              Math.max(
                table.findIndex(([x]) => x > value),
                value < first[0] ? 1 : -1,
              ),
              table.length - 1,
            );
            const right = above <= 0 ? table.length - 1 : above;
            const [[x0, y0], [x1, y1]] = [table[right - 1], table[right]];
            const at = outside === "clamp" ? inside : value;
            expect(filter.apply(value)).toBeCloseTo(y0 + ((at - x0) / (x1 - x0)) * (y1 - y0), 6);
          }
        },
      ),
    );
  });

  it("stays in the range of doubles", () => {
    const table = [[-1, -10], [1, 10]] as const; // biome-ignore format: a table
    expect(new CalibrateFilter(table, "extrapolate").apply(Number.MAX_VALUE)).toBe(Number.MAX_VALUE);
    expect(new CalibrateFilter(table, "extrapolate").apply(-Number.MAX_VALUE)).toBe(-Number.MAX_VALUE);
    const far = [[-Number.MAX_VALUE, 1], [0, 2]] as const; // biome-ignore format: a table
    expect(new CalibrateFilter(far, "clamp").apply(Number.MAX_VALUE)).toBe(2);
  });

  it.each([
    ["one point", [[0, 0]]],
    ["a reading twice", [[0, 0], [0, 1]]], // biome-ignore format: a table
    ["falling readings", [[1, 0], [0, 1]]], // biome-ignore format: a table
    ["a wall", [[0, 0], [5e-324, 1e300]]], // biome-ignore format: a table
    ["no number", [[0, 0], [1, Number.NaN]]], // biome-ignore format: a table
  ] as [string, [number, number][]][])("refuses %s", (_, table) => {
    expect(() => new CalibrateFilter(table, "clamp")).toThrow(RangeError);
  });
});

describe("clamp", () => {
  it("keeps a value between its limits", () => {
    fc.assert(
      fc.property(finite, finite, finite, (a, b, value) => {
        const [min, max] = ascending([a, b]);
        expect(new ClampFilter(min, max).apply(value)).toBe(Math.min(Math.max(value, min), max));
      }),
    );
  });

  it("may have one limit only", () => {
    expect(new ClampFilter(Number.NEGATIVE_INFINITY, 5).apply(-1e300)).toBe(-1e300);
  });

  it("refuses limits the wrong way round", () => {
    expect(() => new ClampFilter(1, 0)).toThrow("clamp");
  });
});

describe("the median", () => {
  const isMedian = (make: () => Filter, size: number, values: readonly number[]) => {
    const filter = make();
    values.forEach((value, index) => {
      expect(filter.apply(value, 0)).toBe(lowerMedian(last(values, index, size)));
    });
  };

  it("is the middle one of the last samples, as a plain sort finds it", () => {
    fc.assert(
      fc.property(oddWindow(1), fc.oneof(fc.array(finite, { maxLength: 200 }), readings), (size, values) =>
        isMedian(() => new MedianFilter(size), size, values),
      ),
    );
  });

  it("is the same of three and of five, which do without an array", () => {
    fc.assert(
      fc.property(fc.oneof(fc.array(finite, { maxLength: 100 }), readings), (values) => {
        isMedian(() => new MedianOf3Filter(), 3, values);
        isMedian(() => new MedianOf5Filter(), 5, values);
      }),
    );
  });

  it("lets a single outlier pass unseen", () => {
    for (const filter of [new MedianFilter(3), new MedianOf3Filter()])
      expect(run(filter, [20, 21, 85, 21, 20])).toEqual([20, 20, 21, 21, 21]);
  });

  it.each([0, 2, 4, 33, 1.5, Number.NaN])("refuses a window of %d", (size) => {
    expect(() => new MedianFilter(size)).toThrow("odd number");
  });
});

describe("hampel", () => {
  const judge = (recent: readonly number[], value: number, sigmas: number) => {
    const median = lowerMedian(recent);
    const deviation = lowerMedian(recent.map((one) => Math.abs(one - median)));
    return { median, isOutlier: Math.abs(value - median) > deviation * (sigmas * 1.4826) };
  };

  it("replaces or drops what lies further from the median than so many scaled deviations", () => {
    const sigmas = fc.double({ min: 0.5, max: 5, noNaN: true });
    fc.assert(
      fc.property(oddWindow(3), sigmas, fc.boolean(), readings, (size, limit, replace, values) => {
        const filter = new HampelFilter(size, limit, replace);
        values.forEach((value, index) => {
          const { median, isOutlier } = judge(last(values, index, size), value, limit);
          const passes = index + 1 < size || !isOutlier;
          expect(filter.apply(value)).toBe(passes ? value : replace ? median : Number.NaN);
        });
      }),
    );
  });

  it("takes an outlier out of noise and leaves the noise as it is", () => {
    const noise = [20, 20.2, 19.9, 20.1, 20, 19.8, 20.1, 85, 20.1, 20];
    expect(run(new HampelFilter(7, 3, true), noise)).toEqual(noise.map((value) => (value === 85 ? 20.1 : value)));
    expect(run(new HampelFilter(7, 3, false), noise)[7]).toBeNaN();
  });

  it("sees a step of a constant signal when it is half a window old", () => {
    const step = [1, 1, 1, 1, 1, 2, 2, 2, 2];
    expect(run(new HampelFilter(5, 3, true), step)).toEqual([1, 1, 1, 1, 1, 1, 1, 2, 2]);
  });

  it.each([1, 4, 33])("refuses a window of %d", (size) => {
    expect(() => new HampelFilter(size, 3, true)).toThrow("odd number");
  });
});

describe("the moving average", () => {
  it("is the mean of the last samples, and lies between the smallest and the largest of them", () => {
    fc.assert(
      fc.property(window(2, 40), readings, (size, values) => {
        const filter = new AverageFilter(size);
        values.forEach((value, index) => {
          const recent = last(values, index, size);
          const mean = filter.apply(value);
          expect(mean).toBeCloseTo(recent.reduce((sum, one) => sum + one, 0) / recent.length, 9);
          expect(mean).toBeGreaterThanOrEqual(Math.min(...recent) - 1e-9);
          expect(mean).toBeLessThanOrEqual(Math.max(...recent) + 1e-9);
        });
      }),
    );
  });

  it("does not drift: after a million samples it is as near as after the first window", () => {
    const size = 100;
    const filter = new AverageFilter(size);
    const recent = new Float64Array(size);
    let worst = 0;
    let noise = 1;
    for (let i = 0; i < 1_000_000; i++) {
      noise = (Math.imul(noise, 1_103_515_245) + 12_345) & 0x7fff_ffff;
      // Huge at times, so that a sum which subtracts would lose the small ones.
      const value = i % 997 === 0 ? 1e15 : noise / 1e7;
      recent[i % size] = value;
      const mean = filter.apply(value);
      if (i < size || i % 61 !== 0) continue;
      const exact = recent.reduce((sum, one) => sum + one, 0) / size;
      worst = Math.max(worst, Math.abs(mean - exact) / exact);
    }
    expect(worst).toBeLessThan(size * 2 ** -52);
  });

  it("is exact where sums are: of a constant, that constant", () => {
    expect(new Set(run(new AverageFilter(7), Array(100).fill(21.5)))).toEqual(new Set([21.5]));
  });

  it("stays in the range of doubles, and comes back", () => {
    const filter = new AverageFilter(2);
    const big = Number.MAX_VALUE;
    expect(run(filter, [big, big, -big, 4, 6, 8])).toEqual([big, big, 0, -big / 2, 5, 7]);
  });

  it.each([1, 257, 2.5])("refuses a window of %d", (size) => {
    expect(() => new AverageFilter(size)).toThrow("2 to 256");
  });
});

describe("the exponential average", () => {
  it("moves by its factor of the distance, from the first sample on", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 1, noNaN: true }), readings, (factor, values) => {
        const filter = new SmoothFilter(factor);
        let average = values[0];
        values.forEach((value, index) => {
          if (index > 0) average += (value - average) * factor;
          expect(filter.apply(value)).toBe(average);
        });
      }),
    );
  });

  it("with a time constant counts a sample by the time since the one before", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1000, max: 100 * S }), timed, (tauUs, samples) => {
        const filter = new SmoothOverFilter(tauUs);
        let average = Number.NaN;
        let lastUs = 0;
        for (const { value, ticksUs } of samples) {
          const sinceUs = ticksUs - lastUs;
          lastUs = ticksUs;
          average = Number.isNaN(average) ? value : average + (value - average) * (sinceUs / (tauUs + sinceUs));
          expect(filter.apply(value, ticksUs)).toBe(average);
        }
      }),
    );
  });

  it("with a time constant follows a step as far however often it is sampled, when that is often", () => {
    const valueAfter = (stepUs: number) => {
      const filter = new SmoothOverFilter(10 * S);
      filter.apply(0, 0);
      let result = 0;
      for (let ticksUs = stepUs; ticksUs <= 10 * S; ticksUs += stepUs) result = filter.apply(1, ticksUs);
      return result;
    };
    expect(valueAfter(S / 100)).toBeCloseTo(1 - 1 / Math.E, 2);
    expect(valueAfter(S / 10)).toBeCloseTo(1 - 1 / Math.E, 2);
  });

  it("stays in the range of doubles", () => {
    const values = fc.array(finite, { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 1, noNaN: true }), values, (factor, list) => {
        for (const filter of [new SmoothFilter(factor), new SmoothOverFilter(S)])
          for (const result of run(filter, [-Number.MAX_VALUE, Number.MAX_VALUE, ...list]))
            expect(Number.isFinite(result)).toBe(true);
      }),
    );
  });

  it.each([0, -1, 1.01, Number.NaN])("refuses a factor of %d", (factor) => {
    expect(() => new SmoothFilter(factor)).toThrow("factor");
  });
});

describe("max and min", () => {
  it("are those of the last samples", () => {
    fc.assert(
      fc.property(window(2, 40), fc.oneof(fc.array(finite, { maxLength: 200 }), readings), (size, values) => {
        const [max, min] = [new ExtremeFilter(size, "max"), new ExtremeFilter(size, "min")];
        values.forEach((value, index) => {
          const recent = last(values, index, size);
          expect(max.apply(value)).toBe(Math.max(...recent));
          expect(min.apply(value) + 0).toBe(Math.min(...recent));
        });
      }),
    );
  });
});

describe("the quantile", () => {
  it("is the nearest rank of the last samples", () => {
    const share = fc.integer({ min: 1, max: 99 });
    fc.assert(
      fc.property(share, window(2, 40), readings, (percent, size, values) => {
        const filter = new QuantileFilter(percent / 100, size);
        values.forEach((value, index) => {
          const recent = ascending(last(values, index, size));
          const rank = Math.floor((percent * recent.length + 99) / 100);
          expect(filter.apply(value)).toBe(recent[rank - 1]);
        });
      }),
    );
  });

  it("in the middle is the median", () => {
    fc.assert(
      fc.property(oddWindow(3), readings, (size, values) => {
        expect(run(new QuantileFilter(0.5, size), values)).toEqual(run(new MedianFilter(size), values));
      }),
    );
  });

  it.each([0, 1, Number.NaN])("refuses %d", (of) => {
    expect(() => new QuantileFilter(of, 10)).toThrow("quantile: of");
  });
});

describe("the debounce", () => {
  it("passes a value on when it has stood for its time, and until then the one before", () => {
    const states = fc.array(fc.tuple(window(0, 2), fc.integer({ min: 1, max: 2 * S })), { maxLength: 100 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 * S }), states, (holdUs, steps) => {
        const filter = new DebounceFilter(holdUs);
        const seen: { value: number; ticksUs: number }[] = [];
        let ticksUs = 0;
        let settled = Number.NaN;
        for (const [value, stepUs] of steps) {
          seen.push({ value, ticksUs: (ticksUs += stepUs) });
          let start = seen.length - 1;
          while (start > 0 && seen[start - 1].value === value) start--;
          if (Number.isNaN(settled) || ticksUs - seen[start].ticksUs >= holdUs) settled = value;
          expect(filter.apply(value, ticksUs)).toBe(settled);
        }
      }),
    );
  });

  it("does not count a contact that bounces", () => {
    expect(run(new DebounceFilter(2 * S), [0, 1, 0, 1, 1, 0, 1, 1, 1, 1])).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
  });
});

describe("the rate of rise", () => {
  it("is the slope between a sample at least the window old and the newest, none before", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1000, max: 60 * S }), timed, (overUs, samples) => {
        const filter = new RateFilter(60 * S, overUs);
        samples.forEach(({ value, ticksUs }, index) => {
          const rate = filter.apply(value, ticksUs);
          if (ticksUs - samples[0].ticksUs < overUs) {
            expect(rate).toBeNaN();
            return;
          }
          // Which one: the newest that is old enough, or one before it by no more than 1/32 of the window and a sample.
          const oldest = samples.filter((one) => ticksUs - one.ticksUs >= overUs).length - 1;
          const candidates = samples.slice(0, oldest + 1).filter((_, i) => {
            const next = samples[i + 1];
            return i === oldest || samples[oldest].ticksUs - next.ticksUs < overUs / 32;
          });
          const slopes = candidates.map((one) => ((value - one.value) / (ticksUs - one.ticksUs)) * 60 * S);
          const nearest = Math.min(...slopes.map((slope) => Math.abs(slope - rate) / (1 + Math.abs(rate))));
          expect(nearest, `sample ${index}`).toBeLessThan(1e-9);
        });
      }),
    );
  });

  it("of a straight line is its slope, at 1 Hz and at 1 kHz", () => {
    for (const stepUs of [S, 1000]) {
      const filter = new RateFilter(60 * S, 30 * S);
      for (let ticksUs = 0; ticksUs < 100 * S; ticksUs += stepUs) {
        const rate = filter.apply(20 + (8 * ticksUs) / (60 * S), ticksUs);
        if (ticksUs < 30 * S) expect(rate).toBeNaN();
        else expect(rate).toBeCloseTo(8, 9);
      }
    }
  });

  it("has a slope of readings that are further apart than its window", () => {
    const filter = new RateFilter(60 * S, 30 * S);
    expect([0, 1, 2, 3].map((i) => filter.apply(i, i * 60 * S))).toEqual([Number.NaN, 1, 1, 1]);
  });

  it("stays in the range of doubles", () => {
    expect(run(new RateFilter(60 * S, S), [-1e308, 1e308])[1]).toBe(Number.MAX_VALUE);
  });
});
