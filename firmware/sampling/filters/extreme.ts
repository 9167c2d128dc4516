import { checkWindow, type Filter, MAX_WINDOW } from "./filter";

/**
 * Largest (or smallest) of the last `window` samples; of what is there while the window fills.
 *
 * Kept is a queue of falling values: a sample removes those before it that are not larger, since they can never be the
 * largest again. Each sample is put in once and taken out once, so the cost does not depend on the window.
 */
export class ExtremeFilter implements Filter {
  readonly #window: number;
  /** 1 for the largest, -1 for the smallest, which is the largest of the negatives. */
  readonly #sign: number;
  /** Rings: the value, and the number of the sample that it came with (wraps at 32 bits, differences do not). */
  readonly #values: Float64Array;
  readonly #arrivals: Int32Array;
  #first = 0;
  #length = 0;
  #now = 0;

  constructor(window: number, which: "max" | "min") {
    checkWindow(which, window, 2, MAX_WINDOW);
    this.#window = window;
    this.#sign = which === "max" ? 1 : -1;
    this.#values = new Float64Array(window);
    this.#arrivals = new Int32Array(window);
  }

  // hot path
  apply(value: number): number {
    const window = this.#window;
    const values = this.#values;
    const signed = value * this.#sign;
    const now = (this.#now + 1) | 0;
    this.#now = now;
    let first = this.#first;
    let length = this.#length;
    if (length > 0 && ((now - this.#arrivals[first]) | 0) >= window) {
      if (++first === window) first = 0;
      this.#first = first;
      length--;
    }
    let at = first + length;
    if (at >= window) at -= window;
    while (length > 0) {
      const before = at === 0 ? window - 1 : at - 1;
      if (values[before] > signed) break;
      at = before;
      length--;
    }
    values[at] = signed;
    this.#arrivals[at] = now;
    this.#length = length + 1;
    return length === 0 ? value : values[first] * this.#sign;
  }

  reset(): void {
    this.#first = this.#length = 0;
  }
}
