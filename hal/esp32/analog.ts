/**
 * ECMA-419 `Analog` over the SDK's (8.2.3): 12 bits whatever is asked for, calibrated, attenuation 12 dB, so that the largest
 * reading stands for 2450 mV and everything above reads the same (modules/io/analog/esp32). A conversion that fails
 * returns nothing there and throws here.
 */
import NativeAnalog from "embedded:io/analog";
import type { Analog, AnalogConstructor, AnalogOptions } from "../io";
import { IOError } from "../io-error";
import { closedError, requireFormat } from "../io-options";
import { validateAnalog } from "../io-validate";
import { pinFault } from "./pin-fault";

const Native = NativeAnalog as unknown as AnalogConstructor;

export class SdkAnalog implements Analog {
  target: unknown;
  #pin: Analog | undefined;

  constructor(options: AnalogOptions) {
    validateAnalog(options);
    this.target = options.target;
    try {
      this.#pin = new Native(options);
    } catch (error) {
      throw pinFault(`Analog on pin ${options.pin}`, error);
    }
  }

  get format(): string {
    return "number";
  }

  set format(value: string) {
    requireFormat(value, "number");
  }

  get resolution(): number {
    return this.#open().resolution;
  }

  read(): number {
    const value: unknown = this.#open().read();
    if (typeof value !== "number") throw new IOError("device", "the converter reports a failure");
    return value;
  }

  close(): void {
    this.#pin?.close();
    this.#pin = undefined;
  }

  #open(): Analog {
    if (this.#pin === undefined) throw closedError("Analog");
    return this.#pin;
  }
}
