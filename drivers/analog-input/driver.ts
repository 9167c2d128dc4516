/**
 * A transmitter on a converter's pin: 4 to 20 mA over a shunt, or a voltage, straight or behind a divider.
 *
 * `AnalogInput` is an ECMA-419 sensor (with provenance; the standard has no class for a process value). `driver` is what the
 * gateway links. A reading is there at once: nothing waits.
 */

import type { Clock } from "../../hal/clock";
import type { Analog, AnalogConstructor, PinSpecifier } from "../../hal/io";
import type { Identification, ProvenanceSample, Sensor, SensorCallbacks } from "../../hal/sensor";
import { type DeviceInstance, type DeviceSink, type DriverContext, type DriverModule, Quality } from "../contract";
import { Linked } from "../linked";
import { ofPlatform } from "../of-platform";
import type { DevicePlan } from "../plan";
import { type InputScale, InputState } from "./constants";

export type AnalogInputConfiguration = { readonly scale: InputScale };

export type AnalogInputSample = ProvenanceSample & {
  /** The process value, in the unit that the scale is made for; no meaning in a state other than good and out of range. */
  value: number;
  state: InputState;
};

export type AnalogInputOptions = SensorCallbacks & {
  readonly sensor: {
    readonly io: AnalogConstructor;
    readonly pin: PinSpecifier;
    readonly resolution?: number;
    /** The voltage that the largest reading stands for. */
    readonly fullScaleMv: number;
  };
  readonly scale: InputScale;
  /** Gives samples their `ticks`; without it they have none. */
  readonly clock?: Clock;
};

/** The pin and its scale. The gateway's device is one itself: an object of its own, and its scale, would be 13 slots of each input. */
class ScaledPin {
  private io: Analog | undefined;
  // All in steps of the converter.
  protected gain = 0;
  protected offset = 0;
  private failedLow = 0;
  private validLow = 0;
  private validHigh = 0;
  private failedHigh = 0;

  constructor({ sensor, scale }: Pick<AnalogInputOptions, "sensor" | "scale">) {
    const { io, pin, resolution, fullScaleMv } = sensor;
    if (Linked.checks && typeof io !== "function")
      throw new TypeError("AnalogInput: sensor.io must be an Analog class");
    if (Linked.checks && !(fullScaleMv > 0)) throw new RangeError("AnalogInput: sensor.fullScaleMv must be above 0");
    requireScale(scale);
    this.io = new io({ pin, ...(resolution === undefined ? {} : { resolution }) });
    this.applyScale(scale, fullScaleMv);
  }

  get identification(): Identification {
    return { model: "analog input", classification: "AnalogInput" };
  }

  close(): void {
    this.io?.close();
    this.io = undefined;
  }

  // hot path
  /** @throws when the pin cannot be read */
  protected readRaw(): number {
    if (this.io === undefined) throw new Error("AnalogInput: closed");
    return this.io.read();
  }

  // hot path
  protected stateOf(raw: number): InputState {
    if (raw >= this.validLow && raw <= this.validHigh) return InputState.good;
    if (raw <= this.failedLow) return InputState.openWire;
    return raw >= this.failedHigh ? InputState.overRange : InputState.outOfRange;
  }

  /** A scale without limits ends where the converter does: its largest reading stands for anything above. */
  protected applyScale(scale: InputScale, fullScaleMv: number): void {
    const largest = 2 ** this.io!.resolution - 1;
    const mvPerStep = fullScaleMv / largest;
    const steps = (millivolts: number | undefined, otherwise: number) =>
      millivolts === undefined ? otherwise : millivolts / mvPerStep;
    this.gain = scale.perMv * mvPerStep;
    this.offset = scale.offset;
    this.failedLow = steps(scale.failedLowMv, -1);
    this.validLow = steps(scale.validLowMv, 0);
    this.validHigh = steps(scale.validHighMv, largest - 1);
    this.failedHigh = steps(scale.failedHighMv, largest);
  }
}

export class AnalogInput extends ScaledPin implements Sensor<AnalogInputSample, AnalogInputConfiguration> {
  private readonly clock: Clock | undefined;
  private readonly onConfiguration: (() => void) | undefined;
  private readonly fullScaleMv: number;
  private scale: InputScale;
  private lastRaw = 0;

  constructor(options: AnalogInputOptions) {
    super(options);
    this.clock = options.clock;
    this.onConfiguration = options.onConfiguration;
    this.fullScaleMv = options.sensor.fullScaleMv;
    this.scale = options.scale;
  }

  get configuration(): AnalogInputConfiguration {
    return { scale: this.scale };
  }

  /** What the converter gave for the last sample. */
  get raw(): number {
    return this.lastRaw;
  }

  configure(options: Partial<AnalogInputConfiguration>): void {
    const { scale } = options;
    if (scale === undefined || scale === this.scale) return;
    requireScale(scale);
    this.scale = scale;
    this.applyScale(scale, this.fullScaleMv);
    this.onConfiguration?.();
  }

  // hot path
  /** @throws when the pin cannot be read */
  sample(into: AnalogInputSample = newSample()): AnalogInputSample {
    const raw = this.readRaw();
    this.lastRaw = raw;
    into.value = raw * this.gain + this.offset;
    into.state = this.stateOf(raw);
    if (this.clock !== undefined) into.ticks = this.clock.nowUs();
    return into;
  }
}

function newSample(): AnalogInputSample {
  return { value: 0, state: InputState.good };
}

function requireScale(scale: InputScale): void {
  if (Linked.checks && (typeof scale !== "object" || scale === null))
    throw new TypeError("AnalogInput: scale must be an object");
  if (Linked.checks && (!Number.isFinite(scale.perMv) || scale.perMv === 0 || !Number.isFinite(scale.offset)))
    throw new RangeError("AnalogInput: scale must have a slope and an offset");
}

/** Failures in a row after which the device counts as lost. */
const LOST_AFTER = 3;
/** Readings in a row after which a fault of the loop is reported: one may be noise. */
const FAULT_AFTER = 3;

class AnalogInputInstance extends ScaledPin implements DeviceInstance {
  private readonly sink: DeviceSink;
  private readonly channel: number;
  private failures = 0;
  /** Readings in a row that said the loop is broken. */
  private faulty = 0;
  /** Absent until the loop is broken for the first time. */
  declare private troubled: boolean | undefined;

  constructor(plan: DevicePlan, context: DriverContext) {
    const Analog = ofPlatform(context.io.Analog, "Analog");
    const { options } = plan.connection;
    const resolution = options["resolution"] as number | undefined;
    super({
      sensor: {
        io: Analog,
        pin: options["pin"] as PinSpecifier,
        ...(resolution === undefined ? {} : { resolution }),
        fullScaleMv: options["fullScaleMv"] as number,
      },
      scale: plan.settings["scale"] as InputScale,
    });
    this.sink = context.sink;
    this.channel = plan.channels.findIndex((channel) => channel.name === "value");
  }

  get configuration(): string {
    return `${this.gain} a step, ${this.offset} at 0 mV`;
  }

  // hot path
  start(nowUs: number): number {
    let raw: number;
    try {
      raw = this.readRaw();
    } catch {
      this.fail(nowUs);
      return 0;
    }
    if (this.failures > 0) this.recover(nowUs);
    const state = this.stateOf(raw);
    if (this.channel >= 0) this.publish(raw, state, nowUs);
    if (state >= InputState.openWire) this.noteFault(raw, nowUs);
    else if (this.faulty > 0) this.clearFault(raw, nowUs);
    return 0;
  }

  finish(): number {
    return 0;
  }

  // hot path
  private publish(raw: number, state: InputState, nowUs: number): void {
    const sink = this.sink;
    if (state === InputState.good) sink.reading(this.channel, raw * this.gain + this.offset, Quality.good, nowUs);
    else
      sink.reading(
        this.channel,
        Number.NaN,
        state === InputState.outOfRange ? Quality.badRange : Quality.badDevice,
        nowUs,
      );
  }

  // hot path
  private noteFault(raw: number, nowUs: number): void {
    this.faulty++;
    if (this.faulty < FAULT_AFTER || this.troubled === true) return;
    this.troubled = true;
    if (this.channel >= 0) this.sink.edge(this.channel, "trouble", true, raw, nowUs);
  }

  // hot path
  private clearFault(raw: number, nowUs: number): void {
    this.faulty = 0;
    if (this.troubled !== true) return;
    this.troubled = false;
    if (this.channel >= 0) this.sink.edge(this.channel, "trouble", false, raw, nowUs);
  }

  private fail(nowUs: number): void {
    const sink = this.sink;
    this.failures++;
    if (this.channel >= 0) sink.reading(this.channel, Number.NaN, Quality.badCommunication, nowUs);
    if (this.failures === LOST_AFTER) sink.communication(true, "the pin cannot be read", nowUs);
  }

  private recover(nowUs: number): void {
    if (this.failures >= LOST_AFTER) this.sink.communication(false, "", nowUs);
    this.failures = 0;
  }
}

export const driver: DriverModule = {
  name: "analog-input",
  version: "1",
  open: (plan, context) => new AnalogInputInstance(plan, context),
};
