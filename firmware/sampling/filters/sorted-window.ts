/**
 * The last samples in ascending order, for filters that ask for a rank. An insertion sort: O(window) for each sample, and
 * little where samples differ little. Of equal values the later one stands behind.
 */
export class SortedWindow {
  protected count = 0;
  /** Ascending; `count` of them are there. */
  protected readonly sorted: Float64Array;
  readonly #window: number;
  /** In order of arrival, as a ring. */
  readonly #recent: Float64Array;
  #next = 0;

  constructor(window: number) {
    this.#window = window;
    this.#recent = new Float64Array(window);
    this.sorted = new Float64Array(window);
  }

  // hot path
  protected insert(value: number): void {
    const sorted = this.sorted;
    let count = this.count;
    let hole = count;
    if (count === this.#window) {
      const leaving = this.#recent[this.#next];
      hole = 0;
      while (sorted[hole] !== leaving) hole++;
    } else {
      this.count = ++count;
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
  }

  reset(): void {
    this.count = this.#next = 0;
  }
}
