/** How the sampling loop does, for those who publish it. Reading allocates nothing. */
import type { LoopHealth } from "../drivers/contract";
import type { Channel } from "./sampling/channel";
import type { Scheduler } from "./sampling/scheduler";
import type { Uplink } from "./uplink/uplink";

export class Health implements LoopHealth {
  readonly #scheduler: Scheduler;
  readonly #channels: readonly Channel[];
  readonly #uplink: Uplink;

  constructor(scheduler: Scheduler, channels: readonly Channel[], uplink: Uplink) {
    this.#scheduler = scheduler;
    this.#channels = channels;
    this.#uplink = uplink;
  }

  get latestUs(): number {
    return this.#scheduler.lateness.latestUs;
  }

  laterThan(boundUs: number): number {
    return this.#scheduler.lateness.laterThan(boundUs);
  }

  get missedTicks(): number {
    return this.#scheduler.missed;
  }

  // hot path
  get droppedSamples(): number {
    let dropped = 0;
    const channels = this.#channels;
    for (let i = 0; i < channels.length; i++) dropped += channels[i].dropped;
    return dropped;
  }

  get droppedMessages(): number {
    return this.#uplink.droppedMessages;
  }

  get waitingMessages(): number {
    return this.#uplink.undelivered;
  }

  get storeWear(): number {
    return this.#uplink.store?.wear() ?? 0;
  }

  get storeErases(): number {
    return this.#uplink.store?.erases ?? 0;
  }

  get storeTorn(): number {
    return this.#uplink.store?.torn ?? 0;
  }
}
