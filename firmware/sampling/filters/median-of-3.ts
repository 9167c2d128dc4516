import type { Filter } from "./filter";

/**
 * Median of the last three samples, without an array: the newest, held between the two before it.
 *
 * The window begins with plus and minus infinity in turn: while it fills they cancel, and of two samples the lower one is
 * in the middle, as in the general filter.
 */
export class MedianOf3Filter implements Filter {
  #older = Number.POSITIVE_INFINITY;
  #newer = Number.NEGATIVE_INFINITY;

  // hot path
  apply(value: number): number {
    const older = this.#older;
    const newer = this.#newer;
    this.#older = newer;
    this.#newer = value;
    if (older < newer) {
      if (value < older) return older;
      return value > newer ? newer : value;
    }
    if (value < newer) return newer;
    return value > older ? older : value;
  }

  reset(): void {
    this.#older = Number.POSITIVE_INFINITY;
    this.#newer = Number.NEGATIVE_INFINITY;
  }
}
