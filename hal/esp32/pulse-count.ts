/**
 * ECMA-419 `PulseCount` over the SDK's (8.2.3), which decodes the two wires of a rotary encoder: four counts for each of its
 * cycles. One wire alone counts up at one edge and down at the other there, so nothing stays: the standard requires both
 * wires, and so does this class.
 */
import NativePulseCount from "embedded:io/pulsecount";
import type { PulseCount, PulseCountConstructor, PulseCountOptions } from "../io";
import { closedError, requireFormat, requireInteger } from "../io-options";
import { validatePulseCount } from "../io-validate";
import type { FaultHandler } from "./fault";
import { pinFault } from "./pin-fault";

const Native = NativePulseCount as unknown as PulseCountConstructor;

const LEAST_COUNT = -0x8000_0000;
const LARGEST_COUNT = 0x7fff_ffff;

export class SdkPulseCount implements PulseCount {
  target: unknown;
  #counter: PulseCount | undefined;

  constructor(options: PulseCountOptions) {
    validatePulseCount(options);
    this.target = options.target;
    const { signal, control, onReadable } = options;
    try {
      this.#counter = new Native({
        signal,
        control,
        ...(onReadable === undefined ? {} : { onReadable: () => this.#call(onReadable) }),
      });
    } catch (error) {
      throw pinFault(`PulseCount on pins ${signal}, ${control}`, error);
    }
  }

  get format(): string {
    return "number";
  }

  set format(value: string) {
    requireFormat(value, "number");
  }

  read(): number {
    return this.#open().read();
  }

  write(count: number): void {
    this.#open().write(requireInteger(count, "count", LEAST_COUNT, LARGEST_COUNT));
  }

  close(): void {
    this.#counter?.close();
    this.#counter = undefined;
  }

  /** What a callback threw. A provider overrides this. */
  protected fault(error: unknown): void {
    throw error;
  }

  #open(): PulseCount {
    if (this.#counter === undefined) throw closedError("PulseCount");
    return this.#counter;
  }

  #call(callback: (this: PulseCount) => void): void {
    if (this.#counter === undefined) return;
    try {
      callback.call(this);
    } catch (error) {
      this.fault(error);
    }
  }
}

/** The class of one provider: what its callbacks throw goes to `fault`. */
export function pulseCountClass(fault: FaultHandler): PulseCountConstructor {
  return class extends SdkPulseCount {
    protected override fault(error: unknown): void {
      fault(error);
    }
  };
}
