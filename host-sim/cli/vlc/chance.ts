/** How far two measured rates may lie apart by chance, in decades, and how likely that is. */

/** Of a normal distribution 95 % lie within so many deviations. */
export const DEVIATIONS_95 = 1.96;

/**
 * Deviation of the logarithm of a rate, in decades.
 * @param wrong frames that it rests on
 * @param rate of wrong frames
 * @param spread of what is counted in a wrong frame: its variance over the square of its mean. Bits come in bursts
 */
export function decadeDeviation(wrong: number, rate: number, spread = 0): number {
  return Math.sqrt((1 - rate + spread) / wrong) / Math.LN10;
}

/** Chance that a normal deviate lies farther than `z` deviations off, on either side; within 1.5e-7 (Abramowitz, Stegun 7.1.26). */
export function beyond(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const sum = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return sum * Math.exp(-x * x);
}

/** Chance that the farthest of so many lies at least `z` off. */
export function farthestBeyond(z: number, count: number): number {
  return 1 - (1 - beyond(z)) ** count;
}

/** A share of `count` with 95 %, after Wilson. */
export function wilson(hits: number, count: number): { readonly from: number; readonly to: number } {
  const z2 = DEVIATIONS_95 * DEVIATIONS_95;
  const share = hits / count;
  const middle = (share + z2 / (2 * count)) / (1 + z2 / count);
  const half = (DEVIATIONS_95 * Math.sqrt((share * (1 - share)) / count + z2 / (4 * count * count))) / (1 + z2 / count);
  return { from: Math.max(0, middle - half), to: Math.min(1, middle + half) };
}

export type Difference = { readonly decades: number; readonly deviation: number };

/** The mean of differences, each as sure as its own deviation says. */
export function together(differences: readonly Difference[]): Difference {
  let weights = 0;
  let sum = 0;
  for (const { decades, deviation } of differences) {
    const weight = 1 / (deviation * deviation);
    weights += weight;
    sum += weight * decades;
  }
  return { decades: sum / weights, deviation: 1 / Math.sqrt(weights) };
}
