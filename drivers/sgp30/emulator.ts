/**
 * The SGP30 as its bus sees it. Where the part computes an equivalent from its element, this one takes the room's carbon
 * dioxide and organic vapour, in the steps that the part's output has. It notes baseline and humidity and does not use them.
 */
import { type Emulator, type EmulatorContext, type EmulatorModule, type I2CTarget, Quantity } from "../emulation";
import { WordTarget } from "../sensirion/word-emulator";
import {
  CO2_STEPS,
  Command,
  FEATURE_SET,
  FEATURE_US,
  MEASURE_US,
  RANGE,
  RAW_US,
  SERIAL_US,
  SETTING_US,
  TEST_PASSED,
  TEST_US,
  TVOC_STEPS,
  WARM_UP_CO2_PPM,
  WARM_UP_US,
} from "./constants";

/** What a new part would have learnt; any word serves. */
const FIRST_BASELINE = 0x8a00;
/** Raw signals of clean air, arbitrary words of the usual order (confidence low). */
const RAW_H2 = 13_500;
const RAW_ETHANOL = 18_500;

export class SGP30Emulator extends WordTarget implements Emulator {
  readonly i2c: I2CTarget = this;
  readonly #context: EmulatorContext;
  readonly #serial: readonly number[];
  #initialisedUs = -1;
  #co2Baseline = 0;
  #tvocBaseline = 0;
  #humidity = 0;

  constructor(context: EmulatorContext) {
    super(context.clock, 3);
    this.#context = context;
    // Serial numbers have 48 bits; the first word of known parts is 0.
    const serial = context.random.uint32();
    this.#serial = [0, serial >>> 16, serial & 0xffff];
  }

  get baseline(): readonly [co2: number, tvoc: number] {
    return [this.#co2Baseline, this.#tvocBaseline];
  }

  /** The word of `setHumidity`. */
  get humidity(): number {
    return this.#humidity;
  }

  protected execute(command: number, words: readonly number[]): boolean {
    switch (command) {
      case Command.initAirQuality:
        this.#initialisedUs = this.clock.nowUs();
        this.#co2Baseline = this.#tvocBaseline = FIRST_BASELINE;
        return this.busy(SETTING_US);
      case Command.measureAirQuality:
        return this.#measure();
      case Command.getBaseline:
        return this.answer(SETTING_US, this.#co2Baseline, this.#tvocBaseline);
      case Command.setBaseline:
        if (words.length !== 2) return false;
        [this.#tvocBaseline, this.#co2Baseline] = words;
        return this.busy(SETTING_US);
      case Command.setHumidity:
        if (words.length !== 1) return false;
        [this.#humidity] = words;
        return this.busy(SETTING_US);
      case Command.measureTest:
        return this.answer(TEST_US, TEST_PASSED);
      case Command.getFeatureSet:
        return this.answer(FEATURE_US, FEATURE_SET);
      case Command.measureRaw:
        return this.answer(RAW_US, RAW_H2, RAW_ETHANOL);
      case Command.getSerialId:
        return this.answer(SERIAL_US, ...this.#serial);
      default:
        return false;
    }
  }

  /** Not initialised it answers its fixed values (confidence low: the sheet only says that it must be). */
  #measure(): boolean {
    const nowUs = this.clock.nowUs();
    if (this.#initialisedUs < 0 || nowUs - this.#initialisedUs < WARM_UP_US)
      return this.answer(MEASURE_US, WARM_UP_CO2_PPM, 0);
    const co2 = inSteps(this.#context.quantity(Quantity.co2), RANGE.co2, CO2_STEPS);
    const tvoc = inSteps(this.#context.quantity(Quantity.tvoc), RANGE.tvoc, TVOC_STEPS);
    return this.answer(MEASURE_US, co2, tvoc);
  }
}

/** The nearest value that the part's output can have. */
function inSteps(
  value: number,
  range: { readonly min: number; readonly max: number },
  steps: readonly { readonly from: number; readonly step: number }[],
): number {
  const inside = value < range.min ? range.min : value > range.max ? range.max : value;
  const { from, step } = steps.find((one) => inside >= one.from)!;
  const rounded = from + Math.floor((inside - from) / step + 0.5) * step;
  return rounded > range.max ? range.max : rounded;
}

export const emulator: EmulatorModule = { create: (_plan, context) => new SGP30Emulator(context) };
