/**
 * Sensirion SGP30: carbon dioxide equivalent and volatile organic compounds on I2C.
 *
 * The part estimates both from a metal-oxide element, so its carbon dioxide is an equivalent: what would be there if people
 * alone had made the air. It wants a measurement each second and gives fixed values for 15 s after it was initialised.
 *
 *   serial number -> feature set -> initialise -> (baseline) -> (humidity) -> measure, measure, ...
 *
 * `SGP30` is the ECMA-419 class; `driver` is what the gateway links.
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
  Command,
  DEFAULT_HZ,
  FEATURE_US,
  HUMIDITY_MAX,
  HUMIDITY_SCALE,
  MEASURE_US,
  PERIOD_MS,
  PRODUCT_TYPE,
  SERIAL_US,
  SETTING_US,
  WARM_UP_CO2_PPM,
  WARM_UP_US,
} from "./constants";

/** What the part's own compensation has learnt: give it back after a loss of power, unless it is older than a week. */
export type SGP30Baseline = { readonly co2: number; readonly tvoc: number };

export type SGP30Configuration = {
  /** g/m³, 0 to 255.996; 0: no compensation. */
  readonly absoluteHumidity: number;
  readonly baseline: SGP30Baseline | undefined;
};

/** ECMA-419 classes Carbon Dioxide Gas and Volatile Organic Compounds: ppm and ppb. */
export type SGP30Sample = ProvenanceSample & {
  carbonDioxideDetector: { CO2: number };
  volatileOrganicCompoundsDetector: { tvoc: number };
};

export type SGP30Options = SensorCallbacks & { readonly sensor: WordLinkOptions; readonly clock?: Clock };

const Step = { serial: 1, features: 2, init: 3, baseline: 4, humidity: 5, measure: 6, readBaseline: 7 } as const;

export class SGP30 extends SteppedSensor<SGP30Sample> implements Sensor<SGP30Sample, SGP30Configuration> {
  readonly #link: WordLink;
  readonly #onConfiguration: (() => void) | undefined;
  #uniqueID: string | undefined;
  #absoluteHumidity = 0;
  #baseline: SGP30Baseline | undefined;
  #baselinePending = false;
  #humidityPending = false;
  #baselineWanted = false;
  #initialisedUs = 0;
  #warmUp = 0;
  #co2 = 0;
  #tvoc = 0;

  constructor(options: SGP30Options) {
    super(options.clock);
    this.#link = new WordLink("SGP30", options.sensor, ADDRESS, DEFAULT_HZ, [1, 2, 3]);
    this.#onConfiguration = options.onConfiguration;
  }

  get identification(): Identification {
    return {
      model: "Sensirion SGP30",
      classification: "CarbonDioxideDetector-VolatileOrganicCompoundsDetector",
      ...(this.#uniqueID === undefined ? {} : { uniqueID: this.#uniqueID }),
    };
  }

  get configuration(): SGP30Configuration {
    return { absoluteHumidity: this.#absoluteHumidity, baseline: this.#baseline };
  }

  /** The part still answers its fixed values of the first 15 s. */
  get warmingUp(): boolean {
    return this.#warmUp > 0;
  }

  /** Sent to the part before its next measurement. */
  configure(options: Partial<SGP30Configuration>): void {
    const { absoluteHumidity, baseline } = options;
    if (absoluteHumidity !== undefined && !(absoluteHumidity >= 0 && absoluteHumidity <= HUMIDITY_MAX))
      throw new RangeError(`SGP30: absoluteHumidity must be 0 to ${HUMIDITY_MAX} g/m3, is ${absoluteHumidity}`);
    if (baseline !== undefined && !(isWord(baseline.co2) && isWord(baseline.tvoc)))
      throw new RangeError("SGP30: a baseline is two words of 16 bits");
    if (absoluteHumidity !== undefined && absoluteHumidity !== this.#absoluteHumidity) {
      this.#absoluteHumidity = absoluteHumidity;
      this.#humidityPending = true;
      this.#onConfiguration?.();
    }
    if (baseline === undefined) return;
    this.#baseline = { co2: baseline.co2, tvoc: baseline.tvoc };
    this.#baselinePending = true;
    this.#onConfiguration?.();
  }

  /** The measurement after this also reads the baseline, which `configuration` then has and a reset gives back. */
  keepBaseline(): void {
    this.#baselineWanted = true;
  }

  close(): void {
    this.#link.close();
  }

  protected firstStep(): number {
    return this.isSetUp ? this.#nextSetting() : Step.serial;
  }

  // hot path
  protected begin(step: number): number {
    switch (step) {
      case Step.measure:
        this.#link.send(Command.measureAirQuality);
        return MEASURE_US;
      case Step.serial:
        this.#link.send(Command.getSerialId);
        return SERIAL_US;
      case Step.features:
        this.#link.send(Command.getFeatureSet);
        return FEATURE_US;
      case Step.init:
        this.#link.send(Command.initAirQuality);
        return SETTING_US;
      case Step.baseline:
        // The other way round than it is read (section 6.3).
        this.#link.sendWords(Command.setBaseline, this.#baseline!.tvoc, this.#baseline!.co2);
        return SETTING_US;
      case Step.humidity:
        this.#link.sendWord(Command.setHumidity, Math.floor(this.#absoluteHumidity * HUMIDITY_SCALE + 0.5));
        return SETTING_US;
      default:
        this.#link.send(Command.getBaseline);
        return SETTING_US;
    }
  }

  // hot path
  protected end(step: number): number {
    switch (step) {
      case Step.measure:
        if (!this.#link.read(2)) return StepEnd.crc;
        this.#co2 = this.#link.word(0);
        this.#tvoc = this.#link.word(1);
        if (this.#lostItsPower()) return StepEnd.partFault;
        this.#watchWarmUp();
        return this.#baselineWanted ? Step.readBaseline : StepEnd.done;
      case Step.readBaseline:
        return this.#readBaseline();
      case Step.serial:
        return this.#readSerial();
      case Step.features:
        if (!this.#link.read(1)) return StepEnd.crc;
        return this.#link.word(0) >> 12 === PRODUCT_TYPE ? Step.init : StepEnd.wrongPart;
      case Step.init:
        this.#afterInit();
        return this.#nextSetting();
      case Step.baseline:
        this.#baselinePending = false;
        return this.#nextSetting();
      default:
        this.#humidityPending = false;
        return this.#nextSetting();
    }
  }

  // hot path
  protected fill(sample: SGP30Sample): SGP30Sample {
    sample.carbonDioxideDetector.CO2 = this.#co2;
    sample.volatileOrganicCompoundsDetector.tvoc = this.#tvoc;
    return sample;
  }

  protected newSample(): SGP30Sample {
    return newSample();
  }

  // hot path
  #nextSetting(): number {
    if (this.#baselinePending) return Step.baseline;
    if (this.#humidityPending) return Step.humidity;
    return Step.measure;
  }

  #afterInit(): void {
    this.isSetUp = true;
    this.#baselinePending = this.#baseline !== undefined;
    this.#humidityPending = this.#absoluteHumidity > 0;
    this.#warmUp = WARM_UP_US / 1000 / PERIOD_MS;
    if (this.clock !== undefined) this.#initialisedUs = this.clock.nowUs();
  }

  // hot path
  /** The fixed values again, from a part that was away: it has to be initialised. */
  #lostItsPower(): boolean {
    if (!this.wasAway || this.#warmUp > 0 || this.#co2 !== WARM_UP_CO2_PPM || this.#tvoc !== 0) return false;
    this.isSetUp = false;
    return true;
  }

  // hot path
  /** Without a clock the number of measurements tells; a value that is not the fixed one ends it as well. */
  #watchWarmUp(): void {
    if (this.#warmUp === 0) return;
    const fixed = this.#co2 === WARM_UP_CO2_PPM && this.#tvoc === 0;
    if (!fixed) this.#warmUp = 0;
    else if (this.clock === undefined) this.#warmUp--;
    else if (this.clock.nowUs() - this.#initialisedUs > WARM_UP_US + MEASURE_US + SETTING_US) this.#warmUp = 0;
  }

  #readBaseline(): number {
    if (!this.#link.read(2)) return StepEnd.crc;
    this.#baselineWanted = false;
    this.#baseline = { co2: this.#link.word(0), tvoc: this.#link.word(1) };
    return StepEnd.done;
  }

  #readSerial(): number {
    if (!this.#link.read(3)) return StepEnd.crc;
    let text = "";
    for (let i = 0; i < 3; i++) text += this.#link.word(i).toString(16).padStart(4, "0");
    this.#uniqueID = text;
    return Step.features;
  }
}

function isWord(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 0xffff;
}

function newSample(): SGP30Sample {
  return { carbonDioxideDetector: { CO2: 0 }, volatileOrganicCompoundsDetector: { tvoc: 0 }, ticks: 0 };
}

const CHANNELS = ["co2", "tvoc"] as const;
const PPB_PER_PPM = 1000;

class SGP30Device extends SteppedDevice<SGP30Sample> {
  readonly #part: SGP30;

  constructor(part: SGP30, plan: DevicePlan, context: DriverContext) {
    super(part, newSample(), CHANNELS, plan, context);
    this.#part = part;
  }

  get configuration(): string {
    return `absolute humidity ${this.#part.configuration.absoluteHumidity} g/m3`;
  }

  // hot path
  protected publish(sample: SGP30Sample): void {
    const quality = this.#part.warmingUp ? Quality.uncertain : Quality.good;
    this.put(sample.carbonDioxideDetector.CO2, 0, quality);
    this.put(sample.volatileOrganicCompoundsDetector.tvoc / PPB_PER_PPM, 1, quality);
  }
}

export const driver: DriverModule = {
  name: "sgp30",
  version: "1",
  open: (plan, context) => {
    const I2C = ofPlatform(context.io.I2C, "I2C");
    if (plan.everyMs !== PERIOD_MS)
      context.log.warn(`${plan.id}: an SGP30 expects a measurement each second, not each ${plan.everyMs} ms`);
    const part = new SGP30({
      sensor: { ...(plan.connection.options as unknown as I2COptions), io: I2C },
      clock: context.clock,
    });
    part.configure({ absoluteHumidity: plan.settings["absoluteHumidity"] as number });
    return new SGP30Device(part, plan, context);
  },
};
