/**
 * ECMA-419 `Digital` over the SDK's, with its modes and edges, which have the same numbers. The SDK
 * refuses in words without a code, takes anything for a value, and reads and writes bits of a bank.
 */
import NativeDigital from "embedded:io/digital";
import { type Digital, type DigitalConstructor, DigitalEdge, DigitalMode, type DigitalOptions } from "../io";
import { IOError } from "../io-error";
import { closedError, requireFormat, requireInteger } from "../io-options";
import { validateDigital } from "../io-validate";
import type { FaultHandler } from "./fault";
import { pinFault } from "./pin-fault";

const Native = NativeDigital as unknown as new (options: DigitalOptions) => Digital;

export class SdkDigital implements Digital {
  static readonly Input: number = DigitalMode.Input;
  static readonly InputPullUp: number = DigitalMode.InputPullUp;
  static readonly InputPullDown: number = DigitalMode.InputPullDown;
  static readonly InputPullUpDown: number = DigitalMode.InputPullUpDown;
  static readonly Output: number = DigitalMode.Output;
  static readonly OutputOpenDrain: number = DigitalMode.OutputOpenDrain;
  static readonly Rising: number = DigitalEdge.Rising;
  static readonly Falling: number = DigitalEdge.Falling;

  target: unknown;
  readonly #isInput: boolean;
  #pin: Digital | undefined;

  constructor(options: DigitalOptions) {
    this.#isInput = validateDigital(options);
    this.target = options.target;
    const { pin, mode, edge, activeLow = false, initialValue = 0, onReadable } = options;
    const listens = this.#isInput && onReadable !== undefined;
    try {
      this.#pin = new Native({
        pin,
        mode,
        activeLow,
        initialValue,
        ...(listens ? { edge: edge!, onReadable: () => this.#call(onReadable) } : {}),
      });
    } catch (error) {
      throw pinFault(`Digital on pin ${pin}`, error);
    }
  }

  get format(): string {
    return "number";
  }

  set format(value: string) {
    requireFormat(value, "number");
  }

  read(): number {
    const pin = this.#open();
    if (!this.#isInput) throw new IOError("unsupported", "this Digital is an output");
    return pin.read();
  }

  write(value: number): void {
    const pin = this.#open();
    if (this.#isInput) throw new IOError("unsupported", "this Digital is an input");
    pin.write(requireInteger(value, "value", 0, 1));
  }

  close(): void {
    this.#pin?.close();
    this.#pin = undefined;
  }

  /** What a callback threw. A provider overrides this. */
  protected fault(error: unknown): void {
    throw error;
  }

  #open(): Digital {
    if (this.#pin === undefined) throw closedError("Digital");
    return this.#pin;
  }

  #call(callback: (this: Digital) => void): void {
    if (this.#pin === undefined) return;
    try {
      callback.call(this);
    } catch (error) {
      this.fault(error);
    }
  }
}

/** The class of one provider: what its callbacks throw goes to `fault`. */
export function digitalClass(fault: FaultHandler): DigitalConstructor {
  return class extends SdkDigital {
    protected override fault(error: unknown): void {
      fault(error);
    }
  };
}
