/**
 * The SCD4x as its bus sees it. It measures at its interval, keeps one measurement until it is read, and while it measures
 * takes only the commands that the sheet allows then.
 *
 * An infrared cell counts molecules, so what it says of parts per million depends on the pressure that it assumes: told a
 * wrong one, it is wrong in proportion.
 */
import { type Emulator, type EmulatorContext, type EmulatorModule, type I2CTarget, Quantity } from "../emulation";
import { WordTarget } from "../sensirion/word-emulator";
import {
  Command,
  DEFAULT_PRESSURE_HPA,
  INTERVAL_US,
  type Mode,
  RANGE,
  REINIT_US,
  SHORT_US,
  STOP_US,
} from "./constants";

/** An SCD41; what the lower bits hold is not documented. */
const VARIANT_WORD = 0x1440;
const READY_WORD = 0x8006;
const NOT_READY_WORD = 0x8000;

export class SCD4xEmulator extends WordTarget implements Emulator {
  readonly i2c: I2CTarget = this;
  readonly #context: EmulatorContext;
  readonly #serial: readonly number[];
  #mode: Mode | undefined;
  #startedUs = 0;
  /** Measurements that were read or overtaken. */
  #seen = 0;
  #assumedHpa = DEFAULT_PRESSURE_HPA;

  constructor(context: EmulatorContext) {
    super(context.clock, 3);
    this.#context = context;
    const { random } = context;
    this.#serial = [random.uint32() & 0xffff, random.uint32() & 0xffff, random.uint32() & 0xffff];
  }

  get assumedHpa(): number {
    return this.#assumedHpa;
  }

  protected execute(command: number, words: readonly number[]): boolean {
    switch (command) {
      case Command.getDataReady:
        return this.answer(SHORT_US, this.#waiting() > this.#seen ? READY_WORD : NOT_READY_WORD);
      case Command.readMeasurement:
        return this.#read();
      case Command.setAmbientPressure:
        if (words.length !== 1) return false;
        [this.#assumedHpa] = words;
        return this.busy(SHORT_US);
      case Command.stopPeriodic:
        this.#mode = undefined;
        return this.busy(STOP_US);
    }
    return this.#mode === undefined && this.#executeIdle(command, words);
  }

  #executeIdle(command: number, words: readonly number[]): boolean {
    switch (command) {
      case Command.startPeriodic:
        return this.#start("periodic");
      case Command.startLowPowerPeriodic:
        return this.#start("low-power");
      case Command.setAltitude:
        if (words.length !== 1) return false;
        this.#assumedHpa = pressureHpaAt(words[0]);
        return this.busy(SHORT_US);
      case Command.getSerialNumber:
        return this.answer(SHORT_US, ...this.#serial);
      case Command.getVariant:
        return this.answer(SHORT_US, VARIANT_WORD);
      case Command.reinit:
        this.#assumedHpa = DEFAULT_PRESSURE_HPA;
        return this.busy(REINIT_US);
      default:
        return false;
    }
  }

  #start(mode: Mode): true {
    this.#mode = mode;
    this.#startedUs = this.clock.nowUs();
    this.#seen = 0;
    return this.busy(SHORT_US);
  }

  /** Measurements since the start. */
  #waiting(): number {
    if (this.#mode === undefined) return 0;
    return Math.floor((this.clock.nowUs() - this.#startedUs) / INTERVAL_US[this.#mode]);
  }

  /** Without a measurement it acknowledges nothing. The air is the one of the moment at which it is read. */
  #read(): boolean {
    const waiting = this.#waiting();
    if (waiting <= this.#seen) return false;
    this.#seen = waiting;
    const { quantity } = this.#context;
    const actualHpa = Math.floor(quantity(Quantity.pressure) / 100 + 0.5);
    const co2 = Math.floor((quantity(Quantity.co2) * actualHpa) / this.#assumedHpa + 0.5);
    return this.answer(
      SHORT_US,
      co2 > RANGE.co2.max ? RANGE.co2.max : co2,
      toWord((quantity(Quantity.temperature) + 45) / 175),
      toWord(quantity(Quantity.humidity) / 100),
    );
  }
}

/** The standard atmosphere's pressure, (1 - 2.25577e-5 h)^5.25588, with the exponent rounded to 5.25: square roots do. */
function pressureHpaAt(metres: number): number {
  const base = 1 - 2.25577e-5 * metres;
  return Math.floor(DEFAULT_PRESSURE_HPA * base * base * base * base * base * Math.sqrt(Math.sqrt(base)) + 0.5);
}

/** A share of full scale as a 16-bit word; beyond its ends the converter stays at them. */
function toWord(share: number): number {
  const word = Math.floor(share * 65_535 + 0.5);
  return word < 0 ? 0 : word > 65_535 ? 65_535 : word;
}

export const emulator: EmulatorModule = { create: (_plan, context) => new SCD4xEmulator(context) };
