/**
 * A channel with the usual filters in the usual order: scale, median of 5, exponential average. The same path as `Channel`,
 * with the three written into it: in XS a call costs as much as what one of them does, and a local that is used again less
 * than a new one.
 *
 * Median of 5: two pairs and a single sample. With p the larger of the pairs' smaller values and q the smaller of their
 * larger ones, it is the one in the middle of p, q and the single. Samples are paired as they come, so that every second
 * sample completes a pair with the one before; the single is then the newer one of the oldest pair, whose other is too old.
 */
import { Quality } from "../../drivers/contract";
import type { FilterPlan } from "../../drivers/plan";
import { Channel, type ChannelOptions } from "./channel";

const GOOD = Quality.good;
const BAD_RANGE = Quality.badRange;
const WINDOW = 5;

/**
 * State of the three filters. An object of its own, whose fields a channel reads itself: XS finds a field by walking the list
 * of them, and those of a derived class stand at its end.
 */
class ConditioningState {
  // In the order of their use.
  readonly gain: number;
  readonly offset: number;
  /** 0, or NaN while the window fills: what a finite number less itself is compared with. */
  zero = Number.NaN;
  /** The newest whole pair. */
  low1 = 0;
  high1 = 0;
  /** A sample waits for the second of its pair. */
  half = false;
  single = 0;
  /** The pair before the newest; the later sample of each. */
  low2 = 0;
  high2 = 0;
  newer2 = 0;
  newer1 = 0;
  readonly weight: number;
  /** The first samples, in order of arrival. */
  readonly first = new Float64Array(WINDOW);
  filled = 0;

  constructor({ gain, offset, weight }: Conditioning) {
    this.gain = gain;
    this.offset = offset;
    this.weight = weight;
  }

  forget(): void {
    this.zero = Number.NaN;
    this.filled = 0;
  }

  /** One of the first samples. Returns the median of what is there; of an even count the lower of the two in the middle. */
  fill(x: number): number {
    const { first } = this;
    first[this.filled++] = x;
    const count = this.filled;
    if (count === WINDOW) this.pairUp();
    const rank = (count - 1) >> 1;
    for (let i = 0; i < count; i++) {
      let below = 0;
      for (let k = 0; k < count; k++) if (first[k] < first[i] || (first[k] === first[i] && k < i)) below++;
      if (below === rank) return first[i];
    }
    return x;
  }

  /** Two pairs and the single that waits for its second. */
  private pairUp(): void {
    const { first } = this;
    this.low2 = Math.min(first[0], first[1]);
    this.high2 = Math.max(first[0], first[1]);
    this.newer2 = first[1];
    this.low1 = Math.min(first[2], first[3]);
    this.high1 = Math.max(first[2], first[3]);
    this.newer1 = first[3];
    this.single = first[4];
    this.half = true;
    this.zero = 0;
  }
}

const NO_FILTERS: readonly FilterPlan[] = [];

export class ConditionedChannel extends Channel {
  readonly #state: ConditioningState;

  constructor(options: ChannelOptions, parts: Conditioning) {
    super(options, NO_FILTERS);
    this.#state = new ConditioningState(parts);
  }

  // hot path
  override accept(value: number, ticksUs: number): void {
    const state = this.#state;
    let x = value * state.gain + state.offset;
    if (x - x !== state.zero) {
      this.acceptSlowly(state, x, ticksUs);
      return;
    }
    let p = state.low1;
    let q = state.high1;
    if (state.half) {
      let low = state.single;
      let high = x;
      if (low > high) {
        low = x;
        high = state.single;
      }
      state.low2 = p;
      state.high2 = q;
      state.low1 = low;
      state.high1 = high;
      if (low > p) p = low;
      if (high < q) q = high;
      low = state.newer2;
      state.newer2 = state.newer1;
      state.newer1 = x;
      state.half = false;
      x = low;
    } else {
      if (state.low2 > p) p = state.low2;
      if (state.high2 < q) q = state.high2;
      state.single = x;
      state.half = true;
    }
    if (p < q) {
      if (x < p) x = p;
      else if (x > q) x = q;
    } else if (x < q) x = q;
    else if (x > p) x = p;
    // `lastValue` is the exponential average as well.
    p = this.lastValue;
    p += (x - p) * state.weight;
    this.lastValue = p;
    if (p > this.above && p < this.below) {
      q = this.valueAt;
      if (ticksUs === this.dueUs && q < this.pristineTo) {
        this.view.setFloat32(q, p);
        // A last byte of zero may be a binary16 or an integer, whose forms are shorter.
        if (this.bytes[q + 3] !== 0) {
          this.valueAt = q + this.stride;
          this.dueUs = ticksUs + this.periodUs;
          return;
        }
      }
      this.put(p, GOOD, ticksUs);
    } else {
      this.consider(p, ticksUs);
    }
  }

  protected override forget(): void {
    this.#state.forget();
  }

  /** Out of range, or the window is not full yet. */
  private acceptSlowly(state: ConditioningState, x: number, ticksUs: number): void {
    if (x - x !== 0) {
      this.refuse(BAD_RANGE, ticksUs);
      return;
    }
    const begins = state.filled === 0;
    const median = state.fill(x);
    const average = begins ? median : this.lastValue + (median - this.lastValue) * state.weight;
    this.lastValue = average;
    this.consider(average, ticksUs);
  }
}

/** What a chain of scale, median of 5 and exponential average comes to. */
export type Conditioning = { readonly gain: number; readonly offset: number; readonly weight: number };

/** Adding it changes no number, not even the sign of zero. */
const NOTHING = -0;

/** `undefined` when the chain is another one. The scale may be absent. */
export function conditioningOf(filters: readonly FilterPlan[]): Conditioning | undefined {
  let rest = filters;
  let gain = 1;
  let offset = NOTHING;
  const [scale] = rest;
  if (scale?.kind === "scale") {
    gain = scale.gain;
    offset = scale.offset;
    rest = rest.slice(1);
  }
  const [median, average] = rest;
  if (rest.length !== 2 || median.kind !== "median" || median.window !== WINDOW) return undefined;
  return average.kind === "smooth" && "factor" in average ? { gain, offset, weight: average.factor } : undefined;
}
