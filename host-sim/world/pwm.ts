/** A pin of the world that a board can drive with pulses, and the ECMA-419 `PWM` class of a board that is wired to it. */
import type { PWM, PWMConstructor, PWMOptions } from "../../hal/io";
import { IOError } from "../../hal/io-error";
import { closedError, requireFormat, requireInteger } from "../../hal/io-options";
import { validatePWM } from "../../hal/io-validate";
import type { Lease, Wiring } from "./wiring";

/** Round figures of the order of an ESP32's LED controller. */
const DEFAULT_HZ = 1000;
const RESOLUTION_BITS = 10;
const LARGEST = 2 ** RESOLUTION_BITS - 1;

export class PWMPin {
  /** Share of the period that the pin is high. */
  duty = 0;
  hz = DEFAULT_HZ;
  #claimed = false;

  claim(): void {
    if (this.#claimed) throw new IOError("in-use", "this pin is in use by another PWM");
    this.#claimed = true;
  }

  release(): void {
    this.#claimed = false;
    this.duty = 0;
  }
}

/** The `PWM` class of one board. */
export function pwmClass(wiring: Wiring<PWMOptions, PWMPin>): PWMConstructor {
  return class extends WorldPWM {
    constructor(options: PWMOptions) {
      super(options, wiring);
    }
  };
}

class WorldPWM implements PWM {
  target: unknown;
  readonly #lease: Lease<PWMPin>;
  readonly #pin: PWMPin;
  #closed = false;

  constructor(options: PWMOptions, wiring: Wiring<PWMOptions, PWMPin>) {
    validatePWM(options);
    this.target = options.target;
    this.#lease = wiring.take(options);
    this.#pin = this.#lease.bus;
    try {
      this.#pin.claim();
    } catch (error) {
      this.#lease.release();
      throw error;
    }
    this.#pin.hz = options.hz ?? DEFAULT_HZ;
  }

  get format(): string {
    return "number";
  }

  set format(value: string) {
    requireFormat(value, "number");
  }

  get resolution(): number {
    return RESOLUTION_BITS;
  }

  get hz(): number {
    return this.#pin.hz;
  }

  write(value: number): void {
    if (this.#closed) throw closedError("PWM");
    this.#pin.duty = requireInteger(value, "value", 0, LARGEST) / LARGEST;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#pin.release();
    this.#lease.release();
  }
}
