/** The MAX31865 as its bus sees it: registers on SPI, and the wires to an element that follows the air of its room. */
import { type Emulator, type EmulatorContext, type EmulatorModule, Quantity, type SPITarget } from "../emulation";
import type { DevicePlan } from "../plan";
import {
  Configuration,
  ELEMENTS,
  type Element,
  Fault,
  FULL_STEPS,
  REGISTERS,
  Register,
  ratioAt,
  THRESHOLDS_AFTER_RESET,
  TYPICAL_US,
  WRITE,
} from "./constants";

const IDLE = 0xff;
/** What each fault of the wires makes the detection say, beside what the resistance says. */
const DETECTED: { readonly [fault: string]: number } = {
  open: Fault.refHigh,
  short: 0,
  "open-force": Fault.refHigh | Fault.refLow | Fault.rtdLow,
  overvoltage: Fault.voltage,
};

/** `open`, `short`, `open-force`, `overvoltage`: the wires, until `repair`. `temperature 450`: of the element; `follow`: the room. */
export class MAX31865Emulator implements Emulator, SPITarget {
  readonly spi: SPITarget = this;
  readonly #context: EmulatorContext;
  readonly #element: Element;
  readonly #referenceOhm: number;
  readonly #registers = new Uint8Array(REGISTERS);
  #fault = "";
  #celsius: number | undefined;
  #readyUs = 0;
  #converting = false;

  constructor({ settings }: DevicePlan, context: EmulatorContext) {
    this.#context = context;
    this.#element = (settings["element"] as Element | undefined) ?? "pt100";
    this.#referenceOhm = (settings["referenceOhm"] as number | undefined) ?? ELEMENTS[this.#element].referenceOhm;
    this.putWord(Register.highThreshold, THRESHOLDS_AFTER_RESET.high);
    this.putWord(Register.lowThreshold, THRESHOLDS_AFTER_RESET.low);
  }

  shift(bytes: Uint8Array): void {
    this.exchange(new Uint8Array(bytes));
  }

  exchange(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.finish();
    const writes = (bytes[0] & WRITE) !== 0;
    let register = bytes[0] & ~WRITE;
    bytes[0] = IDLE;
    for (let i = 1; i < bytes.length; i++, register = (register + 1) % REGISTERS) {
      const byte = bytes[i];
      bytes[i] = writes ? IDLE : this.#registers[register];
      if (writes) this.put(register, byte);
    }
  }

  act(verb: string, words: readonly string[]): void {
    if (Object.hasOwn(DETECTED, verb)) this.#fault = verb;
    else if (verb === "repair") this.#fault = "";
    else if (verb === "follow") this.#celsius = undefined;
    else if (verb === "temperature" && Number.isFinite(Number(words[0]))) this.#celsius = Number(words[0]);
    else
      throw new Error(
        `an element can do ${Object.keys(DETECTED).join(", ")}, repair, temperature <Cel> or follow; not "${[verb, ...words].join(" ")}"`,
      );
  }

  private put(register: number, byte: number): void {
    if (register !== Register.configuration) {
      // Resistance and faults are read only.
      if (register >= Register.highThreshold && register < Register.faults) this.#registers[register] = byte;
      return;
    }
    const registers = this.#registers;
    if (byte & Configuration.clearFaults) registers[Register.faults] = 0;
    if (byte & Configuration.bias && byte & Configuration.detect)
      registers[Register.faults] |= DETECTED[this.#fault] ?? 0;
    registers[Register.configuration] = byte & ~(Configuration.clearFaults | Configuration.detectMask);
    // Without bias there is no current, and nothing to measure.
    this.#converting = (byte & Configuration.oneShot) !== 0 && (byte & Configuration.bias) !== 0;
    const filter = byte & Configuration.filter50Hz ? 50 : 60;
    this.#readyUs = this.#context.clock.nowUs() + TYPICAL_US[filter];
  }

  private finish(): void {
    if (!this.#converting || this.#context.clock.nowUs() < this.#readyUs) return;
    this.#converting = false;
    const registers = this.#registers;
    registers[Register.configuration] &= ~Configuration.oneShot;
    const steps = this.steps();
    if (2 * steps >= this.word(Register.highThreshold)) registers[Register.faults] |= Fault.high;
    if (2 * steps <= this.word(Register.lowThreshold)) registers[Register.faults] |= Fault.low;
    this.putWord(Register.resistance, 2 * steps + (registers[Register.faults] === 0 ? 0 : 1));
  }

  /** What the converter sees of the element and its wires. */
  private steps(): number {
    if (this.#fault === "open" || this.#fault === "open-force") return FULL_STEPS - 1;
    if (this.#fault === "short") return 0;
    const celsius = this.#celsius ?? this.#context.quantity(Quantity.temperature);
    const ohm = ratioAt(celsius) * ELEMENTS[this.#element].ohm;
    const steps = Math.floor((ohm * FULL_STEPS) / this.#referenceOhm + 0.5);
    return steps < 0 ? 0 : steps > FULL_STEPS - 1 ? FULL_STEPS - 1 : steps;
  }

  private word(register: number): number {
    return (this.#registers[register] << 8) | this.#registers[register + 1];
  }

  private putWord(register: number, word: number): void {
    this.#registers[register] = word >> 8;
    this.#registers[register + 1] = word;
  }
}

export const emulator: EmulatorModule = { create: (plan, context) => new MAX31865Emulator(plan, context) };
