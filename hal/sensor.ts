/**
 * The sensor class patterns of ECMA-419, in our own words: Sensor (section 13) and Provenance Sensor (section 31).
 *
 * A driver class takes one options object `{ sensor: { io, ...options of that io }, onError, onConfiguration }`.
 * `sample(into)` fills and returns `into`, which section 13 allows, so that sampling need not allocate.
 */

export interface Identification {
  /** Manufacturer and part number. */
  readonly model: string;
  /** ECMA-419 sensor classes, for example `"Humidity-Temperature"`. */
  readonly classification: string;
  /** Serial number that the part itself reports, where it has one. */
  readonly uniqueID?: string;
}

export interface ProvenanceSample {
  /** Start of sampling on an absolute clock, in ms since 1970 (an ECMA-262 time value). */
  time?: number;
  /** Start of sampling on the monotonic clock, in microseconds since boot. */
  ticks?: number;
  /** What went wrong during this sample or since the one before it; absent when nothing did. */
  faults?: Record<string, number> | undefined;
}

export interface Sensor<Sample extends ProvenanceSample, Configuration> {
  readonly identification: Identification;
  readonly configuration: Configuration;
  configure(options: Partial<Configuration>): void;
  /** `undefined` while no finished reading is there. Never blocks. */
  sample(into?: Sample): Sample | undefined;
  close(): void;
}

export interface SensorCallbacks {
  /** The sensor can no longer be used; only `close` may follow. */
  readonly onError?: (error?: unknown) => void;
  readonly onConfiguration?: () => void;
}
