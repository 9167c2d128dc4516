/** ECMA-419 `PWM` on a pin of an Arduino. Its frequency is the board's and Firmata does not tell it. */
import type { PWM, PWMConstructor, PWMOptions } from "../io";
import { IOError } from "../io-error";
import { closedError, requireFormat, requireInteger } from "../io-options";
import { validatePWM } from "../io-validate";
import type { FirmataLink } from "./link";
import { PinMode } from "./protocol";

export function pwmClass(link: FirmataLink): PWMConstructor {
  return class extends FirmataPWM {
    constructor(options: PWMOptions) {
      super(options, link);
    }
  };
}

class FirmataPWM implements PWM {
  target: unknown;
  readonly #link: FirmataLink;
  readonly #pin: number;
  #closed = false;

  constructor(options: PWMOptions, link: FirmataLink) {
    validatePWM(options);
    if (options.hz !== undefined)
      throw new IOError("unsupported", "Firmata cannot set the frequency of a PWM; leave hz out");
    this.#link = link;
    this.#pin = link.find(options.pin, PinMode.pwm, "PWM output");
    this.target = options.target;
    link.take(`pin ${this.#pin}`);
    try {
      link.call("pinMode", this.#pin, PinMode.pwm);
      link.call("writePwm", this.#pin, 0);
    } catch (error) {
      link.release(`pin ${this.#pin}`);
      throw error;
    }
  }

  get format(): string {
    return "number";
  }

  set format(value: string) {
    requireFormat(value, "number");
  }

  get resolution(): number {
    return this.#link.board.pwmBits;
  }

  get hz(): undefined {
    return undefined;
  }

  write(value: number): void {
    if (this.#closed) throw closedError("PWM");
    this.#link.call("writePwm", this.#pin, requireInteger(value, "value", 0, 2 ** this.resolution - 1));
  }

  /** Off, as a pin that nobody holds should be. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    try {
      this.#link.call("writePwm", this.#pin, 0);
    } catch {
      // The link is lost: there is nothing left to switch off from here.
    }
    this.#link.release(`pin ${this.#pin}`);
  }
}
