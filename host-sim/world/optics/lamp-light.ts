/** The light of one lamp over time: what it shines between frames, and its last frames. */
import { ChipRun } from "./led";

/** Frames that are remembered: a look at the light begins a little before a frame, where the one before may still be on its way. */
const FRAMES = 3;
const MICROSECONDS = 1_000_000;

export class LampLight {
  /** Where there is more than one speed of light, 1 is as the plan says. */
  readonly #speed: number;
  readonly #frames: readonly ChipRun[];
  #next = 0;
  /** Frames in the order of time, those that were never shone first. */
  readonly #rest: ChipRun;
  /** Of the window that is being looked at: runs in order, and when each begins. */
  readonly #runs: ChipRun[] = [];
  readonly #begins = new Float64Array(2 * FRAMES + 1);

  constructor(bandwidthHz: number, ppm: number) {
    this.#speed = 1 + ppm / 1e6;
    this.#frames = Array.from({ length: FRAMES }, () => new ChipRun(bandwidthHz));
    this.#rest = new ChipRun(bandwidthHz);
    this.#rest.repeats = true;
    this.#rest.set(new Uint8Array(1), 1, true, 1, 0);
  }

  /** Share of full light between frames. */
  get level(): number {
    return this.#rest.level;
  }

  /** @param chips as an emitter repeats them, the first in the lowest bit */
  shine(chips: Uint8Array, count: number, hz: number, nowUs: number): void {
    const rest = this.#rest;
    // From its middle on a pattern that repeats begins as it ends.
    rest.set(chips, count, true, MICROSECONDS / (hz * this.#speed), this.levelOf(chips, count));
    rest.startUs = nowUs;
  }

  /** @param chips the first in the highest bit. @returns when the last of them ends */
  frame(chips: Uint8Array, count: number, hz: number, nowUs: number): number {
    const run = this.#frames[this.#next];
    this.#next = (this.#next + 1) % FRAMES;
    run.hold(chips, count, MICROSECONDS / (hz * this.#speed), this.level);
    run.startUs = nowUs;
    return run.endUs;
  }

  /** Whether a frame was on its way between two moments, besides one that began at `exceptUs`. */
  speaksBetween(fromUs: number, toUs: number, exceptUs: number): boolean {
    for (let i = 0; i < FRAMES; i++) {
      const run = this.#frames[i];
      if (run.count > 0 && run.startUs !== exceptUs && run.startUs < toUs && run.endUs > fromUs) return true;
    }
    return false;
  }

  /**
   * Adds the mean of the light in each stretch between two moments.
   * @param timesUs one more than there are stretches, rising; counted from `originUs` on
   * @param full what full light is
   */
  addTo(into: Float64Array, timesUs: Float64Array, stretches: number, originUs: number, full: number): void {
    const count = this.order(originUs, originUs + timesUs[stretches]);
    if (count === 1 && this.level === 0) return;
    const runs = this.#runs;
    const begins = this.#begins;
    let at = 0;
    let run = runs[0];
    // What was before the run is added to what the run says, so that the sum has no step.
    let carried = -run.until(originUs + timesUs[0]);
    let before = 0;
    for (let i = 0; i < stretches; i++) {
      const moment = originUs + timesUs[i + 1];
      while (at + 1 < count && moment >= begins[at + 1]) {
        at++;
        const next = runs[at];
        carried += run.until(begins[at]) - next.until(begins[at]);
        run = next;
      }
      const sum = carried + run.until(moment);
      into[i] += (full * (sum - before)) / (timesUs[i + 1] - timesUs[i]);
      before = sum;
    }
  }

  private levelOf(chips: Uint8Array, count: number): number {
    let lit = 0;
    for (let i = 0; i < count; i++) lit += (chips[i >> 3] >> (i & 7)) & 1;
    return lit / count;
  }

  /** Which runs shine from one moment to another: rest, frame, rest, … Gives their number. */
  private order(fromUs: number, toUs: number): number {
    const runs = this.#runs;
    const begins = this.#begins;
    let count = 0;
    runs[count] = this.#rest;
    begins[count++] = fromUs;
    for (let i = 0; i < FRAMES; i++) {
      // The oldest first.
      const frame = this.#frames[(this.#next + i) % FRAMES];
      if (frame.count === 0 || frame.endUs <= fromUs || frame.startUs >= toUs) continue;
      frame.shine();
      runs[count] = frame;
      begins[count++] = frame.startUs;
      runs[count] = this.#rest;
      begins[count++] = frame.endUs;
    }
    return count;
  }
}
