/** What is wrong with a site's store: sizes that do not fit where they shall lie. */
import type { Plan } from "../firmware/plan";
import { QueuePlanner } from "../firmware/queue-plan";
import { LEAST_SECTORS, partitionBytes } from "../firmware/uplink/outbox/flash-store";
import { DEFAULT_FLASH_STORE } from "./compile";
import type { Diagnostic } from "./diagnostic";
import type { Site } from "./schema/site";
import type { Source } from "./source";
import { parseSize } from "./units";

const SECTOR_BYTES = 4096;
const LEAST_BYTES = LEAST_SECTORS * SECTOR_BYTES;
/** A board with 4 MB of flash has that much beside an application of 2 MB (`argand build`). */
const MOST_BYTES = 1920 * 1024;
/** What ESP-IDF takes for a label; the others are partitions of its own. */
const LABEL_BYTES = 16;
const TAKEN = ["nvs", "phy_init", "factory", "xs", "storage"];

export function checkStore(source: Source, store: NonNullable<Site["uplink"]>["store"]): Diagnostic[] {
  if (store === undefined) return [];
  const problems: Diagnostic[] = [];
  const report = (key: string, message: string, expected: string) =>
    problems.push(source.problem(["uplink", "store", key], message, { expected }));
  const sizes = { alarms: sizeOf(store.alarms), telemetry: sizeOf(store.telemetry) };
  if (store.flash === undefined) return [];
  if (store.flash.length >= LABEL_BYTES || TAKEN.includes(store.flash))
    report(
      "flash",
      `"${store.flash}" cannot be the name of a partition for messages`,
      "up to 15 letters, such as outbox",
    );
  for (const key of ["alarms", "telemetry"] as const)
    if ((sizes[key] ?? LEAST_BYTES) < LEAST_BYTES)
      report(key, `${store[key]} of flash hold no log`, `${LEAST_BYTES / 1024} KiB or more: three sectors of 4 KiB`);
  const alarms = sizes.alarms ?? DEFAULT_FLASH_STORE.alarmBytes;
  const telemetry = sizes.telemetry ?? DEFAULT_FLASH_STORE.telemetryBytes;
  const bytes = partitionBytes(alarms, telemetry, SECTOR_BYTES);
  if (problems.length === 0 && bytes > MOST_BYTES)
    report(
      telemetry >= alarms ? "telemetry" : "alarms",
      `the store would take ${Math.ceil(bytes / 1024)} KiB of flash`,
      `${MOST_BYTES / 1024} KiB at most for alarms, telemetry and 32 KiB of its own`,
    );
  return problems;
}

/** A batch of one channel is not divided, so it must fit into a record. */
export function checkFlashBatches(source: Source, plan: Plan): Diagnostic[] {
  if (plan.uplink.store.flash === undefined) return [];
  const planner = new QueuePlanner(plan, {});
  for (const device of plan.devices) planner.count(device);
  if (planner.fitsFlash) return [];
  const message = `a batch of ${plan.uplink.batch.max} records of one channel is longer than a record in flash can be`;
  return [source.problem(["uplink", "store", "flash"], message, { expected: "a smaller batch: max, or memory" })];
}

function sizeOf(text: string | undefined): number | undefined {
  const parsed = parseSize(text);
  return parsed.ok ? parsed.value : undefined;
}
