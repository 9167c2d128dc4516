/**
 * Light as a photodiode's converter has it: samples of the receiver's clock, each the mean of the light while it was taken, with
 * white normal noise. The sender's clock may run faster or slower, and the first chip may begin anywhere in a sample.
 */
import { NormalDeviates } from "../normal";
import type { RandomWords } from "../random";

export type Sampling = {
  /** Samples a chip, at equal clocks. */
  readonly perChip: number;
  /** Samples before the first chip, in parts of a sample too. */
  readonly lead: number;
  /** How much faster the sender's clock runs. */
  readonly ppm: number;
  /** Light of a lit chip, dark ones have none; converter steps. */
  readonly amplitude: number;
  /** Of the noise in one sample. */
  readonly deviation: number;
};

export class SampledLight {
  readonly samples: Float64Array;
  readonly #noise: NormalDeviates;
  readonly #sums: Float64Array;

  constructor(random: RandomWords, maxChips: number, maxSamples: number) {
    this.#noise = new NormalDeviates(random);
    this.samples = new Float64Array(maxSamples);
    this.#sums = new Float64Array(maxChips + 1);
  }

  /**
   * @param chips the first in the most significant bit
   * @param tail samples behind the last chip
   * @returns samples written
   */
  write(chips: Uint8Array, chipCount: number, tail: number, sampling: Sampling): number {
    const { perChip, lead, ppm, amplitude, deviation } = sampling;
    const sums = this.#sums;
    for (let i = 0; i < chipCount; i++) sums[i + 1] = sums[i] + ((chips[i >> 3] >> (7 - (i & 7))) & 1);
    const step = (1 + ppm / 1e6) / perChip;
    const count = Math.min(this.samples.length, Math.ceil(lead + chipCount / step + tail));
    let before = this.#lit(-lead * step, chipCount);
    for (let i = 0; i < count; i++) {
      const after = this.#lit((i + 1 - lead) * step, chipCount);
      this.samples[i] = (amplitude * (after - before)) / step + deviation * this.#noise.next();
      before = after;
    }
    return count;
  }

  // hot path
  /** Light of the chips before time `at`, which is in chips. */
  #lit(at: number, chipCount: number): number {
    if (at <= 0) return 0;
    if (at >= chipCount) return this.#sums[chipCount];
    const whole = Math.floor(at);
    return this.#sums[whole] + (at - whole) * (this.#sums[whole + 1] - this.#sums[whole]);
  }
}
