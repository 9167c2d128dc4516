/**
 * Chips as an LED shines them: a low-pass of the first order, exact at any moment. A run of chips is shone once, or again and again.
 *
 * The mean over a sample needs no steps in time: with y' = (x - y) / tau the light between two moments is what the chips say less
 * tau times what y has gained.
 */
import { exp } from "../math";

/** Moments within a chip at which the low-pass is known; between them a straight line. */
const MOMENTS = 64;
/** The LED has settled where it is this near to what it is driven with, of full light: a converter of 12 bits could not tell. */
const SETTLED = 1 / 4_096;

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
  /** Of the moment that was asked for last: what the LED is driven with, 0 or 1, and whether it shines so already. */
  shown = 0;
  settled = false;
  /** Its chip, of all rounds, and which that is of the run. */
  #askedChip = 0;
  #chip = 0;

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
    const { count } = this;
    this.settled = false;
    if (at <= 0) return 0;
    let before = 0;
    let within = at;
    if (at > count)
      if (this.repeats) {
        const laps = Math.floor(at / count);
        within = at - laps * count;
        before = laps * count;
      } else within = count;
    const whole = within | 0;
    const chip = whole < count ? whole : count - 1;
    const share = within - chip;
    const lit = this.#lit;
    const sum = lit[chip];
    const shown = lit[chip + 1] - sum;
    const moment = share * MOMENTS;
    const below = moment < MOMENTS ? moment | 0 : MOMENTS - 1;
    const decays = this.#decay;
    const decay = decays[below];
    const away = (this.#slow[chip] - shown) * (decay + (moment - below) * (decays[below + 1] - decay));
    this.shown = shown;
    this.settled = away < SETTLED && away > -SETTLED;
    this.#chip = chip;
    this.#askedChip = before + chip;
    const rounds = before === 0 ? 0 : (before / count) * lit[count];
    return (rounds + sum + share * shown) * this.chipUs - this.#tauUs * (shown + away - this.#slow[0]);
  }

  // hot path
  /** Where the light was settled at the moment that was asked for last: until when it stays as it is, or longer. */
  get settledUntilUs(): number {
    const lit = this.#lit;
    const { shown, count } = this;
    let chip = this.#chip + 1;
    let sum = lit[chip];
    for (; chip < count; chip++) {
      const next = lit[chip + 1];
      if (next - sum !== shown) break;
      sum = next;
    }
    return this.startUs + (this.#askedChip + chip - this.#chip) * this.chipUs;
  }

  private fillDecay(chipUs: number): void {
    if (this.#decayOf === chipUs) return;
    this.#decayOf = chipUs;
    for (let i = 0; i <= MOMENTS; i++) this.#decay[i] = exp(-(i * chipUs) / (MOMENTS * this.#tauUs));
  }
}
