/** When a receiver samples: moments of a clock that is a little off, each a little early or late. */
import type { Random } from "../../../hal/random";

/** Jitter is a sum of four bytes: its mean, and its deviation, sqrt(4 (256² - 1) / 12). So it ends, at 3.45 deviations. */
const BYTES_MEAN = 510;
const BYTES_DEVIATION = 147.801;

export class SamplingClock {
  /** From one sample to the next, µs. */
  readonly stepUs: number;
  /** No moment is farther from its own. */
  readonly mostJitterUs: number;
  readonly #jitterUs: number;
  readonly #key: number;

  /**
   * @param hz as it says on the crystal
   * @param random draws once: how early or late a moment is follows from that and its number, so that only those which somebody asks
   *   for cost anything
   */
  constructor(hz: number, parts: { readonly ppm: number; readonly jitterS: number }, random: Random) {
    this.stepUs = 1e6 / (hz * (1 + parts.ppm / 1e6));
    this.#jitterUs = (parts.jitterS * 1e6) / BYTES_DEVIATION;
    this.mostJitterUs = this.#jitterUs * BYTES_MEAN;
    this.#key = random.uint32() | 0;
  }

  // hot path
  /** Where sample `index` begins, and the one before it ends; µs from the first. */
  at(index: number): number {
    if (index === 0 || this.#jitterUs === 0) return index * this.stepUs;
    // Two rounds of a multiplying hash (Ettinger's lowbias32): neighbours have nothing to do with each other.
    let word = this.#key + index;
    word = Math.imul(word ^ (word >>> 16), 0x7feb352d);
    word = Math.imul(word ^ (word >>> 15), 0x846ca68b);
    word ^= word >>> 16;
    const bytes = (word & 0xff) + ((word >>> 8) & 0xff) + ((word >>> 16) & 0xff) + (word >>> 24);
    return index * this.stepUs + this.#jitterUs * (bytes - BYTES_MEAN);
  }
}
