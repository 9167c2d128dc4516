/** When a receiver samples: moments of a clock that is a little off, each a little early or late. */
import type { Random } from "../../../hal/random";

/** A sum of four bytes: its mean, and its deviation, sqrt(4 (256² - 1) / 12). Jitter has an end, at 3.5 deviations here. */
const BYTES_MEAN = 510;
const BYTES_DEVIATION = 147.801;

/**
 * Writes the borders of `count` samples, so one more, in µs from the first.
 * @param hz as it says on the crystal
 */
export function writeSamplingTimes(
  into: Float64Array,
  count: number,
  hz: number,
  parts: { readonly ppm: number; readonly jitterS: number },
  random: Random,
): void {
  const stepUs = 1e6 / (hz * (1 + parts.ppm / 1e6));
  const jitterUs = (parts.jitterS * 1e6) / BYTES_DEVIATION;
  for (let i = 0; i <= count; i++) into[i] = i * stepUs;
  if (jitterUs === 0) return;
  for (let i = 1; i <= count; i++) {
    const word = random.uint32();
    const bytes = (word & 0xff) + ((word >>> 8) & 0xff) + ((word >>> 16) & 0xff) + (word >>> 24);
    into[i] += jitterUs * (bytes - BYTES_MEAN);
  }
}
