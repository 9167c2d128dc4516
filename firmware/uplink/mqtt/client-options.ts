/** What a client is made with, and what it counts. */
import type { Clock } from "../../../hal/clock";
import type { TCPConstructor } from "../../../hal/io";
import type { Log } from "../../../hal/log";
import type { Random } from "../../../hal/random";
import type { Credential } from "../../../hal/secrets";
import type { Outbox } from "../outbox/outbox";
import type { Endpoint } from "./endpoints";
import type { Inbound, Protocol } from "./protocol";

/** Publishes on their way at once. */
export const DEFAULT_WINDOW = 16;

export type MqttClientOptions = {
  /** TCP, or TLS with `socketOptions`. */
  readonly TCP: TCPConstructor;
  readonly socketOptions?: { readonly secure: object };
  readonly host: string;
  readonly port: number;
  /** Other brokers of the same data, tried in turn when the first does not answer. */
  readonly alternates?: readonly Endpoint[];
  /** The version to speak, and those to fall back to when a broker does not know it. */
  readonly versions: readonly Protocol[];
  readonly client: string;
  readonly credentials?: Credential;
  readonly keepAliveMs: number;
  /** How long the broker shall keep the session of a gateway that is away. */
  readonly sessionExpiryS: number;
  /** Names and values that the broker may log (version 5). */
  readonly properties?: readonly (readonly [string, string])[];
  /** `topic` is a position in `topics`; `delayS` spares a short loss the alarm (version 5). */
  readonly will?: { readonly topic: number; readonly payload: Uint8Array; readonly delayS: number };
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly outbox: Outbox;
  /** What all topics begin with, in UTF-8. */
  readonly topicPrefix?: Uint8Array;
  /** The rest of each; the outbox names them by position, of which there are at most 31. */
  readonly topics: readonly Uint8Array[];
  /** The topic whose name changes, which so gets no alias. */
  readonly changingTopic?: number;
  /** Messages of this lane are published with the retain flag. */
  readonly retainedLane: number;
  /** Seconds after which a broker need not deliver telemetry any more (version 5); alarms never expire. */
  readonly expiryS?: number;
  /** Publishes on their way at once, at most. */
  readonly window?: number;
  readonly commands?: CommandOptions;
  readonly owner: MqttOwner;
};

/** Whose client it is. */
export interface MqttOwner {
  /** The connection stands. `resumed` is false when the broker knows nothing of this client. */
  onOnline(resumed: boolean): void;
  onAcknowledged(lane: number, boot: number, seq: number, nowUs: number): void;
}

export type CommandOptions = {
  /** At most a few: a broker routes by them. */
  readonly filters: readonly string[];
  /** Longest packet that is taken. */
  readonly largestBytes: number;
  /**
   * A message came. `body` holds what `inbound` points to during the call only.
   * @returns whether it is stored, or not wanted; otherwise `stored` is called later. The broker sends it again until then.
   */
  readonly onMessage: (inbound: Inbound, body: Uint8Array) => boolean;
};

export type MqttCounters = {
  connects: number;
  failedAttempts: number;
  sent: number;
  acknowledged: number;
  retransmitted: number;
  /** Connections that the broker answered with a refusal. */
  refused: number;
  /** Messages that the broker did not take for now, and got again. */
  postponed: number;
  /** Messages that it will never take: they became gaps. */
  rejected: number;
  /** Another client connected under this identifier. */
  takeovers: number;
  redirects: number;
  /** Commands that came in. */
  received: number;
  refusedSubscriptions: number;
};

export function makeCounters(): MqttCounters {
  return {
    connects: 0,
    failedAttempts: 0,
    sent: 0,
    acknowledged: 0,
    retransmitted: 0,
    refused: 0,
    postponed: 0,
    rejected: 0,
    takeovers: 0,
    redirects: 0,
    received: 0,
    refusedSubscriptions: 0,
  };
}
