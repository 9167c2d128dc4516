/**
 * Texas Instruments TMP117: precision temperature on I2C.
 *
 * `TMP117` is the ECMA-419 class (Temperature, with provenance) and can be used on any ECMA-419 host. It never waits: each
 * measurement is a one-shot conversion, between which the part sleeps and does not warm itself.
 *
 *   start (one-shot) -> converting -> (averaging times 17.5 ms) sample -> shutdown
 *
 * The words have no checksum. What protects a reading is that the configuration register, read with it, must say that this
 * conversion is the one that was asked for: a part that lost its power converts continuously.
 *
 * `driver` is what the gateway links.
 */

import type { Clock } from "../../hal/clock";
import type { I2C, I2CConstructor, I2COptions } from "../../hal/io";
import type { Identification, ProvenanceSample, Sensor, SensorCallbacks } from "../../hal/sensor";
import { type DriverContext, type DriverModule, Quality } from "../contract";
import { ofPlatform } from "../of-platform";
import type { DevicePlan } from "../plan";
import { SensorDevice } from "../sensor-device";
import {
  ALERT_MODES,
  type AlertMode,
  AVERAGING,
  type Averaging,
  CONVERSION_US,
  Configuration,
  DEVICE_ID,
  DEVICE_ID_MASK,
  RANGE,
  Register,
  STEP_CEL,
} from "./constants";

export type TMP117Configuration = {
  /** Conversions in one measurement: less noise takes more time. */
  readonly averaging: Averaging;
  /** Limits of the ALERT pin and of `alert` in a sample. */
  readonly highLimitCel: number;
  readonly lowLimitCel: number;
  readonly alertMode: AlertMode;
  readonly alertActive: "low" | "high";
};

/** ECMA-419 section 14, Temperature; `ticks` is the start of the conversion. */
export type TMP117Sample = ProvenanceSample & {
  temperature: number;
  /** 1: at or above the high limit, 2: below the low one, since the sample before (section 7.4.4). */
  alert: number;
};

export type TMP117Options = SensorCallbacks & {
  readonly sensor: Partial<I2COptions> & { readonly io: I2CConstructor } & Pick<I2COptions, "data" | "clock">;
  /** Gives samples their `ticks`, and tells a late conversion from one that is under way. */
  readonly clock?: Clock;
};

/** What the last attempt ended with. */
export const Outcome = { none: 0, good: 1, notReady: 2, noAnswer: 3, restarted: 4, foreign: 5 } as const;
export type Outcome = (typeof Outcome)[keyof typeof Outcome];

const DEFAULT_HZ = 400_000;
const DEFAULT_ADDRESS = 0x48;
/** What this driver writes, and finds again in a part that kept its power. */
const TOLD_BITS = Configuration.modeMask | Configuration.averagingMask | Configuration.therm | Configuration.activeHigh;

export class TMP117 implements Sensor<TMP117Sample, TMP117Configuration> {
  #io: I2C | undefined;
  readonly #clock: Clock | undefined;
  readonly #onConfiguration: (() => void) | undefined;
  readonly #pointer = new Uint8Array(1);
  readonly #command = new Uint8Array(3);
  readonly #word = new Uint8Array(2);
  #averaging: Averaging = 8;
  #highLimitCel = 192;
  #lowLimitCel = -256;
  /** Mode and polarity of the ALERT pin, as bits of the configuration register. */
  #alertBits = 0;
  #uniqueID: string | undefined;
  /** The part is the right one and has the limits. */
  #prepared = false;
  #measuring = false;
  #startedUs = 0;
  #measureUs = 0;
  #outcome: Outcome = Outcome.none;
  #unanswered = 0;
  #restarts = 0;

  constructor(options: TMP117Options) {
    const { io, ...connection } = options.sensor;
    if (typeof io !== "function") throw new TypeError("TMP117: sensor.io must be an I2C class");
    this.#io = new io({ hz: DEFAULT_HZ, address: DEFAULT_ADDRESS, ...connection });
    this.#clock = options.clock;
    this.#onConfiguration = options.onConfiguration;
    this.#readIdentification();
  }

  get identification(): Identification {
    return {
      model: "Texas Instruments TMP117",
      classification: "Temperature",
      ...(this.#uniqueID === undefined ? {} : { uniqueID: this.#uniqueID }),
    };
  }

  get configuration(): TMP117Configuration {
    return {
      averaging: this.#averaging,
      highLimitCel: this.#highLimitCel,
      lowLimitCel: this.#lowLimitCel,
      alertMode: this.#alertBits & Configuration.therm ? "therm" : "window",
      alertActive: this.#alertBits & Configuration.activeHigh ? "high" : "low",
    };
  }

  /** How the last `start` or `sample` ended. */
  get outcome(): Outcome {
    return this.#outcome;
  }

  /** Takes effect with the next measurement. */
  configure(options: Partial<TMP117Configuration>): void {
    this.#open();
    const { averaging, highLimitCel, lowLimitCel, alertMode, alertActive } = { ...this.configuration, ...options };
    if (!AVERAGING.includes(averaging))
      throw new RangeError(`TMP117: averaging must be 1, 8, 32 or 64; not "${averaging}"`);
    if (!(lowLimitCel >= -256 && lowLimitCel < highLimitCel && highLimitCel < 256))
      throw new RangeError("TMP117: limits must lie in -256 to 255.99 Cel, the low one below the high one");
    if (!ALERT_MODES.includes(alertMode))
      throw new RangeError(`TMP117: alertMode must be window or therm; not "${alertMode}"`);
    if (alertActive !== "low" && alertActive !== "high")
      throw new RangeError(`TMP117: alertActive must be low or high; not "${String(alertActive)}"`);
    const bits =
      (alertMode === "therm" ? Configuration.therm : 0) | (alertActive === "high" ? Configuration.activeHigh : 0);
    if (
      averaging === this.#averaging &&
      highLimitCel === this.#highLimitCel &&
      lowLimitCel === this.#lowLimitCel &&
      bits === this.#alertBits
    )
      return;
    this.#alertBits = bits;
    this.#averaging = averaging;
    this.#highLimitCel = highLimitCel;
    this.#lowLimitCel = lowLimitCel;
    this.#prepared = false;
    this.#onConfiguration?.();
  }

  /** Soft reset. The part is ready 2 ms later. A part that does not answer is not an error here: `start` will tell. */
  reset(): void {
    this.#open();
    this.#measuring = this.#prepared = false;
    try {
      this.#write(Register.configuration, Configuration.softReset);
    } catch {
      this.#outcome = Outcome.noAnswer;
    }
  }

  // hot path
  /**
   * Begins a measurement. Returns microseconds until `sample` will find it finished.
   * @throws when the part does not acknowledge, or is not a TMP117
   */
  start(): number {
    this.#measuring = false;
    if (!this.#prepared) this.#prepare();
    this.#write(Register.configuration, Configuration.oneShot | averagingBits(this.#averaging) | this.#alertBits);
    this.#measuring = true;
    this.#measureUs = this.#averaging * CONVERSION_US;
    if (this.#clock !== undefined) this.#startedUs = this.#clock.nowUs();
    return this.#measureUs;
  }

  // hot path
  /** `undefined` while there is no finished measurement; begins one when none is under way. */
  sample(into?: TMP117Sample): TMP117Sample | undefined {
    this.#open();
    if (!this.#measuring) {
      this.start();
      this.#outcome = Outcome.none;
      return undefined;
    }
    try {
      return this.#collect(into);
    } catch {
      return this.#giveUp(Outcome.noAnswer);
    }
  }

  close(): void {
    this.#io?.close();
    this.#io = undefined;
  }

  // hot path
  #collect(into: TMP117Sample | undefined): TMP117Sample | undefined {
    const state = this.#read(Register.configuration);
    const mode = state & Configuration.modeMask;
    if (mode === Configuration.oneShot) return this.#notFinished();
    const wanted = Configuration.shutdown | averagingBits(this.#averaging) | this.#alertBits;
    if ((state & TOLD_BITS) !== wanted || !(state & Configuration.dataReady)) return this.#giveUp(Outcome.restarted);
    const word = this.#read(Register.temperature);
    this.#measuring = false;
    this.#outcome = Outcome.good;
    const sample = into ?? newSample();
    sample.temperature = ((word << 16) >> 16) * STEP_CEL;
    sample.alert = (state >>> 15) | ((state & Configuration.lowAlert) >>> 13);
    if (this.#clock !== undefined) sample.ticks = this.#startedUs;
    if (this.#unanswered > 0 || this.#restarts > 0) this.#reportFaults(sample);
    else if (sample.faults !== undefined) sample.faults = undefined;
    return sample;
  }

  #notFinished(): undefined {
    if (this.#clock !== undefined && this.#clock.nowUs() - this.#startedUs >= this.#measureUs)
      return this.#giveUp(Outcome.noAnswer);
    this.#outcome = Outcome.notReady;
    return undefined;
  }

  /** The measurement is lost, and perhaps the part's power was: it is prepared anew. */
  #giveUp(outcome: Outcome): undefined {
    this.#measuring = this.#prepared = false;
    if (outcome === Outcome.restarted) this.#restarts++;
    else this.#unanswered++;
    this.#outcome = outcome;
    return undefined;
  }

  #reportFaults(sample: TMP117Sample): void {
    sample.faults = { noAnswer: this.#unanswered, restarted: this.#restarts };
    this.#unanswered = this.#restarts = 0;
  }

  #prepare(): void {
    this.#outcome = Outcome.noAnswer;
    if ((this.#read(Register.deviceId) & DEVICE_ID_MASK) !== DEVICE_ID) {
      this.#outcome = Outcome.foreign;
      throw new Error("TMP117: another part answers at this address");
    }
    this.#write(Register.highLimit, Math.floor(this.#highLimitCel / STEP_CEL));
    this.#write(Register.lowLimit, Math.floor(this.#lowLimitCel / STEP_CEL));
    this.#prepared = true;
  }

  #readIdentification(): void {
    try {
      if ((this.#read(Register.deviceId) & DEVICE_ID_MASK) !== DEVICE_ID) return;
      let text = "";
      for (const register of [Register.eeprom1, Register.eeprom2, Register.eeprom3])
        text += this.#read(register).toString(16).padStart(4, "0");
      this.#uniqueID = text;
    } catch {
      this.#outcome = Outcome.noAnswer;
    }
  }

  // hot path
  #read(register: number): number {
    this.#pointer[0] = register;
    this.#open().writeRead(this.#pointer, this.#word);
    return (this.#word[0] << 8) | this.#word[1];
  }

  // hot path
  #write(register: number, word: number): void {
    this.#command[0] = register;
    this.#command[1] = word >> 8;
    this.#command[2] = word;
    this.#open().write(this.#command);
  }

  #open(): I2C {
    if (this.#io === undefined) throw new Error("TMP117: closed");
    return this.#io;
  }
}

function newSample(): TMP117Sample {
  return { temperature: 0, alert: 0 };
}

/** 1, 8, 32, 64 are 0, 1, 2, 3 in bits 6 and 5 (section 7.6.3). */
function averagingBits(averaging: Averaging): number {
  return averaging === 1 ? 0 : averaging === 8 ? 0x20 : averaging === 32 ? 0x40 : 0x60;
}

class TMP117Instance extends SensorDevice {
  readonly #sensor: TMP117;
  readonly #sample: TMP117Sample = { temperature: 0, alert: 0, ticks: 0 };
  readonly #temperature: number;

  constructor(plan: DevicePlan, context: DriverContext) {
    const sensor = openSensor(plan, context);
    super(plan, context, sensor);
    this.#sensor = sensor;
    this.#temperature = this.position(plan, "temperature");
  }

  get identification(): Identification {
    return this.#sensor.identification;
  }

  get configuration(): string {
    const { averaging, highLimitCel, lowLimitCel, alertMode, alertActive } = this.#sensor.configuration;
    const pin = `alert ${alertMode}, active ${alertActive}`;
    return `averaging ${averaging}, limits ${lowLimitCel} to ${highLimitCel} Cel, ${pin}`;
  }

  // hot path
  finish(): number {
    const sample = this.#sensor.sample(this.#sample);
    if (sample === undefined)
      return this.fail(
        this.#sensor.outcome === Outcome.restarted ? "the sensor lost its power" : "the sensor does not answer",
      );
    if (this.failures > 0) this.recover();
    const { temperature } = sample;
    const quality = temperature < RANGE.min || temperature > RANGE.max ? Quality.badRange : Quality.good;
    if (this.#temperature >= 0) this.sink.reading(this.#temperature, temperature, quality, this.startedUs);
    return 0;
  }

  protected override startReason(): string {
    return this.#sensor.outcome === Outcome.foreign ? "another part answers at its address" : super.startReason();
  }
}

function openSensor(plan: DevicePlan, context: DriverContext): TMP117 {
  const I2C = ofPlatform(context.io.I2C, "I2C");
  const sensor = new TMP117({
    sensor: { ...(plan.connection.options as unknown as I2COptions), io: I2C },
    clock: context.clock,
  });
  try {
    sensor.configure(plan.settings as Partial<TMP117Configuration>);
  } catch (error) {
    sensor.close();
    throw error;
  }
  return sensor;
}

export const driver: DriverModule = {
  name: "tmp117",
  version: "1",
  open: (plan, context) => new TMP117Instance(plan, context),
};
