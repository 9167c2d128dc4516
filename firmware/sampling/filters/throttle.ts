import { checkPositive, type Filter, HELD } from "./filter";

/** Publishes a value at most once in `everyUs`: the first one, then the first one that comes when the time is over. */
export class ThrottleFilter implements Filter {
  private readonly everyUs: number;
  private dueUs = Number.NEGATIVE_INFINITY;
  private heldValue = Number.NaN;

  constructor(everyUs: number) {
    checkPositive("throttle", "every", everyUs);
    this.everyUs = everyUs;
  }

  // hot path
  apply(value: number, ticksUs: number): number {
    if (ticksUs < this.dueUs) {
      this.heldValue = value;
      return HELD;
    }
    this.dueUs = ticksUs + this.everyUs;
    return value;
  }

  // hot path
  published(_value: number, ticksUs: number): void {
    this.dueUs = ticksUs + this.everyUs;
  }

  get standing(): number {
    return this.heldValue;
  }

  reset(): void {
    this.dueUs = Number.NEGATIVE_INFINITY;
  }
}
