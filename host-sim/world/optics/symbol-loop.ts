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
  /** Light less dark of one sample. */
  #size = 0;
  /** Of what one symbol says of its edge: variance, and how much of the truth is in it where decisions are wrong so often. */
  #variance = 1;
  #slope = 1;
  #limit = 1;
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
   * @param sums `sums[i]` is the sum of the samples before `i`; one more than there are samples
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
    this.#size = amplitude;
    // A symbol is decided right with erf(sqrt(2 Ec/N0)) more chance than wrong; this is within a tenth of that.
    const reach = Math.sqrt(3 * energy);
    this.#slope = energy === Number.POSITIVE_INFINITY ? 1 : reach / Math.sqrt(1 + reach * reach);
    // The light around an edge less that of both halves has half of a chip's noise: 1 / (64 Ec/N0) of a symbol's square.
    const known = 1 / (64 * energy);
    const decided = known / (this.#slope * this.#slope);
    this.#variance = decided > LEAST_VARIANCE ? decided : LEAST_VARIANCE;
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
    for (let bit = 0; bit < bits; bit++) {
      const length = this.#period * (1 + this.#rate);
      const from = this.at;
      if (from + length > this.#count) return bit;
      const middle = this.light(from + length / 2);
      const first = middle - this.light(from);
      const second = this.light(from + length) - middle;
      soft[into + 2 * bit] = first;
      soft[into + 2 * bit + 1] = second;
      this.compare(first, second);
      this.follow(first - second > 0 ? -1 : 1, from + length / 2, length / 2);
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
      this.compare(front, back);
      const rises = back > front;
      this.follow(rises ? 1 : -1, from + length * (rises ? 1 - duty : duty), wide);
    }
    return pulses;
  }

  // hot path
  private compare(front: number, back: number): void {
    const light = front + back;
    const change = this.#symbols === 0 ? 0 : light - this.#lastLight;
    this.#lastLight = light;
    this.#between += change * change;
    this.#inside += (front - back) * (front - back);
  }

  // hot path
  /** @param direction 1 where the light rises at `edge`, -1 where it falls; `wide` samples on both sides are of the symbol */
  private follow(direction: number, edge: number, wide: number): void {
    const middle = this.light(edge);
    const before = middle - this.light(edge - wide);
    const after = this.light(edge + wide) - middle;
    const around = this.light(edge + wide / 2) - this.light(edge - wide / 2);
    // Late by t: the stretch around the edge has t more light and t less dark.
    const late = (direction * (around - (before + after) / 2)) / (this.#size * this.#slope * this.#period);
    const limit = this.#limit;
    const error = late > limit ? limit : late < -limit ? -limit : late;
    this.#phase += 2 * this.#both + this.#wander;
    this.#both += this.#wander;
    this.#wander += RATE_WALK * RATE_WALK;
    this.#symbols++;
    const total = this.#phase + this.#variance;
    const phaseGain = this.#phase / total;
    const rateGain = this.#both / total;
    this.#wander -= rateGain * this.#both;
    this.#both -= phaseGain * this.#both;
    this.#phase -= phaseGain * this.#phase;
    this.#rate -= rateGain * error;
    if (this.#rate > RATE_LIMIT) this.#rate = RATE_LIMIT;
    else if (this.#rate < -RATE_LIMIT) this.#rate = -RATE_LIMIT;
    this.at += this.#period * (1 + this.#rate - phaseGain * error);
  }

  // hot path
  /** Light from the first sample to time `at`. */
  private light(at: number): number {
    const sums = this.#sums;
    if (at <= 0) return 0;
    if (at >= this.#count) return sums[this.#count];
    const whole = Math.floor(at);
    return sums[whole] + (at - whole) * (sums[whole + 1] - sums[whole]);
  }
}
