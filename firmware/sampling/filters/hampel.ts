import { Linked } from "../../../drivers/linked";
import { checkPositive, type Filter, HELD } from "./filter";
import { MAX_MEDIAN_WINDOW } from "./median";
import { SortedWindow } from "./sorted-window";

/** Makes the median absolute deviation of normally distributed noise its standard deviation. */
const SCALE = 1.4826;

/**
 * Outlier rejection after Hampel: a sample further from the median of the last `window` than `sigmas` scaled median absolute
 * deviations is replaced by that median, or dropped. The newest sample is in the window. The first ones, until the window is
 * full, pass as they are.
 *
 * When more than half of a window is one and the same value, any other value is an outlier: a step of such a signal is seen
 * when it is half a window old.
 */
export class HampelFilter extends SortedWindow implements Filter {
  readonly #factor: number;
  readonly #replace: boolean;
  readonly #half: number;

  constructor(window: number, sigmas: number, replace: boolean) {
    if (Linked.checks && (!Number.isInteger(window) || window < 3 || window > MAX_MEDIAN_WINDOW || window % 2 === 0))
      throw new RangeError(`hampel: window must be an odd number from 3 to ${MAX_MEDIAN_WINDOW}`);
    checkPositive("hampel", "sigmas", sigmas);
    super(window);
    this.#factor = sigmas * SCALE;
    this.#replace = replace;
    this.#half = (window - 1) / 2;
  }

  // hot path
  apply(value: number): number {
    this.insert(value);
    const half = this.#half;
    if (this.count <= half + half) return value;
    const sorted = this.sorted;
    const median = sorted[half];
    // The deviations ascend from the median to both sides: as many of the nearest as make half a window.
    let below = half - 1;
    let above = half + 1;
    let deviation = 0;
    for (let i = 0; i < half; i++) {
      const down = below < 0 ? Number.POSITIVE_INFINITY : median - sorted[below];
      const up = above > half + half ? Number.POSITIVE_INFINITY : sorted[above] - median;
      if (down < up) {
        deviation = down;
        below--;
      } else {
        deviation = up;
        above++;
      }
    }
    const distance = value < median ? median - value : value - median;
    if (distance <= deviation * this.#factor) return value;
    return this.#replace ? median : HELD;
  }
}
