/** The gateway's side of a `SteppedSensor`: runs its steps and puts the values of a sample on channels. */
import type { Identification, ProvenanceSample } from "../hal/sensor";
import { type DriverContext, Quality } from "./contract";
import type { DevicePlan } from "./plan";
import { SensorDevice } from "./sensor-device";
import { Outcome, type SteppedSensor } from "./stepped-sensor";

export type ClosableSensor<Sample extends ProvenanceSample> = SteppedSensor<Sample> & {
  readonly identification: Identification;
  close(): void;
};

export abstract class SteppedDevice<Sample extends ProvenanceSample> extends SensorDevice {
  abstract readonly configuration: string;
  readonly #sensor: ClosableSensor<Sample>;
  readonly #sample: Sample;
  /** Positions of the part's values in the plan, -1 where the site does not want one. */
  readonly #positions: readonly number[];

  /** @param names the part's channels, in the order in which `publish` counts them */
  constructor(
    sensor: ClosableSensor<Sample>,
    sample: Sample,
    names: readonly string[],
    plan: DevicePlan,
    context: DriverContext,
  ) {
    super(plan, context, sensor);
    this.#sensor = sensor;
    this.#sample = sample;
    this.#positions = names.map((name) => this.position(plan, name));
  }

  get identification(): Identification {
    return this.#sensor.identification;
  }

  /** Calls `put` for each value of the sample. */
  protected abstract publish(sample: Sample): void;

  // hot path
  protected put(value: number, index: number, quality: Quality): void {
    const position = this.#positions[index];
    if (position >= 0) this.sink.reading(position, value, quality, this.startedUs);
  }

  // hot path
  finish(): number {
    const waitUs = this.#sensor.advance();
    if (waitUs > 0) return waitUs;
    const sample = this.#sensor.take(this.#sample);
    if (sample === undefined) return this.judge(this.#sensor.outcome);
    if (this.failures > 0) this.recover();
    this.publish(sample);
    return 0;
  }

  /** A tick that ends before the part has something new is no failure. */
  private judge(outcome: Outcome): number {
    if (outcome === Outcome.notReady) return 0;
    if (outcome === Outcome.crc) return this.fail("checksum errors");
    if (outcome === Outcome.wrongPart) return this.fail("another part answers", Quality.badConfiguration);
    if (outcome === Outcome.partFault) return this.fail("the sensor reports a fault", Quality.badDevice);
    return this.fail("the sensor does not answer");
  }
}
