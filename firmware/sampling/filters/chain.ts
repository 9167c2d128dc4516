import { type Filter, HELD } from "./filter";

/** Cheaper than to ask for each sample whether there is a filter. */
export class NoFilter implements Filter {
  // hot path
  apply(value: number): number {
    return value;
  }

  reset(): void {}
}

/** Several filters, one after the other, and the heartbeat that they have together. */
export class FilterChain implements Filter {
  readonly #filters: readonly Filter[];
  readonly #heartbeatUs: number;
  /** The filter that held the last sample back. */
  #heldAt = 0;
  /** Infinite before the first time: a heartbeat only repeats. */
  #publishedUs = Number.POSITIVE_INFINITY;

  /** @param heartbeatUs a value is published at least that often, whichever filter holds it back */
  constructor(filters: readonly Filter[], heartbeatUs = Number.POSITIVE_INFINITY) {
    this.#filters = filters;
    this.#heartbeatUs = heartbeatUs;
  }

  // hot path
  apply(value: number, ticksUs: number): number {
    const filters = this.#filters;
    let filtered = value;
    for (let i = 0; i < filters.length; i++) {
      filtered = filters[i].apply(filtered, ticksUs);
      if (filtered - filtered !== 0) {
        this.#heldAt = i;
        for (let before = i - 1; before >= 0; before--) filters[before].withheld?.();
        return ticksUs - this.#publishedUs < this.#heartbeatUs ? HELD : this.remind(ticksUs);
      }
    }
    this.#publishedUs = ticksUs;
    return filtered;
  }

  /** NaN when the sample does not count, or when filters that were to change it stand behind the one that held it back. */
  get standing(): number {
    const filters = this.#filters;
    for (let i = this.#heldAt + 1; i < filters.length; i++) if (filters[i].standing === undefined) return HELD;
    return filters[this.#heldAt].standing ?? HELD;
  }

  reset(): void {
    this.#publishedUs = Number.POSITIVE_INFINITY;
    for (const filter of this.#filters) filter.reset();
  }

  // hot path
  private remind(ticksUs: number): number {
    const standing = this.standing;
    if (standing - standing !== 0) return HELD;
    const filters = this.#filters;
    for (let i = this.#heldAt; i < filters.length; i++) filters[i].published?.(standing, ticksUs);
    this.#publishedUs = ticksUs;
    return standing;
  }
}
