/**
 * Line symbols out of samples, with the clock held on to: a tracking loop of the second order.
 * A symbol is two chips of OOK by
 * Manchester, or one pulse of VPPM; either has one edge inside whose place is known once the symbol is decided, and the light around
 * that place says how late the receiver's clock is.
 *
 * Samples stand as running sums, so the light of any stretch of time is a difference of two of them, in parts of a sample too.
 */

/**
 * The loop's gains are those of a Kalman filter for a clock that is off by a constant: as wide as the little that is known at first
 * asks for, ever narrower afterwards. Fixed gains that find 40 ppm on either side within a short frame are too noisy to keep -7 dB.
 *
 * What is known at first of the rate, as a deviation; crystals of 20 to 40 ppm on both sides.
 */
const FIRST_RATE_DEVIATION = 50e-6;
/** By how much the rate wanders from symbol to symbol: 3 ppm in the longest frame. Keeps the loop from falling asleep. */
const RATE_WALK = 1e-8;
/** Least variance of what one symbol says of its edge, in symbols squared: slopes and jitter are no noise of the diode. */
const LEAST_VARIANCE = 1e-4;
/** A symbol that contradicts by more deviations than this is an outlier, a blocked ray or a lamp's pulse, and counts as so many. */
const LIMIT_DEVIATIONS = 3;
/** The farthest that a crystal is off on both sides together, as a share: a loop beyond it follows noise. */
const RATE_LIMIT = 300e-6;

export class SymbolLoop {
  /** Time of the next symbol, in samples. */
  at = 0;
  /** Samples of a symbol at the receiver's own clock. */
  #period = 1;
  /** By how much the sender's symbols are longer, as a share. */
  #rate = 0;
  /** Of what one symbol says of its edge: variance, and how much of the truth is in it where decisions are wrong so often. */
  #variance = 1;
  #limit = 1;
  /** How late an edge is, in symbols, by what its surroundings have too much light. */
  #perLight = 0;
  /** Covariance of phase and rate. */
  #phase = 0;
  #both = 0;
  #wander = 0;
  /** Symbols since `begin` or `again`. */
  #symbols = 0;
  /** Since then: squares of the difference of a symbol's halves, and of what its light changes by from symbol to symbol. */
  #inside = 0;
  #between = 0;
  #lastLight = 0;
  #sums: Float64Array = new Float64Array(1);
  #count = 0;

  /**
   * @param sums `sums[i]` is the sum of the samples before `i`; two more than there are samples, the last two alike
   * @param amplitude light less dark of one sample, as the preamble has it
   * @param energy energy of half a symbol to noise density, Ec/N0
   * @param chips that the time of the first symbol was found from
   */
  begin(
    sums: Float64Array,
    samples: number,
    at: number,
    period: number,
    amplitude: number,
    energy: number,
    chips: number,
  ): void {
    this.#sums = sums;
    this.#count = samples;
    this.at = at;
    this.#period = period;
    this.#rate = 0;
    // A symbol is decided right with erf(sqrt(2 Ec/N0)) more chance than wrong; this is within a tenth of that.
    const reach = Math.sqrt(3 * energy);
    const slope = energy === Number.POSITIVE_INFINITY ? 1 : reach / Math.sqrt(1 + reach * reach);
    // The light around an edge less that of both halves has half of a chip's noise: 1 / (64 Ec/N0) of a symbol's square.
    const known = 1 / (64 * energy);
    const decided = known / (slope * slope);
    this.#variance = decided > LEAST_VARIANCE ? decided : LEAST_VARIANCE;
    this.#perLight = 1 / (amplitude * slope * period);
    this.#limit = LIMIT_DEVIATIONS * Math.sqrt(this.#variance);
    // A preamble's edges need no decision.
    this.#phase = (known > LEAST_VARIANCE ? known : LEAST_VARIANCE) / chips;
    this.forget();
    this.#both = 0;
    this.#wander = FIRST_RATE_DEVIATION * FIRST_RATE_DEVIATION;
  }

  /**
   * Back to the first symbol with what all symbols so far have said: with a clock that is off by a constant, the last estimate
   * drawn back is the best one of the first. Near -7 dB a preamble alone leaves a twentieth of a chip unsure, and the rate 50 ppm,
   * in which the first part of a block is read too early or too late.
   */
  again(): void {
    const back = this.#symbols;
    this.at -= back * this.#period * (1 + this.#rate);
    this.#phase += back * (back * this.#wander - 2 * this.#both);
    this.#both -= back * this.#wander;
    this.forget();
  }

  /**
   * How much more the light changes within a symbol than the sum of a symbol's halves from one to the next, which holds in every
   * symbol: 1 + 4 Ec/N0 where symbols are, 1 in noise and half a symbol beside the place.
   */
  get contrast(): number {
    return this.#inside / (this.#between / 2);
  }

  private forget(): void {
    this.#symbols = 0;
    this.#inside = 0;
    this.#between = 0;
    this.#lastLight = 0;
  }

  /** How much faster the sender's clock runs than the receiver's, in parts per million. */
  get ppm(): number {
    return -this.#rate * 1e6;
  }

  // hot path
  /** Writes `bits` Manchester bits as two soft chips each. Returns how many bits there were before the samples end. */
  readChips(bits: number, soft: Int32Array, into: number): number {
    const sums = this.#sums;
    const count = this.#count;
    for (let bit = 0; bit < bits; bit++) {
      const from = this.at;
      const length = this.#period * (1 + this.#rate);
      const end = from + length;
      if (end > count) return bit;
      // Light until five moments, in parts of a sample too: a call for each would cost as much as all the rest.
      let whole = from | 0;
      const atFrom = sums[whole] + (from - whole) * (sums[whole + 1] - sums[whole]);
      const edge = from + length / 2;
      whole = edge | 0;
      const atEdge = sums[whole] + (edge - whole) * (sums[whole + 1] - sums[whole]);
      whole = end | 0;
      const atEnd = sums[whole] + (end - whole) * (sums[whole + 1] - sums[whole]);
      const early = edge - length / 4;
      whole = early | 0;
      const atEarly = sums[whole] + (early - whole) * (sums[whole + 1] - sums[whole]);
      const late = edge + length / 4;
      whole = late | 0;
      const around = sums[whole] + (late - whole) * (sums[whole + 1] - sums[whole]) - atEarly;
      const first = atEdge - atFrom;
      const second = atEnd - atEdge;
      soft[into + 2 * bit] = first;
      soft[into + 2 * bit + 1] = second;
      this.follow(first, second, first > second ? -1 : 1, around - (atEnd - atFrom) / 2);
    }
    return bits;
  }

  // hot path
  /** Writes `pulses` pulses of VPPM as soft symbols, larger for light at the back. Returns how many there were. */
  readPulses(pulses: number, duty: number, soft: Int32Array, into: number): number {
    const share = duty < 1 / 2 ? duty : 1 - duty;
    for (let pulse = 0; pulse < pulses; pulse++) {
      const length = this.#period * (1 + this.#rate);
      const from = this.at;
      if (from + length > this.#count) return pulse;
      const wide = share * length;
      const front = this.light(from + wide) - this.light(from);
      const back = this.light(from + length) - this.light(from + length - wide);
      soft[into + pulse] = back - front;
      const rises = back > front;
      const edge = from + length * (rises ? 1 - duty : duty);
      const around = this.light(edge + wide / 2) - this.light(edge - wide / 2);
      const both = this.light(edge + wide) - this.light(edge - wide);
      this.follow(front, back, rises ? 1 : -1, around - both / 2);
    }
    return pulses;
  }

  // hot path
  /**
   * On to the next symbol.
   * @param front light of one half of this one, `back` of the other
   * @param direction 1 where the light rises at the edge inside, -1 where it falls
   * @param around light around that edge less half of that of both stretches beside it: late by t, it has t more light and t less dark
   */
  private follow(front: number, back: number, direction: number, around: number): void {
    const light = front + back;
    if (this.#symbols !== 0) this.#between += (light - this.#lastLight) * (light - this.#lastLight);
    this.#lastLight = light;
    this.#inside += (front - back) * (front - back);
    const late = direction * around * this.#perLight;
    const limit = this.#limit;
    const error = late > limit ? limit : late < -limit ? -limit : late;
    let both = this.#both;
    let wander = this.#wander;
    let phase = this.#phase + 2 * both + wander;
    both += wander;
    wander += RATE_WALK * RATE_WALK;
    this.#symbols++;
    const total = phase + this.#variance;
    const phaseGain = phase / total;
    const rateGain = both / total;
    this.#wander = wander - rateGain * both;
    this.#both = both - phaseGain * both;
    phase -= phaseGain * phase;
    this.#phase = phase;
    let rate = this.#rate - rateGain * error;
    if (rate > RATE_LIMIT) rate = RATE_LIMIT;
    else if (rate < -RATE_LIMIT) rate = -RATE_LIMIT;
    this.#rate = rate;
    this.at += this.#period * (1 + rate - phaseGain * error);
  }

  // hot path
  /** Light from the first sample to time `at`. */
  private light(at: number): number {
    const sums = this.#sums;
    if (at <= 0) return 0;
    if (at >= this.#count) return sums[this.#count];
    const whole = at | 0;
    return sums[whole] + (at - whole) * (sums[whole + 1] - sums[whole]);
  }
}
