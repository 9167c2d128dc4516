/** The DS3231 as its bus sees it: registers that count the seconds of the world, an alarm, a thermometer. */
import { type Emulator, type EmulatorContext, type EmulatorModule, type I2CTarget, Quantity } from "../emulation";
import type { DevicePlan } from "../plan";
import { readTime, writeTime } from "./calendar";
import {
  AFTER_POWER_ON,
  ANY,
  Control,
  FIRST_MS,
  LAST_MS,
  REGISTERS,
  Register,
  STEP_CEL,
  Status,
  TIME_BYTES,
} from "./constants";

const DAY_S = 86_400;

/** `drift <ppm>`: runs too fast; `off <seconds>`: steps; `battery dead`: it knows nothing when it is read next. */
export class DS3231Emulator implements Emulator, I2CTarget {
  readonly i2c: I2CTarget = this;
  readonly #context: EmulatorContext;
  readonly #registers = new Uint8Array(REGISTERS);
  #pointer = 0;
  /** Time of the part at `#sinceUs`, in milliseconds. */
  #baseMs: number;
  #sinceUs: number;
  #driftPpm = 0;
  /** The last whole second for which the alarm was looked at. */
  #lookedS: number;

  constructor(_plan: DevicePlan, context: EmulatorContext) {
    this.#context = context;
    const wallMs = context.clock.wallMs();
    // Somebody set it before it was built in; where the world has no wall time it is fresh from the factory.
    const isSet = wallMs >= FIRST_MS && wallMs <= LAST_MS;
    this.#baseMs = isSet ? wallMs : FIRST_MS;
    this.#sinceUs = context.clock.nowUs();
    this.#lookedS = Math.floor(this.#baseMs / 1000);
    this.#registers[Register.control] = AFTER_POWER_ON.control;
    this.#registers[Register.status] = isSet ? Status.output32kHz : AFTER_POWER_ON.status;
  }

  write(bytes: Uint8Array): boolean {
    if (bytes.length === 0) return true;
    this.count();
    this.#pointer = bytes[0] % REGISTERS;
    for (let i = 1; i < bytes.length; i++) this.put(bytes[i]);
    const last = bytes[0] + bytes.length - 2;
    if (bytes.length > 1 && bytes[0] < TIME_BYTES && last >= Register.time) this.setFromRegisters();
    return true;
  }

  read(into: Uint8Array): boolean {
    this.count();
    for (let i = 0; i < into.length; i++) {
      into[i] = this.#registers[this.#pointer];
      this.#pointer = (this.#pointer + 1) % REGISTERS;
    }
    return true;
  }

  act(verb: string, words: readonly string[]): void {
    const value = Number(words[0]);
    if (verb === "battery" && words[0] === "dead") {
      this.count();
      this.#baseMs = FIRST_MS;
      this.#sinceUs = this.#context.clock.nowUs();
      this.#registers.fill(0);
      this.#registers[Register.control] = AFTER_POWER_ON.control;
      this.#registers[Register.status] = AFTER_POWER_ON.status;
    } else if (verb === "drift" && Number.isFinite(value)) {
      this.rebase(0);
      this.#driftPpm = value;
    } else if (verb === "off" && Number.isFinite(value)) this.rebase(1000 * value);
    else
      throw new Error(
        `a clock can "drift <ppm>", be "off <seconds>", or have its "battery dead"; not "${[verb, ...words].join(" ")}"`,
      );
  }

  private put(byte: number): void {
    const register = this.#pointer;
    this.#pointer = (register + 1) % REGISTERS;
    const registers = this.#registers;
    if (register === Register.status) {
      // Flags can be cleared only.
      const flags = Status.oscillatorStopped | Status.alarm1 | Status.alarm2;
      registers[register] = (registers[register] & byte & flags) | (byte & Status.output32kHz);
    } else if (register < Register.temperature) registers[register] = byte;
  }

  private setFromRegisters(): void {
    const ms = readTime(this.#registers, Register.time);
    if (Number.isNaN(ms)) return;
    this.#baseMs = ms;
    this.#sinceUs = this.#context.clock.nowUs();
    this.#lookedS = Math.floor(ms / 1000);
  }

  private nowMs(): number {
    const sinceMs = (this.#context.clock.nowUs() - this.#sinceUs) / 1000;
    return this.#baseMs + sinceMs * (1 + this.#driftPpm / 1_000_000);
  }

  private rebase(stepMs: number): void {
    this.#baseMs = this.nowMs() + stepMs;
    this.#sinceUs = this.#context.clock.nowUs();
    this.#lookedS = Math.floor(this.#baseMs / 1000);
  }

  /** Brings the registers to now. */
  private count(): void {
    const registers = this.#registers;
    const nowMs = this.nowMs();
    writeTime(nowMs, registers, Register.time);
    const steps = Math.floor(this.#context.quantity(Quantity.temperature) / STEP_CEL + 0.5);
    registers[Register.temperature] = steps >> 2;
    registers[Register.temperature + 1] = (steps & 3) << 6;
    const nowS = Math.floor(nowMs / 1000);
    if (this.alarmWithin(this.#lookedS, nowS)) registers[Register.status] |= Status.alarm1;
    this.#lookedS = nowS;
  }

  /** Whether alarm 1 came after `fromS`, up to `untilS`: daily, or with a date. */
  private alarmWithin(fromS: number, untilS: number): boolean {
    const registers = this.#registers;
    if ((registers[Register.control] & Control.alarm1) === 0) return false;
    const bytes = new Uint8Array(TIME_BYTES);
    writeTime(untilS * 1000, bytes, 0);
    const at = Register.alarm1;
    for (let i = 0; i < 3; i++) bytes[i] = registers[at + i];
    const withDate = (registers[at + 3] & ANY) === 0;
    if (withDate) bytes[4] = registers[at + 3];
    const dueS = readTime(bytes, 0) / 1000;
    const due = (second: number) => second > fromS && second <= untilS;
    return due(dueS) || (!withDate && due(dueS - DAY_S));
  }
}

export const emulator: EmulatorModule = { create: (plan, context) => new DS3231Emulator(plan, context) };
