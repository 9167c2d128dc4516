import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DeadbandFilter, MAX_MEDIAN_WINDOW, MedianFilter, makeFilter } from "./filter";

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });

describe("the median filter", () => {
  it("gives the median of the last samples, as a plain sort does", () => {
    const windows = fc.integer({ min: 0, max: (MAX_MEDIAN_WINDOW - 1) / 2 }).map((half) => 2 * half + 1);
    fc.assert(
      fc.property(windows, fc.array(finite, { maxLength: 200 }), (window, values) => {
        const filter = new MedianFilter(window);
        values.forEach((value, index) => {
          const recent = values.slice(Math.max(0, index + 1 - window), index + 1).sort((a, b) => a - b);
          expect(filter.apply(value)).toBe(recent[(recent.length - 1) >> 1]);
        });
      }),
    );
  });

  it("lets a single outlier pass unseen", () => {
    const filter = new MedianFilter(3);
    expect([20, 21, 85, 21, 20].map((value) => filter.apply(value))).toEqual([20, 20, 21, 21, 21]);
  });

  it.each([0, 2, 4, 33, 1.5, Number.NaN])("refuses a window of %d", (window) => {
    expect(() => new MedianFilter(window)).toThrow("odd number");
  });
});

describe("the deadband filter", () => {
  it("publishes the first value", () => {
    expect(new DeadbandFilter(1).apply(20)).toBe(20);
  });

  it("holds back what moved no more than its width from the value published last", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 100, noNaN: true }), fc.array(finite), (width, values) => {
        const filter = new DeadbandFilter(width);
        let last = Number.NaN;
        for (const value of values) {
          const result = filter.apply(value);
          if (Math.abs(value - last) <= width) expect(result).toBeNaN();
          else expect((last = result)).toBe(value);
        }
      }),
    );
  });

  it("does not creep: many small steps add up to one that is published", () => {
    const filter = new DeadbandFilter(1);
    const published = Array.from({ length: 21 }, (_, i) => filter.apply(i * 0.1)).filter(
      (value) => !Number.isNaN(value),
    );
    expect(published).toHaveLength(2);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])("refuses a width of %d", (width) => {
    expect(() => new DeadbandFilter(width)).toThrow(RangeError);
  });
});

it("a filter is made from its plan", () => {
  expect(makeFilter({ kind: "median", window: 5 })).toBeInstanceOf(MedianFilter);
  expect(makeFilter({ kind: "deadband", width: 0.1 })).toBeInstanceOf(DeadbandFilter);
});
