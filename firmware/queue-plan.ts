/** How large the queue of each channel is, and how much memory all of them and a batch take. */
import type { ChannelPlan, DevicePlan, FilterPlan } from "../drivers/plan";
import { PACK_HEAD_BYTES, SNAPSHOT_BYTES } from "./batcher";
import type { Features } from "./features/feature";
import type { PlanHead } from "./plan-book";
import { conditioningOf } from "./sampling/conditioned-channel";
import { PLAIN_BYTES } from "./sampling/hot-fields";
import { LONG_BYTES, MINUTES_BYTES, type QueueOptions, queueBytes } from "./sampling/record-queue";
import { encodeGroupIdentity } from "./uplink/senml/group-identity";

/** Records beyond those of one batch interval: a batch that leaves late costs none. One more where samples go by pairs. */
const SPARE_RECORDS = 2;
const LEAST_RECORDS = 4;
/** A channel behind a deadband or a throttle has few records: its queue is so much smaller, and leaves early when it is full. */
const GATE_SHARE = 4;
/** A pack of many channels is cut here, so that a large site does not pay for its batches twice. */
const LARGE_PACK_BYTES = 4096;
/** With what signing adds and the record's own overhead the longest pack lies in one flash sector of 4096 bytes. */
const FLASH_PACK_BYTES = 3500;
/**
 * Where a store in flash keeps what waits, packs are cut here: a pack takes its memory twice, as it is made and as the packet in
 * which it leaves, and half a sector is as good a record as a whole one.
 */
const FLASH_CUT_BYTES = 1800;

export class QueuePlanner {
  readonly #base: string;
  readonly #batch: PlanHead["uplink"]["batch"];
  /** Where batches are columns. */
  readonly #columnsBytes: ((channels: number, records: number) => number) | undefined;
  readonly #largePackBytes: number;
  #totalBytes = 0;
  #largestBytes = 0;
  #channels = 0;
  #records = 0;
  #mostRecords = 0;

  /** @param features what the plan wants of them decides how a batch is written, and so how long it can be */
  constructor({ gateway, uplink }: Pick<PlanHead, "gateway" | "uplink">, features: Features) {
    this.#base = `${gateway.site}/${gateway.id}`;
    this.#batch = uplink.batch;
    this.#largePackBytes = uplink.store.flash === undefined ? LARGE_PACK_BYTES : FLASH_CUT_BYTES;
    this.#columnsBytes = uplink.batch.encoding === "columns" ? features.columns?.columnsBytes : undefined;
  }

  /** Sizes of all queues of the devices that were `counted`, and of a batch. */
  get totalBytes(): number {
    return this.#totalBytes;
  }

  /** Whether no batch is longer than what a record in flash can hold. */
  get fitsFlash(): boolean {
    return this.batchBytes <= FLASH_PACK_BYTES + PACK_HEAD_BYTES;
  }

  get batchBytes(): number {
    const columnsBytes = this.#columnsBytes;
    if (columnsBytes === undefined)
      return (
        PACK_HEAD_BYTES + Math.max(SNAPSHOT_BYTES, this.#largestBytes, Math.min(this.#totalBytes, this.#largePackBytes))
      );
    const all = columnsBytes(this.#channels, this.#records);
    return Math.max(SNAPSHOT_BYTES, columnsBytes(1, this.#mostRecords), Math.min(all, this.#largePackBytes));
  }

  count(device: DevicePlan): void {
    for (const channel of device.channels) {
      const { identity, capacity, recordBytes } = this.queue(device, channel);
      const size = queueBytes(identity, capacity, recordBytes);
      this.#totalBytes += size;
      if (size > this.#largestBytes) this.#largestBytes = size;
      this.#channels++;
      this.#records += capacity;
      if (capacity > this.#mostRecords) this.#mostRecords = capacity;
    }
  }

  queue(device: DevicePlan, channel: ChannelPlan): Omit<QueueOptions, "memory"> {
    const batch = this.#batch;
    const spare = conditioningOf(channel.filters) === undefined ? SPARE_RECORDS : SPARE_RECORDS + 1;
    const perBatch = Math.ceil(batch.everyMs / device.everyMs) + spare;
    const capacity = channel.filters.some(isGate) ? Math.ceil(perBatch / GATE_SHARE) : perBatch;
    return {
      identity: encodeGroupIdentity(`${this.#base}/${device.id}/${channel.name}`, channel.unit, channel.synthetic),
      periodUs: device.everyMs * 1000,
      capacity: Math.max(LEAST_RECORDS, Math.min(capacity, batch.max)),
      recordBytes: recordBytes(device.everyMs, perBatch * device.everyMs),
      overload: channel.overload ?? "drop-oldest",
    };
  }
}

function isGate({ kind }: FilterPlan): boolean {
  return kind === "deadband" || kind === "throttle" || kind === "debounce";
}

/** Room for a record that comes on its period; others take more, and the queue leaves the sooner. */
function recordBytes(everyMs: number, longestMs: number): number {
  if (everyMs % 1000 !== 0) return LONG_BYTES;
  if (longestMs < 24_000) return PLAIN_BYTES;
  return longestMs < 256_000 ? MINUTES_BYTES : LONG_BYTES;
}
