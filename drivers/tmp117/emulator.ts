/** The TMP117 as its bus sees it: a pointer, 16-bit registers, a conversion that takes its time. */
import { type Emulator, type EmulatorContext, type EmulatorModule, type I2CTarget, Quantity } from "../emulation";
import type { DevicePlan } from "../plan";
import {
  AFTER_RESET,
  AVERAGING,
  Configuration,
  DEVICE_ID,
  RANGE,
  RESET_US,
  Register,
  STEP_CEL,
  TYPICAL_CONVERSION_US,
} from "./constants";

/** Repeatability of a single conversion is about one step (section 6.5); averaging takes it away. */
const NOISE_CEL = STEP_CEL;

export class TMP117Emulator implements Emulator, I2CTarget {
  readonly i2c: I2CTarget = this;
  readonly #context: EmulatorContext;
  readonly #registers = new Uint16Array(16);
  #pointer = 0;
  #busyUntilUs = 0;
  /** End of the running conversion. */
  #dueUs = 0;
  #converting = false;
  /** The word that the running conversion will give: the air of its beginning. */
  #pending = 0;

  constructor(_plan: DevicePlan, context: EmulatorContext) {
    this.#context = context;
    for (const register of [Register.eeprom1, Register.eeprom2, Register.eeprom3])
      this.#registers[register] = context.random.uint32();
    this.#registers[Register.deviceId] = DEVICE_ID;
    this.#powerUp();
  }

  write(bytes: Uint8Array): boolean {
    if (this.#busy()) return false;
    this.#advance();
    if (bytes.length > 0) this.#pointer = bytes[0] & 0x0f;
    // A register is written with its second byte; one alone is lost (section 7.5.3.1).
    if (bytes.length >= 3) this.#put((bytes[1] << 8) | bytes[2]);
    return true;
  }

  /** The pointer stays where it is: reading on gives the same register again (section 7.5.3.1). */
  read(into: Uint8Array): boolean {
    if (this.#busy()) return false;
    this.#advance();
    const word = this.#registers[this.#pointer];
    for (let i = 0; i < into.length; i++) into[i] = i % 2 === 0 ? word >> 8 : word & 0xff;
    // Reading the result or the flags clears the flags (section 7.6.3); a result keeps its alerts until they are read.
    const isTherm = (this.#registers[Register.configuration] & Configuration.therm) !== 0;
    const flags = Configuration.dataReady | (isTherm ? 0 : Configuration.highAlert | Configuration.lowAlert);
    if (this.#pointer === Register.configuration) this.#registers[Register.configuration] &= ~flags;
    if (this.#pointer === Register.temperature) this.#registers[Register.configuration] &= ~Configuration.dataReady;
    return true;
  }

  #put(word: number): void {
    switch (this.#pointer) {
      case Register.configuration:
        if (word & Configuration.softReset) {
          this.#powerUp();
          this.#busyUntilUs = this.#context.clock.nowUs() + RESET_US;
          return;
        }
        // Bits 15 to 12 are read only.
        this.#registers[Register.configuration] = (this.#registers[Register.configuration] & 0xf000) | (word & 0x0ffc);
        this.#converting = (word & Configuration.modeMask) !== Configuration.shutdown;
        if (this.#converting) this.#convert(this.#context.clock.nowUs());
        return;
      case Register.highLimit:
      case Register.lowLimit:
        this.#registers[this.#pointer] = word;
    }
  }

  #powerUp(): void {
    this.#registers[Register.temperature] = AFTER_RESET.temperature;
    this.#registers[Register.configuration] = AFTER_RESET.configuration;
    this.#registers[Register.highLimit] = AFTER_RESET.highLimit;
    this.#registers[Register.lowLimit] = AFTER_RESET.lowLimit;
    this.#converting = true;
    this.#convert(this.#context.clock.nowUs());
  }

  #convert(fromUs: number): void {
    this.#dueUs = fromUs + this.#conversionUs();
    this.#pending = this.#perceive(this.#averaging());
  }

  #averaging(): number {
    return AVERAGING[(this.#registers[Register.configuration] & Configuration.averagingMask) >> 5];
  }

  #conversionUs(): number {
    return this.#averaging() * TYPICAL_CONVERSION_US;
  }

  /** Both codes but shutdown and one-shot. */
  #isContinuous(): boolean {
    const mode = this.#registers[Register.configuration] & Configuration.modeMask;
    return mode !== Configuration.shutdown && mode !== Configuration.oneShot;
  }

  /** Ends the conversion that is due. A continuous part begins the next one; what it measured meanwhile is not kept. */
  #advance(): void {
    const nowUs = this.#context.clock.nowUs();
    if (!this.#converting || nowUs < this.#dueUs) return;
    // A continuous part that nobody has read for a while has gone on: its result is of the conversion that ended last.
    if (this.#isContinuous() && nowUs - this.#dueUs >= this.#conversionUs())
      this.#pending = this.#perceive(this.#averaging());
    const registers = this.#registers;
    registers[Register.temperature] = this.#pending;
    let state = registers[Register.configuration] | Configuration.dataReady;
    const value = (this.#pending << 16) >> 16;
    const isHigh = value >= (registers[Register.highLimit] << 16) >> 16;
    const isLow = value < (registers[Register.lowLimit] << 16) >> 16;
    if (state & Configuration.therm) {
      // One flag that stays between the limits (section 7.4.4.2).
      if (isHigh) state |= Configuration.highAlert;
      else if (isLow) state &= ~Configuration.highAlert;
    } else {
      if (isHigh) state |= Configuration.highAlert;
      if (isLow) state |= Configuration.lowAlert;
    }
    if ((state & Configuration.modeMask) === Configuration.oneShot) {
      state = (state & ~Configuration.modeMask) | Configuration.shutdown;
      this.#converting = false;
    }
    registers[Register.configuration] = state;
    if (this.#converting) this.#convert(nowUs);
  }

  #perceive(averaging: number): number {
    const { quantity, recorded, random } = this.#context;
    let celsius = quantity(Quantity.temperature);
    // One uniform of the noise's width: additions only, so that engines agree.
    if (!recorded(Quantity.temperature)) celsius += (NOISE_CEL * (random.uint32() / 2_147_483_648 - 1)) / averaging;
    const word = Math.floor(celsius / STEP_CEL + 0.5);
    const end = RANGE.max / STEP_CEL;
    // Beyond its range the converter goes on for a while; the data sheet does not say how far. Here it ends at 192 Cel.
    return (word > end * 1.28 ? end * 1.28 : word < -32_768 ? -32_768 : word) & 0xffff;
  }

  #busy(): boolean {
    return this.#context.clock.nowUs() < this.#busyUntilUs;
  }
}

export const emulator: EmulatorModule = { create: (plan, context) => new TMP117Emulator(plan, context) };
