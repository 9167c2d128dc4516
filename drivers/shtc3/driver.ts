/**
 * Sensirion SHTC3: humidity and temperature on I2C, asleep between measurements.
 *
 * `SHTC3` is the ECMA-419 class (Humidity-Temperature, with provenance) and can be used on any ECMA-419 host. It never waits:
 *
 *   asleep -> start (wake up) -> (0.24 ms) sample sends measure -> (12.1 or 0.8 ms) sample reads, sends sleep -> asleep
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
import { WORD_BYTES, wordIsIntact } from "../word-crc8";
import {
  ADDRESS,
  Command,
  humidityPercent,
  ID,
  ID_MASK,
  MEASURE_COMMAND,
  MEASURE_US,
  type Mode,
  READOUT_BYTES,
  temperatureCel,
  WAKE_US,
} from "./constants";

export type SHTC3Configuration = {
  readonly mode: Mode;
  /** Fixed: this driver reads without clock stretching, so that the bus is free while the part measures. */
  readonly clockStretching: false;
};

/** ECMA-419 section 14, Humidity and Temperature; `ticks` is the start of the measurement. */
export type SHTC3Sample = ProvenanceSample & {
  hygrometer: { humidity: number };
  thermometer: { temperature: number };
};

export type SHTC3Options = SensorCallbacks & {
  readonly sensor: Partial<I2COptions> & { readonly io: I2CConstructor } & Pick<I2COptions, "data" | "clock">;
  /** Gives samples their `ticks`, and tells a late measurement from one that is under way. */
  readonly clock: Clock;
};

const DEFAULT_HZ = 400_000;

/** What the last attempt ended with. */
export const Outcome = { none: 0, good: 1, notReady: 2, crc: 3, noAnswer: 4, foreign: 5 } as const;
export type Outcome = (typeof Outcome)[keyof typeof Outcome];

export class SHTC3 implements Sensor<SHTC3Sample, SHTC3Configuration> {
  #io: I2C | undefined;
  readonly #clock: Clock;
  readonly #onConfiguration: (() => void) | undefined;
  readonly #command = new Uint8Array(2);
  readonly #readout = new Uint8Array(READOUT_BYTES);
  readonly #word = new Uint8Array(WORD_BYTES);
  #mode: Mode = "normal";
  #identified = false;
  #measuring = false;
  #startedUs = 0;
  #dueUs = 0;
  #outcome: Outcome = Outcome.none;
  #crcFaults = 0;
  #unanswered = 0;

  constructor(options: SHTC3Options) {
    const { io, ...connection } = options.sensor;
    if (typeof io !== "function") throw new TypeError("SHTC3: sensor.io must be an I2C class");
    this.#io = new io({ hz: DEFAULT_HZ, address: ADDRESS, ...connection });
    this.#clock = options.clock;
    this.#onConfiguration = options.onConfiguration;
  }

  /** The part has no number of its own. */
  get identification(): Identification {
    return { model: "Sensirion SHTC3", classification: "Humidity-Temperature" };
  }

  get configuration(): SHTC3Configuration {
    return { mode: this.#mode, clockStretching: false };
  }

  get outcome(): Outcome {
    return this.#outcome;
  }

  configure(options: Partial<SHTC3Configuration>): void {
    this.#open();
    const { mode } = options;
    if (mode === undefined || mode === this.#mode) return;
    if (!Object.hasOwn(MEASURE_US, mode))
      throw new RangeError(`SHTC3: mode must be normal or low-power; not "${mode}"`);
    this.#mode = mode;
    this.#onConfiguration?.();
  }

  /** Soft reset; a part that sleeps does not hear it, and needs none. */
  reset(): void {
    this.#open();
    this.#measuring = this.#identified = false;
    try {
      this.#send(Command.softReset);
    } catch {
      this.#outcome = Outcome.noAnswer;
    }
  }

  // hot path
  /**
   * Wakes the part. Returns microseconds until `measure` may be called.
   * @throws when the part does not acknowledge
   */
  wake(): number {
    this.#measuring = false;
    this.#outcome = Outcome.noAnswer;
    this.#send(Command.wakeUp);
    return WAKE_US;
  }

  // hot path
  /**
   * Begins a measurement of a part that is awake. Returns microseconds until `sample` will find it finished.
   * @throws when the part does not acknowledge, or is not an SHTC3
   */
  measure(): number {
    if (!this.#identified) this.#identify();
    this.#send(MEASURE_COMMAND[this.#mode]);
    this.#measuring = true;
    this.#startedUs = this.#clock.nowUs();
    this.#dueUs = this.#startedUs + MEASURE_US[this.#mode];
    return MEASURE_US[this.#mode];
  }

  get measuring(): boolean {
    return this.#measuring;
  }

  // hot path
  /** `undefined` while there is no finished and correct measurement. A finished part is sent to sleep. */
  sample(into?: SHTC3Sample): SHTC3Sample | undefined {
    const io = this.#open();
    if (!this.#measuring) return undefined;
    try {
      io.read(this.#readout);
    } catch {
      return this.#notRead();
    }
    this.#measuring = false;
    this.#sleep();
    if (!wordIsIntact(this.#readout, 0) || !wordIsIntact(this.#readout, WORD_BYTES)) {
      this.#crcFaults++;
      this.#outcome = Outcome.crc;
      return undefined;
    }
    this.#outcome = Outcome.good;
    return this.#fill(into ?? newSample());
  }

  close(): void {
    this.#io?.close();
    this.#io = undefined;
  }

  /** The part answers a read header only when it has finished; a part that is gone never does. */
  #notRead(): undefined {
    if (this.#clock.nowUs() < this.#dueUs) {
      this.#outcome = Outcome.notReady;
      return undefined;
    }
    this.#measuring = this.#identified = false;
    this.#unanswered++;
    this.#outcome = Outcome.noAnswer;
    return undefined;
  }

  // hot path
  #fill(sample: SHTC3Sample): SHTC3Sample {
    const bytes = this.#readout;
    sample.thermometer.temperature = temperatureCel((bytes[0] << 8) | bytes[1]);
    sample.hygrometer.humidity = humidityPercent((bytes[3] << 8) | bytes[4]);
    sample.ticks = this.#startedUs;
    if (this.#crcFaults > 0 || this.#unanswered > 0) this.#reportFaults(sample);
    else if (sample.faults !== undefined) sample.faults = undefined;
    return sample;
  }

  #reportFaults(sample: SHTC3Sample): void {
    sample.faults = { crc: this.#crcFaults, noAnswer: this.#unanswered };
    this.#crcFaults = this.#unanswered = 0;
  }

  #sleep(): void {
    try {
      this.#send(Command.sleep);
    } catch {
      // It measured and then went away: the next `wake` will tell.
    }
  }

  /** Only a part that is awake says what it is, so this comes with the first measurement. */
  #identify(): void {
    this.#send(Command.readId);
    this.#open().read(this.#word);
    const id = (this.#word[0] << 8) | this.#word[1];
    if (!wordIsIntact(this.#word, 0)) throw new Error("SHTC3: its identity arrived damaged");
    if ((id & ID_MASK) !== ID) {
      this.#outcome = Outcome.foreign;
      throw new Error("SHTC3: another part answers at this address");
    }
    this.#identified = true;
  }

  // hot path
  #send(command: number): void {
    this.#command[0] = command >> 8;
    this.#command[1] = command;
    this.#open().write(this.#command);
  }

  #open(): I2C {
    if (this.#io === undefined) throw new Error("SHTC3: closed");
    return this.#io;
  }
}

function newSample(): SHTC3Sample {
  return { hygrometer: { humidity: 0 }, thermometer: { temperature: 0 } };
}

/** The gateway's `start` wakes the part; its first `finish` begins the measurement, its second reads it. */
class SHTC3Instance extends SensorDevice {
  readonly #sensor: SHTC3;
  readonly #sample: SHTC3Sample = { hygrometer: { humidity: 0 }, thermometer: { temperature: 0 }, ticks: 0 };
  readonly #temperature: number;
  readonly #humidity: number;

  constructor(plan: DevicePlan, context: DriverContext) {
    const sensor = openSensor(plan, context);
    super(plan, context, {
      start: () => sensor.wake(),
      reset: () => sensor.reset(),
      close: () => sensor.close(),
    });
    this.#sensor = sensor;
    this.#temperature = this.position(plan, "temperature");
    this.#humidity = this.position(plan, "humidity");
  }

  get identification(): Identification {
    return this.#sensor.identification;
  }

  get configuration(): string {
    return `mode ${this.#sensor.configuration.mode}`;
  }

  // hot path
  finish(nowUs: number): number {
    if (!this.#sensor.measuring) return this.#measure(nowUs);
    const sample = this.#sensor.sample(this.#sample);
    if (sample === undefined)
      return this.fail(this.#sensor.outcome === Outcome.crc ? "checksum errors" : "the sensor does not answer");
    if (this.failures > 0) this.recover();
    const { sink, startedUs } = this;
    if (this.#temperature >= 0)
      sink.reading(this.#temperature, sample.thermometer.temperature, Quality.good, startedUs);
    if (this.#humidity >= 0) sink.reading(this.#humidity, sample.hygrometer.humidity, Quality.good, startedUs);
    return 0;
  }

  // hot path
  #measure(nowUs: number): number {
    try {
      const dueUs = this.#sensor.measure();
      this.startedUs = nowUs;
      return dueUs;
    } catch {
      return this.fail(this.startReason());
    }
  }

  protected override startReason(): string {
    return this.#sensor.outcome === Outcome.foreign ? "another part answers at its address" : super.startReason();
  }
}

function openSensor(plan: DevicePlan, context: DriverContext): SHTC3 {
  const I2C = ofPlatform(context.io.I2C, "I2C");
  const sensor = new SHTC3({
    sensor: { ...(plan.connection.options as unknown as I2COptions), io: I2C },
    clock: context.clock,
  });
  try {
    sensor.configure({ mode: plan.settings["mode"] as Mode });
  } catch (error) {
    sensor.close();
    throw error;
  }
  return sensor;
}

export const driver: DriverModule = {
  name: "shtc3",
  version: "1",
  open: (plan, context) => new SHTC3Instance(plan, context),
};
