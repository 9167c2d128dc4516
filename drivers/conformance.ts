/**
 * What a driver folder tells the conformance test: `drivers/<name>/conformance.ts` exports `conformance`, a `Conformance`.
 * Test data for the host alone; nothing that runs on a gateway imports it.
 *
 * `conformance.test.ts` finds every driver folder and runs it against its emulator on a bus of the world. A sensor states
 * its facts here: what feeds each channel, over which range, in which steps. A driver that is no sampled sensor says why
 * and names the test that covers it.
 */
import type { Clock } from "../hal/clock";
import type { I2CConstructor } from "../hal/io";
import type { Identification, ProvenanceSample } from "../hal/sensor";
import type { Quantity } from "./emulation";
import type { PlanMap } from "./plan";

export type Conformance = SensorConformance | CoveredElsewhere;

export interface CoveredElsewhere {
  readonly kind: "covered elsewhere";
  /** Why the common test does not fit, in a sentence. */
  readonly reason: string;
  /** The test that takes its place, relative to the driver's folder. */
  readonly coveredBy: string;
}

/** A sensor on I2C that the gateway samples. */
export interface SensorConformance {
  readonly kind: "sensor";
  /** Configurations to run, each as a person writes the device's page in a site, without the common keys. */
  readonly pages: readonly ConformancePage[];
  readonly channels: { readonly [name: string]: ConformanceChannel };
  readonly identification: {
    readonly model: string;
    readonly classification: string;
    /** The part has a number of its own that the driver reads. */
    readonly uniqueID: boolean;
  };
  /** Time from opening to the first `start` that the part takes, in microseconds. */
  readonly readyUs: number;
  /** Ticks that pass after opening, a reset or a return of the part before a reading is good again. Default 0. */
  readonly settleTicks?: number;
  /** From `start` to the beginning of the sampling, for a part that is woken first. Default 0. */
  readonly wakeUs?: number;
  /** Each answer has a checksum: no flipped bit may pass. */
  readonly checksum: boolean;
  /** The part answers with a fixed word that says what it is; what answers otherwise must not be taken for it. */
  readonly identity?: IdentityRegister;
  /** Settings that the driver must refuse when it is opened. */
  readonly badSettings: readonly PlanMap[];
  /** Opens the ECMA-419 class. */
  sensor(options: ConformanceOptions): ConformanceSensor;
}

export interface ConformancePage {
  readonly name: string;
  readonly page: { readonly [key: string]: unknown };
}

export interface ConformanceChannel {
  readonly quantity: Quantity;
  /** Range of the data sheet, in the channel's unit. */
  readonly min: number;
  readonly max: number;
  /** One step of what the part sends, in the channel's unit: a reading may be half of it away. */
  readonly resolution: number;
  /** The reading that a quantity stands for, where they differ. */
  expected?(quantity: number): number;
}

export interface IdentityRegister {
  /** What the driver writes before it reads the register. */
  readonly command: readonly number[];
  /** What another part would answer. */
  readonly foreign: readonly number[];
}

export interface ConformanceOptions {
  readonly sensor: {
    readonly io: I2CConstructor;
    readonly data: number;
    readonly clock: number;
    readonly address: number;
  };
  readonly clock: Clock;
}

/** As much of a sensor class as the test uses. */
export interface ConformanceSensor {
  readonly identification: Identification;
  readonly configuration: unknown;
  /** Begins a measurement; microseconds until it is there. */
  start(): number;
  /** For a part that is woken first: begins the measurement when `start` is due; microseconds until it is there. */
  proceed?(): number;
  sample(): ProvenanceSample | undefined;
  close(): void;
}
