/**
 * What a gateway is told about one device: the device part of a compiled site manifest.
 *
 * `manifests/compile` writes it, CBOR carries it, `firmware/gateway.ts` reads it. Everything a person wrote with units
 * (`1 s`, `57 Cel`) is a plain number here, in the unit that the field's name says.
 */

/** A value that the plan's CBOR can hold. */
export type PlanValue =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly PlanValue[]
  | { readonly [key: string]: PlanValue };

export type PlanMap = { readonly [key: string]: PlanValue };

/**
 * Alarm classes, most urgent first: their order is their priority. A pre-alarm, which wants somebody to look before it is a
 * fire, stands between life and supervisory; telemetry comes after them all.
 */
export const ALARM_CLASSES = ["fire", "life", "pre-alarm", "supervisory", "trouble", "test"] as const;
export type AlarmClass = (typeof ALARM_CLASSES)[number];

/** One step of a channel's chain; quantities are in the unit that the channel has there. */
export type FilterPlan =
  | { readonly kind: "scale"; readonly gain: number; readonly offset: number }
  | {
      readonly kind: "calibrate";
      /** Reading and true value, readings ascending. */
      readonly points: readonly (readonly [number, number])[];
      readonly outside: "clamp" | "extrapolate";
    }
  | { readonly kind: "clamp"; readonly min?: number; readonly max?: number }
  /** Windows are numbers of samples. */
  | { readonly kind: "median"; readonly window: number }
  | { readonly kind: "hampel"; readonly window: number; readonly sigmas: number; readonly replace: boolean }
  | { readonly kind: "average"; readonly window: number }
  | { readonly kind: "smooth"; readonly factor: number }
  | { readonly kind: "smooth"; readonly overMs: number }
  | { readonly kind: "max"; readonly window: number }
  | { readonly kind: "min"; readonly window: number }
  | { readonly kind: "quantile"; readonly of: number; readonly window: number }
  /** Changes the unit: it becomes the channel's per `perMs`. */
  | { readonly kind: "rate"; readonly perMs: number; readonly overMs: number }
  | { readonly kind: "debounce"; readonly holdMs: number }
  /** `percent` of the value published last; the wider of both counts. */
  | { readonly kind: "deadband"; readonly width: number; readonly percent?: number; readonly heartbeatMs?: number }
  | { readonly kind: "throttle"; readonly everyMs: number; readonly heartbeatMs?: number };

/** One rule of a channel: a value above or below a limit, or one that rises or falls too fast, for a while. */
export type AlarmPlan = {
  /** By which it is acknowledged and confirmed, where the site gives it a name: see `alarmName`. */
  readonly name?: string;
  readonly class: AlarmClass;
  readonly above?: number;
  readonly below?: number;
  /** Change within `perMs`, in the channel's unit, both positive. A rule has limits or rates, never both. */
  readonly rise?: number;
  readonly fall?: number;
  readonly perMs?: number;
  /** How far the value (or its change) must come back before the alarm clears, in the channel's unit. */
  readonly hysteresis: number;
  /** How long the limit must be passed before the alarm is raised. */
  readonly forMs: number;
  /** Stays active when its reason has gone, until somebody acknowledges it. */
  readonly latch?: boolean;
};

/**
 * An alarm that needs more than one witness. It is raised when every zone has enough of its members: two of n is one zone,
 * cross-zone confirmation is several.
 */
export type GroupAlarmPlan = {
  readonly name: string;
  readonly class: AlarmClass;
  readonly zones: readonly AlarmZonePlan[];
  /** Longest time between the beginnings of the members that raise it; absent: as long as they are active. */
  readonly withinMs?: number;
  readonly latch?: boolean;
};

export type AlarmZonePlan = {
  /** How many of them. */
  readonly any: number;
  /** Names of rules, and a device's own edges as `<device>/<channel>/<class>`. */
  readonly of: readonly string[];
};

/** A rule without a name of its own, and a device's own edge, go by this one. */
export function alarmName(device: string, channel: string, alarmClass: AlarmClass): string {
  return `${device}/${channel}/${alarmClass}`;
}

/** What a full queue of a channel lets go: the oldest record, the newest, or every second one. */
export const OVERLOAD_POLICIES = ["drop-oldest", "drop-newest", "decimate"] as const;
export type OverloadPolicy = (typeof OVERLOAD_POLICIES)[number];

export type ChannelPlan = {
  /** Unique in its device, for example `temperature` or `zone-3`. */
  readonly name: string;
  /**
   * Unit of what comes out of the filters, and so of limits and records: a SenML unit (RFC 8428 section 12.1) or, behind
   * `rate`, one per time such as `Cel/min`. Empty for a bit set or a count without a unit.
   */
  readonly unit: string;
  readonly filters: readonly FilterPlan[];
  readonly alarms: readonly AlarmPlan[];
  /** Without a good reading for so long the value counts as uncertain. Absent: never. */
  readonly staleMs?: number;
  /** Digits behind the decimal point that a compact batch keeps; absent: it carries binary32. */
  readonly decimals?: number;
  /** Absent: drop-oldest. */
  readonly overload?: OverloadPolicy;
  /** Computed, not measured: its records say so (the rule on synthetic measurements of ECMA TR/110's provenance). */
  readonly synthetic?: true;
};

/** Points of a panel: told as edges and snapshots, not sampled. */
export type PointsPlan = {
  readonly count: number;
  /** Their names in one text, as `drivers/panel-points/point-names.ts` reads it. */
  readonly names: Uint8Array;
  /** How often a snapshot repeats what all of them say. */
  readonly repeatMs: number;
};

/** Who made this part, as the site's owner declared it. Text only, so that its CBOR holds no floats. */
export type TracePlan = {
  readonly manufacturer?: string;
  readonly model?: string;
  readonly serial?: string;
  readonly calibration?: { readonly certificate: string; readonly due: string };
};

/** Where a device is connected: the IO class by name, and that class's own ECMA-419 options. */
export type ConnectionPlan = {
  readonly io: "none" | "I2C" | "SPI" | "Serial" | "TCP" | "Digital" | "Analog" | "PulseCount" | "LightEmitter";
  /** Name of the bus in the site manifest: devices with the same name share one lane. Empty where `io` is `none`. */
  readonly bus: string;
  /** An analog bus adds `fullScaleMv`, which ECMA-419 does not have and an IO class ignores. */
  readonly options: PlanMap;
};

export type DevicePlan = {
  readonly id: string;
  /** Name of the driver's folder. */
  readonly driver: string;
  readonly connection: ConnectionPlan;
  /** Sampling or polling period. */
  readonly everyMs: number;
  readonly channels: readonly ChannelPlan[];
  /** Only for a panel. */
  readonly points?: PointsPlan;
  /** What the driver's own `schema.ts` compiled from the device's page. */
  readonly settings: PlanMap;
  readonly trace: TracePlan;
};
