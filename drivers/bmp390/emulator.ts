/**
 * The BMP390 as its bus sees it: registers, calibration words, raw values. It finds the raw value of a quantity by running
 * the compensation backwards, so it needs no second formula.
 */
import { type EmulatorContext, type EmulatorModule, Quantity } from "../emulation";
import type { DevicePlan } from "../plan";
import { invert, RegisterEmulator } from "../registers/emulator";
import { Calibration, type CalibrationWords, encodeWords } from "./calibration";
import {
  CALIBRATION_BYTES,
  CHIP_ID,
  MODE_FORCED,
  MODE_MASK,
  OVERSAMPLING,
  POWER_PRESSURE,
  POWER_TEMPERATURE,
  RESET_RAW,
  RESET_WORD,
  Register,
  SPI_DUMMY_BYTES,
  STATUS_COMMAND_READY,
  STATUS_PRESSURE_READY,
  STATUS_TEMPERATURE_READY,
  typicalUs,
} from "./constants";

/** Of no real part: chosen so that the whole range fits into 24 bits and rises or falls all the way. */
export const WORDS: CalibrationWords = {
  T: [27_000, 19_000, -10],
  P: [-3000, -2000, 5, 1, 25_000, 28_000, -7, -6, 16_000, 20, -60],
};
/** No two parts have the same first word. */
const SPREAD = 64;
const LAST_24 = 0xffffff;
/** Bits that a single sample leaves empty; each doubling of the samples fills one (some 2.4 Pa and 0.005 Cel a step). */
const EMPTY_PRESSURE_BITS = 7;
const EMPTY_TEMPERATURE_BITS = 8;

export class BMP390Emulator extends RegisterEmulator {
  readonly #context: EmulatorContext;
  readonly #calibration = new Calibration();
  readonly #words = new Uint8Array(CALIBRATION_BYTES);
  #oversampling = 0;
  #power = 0;
  #pressure = RESET_RAW;
  #temperature = RESET_RAW;
  /** Ready bits of the newest measurement, from `#readyUs` on, until they are read. */
  #ready = 0;
  #readyUs = 0;

  constructor(plan: DevicePlan, context: EmulatorContext) {
    super(plan, SPI_DUMMY_BYTES, 0);
    this.#context = context;
    const [t1, t2, t3] = WORDS.T;
    const words = { ...WORDS, T: [t1 + (context.random.uint32() % SPREAD), t2, t3] as const };
    this.#calibration.set(words);
    encodeWords(words, this.#words);
  }

  protected readRegister(register: number): number {
    if (register >= Register.calibration && register < Register.calibration + CALIBRATION_BYTES)
      return this.#words[register - Register.calibration];
    if (register >= Register.data && register < Register.data + 6) return this.#dataByte(register - Register.data);
    switch (register) {
      case Register.id:
        return CHIP_ID;
      case Register.status:
        return STATUS_COMMAND_READY | (this.#measuring() ? 0 : this.#ready);
      case Register.powerControl:
        return this.#measuring() ? this.#power : this.#power & ~MODE_MASK;
      case Register.oversampling:
        return this.#oversampling;
      default:
        return 0;
    }
  }

  protected writeRegister(register: number, value: number): void {
    if (register === Register.command && value === RESET_WORD) this.#reset();
    else if (register === Register.oversampling) this.#oversampling = value;
    else if (register === Register.powerControl) {
      this.#power = value;
      const mode = value & MODE_MASK;
      // Both forced codes; normal mode is not emulated.
      if (mode === MODE_FORCED || mode === 2 * MODE_FORCED) this.#measure();
    }
  }

  #reset(): void {
    this.#oversampling = this.#power = this.#ready = 0;
    this.#pressure = this.#temperature = RESET_RAW;
    this.#readyUs = this.#context.clock.nowUs();
  }

  #measure(): void {
    const calibration = this.#calibration;
    const { quantity } = this.#context;
    const pressureCode = this.#oversampling & 7;
    const temperatureCode = (this.#oversampling >> 3) & 7;
    this.#ready = 0;
    if (this.#power & POWER_TEMPERATURE) {
      const raw = invert((one) => calibration.temperatureCel(one), quantity(Quantity.temperature), LAST_24);
      this.#temperature = coarse(raw, EMPTY_TEMPERATURE_BITS - temperatureCode);
      this.#ready |= STATUS_TEMPERATURE_READY;
    }
    // The driver compensates with the temperature that it reads, so the inversion does as well.
    calibration.temperatureCel(this.#temperature);
    if (this.#power & POWER_PRESSURE) {
      const raw = invert((one) => calibration.pressurePa(one), quantity(Quantity.pressure), LAST_24);
      this.#pressure = coarse(raw, EMPTY_PRESSURE_BITS - pressureCode);
      this.#ready |= STATUS_PRESSURE_READY;
    }
    this.#readyUs = this.#context.clock.nowUs() + typicalUs(OVERSAMPLING[pressureCode] ?? 32);
  }

  /** Three bytes of pressure, three of temperature, the least significant first. Reading the last takes the news away. */
  #dataByte(index: number): number {
    const word = index < 3 ? this.#pressure : this.#temperature;
    if (index === 5 && !this.#measuring()) this.#ready = 0;
    return (word >> (8 * (index % 3))) & 0xff;
  }

  #measuring(): boolean {
    return this.#context.clock.nowUs() < this.#readyUs;
  }
}

function coarse(raw: number, emptyBits: number): number {
  const step = 1 << (emptyBits < 0 ? 0 : emptyBits);
  const rounded = Math.floor(raw / step + 0.5) * step;
  return rounded > LAST_24 ? LAST_24 - step + 1 : rounded;
}

export const emulator: EmulatorModule = { create: (plan, context) => new BMP390Emulator(plan, context) };
