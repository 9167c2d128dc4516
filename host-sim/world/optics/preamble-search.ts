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
  /** Places kept, the best first: the end of the preamble in samples, what it correlates to (below 0: light and dark exchanged). */
  count = 0;
  readonly ends = new Float64Array(CANDIDATES);
  readonly scores = new Float64Array(CANDIDATES);
  readonly patterns = new Uint8Array(CANDIDATES);
  readonly #flp: number;
  readonly #perChip: number;
  readonly #signs: readonly Int8Array[] = TDPS.map((tdp) =>
    Int8Array.from({ length: TDP_BITS }, (_, bit) => ((TDP_PATTERNS[tdp] >> (TDP_BITS - 1 - bit)) & 1) * 2 - 1),
  );
  readonly #rare: readonly RareBits[] = this.#signs.map(rareBits);
  readonly #chips: Float64Array;
  readonly #folded: Float64Array;
  #sums: Float64Array = new Float64Array(1);
  #samples = 0;

  /** @param flp chips of the FLP that are correlated: even, not more than frames have */
  constructor(flp: number, perChip: number, maxSamples: number) {
    this.#flp = flp;
    this.#perChip = perChip;
    this.#chips = new Float64Array(Math.ceil(maxSamples / perChip) + 1);
    this.#folded = new Float64Array(this.#chips.length);
  }

  /** Chips that a score is the sum of. */
  get length(): number {
    return this.#flp + TDP_CHIPS;
  }

  tdp(candidate: number): Tdp {
    return TDPS[this.patterns[candidate]];
  }

  /** Looks through all samples; see `SymbolLoop.begin` for what `sums` is. */
  search(sums: Float64Array, samples: number): void {
    this.#sums = sums;
    this.#samples = samples;
    this.count = 0;
    for (let phase = 0; phase < PHASES; phase++) this.searchPhase((phase * this.#perChip) / PHASES);
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
  private searchPhase(offset: number): void {
    const chips = this.#chips;
    const flp = this.#flp;
    const count = Math.floor((this.#samples - offset) / this.#perChip);
    let sum = 0;
    let squares = 0;
    let before = this.light(offset);
    for (let i = 0; i < count; i++) {
      const after = this.light(offset + (i + 1) * this.#perChip);
      const light = after - before;
      before = after;
      chips[i] = light;
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
    for (let at = flp; at + TDP_CHIPS <= count; at++) {
      if (at > flp) alternating = chips[at - 1 - flp] - chips[at - 1] - alternating;
      bound += size(folded[at + TDP_BITS - 1]);
      total += folded[at + TDP_BITS - 1];
      const along = size(alternating);
      // What rounding may take from the bound is given back.
      if (along >= flpThreshold && along + bound * ROUNDED_UP > threshold)
        for (let pattern = 0; pattern < TDPS.length; pattern++) {
          const score = alternating + this.correlate(this.#rare[pattern], at, total);
          const height = alternating < 0 ? -score : score;
          if (height > threshold) this.keep(offset + (at + TDP_CHIPS) * this.#perChip, score, height, pattern);
        }
      bound -= size(folded[at]);
      total -= folded[at];
    }
  }

  // hot path
  /** What four repetitions of each bit come to, where the first begins at each chip from `from` on. */
  private fold(chips: Float64Array, count: number, from: number): void {
    const folded = this.#folded;
    for (let i = from; i + 3 * TDP_BITS < count; i++)
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
  /** Into the list, sorted; of places less than a chip apart the better one. */
  private keep(end: number, score: number, along: number, pattern: number): void {
    // A full list has nothing to lose to one that is worse than all of it, wherever that lies.
    if (this.count === CANDIDATES && along <= this.sizeOf(CANDIDATES - 1)) return;
    let place = this.count < CANDIDATES ? this.count : CANDIDATES;
    for (let i = 0; i < this.count; i++) {
      const apart = end - this.ends[i];
      if (apart >= this.#perChip || apart <= -this.#perChip) continue;
      if (along <= this.sizeOf(i)) return;
      // The worse one goes, those behind it move up.
      for (let k = i; k + 1 < this.count; k++) this.move(k + 1, k);
      this.count--;
      place = this.count;
      i--;
    }
    while (place > 0 && along > this.sizeOf(place - 1)) {
      if (place < CANDIDATES) this.move(place - 1, place);
      place--;
    }
    if (place >= CANDIDATES) return;
    this.ends[place] = end;
    this.scores[place] = score;
    this.patterns[place] = pattern;
    if (this.count < CANDIDATES) this.count++;
  }

  // hot path
  private sizeOf(place: number): number {
    return size(this.scores[place]);
  }

  // hot path
  private move(from: number, to: number): void {
    this.ends[to] = this.ends[from];
    this.scores[to] = this.scores[from];
    this.patterns[to] = this.patterns[from];
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
