/**
 * The part of a `DeviceInstance` that every sampled sensor shares: where its channels stand in the plan, when it began to
 * sample, how many failures it had in a row, when it counts as lost, when it is reset and when it is back.
 *
 * A driver extends it with `finish`, `identification` and `configuration`:
 *
 *   finish(): number {
 *     const sample = this.sensor.sample(this.#sample);
 *     if (sample === undefined) return this.fail("the sensor does not answer");
 *     if (this.failures > 0) this.recover();
 *     if (this.#temperature >= 0) this.sink.reading(this.#temperature, sample.temperature, Quality.good, this.startedUs);
 *     return 0;
 *   }
 *
 * `failures`, `sink` and `startedUs` are properties and not accessors: a getter is a call at every sample.
 */
import { type DeviceInstance, type DeviceSink, type DriverContext, Quality } from "./contract";
import type { DevicePlan } from "./plan";

/** What the gateway asks of a sensor's ECMA-419 class. None of it waits. */
export interface StartedSensor {
  /** Begins a measurement. Returns microseconds until it is finished. Throws when the part does not take the command. */
  start(): number;
  /** Brings the part into the state in which it was opened. Must not throw because the part is away. */
  reset(): void;
  close(): void;
}

/** Failures in a row after which the device counts as lost. */
export const LOST_AFTER = 3;
/** A sensor that fails is reset at every n-th failure in a row: it may have come back with its power, unconfigured. */
export const RESET_EVERY = 5;

export abstract class SensorDevice implements DeviceInstance {
  protected readonly sink: DeviceSink;
  /** Monotonic time at which the acquisition began. */
  protected startedUs = 0;
  /** In a row. */
  protected failures = 0;
  protected readonly sensor: StartedSensor;
  private readonly channels: number;

  constructor(plan: DevicePlan, context: DriverContext, sensor: StartedSensor) {
    this.sink = context.sink;
    this.sensor = sensor;
    this.channels = plan.channels.length;
  }

  abstract finish(nowUs: number): number;

  // hot path
  start(nowUs: number): number {
    this.startedUs = nowUs;
    try {
      return this.sensor.start();
    } catch {
      return this.fail(this.startReason());
    }
  }

  close(): void {
    this.sensor.close();
  }

  /**
   * Position of a channel in the plan, -1 where the site does not want it. Ask once, when the device is opened; the plan itself
   * is not kept, it is large.
   */
  protected position(plan: DevicePlan, channel: string): number {
    return plan.channels.findIndex(({ name }) => name === channel);
  }

  /** Why `start` failed, as a constant text. */
  protected startReason(): string {
    return "the sensor does not acknowledge";
  }

  // hot path
  /**
   * The acquisition failed: every channel has no reading, for the reason that `quality` says.
   * @param reason a constant text: what a person is told when the device counts as lost
   * @returns 0, so that `finish` and `start` can end with it
   */
  protected fail(reason: string, quality: Quality = Quality.badCommunication): number {
    this.failures++;
    this.refuse(quality);
    if (this.failures === LOST_AFTER) this.sink.communication(true, reason, this.startedUs);
    if (this.failures % RESET_EVERY === 0) this.reset();
    return 0;
  }

  // hot path
  /** No reading on any channel, without a failure of the connection: the part answers and says that it is broken. */
  protected refuse(quality: Quality): void {
    for (let i = 0; i < this.channels; i++) this.sink.reading(i, Number.NaN, quality, this.startedUs);
  }

  // hot path
  /** The acquisition went well after failures; call it before the readings are handed over. */
  protected recover(): void {
    if (this.failures >= LOST_AFTER) this.sink.communication(false, "", this.startedUs);
    this.failures = 0;
  }

  private reset(): void {
    try {
      this.sensor.reset();
    } catch {
      // The part is still away: the next failure counts it.
    }
  }
}
