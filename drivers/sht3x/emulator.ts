/** The SHT3x-DIS as its bus sees it: commands in, words with checksums out. Speaks bytes, never values. */
import { type Emulator, type EmulatorContext, type EmulatorModule, type I2CTarget, Quantity } from "../emulation";
import type { DevicePlan } from "../plan";
import { putWord, wordIsIntact } from "../word-crc8";
import {
  Command,
  limitWord,
  MEASURE_COMMAND,
  MEASURE_US,
  MEASUREMENTS_PER_SECOND,
  PERIODIC_COMMAND,
  READOUT_BYTES,
  RESET_US,
  type Repeatability,
  STATUS_AFTER_RESET,
  STATUS_ALERT,
  STATUS_HEATER,
  STATUS_HUMIDITY_ALERT,
  STATUS_TEMPERATURE_ALERT,
  STOP_US,
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

/** High set, high clear, low clear, low set. */
const LIMIT_COMMANDS: readonly number[] = [
  Command.writeHighSet,
  Command.writeHighClear,
  Command.writeLowClear,
  Command.writeLowSet,
];
const READ_LIMIT_COMMANDS: readonly number[] = [
  Command.readHighSet,
  Command.readHighClear,
  Command.readLowClear,
  Command.readLowSet,
];
/** Command, word and checksum. */
const LIMIT_BYTES = 5;
/** 60 Cel and 80 %RH, cleared at 58 and 79; -10 Cel and 20 %RH, cleared at -9 and 22 (application note). */
const LIMITS_AFTER_RESET: readonly number[] = [
  limitWord(60, 80),
  limitWord(58, 79),
  limitWord(-9, 22),
  limitWord(-10, 20),
];

export class SHT3xEmulator implements Emulator, I2CTarget {
  readonly i2c: I2CTarget = this;
  readonly #context: EmulatorContext;
  readonly #serial: number;
  readonly #answer = new Uint8Array(READOUT_BYTES);
  #answerLength = 0;
  /** Until then the part measures or resets and acknowledges nothing. */
  #busyUntilUs = 0;
  #status = STATUS_AFTER_RESET;
  /** Distance of its own measurements; 0: it measures when it is asked. */
  #periodUs = 0;
  #repeatability: Repeatability = "high";
  #sinceUs = 0;
  /** Measurements that were fetched or overtaken. */
  #fetched = 0;
  /** High set, high clear, low clear, low set. */
  readonly #limits = Uint16Array.from(LIMITS_AFTER_RESET);

  constructor(_plan: DevicePlan, context: EmulatorContext) {
    this.#context = context;
    this.#serial = context.random.uint32();
  }

  write(bytes: Uint8Array): boolean {
    // A header without data asks whether the part is there.
    if (bytes.length === 0) return !this.#busy();
    if (bytes.length < 2 || this.#busy()) return false;
    this.#answerLength = 0;
    const command = (bytes[0] << 8) | bytes[1];
    if (this.#periodUs > 0) return this.#executePeriodic(command);
    return bytes.length === LIMIT_BYTES ? this.#takeLimit(command, bytes) : this.#execute(command);
  }

  read(into: Uint8Array): boolean {
    if (this.#busy() || this.#answerLength === 0) return false;
    // Reading on after the last byte returns ones: nobody pulls the line down.
    for (let i = 0; i < into.length; i++) into[i] = i < this.#answerLength ? this.#answer[i] : 0xff;
    this.#answerLength = 0;
    return true;
  }

  /** While it measures by itself it takes little else (section 4.5). */
  #executePeriodic(command: number): boolean {
    const nowUs = this.#context.clock.nowUs();
    switch (command) {
      case Command.fetch: {
        const done = Math.floor(
          (nowUs - this.#sinceUs + this.#periodUs - MEASURE_US[this.#repeatability]) / this.#periodUs,
        );
        // Without anything new it takes the command and does not acknowledge the read (section 4.6).
        if (done <= this.#fetched) return true;
        this.#fetched = done;
        this.#convert(this.#repeatability);
        this.#compare();
        return true;
      }
      case Command.stopPeriodic:
        this.#periodUs = 0;
        this.#busyUntilUs = nowUs + STOP_US;
        return true;
      case Command.readStatus:
        return this.#execute(command);
      default:
        return false;
    }
  }

  #startPeriodic(command: number): boolean {
    for (const perSecond of MEASUREMENTS_PER_SECOND)
      for (const repeatability of ["high", "medium", "low"] as const) {
        if (PERIODIC_COMMAND[perSecond][repeatability] !== command) continue;
        this.#periodUs = 1_000_000 / perSecond;
        this.#repeatability = repeatability;
        this.#sinceUs = this.#context.clock.nowUs();
        this.#fetched = 0;
        return true;
      }
    return false;
  }

  /** A limit with a wrong checksum is not taken. */
  #takeLimit(command: number, bytes: Uint8Array): boolean {
    const place = LIMIT_COMMANDS.indexOf(command);
    if (place < 0) return false;
    if (wordIsIntact(bytes, 2)) this.#limits[place] = (bytes[2] << 8) | bytes[3];
    return true;
  }

  /** After each measurement of periodic mode: beyond a limit the bits come, back within the clear limits they go. */
  #compare(): void {
    const answer = this.#answer;
    const temperature = ((answer[0] << 8) | answer[1]) >> 7;
    const humidity = answer[3] >> 1;
    this.#track(STATUS_TEMPERATURE_ALERT, temperature, (limit) => limit & 0x1ff);
    this.#track(STATUS_HUMIDITY_ALERT, humidity, (limit) => limit >> 9);
    const any = (this.#status & (STATUS_TEMPERATURE_ALERT | STATUS_HUMIDITY_ALERT)) !== 0;
    this.#status = any ? this.#status | STATUS_ALERT : this.#status & ~STATUS_ALERT;
  }

  #track(bit: number, value: number, part: (limit: number) => number): void {
    const [highSet, highClear, lowClear, lowSet] = [...this.#limits].map(part);
    if (value > highSet || value < lowSet) this.#status |= bit;
    else if (value < highClear && value > lowClear) this.#status &= ~bit;
  }

  #execute(command: number): boolean {
    const limit = READ_LIMIT_COMMANDS.indexOf(command);
    if (limit >= 0) {
      putWord(this.#answer, 0, this.#limits[limit]);
      this.#answerLength = 3;
      return true;
    }
    switch (command) {
      case MEASURE_COMMAND.high:
        return this.#measure("high");
      case MEASURE_COMMAND.medium:
        return this.#measure("medium");
      case MEASURE_COMMAND.low:
        return this.#measure("low");
      case Command.softReset:
        this.#status = STATUS_AFTER_RESET;
        this.#limits.set(LIMITS_AFTER_RESET);
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
        return this.#startPeriodic(command);
    }
  }

  #measure(repeatability: Repeatability): boolean {
    this.#convert(repeatability);
    this.#busyUntilUs = this.#context.clock.nowUs() + MEASURE_US[repeatability];
    return true;
  }

  #convert(repeatability: Repeatability): void {
    const noise = NOISE[repeatability];
    let celsius = this.#perceive(Quantity.temperature, noise.cel);
    if (this.#status & STATUS_HEATER) celsius += HEATER_CEL;
    const percent = this.#perceive(Quantity.humidity, noise.percent);
    putWord(this.#answer, 0, toWord((celsius + 45) / 175));
    putWord(this.#answer, 3, toWord(percent / 100));
    this.#answerLength = READOUT_BYTES;
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
