/**
 * Messages that the broker has not acknowledged yet: one bounded lane each for alarms, documents and telemetry. An alarm
 * never makes room for telemetry. Alarms and telemetry lie in flash where the site has it, and in memory otherwise;
 * documents are always made anew.
 */
import { DocumentLane } from "./document-lane";
import type { FlashStore, GapMessage } from "./flash-store";
import { type Gap, type Lane, LaneId } from "./lane";
import { type LanePlace, MemoryLane } from "./memory-lane";

export type OutboxOptions = {
  readonly boot: number;
  readonly alarmBytes: number;
  readonly telemetryBytes: number;
  readonly telemetryPlace?: LanePlace;
  /** Instead of memory for alarms and telemetry. */
  readonly store?: FlashStore;
};

/** Shortest messages worth planning for: they bound how many entries a lane of a given size needs. */
const ALARM_BYTES = 128;
const BATCH_BYTES = 256;
const LEAST_ENTRIES = 16;

/** Gaps that are told at once: two lanes, and two kinds of reasons. */
const MOST_GAPS = 4;

/** Makes an event of what was let go. */
export interface GapEncoder {
  encodeGap(gap: Gap): GapMessage;
}

export class Outbox {
  readonly lanes: readonly Lane[];
  readonly store: FlashStore | undefined;

  constructor({ boot, alarmBytes, telemetryBytes, telemetryPlace: place, store }: OutboxOptions) {
    this.store = store;
    const lane = (id: LaneId, capacityBytes: number, entries: number) => ({ lane: id, boot, capacityBytes, entries });
    const documents = new DocumentLane(boot);
    if (store !== undefined) {
      this.lanes = [store.alarm, documents, store.telemetry];
      return;
    }
    const telemetry = lane(LaneId.telemetry, telemetryBytes, entriesFor(telemetryBytes, BATCH_BYTES));
    this.lanes = [
      new MemoryLane(lane(LaneId.alarm, alarmBytes, entriesFor(alarmBytes, ALARM_BYTES))),
      documents,
      new MemoryLane(place === undefined ? telemetry : { ...telemetry, place }),
    ];
  }

  lane(id: LaneId): Lane {
    return this.lanes[id];
  }

  push(
    lane: LaneId,
    topic: number,
    seq: number,
    source: Uint8Array,
    offset: number,
    length: number,
    records: number,
  ): boolean {
    const store = this.store;
    if (store !== undefined && lane !== LaneId.document)
      store.prepare(lane === LaneId.alarm ? store.alarm : store.telemetry, length);
    return this.lanes[lane].push(topic, seq, source, offset, length, records);
  }

  /** The lane of the next message to send: alarms before documents before telemetry. -1 when nothing waits. */
  nextLane(): number {
    for (let id = 0; id < this.lanes.length; id++) {
      this.lanes[id].skipAcknowledged();
      if (this.lanes[id].peek() >= 0) return id;
    }
    return -1;
  }

  start(): void {
    this.store?.start();
  }

  close(): void {
    this.store?.close();
  }

  /**
   * Puts what was let go into the alarm lane, as messages that `encoder` makes: somebody listens.
   * @param largestBytes of such a message
   */
  tellGaps(largestBytes: number, encoder: GapEncoder): void {
    const store = this.store;
    const alarms = this.lanes[LaneId.alarm];
    for (let told = 0; told < MOST_GAPS; told++) {
      const gap = store === undefined ? this.takeGap() : store.gap(largestBytes);
      if (gap === undefined) return;
      const message = encoder.encodeGap(gap);
      if (store !== undefined) store.tell(gap, message);
      else alarms.push(message.topic, message.seq, message.bytes, message.offset, message.length, 1);
    }
  }

  /** The gap of the most urgent lane that has one, where lanes are in memory. */
  takeGap(): Gap | undefined {
    return this.lanes[LaneId.alarm].takeGap() ?? this.lanes[LaneId.telemetry].takeGap();
  }

  rewind(): void {
    for (const lane of this.lanes) lane.rewind();
  }

  get length(): number {
    let length = 0;
    for (const lane of this.lanes) length += lane.length;
    return length;
  }

  get droppedMessages(): number {
    let dropped = 0;
    for (const lane of this.lanes) dropped += lane.droppedMessages;
    return dropped;
  }
}

function entriesFor(bytes: number, messageBytes: number): number {
  return Math.max(LEAST_ENTRIES, Math.ceil(bytes / messageBytes));
}
