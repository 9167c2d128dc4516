/**
 * The power of a gateway in a world. What a start of the gateway is given (clock, IO) dies with it: no timer fires and no IO
 * calls back after the power has gone, and what it held is free again, while the world goes on.
 */
import type { Clock, TimeQuality, Timer } from "../../hal/clock";
import type { Closable, IOProvider } from "../../hal/io";

/** Monotonic time begins at each start; the wall clock can be set wrong. */
export class GatewayClock implements Clock {
  readonly #world: Clock;
  readonly #startUs: number;
  readonly #power: Power;

  constructor(world: Clock, power: Power) {
    this.#world = world;
    this.#startUs = world.nowUs();
    this.#power = power;
  }

  nowUs(): number {
    return this.#world.nowUs() - this.#startUs;
  }

  wallMs(): number {
    return this.#world.wallMs() + this.#power.wallStepMs;
  }

  wallQuality(): TimeQuality {
    return this.#world.wallQuality();
  }

  timer(callback: () => void, target?: object): Timer {
    const { on } = this.#power;
    // The power that was on when the timer was made, not a later one.
    const timer = this.#world.timer(() => {
      if (this.#power.on === on) callback.call(target);
    });
    const startUs = this.#startUs;
    return { arm: (dueUs) => timer.arm(dueUs + startUs), disarm: () => timer.disarm() };
  }
}

type IOClass = new (options: never) => Closable;

export class Power {
  /** Numbers the starts. */
  on = 0;
  /** What somebody set the wall clock wrong by. */
  wallStepMs = 0;
  readonly #open = new Set<Closable>();

  /** The classes of `io`, which note what they make. */
  supply(io: IOProvider): IOProvider {
    const supplied: Record<string, unknown> = {};
    for (const [name, entry] of Object.entries(io))
      supplied[name] = typeof entry === "function" ? this.#noting(entry as unknown as IOClass) : entry;
    return supplied as IOProvider;
  }

  /** Everything stops in the middle of what it did. */
  cut(): void {
    this.on++;
    for (const io of [...this.#open]) io.close();
    this.#open.clear();
  }

  #noting(Class: IOClass): IOClass {
    const open = this.#open;
    return class extends Class {
      constructor(options: never) {
        super(options);
        open.add(this);
      }

      override close(): void {
        open.delete(this);
        super.close();
      }
    };
  }
}
