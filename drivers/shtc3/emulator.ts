/** The SHTC3 as its bus sees it: asleep until it is woken, commands in, words with checksums out. */
import { type Emulator, type EmulatorContext, type EmulatorModule, type I2CTarget, Quantity } from "../emulation";
import type { DevicePlan } from "../plan";
import { putWord, WORD_BYTES } from "../word-crc8";
import { Command, ID, MEASURE_COMMAND, MEASURE_US, type Mode, READOUT_BYTES, WAKE_US } from "./constants";

/** Repeatability is given as three standard deviations (tables 1 and 2): 0.1 Cel and 0.1 %RH in normal mode. */
const NOISE: { readonly [mode in Mode]: { readonly cel: number; readonly percent: number } } = {
  normal: { cel: 0.1 / 3, percent: 0.1 / 3 },
  // Not stated there: three times as much is an assumption.
  "low-power": { cel: 0.3 / 3, percent: 0.3 / 3 },
};

export class SHTC3Emulator implements Emulator, I2CTarget {
  readonly i2c: I2CTarget = this;
  readonly #context: EmulatorContext;
  readonly #answer = new Uint8Array(READOUT_BYTES);
  #answerLength = 0;
  /** Until then the part measures, wakes or resets and acknowledges nothing. */
  #busyUntilUs = 0;
  /** After power-up the part is idle (section 5.1). */
  #asleep = false;

  constructor(_plan: DevicePlan, context: EmulatorContext) {
    this.#context = context;
    this.#away(WAKE_US);
  }

  write(bytes: Uint8Array): boolean {
    if (this.#busy()) return false;
    if (bytes.length < 2) return bytes.length === 0 && !this.#asleep;
    const command = (bytes[0] << 8) | bytes[1];
    // Asleep it hears its call to wake and nothing else (section 5.1).
    if (this.#asleep && command !== Command.wakeUp) return false;
    this.#answerLength = 0;
    return this.#execute(command);
  }

  read(into: Uint8Array): boolean {
    if (this.#asleep || this.#busy() || this.#answerLength === 0) return false;
    // Reading on after the last byte returns ones: nobody pulls the line down.
    for (let i = 0; i < into.length; i++) into[i] = i < this.#answerLength ? this.#answer[i] : 0xff;
    this.#answerLength = 0;
    return true;
  }

  #execute(command: number): boolean {
    switch (command) {
      case Command.wakeUp:
        this.#asleep = false;
        return this.#away(WAKE_US);
      case Command.sleep:
        this.#asleep = true;
        return true;
      case Command.softReset:
        return this.#away(WAKE_US);
      case Command.readId:
        putWord(this.#answer, 0, ID);
        this.#answerLength = WORD_BYTES;
        return true;
      case MEASURE_COMMAND.normal:
        return this.#measure("normal");
      case MEASURE_COMMAND["low-power"]:
        return this.#measure("low-power");
      default:
        return false;
    }
  }

  #measure(mode: Mode): boolean {
    const celsius = this.#perceive(Quantity.temperature, NOISE[mode].cel);
    const percent = this.#perceive(Quantity.humidity, NOISE[mode].percent);
    putWord(this.#answer, 0, toWord((celsius + 45) / 175));
    putWord(this.#answer, WORD_BYTES, toWord(percent / 100));
    this.#answerLength = READOUT_BYTES;
    return this.#away(MEASURE_US[mode]);
  }

  #away(us: number): true {
    this.#busyUntilUs = this.#context.clock.nowUs() + us;
    return true;
  }

  #perceive(quantity: Quantity, deviation: number): number {
    const value = this.#context.quantity(quantity);
    if (this.#context.recorded(quantity)) return value;
    // Sum of twelve uniforms less six: deviation 1, additions only, so that engines agree.
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += this.#context.random.uint32() / 4_294_967_296;
    return value + deviation * sum;
  }

  #busy(): boolean {
    return this.#context.clock.nowUs() < this.#busyUntilUs;
  }
}

/** A share of full scale as the part's 16-bit word; beyond its ends the converter stays at them. */
function toWord(share: number): number {
  const word = Math.floor(share * 65_536 + 0.5);
  return word < 0 ? 0 : word > 65_535 ? 65_535 : word;
}

export const emulator: EmulatorModule = { create: (plan, context) => new SHTC3Emulator(plan, context) };
