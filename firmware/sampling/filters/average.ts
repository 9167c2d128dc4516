import { checkWindow, type Filter, MAX_WINDOW, saturate } from "./filter";

/**
 * Mean of the last `window` samples; of what is there while the window fills.
 *
 * Nothing is ever subtracted from a sum, so rounding does not add up and a huge value leaves no trace behind. Each time the
 * ring is full its samples are replaced by the sums from each of them to the end. Until it is full again the window is such
 * a rest of the old ring and the new samples, whose sum runs: one addition. The turn costs O(window) once in `window` samples.
 */
export class AverageFilter implements Filter {
  #at = 0;
  /** Sum of the samples since the last turn. */
  #fresh = 0;
  #count = 0;
  readonly #window: number;
  /** New samples before `#at`, from there on sums of the old ones; one more that stays 0. */
  readonly #ring: Float64Array;

  constructor(window: number) {
    checkWindow("average", window, 2, MAX_WINDOW);
    this.#window = window;
    this.#ring = new Float64Array(window + 1);
  }

  // hot path
  apply(value: number): number {
    const at = this.#at + 1;
    const ring = this.#ring;
    const fresh = this.#fresh + value;
    const sum = fresh + ring[at];
    ring[at - 1] = value;
    let count = this.#count;
    if (count < this.#window) this.#count = ++count;
    if (at < this.#window) {
      this.#at = at;
      this.#fresh = fresh;
    } else {
      this.turn();
    }
    const mean = sum / count;
    return mean - mean === 0 ? mean : saturate(mean);
  }

  reset(): void {
    this.#at = this.#fresh = this.#count = 0;
    this.#ring.fill(0);
  }

  // hot path
  private turn(): void {
    const ring = this.#ring;
    let sum = 0;
    for (let i = this.#window - 1; i >= 0; i--) {
      sum += ring[i];
      ring[i] = sum;
    }
    this.#at = this.#fresh = 0;
  }
}
