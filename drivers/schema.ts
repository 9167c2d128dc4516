/**
 * What a driver folder gives the site schema: `drivers/<name>/schema.ts` exports `schema`, a `DriverSchema`.
 * Host only: it describes the device's page of a site manifest and compiles it; the gateway sees the result.
 */
import { type TObject, Type } from "typebox";
import type { BusUse, ConnectedBus } from "./bus-use";
import type { AlarmClass, ConnectionPlan, FilterPlan, PlanMap, PointsPlan } from "./plan";

/** A pin of the gateway, as a site names it. */
export const pinPage = (description: string) =>
  Type.Union([Type.Integer({ minimum: 0, maximum: 255 }), Type.String({ minLength: 1 })], {
    description: `${description} The GPIO's number, or the name that the platform gives it.`,
  });

/**
 * For channels that hold a state: a change is published at once, and what stands once a minute, so that a reader who came late
 * knows it. At one record a second a panel of a few hundred points would be most of a site's traffic, and would say nothing.
 */
export const ON_CHANGE: readonly FilterPlan[] = [{ kind: "deadband", width: 0, heartbeatMs: 60_000 }];

export interface ChannelDeclaration {
  readonly name: string;
  /** SenML unit, empty where there is none. */
  readonly unit: string;
  /** Physical range that an alarm limit must lie in, in that unit. */
  readonly min: number;
  readonly max: number;
  /** Digits behind the decimal point that say what the part can resolve; a compact batch keeps so many. Absent: all it has. */
  readonly decimals?: number;
  /** What a channel gets whose page names no filters; default none. */
  readonly filters?: readonly FilterPlan[];
  /** Computed from other channels, not measured. */
  readonly synthetic?: true;
}

/** A mistake in a device's page, at a path below the page, for example `["zones", 2, "no"]`. */
export interface PageProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly expected?: string;
}

export const BUS_KINDS = ["i2c", "serial", "spi", "tcp", "digital", "analog", "pulse", "light"] as const;
export type BusKind = (typeof BUS_KINDS)[number];

export interface SchemaContext {
  /** The bus of the device, with the options that it gives the IO class; absent while the site names none that fits. */
  readonly bus?: { readonly kind: BusKind; readonly options: PlanMap };
  /**
   * Channels of the devices that hang on a bus, by `<device>/<channel>`, with the unit of what comes out of their filters. Only
   * for a driver that hangs on none.
   */
  readonly channels?: ReadonlyMap<string, ChannelDeclaration>;
  /** Reads a data file below `manifests/`, for example `panels/notifier-modbus-gw.json`; `undefined` when absent. */
  dataFile(path: string): unknown;
  /** Names of the data files in a folder below `manifests/`, without extension. */
  dataNames(folder: string): readonly string[];
}

export interface DriverSchema {
  readonly driver: string;
  /** One line for the generated documentation. */
  readonly summary: string;
  /** Kinds of bus that the device can hang on; none for one that is made of the gateway itself. */
  readonly bus: readonly BusKind[];
  /**
   * The device's own keys; unknown keys are refused by the composer. The common keys `driver, bus, every, channels, trace`
   * are the composer's as well.
   */
  readonly page: TObject;
  readonly defaultEveryMs: number;
  /** Points of a panel, which are no channels. Asked only when `check` found nothing. */
  points?(page: Record<string, unknown>, context: SchemaContext): PointsPlan;
  /** Classes of alarms that the device reports by itself, for each of its channels and points. */
  edges?(page: Record<string, unknown>): readonly AlarmClass[];
  channels(page: Record<string, unknown>, context: SchemaContext): readonly ChannelDeclaration[];
  check?(page: Record<string, unknown>, context: SchemaContext): readonly PageProblem[];
  /** Options for the IO class, added to those of the bus (for example `address`). */
  connection?(page: Record<string, unknown>): PlanMap;
  /** Two devices with the same key on one bus collide, for example `0x44`. `undefined`: any number may share. */
  busAddress?(page: Record<string, unknown>): string | undefined;
  /**
   * What the device asks of the wires, for the check of a bus that is asked for too much. Absent only where a device shares none:
   * on a pin of its own, on TCP, or made of the gateway itself.
   */
  busUse?(page: Record<string, unknown>, bus: ConnectedBus, context: SchemaContext): readonly BusUse[];
  /** Keys of the page that hold pins of the gateway: no bus and no other device may use these. */
  readonly pins?: readonly string[];
  settings(page: Record<string, unknown>, context: SchemaContext): PlanMap;
}

export type { ConnectionPlan };
