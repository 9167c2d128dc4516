/**
 * One block of memory for the records of all channels and for the pack that is made of them. One block, because
 * `copyWithin` is the only copy of JavaScript that makes no object: `set` of a part needs a view of it.
 */
import { CborWriter } from "../uplink/cbor/writer";
import { RecordFields } from "./record-bytes";

export class SampleMemory {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Shared by all who write here; each sets its own window first. */
  readonly writer: CborWriter;
  /** What a full queue takes a record apart with; it is done with it at once. */
  readonly fields = new RecordFields();
  /** Told, inside the tick, when a queue has room for one more record only. */
  readonly onFull: () => void;
  #used = 0;

  constructor(sizeBytes: number, onFull: () => void = () => {}) {
    this.onFull = onFull;
    this.bytes = new Uint8Array(sizeBytes);
    this.view = new DataView(this.bytes.buffer);
    this.writer = new CborWriter(this.bytes);
  }

  /** Gives away the next `sizeBytes`; returns where they begin. */
  take(sizeBytes: number): number {
    const start = this.#used;
    if (start + sizeBytes > this.bytes.length) throw new RangeError("sample memory: too small for its users");
    this.#used = start + sizeBytes;
    return start;
  }
}
