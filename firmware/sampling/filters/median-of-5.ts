import type { Filter } from "./filter";

/**
 * Median of the last five samples, without an array: two pairs and a single sample. With p the larger of the pairs' smaller
 * values and q the smaller of their larger ones, it is the one in the middle of p, q and the single. Samples are paired as
 * they come, so that every second sample completes a pair with the one before; the single is then the newer one of the
 * oldest pair, whose other is too old.
 *
 * The window begins with plus and minus infinity in turn, see the median of 3.
 */
export class MedianOf5Filter implements Filter {
  /** A sample waits for the second of its pair. */
  #half = false;
  #single = 0;
  /** The newest whole pair and the one before; the later sample of each. */
  #low1 = Number.NEGATIVE_INFINITY;
  #high1 = Number.POSITIVE_INFINITY;
  #newer1 = Number.NEGATIVE_INFINITY;
  #low2 = Number.NEGATIVE_INFINITY;
  #high2 = Number.POSITIVE_INFINITY;
  #newer2 = Number.NEGATIVE_INFINITY;

  // hot path
  apply(value: number): number {
    let p = this.#low1;
    let q = this.#high1;
    let x = value;
    if (this.#half) {
      let low = this.#single;
      let high = x;
      if (low > high) {
        low = x;
        high = this.#single;
      }
      this.#low2 = p;
      this.#high2 = q;
      this.#low1 = low;
      this.#high1 = high;
      if (low > p) p = low;
      if (high < q) q = high;
      x = this.#newer2;
      this.#newer2 = this.#newer1;
      this.#newer1 = value;
      this.#half = false;
    } else {
      if (this.#low2 > p) p = this.#low2;
      if (this.#high2 < q) q = this.#high2;
      this.#single = x;
      this.#half = true;
    }
    if (p < q) {
      if (x < p) return p;
      return x > q ? q : x;
    }
    if (x < q) return q;
    return x > p ? p : x;
  }

  reset(): void {
    this.#half = false;
    this.#low1 = this.#low2 = this.#newer1 = this.#newer2 = Number.NEGATIVE_INFINITY;
    this.#high1 = this.#high2 = Number.POSITIVE_INFINITY;
  }
}
