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
import type { ChannelPlan, FilterPlan } from "../../drivers/plan";
import { type AlarmListener, Channel } from "./channel";
import { PLAIN_BYTES, type QueueOptions } from "./record-queue";

const GOOD = Quality.good;
const BAD_RANGE = Quality.badRange;
const WINDOW = 5;

export class ConditionedChannel extends Channel {
  // What each sample touches comes first. `lastValue` is the exponential average as well.
  readonly #gain: number;
  readonly #offset: number;
  /** 0, or NaN while the window fills: what a finite number less itself is compared with. */
  #zero = Number.NaN;
  /** A sample waits for the second of its pair. */
  #half = false;
  #single = 0;
  /** The newest whole pair and the one before; the later sample of each. */
  #low1 = 0;
  #high1 = 0;
  #newer1 = 0;
  #low2 = 0;
  #high2 = 0;
  #newer2 = 0;
  readonly #weight: number;
  /** The first samples, in order of arrival. */
  readonly #first = new Float64Array(WINDOW);
  #filled = 0;

  constructor(plan: ChannelPlan, index: number, queue: QueueOptions, onAlarm: AlarmListener, parts: Conditioning) {
    super({ ...plan, filters: [] }, index, queue, onAlarm);
    this.#gain = parts.gain;
    this.#offset = parts.offset;
    this.#weight = parts.weight;
  }

  // hot path
  override accept(value: number, ticksUs: number): void {
    let x = value * this.#gain + this.#offset;
    if (x - x !== this.#zero) {
      this.#acceptSlowly(x, ticksUs);
      return;
    }
    let p = this.#low1;
    let q = this.#high1;
    if (this.#half) {
      let low = this.#single;
      let high = x;
      if (low > high) {
        low = x;
        high = this.#single;
      }
      this.#low2 = p;
      this.#high2 = q;
      this.#low1 = low;
      this.#high1 = high;
      if (low > p) p = low;
      if (high < q) q = high;
      low = this.#newer2;
      this.#newer2 = this.#newer1;
      this.#newer1 = x;
      this.#half = false;
      x = low;
    } else {
      if (this.#low2 > p) p = this.#low2;
      if (this.#high2 < q) q = this.#high2;
      this.#single = x;
      this.#half = true;
    }
    if (p < q) {
      if (x < p) x = p;
      else if (x > q) x = q;
    } else if (x < q) x = q;
    else if (x > p) x = p;
    p = this.lastValue;
    p += (x - p) * this.#weight;
    this.lastValue = p;
    if (p > this.above && p < this.below) {
      q = this.valueAt;
      if (ticksUs === this.dueUs && q < this.pristineTo) {
        this.view.setFloat32(q, p);
        // A last byte of zero may be a binary16 or an integer, whose forms are shorter.
        if (this.bytes[q + 3] !== 0) {
          this.valueAt = q + PLAIN_BYTES;
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
    this.#zero = Number.NaN;
    this.#filled = 0;
  }

  /** Out of range, or the window is not full yet. */
  #acceptSlowly(x: number, ticksUs: number): void {
    if (x - x !== 0) {
      this.refuse(BAD_RANGE, ticksUs);
      return;
    }
    const first = this.#first;
    const filled = this.#filled;
    first[filled] = x;
    this.#filled = filled + 1;
    const median = this.#medianOfFirst();
    const average = filled === 0 ? median : this.lastValue + (median - this.lastValue) * this.#weight;
    if (this.#filled === WINDOW) this.#pairUp();
    this.lastValue = average;
    this.consider(average, ticksUs);
  }

  /** Of what is there; of an even count the lower of the two in the middle. */
  #medianOfFirst(): number {
    const first = this.#first;
    const count = this.#filled;
    const rank = (count - 1) >> 1;
    for (let i = 0; i < count; i++) {
      let below = 0;
      for (let k = 0; k < count; k++) if (first[k] < first[i] || (first[k] === first[i] && k < i)) below++;
      if (below === rank) return first[i];
    }
    return first[0];
  }

  /** Two pairs and the single that waits for its second. */
  #pairUp(): void {
    const first = this.#first;
    this.#low2 = Math.min(first[0], first[1]);
    this.#high2 = Math.max(first[0], first[1]);
    this.#newer2 = first[1];
    this.#low1 = Math.min(first[2], first[3]);
    this.#high1 = Math.max(first[2], first[3]);
    this.#newer1 = first[3];
    this.#single = first[4];
    this.#half = true;
    this.#zero = 0;
  }
}

/** What a chain of scale, median of 5 and exponential average comes to. */
export type Conditioning = { readonly gain: number; readonly offset: number; readonly weight: number };

/** `undefined` when the chain is another one. Scale and average may be absent. */
export function conditioningOf(filters: readonly FilterPlan[]): Conditioning | undefined {
  let rest = filters;
  let gain = 1;
  let offset = 0;
  let weight = 1;
  const [scale] = rest;
  if (scale?.kind === "scale") {
    gain = scale.gain;
    offset = scale.offset;
    rest = rest.slice(1);
  }
  const [median, average] = rest;
  if (median?.kind !== "median" || median.window !== WINDOW) return undefined;
  if (average?.kind === "smooth" && "factor" in average) weight = average.factor;
  else if (average !== undefined) return undefined;
  return rest.length > 2 ? undefined : { gain, offset, weight };
}
