/** ECMA-419 `Analog` on an analog input of an Arduino. What full scale is, the board's reference says. */
import type { Analog, AnalogConstructor, AnalogOptions } from "../io";
import { closedError, requireFormat } from "../io-options";
import { validateAnalog } from "../io-validate";
import type { FirmataLink } from "./link";
import { PinMode } from "./protocol";

export function analogClass(link: FirmataLink): AnalogConstructor {
  return class extends FirmataAnalog {
    constructor(options: AnalogOptions) {
      super(options, link);
    }
  };
}

class FirmataAnalog implements Analog {
  target: unknown;
  readonly #link: FirmataLink;
  readonly #pin: number;
  readonly #channel: number;
  #closed = false;

  constructor(options: AnalogOptions, link: FirmataLink) {
    validateAnalog(options);
    this.#link = link;
    this.#pin = link.find(options.pin, PinMode.analog, "analog input");
    this.#channel = link.board.pins[this.#pin].analogChannel;
    this.target = options.target;
    link.take(`pin ${this.#pin}`);
    try {
      link.call("pinMode", this.#channel, PinMode.analog);
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
    return this.#link.board.analogBits;
  }

  read(): number {
    if (this.#closed) throw closedError("Analog");
    return this.#link.call("readAnalog", this.#pin, this.#channel) as number;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#link.release(`pin ${this.#pin}`);
  }
}
