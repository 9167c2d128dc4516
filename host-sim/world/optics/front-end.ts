/**
 * From the diode's current to the converter's steps: noise, transimpedance amplifier, coupling, second amplifier, converter. In
 * place, one sample after the other. The coupling takes what does not change, so bright days drive nothing to its rail.
 */
import { exp } from "../math";
import { NORMAL_BLOCK, type NormalDeviates } from "../normal";
import { converterStep } from "./link-budget";
import type { ReceiverParts } from "./parts";

export class FrontEnd {
  /** Samples that the converter could not tell from its first or last step. */
  clipped = 0;
  readonly #normal: NormalDeviates;
  readonly #sampleHz: number;
  /** Share of the way that the amplifier goes to its input in a sample, and the coupling to its own. */
  readonly #follow: number;
  readonly #settle: number;
  readonly #step: number;
  readonly #most: number;
  readonly #noise = new Float64Array(NORMAL_BLOCK);

  constructor(normal: NormalDeviates, parts: ReceiverParts, sampleHz: number) {
    this.#normal = normal;
    this.#sampleHz = sampleHz;
    this.#follow = 1 - exp((-2 * Math.PI * parts.bandwidthHz) / sampleHz);
    this.#settle = 1 - exp((-2 * Math.PI * parts.couplingHz) / sampleHz);
    this.#step = converterStep(parts);
    let steps = 1;
    for (let i = 1; i < parts.bits; i++) steps *= 2;
    this.#most = steps - 1;
  }

  /**
   * @param samples currents in A, each the mean of its sample; becomes steps of the converter
   * @param settledA what the coupling has settled to before
   * @param sums becomes the running sums of what `samples` becomes, one more than there are
   * @param density of the noise, one-sided, A²/Hz, without the converter's own, which comes of its steps
   */
  convert(samples: Float64Array, count: number, settledA: number, density: number, sums: Float64Array): void {
    const deviation = Math.sqrt((density * this.#sampleHz) / 2);
    const noise = this.#noise;
    const follow = this.#follow;
    const settle = this.#settle;
    const step = this.#step;
    // Steps are counted from the lowest one on, so that cutting off rounds down.
    const below = this.#most + 1;
    const top = 2 * below;
    let amplified = samples[0];
    let settled = settledA;
    let sum = 0;
    sums[0] = 0;
    for (let from = 0; from < count; from += NORMAL_BLOCK) {
      const to = from + NORMAL_BLOCK < count ? from + NORMAL_BLOCK : count;
      this.#normal.fill(noise, to - from, deviation);
      for (let i = from; i < to; i++) {
        amplified += follow * (samples[i] + noise[i - from] - amplified);
        settled += settle * (amplified - settled);
        const level = (amplified - settled) / step + below + 1 / 2;
        let whole = (level | 0) - below;
        if (!(level >= 0 && level < top)) {
          whole = level < 0 ? -below : below - 1;
          this.clipped++;
        }
        samples[i] = whole;
        sum += whole;
        sums[i + 1] = sum;
      }
    }
  }
}
