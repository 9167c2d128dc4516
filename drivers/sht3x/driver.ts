/**
 * Sensirion SHT3x-DIS: humidity and temperature on I2C.
 *
 * `SHT3x` is the ECMA-419 class (Humidity-Temperature, with provenance) and can be used on any ECMA-419 host. It never
 * waits: `start` begins a single-shot measurement and says how long it takes, `sample` reads it when it is there.
 *
 *   resetting -> (1.5 ms) idle -> start -> measuring -> (15.5 ms) sample -> idle
 *
 * or, with `measurementsPerSecond`, lets the part measure by itself:
 *
 *   resetting -> (1.5 ms) idle -> start -> periodic -> (15.5 ms) sample, sample, ...
 *
 * `driver` is what the gateway links.
 */

import type { Clock } from "../../hal/clock";
import type { I2C, I2CConstructor, I2COptions } from "../../hal/io";
import type { Identification, ProvenanceSample, Sensor, SensorCallbacks } from "../../hal/sensor";
import { type DriverContext, type DriverModule, Quality } from "../contract";
import { Linked } from "../linked";
import { ofPlatform } from "../of-platform";
import type { DevicePlan } from "../plan";
import { SensorDevice } from "../sensor-device";
import { putWord, wordIsIntact } from "../word-crc8";
import {
  Command,
  humidityPercent,
  limitWord,
  MEASURE_COMMAND,
  MEASURE_US,
  READOUT_BYTES,
  type Repeatability,
  temperatureCel,
} from "./constants";
import { type ModeSettings, Modes } from "./modes";

export type SHT3xConfiguration = {
  readonly repeatability: Repeatability;
  /** Fixed: this driver reads without clock stretching, so that the bus is free while the part measures. */
  readonly clockStretching: false;
} & ModeSettings;

/** ECMA-419 section 14, Humidity and Temperature; `ticks` is the start of the measurement. */
export type SHT3xSample = ProvenanceSample & {
  hygrometer: { humidity: number };
  thermometer: { temperature: number };
};

export type SHT3xOptions = SensorCallbacks & {
  readonly sensor: Partial<I2COptions> & { readonly io: I2CConstructor } & Pick<I2COptions, "data" | "clock">;
  /** Gives samples their `ticks`; without it they have none. */
  readonly clock?: Clock;
  /** What sensors on one host may share; its own when left out. */
  readonly transfer?: SHT3xTransfer;
};

/** Bytes of one transfer, which is over when the call is. */
export type SHT3xTransfer = {
  readonly command: Uint8Array;
  readonly readout: Uint8Array;
};

const DEFAULT_HZ = 400_000;
const DEFAULT_ADDRESS = 0x44;
/** Reads without an answer, where there is no clock, after which the part counts as gone: 20 at 1 ms are longer than any measurement. */
const EARLY_READS = 20;
/** A part that measures by itself can be asked at once. */
const AT_ONCE_US = 1;
const NO_MODES: ModeSettings = {};

/** A periodic part without anything new for so many of its periods does not measure any more. */
const PATIENCE_PERIODS = 3;
/** Length of a command with a word and its checksum. */
const LIMIT_BYTES = 5;

/** What the last attempt to read a measurement ended with. */
export const ReadOutcome = { none: 0, good: 1, notReady: 2, crc: 3, noAnswer: 4 } as const;
export type ReadOutcome = (typeof ReadOutcome)[keyof typeof ReadOutcome];

export class SHT3x implements Sensor<SHT3xSample, SHT3xConfiguration> {
  private io: I2C | undefined;
  private readonly clock: Clock | undefined;
  // Absent until they are needed: a property takes 16 bytes of each sensor.
  declare private readonly onConfiguration: (() => void) | undefined;
  declare private modes: Modes | undefined;
  /** Reads of the running measurement that were not acknowledged; counted where there is no clock. */
  declare private earlyReads: number;
  /** Since they were reported. */
  declare private crcFaults: number | undefined;
  declare private unanswered: number | undefined;
  private readonly transfer: SHT3xTransfer;
  private repeatability: Repeatability = "high";
  private uniqueID: string | undefined;
  private measuring = false;
  private startedUs = 0;
  /** How long the running measurement takes at most. */
  private measureUs = 0;
  private lastOutcome: ReadOutcome = ReadOutcome.none;

  constructor(options: SHT3xOptions) {
    const { io, ...connection } = options.sensor;
    if (Linked.checks && typeof io !== "function") throw new TypeError("SHT3x: sensor.io must be an I2C class");
    this.io = new io({ hz: DEFAULT_HZ, address: DEFAULT_ADDRESS, ...connection });
    this.clock = options.clock;
    if (options.onConfiguration !== undefined) this.onConfiguration = options.onConfiguration;
    this.transfer = options.transfer ?? newTransfer();
    this.readIdentification();
    this.reset();
  }

  get identification(): Identification {
    return {
      model: "Sensirion SHT3x-DIS",
      classification: "Humidity-Temperature",
      ...(this.uniqueID === undefined ? {} : { uniqueID: this.uniqueID }),
    };
  }

  get configuration(): SHT3xConfiguration {
    return {
      repeatability: this.repeatability,
      clockStretching: false,
      ...(Linked.sht3xModes ? this.modes?.settings : undefined),
    };
  }

  /** How the last `sample` ended: why it returned nothing, when it did. */
  get outcome(): ReadOutcome {
    return this.lastOutcome;
  }

  configure(options: Partial<SHT3xConfiguration>): void {
    this.open();
    const { repeatability = this.repeatability } = options;
    if (Linked.checks && !Object.hasOwn(MEASURE_US, repeatability))
      throw new RangeError(`SHT3x: repeatability must be high, medium or low; not "${repeatability}"`);
    const changesModes = Linked.sht3xModes === 1 && this.changeModes(options, repeatability);
    if (repeatability === this.repeatability && !changesModes) return;
    this.repeatability = repeatability;
    this.onConfiguration?.();
  }

  /** Measures by itself instead of when it is asked. */
  get isPeriodic(): boolean {
    return Linked.sht3xModes === 1 && this.modes !== undefined && this.modes.periodUs > 0;
  }

  /** Soft reset. The part is ready 1.5 ms later. A part that does not answer is not an error here: `start` will tell. */
  reset(): void {
    this.open();
    this.measuring = false;
    if (Linked.sht3xModes && this.modes !== undefined) this.modes.isTold = false;
    try {
      this.send(Command.softReset);
    } catch {
      this.lastOutcome = ReadOutcome.noAnswer;
      this.stopPeriodic();
    }
  }

  // hot path
  /**
   * Begins a measurement. Returns microseconds until `sample` will find it finished.
   * @throws when the part does not acknowledge
   */
  start(): number {
    const modes = this.modes;
    if (Linked.sht3xModes && modes !== undefined) {
      if (!modes.isTold) return this.tell(modes);
      if (modes.periodUs > 0) return this.startFetching();
    }
    return this.startSingle();
  }

  // hot path
  private startSingle(): number {
    this.send(MEASURE_COMMAND[this.repeatability]);
    this.measuring = true;
    this.measureUs = MEASURE_US[this.repeatability];
    this.begin();
    return this.measureUs;
  }

  // hot path
  /** `undefined` while there is no finished and correct measurement; begins one when none is under way. */
  sample(into?: SHT3xSample): SHT3xSample | undefined {
    const io = this.open();
    if (!this.measuring) {
      this.lastOutcome = ReadOutcome.none;
      this.start();
      return undefined;
    }
    try {
      if (this.isPeriodic) this.send(Command.fetch);
    } catch {
      // Only a part that is gone, or that lost its power, does not take this.
      return this.giveUp();
    }
    try {
      io.read(this.transfer.readout);
    } catch {
      return this.notRead();
    }
    if (Linked.sht3xModes && this.modes !== undefined && this.clock !== undefined)
      this.modes.newsUs = this.clock.nowUs();
    this.measuring = false;
    const bytes = this.transfer.readout;
    if (!wordIsIntact(bytes, 0) || !wordIsIntact(bytes, 3)) {
      this.crcFaults = (this.crcFaults ?? 0) + 1;
      this.lastOutcome = ReadOutcome.crc;
      return undefined;
    }
    this.lastOutcome = ReadOutcome.good;
    return this.fill(into ?? newSample());
  }

  close(): void {
    this.io?.close();
    this.io = undefined;
  }

  /** The part answers a read header only when it has finished (section 4.4); a part that is gone never does. */
  private notRead(): undefined {
    if (this.mayBeMeasuring()) {
      this.lastOutcome = ReadOutcome.notReady;
      return undefined;
    }
    return this.giveUp();
  }

  private giveUp(): undefined {
    this.measuring = false;
    if (Linked.sht3xModes && this.modes !== undefined) this.modes.isTold = false;
    this.unanswered = (this.unanswered ?? 0) + 1;
    this.lastOutcome = ReadOutcome.noAnswer;
    return undefined;
  }

  /** Without a clock only the number of reads tells that the part should have finished. */
  private mayBeMeasuring(): boolean {
    if (this.clock !== undefined) {
      const modes = this.modes;
      if (!Linked.sht3xModes || modes === undefined || modes.periodUs === 0)
        return this.clock.nowUs() - this.startedUs < this.measureUs;
      return this.clock.nowUs() - modes.newsUs < PATIENCE_PERIODS * modes.periodUs;
    }
    this.earlyReads++;
    return this.earlyReads < EARLY_READS;
  }

  // hot path
  private fill(sample: SHT3xSample): SHT3xSample {
    const bytes = this.transfer.readout;
    sample.thermometer.temperature = temperatureCel((bytes[0] << 8) | bytes[1]);
    sample.hygrometer.humidity = humidityPercent((bytes[3] << 8) | bytes[4]);
    if (this.clock !== undefined) sample.ticks = this.startedUs;
    if (this.crcFaults! > 0 || this.unanswered! > 0) this.reportFaults(sample);
    else if (sample.faults !== undefined) sample.faults = undefined;
    return sample;
  }

  private reportFaults(sample: SHT3xSample): void {
    sample.faults = { crc: this.crcFaults ?? 0, noAnswer: this.unanswered ?? 0 };
    this.crcFaults = this.unanswered = 0;
  }

  /** @returns whether something changes */
  private changeModes(options: Partial<SHT3xConfiguration>, repeatability: Repeatability): boolean {
    const now = this.modes?.settings ?? NO_MODES;
    const wanted: ModeSettings = {
      measurementsPerSecond:
        "measurementsPerSecond" in options ? options.measurementsPerSecond : now.measurementsPerSecond,
      heater: "heater" in options ? options.heater : now.heater,
      alert: "alert" in options ? options.alert : now.alert,
    };
    const isSame =
      wanted.measurementsPerSecond === now.measurementsPerSecond &&
      wanted.heater === now.heater &&
      wanted.alert === now.alert;
    // A part that measures by itself is told its repeatability when it begins.
    if (isSame && (repeatability === this.repeatability || this.modes === undefined)) return false;
    const wasPeriodic = this.isPeriodic;
    this.modes = new Modes(wanted, repeatability);
    if (wasPeriodic) this.stopPeriodic();
    else this.reset();
    return true;
  }

  /** Takes 1 ms, in which the part acknowledges nothing. */
  private stopPeriodic(): void {
    this.measuring = false;
    try {
      this.send(Command.stopPeriodic);
    } catch {
      // It does not answer: the next start will tell.
    }
  }

  /** Sends heater, limits and the beginning of periodic mode; then measures. Returns microseconds until `sample`. */
  private tell(modes: Modes): number {
    const { heater, alert } = modes.settings;
    this.send(heater === true ? Command.heaterOn : Command.heaterOff);
    if (alert !== undefined) {
      const { highCel, highPercent, lowCel, lowPercent, hysteresisCel, hysteresisPercent } = alert;
      this.writeLimit(Command.writeHighSet, highCel, highPercent);
      this.writeLimit(Command.writeHighClear, highCel - hysteresisCel, highPercent - hysteresisPercent);
      this.writeLimit(Command.writeLowClear, lowCel + hysteresisCel, lowPercent + hysteresisPercent);
      this.writeLimit(Command.writeLowSet, lowCel, lowPercent);
    }
    if (modes.periodUs > 0) this.send(modes.command);
    modes.isTold = true;
    if (modes.periodUs === 0) return this.startSingle();
    this.startFetching();
    const firstUs = MEASURE_US[this.repeatability];
    // The first measurement must be there when it is due.
    modes.newsUs = this.startedUs + firstUs - PATIENCE_PERIODS * modes.periodUs;
    return firstUs;
  }

  // hot path
  private startFetching(): number {
    this.measuring = true;
    this.begin();
    return AT_ONCE_US;
  }

  // hot path
  private begin(): void {
    if (this.clock !== undefined) this.startedUs = this.clock.nowUs();
    else this.earlyReads = 0;
  }

  private writeLimit(command: number, celsius: number, percent: number): void {
    const bytes = new Uint8Array(LIMIT_BYTES);
    bytes[0] = command >> 8;
    bytes[1] = command;
    putWord(bytes, 2, limitWord(celsius, percent));
    this.open().write(bytes);
  }

  private readIdentification(): void {
    const answer = new Uint8Array(READOUT_BYTES);
    try {
      this.send(Command.serialNumber);
      this.open().read(answer);
    } catch {
      return;
    }
    if (!wordIsIntact(answer, 0) || !wordIsIntact(answer, 3)) return;
    const serial = ((answer[0] << 24) | (answer[1] << 16) | (answer[3] << 8) | answer[4]) >>> 0;
    this.uniqueID = serial.toString(16).padStart(8, "0");
  }

  // hot path
  private send(command: number): void {
    const bytes = this.transfer.command;
    bytes[0] = command >> 8;
    bytes[1] = command;
    this.open().write(bytes);
  }

  private open(): I2C {
    if (this.io === undefined) throw new Error("SHT3x: closed");
    return this.io;
  }
}

function newTransfer(): SHT3xTransfer {
  return { command: new Uint8Array(2), readout: new Uint8Array(READOUT_BYTES) };
}

function newSample(): SHT3xSample {
  return { hygrometer: { humidity: 0 }, thermometer: { temperature: 0 } };
}

class SHT3xInstance extends SensorDevice {
  declare protected readonly sensor: SHT3x;
  /** Of all sensors: done with when `finish` is. */
  private readonly reading: SHT3xSample;
  private readonly temperature: number;
  private readonly humidity: number;
  private readonly quality: Quality;

  constructor(plan: DevicePlan, context: DriverContext) {
    super(plan, context, openSensor(plan, context));
    this.reading = context.shared("sht3x reading", newSample);
    this.temperature = this.position(plan, "temperature");
    this.humidity = this.position(plan, "humidity");
    // A warmed die does not have the air's temperature, nor its relative humidity.
    this.quality = plan.settings["heater"] === true ? Quality.uncertain : Quality.good;
  }

  get identification(): Identification {
    return this.sensor.identification;
  }

  get configuration(): string {
    const { repeatability, measurementsPerSecond, heater, alert } = this.sensor.configuration;
    let text = `repeatability ${repeatability}`;
    if (measurementsPerSecond !== undefined) text += `, ${measurementsPerSecond} a second`;
    if (heater === true) text += ", heater on";
    if (alert !== undefined)
      text += `, alert ${alert.lowCel} to ${alert.highCel} Cel, ${alert.lowPercent} to ${alert.highPercent} %RH`;
    return text;
  }

  // hot path
  finish(): number {
    const sample = this.sensor.sample(this.reading);
    if (sample === undefined) return this.judge();
    if (this.failures > 0) this.recover();
    const { sink, startedUs } = this;
    if (this.temperature >= 0) sink.reading(this.temperature, sample.thermometer.temperature, this.quality, startedUs);
    if (this.humidity >= 0) sink.reading(this.humidity, sample.hygrometer.humidity, this.quality, startedUs);
    return 0;
  }

  /** Why there is no sample. A part that measures by itself may have nothing new yet: that is no failure, unless it had one. */
  private judge(): number {
    const { outcome } = this.sensor;
    if (outcome === ReadOutcome.notReady && this.sensor.isPeriodic && this.failures === 0) return 0;
    return this.fail(outcome === ReadOutcome.crc ? "checksum errors" : "the sensor does not answer");
  }
}

function openSensor(plan: DevicePlan, context: DriverContext): SHT3x {
  const I2C = ofPlatform(context.io.I2C, "I2C");
  const sensor = new SHT3x({
    sensor: { ...(plan.connection.options as unknown as I2COptions), io: I2C },
    clock: context.clock,
    transfer: context.shared("sht3x transfer", newTransfer),
  });
  try {
    sensor.configure(plan.settings as Partial<SHT3xConfiguration>);
  } catch (error) {
    sensor.close();
    throw error;
  }
  return sensor;
}

export const driver: DriverModule = {
  name: "sht3x",
  version: "1",
  open: (plan, context) => new SHT3xInstance(plan, context),
};
