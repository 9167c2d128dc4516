/**
 * A transmitter, as the converter's pin sees it: a voltage that follows the air of its room, where the unit names one of its
 * quantities, or what a scenario says.
 */
import { type AnalogTarget, type Emulator, type EmulatorContext, type EmulatorModule, Quantity } from "../emulation";
import type { DevicePlan } from "../plan";
import { type InputScale, LOOP_MA, pinMillivolts } from "./constants";

const QUANTITY_OF_UNIT: { readonly [unit: string]: Quantity } = {
  Cel: Quantity.temperature,
  "%RH": Quantity.humidity,
  "dB/m": Quantity.smoke,
};

/** A loop supply that nothing limits: more than any transmitter sends on purpose. */
const SHORTED_MA = 24;
const STUCK_VOLTAGE_MV = 5000;

/** `value 2.5`: the process value; `follow`: that of the room again; `break`, `short`: the loop, until `repair`. */
export class TransmitterEmulator implements Emulator, AnalogTarget {
  readonly analog: AnalogTarget = this;
  readonly #context: EmulatorContext;
  readonly #scale: InputScale;
  readonly #shuntOhm: number | undefined;
  readonly #quantity: Quantity | undefined;
  readonly #middle: number;
  #value: number | undefined;
  #fault: "break" | "short" | undefined;

  constructor(plan: DevicePlan, context: EmulatorContext) {
    const { settings } = plan;
    this.#context = context;
    this.#scale = settings["scale"] as InputScale;
    this.#shuntOhm = settings["shuntOhm"] as number | undefined;
    this.#quantity = QUANTITY_OF_UNIT[settings["unit"] as string];
    this.#middle = ((settings["low"] as number) + (settings["high"] as number)) / 2;
  }

  millivolts(): number {
    if (this.#fault === "break") return 0;
    const loop = this.#shuntOhm;
    if (this.#fault === "short") return loop === undefined ? STUCK_VOLTAGE_MV : SHORTED_MA * loop;
    const millivolts = pinMillivolts(this.#process(), this.#scale);
    if (loop === undefined) return millivolts;
    // A transmitter that can measure no further stays at the end of NE 43's range.
    const least = LOOP_MA.validLow * loop;
    const most = LOOP_MA.validHigh * loop;
    return millivolts < least ? least : millivolts > most ? most : millivolts;
  }

  act(verb: string, words: readonly string[]): void {
    if (verb === "break" || verb === "short") this.#fault = verb;
    else if (verb === "repair") this.#fault = undefined;
    else if (verb === "follow") this.#value = undefined;
    else if (verb === "value") this.#value = numberOf(words[0]);
    else throw new Error(`a transmitter can do value <number>, follow, break, short or repair; not "${verb}"`);
  }

  #process(): number {
    if (this.#value !== undefined) return this.#value;
    return this.#quantity === undefined ? this.#middle : this.#context.quantity(this.#quantity);
  }
}

function numberOf(word: string | undefined): number {
  const value = Number(word);
  if (word === undefined || !Number.isFinite(value)) throw new Error(`"${word ?? ""}" is not a number`);
  return value;
}

export const emulator: EmulatorModule = { create: (plan, context) => new TransmitterEmulator(plan, context) };
