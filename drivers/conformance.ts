/**
 * What a driver folder tells the conformance test: `drivers/<name>/conformance.ts` exports `conformance`, a `Conformance`.
 * Test data for the host alone; nothing that runs on a gateway imports it.
 *
 * `conformance.test.ts` finds every driver folder and runs it against its emulator on a board of the world, on each kind of bus
 * that a page names. A sensor states its facts here: what feeds each channel, over which range, in which steps. A driver that is
 * no sampled sensor says why and names the test that covers it.
 */
import type { Clock } from "../hal/clock";
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

export const CONFORMANCE_BUSES = ["i2c", "spi", "serial", "analog", "digital"] as const;
export type ConformanceBus = (typeof CONFORMANCE_BUSES)[number];

/** A sensor that the gateway samples. */
export interface SensorConformance {
  readonly kind: "sensor";
  /** Configurations to run, each as a person writes the device's page in a site, without the common keys. */
  readonly pages: readonly ConformancePage[];
  /** By channel; a function where they differ from page to page. */
  readonly channels: ConformanceChannels | ((page: ConformancePage["page"]) => ConformanceChannels);
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
  /** Ticks more than that until a part is back which lost its power, its bus or its answers. Default 6. */
  readonly returnTicks?: number;
  /** Period of the test's ticks, for a part that measures by itself. Default 1000. */
  readonly everyMs?: number;
  /** From `start` to the beginning of the sampling, for a part that is woken first. Default 0. */
  readonly wakeUs?: number;
  /** Each answer has a checksum: no flipped bit may pass. */
  readonly checksum: boolean;
  /** The part answers with a fixed word that says what it is; what answers otherwise must not be taken for it. */
  readonly identity?: IdentityRegister;
  /** Settings that the driver must refuse when it is opened. */
  readonly badSettings: readonly PlanMap[];
  /** A configuration other than the first one, for `configure`. Absent where the class has nothing to configure. */
  readonly change?: PlanMap;
  /** What `configure` must refuse, leaving everything as it was. */
  readonly badChanges?: readonly PlanMap[];
  /** Opens the ECMA-419 class that serves `bus`. */
  sensor(options: ConformanceOptions, bus: ConformanceBus, settings: PlanMap): ConformanceSensor;
}

export interface ConformancePage {
  readonly name: string;
  /** Default i2c. */
  readonly bus?: ConformanceBus;
  readonly page: { readonly [key: string]: unknown };
}

export type ConformanceChannels = { readonly [name: string]: ConformanceChannel };

/**
 * Fed by a quantity of the air, or by what a scenario makes the emulator do, or made of the other channels. With `expected` alone
 * it has one value while nothing happens.
 */
export interface ConformanceChannel {
  readonly quantity?: Quantity;
  /** The words of a scenario that make the part see a value, for example `ohm 118.5`. */
  act?(value: number): string;
  /** Why nothing feeds it alone: then it is only held to be good or bad with the others. */
  readonly derived?: string;
  /** Range of the data sheet, in the channel's unit. */
  readonly min: number;
  readonly max: number;
  /** One step of what the part sends, in the channel's unit: a reading may be half of it away. */
  readonly resolution: number;
  /** The only values that there are, for a state. */
  readonly values?: readonly number[];
  /** The reading that a quantity stands for, where they differ. */
  expected?(quantity: number): number;
}

export interface IdentityRegister {
  /** What the driver writes before it reads the register. */
  readonly command: readonly number[];
  /** What another part would answer. */
  readonly foreign: readonly number[];
  /** The same on SPI: with the bit that says "read", and what the answer is behind. */
  readonly spi?: { readonly command: readonly number[]; readonly dummyBytes: number };
}

export interface ConformanceOptions {
  /** The options of the bus's IO class, and `io`: whatever the class takes. */
  readonly sensor: never;
  readonly clock: Clock;
  readonly onConfiguration?: () => void;
}

/** As much of a sensor class as the test uses. */
export interface ConformanceSensor {
  readonly identification: Identification;
  readonly configuration: unknown;
  configure(options: never): void;
  /** Begins a measurement; microseconds until it is there. Absent where `sample` alone gives it at once. */
  start?(): number;
  /** For a part that is woken first: begins the measurement when `start` is due; microseconds until it is there. */
  proceed?(): number;
  sample(): ProvenanceSample | undefined;
  close(): void;
}
