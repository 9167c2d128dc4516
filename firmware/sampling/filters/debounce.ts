import { checkPositive, type Filter } from "./filter";

/**
 * A new value counts only after it has held for `holdUs`; until then the old one is passed on. For states and switches: any
 * other value in between, however near, begins the wait anew. The first value counts at once.
 */
export class DebounceFilter implements Filter {
  private readonly holdUs: number;
  private settled = Number.NaN;
  private candidate = Number.NaN;
  private sinceUs = 0;

  constructor(holdUs: number) {
    checkPositive("debounce", "time", holdUs);
    this.holdUs = holdUs;
  }

  // hot path
  apply(value: number, ticksUs: number): number {
    const settled = this.settled;
    if (value !== this.candidate) {
      this.candidate = value;
      this.sinceUs = ticksUs;
    }
    if (value === settled) return settled;
    if (settled - settled === 0 && ticksUs - this.sinceUs < this.holdUs) return settled;
    this.settled = value;
    return value;
  }

  reset(): void {
    this.settled = this.candidate = Number.NaN;
  }
}
