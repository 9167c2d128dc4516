/**
 * The light between one luminaire and one photodiode: a line of sight, the falloff with distance, the daylight and the
 * noise of diode and amplifier. Integers only, so that engines agree to the last bit.
 */
import type { Random } from "../../../hal/random";

/** What one lit chip gives at 1 m, in the receiver's converter steps. On axis it falls with the square of distance. */
const AMPLITUDE_AT_1_M = 12_000;
/** Daylight on the diode; Manchester and a balanced preamble make it of no account. */
const BACKGROUND = 700;

/**
 * Standard deviation of a sum of eight bytes that are uniform in 0 … 255: sqrt(8 · (256² - 1) / 12). Such a sum is close
 * to normal up to three deviations and ends at 4.9, so error rates below 1e-5 are not to be read off this channel.
 */
export const NOISE_DEVIATION = 209;
const NOISE_MEAN = 1020;

export class OpticalChannel {
  readonly #random: Random;
  readonly #amplitude: number;

  constructor(random: Random, distanceM: number) {
    this.#random = random;
    this.#amplitude = Math.round(AMPLITUDE_AT_1_M / (distanceM * distanceM));
  }

  /** A lit chip against the noise, as a ratio of amplitudes. */
  get signalToNoise(): number {
    return this.#amplitude / NOISE_DEVIATION;
  }

  // hot path
  /** What the diode gives for one chip: 1 lit, 0 dark. */
  sample(chip: number): number {
    return (
      BACKGROUND + chip * this.#amplitude + bytesOf(this.#random.uint32()) + bytesOf(this.#random.uint32()) - NOISE_MEAN
    );
  }
}

// hot path
function bytesOf(word: number): number {
  return (word & 0xff) + ((word >>> 8) & 0xff) + ((word >>> 16) & 0xff) + (word >>> 24);
}
