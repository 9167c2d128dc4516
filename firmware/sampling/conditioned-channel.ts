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
import type { Filter } from "./filters/filter";

const GOOD = Quality.good;
const BAD_RANGE = Quality.badRange;
const WINDOW = 5;

/**
 * State of the three filters. An object of its own, whose fields a channel reads itself: XS finds a field by walking the list
 * of them, and those of a derived class stand at its end.
 */
class ConditioningState implements Filter {
  // In the order of their use.
  readonly gain: number;
  readonly offset: number;
  /** 0, or NaN while the window fills: what a finite number less itself is compared with. */
  zero = Number.NaN;
  /** The newest whole pair. While the window fills, these hold the first samples as they came: see `at`. */
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
  filled = 0;

  constructor({ gain, offset, weight }: Conditioning) {
    this.gain = gain;
    this.offset = offset;
    this.weight = weight;
  }

  /** Its channel does itself what a filter does. */
  apply(value: number): number {
    return value;
  }

  reset(): void {
    this.zero = Number.NaN;
    this.filled = 0;
  }

  /** One of the first samples. Returns the median of what is there; of an even count the lower of the two in the middle. */
  fill(x: number): number {
    const count = this.filled + 1;
    this.put(this.filled, x);
    this.filled = count;
    const rank = (count - 1) >> 1;
    for (let i = 0; i < count; i++) {
      const candidate = this.at(i);
      let below = 0;
      for (let k = 0; k < count; k++) if (this.at(k) < candidate || (this.at(k) === candidate && k < i)) below++;
      if (below === rank) {
        if (count === WINDOW) this.pairUp();
        return candidate;
      }
    }
    return x;
  }

  /** Of the first samples, in the order of their coming. */
  private at(index: number): number {
    if (index < 2) return index === 0 ? this.low2 : this.high2;
    if (index < 4) return index === 2 ? this.low1 : this.high1;
    return this.single;
  }

  private put(index: number, x: number): void {
    if (index === 0) this.low2 = x;
    else if (index === 1) this.high2 = x;
    else if (index === 2) this.low1 = x;
    else if (index === 3) this.high1 = x;
    else this.single = x;
  }

  /** Two pairs and the single that waits for its second. */
  private pairUp(): void {
    this.newer2 = this.high2;
    this.newer1 = this.high1;
    if (this.low2 > this.high2) {
      this.high2 = this.low2;
      this.low2 = this.newer2;
    }
    if (this.low1 > this.high1) {
      this.high1 = this.low1;
      this.low1 = this.newer1;
    }
    this.half = true;
    this.zero = 0;
  }
}

export class ConditionedChannel extends Channel {
  declare protected readonly filter: ConditioningState;

  constructor(options: ChannelOptions, parts: Conditioning) {
    super(options, new ConditioningState(parts));
  }

  // hot path
  override accept(value: number, ticksUs: number): void {
    const state = this.filter;
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
