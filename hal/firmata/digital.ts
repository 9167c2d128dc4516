/** ECMA-419 `Digital` on a pin of an Arduino. */
import { type Digital, type DigitalConstructor, DigitalEdge, DigitalMode, type DigitalOptions } from "../io";
import { IOError } from "../io-error";
import { closedError, requireFormat } from "../io-options";
import { validateDigital } from "../io-validate";
import type { FirmataLink } from "./link";
import { PinMode } from "./protocol";

export function digitalClass(link: FirmataLink): DigitalConstructor {
  return class extends FirmataDigital {
    static readonly Input = DigitalMode.Input;
    static readonly InputPullUp = DigitalMode.InputPullUp;
    static readonly InputPullDown = DigitalMode.InputPullDown;
    static readonly InputPullUpDown = DigitalMode.InputPullUpDown;
    static readonly Output = DigitalMode.Output;
    static readonly OutputOpenDrain = DigitalMode.OutputOpenDrain;
    static readonly Rising = DigitalEdge.Rising;
    static readonly Falling = DigitalEdge.Falling;

    constructor(options: DigitalOptions) {
      super(options, link);
    }
  };
}

class FirmataDigital implements Digital {
  target: unknown;
  readonly #link: FirmataLink;
  readonly #pin: number;
  readonly #isInput: boolean;
  readonly #openDrain: boolean;
  readonly #inverted: 0 | 1;
  readonly #edges: number;
  readonly #onReadable: ((this: Digital) => void) | undefined;
  #closed = false;

  constructor(options: DigitalOptions, link: FirmataLink) {
    this.#isInput = validateDigital(options);
    const { mode } = options;
    if (mode === DigitalMode.InputPullDown || mode === DigitalMode.InputPullUpDown)
      throw new IOError("unsupported", "Firmata knows no pull-down; put a resistor there");
    const pinMode = this.#isInput
      ? mode === DigitalMode.InputPullUp
        ? PinMode.pullUp
        : PinMode.input
      : PinMode.output;
    this.#link = link;
    this.#pin = link.find(options.pin, pinMode, "digital pin of that mode");
    this.#openDrain = mode === DigitalMode.OutputOpenDrain;
    this.#inverted = options.activeLow === true ? 1 : 0;
    this.#edges = options.edge ?? 0;
    this.#onReadable = this.#isInput ? options.onReadable : undefined;
    this.target = options.target;
    link.take(`pin ${this.#pin}`);
    try {
      this.#begin(options, pinMode);
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

  read(): number {
    this.#open();
    if (!this.#isInput) throw new IOError("unsupported", "this Digital is an output");
    return (this.#link.call("readDigital", this.#pin) as number) ^ this.#inverted;
  }

  write(value: number): void {
    this.#open();
    if (this.#isInput) throw new IOError("unsupported", "this Digital is an input");
    if (typeof value !== "number") throw new TypeError("value must be a number");
    if (value !== 0 && value !== 1) throw new RangeError(`value must be 0 or 1, is ${value}`);
    this.#put((value ^ this.#inverted) as 0 | 1);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#link.unwatch(this.#pin);
    this.#link.release(`pin ${this.#pin}`);
  }

  /** An output begins low, whatever is asked: the firmware says so. */
  #begin(options: DigitalOptions, pinMode: number): void {
    if (this.#openDrain) this.#put(((options.initialValue ?? 1) ^ this.#inverted) as 0 | 1);
    else this.#link.call("pinMode", this.#pin, pinMode);
    if (!this.#isInput && !this.#openDrain && options.initialValue !== undefined)
      this.#put((options.initialValue ^ this.#inverted) as 0 | 1);
    if (this.#onReadable !== undefined) this.#link.watch(this.#pin, (level) => this.#changed(level));
  }

  /** Open drain: an output that is low, or an input that leaves the wire to others. */
  #put(level: 0 | 1): void {
    if (this.#openDrain) this.#link.call("pinMode", this.#pin, level === 0 ? PinMode.output : PinMode.input);
    if (!this.#openDrain || level === 0) this.#link.call("setPin", this.#pin, level);
  }

  #changed(level: 0 | 1): void {
    if (this.#closed) return;
    const edge = (level ^ this.#inverted) === 1 ? DigitalEdge.Rising : DigitalEdge.Falling;
    if (this.#edges & edge) this.#onReadable!.call(this);
  }

  #open(): void {
    if (this.#closed) throw closedError("Digital");
  }
}
