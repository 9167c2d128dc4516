/**
 * An analog pin of the world, and the ECMA-419 `Analog` class of a board that is wired to it: an ideal converter, without
 * noise of its own, that stays at its ends beyond them.
 */
import type { AnalogTarget } from "../../drivers/emulation";
import type { Analog, AnalogConstructor, AnalogOptions } from "../../hal/io";
import { IOError } from "../../hal/io-error";
import { closedError, requireFormat } from "../../hal/io-options";
import { validateAnalog } from "../../hal/io-validate";
import type { Lease, Wiring } from "./wiring";

/** What the Moddable SDK's converter on an ESP32 ends at with its default attenuation, calibrated (reference: hal/esp32/README.md). */
const DEFAULT_FULL_SCALE_MV = 2450;
const DEFAULT_RESOLUTION_BITS = 12;
const LARGEST_RESOLUTION_BITS = 16;

export class AnalogPin {
  /** The converter reports a failure instead of a reading. */
  failed = false;
  #target: AnalogTarget | undefined;
  #fullScaleMv = DEFAULT_FULL_SCALE_MV;
  #claimed = false;

  /** @param fullScaleMv the voltage that the board's converter ends at, where it is not the usual one */
  attach(target: AnalogTarget, fullScaleMv?: number): void {
    this.#target = target;
    if (fullScaleMv !== undefined) this.#fullScaleMv = fullScaleMv;
  }

  detach(): void {
    this.#target = undefined;
  }

  convert(bits: number): number {
    if (this.failed) throw new IOError("device", "the converter reports a failure");
    const largest = 2 ** bits - 1;
    const millivolts = this.#target === undefined ? 0 : this.#target.millivolts();
    const code = Math.floor((millivolts * largest) / this.#fullScaleMv + 0.5);
    return code < 0 ? 0 : code > largest ? largest : code;
  }

  claim(): void {
    if (this.#claimed) throw new IOError("in-use", "this pin is in use by another Analog");
    this.#claimed = true;
  }

  release(): void {
    this.#claimed = false;
  }
}

/** The `Analog` class of one board. */
export function analogClass(wiring: Wiring<AnalogOptions, AnalogPin>): AnalogConstructor {
  return class extends WorldAnalog {
    constructor(options: AnalogOptions) {
      super(options, wiring);
    }
  };
}

class WorldAnalog implements Analog {
  target: unknown;
  readonly #lease: Lease<AnalogPin>;
  readonly #pin: AnalogPin;
  readonly #resolution: number;
  #closed = false;

  constructor(options: AnalogOptions, wiring: Wiring<AnalogOptions, AnalogPin>) {
    validateAnalog(options);
    this.target = options.target;
    const { resolution = DEFAULT_RESOLUTION_BITS } = options;
    this.#resolution = resolution < LARGEST_RESOLUTION_BITS ? resolution : LARGEST_RESOLUTION_BITS;
    this.#lease = wiring.take(options);
    this.#pin = this.#lease.bus;
    try {
      this.#pin.claim();
    } catch (error) {
      this.#lease.release();
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
    this.#open();
    return this.#resolution;
  }

  read(): number {
    this.#open();
    return this.#pin.convert(this.#resolution);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#pin.release();
    this.#lease.release();
  }

  #open(): void {
    if (this.#closed) throw closedError("Analog");
  }
}
