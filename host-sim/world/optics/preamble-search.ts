/**
 * Where a frame's preamble ends, in samples of any clock: soft correlation with the end of the FLP and the whole TDP, all four
 * patterns, at eighths of a chip. The FLP alone has a period of two chips and the TDP repeats itself, so places beside the right one
 * score well too: the greatest are kept, and the header's checksum chooses.
 */
import { TDP_BITS, TDP_CHIPS, TDP_PATTERNS, type Tdp } from "../../../drivers/vlc/preamble";

/** A sixteenth of a chip beside the place costs an alternating pattern an eighth of its light; quarters would cost up to a fourth. */
const PHASES = 8;
/** Places that are kept for the header's checksum to choose from. */
export const CANDIDATES = 64;
/**
 * A score counts from so many deviations on. With 124 chips at -7.3 dB Ec/N0 the right place has 6.8, less what sampling and the
 * phase cost. Noise alone is there once in 900 places, of which the checksum lets one in 65,536 pass.
 */
const THRESHOLD = 3.25;
/** And its FLP by itself from so many on: spares two places in three the TDP, and loses one preamble in a thousand at -7.3 dB. */
const FLP_THRESHOLD = 1;
/** How far beside its phase the place itself is looked for, in chips. */
const REFINED_CHIPS = 1 / 4;

const ROUNDED_UP = 1.000001;

const TDPS: readonly Tdp[] = ["P1", "P2", "P3", "P4"];

/** A pattern by the places of the bit that it has less often: `sign` 1 where that is a one. */
type RareBits = { readonly bits: Int8Array; readonly sign: number };

export class PreambleSearch {
  /** Places kept, in no order: the end of the preamble in samples, what it correlates to (below 0: light and dark exchanged). */
  count = 0;
  readonly ends = new Float64Array(CANDIDATES);
  readonly scores = new Float64Array(CANDIDATES);
  readonly patterns = new Uint8Array(CANDIDATES);
  /** Not 0: `next` gave the place already. */
  readonly #tried = new Uint8Array(CANDIDATES);
  readonly #flp: number;
  readonly #perChip: number;
  readonly #signs: readonly Int8Array[] = TDPS.map((tdp) =>
    Int8Array.from({ length: TDP_BITS }, (_, bit) => ((TDP_PATTERNS[tdp] >> (TDP_BITS - 1 - bit)) & 1) * 2 - 1),
  );
  readonly #rare: readonly RareBits[] = this.#signs.map(rareBits);
  readonly #chips: Float64Array;
  readonly #folded: Float64Array;
  /** The best place of all phases in each chip: what it correlates to, 0 where nothing counts; its phase and pattern. */
  readonly #peaks: Float64Array;
  readonly #peakPhases: Uint8Array;
  readonly #peakPatterns: Uint8Array;
  #sums: Float64Array = new Float64Array(1);
  #samples = 0;

  /** @param flp chips of the FLP that are correlated: even, not more than frames have */
  constructor(flp: number, perChip: number, maxSamples: number) {
    this.#flp = flp;
    this.#perChip = perChip;
    this.#chips = new Float64Array(Math.ceil(maxSamples / perChip) + 1);
    this.#folded = new Float64Array(this.#chips.length);
    this.#peaks = new Float64Array(this.#chips.length);
    this.#peakPhases = new Uint8Array(this.#chips.length);
    this.#peakPatterns = new Uint8Array(this.#chips.length);
  }

  /** Chips that a score is the sum of. */
  get length(): number {
    return this.#flp + TDP_CHIPS;
  }

  tdp(candidate: number): Tdp {
    return TDPS[this.patterns[candidate]];
  }

  /** Places in the first samples; see `SymbolLoop.begin` for what `sums` is. */
  search(sums: Float64Array, samples: number): void {
    this.count = 0;
    this.#sums = sums;
    this.searchBetween(0, samples);
  }

  /** Places in the samples behind those that were searched. Of both as many are kept as there is room for. */
  searchOn(samples: number): void {
    // Preambles that end there may begin before.
    const from = this.#samples - Math.ceil(this.length * this.#perChip);
    this.searchBetween(from > 0 ? from : 0, samples);
  }

  /** The best of the places that were not given yet, or -1. */
  next(): number {
    let best = -1;
    for (let i = 0; i < this.count; i++)
      if (this.#tried[i] === 0 && (best < 0 || size(this.scores[i]) > size(this.scores[best]))) best = i;
    if (best >= 0) this.#tried[best] = 1;
    return best;
  }

  /** The best place of all, where there is one. */
  get best(): number {
    let best = 0;
    for (let i = 1; i < this.count; i++) if (size(this.scores[i]) > size(this.scores[best])) best = i;
    return best;
  }

  private searchBetween(from: number, samples: number): void {
    this.#samples = samples;
    const chips = Math.floor((samples - from) / this.#perChip);
    this.#peaks.fill(0, 0, chips + 1);
    for (let phase = 0; phase < PHASES; phase++) this.searchPhase(from, phase);
    this.keepPeaks(from, chips);
  }

  /** Moves a place from its phase to where it is. */
  refine(candidate: number): void {
    const pattern = this.patterns[candidate];
    this.ends[candidate] = this.refined(this.ends[candidate], pattern, this.scores[candidate]);
    this.scores[candidate] = this.scoreAt(this.ends[candidate], pattern);
  }

  /**
   * Of a place: energy of a chip to noise density, Ec/N0. Looked at are the samples that lie whole in their chip: one that an edge
   * falls into holds light of both neighbours, which made the light 0.7 dB too little, and at little noise the noise too much.
   */
  chipToNoise(candidate: number): number {
    const pattern = this.patterns[candidate];
    const begin = this.ends[candidate] - this.length * this.#perChip;
    const inside = Math.floor(this.#perChip) - 1;
    let along = 0;
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < this.length; i++) {
      const from = Math.ceil(begin + i * this.#perChip);
      const light = this.light(from + inside) - this.light(from);
      along += this.sign(pattern, i) * light;
      sum += light;
      squares += light * light;
    }
    const half = along / this.length;
    const mean = sum / this.length;
    // Two figures were taken from the chips: mean and half.
    const variance = ((squares / this.length - mean * mean - half * half) * this.length) / (this.length - 2);
    if (!(variance > 0)) return Number.POSITIVE_INFINITY;
    // The square of a mean is larger than the mean's square by the variance of the mean.
    const energy = half * half - variance / this.length;
    return energy > 0 ? (energy * this.#perChip) / (2 * variance * inside) : 0;
  }

  // hot path
  private searchPhase(from: number, phase: number): void {
    const offset = from + (phase * this.#perChip) / PHASES;
    const chips = this.#chips;
    const flp = this.#flp;
    const count = this.cut(offset);
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < count; i++) {
      const light = chips[i];
      sum += light;
      squares += light * light;
    }
    const variance = squares / count - (sum / count) * (sum / count);
    if (!(variance > 0)) return;
    const threshold = THRESHOLD * Math.sqrt(variance * this.length);
    const flpThreshold = FLP_THRESHOLD * Math.sqrt(variance * flp);
    const folded = this.#folded;
    this.fold(chips, count, flp);
    let alternating = 0;
    // Sum of the sizes of what is folded: no pattern correlates to more.
    let bound = 0;
    let total = 0;
    for (let i = flp; i < flp + TDP_BITS - 1; i++) {
      bound += size(folded[i]);
      total += folded[i];
    }
    for (let i = 0; i < flp && i < count; i++) alternating += (i & 1) === 0 ? chips[i] : -chips[i];
    const last = count - TDP_CHIPS;
    for (let at = flp; at <= last; at++) {
      if (at > flp) alternating = chips[at - 1 - flp] - chips[at - 1] - alternating;
      const joins = folded[at + TDP_BITS - 1];
      bound += joins < 0 ? -joins : joins;
      total += joins;
      const along = alternating < 0 ? -alternating : alternating;
      // What rounding may take from the bound is given back.
      if (along >= flpThreshold && along + bound * ROUNDED_UP > threshold)
        this.peak(at, phase, alternating, total, threshold);
      const leaves = folded[at];
      bound -= leaves < 0 ? -leaves : leaves;
      total -= leaves;
    }
  }

  // hot path
  /** The light of each chip from `offset` on. Returns how many there are. */
  private cut(offset: number): number {
    const chips = this.#chips;
    const sums = this.#sums;
    const perChip = this.#perChip;
    const count = Math.floor((this.#samples - offset) / perChip);
    if (Number.isInteger(offset) && Number.isInteger(perChip)) {
      let before = sums[offset];
      for (let i = 0, at = offset + perChip; i < count; i++, at += perChip) {
        const after = sums[at];
        chips[i] = after - before;
        before = after;
      }
      return count;
    }
    let before = this.light(offset);
    for (let i = 0; i < count; i++) {
      const after = this.light(offset + (i + 1) * perChip);
      chips[i] = after - before;
      before = after;
    }
    return count;
  }

  // hot path
  /** What four repetitions of each bit come to, where the first begins at each chip from `from` on. */
  private fold(chips: Float64Array, count: number, from: number): void {
    const folded = this.#folded;
    const end = count - 3 * TDP_BITS;
    for (let i = from; i < end; i++)
      folded[i] = chips[i] - chips[i + TDP_BITS] + chips[i + 2 * TDP_BITS] - chips[i + 3 * TDP_BITS];
  }

  // hot path
  /** Ones less zeros, where all bits from `at` on come to `total`: of each pattern the bits are added up that it has fewer of. */
  private correlate({ bits, sign }: RareBits, at: number, total: number): number {
    const folded = this.#folded;
    let few = 0;
    for (let i = 0; i < bits.length; i++) few += folded[at + bits[i]];
    return sign * (2 * few - total);
  }

  // hot path
  /** Of a preamble whose FLP ends at chip `at`: the best pattern, where it counts and is better than at other phases. */
  private peak(at: number, phase: number, alternating: number, total: number, threshold: number): void {
    const peaks = this.#peaks;
    const before = peaks[at];
    let best = before < 0 ? -before : before;
    if (best < threshold) best = threshold;
    for (let pattern = 0; pattern < TDPS.length; pattern++) {
      const score = alternating + this.correlate(this.#rare[pattern], at, total);
      const height = alternating < 0 ? -score : score;
      if (height <= best) continue;
      best = height;
      peaks[at] = score;
      this.#peakPhases[at] = phase;
      this.#peakPatterns[at] = pattern;
    }
  }

  // hot path
  /** Of places less than a chip apart the better one, into the list. */
  private keepPeaks(from: number, chips: number): void {
    const peaks = this.#peaks;
    const phases = this.#peakPhases;
    const shift = this.#perChip / PHASES;
    let before = 0;
    for (let at = this.#flp; at < chips; at++) {
      const score = peaks[at];
      const height = score < 0 ? -score : score;
      const behind = peaks[at + 1] < 0 ? -peaks[at + 1] : peaks[at + 1];
      // A chip's place lies less than a chip behind that of the chip before where its phase is earlier.
      const isBest =
        (height >= before || phases[at] >= phases[at - 1]) && (height > behind || phases[at + 1] >= phases[at]);
      before = height;
      if (height > 0 && isBest)
        this.keep(from + phases[at] * shift + (at + TDP_CHIPS) * this.#perChip, score, height, this.#peakPatterns[at]);
    }
  }

  // hot path
  /** Into the list; where it is full the weakest place goes. */
  private keep(end: number, score: number, height: number, pattern: number): void {
    const { scores } = this;
    let place = this.count;
    if (place < CANDIDATES) this.count++;
    else {
      place = 0;
      for (let i = 1; i < CANDIDATES; i++) if (size(scores[i]) < size(scores[place])) place = i;
      if (height <= size(scores[place])) return;
    }
    this.ends[place] = end;
    scores[place] = score;
    this.patterns[place] = pattern;
    this.#tried[place] = 0;
  }

  /** The place within `REFINED_CHIPS` where early and late correlate alike: bisection. */
  private refined(end: number, pattern: number, score: number): number {
    const wide = this.#perChip * REFINED_CHIPS;
    let early = end - wide;
    let late = end + wide;
    for (let i = 0; i < 6; i++) {
      const middle = (early + late) / 2;
      const lean = this.scoreAt(middle + wide, pattern) - this.scoreAt(middle - wide, pattern);
      if (score > 0 === lean > 0) early = middle;
      else late = middle;
    }
    return (early + late) / 2;
  }

  private scoreAt(end: number, pattern: number): number {
    const begin = end - this.length * this.#perChip;
    let sum = 0;
    for (let i = 0; i < this.length; i++) sum += this.sign(pattern, i) * this.chip(begin + i * this.#perChip);
    return sum;
  }

  private sign(pattern: number, index: number): number {
    if (index < this.#flp) return (index & 1) === 0 ? 1 : -1;
    const place = index - this.#flp;
    const repetition = Math.floor(place / TDP_BITS);
    const sign = this.#signs[pattern][place - repetition * TDP_BITS];
    return (repetition & 1) === 0 ? sign : -sign;
  }

  // hot path
  private chip(from: number): number {
    return this.light(from + this.#perChip) - this.light(from);
  }

  // hot path
  private light(at: number): number {
    const sums = this.#sums;
    if (at <= 0) return 0;
    if (at >= this.#samples) return sums[this.#samples];
    const whole = Math.floor(at);
    return sums[whole] + (at - whole) * (sums[whole + 1] - sums[whole]);
  }
}

// hot path
function size(value: number): number {
  return value < 0 ? -value : value;
}

function rareBits(signs: Int8Array): RareBits {
  const ones = signs.reduce((count, sign) => (sign > 0 ? count + 1 : count), 0);
  const rare = 2 * ones < TDP_BITS ? 1 : -1;
  const bits: number[] = [];
  for (let i = 0; i < TDP_BITS; i++) if (signs[i] === rare) bits.push(i);
  return { bits: Int8Array.from(bits), sign: rare };
}
