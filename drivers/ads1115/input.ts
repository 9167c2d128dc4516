/** One input of the converter: what its word means, and what the wire to the field is like. */
import { type InputScale, InputState } from "../analog-input/constants";
import {
  Configuration,
  FULL_STEPS,
  INPUTS,
  type Input,
  LARGEST,
  MUX_SHIFT,
  PGA_SHIFT,
  RANGES_MV,
  RATE_SHIFT,
  RATES,
  type RangeMv,
  type Rate,
} from "./constants";

export type InputSettings = { readonly input: Input; readonly rangeMv: RangeMv; readonly scale: InputScale };

export class ConverterInput {
  /** The word that begins a conversion of it, without the comparator's queue. */
  readonly configuration: number;
  readonly settings: InputSettings;
  readonly #gain: number;
  readonly #offset: number;
  // In steps of the converter.
  readonly #failedLow: number;
  readonly #validLow: number;
  readonly #validHigh: number;
  readonly #failedHigh: number;

  constructor(settings: InputSettings, rate: Rate) {
    const { input, rangeMv, scale } = settings;
    const { perMv, offset, failedLowMv, validLowMv, validHighMv, failedHighMv } = scale;
    const mvPerStep = rangeMv / FULL_STEPS;
    const steps = (millivolts: number | undefined, otherwise: number) =>
      millivolts === undefined ? otherwise : millivolts / mvPerStep;
    this.settings = settings;
    // The latching bit has no meaning while the comparator is off: it tells this word from the one after a reset.
    this.configuration =
      Configuration.start |
      Configuration.singleShot |
      Configuration.latching |
      (INPUTS.indexOf(input) << MUX_SHIFT) |
      (RANGES_MV.indexOf(rangeMv) << PGA_SHIFT) |
      (RATES.indexOf(rate) << RATE_SHIFT);
    this.#gain = perMv * mvPerStep;
    this.#offset = offset;
    // A voltage has no range of its own: at the converter's ends it could be any beyond them.
    this.#failedLow = steps(failedLowMv, -FULL_STEPS);
    this.#validLow = steps(validLowMv, 1 - FULL_STEPS);
    this.#validHigh = steps(validHighMv, LARGEST - 1);
    this.#failedHigh = steps(failedHighMv, LARGEST);
  }

  // hot path
  valueOf(raw: number): number {
    return raw * this.#gain + this.#offset;
  }

  // hot path
  stateOf(raw: number): InputState {
    if (raw >= this.#validLow && raw <= this.#validHigh) return InputState.good;
    if (raw <= this.#failedLow) return InputState.openWire;
    return raw >= this.#failedHigh ? InputState.overRange : InputState.outOfRange;
  }

  /** The word of a value, for the comparator. */
  rawOf(value: number): number {
    const raw = Math.floor((value - this.#offset) / this.#gain + 0.5);
    return raw < -FULL_STEPS ? -FULL_STEPS : raw > LARGEST ? LARGEST : raw;
  }
}
