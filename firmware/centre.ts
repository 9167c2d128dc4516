/**
 * What the gateway asks of a link to a monitoring centre, beside the broker. The link itself is a feature: it is linked only where the
 * site names it, so the gateway knows no more than this.
 */
import type { AlarmClass } from "../drivers/plan";
import type { Clock } from "../hal/clock";
import type { TCPConstructor } from "../hal/io";
import type { Log } from "../hal/log";
import type { Random } from "../hal/random";
import type { AlarmChange } from "./alarms/machine";
import type { Gb26875Plan } from "./plan";

export type CentreOptions = {
  readonly plan: Gb26875Plan;
  /** Channels of the site; then come the points of its panels, then its alarms of several witnesses. */
  readonly channelCount: number;
  /** Points of each device, in the order of the plan. */
  readonly pointCounts: readonly number[];
  /** Names of the alarms of several witnesses. */
  readonly groups: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly TCP: TCPConstructor;
  /** The channel's value as it stands; NaN where there is none. */
  readonly valueAt: (channel: number) => number;
};

export type CentreCounters = {
  readonly pushed: number;
  readonly confirmed: number;
  /** Let go by a full queue; what stands is told again later. */
  readonly dropped: number;
  /** Denied through all repeats. */
  readonly refused: number;
  readonly connects: number;
  readonly repeated: number;
  /** Duty checks that nobody answered in time. */
  readonly dutiesMissed: number;
};

export interface CentreLink {
  start(): void;
  close(): void;
  /**
   * @param channel position among the channels of the site; `undefined` for an alarm of several witnesses, which goes by its name
   * @param standing an alarm of this class still stands there
   * @param detectedUs monotonic
   */
  alarm(
    channel: number | undefined,
    name: string,
    alarmClass: AlarmClass,
    change: AlarmChange,
    standing: boolean,
    detectedUs: number,
  ): void;
  /** What a point of a panel says now, as a set of `PointCondition`. */
  point(device: number, point: number, conditions: number, ticksUs: number): void;
  /** What all points of a panel say now. */
  points(device: number, conditions: Uint8Array, ticksUs: number): void;
  /** A device stopped answering, or answers again. */
  communication(lost: boolean): void;
  /** Events that the centre has not confirmed. */
  readonly waiting: number;
  counters(): CentreCounters;
}
