/**
 * Finds where a frame's preamble ends. First the fast locking pattern 1010… by its alternating sum, which says where it
 * stops to within some chips; there the topology dependent pattern by correlation, which says it exactly and says which of
 * the four it is. Both are blind to a constant background.
 */
import { FLP_MIN, TDP_BITS, TDP_CHIPS, TDP_PATTERNS, type Tdp } from "../../../drivers/vlc/preamble";

/** Chips of FLP that are summed: even, and fewer than the shortest FLP has. */
const LOCK_CHIPS = 48;
/** Chips on both sides of the place where the FLP seems to stop: noise, and a TDP that begins like the FLP, move it. */
const SEARCH_CHIPS = 24;

const TDPS: readonly Tdp[] = ["P1", "P2", "P3", "P4"];

export class Synchroniser {
  /** Which pattern was found. */
  tdp: Tdp = "P4";
  /** +1 and -1 for each chip of each pattern. */
  readonly #patterns: readonly Int8Array[] = TDPS.map((tdp) =>
    Int8Array.from({ length: TDP_BITS }, (_, bit) => ((TDP_PATTERNS[tdp] >> (TDP_BITS - 1 - bit)) & 1) * 2 - 1),
  );
  readonly #folded = new Int32Array(TDP_BITS);

  // hot path
  /** @returns the first chip behind the preamble, or -1 when there is none in `soft[0 .. count)` */
  find(soft: Int32Array, count: number): number {
    if (count < FLP_MIN + TDP_CHIPS) return -1;
    const end = this.#endOfLock(soft, count, (this.#greatestSum(soft, count) * 3) / 4);
    if (end < 0) return -1;
    const last = Math.min(end + SEARCH_CHIPS, count - TDP_CHIPS);
    let best = 0;
    let place = -1;
    for (let at = Math.max(0, end - SEARCH_CHIPS); at <= last; at++) {
      this.#fold(soft, at);
      for (let pattern = 0; pattern < TDPS.length; pattern++) {
        const score = this.#correlate(pattern);
        if (score <= best) continue;
        best = score;
        place = at;
        this.tdp = TDPS[pattern];
      }
    }
    return place < 0 ? -1 : place + TDP_CHIPS;
  }

  // hot path
  #greatestSum(soft: Int32Array, count: number): number {
    let greatest = 0;
    let sum = 0;
    for (let i = 0; i < count; i++) {
      sum += alternating(soft, i);
      if (sum > greatest) greatest = sum;
      else if (-sum > greatest) greatest = -sum;
    }
    return greatest;
  }

  // hot path
  /**
   * The first run of windows over `threshold` is the FLP: equal bits in a payload alternate as well, but later. The run
   * counts as ended at two thirds of the threshold, which is when half of the window has left the FLP.
   */
  #endOfLock(soft: Int32Array, count: number, threshold: number): number {
    let locked = false;
    let sum = 0;
    for (let i = 0; i < count; i++) {
      sum += alternating(soft, i);
      const size = sum < 0 ? -sum : sum;
      if (!locked) locked = i >= LOCK_CHIPS && size >= threshold;
      else if (size * 3 < threshold * 2) return i - LOCK_CHIPS / 2;
    }
    return -1;
  }

  // hot path
  /** Adds up the four repetitions, of which the second and the fourth are inverted. */
  #fold(soft: Int32Array, at: number): void {
    for (let i = 0; i < TDP_BITS; i++)
      this.#folded[i] =
        soft[at + i] - soft[at + TDP_BITS + i] + soft[at + 2 * TDP_BITS + i] - soft[at + 3 * TDP_BITS + i];
  }

  // hot path
  #correlate(pattern: number): number {
    const signs = this.#patterns[pattern];
    let sum = 0;
    for (let i = 0; i < TDP_BITS; i++) sum += signs[i] * this.#folded[i];
    return sum;
  }
}

// hot path
/** What chip `i` adds to the alternating sum of the last `LOCK_CHIPS` chips. */
function alternating(soft: Int32Array, i: number): number {
  const change = i < LOCK_CHIPS ? soft[i] : soft[i] - soft[i - LOCK_CHIPS];
  return (i & 1) === 0 ? change : -change;
}
