/** The gateway's side of a `SteppedSensor`: runs its steps, puts values on channels, tells of loss and return. */
import type { Identification, ProvenanceSample } from "../hal/sensor";
import { type DeviceInstance, type DeviceSink, type DriverContext, Quality } from "./contract";
import type { DevicePlan } from "./plan";
import { Outcome, type SteppedSensor } from "./stepped-sensor";

/** Failures in a row after which the device counts as lost. */
const LOST_AFTER = 3;
/** A lost sensor is set up anew at every n-th failure: it may have come back with its power. */
const RESET_EVERY = 5;

export type ClosableSensor<Sample extends ProvenanceSample> = SteppedSensor<Sample> & {
  readonly identification: Identification;
  close(): void;
};

export abstract class SteppedDevice<Sample extends ProvenanceSample> implements DeviceInstance {
  abstract readonly configuration: string;
  readonly #sensor: ClosableSensor<Sample>;
  readonly #sample: Sample;
  readonly #sink: DeviceSink;
  /** Positions of the part's values in the plan, -1 where the site does not want one. */
  readonly #positions: number[];
  #failures = 0;
  #startedUs = 0;

  /** @param names the part's channels, in the order in which `publish` counts them */
  constructor(
    sensor: ClosableSensor<Sample>,
    sample: Sample,
    names: readonly string[],
    plan: DevicePlan,
    context: DriverContext,
  ) {
    this.#sensor = sensor;
    this.#sample = sample;
    this.#sink = context.sink;
    this.#positions = names.map((name) => plan.channels.findIndex((channel) => channel.name === name));
  }

  get identification(): Identification {
    return this.#sensor.identification;
  }

  /** Calls `put` for each value of the sample. */
  protected abstract publish(sample: Sample): void;

  // hot path
  protected put(value: number, index: number, quality: Quality): void {
    const position = this.#positions[index];
    if (position >= 0) this.#sink.reading(position, value, quality, this.#startedUs);
  }

  // hot path
  start(nowUs: number): number {
    this.#startedUs = nowUs;
    try {
      return this.#sensor.start();
    } catch {
      this.#fail(Quality.badCommunication, "the sensor does not acknowledge");
      return 0;
    }
  }

  // hot path
  finish(): number {
    const waitUs = this.#sensor.proceed();
    if (waitUs > 0) return waitUs;
    const sample = this.#sensor.take(this.#sample);
    if (sample === undefined) {
      this.#judge(this.#sensor.outcome);
      return 0;
    }
    if (this.#failures >= LOST_AFTER) this.#sink.communication(false, "", this.#startedUs);
    this.#failures = 0;
    this.publish(sample);
    return 0;
  }

  close(): void {
    this.#sensor.close();
  }

  /** A tick that ends before the part has something new is no failure. */
  #judge(outcome: Outcome): void {
    if (outcome === Outcome.notReady) return;
    if (outcome === Outcome.crc) this.#fail(Quality.badCommunication, "checksum errors");
    else if (outcome === Outcome.wrongPart) this.#fail(Quality.badConfiguration, "another part answers");
    else if (outcome === Outcome.partFault) this.#fail(Quality.badDevice, "the sensor reports a fault");
    else this.#fail(Quality.badCommunication, "the sensor does not answer");
  }

  #fail(quality: Quality, reason: string): void {
    this.#failures++;
    for (let i = 0; i < this.#positions.length; i++) this.put(Number.NaN, i, quality);
    if (this.#failures === LOST_AFTER) this.#sink.communication(true, reason, this.#startedUs);
    if (this.#failures % RESET_EVERY === 0) this.#sensor.reset();
  }
}
