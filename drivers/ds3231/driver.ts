/**
 * Maxim DS3231: a real-time clock on I2C that keeps the time on a battery, to 2 ppm.
 *
 * `DS3231` has the face of ECMA-419's real-time clocks: the connection in `clock`, `time` to get and set, `configure({ alarm })`,
 * `onAlarm` behind an interrupt pin. It is a sensor with provenance as well: a sample has the part's own temperature, its time,
 * and whether that can be believed.
 *
 *   start -> read all registers -> done;   with the time to be set: -> (the next whole second) write -> done
 *
 * `driver` is what the gateway links: it compares the part's time with the gateway's, and sets the part where the gateway knows
 * better (SNTP).
 */

import { type Clock, TimeQuality } from "../../hal/clock";
import type { Digital, DigitalConstructor, I2C, I2CConstructor, I2COptions, PinSpecifier } from "../../hal/io";
import type { Identification, ProvenanceSample, Sensor, SensorCallbacks } from "../../hal/sensor";
import { type DriverContext, type DriverModule, Quality } from "../contract";
import { ofPlatform } from "../of-platform";
import type { DevicePlan } from "../plan";
import { SteppedDevice } from "../stepped-device";
import { StepEnd, SteppedSensor } from "../stepped-sensor";
import { bcd, readTime, writeTime } from "./calendar";
import {
  ADDRESS,
  ALARM_BYTES,
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

export type DS3231Configuration = {
  /** An instant within four weeks, UNIX time in milliseconds, or seconds of each day (UTC). `undefined`: none. */
  readonly alarm: DS3231Alarm | undefined;
  /** Steps of some 0.1 ppm that slow the oscillator down, -128 to 127. */
  readonly aging: number;
};
export type DS3231Alarm = { readonly at: number } | { readonly daily: number };

export type DS3231Sample = ProvenanceSample & {
  thermometer: { temperature: number };
  /** UNIX time in milliseconds, in whole seconds; NaN when the part does not know it. */
  time: number;
  /** The oscillator ran since the time was set. */
  running: boolean;
  /** The alarm came since the last sample. */
  alarm: boolean;
};

export type DS3231Options = SensorCallbacks & {
  readonly clock: Partial<I2COptions> & { readonly io: I2CConstructor } & Pick<I2COptions, "data" | "clock">;
  /** The part's INT pin: low when an alarm comes. */
  readonly interrupt?: { readonly io: DigitalConstructor; readonly pin: PinSpecifier };
  readonly onAlarm?: () => void;
  /** The host's clock: gives samples their `ticks`. */
  readonly timebase?: Clock;
};

const DEFAULT_HZ = 400_000;
const Step = { read: 1, set: 2 } as const;
const AT_ONCE_US = 1;
const SECOND_MS = 1000;
const DAY_S = 86_400;
const NOBODY = 0xff;

export class DS3231 extends SteppedSensor<DS3231Sample> implements Sensor<DS3231Sample, DS3231Configuration> {
  #io: I2C | undefined;
  readonly #interrupt: Digital | undefined;
  readonly #onConfiguration: (() => void) | undefined;
  readonly #onAlarm: (() => void) | undefined;
  readonly #pointer = new Uint8Array(1);
  readonly #one = new Uint8Array(2);
  readonly #registers = new Uint8Array(REGISTERS);
  readonly #setting = new Uint8Array(1 + TIME_BYTES);
  #alarm: DS3231Alarm | undefined;
  #aging = 0;
  /** Wall time less ticks, both in milliseconds, that the part is to be set to; NaN: nothing to set. */
  #wanted = Number.NaN;

  constructor(options: DS3231Options) {
    super(options.timebase);
    const { io, ...connection } = options.clock;
    if (typeof io !== "function") throw new TypeError("DS3231: clock.io must be an I2C class");
    this.#io = new io({ hz: DEFAULT_HZ, address: ADDRESS, ...connection });
    this.#onConfiguration = options.onConfiguration;
    this.#onAlarm = options.onAlarm;
    const { interrupt } = options;
    if (interrupt === undefined) return;
    const Pin = interrupt.io;
    this.#interrupt = new Pin({
      pin: interrupt.pin,
      mode: Pin.InputPullUp,
      edge: Pin.Falling,
      onReadable: () => this.#onAlarm?.(),
    });
  }

  get identification(): Identification {
    return { model: "Maxim DS3231", classification: "RealTimeClock" };
  }

  get configuration(): DS3231Configuration {
    return { alarm: this.#alarm, aging: this.#aging };
  }

  configure(options: Partial<DS3231Configuration>): void {
    const alarm = "alarm" in options ? options.alarm : this.#alarm;
    const { aging = this.#aging } = options;
    if (!(Number.isInteger(aging) && aging >= -128 && aging <= 127))
      throw new RangeError(`DS3231: aging must be a whole number of -128 to 127; not ${aging}`);
    checkAlarm(alarm);
    if (isSameAlarm(alarm, this.#alarm) && aging === this.#aging) return;
    this.#alarm = alarm;
    this.#aging = aging;
    this.reset();
    this.#onConfiguration?.();
  }

  /** UNIX time in milliseconds; `undefined` when the part does not know it. Throws when it does not answer. */
  get time(): number | undefined {
    const registers = this.readAll();
    const ms = readTime(registers, Register.time);
    return Number.isNaN(ms) || (registers[Register.status] & Status.oscillatorStopped) !== 0 ? undefined : ms;
  }

  /** Sets the part at once; its second begins with the write. Throws when it does not answer. */
  set time(ms: number) {
    requireInstant(ms);
    this.writeClock(ms);
  }

  /** Sets the part with the next whole second, in the course of the next acquisition. @param ms UNIX time now */
  setWithNextSecond(ms: number): void {
    requireInstant(ms);
    if (this.clock === undefined) throw new Error("DS3231: this needs the timebase option");
    this.#wanted = ms - this.clock.nowUs() / 1000;
  }

  close(): void {
    this.#io?.close();
    this.#interrupt?.close();
    this.#io = undefined;
  }

  protected firstStep(): number {
    if (!this.isSetUp) this.setUp();
    return Step.read;
  }

  // hot path
  protected begin(step: number): number {
    if (step === Step.set) return this.untilNextSecondUs();
    return AT_ONCE_US;
  }

  // hot path
  protected end(step: number): number {
    if (step === Step.set) {
      this.writeClock(this.#wanted + this.clock!.nowUs() / 1000 + SECOND_MS / 2);
      this.#wanted = Number.NaN;
      return StepEnd.done;
    }
    const registers = this.readAll();
    // A line held low has month and date 0; one held high has digits that are none.
    if (Number.isNaN(readTime(registers, Register.time)) && !this.isBlank())
      return registers[Register.status] === NOBODY ? StepEnd.noAnswer : StepEnd.partFault;
    if ((registers[Register.control] & Control.alarm1) !== (this.#alarm === undefined ? 0 : Control.alarm1)) {
      // It lost battery and supply: alarm and aging are gone.
      this.isSetUp = false;
      return StepEnd.partFault;
    }
    // Writing a 1 leaves a flag as it is.
    if ((registers[Register.status] & Status.alarm1) !== 0)
      this.write(Register.status, registers[Register.status] & ~Status.alarm1);
    return Number.isNaN(this.#wanted) ? StepEnd.done : Step.set;
  }

  // hot path
  protected fill(sample: DS3231Sample): DS3231Sample {
    const registers = this.#registers;
    const status = registers[Register.status];
    sample.running = (status & Status.oscillatorStopped) === 0;
    sample.time = sample.running ? readTime(registers, Register.time) : Number.NaN;
    sample.alarm = (status & Status.alarm1) !== 0;
    const steps = ((registers[Register.temperature] << 24) >> 22) | (registers[Register.temperature + 1] >> 6);
    sample.thermometer.temperature = steps * STEP_CEL;
    return sample;
  }

  protected newSample(): DS3231Sample {
    return newSample();
  }

  /** Fresh from the factory, or without battery: 2000-00-00 or whatever, but the flag that says so is set. */
  private isBlank(): boolean {
    const status = this.#registers[Register.status];
    return (status & Status.oscillatorStopped) !== 0 && status !== NOBODY;
  }

  private untilNextSecondUs(): number {
    const ms = this.#wanted + this.clock!.nowUs() / 1000;
    const waitUs = Math.floor((SECOND_MS - (ms - Math.floor(ms / SECOND_MS) * SECOND_MS)) * 1000);
    return waitUs < AT_ONCE_US ? AT_ONCE_US : waitUs;
  }

  private setUp(): void {
    const alarm = this.#alarm;
    if (alarm !== undefined) {
      const bytes = new Uint8Array(1 + ALARM_BYTES);
      bytes[0] = Register.alarm1;
      if ("daily" in alarm) {
        bytes[1] = bcd(alarm.daily % 60);
        bytes[2] = bcd(Math.floor(alarm.daily / 60) % 60);
        bytes[3] = bcd(Math.floor(alarm.daily / 3600));
        bytes[4] = ANY | 1;
      } else {
        writeTime(alarm.at, this.#setting, 1);
        bytes[1] = this.#setting[1];
        bytes[2] = this.#setting[2];
        bytes[3] = this.#setting[3];
        bytes[4] = this.#setting[5];
      }
      this.open().write(bytes);
    }
    this.write(Register.aging, this.#aging & 0xff);
    this.write(Register.control, Control.interrupt | (alarm === undefined ? 0 : Control.alarm1));
    this.isSetUp = true;
  }

  private writeClock(ms: number): void {
    this.#setting[0] = Register.time;
    writeTime(ms, this.#setting, 1);
    this.open().write(this.#setting);
    this.write(Register.status, 0);
  }

  // hot path
  private readAll(): Uint8Array {
    this.#pointer[0] = Register.time;
    this.open().writeRead(this.#pointer, this.#registers);
    return this.#registers;
  }

  // hot path
  private write(register: number, byte: number): void {
    this.#one[0] = register;
    this.#one[1] = byte;
    this.open().write(this.#one);
  }

  private open(): I2C {
    if (this.#io === undefined) throw new Error("DS3231: closed");
    return this.#io;
  }
}

function requireInstant(ms: number): void {
  if (!(ms >= FIRST_MS && ms <= LAST_MS)) throw new RangeError(`DS3231: the time must lie in 2000 to 2199; not ${ms}`);
}

function checkAlarm(alarm: DS3231Alarm | undefined): void {
  if (alarm === undefined) return;
  if ("daily" in alarm) {
    if (!(Number.isInteger(alarm.daily) && alarm.daily >= 0 && alarm.daily < DAY_S))
      throw new RangeError(`DS3231: a daily alarm is at second 0 to ${DAY_S - 1} of a day; not ${alarm.daily}`);
  } else requireInstant(alarm.at);
}

function isSameAlarm(one: DS3231Alarm | undefined, other: DS3231Alarm | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  if ("daily" in one) return "daily" in other && one.daily === other.daily;
  return "at" in other && one.at === other.at;
}

function newSample(): DS3231Sample {
  return { thermometer: { temperature: 0 }, time: 0, running: false, alarm: false, ticks: 0 };
}

const CHANNELS = ["temperature", "offset", "alarm"] as const;

class DS3231Device extends SteppedDevice<DS3231Sample> {
  readonly #part: DS3231;
  readonly #clock: Clock;
  /** Above so many seconds the part is set; NaN: never. */
  readonly #setAboveS: number;

  constructor(part: DS3231, plan: DevicePlan, context: DriverContext) {
    super(part, newSample(), CHANNELS, plan, context);
    this.#part = part;
    this.#clock = context.clock;
    this.#setAboveS = (plan.settings["setAboveS"] as number | undefined) ?? Number.NaN;
  }

  get configuration(): string {
    const { alarm, aging } = this.#part.configuration;
    const at =
      alarm === undefined ? "no alarm" : "daily" in alarm ? `alarm at second ${alarm.daily}` : `alarm ${alarm.at}`;
    const sets = Number.isNaN(this.#setAboveS) ? "never set" : `set above ${this.#setAboveS} s`;
    return `${at}, aging ${aging}, ${sets}`;
  }

  // hot path
  protected publish(sample: DS3231Sample): void {
    const wallMs = this.#clock.wallMs();
    // The part counts whole seconds, so its time is half a second late in the mean.
    const sinceMs = (this.#clock.nowUs() - this.startedUs) / 1000;
    const offsetS = (sample.time + 500 - (wallMs - sinceMs)) / 1000;
    this.put(sample.thermometer.temperature, 0, Quality.good);
    this.put(offsetS, 1, this.judgeOffset(sample.running, offsetS));
    this.put(sample.alarm ? 1 : 0, 2, Quality.good);
    if (this.#clock.wallQuality() < TimeQuality.sntp) return;
    if (!sample.running || offsetS > this.#setAboveS || offsetS < -this.#setAboveS) this.setPart(wallMs);
  }

  // hot path
  /** Without a time on either side there is none between them. */
  private judgeOffset(running: boolean, offsetS: number): Quality {
    if (!running) return Quality.badDevice;
    return Number.isNaN(offsetS) ? Quality.uncertain : Quality.good;
  }

  private setPart(wallMs: number): void {
    if (!Number.isNaN(this.#setAboveS) && wallMs >= FIRST_MS && wallMs <= LAST_MS) this.#part.setWithNextSecond(wallMs);
  }
}

export const driver: DriverModule = {
  name: "ds3231",
  version: "1",
  open: (plan, context) => {
    const I2C = ofPlatform(context.io.I2C, "I2C");
    const part = new DS3231({
      clock: { ...(plan.connection.options as unknown as I2COptions), io: I2C },
      timebase: context.clock,
    });
    const { daily, aging } = plan.settings;
    try {
      part.configure({
        aging: aging as number,
        ...(daily === undefined ? {} : { alarm: { daily: daily as number } }),
      });
    } catch (error) {
      part.close();
      throw error;
    }
    return new DS3231Device(part, plan, context);
  },
};
