/**
 * One block of memory for the records of all channels and for the pack that is made of them. One block, because
 * `copyWithin` is the only copy of JavaScript that makes no object: `set` of a part needs a view of it.
 */
import { Linked } from "../../drivers/linked";
import type { AlarmChange } from "../alarms/machine";
import type { Rule } from "../alarms/rule";
import { CborWriter } from "../uplink/cbor/writer";
import type { Channel } from "./channel";
import { RecordFields } from "./record-bytes";

/** Hears of what cannot wait for the batch, inside the tick. */
export interface LoopListener {
  /** A queue has room for one more record only. */
  queueFull(): void;
  /** A rule of a channel changed. */
  ruleChanged(channel: Channel, rule: Rule, change: AlarmChange, ticksUs: number): void;
}

const NOBODY: LoopListener = { queueFull: () => {}, ruleChanged: () => {} };

export class SampleMemory {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Shared by all who write here; each sets its own window first. */
  readonly writer: CborWriter;
  /** What a full queue takes a record apart with; it is done with it at once. */
  readonly fields = new RecordFields();
  /** Of all channels whose queues lie here: a property of each of them would be 16 bytes. */
  readonly listener: LoopListener;
  #used = 0;

  constructor(sizeBytes: number, listener: LoopListener = NOBODY) {
    this.listener = listener;
    this.bytes = new Uint8Array(sizeBytes);
    this.view = new DataView(this.bytes.buffer);
    this.writer = new CborWriter(this.bytes);
  }

  /** Gives away the next `sizeBytes`; returns where they begin. */
  take(sizeBytes: number): number {
    const start = this.#used;
    if (Linked.checks && start + sizeBytes > this.bytes.length)
      throw new RangeError("sample memory: too small for its users");
    this.#used = start + sizeBytes;
    return start;
  }
}
