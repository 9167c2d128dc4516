/** The SHT3x-DIS as its bus sees it: commands in, words with checksums out. Speaks bytes, never values. */
import { type Emulator, type EmulatorContext, type EmulatorModule, type I2CTarget, Quantity } from "../emulation";
import type { DevicePlan } from "../plan";
import { putWord } from "../word-crc8";
import {
  Command,
  MEASURE_COMMAND,
  MEASURE_US,
  READOUT_BYTES,
  RESET_US,
  type Repeatability,
  STATUS_AFTER_RESET,
  STATUS_HEATER,
} from "./constants";

/**
 * Repeatability is given as three standard deviations (table 1 and 2): 0.06, 0.12, 0.24 degree Celsius and
 * 0.08, 0.15, 0.21 %RH.
 */
const NOISE: { readonly [repeatability in Repeatability]: { readonly cel: number; readonly percent: number } } = {
  high: { cel: 0.06 / 3, percent: 0.08 / 3 },
  medium: { cel: 0.12 / 3, percent: 0.15 / 3 },
  low: { cel: 0.24 / 3, percent: 0.21 / 3 },
};

/** The heater warms the die by a few degrees (section 4.10); this one by three. */
const HEATER_CEL = 3;

export class SHT3xEmulator implements Emulator, I2CTarget {
  readonly i2c: I2CTarget = this;
  readonly #context: EmulatorContext;
  readonly #serial: number;
  readonly #answer = new Uint8Array(READOUT_BYTES);
  #answerLength = 0;
  /** Until then the part measures or resets and acknowledges nothing. */
  #busyUntilUs = 0;
  #status = STATUS_AFTER_RESET;

  constructor(_plan: DevicePlan, context: EmulatorContext) {
    this.#context = context;
    this.#serial = context.random.uint32();
  }

  write(bytes: Uint8Array): boolean {
    // A header without data asks whether the part is there.
    if (bytes.length === 0) return !this.#busy();
    if (bytes.length < 2 || this.#busy()) return false;
    this.#answerLength = 0;
    return this.#execute((bytes[0] << 8) | bytes[1]);
  }

  read(into: Uint8Array): boolean {
    if (this.#busy() || this.#answerLength === 0) return false;
    // Reading on after the last byte returns ones: nobody pulls the line down.
    for (let i = 0; i < into.length; i++) into[i] = i < this.#answerLength ? this.#answer[i] : 0xff;
    this.#answerLength = 0;
    return true;
  }

  #execute(command: number): boolean {
    switch (command) {
      case MEASURE_COMMAND.high:
        return this.#measure("high");
      case MEASURE_COMMAND.medium:
        return this.#measure("medium");
      case MEASURE_COMMAND.low:
        return this.#measure("low");
      case Command.softReset:
        this.#status = STATUS_AFTER_RESET;
        this.#busyUntilUs = this.#context.clock.nowUs() + RESET_US;
        return true;
      case Command.readStatus:
        putWord(this.#answer, 0, this.#status);
        this.#answerLength = 3;
        return true;
      case Command.clearStatus:
        this.#status &= STATUS_HEATER;
        return true;
      case Command.heaterOn:
        this.#status |= STATUS_HEATER;
        return true;
      case Command.heaterOff:
        this.#status &= ~STATUS_HEATER;
        return true;
      case Command.serialNumber:
        putWord(this.#answer, 0, this.#serial >>> 16);
        putWord(this.#answer, 3, this.#serial & 0xffff);
        this.#answerLength = READOUT_BYTES;
        return true;
      default:
        return false;
    }
  }

  #measure(repeatability: Repeatability): boolean {
    const noise = NOISE[repeatability];
    let celsius = this.#perceive(Quantity.temperature, noise.cel);
    if (this.#status & STATUS_HEATER) celsius += HEATER_CEL;
    const percent = this.#perceive(Quantity.humidity, noise.percent);
    putWord(this.#answer, 0, toWord((celsius + 45) / 175));
    putWord(this.#answer, 3, toWord(percent / 100));
    this.#answerLength = READOUT_BYTES;
    this.#busyUntilUs = this.#context.clock.nowUs() + MEASURE_US[repeatability];
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
  const word = Math.floor(share * 65_535 + 0.5);
  return word < 0 ? 0 : word > 65_535 ? 65_535 : word;
}

export const emulator: EmulatorModule = { create: (plan, context) => new SHT3xEmulator(plan, context) };
