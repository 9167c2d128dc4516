/** How large the queue of each channel is, and how much memory all of them and a batch take. */
import { PACK_HEAD_BYTES } from "./batcher";
import type { Features } from "./features/feature";
import type { Plan } from "./plan";
import { type QueueOptions, queueBytes } from "./sampling/record-queue";
import { encodeGroupIdentity } from "./uplink/senml/group-identity";

export type QueuePlan = {
  /** By channel, in the order of the plan. */
  readonly queues: readonly Omit<QueueOptions, "memory" | "onFull">[];
  readonly totalBytes: number;
  readonly batchBytes: number;
};

/** Records beyond those of one batch interval: a batch that leaves late costs none. */
const SPARE_RECORDS = 2;
const LEAST_RECORDS = 4;
/** A pack of many channels is cut here, so that a large site does not pay for its batches twice. */
const LARGE_PACK_BYTES = 4096;

/** @param features what the plan wants of them decides how a batch is written, and so how long it can be */
export function planQueues(plan: Plan, features: Features): QueuePlan {
  const { batch } = plan.uplink;
  const base = `${plan.gateway.site}/${plan.gateway.id}`;
  const queues = plan.devices.flatMap((device) => {
    const perBatch = Math.ceil(batch.everyMs / device.everyMs) + SPARE_RECORDS;
    const capacity = Math.max(LEAST_RECORDS, Math.min(perBatch, batch.max));
    return device.channels.map((channel) => ({
      identity: encodeGroupIdentity(`${base}/${device.id}/${channel.name}`, channel.unit, channel.synthetic),
      periodUs: device.everyMs * 1000,
      capacity,
      overload: channel.overload ?? ("drop-oldest" as const),
    }));
  });
  const sizes = queues.map(({ identity, capacity }) => queueBytes(identity, capacity));
  const totalBytes = sum(sizes);
  const { encoding } = batch;
  const { columnsBytes } = features.columns ?? {};
  const records = queues.map(({ capacity }) => capacity);
  const batchBytes =
    encoding === "columns" && columnsBytes !== undefined
      ? Math.max(
          columnsBytes(1, Math.max(...records)),
          Math.min(columnsBytes(records.length, sum(records)), LARGE_PACK_BYTES),
        )
      : PACK_HEAD_BYTES + Math.max(...sizes, Math.min(totalBytes, LARGE_PACK_BYTES));
  return { queues, totalBytes, batchBytes };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
