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
  /** Other brokers of the same data, tried in turn. */
  readonly alternates?: readonly { readonly host: string; readonly port: number }[];
  /** MQTT 5, and 3.1.1 where a broker does not know it; absent: 3.1.1 alone. */
  readonly version?: 5;
  /** Seconds after which a broker need not deliver telemetry any more; needs version 5. */
  readonly expiryS?: number;
  readonly client: string;
  /** Name of the user and password that the platform shows the broker; absent: none. */
  readonly credential?: string;
  readonly keepAliveMs: number;
  readonly batch: {
    readonly everyMs: number;
    readonly max: number;
    /** Absent: SenML. */
    readonly encoding?: "columns" | "short";
  };
  /** Every message is signed with the device's key; absent: none is. */
  readonly sign?: "es256";
  /** Where messages wait that the broker has not acknowledged yet. */
  readonly store: {
    /** Bytes of memory, or of flash. */
    readonly alarmBytes: number;
    readonly telemetryBytes: number;
    /** Name of the flash partition; absent: memory, which a restart loses. */
    readonly flash?: string;
  };
  /** Kinds of commands that the gateway takes from the broker; absent: none. */
  readonly commands?: { readonly allow: readonly string[] };
  /** A monitoring centre that alarms go to beside the broker. */
  readonly gb26875?: Gb26875Plan;
};

/** The link to a monitoring centre after GB/T 26875.3-2011; `manifests/centre.ts` compiles it. */
export type Gb26875Plan = {
  readonly host: string;
  readonly port: number;
  /** Addresses of the gateway and of the centre, 6 bytes in the order of the wire. */
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly userVersion: number;
  /** Labels are local time: minutes east of UTC. */
  readonly zoneMinutes: number;
  /** How long the centre may take to answer; a message is repeated three times. */
  readonly timeoutMs: number;
  readonly heartbeat?: {
    readonly everyMs: number;
    readonly as: "empty" | "state" | "time";
    /** A centre that does not confirm it counts as gone. */
    readonly confirmed: boolean;
  };
  /** Events that each of the two lanes, urgent and other, can hold. */
  readonly queue: number;
  /** Most events in one message. */
  readonly objects: number;
  /** Type and address of the system that everything without a point of its own belongs to. */
  readonly system: number;
  readonly systemAddress: number;
  /** Bits of a state by condition, in the order of the bits of `PointCondition`; "unknown" has none. */
  readonly conditionBits: readonly number[];
  /** Bit 0 (normal run) is set beside conditions as well. */
  readonly running: boolean;
  /** Records of `PointField` (firmware/uplink/gb26875/points.ts), ascending by source. */
  readonly points: Uint8Array;
  /** Descriptions in GB18030. */
  readonly systemText: Uint8Array;
  readonly transmitterText: Uint8Array;
  /** Whose alarm answers a duty check; absent: nobody can. */
  readonly duty?: { readonly source: number; readonly operator: number };
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
