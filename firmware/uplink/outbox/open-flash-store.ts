/** A site's store in flash, or the reason why its messages must wait in memory. */
import type { Clock } from "../../../hal/clock";
import type { FlashStorage } from "../../../hal/flash";
import type { Log } from "../../../hal/log";
import type { UplinkPlan } from "../../plan";
import { FlashStore } from "./flash-store";

export type OpenFlashStoreOptions = {
  readonly plan: UplinkPlan["store"];
  readonly flash: FlashStorage | undefined;
  readonly boot: number;
  readonly clock: Clock;
  readonly log: Log;
};

/** @returns `undefined` where there is no such partition: a gateway that loses messages at a restart is better than none */
export function openFlashStore({ plan, flash, boot, clock, log }: OpenFlashStoreOptions): FlashStore | undefined {
  const { flash: path = "", alarmBytes, telemetryBytes } = plan;
  try {
    if (flash === undefined) throw new Error("this platform has no flash partitions");
    const partition = flash.open({ path });
    try {
      return new FlashStore({ partition, alarmBytes, telemetryBytes, boot, clock });
    } catch (error) {
      partition.close();
      throw error;
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log.warn(`store "${path}": ${reason}; messages wait in memory, and a restart loses them`);
    return undefined;
  }
}
