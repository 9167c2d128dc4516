/**
 * Bosch BMP390: air pressure and temperature on I2C or SPI, in forced mode: the part sleeps between measurements.
 *
 *   identify -> reset -> (2 ms) read calibration -> measure -> (21 ms) read -> asleep
 *
 * `BMP390` is the ECMA-419 class; `driver` is what the gateway links.
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
  BURST_PRESSURE,
  BURST_TEMPERATURE,
  CALIBRATION_BYTES,
  CHIP_ID,
  DEFAULT_HZ,
  ERROR_FATAL,
  MODE_FORCED,
  measureUs,
  OVERSAMPLING,
  type Oversampling,
  POWER_PRESSURE,
  POWER_TEMPERATURE,
  RESET_WORD,
  Register,
  SPI_DUMMY_BYTES,
  STARTUP_US,
  STATUS_PRESSURE_READY,
  STATUS_TEMPERATURE_READY,
} from "./constants";

export type BMP390Configuration = {
  /** Of the pressure: less noise and finer steps take more time. */
  readonly oversampling: Oversampling;
};

/** ECMA-419 Barometric Pressure and Temperature: Pa, degree Celsius. */
export type BMP390Sample = ProvenanceSample & {
  barometer: { pressure: number };
  thermometer: { temperature: number };
};

export type BMP390Options = SensorCallbacks & { readonly sensor: RegisterLinkOptions; readonly clock?: Clock };

const Step = { identify: 1, reset: 2, measure: 3, again: 4 } as const;
/** What an SPI line without a part gives. */
const NOBODY = 0xff;
/** A read that needs no time still ends in a call of its own. */
const AT_ONCE_US = 1;
/** A part that measures longer than it should is asked so often again, at this distance. */
const AGAIN_US = 2_000;
const AGAIN_MAX = 5;
const ALL_READY = STATUS_PRESSURE_READY | STATUS_TEMPERATURE_READY;
const MEASURE = POWER_PRESSURE | POWER_TEMPERATURE | MODE_FORCED;

export class BMP390 extends SteppedSensor<BMP390Sample> implements Sensor<BMP390Sample, BMP390Configuration> {
  readonly #link: RegisterLink;
  readonly #calibration = new Calibration();
  readonly #onConfiguration: (() => void) | undefined;
  #oversampling: Oversampling = 8;
  #osr = 0;
  #measureUs = 0;
  #again = 0;

  constructor(options: BMP390Options) {
    super(options.clock);
    this.#link = openRegisters(options.sensor, {
      name: "BMP390",
      address: ADDRESSES[0],
      hz: DEFAULT_HZ,
      spiDummyBytes: SPI_DUMMY_BYTES,
      lengths: [1, CALIBRATION_BYTES, BURST_BYTES],
    });
    this.#onConfiguration = options.onConfiguration;
    this.#prepare();
  }

  get identification(): Identification {
    return { model: "Bosch BMP390", classification: "BarometricPressure-Temperature" };
  }

  get configuration(): BMP390Configuration {
    return { oversampling: this.#oversampling };
  }

  configure(options: Partial<BMP390Configuration>): void {
    const { oversampling } = options;
    if (oversampling === undefined || oversampling === this.#oversampling) return;
    if (!OVERSAMPLING.includes(oversampling))
      throw new RangeError(`BMP390: oversampling must be 1, 2, 4, 8, 16 or 32, is ${oversampling}`);
    this.#oversampling = oversampling;
    this.#prepare();
    this.#onConfiguration?.();
  }

  close(): void {
    this.#link.close();
  }

  #prepare(): void {
    this.#osr = OVERSAMPLING.indexOf(this.#oversampling);
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
        this.#link.writeTwo(Register.oversampling, this.#osr, Register.powerControl, MEASURE);
        return this.#measureUs;
      case Step.again:
        return AGAIN_US;
      case Step.identify:
        this.#link.read(Register.id, 1);
        return AT_ONCE_US;
      default:
        this.#link.write(Register.command, RESET_WORD);
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
  protected fill(sample: BMP390Sample): BMP390Sample {
    sample.thermometer.temperature = this.#calibration.temperatureCel(word24(this.#link, BURST_TEMPERATURE));
    sample.barometer.pressure = this.#calibration.pressurePa(word24(this.#link, BURST_PRESSURE));
    return sample;
  }

  protected newSample(): BMP390Sample {
    return newSample();
  }

  // hot path
  #read(): number {
    const link = this.#link;
    link.read(Register.error, BURST_BYTES);
    if (link.byte(0) === NOBODY) return StepEnd.noAnswer;
    if ((link.byte(0) & ERROR_FATAL) !== 0) return StepEnd.partFault;
    if ((link.byte(1) & ALL_READY) === ALL_READY) return StepEnd.done;
    this.#again++;
    if (this.#again <= AGAIN_MAX) return Step.again;
    // It was reset while it measured: what it was told is gone.
    this.isSetUp = false;
    return StepEnd.partFault;
  }

  #readCalibration(): number {
    this.#link.read(Register.calibration, CALIBRATION_BYTES);
    this.#calibration.set(decodeWords((i) => this.#link.byte(i)));
    this.isSetUp = true;
    return Step.measure;
  }
}

// hot path
/** Least significant byte first. */
function word24(link: RegisterLink, at: number): number {
  return link.byte(at) | (link.byte(at + 1) << 8) | (link.byte(at + 2) << 16);
}

function newSample(): BMP390Sample {
  return { barometer: { pressure: 0 }, thermometer: { temperature: 0 }, ticks: 0 };
}

const CHANNELS = ["pressure", "temperature"] as const;

class BMP390Device extends SteppedDevice<BMP390Sample> {
  readonly #part: BMP390;

  constructor(part: BMP390, plan: DevicePlan, context: DriverContext) {
    super(part, newSample(), CHANNELS, plan, context);
    this.#part = part;
  }

  get configuration(): string {
    return `oversampling ${this.#part.configuration.oversampling}`;
  }

  // hot path
  protected publish(sample: BMP390Sample): void {
    this.put(sample.barometer.pressure, 0, Quality.good);
    this.put(sample.thermometer.temperature, 1, Quality.good);
  }
}

export const driver: DriverModule = {
  name: "bmp390",
  version: "1",
  open: (plan, context) => {
    const part = new BMP390({ sensor: connect(plan, context), clock: context.clock });
    part.configure({ oversampling: plan.settings["oversampling"] as Oversampling });
    return new BMP390Device(part, plan, context);
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
