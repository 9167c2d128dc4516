/** The light of one lamp over time: what it shines between frames, and its last frames. */
import { ChipRun } from "./led";
import type { SamplingClock } from "./sampling";

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
   * Adds the mean of the light while each sample was taken. Where the LED has settled that is what it is driven with, whenever
   * exactly the samples were; the others, around its edges, are reckoned one by one.
   * @param full what full light is
   */
  addTo(into: Float64Array, clock: SamplingClock, samples: number, originUs: number, full: number): void {
    const { stepUs, mostJitterUs } = clock;
    const count = this.order(originUs, originUs + clock.at(samples));
    if (count === 1 && this.level === 0) return;
    const runs = this.#runs;
    const begins = this.#begins;
    let at = 0;
    let run = runs[0];
    let ends = count > 1 ? begins[1] : Number.POSITIVE_INFINITY;
    let fromUs = originUs + clock.at(0);
    let before = run.until(fromUs);
    for (let i = 0; i < samples; ) {
      const toUs = originUs + clock.at(i + 1);
      // What was before the run is added to what the run says, so that the sum has no step.
      let carried = 0;
      while (toUs >= ends) {
        at++;
        const next = runs[at];
        carried += run.until(ends) - next.until(ends);
        run = next;
        ends = at + 1 < count ? begins[at + 1] : Number.POSITIVE_INFINITY;
      }
      const sum = run.until(toUs);
      into[i] += (full * (sum + carried - before)) / (toUs - fromUs);
      i++;
      fromUs = toUs;
      before = sum;
      if (!run.settled) continue;
      const settledUs = run.settledUntilUs;
      const constantUs = settledUs < ends ? settledUs : ends;
      const whole = Math.floor((constantUs - originUs - mostJitterUs) / stepUs);
      const last = whole < samples ? whole : samples;
      if (last <= i) continue;
      const { shown } = run;
      const light = full * shown;
      if (light !== 0) for (; i < last; i++) into[i] += light;
      i = last;
      fromUs = originUs + clock.at(i);
      before += shown * (fromUs - toUs);
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
