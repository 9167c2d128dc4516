/** What both faces of the SPS30 share: the ten values, the sample, and when the part counts as silent. */
import type { Clock } from "../../hal/clock";
import type { Identification, ProvenanceSample, SensorCallbacks } from "../../hal/sensor";
import { StepEnd, SteppedSensor } from "../stepped-sensor";
import { INTERVAL_US, STATUS_FAN, STATUS_LASER, STATUS_SPEED, VALUES } from "./constants";

/**
 * ECMA-419 Dust class is one density in µg/m³; this part has four, and more. Mass in µg/m³ and numbers per cm³ are of all
 * particles up to the size in the name; `typicalSize` in µm.
 */
export type SPS30Sample = ProvenanceSample & {
  particulateMatter: {
    pm1: number;
    pm25: number;
    pm4: number;
    pm10: number;
    number05: number;
    number1: number;
    number25: number;
    number4: number;
    number10: number;
    typicalSize: number;
  };
};

export type SPS30Configuration = { readonly format: "float" };

export type SPS30Callbacks = SensorCallbacks & { readonly clock?: Clock };

/** A measuring part has new values within so many intervals, and one that has not is broken. */
const PATIENCE_INTERVALS = 5;

export abstract class SPS30Base extends SteppedSensor<SPS30Sample> {
  protected uniqueID: string | undefined;
  readonly #values = new Float32Array(VALUES);
  /** The values' bits, most significant byte first. */
  readonly #bits = new DataView(new ArrayBuffer(4));
  #newsUs = 0;

  get identification(): Identification {
    return {
      model: "Sensirion SPS30",
      classification: "Dust",
      ...(this.uniqueID === undefined ? {} : { uniqueID: this.uniqueID }),
    };
  }

  get configuration(): SPS30Configuration {
    return { format: "float" };
  }

  configure(_options: Partial<SPS30Configuration>): void {}

  protected started(): typeof StepEnd.notReady {
    this.isSetUp = true;
    this.hasNews();
    return StepEnd.notReady;
  }

  // hot path
  protected hasNews(): void {
    if (this.clock !== undefined) this.#newsUs = this.clock.nowUs();
  }

  // hot path
  /** A part that lost its power answers, but measures no more. */
  protected nothingNew(): number {
    if (this.clock === undefined) return StepEnd.notReady;
    if (this.clock.nowUs() - this.#newsUs < PATIENCE_INTERVALS * INTERVAL_US) return StepEnd.notReady;
    this.isSetUp = false;
    return StepEnd.partFault;
  }

  // hot path
  protected setValue(index: number, high: number, low: number): void {
    this.#bits.setUint16(0, high);
    this.#bits.setUint16(2, low);
    this.#values[index] = this.#bits.getFloat32(0);
  }

  // hot path
  protected fill(sample: SPS30Sample): SPS30Sample {
    const values = this.#values;
    const matter = sample.particulateMatter;
    matter.pm1 = values[0];
    matter.pm25 = values[1];
    matter.pm4 = values[2];
    matter.pm10 = values[3];
    matter.number05 = values[4];
    matter.number1 = values[5];
    matter.number25 = values[6];
    matter.number4 = values[7];
    matter.number10 = values[8];
    matter.typicalSize = values[9];
    return sample;
  }

  protected newSample(): SPS30Sample {
    return newSample();
  }
}

// hot path
/** A laser or a fan that is out of order makes the values worthless. */
export function isBroken(status: number): boolean {
  return (status & (STATUS_SPEED | STATUS_LASER | STATUS_FAN)) !== 0;
}

export function newSample(): SPS30Sample {
  return {
    particulateMatter: {
      pm1: 0,
      pm25: 0,
      pm4: 0,
      pm10: 0,
      number05: 0,
      number1: 0,
      number25: 0,
      number4: 0,
      number10: 0,
      typicalSize: 0,
    },
    ticks: 0,
  };
}
