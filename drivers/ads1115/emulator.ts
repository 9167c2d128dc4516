/** The ADS1115 as its bus sees it: a pointer, four registers, conversions that take their time. Its inputs are transmitters. */
import { TransmitterEmulator } from "../analog-input/emulator";
import type { Emulator, EmulatorContext, EmulatorModule, I2CTarget } from "../emulation";
import type { DevicePlan, PlanMap } from "../plan";
import {
  CONFIGURATION_AFTER_RESET,
  Configuration,
  FULL_STEPS,
  HIGH_AFTER_RESET,
  INPUTS,
  type Input,
  LARGEST,
  LOW_AFTER_RESET,
  MUX_SHIFT,
  PGA_SHIFT,
  RANGES_MV,
  RATE_SHIFT,
  RATES,
  Register,
  typicalUs,
} from "./constants";

/** Nothing is connected there: what an open input drifts to is anybody's guess; here it is ground. */
const NOTHING_MV = 0;

/** `<input's name> value 2.5`, `break`, `short`, `repair`, `follow`: as for a transmitter on a pin. */
export class ADS1115Emulator implements Emulator, I2CTarget {
  readonly i2c: I2CTarget = this;
  readonly #context: EmulatorContext;
  readonly #transmitters = new Map<string, TransmitterEmulator>();
  readonly #byInput = new Map<Input, TransmitterEmulator>();
  readonly #registers = new Uint16Array(4);
  #pointer = 0;
  #readyUs = 0;
  #pending = 0;

  constructor(plan: DevicePlan, context: EmulatorContext) {
    this.#context = context;
    for (const settings of plan.settings["inputs"] as readonly PlanMap[]) {
      const transmitter = new TransmitterEmulator({ ...plan, settings }, context);
      this.#transmitters.set(settings["name"] as string, transmitter);
      this.#byInput.set(settings["input"] as Input, transmitter);
    }
    this.#registers[Register.configuration] = CONFIGURATION_AFTER_RESET;
    this.#registers[Register.lowThreshold] = LOW_AFTER_RESET;
    this.#registers[Register.highThreshold] = HIGH_AFTER_RESET;
  }

  write(bytes: Uint8Array): boolean {
    if (bytes.length === 0) return true;
    this.#pointer = bytes[0] & 3;
    if (bytes.length >= 3) this.put((bytes[1] << 8) | bytes[2]);
    return true;
  }

  /** The pointer stays where it is (section 9.5.3). */
  read(into: Uint8Array): boolean {
    this.finish();
    const word = this.#registers[this.#pointer];
    for (let i = 0; i < into.length; i++) into[i] = i % 2 === 0 ? word >> 8 : word & 0xff;
    return true;
  }

  act(verb: string, words: readonly string[]): void {
    const transmitter = this.#transmitters.get(verb);
    if (transmitter === undefined)
      throw new Error(`there is no input "${verb}": one of ${[...this.#transmitters.keys()].join(", ")}`);
    transmitter.act(words[0] ?? "", words.slice(1));
  }

  private put(word: number): void {
    this.finish();
    if (this.#pointer === Register.conversion) return;
    this.#registers[this.#pointer] = word;
    if (this.#pointer !== Register.configuration || (word & Configuration.start) === 0) return;
    // While it converts the bit reads 0.
    this.#registers[Register.configuration] = word & ~Configuration.start;
    this.#pending = this.convert(word);
    this.#readyUs = this.#context.clock.nowUs() + typicalUs(RATES[(word >> RATE_SHIFT) & 7]);
  }

  private finish(): void {
    const registers = this.#registers;
    const converting = (registers[Register.configuration] & Configuration.start) === 0;
    if (!converting || this.#context.clock.nowUs() < this.#readyUs) return;
    registers[Register.configuration] |= Configuration.start;
    registers[Register.conversion] = this.#pending;
  }

  private convert(word: number): number {
    const range = RANGES_MV[(word >> PGA_SHIFT) & 7] ?? RANGES_MV[RANGES_MV.length - 1];
    const input = INPUTS[(word >> MUX_SHIFT) & 7];
    const raw = Math.floor(((this.#byInput.get(input)?.millivolts() ?? NOTHING_MV) * FULL_STEPS) / range + 0.5);
    return (raw > LARGEST ? LARGEST : raw < -FULL_STEPS ? -FULL_STEPS : raw) & 0xffff;
  }
}

export const emulator: EmulatorModule = { create: (plan, context) => new ADS1115Emulator(plan, context) };
