/** How long to wait before the next attempt: full jitter, so that a fleet does not come back in step. */
import type { Random } from "../../../hal/random";

/** What the end of a connection says about the next one. */
export const Retry = {
  /** A random time up to min(300 s, 1 s * 2^attempt). */
  usual: 0,
  /** The broker shuts down in good order: it is back soon, and everybody comes at once. */
  restart: 1,
  /** Nothing that waiting alone would mend: a password, a second client of the same name. 150 to 300 s. */
  slow: 2,
  /** Another way was shown: another version, another broker. At once, the first time; then as usual. */
  now: 3,
} as const;
export type Retry = (typeof Retry)[keyof typeof Retry];

const BASE_MS = 1_000;
const CAP_MS = 300_000;
/** While an alarm waits, nobody may sleep for five minutes. */
export const CAP_ALARM_MS = 30_000;
const RESTART_MS = 30_000;
/** Attempts after which the cap is reached: 2^9 s are more than 300 s. */
const STEPS = 9;
const RANDOM_RANGE = 4_294_967_296;

export class Backoff {
  readonly #random: Random;
  #attempt = 0;
  #jumped = false;

  constructor(random: Random) {
    this.#random = random;
  }

  get attempts(): number {
    return this.#attempt;
  }

  /** A connection stood for long enough to have been a good one. */
  reset(): void {
    this.#attempt = 0;
    this.#jumped = false;
  }

  /** Microseconds to wait. @param alarmWaits somebody is in a hurry; it shortens all but `slow` */
  nextUs(retry: Retry, alarmWaits: boolean): number {
    const attempt = this.#attempt++;
    if (retry === Retry.now && !this.#jumped) {
      this.#jumped = true;
      return 0;
    }
    if (retry === Retry.slow) return this.upToUs(CAP_MS / 2) + (CAP_MS / 2) * 1000;
    if (retry === Retry.restart) return this.upToUs(RESTART_MS);
    const capMs = alarmWaits ? CAP_ALARM_MS : CAP_MS;
    return this.upToUs(Math.min(capMs, BASE_MS * (1 << Math.min(attempt, STEPS))));
  }

  upToUs(ceilingMs: number): number {
    return Math.floor((this.#random.uint32() / RANDOM_RANGE) * ceilingMs * 1000);
  }
}
