/** What a gateway is made of, what it tells and what it counts. */
import type { DriverRegistry } from "../drivers/contract";
import type { AlarmClass } from "../drivers/plan";
import type { Clock } from "../hal/clock";
import type { Crypto } from "../hal/crypto";
import type { IOProvider } from "../hal/io";
import type { Keep } from "../hal/keep";
import type { Log } from "../hal/log";
import type { Random } from "../hal/random";
import type { Secrets } from "../hal/secrets";
import type { AlarmWord } from "./alarms/machine";
import type { DeviceSlot } from "./device-slot";
import type { Features } from "./features/feature";
import type { Channel } from "./sampling/channel";

/** An alarm or what became of it, as it leaves the gateway. */
export type AlarmReport = {
  /** By which it is acknowledged. */
  readonly name: string;
  /** `alarms` for one that needs several witnesses, whose name then stands for the channel. */
  readonly device: string;
  readonly channel: string;
  readonly class: AlarmClass;
  readonly state: AlarmWord;
  readonly seq: number;
  /** Start of the sampling that first showed it, monotonic. */
  readonly detectedUs: number;
  readonly raisedUs: number;
};

/** For a simulator or a dashboard: told what happens, never asked. */
export interface GatewayObserver {
  reading?(slot: DeviceSlot, channel: Channel, ticksUs: number): void;
  alarm?(report: AlarmReport): void;
  /** @param boot the start that the message is from: with a store in flash perhaps an earlier one */
  acknowledged?(seq: number, nowUs: number, boot: number): void;
  /** All points of a panel, a set of conditions each; only within the call. */
  snapshot?(slot: DeviceSlot, conditions: Uint8Array): void;
}

export type GatewayOptions = {
  /** Deterministic CBOR, as `argand` compiled it. */
  readonly plan: Uint8Array;
  readonly drivers: DriverRegistry;
  /** Those that the plan wants, or more. */
  readonly features: Features;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly crypto: Crypto;
  readonly io: IOProvider;
  /** Counts the boots of this gateway; with `seq` it orders everything it ever sent. */
  readonly boot: number;
  /** Where the root handle outlives a boot; without it a change of parts is seen by whoever compares batches. */
  readonly keep?: Keep;
  /** What the site names and does not hold. */
  readonly secrets?: Secrets;
  /** SHA-256 over the sources that were linked; part of the trace where it is known. */
  readonly sources?: Uint8Array;
  readonly observer?: GatewayObserver;
};

export type GatewayCounters = {
  readonly samples: number;
  readonly batches: number;
  readonly published: number;
  readonly acknowledged: number;
  /** Messages that a full store had to let go, and events that a monitoring centre never took. */
  readonly dropped: number;
  /** Samples that a channel's full queue let go. */
  readonly droppedSamples: number;
  /** Samples that made no record: a filter held them back, or they repeated a bad quality. */
  readonly heldSamples: number;
  readonly missedTicks: number;
  readonly latestUs: number;
};
