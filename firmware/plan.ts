/** A compiled site, as a gateway loads it. Deterministic CBOR of this is what `argand` writes and what is digested. */
import type { DevicePlan, GroupAlarmPlan, PlanMap, TracePlan } from "../drivers/plan";

/** Raised when the shape changes, so that firmware can refuse a plan that it does not understand. */
export const PLAN_VERSION = 1;

/** First level of the record names of alarms that need several witnesses; no device may have it for a name. */
export const GROUPS = "alarms";

/** Last level of the record name of a panel's snapshot; no point may have it for a name. */
export const POINTS = "points";

export type GatewayPlan = {
  /** Client and topic name of the gateway: letters, digits, `-`, `_`. */
  readonly id: string;
  readonly site: string;
  readonly board: string;
  readonly trace: TracePlan;
};

export type UplinkPlan = {
  /** Numeric address or host name of the broker. */
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly client: string;
  readonly keepAliveMs: number;
  readonly batch: {
    readonly everyMs: number;
    readonly max: number;
    /** Absent: SenML. */
    readonly encoding?: "columns";
  };
  /** Every message is signed with the device's key; absent: none is. */
  readonly sign?: "es256";
  /** Bytes of memory for messages that the broker has not acknowledged yet. */
  readonly store: { readonly alarmBytes: number; readonly telemetryBytes: number };
};

/** Where the wall clock comes from. */
export type TimePlan = {
  /** NTP servers; numeric addresses, because UDP resolves no names. */
  readonly servers: readonly { readonly address: string; readonly port: number }[];
};

export type Plan = {
  readonly version: typeof PLAN_VERSION;
  readonly gateway: GatewayPlan;
  readonly devices: readonly DevicePlan[];
  /** Alarms that need more than one witness, by name; absent when there are none. */
  readonly alarms?: readonly GroupAlarmPlan[];
  readonly uplink: UplinkPlan;
  /** Absent: the device's own clock is believed. */
  readonly time?: TimePlan;
  /** Carried and digested; enforced by later work. */
  readonly policy: PlanMap;
};
