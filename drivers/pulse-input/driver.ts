/**
 * A meter that gives pulses: water, gas, electricity. On a `PulseCount`, which counts two wires in hardware, or on a `Digital`
 * whose edges are counted as they come.
 *
 * `PulseInput` is an ECMA-419 sensor (with provenance; the standard has no class for a meter). `driver` is what the gateway
 * links. A reading is there at once: nothing waits.
 */
import type { Clock } from "../../hal/clock";
import type { Digital, DigitalConstructor, PinSpecifier, PulseCount, PulseCountConstructor } from "../../hal/io";
import type { Identification, ProvenanceSample, Sensor, SensorCallbacks } from "../../hal/sensor";
import { type DeviceInstance, type DriverContext, type DriverModule, Quality } from "../contract";
import type { DevicePlan } from "../plan";
import { RATE_PER_US, type RatePer } from "./constants";

export type PulseInputConfiguration = {
  /** Counts for one unit of what is metered. */
  readonly perUnit: number;
};

export type PulseInputSample = ProvenanceSample & {
  /** Counts since the sensor was opened; grows beyond 32 bits. */
  counts: number;
  /** The same in units of what is metered. */
  total: number;
};

export type PulseInputOptions = SensorCallbacks & {
  readonly sensor:
    | { readonly io: PulseCountConstructor; readonly signal: PinSpecifier; readonly control: PinSpecifier }
    | { readonly io: DigitalConstructor; readonly pin: PinSpecifier };
  readonly perUnit: number;
  /** Gives samples their `ticks`; without it they have none. */
  readonly clock?: Clock;
};

export class PulseInput implements Sensor<PulseInputSample, PulseInputConfiguration> {
  #counter: PulseCount | undefined;
  #contact: Digital | undefined;
  readonly #clock: Clock | undefined;
  readonly #onConfiguration: (() => void) | undefined;
  #perUnit: number;
  /** Counts of the contact, or up to the last reading of the counter. */
  #counts = 0;
  /** What the counter said last; it has 32 bits and may wrap. */
  #last = 0;

  constructor(options: PulseInputOptions) {
    const { sensor } = options;
    if (typeof sensor.io !== "function")
      throw new TypeError("PulseInput: sensor.io must be a PulseCount or Digital class");
    this.#perUnit = requirePerUnit(options.perUnit);
    this.#clock = options.clock;
    this.#onConfiguration = options.onConfiguration;
    if ("signal" in sensor) {
      this.#counter = new sensor.io({ signal: sensor.signal, control: sensor.control });
      return;
    }
    const { io, pin } = sensor;
    const onReadable = this.#count.bind(this);
    this.#contact = new io({ pin, mode: io.InputPullUp, activeLow: true, edge: io.Rising, onReadable });
  }

  get identification(): Identification {
    return { model: "pulse input", classification: "PulseInput" };
  }

  get configuration(): PulseInputConfiguration {
    return { perUnit: this.#perUnit };
  }

  configure(options: Partial<PulseInputConfiguration>): void {
    const { perUnit } = options;
    if (perUnit === undefined || perUnit === this.#perUnit) return;
    this.#perUnit = requirePerUnit(perUnit);
    this.#onConfiguration?.();
  }

  // hot path
  /** @throws when the counter cannot be read */
  sample(into: PulseInputSample = newSample()): PulseInputSample {
    if (this.#counter !== undefined) {
      const now = this.#counter.read();
      this.#counts += (now - this.#last) | 0;
      this.#last = now;
    } else if (this.#contact === undefined) throw new Error("PulseInput: closed");
    into.counts = this.#counts;
    into.total = this.#counts / this.#perUnit;
    if (this.#clock !== undefined) into.ticks = this.#clock.nowUs();
    return into;
  }

  close(): void {
    this.#counter?.close();
    this.#contact?.close();
    this.#counter = this.#contact = undefined;
  }

  // hot path
  #count(): void {
    this.#counts++;
  }
}

function newSample(): PulseInputSample {
  return { counts: 0, total: 0 };
}

function requirePerUnit(perUnit: number): number {
  if (typeof perUnit !== "number") throw new TypeError("PulseInput: perUnit must be a number");
  if (!(perUnit > 0 && perUnit < Number.POSITIVE_INFINITY)) throw new RangeError("PulseInput: perUnit must be above 0");
  return perUnit;
}

/** Failures in a row after which the device counts as lost. */
const LOST_AFTER = 3;

class PulseInputInstance implements DeviceInstance {
  readonly #input: PulseInput;
  readonly #context: DriverContext;
  readonly #sample: PulseInputSample = newSample();
  readonly #total: number;
  readonly #rate: number;
  /** Units of the rate for a count a microsecond. */
  readonly #rateGain: number;
  /** Counts and time of the last good tick; before the first, the time is -1. */
  #counts = 0;
  #atUs = -1;
  #failures = 0;

  constructor(plan: DevicePlan, context: DriverContext) {
    this.#context = context;
    this.#total = plan.channels.findIndex((channel) => channel.name === "total");
    this.#rate = plan.channels.findIndex((channel) => channel.name === "rate");
    const perUnit = plan.settings["perUnit"] as number;
    this.#rateGain = RATE_PER_US[plan.settings["ratePer"] as RatePer] / perUnit;
    this.#input = new PulseInput({ sensor: sensorOf(plan, context), perUnit });
  }

  get identification(): Identification {
    return this.#input.identification;
  }

  get configuration(): string {
    return `${this.#input.configuration.perUnit} counts a unit`;
  }

  // hot path
  start(nowUs: number): number {
    const sample = this.#sample;
    try {
      this.#input.sample(sample);
    } catch {
      this.#fail(nowUs);
      return 0;
    }
    if (this.#failures > 0) this.#recover(nowUs);
    const { sink } = this.#context;
    if (this.#total >= 0) sink.reading(this.#total, sample.total, Quality.good, nowUs);
    // A rate needs two readings; the first tick has one.
    if (this.#rate >= 0 && this.#atUs >= 0 && nowUs > this.#atUs) {
      const rate = ((sample.counts - this.#counts) * this.#rateGain) / (nowUs - this.#atUs);
      sink.reading(this.#rate, rate, Quality.good, nowUs);
    }
    this.#counts = sample.counts;
    this.#atUs = nowUs;
    return 0;
  }

  finish(): number {
    return 0;
  }

  close(): void {
    this.#input.close();
  }

  #fail(nowUs: number): void {
    const { sink } = this.#context;
    this.#failures++;
    if (this.#total >= 0) sink.reading(this.#total, Number.NaN, Quality.badCommunication, nowUs);
    if (this.#rate >= 0) sink.reading(this.#rate, Number.NaN, Quality.badCommunication, nowUs);
    if (this.#failures === LOST_AFTER) sink.communication(true, "the counter cannot be read", nowUs);
  }

  #recover(nowUs: number): void {
    if (this.#failures >= LOST_AFTER) this.#context.sink.communication(false, "", nowUs);
    this.#failures = 0;
  }
}

function sensorOf(plan: DevicePlan, context: DriverContext): PulseInputOptions["sensor"] {
  const { io, options } = plan.connection;
  const { Digital, PulseCount } = context.io;
  if (io === "Digital") {
    if (Digital === undefined) throw new Error("this platform has no Digital");
    return { io: Digital, pin: options["pin"] as PinSpecifier };
  }
  if (PulseCount === undefined) throw new Error("this platform has no PulseCount");
  return { io: PulseCount, signal: options["signal"] as PinSpecifier, control: options["control"] as PinSpecifier };
}

export const driver: DriverModule = {
  name: "pulse-input",
  version: "1",
  open: (plan, context) => new PulseInputInstance(plan, context),
};
