/**
 * Filters of a channel. Hot path: state is preallocated, `apply` allocates nothing.
 *
 * A filter returns the filtered value, or `NaN` when this sample ends here and nothing is to be published.
 */
import type { FilterPlan } from "../../drivers/plan";

export interface Filter {
  /** @param value in the channel's unit, finite */
  apply(value: number): number;
  /** Forgets what it holds. */
  reset(): void;
}

/** Largest median window: the insertion sort below is O(window) for each sample. */
export const MAX_MEDIAN_WINDOW = 31;

/** Median of the last `window` samples; of what is there while the window fills. Odd windows only. */
export class MedianFilter implements Filter {
  readonly #window: number;
  /** In order of arrival, as a ring. */
  readonly #recent: Float64Array;
  /** The same values in ascending order. */
  readonly #sorted: Float64Array;
  #count = 0;
  #next = 0;

  constructor(window: number) {
    if (!Number.isInteger(window) || window < 1 || window > MAX_MEDIAN_WINDOW || window % 2 === 0)
      throw new RangeError(`median: window must be an odd number from 1 to ${MAX_MEDIAN_WINDOW}`);
    this.#window = window;
    this.#recent = new Float64Array(window);
    this.#sorted = new Float64Array(window);
  }

  // hot path
  apply(value: number): number {
    const sorted = this.#sorted;
    let count = this.#count;
    let hole = count;
    if (count === this.#window) {
      const leaving = this.#recent[this.#next];
      hole = 0;
      while (sorted[hole] !== leaving) hole++;
    } else {
      this.#count = ++count;
    }
    // Move the hole to where the new value belongs.
    while (hole > 0 && sorted[hole - 1] > value) {
      sorted[hole] = sorted[hole - 1];
      hole--;
    }
    while (hole < count - 1 && sorted[hole + 1] < value) {
      sorted[hole] = sorted[hole + 1];
      hole++;
    }
    sorted[hole] = value;
    this.#recent[this.#next] = value;
    this.#next = this.#next + 1 === this.#window ? 0 : this.#next + 1;
    return sorted[(count - 1) >> 1];
  }

  reset(): void {
    this.#count = this.#next = 0;
  }
}

/** `gain * value + offset`. */
export class ScaleFilter implements Filter {
  readonly #gain: number;
  readonly #offset: number;

  constructor(gain: number, offset: number) {
    this.#gain = gain;
    this.#offset = offset;
  }

  // hot path
  apply(value: number): number {
    return value * this.#gain + this.#offset;
  }

  reset(): void {}
}

/** Exponential average: each sample moves it by `factor` of its distance. Begins with the first sample. */
export class SmoothFilter implements Filter {
  readonly #factor: number;
  #average = Number.NaN;

  constructor(factor: number) {
    this.#factor = factor;
  }

  // hot path
  apply(value: number): number {
    const average = this.#average;
    this.#average = Number.isNaN(average) ? value : average + (value - average) * this.#factor;
    return this.#average;
  }

  reset(): void {
    this.#average = Number.NaN;
  }
}

/** Publishes a value only when it has moved by more than `width` since the one published before. */
export class DeadbandFilter implements Filter {
  readonly #width: number;
  #last = Number.NaN;

  constructor(width: number) {
    if (!(width >= 0) || width === Number.POSITIVE_INFINITY)
      throw new RangeError("deadband: width must be a finite number, 0 or more");
    this.#width = width;
  }

  // hot path
  apply(value: number): number {
    const change = value - this.#last;
    if (change <= this.#width && -change <= this.#width) return Number.NaN;
    this.#last = value;
    return value;
  }

  reset(): void {
    this.#last = Number.NaN;
  }
}

export function makeFilter(plan: FilterPlan): Filter {
  switch (plan.kind) {
    case "median":
      return new MedianFilter(plan.window);
    case "scale":
      return new ScaleFilter(plan.gain, plan.offset);
    case "smooth":
      return new SmoothFilter(plan.factor);
    case "deadband":
      return new DeadbandFilter(plan.width);
  }
}

/** One filter for a channel's whole chain. */
export function makeFilters(plans: readonly FilterPlan[]): Filter {
  const filters = plans.map(makeFilter);
  if (filters.length === 0) return new NoFilter();
  return filters.length === 1 ? filters[0] : new FilterChain(filters);
}

/** Cheaper than to ask for each sample whether there is a filter. */
class NoFilter implements Filter {
  // hot path
  apply(value: number): number {
    return value;
  }

  reset(): void {}
}

class FilterChain implements Filter {
  readonly #filters: readonly Filter[];

  constructor(filters: readonly Filter[]) {
    this.#filters = filters;
  }

  // hot path
  apply(value: number): number {
    const filters = this.#filters;
    let filtered = value;
    for (let i = 0; i < filters.length && filtered - filtered === 0; i++) filtered = filters[i].apply(filtered);
    return filtered;
  }

  reset(): void {
    for (const filter of this.#filters) filter.reset();
  }
}
