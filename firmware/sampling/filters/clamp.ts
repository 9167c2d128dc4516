import { Linked } from "../../../drivers/linked";
import type { Filter } from "./filter";

/** A value below `min` is `min`, one above `max` is `max`. Either may be infinite. */
export class ClampFilter implements Filter {
  readonly #min: number;
  readonly #max: number;

  constructor(min: number, max: number) {
    if (Linked.checks && (!(min <= max) || min === Number.POSITIVE_INFINITY || max === Number.NEGATIVE_INFINITY))
      throw new RangeError("clamp: min must not be above max");
    this.#min = min;
    this.#max = max;
  }

  // hot path
  apply(value: number): number {
    if (value < this.#min) return this.#min;
    return value > this.#max ? this.#max : value;
  }

  reset(): void {}
}
