/**
 * Bosch BME280: temperature, pressure and humidity on I2C or SPI, in forced mode: the part sleeps between measurements.
 *
 *   identify -> reset -> (2 ms) read calibration -> measure -> (9.3 ms) read -> asleep
 *
 * `BME280` is the ECMA-419 class; `driver` is what the gateway links.
 */
import type { Clock } from "../../hal/clock";
import type { I2COptions, SPIOptions } from "../../hal/io";
import type { Identification, ProvenanceSample, Sensor, SensorCallbacks } from "../../hal/sensor";
import { type DriverContext, type DriverModule, Quality } from "../contract";
import type { DevicePlan } from "../plan";
import { openRegisters, type RegisterLink, type RegisterLinkOptions } from "../registers/link";
import { SteppedDevice } from "../stepped-device";
import { StepEnd, SteppedSensor } from "../stepped-sensor";
import { Calibration, decodeWords } from "./calibration";
import {
  ADDRESSES,
  BURST_BYTES,
  BURST_HUMIDITY,
  BURST_PRESSURE,
  BURST_TEMPERATURE,
  CALIBRATION_BYTES,
  CHIP_ID,
  DEFAULT_HZ,
  HUMIDITY_CALIBRATION_BYTES,
  MODE_FORCED,
  MODE_MASK,
  measureUs,
  OVERSAMPLING,
  type Oversampling,
  osrs,
  RESET_WORD,
  Register,
  SKIPPED_16,
  SKIPPED_20,
  STARTUP_US,
  STATUS_MEASURING,
  STATUS_NVM_COPY,
} from "./constants";

export type BME280Configuration = {
  /** Of all three quantities: less noise and finer steps take more time. */
  readonly oversampling: Oversampling;
};

/** ECMA-419 Barometric Pressure, Humidity and Temperature: Pa, a percentage, degree Celsius. */
export type BME280Sample = ProvenanceSample & {
  barometer: { pressure: number };
  hygrometer: { humidity: number };
  thermometer: { temperature: number };
};

export type BME280Options = SensorCallbacks & { readonly sensor: RegisterLinkOptions; readonly clock?: Clock };

const Step = { identify: 1, reset: 2, measure: 3, again: 4 } as const;
/** What an SPI line without a part gives. */
const NOBODY = 0xff;
/** A read that needs no time still ends in a call of its own. */
const AT_ONCE_US = 1;
/** A part that measures longer than it may is asked so often again, at this distance. */
const AGAIN_US = 1_000;
const AGAIN_MAX = 5;

export class BME280 extends SteppedSensor<BME280Sample> implements Sensor<BME280Sample, BME280Configuration> {
  readonly #link: RegisterLink;
  readonly #calibration = new Calibration();
  readonly #onConfiguration: (() => void) | undefined;
  #oversampling: Oversampling = 1;
  #ctrlHum = 0;
  #ctrlMeas = 0;
  #measureUs = 0;
  #again = 0;

  constructor(options: BME280Options) {
    super(options.clock);
    this.#link = openRegisters(options.sensor, {
      name: "BME280",
      address: ADDRESSES[0],
      hz: DEFAULT_HZ,
      spiDummyBytes: 0,
      lengths: [1, CALIBRATION_BYTES, HUMIDITY_CALIBRATION_BYTES, BURST_BYTES],
    });
    this.#onConfiguration = options.onConfiguration;
    this.#prepare();
  }

  get identification(): Identification {
    return { model: "Bosch BME280", classification: "BarometricPressure-Humidity-Temperature" };
  }

  get configuration(): BME280Configuration {
    return { oversampling: this.#oversampling };
  }

  configure(options: Partial<BME280Configuration>): void {
    const { oversampling } = options;
    if (oversampling === undefined || oversampling === this.#oversampling) return;
    if (!OVERSAMPLING.includes(oversampling))
      throw new RangeError(`BME280: oversampling must be 1, 2, 4, 8 or 16, is ${oversampling}`);
    this.#oversampling = oversampling;
    this.#prepare();
    this.#onConfiguration?.();
  }

  close(): void {
    this.#link.close();
  }

  #prepare(): void {
    const bits = osrs(this.#oversampling);
    this.#ctrlHum = bits;
    this.#ctrlMeas = (bits << 5) | (bits << 2) | MODE_FORCED;
    this.#measureUs = measureUs(this.#oversampling);
  }

  protected firstStep(): number {
    return this.isSetUp ? Step.measure : Step.identify;
  }

  // hot path
  protected begin(step: number): number {
    switch (step) {
      case Step.measure:
        this.#again = 0;
        // Humidity's setting counts from the write of the other one on (section 5.4.3).
        this.#link.writeTwo(Register.ctrlHum, this.#ctrlHum, Register.ctrlMeas, this.#ctrlMeas);
        return this.#measureUs;
      case Step.again:
        return AGAIN_US;
      case Step.identify:
        this.#link.read(Register.id, 1);
        return AT_ONCE_US;
      default:
        this.#link.write(Register.reset, RESET_WORD);
        return STARTUP_US;
    }
  }

  // hot path
  protected end(step: number): number {
    switch (step) {
      case Step.identify:
        if (this.#link.byte(0) === CHIP_ID) return Step.reset;
        return this.#link.byte(0) === NOBODY ? StepEnd.noAnswer : StepEnd.wrongPart;
      case Step.reset:
        return this.#readCalibration();
      default:
        return this.#read();
    }
  }

  // hot path
  protected fill(sample: BME280Sample): BME280Sample {
    const link = this.#link;
    sample.thermometer.temperature = this.#calibration.temperatureCel(word20(link, BURST_TEMPERATURE));
    sample.barometer.pressure = this.#calibration.pressurePa(word20(link, BURST_PRESSURE));
    sample.hygrometer.humidity = this.#calibration.humidityPercent(word16(link, BURST_HUMIDITY));
    return sample;
  }

  protected newSample(): BME280Sample {
    return newSample();
  }

  // hot path
  #read(): number {
    const link = this.#link;
    link.read(Register.status, BURST_BYTES);
    const status = link.byte(0);
    if (status === NOBODY) return StepEnd.noAnswer;
    if ((status & STATUS_MEASURING) !== 0) {
      this.#again++;
      return this.#again > AGAIN_MAX ? StepEnd.partFault : Step.again;
    }
    // Its settings stand in the same burst: a line that is held low, and a part that was reset, do not have them.
    const hasSettings = (link.byte(1) | MODE_MASK) === (this.#ctrlMeas | MODE_MASK);
    const hasValues = word16(link, BURST_HUMIDITY) !== SKIPPED_16 || word20(link, BURST_TEMPERATURE) !== SKIPPED_20;
    if (hasSettings && hasValues) return StepEnd.done;
    // It was reset while it measured: what it was told is gone.
    this.isSetUp = false;
    return StepEnd.partFault;
  }

  #readCalibration(): number {
    const link = this.#link;
    link.read(Register.status, 1);
    if ((link.byte(0) & STATUS_NVM_COPY) !== 0) return StepEnd.partFault;
    link.read(Register.calibration, CALIBRATION_BYTES);
    const low: number[] = [];
    for (let i = 0; i < CALIBRATION_BYTES; i++) low.push(link.byte(i));
    link.read(Register.humidityCalibration, HUMIDITY_CALIBRATION_BYTES);
    this.#calibration.set(
      decodeWords(
        (i) => low[i],
        (i) => link.byte(i),
      ),
    );
    this.isSetUp = true;
    return Step.measure;
  }
}

// hot path
function word20(link: RegisterLink, at: number): number {
  return (link.byte(at) << 12) | (link.byte(at + 1) << 4) | (link.byte(at + 2) >> 4);
}

// hot path
function word16(link: RegisterLink, at: number): number {
  return (link.byte(at) << 8) | link.byte(at + 1);
}

function newSample(): BME280Sample {
  return { barometer: { pressure: 0 }, hygrometer: { humidity: 0 }, thermometer: { temperature: 0 }, ticks: 0 };
}

const CHANNELS = ["temperature", "pressure", "humidity"] as const;

class BME280Device extends SteppedDevice<BME280Sample> {
  readonly #part: BME280;

  constructor(part: BME280, plan: DevicePlan, context: DriverContext) {
    super(part, newSample(), CHANNELS, plan, context);
    this.#part = part;
  }

  get configuration(): string {
    return `oversampling ${this.#part.configuration.oversampling}`;
  }

  // hot path
  protected publish(sample: BME280Sample): void {
    this.put(sample.thermometer.temperature, 0, Quality.good);
    this.put(sample.barometer.pressure, 1, Quality.good);
    this.put(sample.hygrometer.humidity, 2, Quality.good);
  }
}

export const driver: DriverModule = {
  name: "bme280",
  version: "1",
  open: (plan, context) => {
    const part = new BME280({ sensor: connect(plan, context), clock: context.clock });
    part.configure({ oversampling: plan.settings["oversampling"] as Oversampling });
    return new BME280Device(part, plan, context);
  },
};

function connect({ connection }: DevicePlan, { io }: DriverContext): RegisterLinkOptions {
  const { I2C, SPI } = io;
  if (connection.io === "SPI") {
    if (SPI === undefined) throw new Error("this platform has no SPI");
    return { ...(connection.options as unknown as SPIOptions), io: SPI };
  }
  if (I2C === undefined) throw new Error("this platform has no I2C");
  return { ...(connection.options as unknown as I2COptions), io: I2C };
}
