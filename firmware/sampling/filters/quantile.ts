import { Linked } from "../../../drivers/linked";
import { checkWindow, type Filter } from "./filter";
import { SortedWindow } from "./sorted-window";

/** Largest window of a quantile: it costs O(window) for each sample. */
export const MAX_QUANTILE_WINDOW = 128;

/**
 * Quantile by nearest rank: the smallest of the last `window` samples that at least `of` of them do not exceed. It is always
 * a sample, never between two.
 */
export class QuantileFilter extends SortedWindow implements Filter {
  readonly #of: number;

  constructor(of: number, window: number) {
    checkWindow("quantile", window, 2, MAX_QUANTILE_WINDOW);
    if (Linked.checks && !(of > 0 && of < 1)) throw new RangeError("quantile: of must be between 0 and 1");
    super(window);
    this.#of = of;
  }

  // hot path
  apply(value: number): number {
    this.insert(value);
    // Rank n of the share n / count: 0.07 * 100 is a little more than 7 in doubles.
    const share = this.#of * this.count - 1e-9;
    const rank = share | 0;
    return this.sorted[rank < this.count ? rank : this.count - 1];
  }
}
