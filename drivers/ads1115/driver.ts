/**
 * Texas Instruments ADS1115: a 16-bit converter with four inputs on I2C, for transmitters of 4 to 20 mA and voltages.
 *
 *   start (input 1) -> converting -> read, start (input 2) -> ... -> done
 *
 * Each conversion is a single one, between which the part sleeps. The configuration register, read with each result, must be
 * what began this conversion: the words have no checksum, and a part that lost its power would give an old one.
 *
 * `ADS1115` is an ECMA-419 sensor (with provenance; the standard has no class for a process value). `driver` is what the
 * gateway links.
 */

import type { Clock } from "../../hal/clock";
import type { I2C, I2CConstructor, I2COptions } from "../../hal/io";
import type { Identification, ProvenanceSample, Sensor, SensorCallbacks } from "../../hal/sensor";
import { InputState } from "../analog-input/constants";
import { type DriverContext, type DriverModule, Quality } from "../contract";
import { FaultWatch } from "../fault-watch";
import { ofPlatform } from "../of-platform";
import type { DevicePlan } from "../plan";
import { SteppedDevice } from "../stepped-device";
import { StepEnd, SteppedSensor } from "../stepped-sensor";
import {
  ADDRESSES,
  ALERT_AFTER,
  type AlertAfter,
  Configuration,
  conversionUs,
  INPUTS,
  RANGES_MV,
  RATES,
  type Rate,
  Register,
} from "./constants";
import { ConverterInput, type InputSettings } from "./input";

/** Limits of the ALERT pin, as values of the one input. */
export type AlertLimits = { readonly low: number; readonly high: number; readonly after: AlertAfter };

export type ADS1115Configuration = {
  readonly inputs: readonly InputSettings[];
  /** Conversions a second: slower ones have less noise. */
  readonly rate: Rate;
  /** Only of a part with one input: another one's conversion would let the pin go. */
  readonly alert: AlertLimits | undefined;
};

export type ADS1115Reading = {
  /** In the unit that the scale is made for; no meaning in a state other than good and out of range. */
  value: number;
  state: InputState;
  /** The converter's word, with sign. */
  raw: number;
};

export type ADS1115Sample = ProvenanceSample & { readonly readings: ADS1115Reading[] };

export type ADS1115Options = SensorCallbacks & {
  readonly sensor: Partial<I2COptions> & { readonly io: I2CConstructor } & Pick<I2COptions, "data" | "clock">;
  readonly inputs: readonly InputSettings[];
  readonly rate?: Rate;
  readonly alert?: AlertLimits | undefined;
  readonly clock?: Clock;
};

const DEFAULT_HZ = 400_000;
const DEFAULT_RATE = 128;
const MOST_INPUTS = 8;
/** The first step; input i is converted in step i + 1. */
const FIRST = 1;

export class ADS1115 extends SteppedSensor<ADS1115Sample> implements Sensor<ADS1115Sample, ADS1115Configuration> {
  #io: I2C | undefined;
  readonly #onConfiguration: (() => void) | undefined;
  readonly #pointer = new Uint8Array(1);
  readonly #command = new Uint8Array(3);
  readonly #word = new Uint8Array(2);
  #configuration: ADS1115Configuration;
  #inputs: readonly ConverterInput[] = [];
  #raws = new Int16Array(0);
  #conversionUs = 0;
  #queue: number = Configuration.queueOff;

  constructor(options: ADS1115Options) {
    super(options.clock);
    const { io, ...connection } = options.sensor;
    if (typeof io !== "function") throw new TypeError("ADS1115: sensor.io must be an I2C class");
    this.#configuration = checked({ rate: DEFAULT_RATE, alert: undefined, ...own(options) });
    this.#io = new io({ hz: DEFAULT_HZ, address: ADDRESSES[0], ...connection });
    this.#onConfiguration = options.onConfiguration;
    this.prepare();
  }

  get identification(): Identification {
    return { model: "Texas Instruments ADS1115", classification: "AnalogInput" };
  }

  get configuration(): ADS1115Configuration {
    return this.#configuration;
  }

  /** Counts from the next acquisition on. */
  configure(options: Partial<ADS1115Configuration>): void {
    const wanted = checked({ ...this.#configuration, ...options });
    if (isSame(wanted, this.#configuration)) return;
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
    if (!this.isSetUp) this.setUp();
    return FIRST;
  }

  // hot path
  protected begin(step: number): number {
    this.write(Register.configuration, this.#inputs[step - FIRST].configuration | this.#queue);
    return this.#conversionUs;
  }

  // hot path
  protected end(step: number): number {
    const index = step - FIRST;
    if (this.read(Register.configuration) !== (this.#inputs[index].configuration | this.#queue)) {
      this.isSetUp = false;
      return StepEnd.partFault;
    }
    this.#raws[index] = this.read(Register.conversion);
    return index + 1 < this.#inputs.length ? step + 1 : StepEnd.done;
  }

  // hot path
  protected fill(sample: ADS1115Sample): ADS1115Sample {
    const { readings } = sample;
    for (let i = 0; i < this.#inputs.length; i++) {
      const raw = this.#raws[i];
      const reading = readings[i];
      reading.raw = raw;
      reading.value = this.#inputs[i].valueOf(raw);
      reading.state = this.#inputs[i].stateOf(raw);
    }
    return sample;
  }

  protected newSample(): ADS1115Sample {
    return newSample(this.#inputs.length);
  }

  private prepare(): void {
    const { inputs, rate, alert } = this.#configuration;
    this.#inputs = inputs.map((input) => new ConverterInput(input, rate));
    this.#raws = new Int16Array(inputs.length);
    this.#conversionUs = conversionUs(rate);
    this.#queue = alert === undefined ? Configuration.queueOff : ALERT_AFTER.indexOf(alert.after);
  }

  private setUp(): void {
    const { alert } = this.#configuration;
    if (alert !== undefined) {
      const [one, other] = [this.#inputs[0].rawOf(alert.low), this.#inputs[0].rawOf(alert.high)];
      // A scale may fall.
      this.write(Register.lowThreshold, one < other ? one : other);
      this.write(Register.highThreshold, one < other ? other : one);
    }
    this.isSetUp = true;
  }

  // hot path
  private read(register: number): number {
    this.#pointer[0] = register;
    this.open().writeRead(this.#pointer, this.#word);
    return (this.#word[0] << 8) | this.#word[1];
  }

  // hot path
  private write(register: number, word: number): void {
    this.#command[0] = register;
    this.#command[1] = word >> 8;
    this.#command[2] = word;
    this.open().write(this.#command);
  }

  private open(): I2C {
    if (this.#io === undefined) throw new Error("ADS1115: closed");
    return this.#io;
  }
}

function own({ inputs, rate, alert }: ADS1115Options) {
  return { inputs, ...(rate === undefined ? {} : { rate }), ...(alert === undefined ? {} : { alert }) };
}

function checked(wanted: ADS1115Configuration): ADS1115Configuration {
  const { inputs, rate, alert } = wanted;
  if (!Array.isArray(inputs)) throw new TypeError("ADS1115: inputs must be a list");
  if (inputs.length < 1 || inputs.length > MOST_INPUTS)
    throw new RangeError(`ADS1115: inputs must be 1 to ${MOST_INPUTS}; not ${inputs.length}`);
  for (const { input, rangeMv, scale } of inputs as readonly InputSettings[]) {
    if (!INPUTS.includes(input)) throw new RangeError(`ADS1115: there is no input ${input}`);
    if (!RANGES_MV.includes(rangeMv)) throw new RangeError(`ADS1115: rangeMv must be one of ${RANGES_MV.join(", ")}`);
    if (!(Number.isFinite(scale?.perMv) && scale.perMv !== 0 && Number.isFinite(scale.offset)))
      throw new RangeError("ADS1115: a scale must have a slope and an offset");
  }
  if (!RATES.includes(rate)) throw new RangeError(`ADS1115: rate must be one of ${RATES.join(", ")}; not ${rate}`);
  if (alert === undefined) return wanted;
  if (inputs.length > 1) throw new RangeError("ADS1115: limits of the ALERT pin need a part with one input");
  if (!(alert.low < alert.high) || !ALERT_AFTER.includes(alert.after))
    throw new RangeError("ADS1115: alert must have a low limit below the high one, after 1, 2 or 4 readings");
  return wanted;
}

function isSame(one: ADS1115Configuration, other: ADS1115Configuration): boolean {
  return one.rate === other.rate && one.inputs === other.inputs && one.alert === other.alert;
}

function newSample(inputs: number): ADS1115Sample {
  const readings: ADS1115Reading[] = [];
  for (let i = 0; i < inputs; i++) readings.push({ value: 0, state: InputState.good, raw: 0 });
  return { readings, ticks: 0 };
}

class ADS1115Device extends SteppedDevice<ADS1115Sample> {
  readonly configuration: string;
  readonly #watches: readonly FaultWatch[];

  /** @param names channels, in the order of the inputs */
  constructor(part: ADS1115, names: readonly string[], plan: DevicePlan, context: DriverContext) {
    super(part, newSample(names.length), names, plan, context);
    this.#watches = names.map((name) => new FaultWatch(context.sink, this.position(plan, name)));
    this.configuration = describe(part.configuration);
  }

  // hot path
  protected publish({ readings }: ADS1115Sample): void {
    for (let i = 0; i < readings.length; i++) {
      const { state, value, raw } = readings[i];
      if (state === InputState.good) this.put(value, i, Quality.good);
      else this.put(Number.NaN, i, state === InputState.outOfRange ? Quality.badRange : Quality.badDevice);
      this.#watches[i].note(state >= InputState.openWire, raw, this.startedUs);
    }
  }
}

function describe({ inputs, rate, alert }: ADS1115Configuration): string {
  const each = inputs.map(
    ({ input, rangeMv, scale }) => `input ${input}: ${rangeMv} mV, ${scale.perMv} per mV, ${scale.offset} at 0 mV`,
  );
  const limits = alert === undefined ? "" : `; alert ${alert.low} to ${alert.high} after ${alert.after}`;
  return `${rate} a second; ${each.join("; ")}${limits}`;
}

export const driver: DriverModule = {
  name: "ads1115",
  version: "1",
  open: (plan, context) => {
    const I2C = ofPlatform(context.io.I2C, "I2C");
    const { inputs, rate, alert } = plan.settings;
    const wires = inputs as unknown as readonly (InputSettings & { readonly name: string })[];
    const part = new ADS1115({
      sensor: { ...(plan.connection.options as unknown as I2COptions), io: I2C },
      inputs: wires,
      rate: rate as Rate,
      alert: alert as unknown as AlertLimits | undefined,
      clock: context.clock,
    });
    return new ADS1115Device(
      part,
      wires.map(({ name }) => name),
      plan,
      context,
    );
  },
};
