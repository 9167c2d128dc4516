/**
 * Panasonic Grid-EYE AMG88xx: an 8x8 thermal imager on I2C, summarised where it hangs: coldest, hottest and mean pixel, how
 * many pixels are hot and which one is hottest. The frame itself is there for who asks.
 *
 * `AMG88xx` is an ECMA-419 sensor with provenance (the standard has no class for an image; its thermistor is a Temperature).
 * `driver` is what the gateway links. The part takes frames on its own: reading one is one transfer of 128 bytes, 3 ms at
 * 400 kHz.
 */

import type { Clock } from "../../hal/clock";
import type { I2C, I2CConstructor, I2COptions } from "../../hal/io";
import type { Identification, ProvenanceSample, Sensor, SensorCallbacks } from "../../hal/sensor";
import { type DeviceInstance, type DeviceSink, type DriverContext, type DriverModule, Quality } from "../contract";
import { Linked } from "../linked";
import { ofPlatform } from "../of-platform";
import type { DevicePlan } from "../plan";
import {
  ADDRESSES,
  CEL_PER_PIXEL_STEP,
  CEL_PER_THERMISTOR_STEP,
  FRAME_BYTES,
  FRAME_RATE,
  type FramesPerSecond,
  INTERRUPT_ABSOLUTE,
  PIXELS,
  POWER_NORMAL,
  pixelSteps,
  RESET_INITIAL,
  Register,
  STATUS_OVERFLOW,
  thermistorSteps,
} from "./constants";

/** Levels of the INT pin, for what hangs on it; in degree Celsius. */
export type InterruptLevels = { readonly aboveCel: number; readonly belowCel: number; readonly hysteresisCel: number };

export type AMG88xxConfiguration = {
  readonly framesPerSecond: FramesPerSecond;
  /** A pixel of this temperature counts as hot. */
  readonly hotCel: number;
  readonly interrupt?: InterruptLevels;
};

export type AMG88xxSample = ProvenanceSample & {
  minCel: number;
  maxCel: number;
  meanCel: number;
  /** How many pixels are hot. */
  hot: number;
  /** The hottest pixel, 1 to 64 as the specification counts: from the lower left, row by row. */
  hottest: number;
  thermometer: { temperature: number };
  /** A pixel or the thermistor is beyond what the part can measure. */
  overflow: boolean;
};

export type AMG88xxOptions = SensorCallbacks & {
  readonly sensor: Partial<I2COptions> & { readonly io: I2CConstructor } & Pick<I2COptions, "data" | "clock">;
  /** Gives samples their `ticks`; without it they have none. */
  readonly clock?: Clock;
};

const DEFAULT_HZ = 400_000;
const DEFAULT_HOT_CEL = 60;

export class AMG88xx implements Sensor<AMG88xxSample, AMG88xxConfiguration> {
  #io: I2C | undefined;
  readonly #clock: Clock | undefined;
  readonly #onConfiguration: (() => void) | undefined;
  readonly #register = new Uint8Array(1);
  readonly #status = new Uint8Array(1);
  readonly #thermistor = new Uint8Array(2);
  readonly #frame = new Uint8Array(FRAME_BYTES);
  #framesPerSecond: FramesPerSecond = 10;
  #hotCel = DEFAULT_HOT_CEL;
  #hotSteps = DEFAULT_HOT_CEL / CEL_PER_PIXEL_STEP;
  #interrupt: InterruptLevels | undefined;
  #configured = false;
  #unanswered = 0;

  constructor(options: AMG88xxOptions) {
    const { io, ...connection } = options.sensor;
    if (Linked.checks && typeof io !== "function") throw new TypeError("AMG88xx: sensor.io must be an I2C class");
    this.#io = new io({ hz: DEFAULT_HZ, address: ADDRESSES[0], ...connection });
    this.#clock = options.clock;
    this.#onConfiguration = options.onConfiguration;
    this.reset();
  }

  get identification(): Identification {
    return { model: "Panasonic AMG88xx", classification: "Temperature" };
  }

  get configuration(): AMG88xxConfiguration {
    return {
      framesPerSecond: this.#framesPerSecond,
      hotCel: this.#hotCel,
      ...(this.#interrupt === undefined ? {} : { interrupt: this.#interrupt }),
    };
  }

  /** Reaches the part with the next sample. */
  configure(options: Partial<AMG88xxConfiguration>): void {
    this.open();
    const { framesPerSecond = this.#framesPerSecond, hotCel = this.#hotCel, interrupt = this.#interrupt } = options;
    if (Linked.checks && !Object.hasOwn(FRAME_RATE, framesPerSecond))
      throw new RangeError(`AMG88xx: framesPerSecond must be 1 or 10; not ${framesPerSecond}`);
    if (Linked.checks && !Number.isFinite(hotCel))
      throw new RangeError(`AMG88xx: hotCel must be a temperature; not ${hotCel}`);
    if (framesPerSecond === this.#framesPerSecond && hotCel === this.#hotCel && sameLevels(interrupt, this.#interrupt))
      return;
    this.#framesPerSecond = framesPerSecond;
    this.#hotCel = hotCel;
    this.#hotSteps = hotCel / CEL_PER_PIXEL_STEP;
    this.#interrupt = interrupt;
    this.#configured = false;
    this.#onConfiguration?.();
  }

  /** Wakes and resets the part; a part that does not answer is not an error here: `sample` will tell. */
  reset(): void {
    this.#configured = false;
    try {
      this.write(Register.powerControl, POWER_NORMAL);
      this.write(Register.reset, RESET_INITIAL);
    } catch {
      // The next sample configures the part, and throws.
    }
  }

  // hot path
  /**
   * The frame that the part took last.
   * @throws when the part does not acknowledge
   */
  sample(into: AMG88xxSample = newSample()): AMG88xxSample {
    this.open();
    if (this.#clock !== undefined) into.ticks = this.#clock.nowUs();
    try {
      if (!this.#configured) this.configurePart();
      this.read(Register.status, this.#status);
      this.read(Register.thermistor, this.#thermistor);
      this.read(Register.pixels, this.#frame);
    } catch (error) {
      this.#unanswered++;
      throw error;
    }
    if (this.#unanswered > 0) this.reportFaults(into);
    else if (into.faults !== undefined) into.faults = undefined;
    into.overflow = (this.#status[0] & STATUS_OVERFLOW) !== 0;
    into.thermometer.temperature = thermistorSteps(this.#thermistor[0], this.#thermistor[1]) * CEL_PER_THERMISTOR_STEP;
    this.summarise(into);
    return into;
  }

  /** The frame of the last sample in degree Celsius, pixel 1 first. Fills and returns `into`. */
  frame(into: Float32Array = new Float32Array(PIXELS)): Float32Array {
    const bytes = this.#frame;
    for (let i = 0; i < PIXELS; i++) into[i] = pixelSteps(bytes[2 * i], bytes[2 * i + 1]) * CEL_PER_PIXEL_STEP;
    return into;
  }

  close(): void {
    this.#io?.close();
    this.#io = undefined;
  }

  // hot path
  /** Whole steps throughout, so that every engine comes to the same sum. */
  private summarise(sample: AMG88xxSample): void {
    const bytes = this.#frame;
    const hotSteps = this.#hotSteps;
    let least = 0x7fff;
    let most = -0x8000;
    let sum = 0;
    let hot = 0;
    let hottest = 0;
    for (let at = 0; at < FRAME_BYTES; at += 2) {
      const steps = pixelSteps(bytes[at], bytes[at + 1]);
      sum += steps;
      if (steps < least) least = steps;
      if (steps > most) {
        most = steps;
        hottest = at;
      }
      if (steps >= hotSteps) hot++;
    }
    sample.minCel = least * CEL_PER_PIXEL_STEP;
    sample.maxCel = most * CEL_PER_PIXEL_STEP;
    sample.meanCel = (sum * CEL_PER_PIXEL_STEP) / PIXELS;
    sample.hot = hot;
    sample.hottest = (hottest >> 1) + 1;
  }

  private reportFaults(sample: AMG88xxSample): void {
    sample.faults = { noAnswer: this.#unanswered };
    this.#unanswered = 0;
  }

  private configurePart(): void {
    this.write(Register.frameRate, FRAME_RATE[this.#framesPerSecond]);
    const levels = this.#interrupt;
    if (levels !== undefined) {
      const bytes = new Uint8Array(7);
      bytes[0] = Register.interruptLevels;
      putSteps(bytes, 1, levels.aboveCel);
      putSteps(bytes, 3, levels.belowCel);
      putSteps(bytes, 5, levels.hysteresisCel);
      this.open().write(bytes);
      this.write(Register.interruptControl, INTERRUPT_ABSOLUTE);
    }
    this.#configured = true;
  }

  private write(register: number, value: number): void {
    this.open().write(Uint8Array.of(register, value));
  }

  // hot path
  private read(register: number, into: Uint8Array): void {
    this.#register[0] = register;
    this.open().writeRead(this.#register, into);
  }

  private open(): I2C {
    if (this.#io === undefined) throw new Error("AMG88xx: closed");
    return this.#io;
  }
}

function newSample(): AMG88xxSample {
  return {
    minCel: 0,
    maxCel: 0,
    meanCel: 0,
    hot: 0,
    hottest: 1,
    thermometer: { temperature: 0 },
    overflow: false,
  };
}

function putSteps(bytes: Uint8Array, at: number, celsius: number): void {
  const steps = Math.floor(celsius / CEL_PER_PIXEL_STEP + 0.5);
  bytes[at] = steps;
  bytes[at + 1] = (steps >> 8) & 0x0f;
}

function sameLevels(one: InterruptLevels | undefined, other: InterruptLevels | undefined): boolean {
  return (
    one === other ||
    (one?.aboveCel === other?.aboveCel &&
      one?.belowCel === other?.belowCel &&
      one?.hysteresisCel === other?.hysteresisCel)
  );
}

/** Failures in a row after which the device counts as lost. */
const LOST_AFTER = 3;
/** A lost part is reset at every n-th tick: it may have come back with its power. */
const RESET_EVERY = 5;

class AMG88xxInstance implements DeviceInstance {
  readonly #sensor: AMG88xx;
  readonly #sink: DeviceSink;
  readonly #channelCount: number;
  readonly #sample: AMG88xxSample = newSample();
  /** Positions of the channels in the plan, -1 where the site does not want one. */
  readonly #min: number;
  readonly #max: number;
  readonly #mean: number;
  readonly #hot: number;
  readonly #hottest: number;
  readonly #thermistor: number;
  #failures = 0;

  constructor(plan: DevicePlan, context: DriverContext) {
    const I2C = ofPlatform(context.io.I2C, "I2C");
    this.#sink = context.sink;
    this.#channelCount = plan.channels.length;
    const position = (name: string) => plan.channels.findIndex((channel) => channel.name === name);
    this.#min = position("min");
    this.#max = position("max");
    this.#mean = position("mean");
    this.#hot = position("hot");
    this.#hottest = position("hottest");
    this.#thermistor = position("thermistor");
    this.#sensor = new AMG88xx({ sensor: { ...(plan.connection.options as unknown as I2COptions), io: I2C } });
    this.#sensor.configure(plan.settings as unknown as Partial<AMG88xxConfiguration>);
  }

  get identification(): Identification {
    return this.#sensor.identification;
  }

  get configuration(): string {
    const { framesPerSecond, hotCel } = this.#sensor.configuration;
    return `${framesPerSecond} frames a second, hot from ${hotCel} Cel`;
  }

  // hot path
  start(nowUs: number): number {
    const sample = this.#sample;
    try {
      this.#sensor.sample(sample);
    } catch {
      this.fail(nowUs);
      return 0;
    }
    if (this.#failures > 0) this.recover(nowUs);
    const quality = sample.overflow ? Quality.badRange : Quality.good;
    this.put(this.#min, sample.minCel, quality, nowUs);
    this.put(this.#max, sample.maxCel, quality, nowUs);
    this.put(this.#mean, sample.meanCel, quality, nowUs);
    this.put(this.#hot, sample.hot, Quality.good, nowUs);
    this.put(this.#hottest, sample.hottest, Quality.good, nowUs);
    this.put(this.#thermistor, sample.thermometer.temperature, quality, nowUs);
    return 0;
  }

  finish(): number {
    return 0;
  }

  close(): void {
    this.#sensor.close();
  }

  // hot path
  private put(channel: number, value: number, quality: Quality, nowUs: number): void {
    if (channel >= 0) this.#sink.reading(channel, value, quality, nowUs);
  }

  private fail(nowUs: number): void {
    const sink = this.#sink;
    this.#failures++;
    for (let i = 0; i < this.#channelCount; i++) sink.reading(i, Number.NaN, Quality.badCommunication, nowUs);
    if (this.#failures === LOST_AFTER) sink.communication(true, "the sensor does not acknowledge", nowUs);
    if (this.#failures % RESET_EVERY === 0) this.#sensor.reset();
  }

  private recover(nowUs: number): void {
    if (this.#failures >= LOST_AFTER) this.#sink.communication(false, "", nowUs);
    this.#failures = 0;
  }
}

export const driver: DriverModule = {
  name: "amg88xx",
  version: "1",
  open: (plan, context) => new AMG88xxInstance(plan, context),
};
