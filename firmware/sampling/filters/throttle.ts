import { checkPositive, type Filter, HELD } from "./filter";

/** Publishes a value at most once in `everyUs`: the first one, then the first one that comes when the time is over. */
export class ThrottleFilter implements Filter {
  readonly #everyUs: number;
  #dueUs = Number.NEGATIVE_INFINITY;
  #standing = Number.NaN;

  constructor(everyUs: number) {
    checkPositive("throttle", "every", everyUs);
    this.#everyUs = everyUs;
  }

  // hot path
  apply(value: number, ticksUs: number): number {
    if (ticksUs < this.#dueUs) {
      this.#standing = value;
      return HELD;
    }
    this.#dueUs = ticksUs + this.#everyUs;
    return value;
  }

  // hot path
  published(_value: number, ticksUs: number): void {
    this.#dueUs = ticksUs + this.#everyUs;
  }

  get standing(): number {
    return this.#standing;
  }

  reset(): void {
    this.#dueUs = Number.NEGATIVE_INFINITY;
  }
}
