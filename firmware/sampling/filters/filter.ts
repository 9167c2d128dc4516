import { Linked } from "../../../drivers/linked";

/**
 * What a channel can do with a value on its way. Everything is made when the site loads; `apply` allocates nothing.
 *
 * Values that are not finite never reach a filter, and none leaves it: a result beyond the range of doubles is the largest
 * one. `NaN` has one meaning only: this sample ends here.
 */
export interface Filter {
  /**
   * @param value in the unit that the channel has at this place of its chain, finite
   * @param ticksUs monotonic time of the sample
   * @returns the filtered value, or NaN when this sample ends here and nothing is to be published
   */
  apply(value: number, ticksUs: number): number;
  /** Forgets what it holds: after a gap in the readings old samples must not mix with new ones. */
  reset(): void;
  /**
   * Only of filters that hold back what is right but need not be told (deadband, throttle): the value that `apply` held
   * back last. Alarm rules are judged by it. A filter without it holds back what does not count, such as an outlier.
   */
  readonly standing?: number;
  /** Of the same filters: this value was published all the same, by the heartbeat of the chain. */
  published?(value: number, ticksUs: number): void;
  /** Of a deadband: a filter behind it held back what it let pass, so nothing was published yet. */
  withheld?(): void;
}

/** A sample that ends in a filter. */
export const HELD = Number.NaN;

/** Longest window of filters whose cost does not depend on it. */
export const MAX_WINDOW = 256;

export function checkWindow(filter: string, window: number, least: number, most: number): void {
  if (Linked.checks && (!Number.isInteger(window) || window < least || window > most))
    throw new RangeError(`${filter}: window must be a whole number from ${least} to ${most}`);
}

export function checkFinite(filter: string, name: string, value: number): void {
  if (Linked.checks && !Number.isFinite(value)) throw new RangeError(`${filter}: ${name} must be a finite number`);
}

export function checkPositive(filter: string, name: string, value: number): void {
  if (Linked.checks && (!(value > 0) || value === Number.POSITIVE_INFINITY))
    throw new RangeError(`${filter}: ${name} must be a finite number above 0`);
}

/** A result that left the range of doubles. Two infinities that cancel leave 0. */
export function saturate(value: number): number {
  if (value > 0) return Number.MAX_VALUE;
  return value < 0 ? -Number.MAX_VALUE : 0;
}
