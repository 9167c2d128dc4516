/**
 * Current of the light that is no lamp's of ours: daylight, lamps on the mains whose light follows the half waves, electronic
 * ballasts (reference/vlc.md section 5.2). Slow against a sample, so it is reckoned at some moments and runs straight between them.
 */
import { exp, sin } from "../math";
import { ambientCurrent } from "./link-budget";
import type { ReceiverParts } from "./parts";
import type { SamplingClock } from "./sampling";

/** Samples between two moments that are reckoned. */
const EVERY = 64;
/** With a ballast: at 40 kHz and 1.6 million samples a second an eighth of a turn is five of them. */
const EVERY_WITH_BALLAST = 4;
/** Steps of a coupling that settles, and how many: eight of its time constants. */
const STEPS_A_TIME_CONSTANT = 8;
const SETTLING_STEPS = 64;

export class AmbientLight {
  readonly #parts: ReceiverParts;

  constructor(parts: ReceiverParts) {
    this.#parts = parts;
  }

  /** Current at a moment; its mean is that of the ambient light. */
  currentAt(seconds: number): number {
    const { ripple, mainsHz, ballast, ballastHz } = this.#parts;
    const wave = sin(2 * Math.PI * fraction(mainsHz * seconds));
    const half = wave < 0 ? -wave : wave;
    const swing = ballast === 0 ? 0 : ballast * sin(2 * Math.PI * fraction(ballastHz * seconds));
    return ambientCurrent(this.#parts) * (1 + ripple * ((Math.PI / 2) * half - 1) + swing);
  }

  /** What a coupling of that corner has taken of it by then: all that does not change, and the half waves a little late. */
  settledAt(seconds: number, cornerHz: number): number {
    const stepS = 1 / (2 * Math.PI * cornerHz * STEPS_A_TIME_CONSTANT);
    const follow = 1 - exp(-1 / STEPS_A_TIME_CONSTANT);
    let settled = ambientCurrent(this.#parts);
    for (let i = SETTLING_STEPS; i > 0; i--) settled += follow * (this.currentAt(seconds - i * stepS) - settled);
    return settled;
  }

  /** The current of each sample. */
  write(into: Float64Array, clock: SamplingClock, count: number, originUs: number): void {
    const { ripple, ballast } = this.#parts;
    if (ripple === 0 && ballast === 0) {
      into.fill(ambientCurrent(this.#parts), 0, count);
      return;
    }
    const every = ballast === 0 ? EVERY : EVERY_WITH_BALLAST;
    let from = this.currentAt(originUs / 1e6);
    for (let i = 0; i < count; i += every) {
      const last = i + every < count ? i + every : count;
      const to = this.currentAt((originUs + last * clock.stepUs) / 1e6);
      const slope = (to - from) / (last - i);
      for (let k = i; k < last; k++) into[k] = from + (k - i) * slope;
      from = to;
    }
  }
}

/** So that a sine of a late hour is as exact as one of the first. */
function fraction(turns: number): number {
  return turns - Math.floor(turns);
}
