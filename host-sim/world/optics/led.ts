/**
 * Chips as an LED shines them: a low-pass of the first order, exact at any moment. A run of chips is shone once, or again and again.
 *
 * The mean over a sample needs no steps in time: with y' = (x - y) / tau the light between two moments is what the chips say less
 * tau times what y has gained.
 */
import { exp } from "../math";

/** Moments within a chip at which the low-pass is known; between them a straight line. */
const MOMENTS = 64;

export class ChipRun {
  /** When its first chip begins, µs. */
  startUs = 0;
  /** How long one chip takes. */
  chipUs = 1;
  count = 0;
  /** Shone again and again. */
  repeats = false;
  readonly #tauUs: number;
  /** Lit chips before chip i. */
  #lit = new Float64Array(1);
  /** State of the low-pass where chip i begins. */
  #slow = new Float64Array(1);
  readonly #decay = new Float64Array(MOMENTS + 1);
  #decayOf = 0;
  /** Chips that nobody has looked at yet, and the light before them. */
  #held = new Uint8Array(0);
  #isHeld = false;
  #before = 0;

  /** @param bandwidthHz of the LED */
  constructor(bandwidthHz: number) {
    this.#tauUs = 1e6 / (2 * Math.PI * bandwidthHz);
  }

  get endUs(): number {
    return this.startUs + this.count * this.chipUs;
  }

  /** Share of lit chips. */
  get level(): number {
    return this.count === 0 ? 0 : this.#lit[this.count] / this.count;
  }

  /**
   * @param lowFirst whether the first chip stands in the lowest bit of an octet, or in the highest
   * @param before light of the LED where the run begins
   */
  set(chips: Uint8Array, count: number, lowFirst: boolean, chipUs: number, before: number): void {
    if (this.#lit.length <= count) {
      this.#lit = new Float64Array(count + 1);
      this.#slow = new Float64Array(count + 1);
    }
    this.count = count;
    this.chipUs = chipUs;
    this.fillDecay(chipUs);
    const lit = this.#lit;
    const slow = this.#slow;
    const whole = this.#decay[MOMENTS];
    lit[0] = 0;
    slow[0] = before;
    for (let i = 0; i < count; i++) {
      const chip = (chips[i >> 3] >> (lowFirst ? i & 7 : 7 - (i & 7))) & 1;
      lit[i + 1] = lit[i] + chip;
      slow[i + 1] = chip + (slow[i] - chip) * whole;
    }
  }

  /** As `set`, the first chip in the highest bit, for a run that perhaps nobody looks at: before that it must be `shine`d. */
  hold(chips: Uint8Array, count: number, chipUs: number, before: number): void {
    const octets = (count + 7) >> 3;
    if (this.#held.length < octets) this.#held = new Uint8Array(octets);
    this.#held.set(octets === chips.length ? chips : chips.subarray(0, octets));
    this.#isHeld = true;
    this.#before = before;
    this.count = count;
    this.chipUs = chipUs;
  }

  /** Somebody looks. */
  shine(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.set(this.#held, this.count, false, this.chipUs, this.#before);
  }

  // hot path
  /** Light from the run's beginning to `atUs`, µs of full light. */
  until(atUs: number): number {
    const at = (atUs - this.startUs) / this.chipUs;
    if (at <= 0) return 0;
    const { count } = this;
    let laps = 0;
    let within = at;
    if (this.repeats) {
      laps = Math.floor(at / count);
      within = at - laps * count;
    } else if (at > count) within = count;
    const whole = Math.floor(within);
    const chip = whole < count ? whole : count - 1;
    const share = within - chip;
    const lit = this.#lit[chip + 1] - this.#lit[chip];
    const moment = share * MOMENTS;
    const below = moment < MOMENTS ? Math.floor(moment) : MOMENTS - 1;
    const decay = this.#decay[below] + (moment - below) * (this.#decay[below + 1] - this.#decay[below]);
    const slow = lit + (this.#slow[chip] - lit) * decay;
    const sum = laps * this.#lit[count] + this.#lit[chip] + share * lit;
    return sum * this.chipUs - this.#tauUs * (slow - this.#slow[0]);
  }

  private fillDecay(chipUs: number): void {
    if (this.#decayOf === chipUs) return;
    this.#decayOf = chipUs;
    for (let i = 0; i <= MOMENTS; i++) this.#decay[i] = exp(-(i * chipUs) / (MOMENTS * this.#tauUs));
  }
}
