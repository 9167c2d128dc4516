/**
 * A digital pin of the world, and the ECMA-419 `Digital` class of a board that is wired to it.
 *
 * What the gateway drives as an output wins over what hangs on the wire, and that over the pull resistor. A wire that
 * nobody holds reads low: a real one would read anything, a world must say the same in every run.
 * `onReadable` comes as an event of its own after the change, and once for all changes of one instant, as from an
 * interrupt that posts a message.
 */
import type { DigitalWire } from "../../drivers/emulation";
import { type Digital, type DigitalConstructor, DigitalEdge, DigitalMode, type DigitalOptions } from "../../hal/io";
import { IOError } from "../../hal/io-error";
import { closedError, requireFormat, requireInteger } from "../../hal/io-options";
import { validateDigital } from "../../hal/io-validate";
import { type Kernel, WorldEvent } from "./kernel";
import type { Lease, Wiring } from "./wiring";

type Level = 0 | 1;

export class DigitalPin implements DigitalWire {
  #outside: Level | undefined;
  #pull: Level | undefined;
  #output: Level | undefined;
  #claimed = false;
  #onChange: ((level: Level) => void) | undefined;

  /** The level of the wire. */
  get level(): Level {
    return this.#output ?? this.#outside ?? this.#pull ?? 0;
  }

  drive(level: Level | undefined): void {
    const before = this.level;
    this.#outside = level;
    this.#tell(before);
  }

  /** What the gateway's own pin does: an output level, or `undefined` where an open drain lets go. */
  put(level: Level | undefined): void {
    const before = this.level;
    this.#output = level;
    this.#tell(before);
  }

  claim(pull: Level | undefined, onChange: ((level: Level) => void) | undefined): void {
    if (this.#claimed) throw new IOError("in-use", "this pin is in use by another Digital");
    this.#claimed = true;
    this.#pull = pull;
    this.#onChange = onChange;
  }

  release(): void {
    this.#claimed = false;
    this.#output = this.#pull = this.#onChange = undefined;
  }

  #tell(before: Level): void {
    const { level } = this;
    if (level !== before) this.#onChange?.(level);
  }
}

/** The `Digital` class of one board. */
export function digitalClass(kernel: Kernel, wiring: Wiring<DigitalOptions, DigitalPin>): DigitalConstructor {
  return class extends WorldDigital {
    constructor(options: DigitalOptions) {
      super(options, kernel, wiring);
    }
  };
}

class WorldDigital implements Digital {
  static readonly Input: number = DigitalMode.Input;
  static readonly InputPullUp: number = DigitalMode.InputPullUp;
  static readonly InputPullDown: number = DigitalMode.InputPullDown;
  static readonly InputPullUpDown: number = DigitalMode.InputPullUpDown;
  static readonly Output: number = DigitalMode.Output;
  static readonly OutputOpenDrain: number = DigitalMode.OutputOpenDrain;
  static readonly Rising: number = DigitalEdge.Rising;
  static readonly Falling: number = DigitalEdge.Falling;

  target: unknown;
  readonly #kernel: Kernel;
  readonly #lease: Lease<DigitalPin>;
  readonly #pin: DigitalPin;
  readonly #isInput: boolean;
  readonly #isOpenDrain: boolean;
  /** Exclusive-or between the wire and the value. */
  readonly #inverted: Level;
  readonly #edge: number;
  readonly #turn: WorldEvent | undefined;
  #closed = false;

  constructor(options: DigitalOptions, kernel: Kernel, wiring: Wiring<DigitalOptions, DigitalPin>) {
    this.#isInput = validateDigital(options);
    this.#isOpenDrain = options.mode === DigitalMode.OutputOpenDrain;
    this.#inverted = options.activeLow === true ? 1 : 0;
    this.#edge = options.edge ?? 0;
    this.target = options.target;
    this.#kernel = kernel;
    const { onReadable } = options;
    if (this.#isInput && onReadable !== undefined) this.#turn = new WorldEvent(() => onReadable.call(this));
    this.#lease = wiring.take(options);
    this.#pin = this.#lease.bus;
    try {
      this.#pin.claim(pullOf(options.mode), this.#turn === undefined ? undefined : (level) => this.#changed(level));
    } catch (error) {
      this.#lease.release();
      throw error;
    }
    if (!this.#isInput) this.#put(options.initialValue ?? 0);
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
    return this.#pin.level ^ this.#inverted;
  }

  write(value: number): void {
    this.#open();
    if (this.#isInput) throw new IOError("unsupported", "this Digital is an input");
    this.#put(requireInteger(value, "value", 0, 1) as Level);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#turn !== undefined) this.#kernel.cancel(this.#turn);
    this.#pin.release();
    this.#lease.release();
  }

  #put(value: Level): void {
    const level = (value ^ this.#inverted) as Level;
    this.#pin.put(this.#isOpenDrain && level === 1 ? undefined : level);
  }

  #changed(level: Level): void {
    const rises = (level ^ this.#inverted) === 1;
    const wanted = rises ? this.#edge & DigitalEdge.Rising : this.#edge & DigitalEdge.Falling;
    if (wanted !== 0) this.#kernel.schedule(this.#turn!, this.#kernel.nowUs());
  }

  #open(): void {
    if (this.#closed) throw closedError("Digital");
  }
}

function pullOf(mode: number): Level | undefined {
  if (mode === DigitalMode.InputPullUp) return 1;
  return mode === DigitalMode.InputPullDown ? 0 : undefined;
}
