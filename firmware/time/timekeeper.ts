/** Joins clock and client: what the feature `sntp` gives a gateway. */
import type { Clock } from "../../hal/clock";
import type { IOProvider } from "../../hal/io";
import type { Log } from "../../hal/log";
import type { Random } from "../../hal/random";
import type { TimePlan } from "../plan";
import { SntpClient } from "./sntp-client";
import { SyncedClock } from "./synced-clock";

export type TimekeeperOptions = {
  readonly plan: TimePlan;
  /** Of the device; its wall time serves until a server has answered. */
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly io: IOProvider;
  /** The wall clock was set (`NaN`) or stepped by so many milliseconds. */
  readonly onStep: (offsetMs: number) => void;
};

export type Timekeeper = {
  readonly clock: SyncedClock;
  readonly client: SntpClient;
};

/** @throws Error when the platform has no UDP */
export function timekeeper(options: TimekeeperOptions): Timekeeper {
  const { UDP } = options.io;
  if (UDP === undefined) throw new Error("the site names time servers, and this platform has no UDP");
  const clock = new SyncedClock(options.clock, options.onStep);
  const client = new SntpClient({
    UDP,
    servers: options.plan.servers,
    clock,
    random: options.random,
    log: options.log,
    onSample: (sample) => clock.synchronise(sample),
  });
  return { clock, client };
}
