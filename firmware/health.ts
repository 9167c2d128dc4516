/** How the sampling loop does, for those who publish it. Reading allocates nothing. */
import type { LoopHealth } from "../drivers/contract";
import type { DeviceSlot } from "./device-slot";
import type { Scheduler } from "./sampling/scheduler";
import type { Uplink } from "./uplink/uplink";

export class Health implements LoopHealth {
  readonly #scheduler: Scheduler;
  readonly #slots: readonly DeviceSlot[];
  readonly #uplink: Uplink;

  constructor(scheduler: Scheduler, slots: readonly DeviceSlot[], uplink: Uplink) {
    this.#scheduler = scheduler;
    this.#slots = slots;
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
    const slots = this.#slots;
    for (let i = 0; i < slots.length; i++) {
      const { channels } = slots[i];
      for (let k = 0; k < channels.length; k++) dropped += channels[k].dropped;
    }
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
