/**
 * Sensirion SCD40 and SCD41: carbon dioxide, temperature and humidity on I2C.
 *
 * The part measures by itself, each 5 s (or 30 s in low power). An acquisition asks whether a measurement waits, and reads
 * it; when none waits there is nothing to tell, and nothing wrong.
 *
 *   stop (500 ms) -> serial number -> variant -> altitude -> start;   then: (pressure) -> ready? -> read
 *
 * It begins with a stop, because the part goes on measuring over a restart of the gateway and then takes no settings.
 *
 * `SCD4x` is the ECMA-419 class; `driver` is what the gateway links.
 */

import type { Clock } from "../../hal/clock";
import type { I2COptions } from "../../hal/io";
import type { Identification, ProvenanceSample, Sensor, SensorCallbacks } from "../../hal/sensor";
import { type DriverContext, type DriverModule, Quality } from "../contract";
import { ofPlatform } from "../of-platform";
import type { DevicePlan } from "../plan";
import { WordLink, type WordLinkOptions } from "../sensirion/word-link";
import { SteppedDevice } from "../stepped-device";
import { StepEnd, SteppedSensor } from "../stepped-sensor";
import {
  ADDRESS,
  ALTITUDE_M,
  Command,
  HZ,
  humidityPercent,
  INTERVAL_US,
  MODES,
  type Mode,
  PRESSURE_PA,
  READY_MASK,
  SHORT_US,
  STOP_US,
  temperatureCel,
  VARIANTS,
} from "./constants";

export type SCD4xConfiguration = {
  readonly mode: Mode;
  /** Metres above the sea, for the part's compensation where no pressure is known. */
  readonly altitude: number;
  /** Pa; overrides the altitude. `undefined`: not told. May change while the part measures. */
  readonly pressure: number | undefined;
};

/** ECMA-419 Carbon Dioxide Gas, Humidity and Temperature: ppm, percent, degree Celsius. */
export type SCD4xSample = ProvenanceSample & {
  carbonDioxideDetector: { CO2: number };
  hygrometer: { humidity: number };
  thermometer: { temperature: number };
};

export type SCD4xOptions = SensorCallbacks & { readonly sensor: WordLinkOptions; readonly clock?: Clock };

const Step = { stop: 1, serial: 2, variant: 3, altitude: 4, pressure: 5, start: 6, ready: 7, read: 8 } as const;
/** A part that measures has something new within so many intervals, and one that has not is broken. */
const PATIENCE_INTERVALS = 3;

export class SCD4x extends SteppedSensor<SCD4xSample> implements Sensor<SCD4xSample, SCD4xConfiguration> {
  readonly #link: WordLink;
  readonly #onConfiguration: (() => void) | undefined;
  #mode: Mode = "periodic";
  #altitude = 0;
  #pressure: number | undefined;
  #pressurePending = false;
  #uniqueID: string | undefined;
  #model = "SCD4x";
  /** When the part started, or had something new for the last time. */
  #newsUs = 0;
  #co2 = 0;
  #temperatureWord = 0;
  #humidityWord = 0;

  constructor(options: SCD4xOptions) {
    super(options.clock);
    this.#link = new WordLink("SCD4x", options.sensor, ADDRESS, HZ, [1, 3]);
    this.#onConfiguration = options.onConfiguration;
  }

  get identification(): Identification {
    return {
      model: `Sensirion ${this.#model}`,
      classification: "CarbonDioxideDetector-Humidity-Temperature",
      ...(this.#uniqueID === undefined ? {} : { uniqueID: this.#uniqueID }),
    };
  }

  get configuration(): SCD4xConfiguration {
    return { mode: this.#mode, altitude: this.#altitude, pressure: this.#pressure };
  }

  /** Mode and altitude make the part stop and start again; the pressure is told between measurements. */
  configure(options: Partial<SCD4xConfiguration>): void {
    const { mode = this.#mode, altitude = this.#altitude, pressure = this.#pressure } = options;
    if (!MODES.includes(mode)) throw new RangeError(`SCD4x: mode must be ${MODES.join(" or ")}, is ${String(mode)}`);
    requireWithin("altitude", altitude, ALTITUDE_M);
    if (pressure !== undefined) requireWithin("pressure", pressure, PRESSURE_PA);
    const restarts = mode !== this.#mode || altitude !== this.#altitude;
    if (!restarts && pressure === this.#pressure) return;
    this.#pressurePending = pressure !== undefined;
    this.#mode = mode;
    this.#altitude = altitude;
    this.#pressure = pressure;
    if (restarts) this.reset();
    this.#onConfiguration?.();
  }

  close(): void {
    this.#link.close();
  }

  protected firstStep(): number {
    if (!this.isSetUp) return Step.stop;
    return this.#pressurePending ? Step.pressure : Step.ready;
  }

  // hot path
  protected begin(step: number): number {
    switch (step) {
      case Step.ready:
        this.#link.send(Command.getDataReady);
        return SHORT_US;
      case Step.read:
        this.#link.send(Command.readMeasurement);
        return SHORT_US;
      case Step.pressure:
        this.#link.sendWord(Command.setAmbientPressure, Math.floor(this.#pressure! / 100 + 0.5));
        return SHORT_US;
      case Step.stop:
        this.#link.send(Command.stopPeriodic);
        return STOP_US;
      case Step.serial:
        this.#link.send(Command.getSerialNumber);
        return SHORT_US;
      case Step.variant:
        this.#link.send(Command.getVariant);
        return SHORT_US;
      case Step.altitude:
        this.#link.sendWord(Command.setAltitude, this.#altitude);
        return SHORT_US;
      default:
        this.#link.send(this.#mode === "periodic" ? Command.startPeriodic : Command.startLowPowerPeriodic);
        return SHORT_US;
    }
  }

  // hot path
  protected end(step: number): number {
    switch (step) {
      case Step.ready:
        if (!this.#link.read(1)) return StepEnd.crc;
        return (this.#link.word(0) & READY_MASK) === 0 ? this.#nothingNew() : Step.read;
      case Step.read:
        return this.#read();
      case Step.pressure:
        this.#pressurePending = false;
        return Step.ready;
      case Step.stop:
        return Step.serial;
      case Step.serial:
        return this.#readSerial();
      case Step.variant:
        return this.#readVariant();
      case Step.altitude:
        return Step.start;
      default:
        this.#started();
        return StepEnd.notReady;
    }
  }

  // hot path
  protected fill(sample: SCD4xSample): SCD4xSample {
    sample.carbonDioxideDetector.CO2 = this.#co2;
    sample.thermometer.temperature = temperatureCel(this.#temperatureWord);
    sample.hygrometer.humidity = humidityPercent(this.#humidityWord);
    return sample;
  }

  protected newSample(): SCD4xSample {
    return newSample();
  }

  // hot path
  #read(): number {
    if (!this.#link.read(3)) return StepEnd.crc;
    this.#co2 = this.#link.word(0);
    this.#temperatureWord = this.#link.word(1);
    this.#humidityWord = this.#link.word(2);
    if (this.clock !== undefined) this.#newsUs = this.clock.nowUs();
    return StepEnd.done;
  }

  // hot path
  /** A part that lost its power answers, but measures no more. */
  #nothingNew(): number {
    if (this.clock === undefined) return StepEnd.notReady;
    if (this.clock.nowUs() - this.#newsUs < PATIENCE_INTERVALS * INTERVAL_US[this.#mode]) return StepEnd.notReady;
    this.isSetUp = false;
    return StepEnd.partFault;
  }

  #started(): void {
    this.isSetUp = true;
    this.#pressurePending = this.#pressure !== undefined;
    if (this.clock !== undefined) this.#newsUs = this.clock.nowUs();
  }

  #readSerial(): number {
    if (!this.#link.read(3)) return StepEnd.crc;
    let text = "";
    for (let i = 0; i < 3; i++) text += this.#link.word(i).toString(16).padStart(4, "0");
    this.#uniqueID = text;
    return Step.variant;
  }

  #readVariant(): number {
    if (!this.#link.read(1)) return StepEnd.crc;
    const model = VARIANTS[this.#link.word(0) >> 12];
    if (model === undefined) return StepEnd.wrongPart;
    this.#model = model;
    return Step.altitude;
  }
}

function requireWithin(
  name: string,
  value: number,
  { min, max }: { readonly min: number; readonly max: number },
): void {
  if (!(value >= min && value <= max)) throw new RangeError(`SCD4x: ${name} must be ${min} to ${max}, is ${value}`);
}

function newSample(): SCD4xSample {
  return { carbonDioxideDetector: { CO2: 0 }, hygrometer: { humidity: 0 }, thermometer: { temperature: 0 }, ticks: 0 };
}

const CHANNELS = ["co2", "temperature", "humidity"] as const;

class SCD4xDevice extends SteppedDevice<SCD4xSample> {
  readonly #part: SCD4x;

  constructor(part: SCD4x, plan: DevicePlan, context: DriverContext) {
    super(part, newSample(), CHANNELS, plan, context);
    this.#part = part;
  }

  get configuration(): string {
    const { mode, altitude, pressure } = this.#part.configuration;
    return pressure === undefined ? `${mode}, altitude ${altitude} m` : `${mode}, pressure ${pressure} Pa`;
  }

  // hot path
  protected publish(sample: SCD4xSample): void {
    this.put(sample.carbonDioxideDetector.CO2, 0, Quality.good);
    this.put(sample.thermometer.temperature, 1, Quality.good);
    this.put(sample.hygrometer.humidity, 2, Quality.good);
  }
}

export const driver: DriverModule = {
  name: "scd4x",
  version: "1",
  open: (plan, context) => {
    const I2C = ofPlatform(context.io.I2C, "I2C");
    const part = new SCD4x({
      sensor: { ...(plan.connection.options as unknown as I2COptions), io: I2C },
      clock: context.clock,
    });
    const pressure = plan.settings["pressure"] as number | undefined;
    part.configure({
      mode: plan.settings["mode"] as Mode,
      altitude: plan.settings["altitude"] as number,
      ...(pressure === undefined ? {} : { pressure }),
    });
    return new SCD4xDevice(part, plan, context);
  },
};
