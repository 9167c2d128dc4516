/**
 * Maker part-name: temperature on I2C. TODO: your part.
 *
 * `PartName` is the ECMA-419 class and can be used on any ECMA-419 host. It never waits: `start` begins a measurement and says how
 * long it takes, `sample` reads it when it is there.
 *
 *   resetting -> (1 ms) idle -> start -> measuring -> (10 ms for each sample) sample -> idle
 *
 * `driver` is what the gateway links.
 */
import type { DriverContext, DriverModule } from "../../drivers/contract";
import { Quality } from "../../drivers/contract";
import type { DevicePlan } from "../../drivers/plan";
import { SensorDevice } from "../../drivers/sensor-device";
import { WORD_BYTES, wordIsIntact } from "../../drivers/word-crc8";
import type { Clock } from "../../hal/clock";
import type { I2C, I2CConstructor, I2COptions } from "../../hal/io";
import type { Identification, ProvenanceSample, Sensor, SensorCallbacks } from "../../hal/sensor";
import { ADDRESSES, Command, IDENTITY, SAMPLE_US, SAMPLES, type Samples, temperatureCel } from "./constants";

export type PartNameConfiguration = {
  /** Samples in one measurement: 1 or 4. */
  readonly samples: Samples;
};

/** ECMA-419 section 14, Temperature, in degree Celsius; `ticks` is the start of the measurement. */
export type PartNameSample = ProvenanceSample & { temperature: number };

export type PartNameOptions = SensorCallbacks & {
  readonly sensor: Partial<I2COptions> & { readonly io: I2CConstructor } & Pick<I2COptions, "data" | "clock">;
  /** Gives samples their `ticks`, and tells a late measurement from one that is under way. */
  readonly clock?: Clock;
};

/** What the last attempt ended with. */
export const Outcome = { none: 0, good: 1, notReady: 2, crc: 3, noAnswer: 4, foreign: 5 } as const;
export type Outcome = (typeof Outcome)[keyof typeof Outcome];

const DEFAULT_HZ = 400_000;

export class PartName implements Sensor<PartNameSample, PartNameConfiguration> {
  private io: I2C | undefined;
  private readonly clock: Clock | undefined;
  private readonly onConfiguration: (() => void) | undefined;
  private readonly command = new Uint8Array(2);
  private readonly answer = new Uint8Array(WORD_BYTES);
  private samples: Samples = 1;
  /** The part has said that it is the right one. */
  private identified = false;
  private measuring = false;
  private startedUs = 0;
  private measureUs = 0;
  private lastOutcome: Outcome = Outcome.none;
  private crcFaults = 0;
  private unanswered = 0;

  constructor(options: PartNameOptions) {
    const { io, ...connection } = options.sensor;
    if (typeof io !== "function") throw new TypeError("PartName: sensor.io must be an I2C class");
    this.io = new io({ hz: DEFAULT_HZ, address: ADDRESSES[0], ...connection });
    this.clock = options.clock;
    this.onConfiguration = options.onConfiguration;
    this.reset();
  }

  get identification(): Identification {
    return { model: "Maker part-name", classification: "Temperature" };
  }

  get configuration(): PartNameConfiguration {
    return { samples: this.samples };
  }

  /** How the last `start` or `sample` ended: why it returned nothing, when it did. */
  get outcome(): Outcome {
    return this.lastOutcome;
  }

  /** Takes effect with the next measurement. @throws RangeError for what the part does not have */
  configure(options: Partial<PartNameConfiguration>): void {
    this.open();
    const { samples = this.samples } = options;
    if (!SAMPLES.includes(samples)) throw new RangeError(`PartName: samples must be 1 or 4; not "${samples}"`);
    if (samples === this.samples) return;
    this.samples = samples;
    this.onConfiguration?.();
  }

  /** The part is ready 1 ms later. One that does not answer is not an error here: `start` will tell. */
  reset(): void {
    this.open();
    this.measuring = this.identified = false;
    try {
      this.send(Command.reset);
    } catch {
      this.lastOutcome = Outcome.noAnswer;
    }
  }

  // hot path
  /**
   * Begins a measurement. Returns microseconds until `sample` will find it finished.
   * @throws when the part does not acknowledge, or another part answers
   */
  start(): number {
    this.measuring = false;
    if (!this.identified) this.identify();
    this.send(Command.measure | (this.samples - 1));
    this.measuring = true;
    this.measureUs = this.samples * SAMPLE_US;
    if (this.clock !== undefined) this.startedUs = this.clock.nowUs();
    return this.measureUs;
  }

  // hot path
  /** `undefined` while there is no finished and correct measurement; begins one when none is under way. */
  sample(into?: PartNameSample): PartNameSample | undefined {
    const io = this.open();
    if (!this.measuring) {
      this.start();
      this.lastOutcome = Outcome.none;
      return undefined;
    }
    try {
      io.read(this.answer);
    } catch {
      return this.notRead();
    }
    this.measuring = false;
    if (!wordIsIntact(this.answer, 0)) {
      this.crcFaults++;
      this.lastOutcome = Outcome.crc;
      return undefined;
    }
    this.lastOutcome = Outcome.good;
    return this.fill(into ?? newSample());
  }

  close(): void {
    this.io?.close();
    this.io = undefined;
  }

  /** The part answers only when it has finished; one that is gone never does, and one that lost its power has to be asked again. */
  private notRead(): undefined {
    if (this.clock !== undefined && this.clock.nowUs() - this.startedUs < this.measureUs) {
      this.lastOutcome = Outcome.notReady;
      return undefined;
    }
    this.measuring = this.identified = false;
    this.unanswered++;
    this.lastOutcome = Outcome.noAnswer;
    return undefined;
  }

  // hot path
  private fill(sample: PartNameSample): PartNameSample {
    sample.temperature = temperatureCel((this.answer[0] << 8) | this.answer[1]);
    if (this.clock !== undefined) sample.ticks = this.startedUs;
    if (this.crcFaults > 0 || this.unanswered > 0) this.reportFaults(sample);
    else if (sample.faults !== undefined) sample.faults = undefined;
    return sample;
  }

  private reportFaults(sample: PartNameSample): void {
    sample.faults = { crc: this.crcFaults, noAnswer: this.unanswered };
    this.crcFaults = this.unanswered = 0;
  }

  private identify(): void {
    this.lastOutcome = Outcome.noAnswer;
    this.send(Command.identify);
    this.open().read(this.answer);
    if (!wordIsIntact(this.answer, 0)) throw new Error("PartName: a checksum is wrong");
    if (((this.answer[0] << 8) | this.answer[1]) !== IDENTITY) {
      this.lastOutcome = Outcome.foreign;
      throw new Error("PartName: another part answers at this address");
    }
    this.identified = true;
  }

  // hot path
  private send(command: number): void {
    this.command[0] = command >> 8;
    this.command[1] = command;
    this.open().write(this.command);
  }

  private open(): I2C {
    if (this.io === undefined) throw new Error("PartName: closed");
    return this.io;
  }
}

function newSample(): PartNameSample {
  return { temperature: 0 };
}

class PartNameInstance extends SensorDevice {
  private readonly part: PartName;
  private readonly reading: PartNameSample = { temperature: 0, ticks: 0 };
  private readonly temperature: number;

  constructor(plan: DevicePlan, context: DriverContext) {
    const part = openPart(plan, context);
    super(plan, context, part);
    this.part = part;
    this.temperature = this.position(plan, "temperature");
  }

  get identification(): Identification {
    return this.part.identification;
  }

  get configuration(): string {
    return `samples ${this.part.configuration.samples}`;
  }

  // hot path
  finish(): number {
    const sample = this.part.sample(this.reading);
    if (sample === undefined)
      return this.fail(this.part.outcome === Outcome.crc ? "checksum errors" : "the sensor does not answer");
    if (this.failures > 0) this.recover();
    if (this.temperature >= 0) this.sink.reading(this.temperature, sample.temperature, Quality.good, this.startedUs);
    return 0;
  }

  protected override startReason(): string {
    return this.part.outcome === Outcome.foreign ? "another part answers at its address" : super.startReason();
  }
}

function openPart(plan: DevicePlan, context: DriverContext): PartName {
  const { I2C } = context.io;
  if (I2C === undefined) throw new Error("this platform has no I2C");
  const part = new PartName({
    sensor: { ...(plan.connection.options as unknown as I2COptions), io: I2C },
    clock: context.clock,
  });
  try {
    part.configure(plan.settings as Partial<PartNameConfiguration>);
  } catch (error) {
    part.close();
    throw error;
  }
  return part;
}

export const driver: DriverModule = {
  name: "part-name",
  version: "1",
  open: (plan, context) => new PartNameInstance(plan, context),
};
