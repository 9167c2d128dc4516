/**
 * How much a lamp flickers, from its chips: what an eye would see, which averages over the maximum flickering time period.
 *
 * The mean over any 5 ms ("safe" in the literature on 802.15.7; reference confidence M) must stay at the set level. For screening:
 * nobody certifies a lamp by this.
 */
import { exp } from "../math";

export const FLICKER_WINDOW_US = 5_000;
/** Bandwidth of the eye's stand-in for percent flicker: a low-pass of the first order. */
const LOW_PASS_HZ = 3_000;
const TWO_PI = 6.283185307179586;

export class FlickerMeter {
  /** Longest stretch of constant light, in chips. */
  longestRun = 0;
  /** Chips so far, and how many were lit. */
  chips = 0;
  lit = 0;
  readonly #level: number;
  readonly #window: Uint8Array;
  readonly #smoothing: number;
  #sum = 0;
  #least = Number.POSITIVE_INFINITY;
  #most = Number.NEGATIVE_INFINITY;
  #run = 0;
  #last = -1;
  #seen: number;
  #dimmest: number;
  #brightest: number;

  /**
   * @param level the light that is set, above 0 to 1
   * @param hz chips a second
   */
  constructor(level: number, hz: number) {
    this.#level = level;
    this.#window = new Uint8Array(Math.round((hz * FLICKER_WINDOW_US) / 1_000_000));
    this.#smoothing = 1 - exp((-TWO_PI * LOW_PASS_HZ) / hz);
    this.#seen = this.#dimmest = this.#brightest = level;
  }

  // hot path
  /** One chip: 1 lit, 0 dark. */
  chip(lit: number): void {
    const window = this.#window;
    const place = this.chips % window.length;
    this.#sum += lit - (this.chips < window.length ? 0 : window[place]);
    window[place] = lit;
    this.chips++;
    this.lit += lit;
    if (this.chips >= window.length) {
      if (this.#sum < this.#least) this.#least = this.#sum;
      if (this.#sum > this.#most) this.#most = this.#sum;
    }
    this.#run = lit === this.#last ? this.#run + 1 : 1;
    this.#last = lit;
    if (this.#run > this.longestRun) this.longestRun = this.#run;
    this.#seen += this.#smoothing * (lit - this.#seen);
    if (this.#seen < this.#dimmest) this.#dimmest = this.#seen;
    if (this.#seen > this.#brightest) this.#brightest = this.#seen;
  }

  /** Mean light of all chips. */
  get mean(): number {
    return this.chips === 0 ? 0 : this.lit / this.chips;
  }

  /** Largest distance of a 5 ms mean from the set level, as a share of that; NaN while there were not 5 ms. */
  get worst(): number {
    const size = this.#window.length;
    if (this.chips < size) return Number.NaN;
    return Math.max(this.#most / size - this.#level, this.#level - this.#least / size) / this.#level;
  }

  /** (most - least) / (most + least) of the light behind the low-pass. */
  get percentFlicker(): number {
    return (100 * (this.#brightest - this.#dimmest)) / (this.#brightest + this.#dimmest);
  }
}
