/**
 * Maxim MAX31865: a platinum resistor (PT100, PT1000) with two, three or four wires, on SPI.
 *
 *   bias on, faults cleared -> (10 ms) detect faults -> (1 ms) convert -> (55 or 66 ms) read all registers, bias off -> done
 *
 * Between measurements no current flows, so that the element does not warm itself. All registers are read in one frame:
 * configuration and thresholds must be as they were set, which is what there is instead of a checksum.
 *
 * `MAX31865` is the ECMA-419 class (Temperature, with provenance); `driver` is what the gateway links.
 */

import type { Clock } from "../../hal/clock";
import type { SPI, SPIConstructor, SPIOptions } from "../../hal/io";
import type { Identification, ProvenanceSample, Sensor, SensorCallbacks } from "../../hal/sensor";
import { type DriverContext, type DriverModule, Quality } from "../contract";
import { FaultWatch } from "../fault-watch";
import { ofPlatform } from "../of-platform";
import type { DevicePlan } from "../plan";
import { SteppedDevice } from "../stepped-device";
import { StepEnd, SteppedSensor } from "../stepped-sensor";
import {
  BIAS_US,
  CONVERSION_US,
  Configuration,
  celsiusOf,
  DETECT_US,
  ELEMENTS,
  type Element,
  type FilterHz,
  FULL_STEPS,
  RANGE,
  REGISTERS,
  Register,
  ratioAt,
  WIRES,
  type Wires,
  WRITE,
} from "./constants";

export type MAX31865Configuration = {
  readonly element: Element;
  readonly wires: Wires;
  /** The mains frequency that the filter takes out. */
  readonly filterHz: FilterHz;
  /** The resistor between ISENSOR and REFIN. */
  readonly referenceOhm: number;
};

export type MAX31865Sample = ProvenanceSample & {
  /** Degree Celsius; NaN where `fault` says why. */
  temperature: number;
  ohm: number;
  /** The part's fault register, 0 when all is well. */
  fault: number;
};

export type MAX31865Options = SensorCallbacks & {
  readonly sensor: SPIOptions & { readonly io: SPIConstructor };
  readonly clock?: Clock;
} & Partial<MAX31865Configuration>;

const Step = { bias: 1, detect: 2, convert: 3 } as const;
/** Clock phase 1: the part samples on the second edge (page 16). */
const SPI_MODE = 1;
/** What an SPI line without a part gives. */
const NOBODY = 0xff;
const RESISTANCE_FAULT = 1;
const DEFAULTS = { element: "pt100", wires: 4, filterHz: 50 } as const;
/** A step of the ratio, at most: so far a reading at the end of the range may be outside of it. */
const STEP_CEL = 0.05;
/** Beyond these the element is not there, or has no resistance. */
const OPEN_CEL = RANGE.max + 10;
const SHORT_CEL = RANGE.min - 10;

export class MAX31865 extends SteppedSensor<MAX31865Sample> implements Sensor<MAX31865Sample, MAX31865Configuration> {
  #io: SPI | undefined;
  readonly #onConfiguration: (() => void) | undefined;
  readonly #setting = new Uint8Array(2);
  /** Address and four bytes of thresholds. */
  readonly #thresholds = new Uint8Array(5);
  readonly #frame = new Uint8Array(1 + REGISTERS);
  #configuration: MAX31865Configuration;
  /** Wires and filter. */
  #base = 0;
  #conversionUs = 0;
  #ratioPerStep = 0;

  constructor(options: MAX31865Options) {
    super(options.clock);
    const { io, ...connection } = options.sensor;
    if (typeof io !== "function") throw new TypeError("MAX31865: sensor.io must be an SPI class");
    const { element = DEFAULTS.element, wires = DEFAULTS.wires, filterHz = DEFAULTS.filterHz } = options;
    const referenceOhm = options.referenceOhm ?? ELEMENTS[element]?.referenceOhm;
    this.#configuration = checked({ element, wires, filterHz, referenceOhm });
    this.#io = new io({ mode: SPI_MODE, ...connection });
    this.#onConfiguration = options.onConfiguration;
    this.prepare();
  }

  get identification(): Identification {
    return { model: "Maxim MAX31865", classification: "Temperature" };
  }

  get configuration(): MAX31865Configuration {
    return this.#configuration;
  }

  /** Counts from the next measurement on. */
  configure(options: Partial<MAX31865Configuration>): void {
    const now = this.#configuration;
    const wanted = checked({ ...now, ...options });
    const { element, wires, filterHz, referenceOhm } = wanted;
    if (
      element === now.element &&
      wires === now.wires &&
      filterHz === now.filterHz &&
      referenceOhm === now.referenceOhm
    )
      return;
    this.#configuration = wanted;
    this.prepare();
    this.reset();
    this.#onConfiguration?.();
  }

  close(): void {
    this.#io?.close();
    this.#io = undefined;
  }

  protected firstStep(): number {
    if (!this.isSetUp) {
      this.exchange(this.#thresholds.slice());
      this.isSetUp = true;
    }
    return Step.bias;
  }

  // hot path
  protected begin(step: number): number {
    switch (step) {
      case Step.bias:
        this.set(Configuration.bias | Configuration.clearFaults);
        return BIAS_US;
      case Step.detect:
        this.set(Configuration.bias | Configuration.detect);
        return DETECT_US;
      default:
        this.set(Configuration.bias | Configuration.oneShot);
        return this.#conversionUs;
    }
  }

  // hot path
  protected end(step: number): number {
    if (step === Step.bias) return Step.detect;
    if (step === Step.detect) return Step.convert;
    const frame = this.#frame;
    frame.fill(0);
    this.exchange(frame);
    this.set(0);
    return this.judge();
  }

  // hot path
  protected fill(sample: MAX31865Sample): MAX31865Sample {
    const frame = this.#frame;
    const word = (frame[1 + Register.resistance] << 8) | frame[2 + Register.resistance];
    const ratio = (word >> 1) * this.#ratioPerStep;
    // The lowest bit says that there is a fault; which one stands in its register.
    sample.fault = frame[1 + Register.faults];
    sample.temperature = (word & RESISTANCE_FAULT) === 0 && sample.fault === 0 ? celsiusOf(ratio) : Number.NaN;
    sample.ohm = ratio * ELEMENTS[this.#configuration.element].ohm;
    return sample;
  }

  protected newSample(): MAX31865Sample {
    return newSample();
  }

  // hot path
  /** Whether the frame is that of a part that converted what it was told. */
  private judge(): number {
    const frame = this.#frame;
    const thresholds = this.#thresholds;
    let isAsSet = frame[1] === (Configuration.bias | this.#base);
    let isNobody = frame[1] === NOBODY;
    for (let i = 0; i < 4; i++) {
      if (frame[1 + Register.highThreshold + i] !== thresholds[1 + i]) isAsSet = false;
      if (frame[1 + Register.highThreshold + i] !== NOBODY) isNobody = false;
    }
    if (isAsSet) return StepEnd.done;
    this.isSetUp = false;
    return isNobody ? StepEnd.noAnswer : StepEnd.partFault;
  }

  private prepare(): void {
    const { element, wires, filterHz, referenceOhm } = this.#configuration;
    this.#base = (wires === 3 ? Configuration.threeWire : 0) | (filterHz === 50 ? Configuration.filter50Hz : 0);
    this.#conversionUs = CONVERSION_US[filterHz];
    this.#ratioPerStep = referenceOhm / FULL_STEPS / ELEMENTS[element].ohm;
    const thresholds = this.#thresholds;
    const word = (celsius: number) => {
      const steps = Math.floor(ratioAt(celsius) / this.#ratioPerStep);
      return 2 * (steps < 1 ? 1 : steps > FULL_STEPS - 2 ? FULL_STEPS - 2 : steps);
    };
    const [high, low] = [word(OPEN_CEL), word(SHORT_CEL)];
    thresholds[0] = WRITE | Register.highThreshold;
    thresholds[1] = high >> 8;
    thresholds[2] = high;
    thresholds[3] = low >> 8;
    thresholds[4] = low;
  }

  // hot path
  private set(bits: number): void {
    this.#setting[0] = WRITE | Register.configuration;
    this.#setting[1] = bits | this.#base;
    this.exchange(this.#setting);
  }

  // hot path
  private exchange(bytes: Uint8Array): void {
    if (this.#io === undefined) throw new Error("MAX31865: closed");
    this.#io.transfer(bytes);
  }
}

function checked(wanted: MAX31865Configuration): MAX31865Configuration {
  const { element, wires, filterHz, referenceOhm } = wanted;
  if (!Object.hasOwn(ELEMENTS, element))
    throw new RangeError(`MAX31865: element must be pt100 or pt1000; not "${element}"`);
  if (!WIRES.includes(wires)) throw new RangeError(`MAX31865: wires must be 2, 3 or 4; not ${wires}`);
  if (!Object.hasOwn(CONVERSION_US, filterHz))
    throw new RangeError(`MAX31865: filterHz must be 50 or 60; not ${filterHz}`);
  if (!(referenceOhm > ELEMENTS[element].ohm && referenceOhm < Number.POSITIVE_INFINITY))
    throw new RangeError(
      `MAX31865: referenceOhm must be above the element's ${ELEMENTS[element].ohm}; not ${referenceOhm}`,
    );
  return wanted;
}

function newSample(): MAX31865Sample {
  return { temperature: 0, ohm: 0, fault: 0, ticks: 0 };
}

const CHANNELS = ["temperature"] as const;

class MAX31865Device extends SteppedDevice<MAX31865Sample> {
  readonly #part: MAX31865;
  readonly #watch: FaultWatch;

  constructor(part: MAX31865, plan: DevicePlan, context: DriverContext) {
    super(part, newSample(), CHANNELS, plan, context);
    this.#part = part;
    this.#watch = new FaultWatch(context.sink, this.position(plan, CHANNELS[0]));
  }

  get configuration(): string {
    const { element, wires, filterHz, referenceOhm } = this.#part.configuration;
    return `${element}, ${wires} wires, ${referenceOhm} Ohm, ${filterHz} Hz`;
  }

  // hot path
  protected publish({ temperature, fault }: MAX31865Sample): void {
    const isBroken = Number.isNaN(temperature);
    const isOutside = temperature < RANGE.min - STEP_CEL || temperature > RANGE.max + STEP_CEL;
    this.put(temperature, 0, isBroken ? Quality.badDevice : isOutside ? Quality.badRange : Quality.good);
    this.#watch.note(isBroken, fault, this.startedUs);
  }
}

export const driver: DriverModule = {
  name: "max31865",
  version: "1",
  open: (plan, context) => {
    const SPI = ofPlatform(context.io.SPI, "SPI");
    const part = new MAX31865({
      sensor: { ...(plan.connection.options as unknown as SPIOptions), io: SPI },
      clock: context.clock,
      ...(plan.settings as Partial<MAX31865Configuration>),
    });
    return new MAX31865Device(part, plan, context);
  },
};
