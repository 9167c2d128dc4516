import { Linked } from "../../../drivers/linked";
import type { Filter } from "./filter";
import { SortedWindow } from "./sorted-window";

/** Largest median window: it costs O(window) for each sample. */
export const MAX_MEDIAN_WINDOW = 31;

/** Median of the last `window` samples; of what is there while the window fills. Odd windows only. */
export class MedianFilter extends SortedWindow implements Filter {
  constructor(window: number) {
    if (Linked.checks && (!Number.isInteger(window) || window < 1 || window > MAX_MEDIAN_WINDOW || window % 2 === 0))
      throw new RangeError(`median: window must be an odd number from 1 to ${MAX_MEDIAN_WINDOW}`);
    super(window);
  }

  // hot path
  apply(value: number): number {
    this.insert(value);
    return this.sorted[(this.count - 1) >> 1];
  }
}
