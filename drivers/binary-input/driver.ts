/**
 * A dry contact on a pin: on a `Digital`, or with end-of-line resistors on an `Analog`, whose voltage then also tells a cut
 * wire and a short circuit.
 *
 * `BinaryInput` is the ECMA-419 class (Switch, with provenance). `driver` is what the gateway links. Nothing waits: a tick
 * that finds the contact elsewhere comes back after the debounce time, and counts the change if it still stands.
 */

import type { Clock } from "../../hal/clock";
import type { Analog, AnalogConstructor, Digital, DigitalConstructor, PinSpecifier } from "../../hal/io";
import type { Identification, ProvenanceSample, Sensor, SensorCallbacks } from "../../hal/sensor";
import { type DeviceInstance, type DeviceSink, type DriverContext, type DriverModule, Quality } from "../contract";
import { Linked } from "../linked";
import { ofPlatform } from "../of-platform";
import { ALARM_CLASSES, type AlarmClass, type DevicePlan, type PlanMap } from "../plan";
import { type LineLimits, LineState } from "./constants";

export type ContactAtRest = "open" | "closed";
export type Pull = "up" | "down" | "none";

export type BinaryInputConfiguration = {
  /** How the contact stands while nothing happens; anything else is position 1. */
  readonly rest: ContactAtRest;
};

/** ECMA-419 section 14, Switch. */
export type BinaryInputSample = ProvenanceSample & {
  /** 0: at rest, 1: not at rest. The last known while the line is at fault. */
  position: 0 | 1;
  line: LineState;
};

export type BinaryInputOptions = SensorCallbacks & {
  readonly sensor:
    | { readonly io: DigitalConstructor; readonly pin: PinSpecifier; readonly pull: Pull }
    | {
        readonly io: AnalogConstructor;
        readonly pin: PinSpecifier;
        readonly resolution?: number;
        /** The voltage that the largest reading stands for. */
        readonly fullScaleMv: number;
        readonly limits: LineLimits;
      };
  readonly rest?: ContactAtRest;
  /** Gives samples their `ticks`; without it they have none. */
  readonly clock?: Clock;
};

/** A contact with end-of-line resistors; the limits are readings of the converter. */
type SupervisedLine = {
  readonly analog: Analog;
  readonly shortBelow: number;
  readonly closedBelow: number;
  readonly cutAbove: number;
  /** What the converter gave last. */
  raw: number;
};

/** The pin, and how the contact stands. The gateway's device is one itself: an object of its own would be five slots of each input. */
class ContactLine {
  private digital: Digital | undefined;
  // Absent where it is not used: a property takes 16 bytes of each input.
  declare private supervised: SupervisedLine | undefined;
  protected restClosed: boolean;
  protected position: 0 | 1 = 0;

  constructor(sensor: BinaryInputOptions["sensor"], rest: ContactAtRest | undefined) {
    this.restClosed = rest === "closed";
    if (Linked.checks && typeof sensor.io !== "function")
      throw new TypeError("BinaryInput: sensor.io must be a Digital or Analog class");
    if ("pull" in sensor) {
      this.digital = new sensor.io({
        pin: sensor.pin,
        mode: modeOf(sensor.io, sensor.pull),
        activeLow: sensor.pull !== "down",
      });
      return;
    }
    const { io, pin, resolution, limits, fullScaleMv } = sensor;
    const analog = new io({ pin, ...(resolution === undefined ? {} : { resolution }) });
    const perMv = (2 ** analog.resolution - 1) / fullScaleMv;
    this.supervised = {
      analog,
      shortBelow: limits.shortMv * perMv,
      closedBelow: limits.closedMv * perMv,
      cutAbove: limits.cutMv * perMv,
      raw: 0,
    };
  }

  get identification(): Identification {
    return { model: "dry contact", classification: "Switch" };
  }

  close(): void {
    this.digital?.close();
    this.supervised?.analog.close();
    this.digital = this.supervised = undefined;
  }

  // hot path
  /** @throws when the pin cannot be read */
  protected readLine(): LineState {
    if (this.digital !== undefined) return this.digital.read() === 1 ? LineState.closed : LineState.open;
    const line = this.supervised;
    if (line === undefined) throw new Error("BinaryInput: closed");
    const raw = line.analog.read();
    line.raw = raw;
    if (raw < line.shortBelow) return LineState.short;
    if (raw < line.closedBelow) return LineState.closed;
    return raw > line.cutAbove ? LineState.cut : LineState.open;
  }

  /** What the pin gave when `line` was read. */
  protected rawOf(line: LineState): number {
    return this.supervised === undefined ? (line === LineState.closed ? 1 : 0) : this.supervised.raw;
  }

  // hot path
  /** Position 1 is not at rest; the last known stays while the line is at fault. */
  protected stand(line: LineState): void {
    if (line <= LineState.closed) this.position = (line === LineState.closed) === this.restClosed ? 0 : 1;
  }
}

export class BinaryInput extends ContactLine implements Sensor<BinaryInputSample, BinaryInputConfiguration> {
  private readonly clock: Clock | undefined;
  private readonly onConfiguration: (() => void) | undefined;
  private line: LineState = LineState.open;

  constructor(options: BinaryInputOptions) {
    super(options.sensor, options.rest);
    this.clock = options.clock;
    this.onConfiguration = options.onConfiguration;
  }

  get configuration(): BinaryInputConfiguration {
    return { rest: this.restClosed ? "closed" : "open" };
  }

  /** What the pin gave for the last sample. */
  get raw(): number {
    return this.rawOf(this.line);
  }

  configure(options: Partial<BinaryInputConfiguration>): void {
    const { rest } = options;
    if (rest === undefined || (rest === "closed") === this.restClosed) return;
    if (Linked.checks && rest !== "open" && rest !== "closed")
      throw new RangeError(`BinaryInput: rest must be open or closed; not "${rest}"`);
    this.restClosed = rest === "closed";
    this.onConfiguration?.();
  }

  // hot path
  /** @throws when the pin cannot be read */
  sample(into: BinaryInputSample = newSample()): BinaryInputSample {
    this.line = this.readLine();
    this.stand(this.line);
    into.line = this.line;
    into.position = this.position;
    if (this.clock !== undefined) into.ticks = this.clock.nowUs();
    return into;
  }
}

function newSample(): BinaryInputSample {
  return { position: 0, line: LineState.open };
}

/** A closed contact pulls the pin to where its resistor does not. */
function modeOf(io: DigitalConstructor, pull: Pull): number {
  return pull === "up" ? io.InputPullUp : pull === "down" ? io.InputPullDown : io.Input;
}

/** Failures in a row after which the device counts as lost. */
const LOST_AFTER = 3;
/** No state of a line: nothing was read yet. */
const UNKNOWN = -1;

class BinaryInputInstance extends ContactLine implements DeviceInstance {
  private readonly sink: DeviceSink;
  private readonly channel: number;
  private readonly class: AlarmClass | undefined;
  private readonly debounceUs: number;
  /** What hangs on the pin, for the trace: a constant text. */
  private readonly wiring: string;
  /** The state that counts. */
  private line: LineState | typeof UNKNOWN = UNKNOWN;
  private failures = 0;
  // Absent until the contact moves for the first time.
  /** What the tick saw that waits for its confirmation, and when that tick was. */
  declare private seen: LineState;
  declare private seenUs: number;
  /** Whether an edge of the contact's class stands. */
  declare private alarmed: boolean | undefined;

  constructor(plan: DevicePlan, context: DriverContext) {
    const { settings } = plan;
    super(sensorOf(plan, context), settings["rest"] as ContactAtRest);
    this.sink = context.sink;
    this.channel = plan.channels.findIndex((channel) => channel.name === "contact");
    // The constant, not the plan's own copy of the word.
    this.class = ALARM_CLASSES.find((known) => known === settings["class"]);
    this.wiring = wiringOf(settings);
    this.debounceUs = (settings["debounceMs"] as number) * 1000;
  }

  get configuration(): string {
    return `at rest ${this.restClosed ? "closed" : "open"}, ${this.wiring}, a change holds ${this.debounceUs / 1000} ms`;
  }

  // hot path
  start(nowUs: number): number {
    const line = this.read(nowUs);
    if (line === UNKNOWN) return 0;
    if (line === this.line || this.debounceUs === 0) {
      this.settle(line, nowUs);
      return 0;
    }
    this.seen = line;
    this.seenUs = nowUs;
    return this.debounceUs;
  }

  // hot path
  finish(nowUs: number): number {
    const line = this.read(nowUs);
    if (line === UNKNOWN) return 0;
    // What has not held is bouncing: the state before it goes on, and the next tick looks again.
    if (line === this.seen) this.settle(line, this.seenUs);
    else if (this.line !== UNKNOWN) this.publish(this.line, this.seenUs);
    return 0;
  }

  // hot path
  private read(nowUs: number): LineState | typeof UNKNOWN {
    let line: LineState;
    try {
      line = this.readLine();
    } catch {
      this.fail(nowUs);
      return UNKNOWN;
    }
    if (this.failures > 0) this.recover(nowUs);
    return line;
  }

  private recover(nowUs: number): void {
    if (this.failures >= LOST_AFTER) this.sink.communication(false, "", nowUs);
    this.failures = 0;
  }

  // hot path
  private settle(line: LineState, ticksUs: number): void {
    const before = this.line;
    this.line = line;
    this.stand(line);
    this.publish(line, ticksUs);
    if (line !== before) this.tellChange(before, line, ticksUs);
  }

  // hot path
  private publish(line: LineState, ticksUs: number): void {
    if (this.channel < 0) return;
    const whole = line <= LineState.closed;
    const quality = whole ? Quality.good : Quality.badDevice;
    this.sink.reading(this.channel, whole ? this.position : Number.NaN, quality, ticksUs);
  }

  /** An alarm stands while its line is at fault: nobody knows what the contact does. */
  private tellChange(before: LineState | typeof UNKNOWN, line: LineState, ticksUs: number): void {
    if (this.channel < 0) return;
    const sink = this.sink;
    const evidence = this.rawOf(line);
    const wasFault = before > LineState.closed;
    const isFault = line > LineState.closed;
    if (wasFault !== isFault) sink.edge(this.channel, "trouble", isFault, evidence, ticksUs);
    if (isFault || this.class === undefined) return;
    const active = this.position === 1;
    if (active === (this.alarmed === true)) return;
    this.alarmed = active;
    sink.edge(this.channel, this.class, active, evidence, ticksUs);
  }

  private fail(nowUs: number): void {
    const sink = this.sink;
    this.failures++;
    if (this.channel >= 0) sink.reading(this.channel, Number.NaN, Quality.badCommunication, nowUs);
    if (this.failures === LOST_AFTER) sink.communication(true, "the pin cannot be read", nowUs);
  }
}

/** Constants, which lie in flash: a text that is put together would be one of each input. */
const PULL_TEXTS: { readonly [pull in Pull]: string } = { up: "pull up", down: "pull down", none: "pull none" };

/** A pull inside the chip, or the limits of a supervised line. */
function wiringOf({ pull, limits }: PlanMap): string {
  if (limits === undefined) return PULL_TEXTS[pull as Pull];
  const { shortMv, closedMv, cutMv } = limits as unknown as LineLimits;
  return `limits ${shortMv}, ${closedMv}, ${cutMv} mV`;
}

function sensorOf(plan: DevicePlan, context: DriverContext): BinaryInputOptions["sensor"] {
  const { options, io } = plan.connection;
  const pin = options["pin"] as PinSpecifier;
  if (io === "Digital") {
    const Digital = ofPlatform(context.io.Digital, "Digital");
    return { io: Digital, pin, pull: plan.settings["pull"] as Pull };
  }
  const Analog = ofPlatform(context.io.Analog, "Analog");
  const resolution = options["resolution"] as number | undefined;
  return {
    io: Analog,
    pin,
    ...(resolution === undefined ? {} : { resolution }),
    fullScaleMv: options["fullScaleMv"] as number,
    limits: plan.settings["limits"] as LineLimits,
  };
}

export const driver: DriverModule = {
  name: "binary-input",
  version: "1",
  open: (plan, context) => new BinaryInputInstance(plan, context),
};
