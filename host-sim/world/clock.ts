/** The gateway's clock inside a world: monotonic time from the kernel, wall time from a start that the scenario sets. */
import { type Clock, TimeQuality, type Timer } from "../../hal/clock";
import { type Kernel, WorldEvent } from "./kernel";

/** 2026-01-01T00:00:00Z: where virtual worlds begin unless told otherwise. */
export const DEFAULT_EPOCH_MS = 1_767_225_600_000;

export class WorldClock implements Clock {
  readonly #kernel: Kernel;
  readonly #epochMs: number;

  /** @param epochMs wall time at the kernel's beginning; NaN for a device that does not know it */
  constructor(kernel: Kernel, epochMs: number = DEFAULT_EPOCH_MS) {
    this.#kernel = kernel;
    this.#epochMs = epochMs;
  }

  nowUs(): number {
    return this.#kernel.nowUs();
  }

  wallMs(): number {
    return this.#epochMs + Math.floor(this.#kernel.nowUs() / 1000);
  }

  wallQuality(): TimeQuality {
    return this.#epochMs - this.#epochMs === 0 ? TimeQuality.sntp : TimeQuality.none;
  }

  timer(callback: () => void, target?: object): Timer {
    return new WorldTimer(this.#kernel, target === undefined ? callback : callback.bind(target));
  }
}

class WorldTimer implements Timer {
  readonly #kernel: Kernel;
  readonly #event: WorldEvent;

  constructor(kernel: Kernel, callback: () => void) {
    this.#kernel = kernel;
    this.#event = new WorldEvent(callback);
  }

  arm(dueUs: number): void {
    this.#kernel.schedule(this.#event, dueUs);
  }

  disarm(): void {
    this.#kernel.cancel(this.#event);
  }
}
