import { Linked } from "../../../drivers/linked";
import { checkPositive, type Filter } from "./filter";

/**
 * Exponential average: each sample moves it by `factor` of its distance. Begins with the first sample. For samples that
 * come at equal distances.
 */
export class SmoothFilter implements Filter {
  private readonly factor: number;
  private average = Number.NaN;

  constructor(factor: number) {
    if (Linked.checks && !(factor > 0 && factor <= 1))
      throw new RangeError("smooth: factor must be above 0 and at most 1");
    this.factor = factor;
  }

  // hot path
  apply(value: number): number {
    let average = this.average;
    average += (value - average) * this.factor;
    if (average - average !== 0) average = blend(this.average, value, this.factor);
    this.average = average;
    return average;
  }

  reset(): void {
    this.average = Number.NaN;
  }
}

/**
 * Exponential average with a time constant, for samples that come when they come: a sample counts dt / (tau + dt), dt the
 * time since the one before. That is the step of the backward Euler method; it needs no exponential, on whose last bit
 * engines differ. For dt much shorter than tau it is the same.
 */
export class SmoothOverFilter implements Filter {
  private readonly tauUs: number;
  private average = Number.NaN;
  private lastUs = 0;

  constructor(tauUs: number) {
    checkPositive("smooth", "time constant", tauUs);
    this.tauUs = tauUs;
  }

  // hot path
  apply(value: number, ticksUs: number): number {
    const sinceUs = ticksUs - this.lastUs;
    this.lastUs = ticksUs;
    const factor = sinceUs / (this.tauUs + sinceUs);
    let average = this.average;
    average += (value - average) * factor;
    if (average - average !== 0) average = blend(this.average, value, factor);
    this.average = average;
    return average;
  }

  reset(): void {
    this.average = Number.NaN;
  }
}

/** The first sample, or two so far apart that their distance is no number. */
function blend(average: number, value: number, factor: number): number {
  return Number.isNaN(average) ? value : average * (1 - factor) + value * factor;
}
