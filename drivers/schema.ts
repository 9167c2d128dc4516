/**
 * What a driver folder gives the site schema: `drivers/<name>/schema.ts` exports `schema`, a `DriverSchema`.
 * Host only: it describes the device's page of a site manifest and compiles it; the gateway sees the result.
 */
import type { TObject } from "typebox";
import type { AlarmClass, ConnectionPlan, PlanMap } from "./plan";

export interface ChannelDeclaration {
  readonly name: string;
  /** SenML unit, empty where there is none. */
  readonly unit: string;
  /** Physical range that an alarm limit must lie in, in that unit. */
  readonly min: number;
  readonly max: number;
}

/** A mistake in a device's page, at a path below the page, for example `["zones", 2, "no"]`. */
export interface PageProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly expected?: string;
}

export interface SchemaContext {
  /** Reads a data file below `manifests/`, for example `panels/notifier-modbus-gw.json`; `undefined` when absent. */
  dataFile(path: string): unknown;
  /** Names of the data files in a folder below `manifests/`, without extension. */
  dataNames(folder: string): readonly string[];
}

export interface DriverSchema {
  readonly driver: string;
  /** One line for the generated documentation. */
  readonly summary: string;
  /** Kinds of bus that the device can hang on. */
  readonly bus: readonly ("i2c" | "spi" | "serial" | "tcp")[];
  /**
   * The device's own keys; unknown keys are refused by the composer. The common keys `driver, bus, every, channels, trace`
   * are the composer's as well.
   */
  readonly page: TObject;
  readonly defaultEveryMs: number;
  /** Classes of alarms that the device reports by itself, for each of its channels. */
  readonly edges?: readonly AlarmClass[];
  channels(page: Record<string, unknown>, context: SchemaContext): readonly ChannelDeclaration[];
  check?(page: Record<string, unknown>, context: SchemaContext): readonly PageProblem[];
  /** Options for the IO class, added to those of the bus (for example `address`). */
  connection?(page: Record<string, unknown>): PlanMap;
  /** Two devices with the same key on one bus collide, for example `0x44`. `undefined`: any number may share. */
  busAddress?(page: Record<string, unknown>): string | undefined;
  settings(page: Record<string, unknown>, context: SchemaContext): PlanMap;
}

export type { ConnectionPlan };
