/** Drives a world's kernel by the wall clock: virtual microseconds pass as real ones do. */
import type { Kernel } from "../world/kernel";

/** Node's timers are good for about a millisecond; the world is caught up at least this often. */
const LONGEST_SLEEP_MS = 50;

export class Pump {
  readonly #kernel: Kernel;
  readonly #startedNs = process.hrtime.bigint();
  #timer: NodeJS.Timeout | undefined;
  #running = true;
  readonly #onFailure: (error: unknown) => void;

  /** @param onFailure told when something in the world throws, a wrong scenario for example; the pump has stopped then */
  constructor(kernel: Kernel, onFailure: (error: unknown) => void) {
    this.#kernel = kernel;
    this.#onFailure = onFailure;
  }

  /** Runs what is due by now; called by the timer and before anything that came from outside. */
  advance(): void {
    if (!this.#running) return;
    try {
      this.#kernel.runUntil(this.elapsedUs());
    } catch (error) {
      this.stop();
      this.#onFailure(error);
    }
  }

  elapsedUs(): number {
    return Number((process.hrtime.bigint() - this.#startedNs) / 1000n);
  }

  /** Sleeps until the next event. Call after anything that may have scheduled one. */
  arm(): void {
    if (!this.#running) return;
    clearTimeout(this.#timer);
    const waitMs = (this.#kernel.nextUs() - this.elapsedUs()) / 1000;
    this.#timer = setTimeout(() => this.#tick(), Math.max(0, Math.min(LONGEST_SLEEP_MS, waitMs)));
  }

  stop(): void {
    this.#running = false;
    clearTimeout(this.#timer);
  }

  #tick(): void {
    this.advance();
    this.arm();
  }
}
