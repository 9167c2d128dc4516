/**
 * A channel with the usual filters in the usual order: scale, median of 5, exponential average. The same path as `Channel`,
 * with the three written into it: in XS a call costs as much as what one of them does, a property 170 to 240 instructions,
 * and a local that is used again less than a new one.
 *
 * Median of 5: two pairs and a single sample. With p the larger of the pairs' smaller values and q the smaller of their
 * larger ones, it is the one in the middle of p, q and the single. Samples are paired as they come, so that every second
 * sample completes a pair with the one before. p and q are then found for two samples: for this one, whose single is the newer
 * one of the oldest pair (its other is too old), and for the next, which is the single itself.
 *
 * The short way goes by pairs too. A sample asks whether it comes when `nextUs` says, and nothing else: that the quality and the
 * rules are as usual, that the values lie within the limits and that the queue has places made ready is looked at once for
 * two samples. Everything that may change one of these first calls `settle`, which ends the short way; the long one, `take`,
 * is that of any channel, and begins the short one again as soon as it may.
 */
import { Quality } from "../../drivers/contract";
import type { FilterPlan } from "../../drivers/plan";
import { Channel, type ChannelOptions } from "./channel";
import type { Filter } from "./filters/filter";
import { VALUE_AT } from "./record-queue";

const GOOD = Quality.good;
const BAD_RANGE = Quality.badRange;
const WINDOW = 5;
/** A whole window and a sample that waits for the second of its pair. */
const HALF = WINDOW + 1;

/** No time of a sample. */
const NEVER = Number.NaN;

/**
 * State of the three filters. An object of its own, whose fields a channel reads itself: XS finds a field by walking the list
 * of them, and those of a derived class stand at its end.
 */
class ConditioningState implements Filter {
  // In the order of their use.
  /**
   * When the next sample comes if all goes on as it does: then it takes the short way. Negative when that sample completes a
   * pair; NEVER when it has to take the long way.
   */
  nextUs = NEVER;
  readonly gain: number;
  readonly offset: number;
  /** The single sample that follows two pairs is the median of the five if it lies between these two, else the nearer of them. */
  atLeast = 0;
  atMost = 0;
  /** The sample that waits for the second of its pair. */
  single = 0;
  readonly weight: number;
  /** The newest whole pair, its later sample, and that of the pair before. */
  low = 0;
  high = 0;
  later = 0;
  leftover = 0;
  /** Samples in the window: up to `WINDOW`, or `HALF` when one waits for its second. That is known on the long way only; on the short one `nextUs` tells. */
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
    this.filled = 0;
  }

  /** Takes the next sample in, on the long way. Returns the median. */
  median(x: number): number {
    const filled = this.filled;
    if (filled !== WINDOW) return filled === HALF ? this.complete(this.single, x) : this.fill(x);
    this.single = x;
    this.filled = HALF;
    return x < this.atLeast ? this.atLeast : x > this.atMost ? this.atMost : x;
  }

  private complete(first: number, second: number): number {
    const { leftover } = this;
    this.leftover = this.later;
    this.later = second;
    this.filled = WINDOW;
    const low = first < second ? first : second;
    const high = first < second ? second : first;
    const p = low > this.low ? low : this.low;
    const q = high < this.high ? high : this.high;
    this.low = low;
    this.high = high;
    this.atLeast = p < q ? p : q;
    this.atMost = p < q ? q : p;
    return leftover < this.atLeast ? this.atLeast : leftover > this.atMost ? this.atMost : leftover;
  }

  /** One of the first samples. Returns the median of what is there; of an even count the lower of the two in the middle. */
  private fill(x: number): number {
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
    if (index < 2) return index === 0 ? this.atLeast : this.leftover;
    if (index < 4) return index === 2 ? this.low : this.later;
    return this.single;
  }

  private put(index: number, x: number): void {
    if (index === 0) this.atLeast = x;
    else if (index === 1) this.leftover = x;
    else if (index === 2) this.low = x;
    else if (index === 3) this.later = x;
    else this.single = x;
  }

  /** A pair of which only the later sample will be needed, a pair, and the single that waits for its second. */
  private pairUp(): void {
    this.high = this.later;
    if (this.low > this.high) {
      this.high = this.low;
      this.low = this.later;
    }
    this.filled = HALF;
  }
}

export class ConditionedChannel extends Channel {
  declare protected filter: ConditioningState;

  constructor(options: ChannelOptions, parts: Conditioning) {
    super(options, new ConditioningState(parts));
  }

  // hot path
  override accept(value: number, ticksUs: number): void {
    const state = this.filter;
    value = value * state.gain + state.offset;
    if (ticksUs === state.nextUs) {
      // The first of a pair. Its place in the queue is moved on with the second.
      state.single = value;
      // Only a finite number less itself is 0. One between two others is finite.
      if (value > state.atMost) {
        if (value - value !== 0) {
          this.take(state, value, ticksUs);
          return;
        }
        value = state.atMost;
      } else if (!(value >= state.atLeast)) {
        if (value - value !== 0) {
          this.take(state, value, ticksUs);
          return;
        }
        value = state.atLeast;
      }
      // `lastValue` is the exponential average as well.
      value = this.lastValue + (value - this.lastValue) * state.weight;
      this.lastValue = value;
      const q = this.valueAt;
      this.view.setFloat32(q, value);
      // A last byte of zero may be a binary16 or an integer, whose forms are shorter.
      if (this.bytes[q + 3]) state.nextUs = -(ticksUs + this.periodUs);
      else this.writeSlowly(state, value, ticksUs, true);
    } else if (ticksUs === -state.nextUs) {
      // The second of a pair.
      let single = state.single;
      let p = state.low;
      let q = state.high;
      // What lies between those of the pair before lies within the limits as they do, and is finite.
      if (single > value) {
        if (value > p) p = value;
        else if (!(value > this.above)) {
          this.take(state, value, ticksUs);
          return;
        }
        if (single < q) q = single;
        else if (!(single < this.below)) {
          this.take(state, value, ticksUs);
          return;
        }
        state.low = value;
        state.high = single;
      } else {
        if (value < q) q = value;
        else if (!(value < this.below)) {
          this.take(state, value, ticksUs);
          return;
        }
        if (single > p) p = single;
        else if (!(single > this.above)) {
          this.take(state, value, ticksUs);
          return;
        }
        state.low = single;
        state.high = value;
      }
      if (p > q) {
        single = p;
        p = q;
        q = single;
      }
      state.atLeast = p;
      state.atMost = q;
      single = state.leftover;
      state.leftover = state.later;
      state.later = value;
      value = single < p ? p : single > q ? q : single;
      value = this.lastValue + (value - this.lastValue) * state.weight;
      this.lastValue = value;
      p = this.stride;
      q = this.valueAt + p;
      this.view.setFloat32(q, value);
      if (this.bytes[q + 3]) {
        q += p;
        this.valueAt = q;
        state.nextUs = ticksUs + this.periodUs;
        if (q + p >= this.pristineTo) this.settle();
      } else this.writeSlowly(state, value, ticksUs, false);
    } else {
      this.take(state, value, ticksUs);
    }
  }

  override get length(): number {
    return this.filter.nextUs < 0 ? super.length + 1 : super.length;
  }

  override get recordsEnd(): number {
    return this.filter.nextUs < 0 ? super.recordsEnd + this.stride : super.recordsEnd;
  }

  protected override get lastRecordUs(): number {
    const { nextUs } = this.filter;
    if (nextUs - nextUs !== 0) return super.lastRecordUs;
    return (nextUs < 0 ? -nextUs : nextUs) - this.periodUs;
  }

  /** Ends the short way: the queue has its time from `nextUs`, and its place is moved on although a second sample is missing. */
  protected override settle(): void {
    const state = this.filter;
    const nextUs = state.nextUs;
    if (nextUs - nextUs !== 0) return;
    state.nextUs = NEVER;
    if (nextUs < 0) {
      state.filled = HALF;
      this.dueUs = -nextUs;
      this.valueAt += this.stride;
    } else {
      state.filled = WINDOW;
      this.dueUs = nextUs;
    }
  }

  // hot path: once for each channel of a batch
  /** The long way: not on time, the first of a batch, out of range, while the window fills, while something is not as usual. */
  private take(state: ConditioningState, x: number, ticksUs: number): void {
    if (state.nextUs - state.nextUs === 0) this.settle();
    if (x - x !== 0) {
      this.refuse(BAD_RANGE, ticksUs);
      return;
    }
    let average = state.median(x);
    if (state.filled > 1) average = this.lastValue + (average - this.lastValue) * state.weight;
    this.lastValue = average;
    if (this.pristineTo < 0 && average > this.above && average < this.below) {
      // As `put` does with the first of a batch.
      this.pristineTo = -this.pristineTo;
      this.view.setFloat32(this.templateAt + VALUE_AT, average);
      this.firstUs = ticksUs;
      this.dueUs = ticksUs + this.periodUs;
      this.expect(state);
    } else this.write(state, average, ticksUs);
  }

  /** On the short way a value came that has another form. */
  private writeSlowly(state: ConditioningState, average: number, ticksUs: number, half: boolean): void {
    this.settle();
    state.filled = half ? HALF : WINDOW;
    this.write(state, average, ticksUs);
  }

  // hot path: once for each channel of a batch
  /** Writes the record as any channel does. */
  private write(state: ConditioningState, average: number, ticksUs: number): void {
    if (!(average > this.above && average < this.below)) {
      this.consider(average, ticksUs);
      return;
    }
    this.put(average, GOOD, ticksUs);
    this.expect(state);
  }

  // hot path: once for each channel of a batch
  /** Begins the short way, if the next sample may take it. */
  private expect(state: ConditioningState): void {
    // While a rule or the quality is not as usual, no value lies between the limits.
    if (!(state.low > this.above && state.high < this.below) || state.filled < WINDOW || this.dueUs <= 0) return;
    if (state.filled === HALF) {
      if (this.valueAt >= this.pristineTo) return;
      this.valueAt -= this.stride;
      state.nextUs = -this.dueUs;
    } else if (
      state.atLeast > this.above &&
      state.atMost < this.below &&
      this.valueAt + this.stride < this.pristineTo
    ) {
      state.nextUs = this.dueUs;
    }
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
