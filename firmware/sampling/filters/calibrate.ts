import { Linked } from "../../../drivers/linked";
import { checkFinite, type Filter, saturate } from "./filter";

export const MAX_POINTS = 64;

/**
 * Calibration by a table: straight lines between its points. Outside of the table the outer lines go on, or the value
 * stays at the outer point.
 *
 * The line in use is kept: a reading is nearly always on the line of the one before.
 */
export class CalibrateFilter implements Filter {
  /** The line in use: from `lower` up to `upper`, which is the next one's. */
  #lower = 0;
  #upper = 0;
  #origin = 0;
  #base = 0;
  #slope = 0;

  /** A point of each line. Line 0 lies below the table and has its first point, the last one lies above. */
  readonly #starts: Float64Array;
  readonly #bases: Float64Array;
  readonly #slopes: Float64Array;

  /** @param points `[reading, true value]`, readings ascending */
  constructor(points: readonly (readonly [number, number])[], outside: "clamp" | "extrapolate") {
    const count = points.length;
    if (Linked.checks && (count < 2 || count > MAX_POINTS))
      throw new RangeError(`calibrate: 2 to ${MAX_POINTS} points are needed`);
    this.#starts = new Float64Array(count + 1);
    this.#bases = new Float64Array(count + 1);
    this.#slopes = new Float64Array(count + 1);
    for (let i = 0; i < count; i++) {
      const [reading, truth] = points[i];
      checkFinite("calibrate", "a point", reading);
      checkFinite("calibrate", "a point", truth);
      this.#starts[i + 1] = reading;
      this.#bases[i + 1] = truth;
      if (i === 0) continue;
      const slope = (truth - points[i - 1][1]) / (reading - points[i - 1][0]);
      if (Linked.checks && (!(reading > points[i - 1][0]) || !Number.isFinite(slope)))
        throw new RangeError("calibrate: readings must ascend, not too steeply");
      this.#slopes[i] = slope;
    }
    this.#starts[0] = this.#starts[1];
    this.#bases[0] = this.#bases[1];
    this.#slopes[0] = outside === "clamp" ? 0 : this.#slopes[1];
    this.#slopes[count] = outside === "clamp" ? 0 : this.#slopes[count - 1];
    this.choose(points[0][0]);
  }

  // hot path
  apply(value: number): number {
    if (value < this.#lower || value >= this.#upper) this.choose(value);
    const distance = value - this.#origin;
    const result = this.#base + distance * this.#slope;
    return result - result === 0 ? result : this.beyond(distance);
  }

  reset(): void {}

  private choose(value: number): void {
    const starts = this.#starts;
    let line = starts.length - 1;
    while (line > 0 && value < starts[line]) line--;
    this.#lower = line === 0 ? Number.NEGATIVE_INFINITY : starts[line];
    this.#upper = line === starts.length - 1 ? Number.POSITIVE_INFINITY : starts[line + 1];
    this.#origin = starts[line];
    this.#base = this.#bases[line];
    this.#slope = this.#slopes[line];
  }

  private beyond(distance: number): number {
    return this.#slope === 0 ? this.#base : saturate(distance * this.#slope);
  }
}
