/**
 * What a receiver does first with its samples: it takes away the mean of those around each, so that lamps on the mains, which swing
 * slowly and often farther than the light that carries data, leave nothing but a trace. Looking ahead costs nothing in a capture, and
 * other than a coupling it leaves runs of light and dark as they are.
 */

/** Line symbols on both sides: some more than the 30 after which a TDP comes to nothing. */
const SYMBOLS = 16;

/**
 * In place.
 * @param sums `sums[i]` is the sum of the samples before `i`
 */
export function takeBaseline(samples: Float64Array, count: number, perSymbol: number, sums: Float64Array): void {
  const wide = SYMBOLS * perSymbol;
  const sum = sums[count];
  const middle = count - wide;
  for (let i = 0; i < wide && i < count; i++) {
    const to = i < middle ? i + wide : count;
    samples[i] -= sums[to] / to;
  }
  for (let i = wide, behind = 2 * wide; i < middle; i++, behind++)
    samples[i] -= (sums[behind] - sums[i - wide]) / (2 * wide);
  for (let i = middle > wide ? middle : wide; i < count; i++) samples[i] -= (sum - sums[i - wide]) / (count - i + wide);
}
