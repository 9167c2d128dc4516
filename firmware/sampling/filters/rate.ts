import { checkPositive, type Filter, HELD, saturate } from "./filter";

/** Samples kept of a window of time. With more than that in it, not all are kept: the window is longer by 1/32 at most. */
const PARTS = 32;
const KEPT = PARTS + 4;

/**
 * Rate of rise: how much the value has changed over the last `overUs`, as a change per `perUs`. Nothing is published before
 * the readings span that time: the slope of two samples a second apart would be their noise, times `per`.
 *
 * From the oldest sample to the newest, not a least-squares line: it is what a person computes from two readings, it costs
 * the same for any number of samples, and no sums run that could drift. What it lacks against noise, a median or an average
 * in front of it gives.
 */
export class RateFilter implements Filter {
  readonly #perUs: number;
  readonly #overUs: number;
  readonly #stepUs: number;
  readonly #values = new Float64Array(KEPT);
  readonly #times = new Float64Array(KEPT);
  #first = 0;
  #length = 0;
  #firstUs = 0;
  #firstValue = 0;
  /** Time of the second oldest: as soon as the window begins behind it, the oldest goes. */
  #secondUs = Number.POSITIVE_INFINITY;
  #keepUs = Number.NEGATIVE_INFINITY;

  constructor(perUs: number, overUs: number) {
    checkPositive("rate", "per", perUs);
    checkPositive("rate", "over", overUs);
    this.#perUs = perUs;
    this.#overUs = overUs;
    this.#stepUs = overUs / PARTS;
  }

  // hot path
  apply(value: number, ticksUs: number): number {
    if (ticksUs >= this.#keepUs) this.keep(value, ticksUs);
    while (ticksUs - this.#secondUs >= this.#overUs) this.letGo();
    const spanUs = ticksUs - this.#firstUs;
    if (spanUs < this.#overUs) return HELD;
    const rate = ((value - this.#firstValue) / spanUs) * this.#perUs;
    return rate - rate === 0 ? rate : saturate(value - this.#firstValue);
  }

  reset(): void {
    this.#first = this.#length = 0;
    this.#secondUs = Number.POSITIVE_INFINITY;
    this.#keepUs = Number.NEGATIVE_INFINITY;
  }

  // hot path
  private keep(value: number, ticksUs: number): void {
    // Full only when the oldest must go anyway.
    const at = (this.#first + this.#length) % KEPT;
    this.#values[at] = value;
    this.#times[at] = ticksUs;
    this.#length++;
    this.#keepUs = ticksUs + this.#stepUs;
    if (this.#length === 1) {
      this.#firstUs = ticksUs;
      this.#firstValue = value;
    } else if (this.#length === 2) {
      this.#secondUs = ticksUs;
    }
  }

  // hot path
  private letGo(): void {
    const first = (this.#first + 1) % KEPT;
    this.#first = first;
    this.#length--;
    this.#firstUs = this.#times[first];
    this.#firstValue = this.#values[first];
    this.#secondUs = this.#length > 1 ? this.#times[(first + 1) % KEPT] : Number.POSITIVE_INFINITY;
  }
}
