/**
 * A lane in memory: a byte ring of a fixed size with a fixed number of entries. A restart loses it. When a message does not
 * fit, the oldest make room and are counted, so that what is newest survives an outage.
 */
import { type Gap, GapTally, type Lane, type LaneId } from "./lane";

/** Where a lane's payload bytes lie, if not in memory of its own. */
export type LanePlace = { readonly bytes: Uint8Array; readonly start: number };

export type MemoryLaneOptions = {
  readonly lane: LaneId;
  readonly boot: number;
  /** Payload bytes. */
  readonly capacityBytes: number;
  /** Messages that the lane can hold. */
  readonly entries: number;
  /** Memory of somebody else that has these bytes to give: what is pushed from there is copied in one go. */
  readonly place?: LanePlace;
};

const QUEUED = 0;
const ACKNOWLEDGED = 1;

/** Words of an entry. */
const OFFSET = 0;
const LENGTH = 1;
const TOPIC = 2;
const RECORDS = 3;
const STATE = 4;
const ENTRY_WORDS = 5;

export class MemoryLane implements Lane {
  readonly #bytes: Uint8Array;
  /** The part of `#bytes` that is the lane's. */
  readonly #start: number;
  readonly #capacity: number;
  readonly #entries: number;
  /** `ENTRY_WORDS` of each entry: an array for each would take seven slots and more. */
  readonly #words: Int32Array;
  readonly #seqs: Float64Array;
  readonly #boot: number;
  readonly #gap: GapTally;
  /** Absolute numbers of messages: the oldest kept, the next to send, the next to be added. */
  #first = 0;
  #cursor = 0;
  #next = 0;
  #refused = 0;
  #highWaterBytes = 0;
  #usedBytes = 0;

  constructor({ lane, boot, capacityBytes, entries, place }: MemoryLaneOptions) {
    this.#bytes = place?.bytes ?? new Uint8Array(capacityBytes);
    this.#start = place?.start ?? 0;
    this.#capacity = capacityBytes;
    this.#entries = entries;
    this.#boot = boot;
    this.#gap = new GapTally(lane);
    this.#words = new Int32Array(ENTRY_WORDS * entries);
    this.#seqs = new Float64Array(entries);
  }

  get length(): number {
    return this.#next - this.#first;
  }

  get droppedMessages(): number {
    return this.#gap.messages;
  }

  get droppedRecords(): number {
    return this.#gap.records;
  }

  /** Messages larger than the whole lane. Counted among the dropped as well. */
  get refused(): number {
    return this.#refused;
  }

  get highWaterBytes(): number {
    return this.#highWaterBytes;
  }

  /** Bytes of the messages that are held. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  get capacityBytes(): number {
    return this.#capacity;
  }

  hasRoom(messages: number, bytes: number): boolean {
    // One more, for what may be left at the end of the ring.
    return this.#entries - this.length >= messages && this.#capacity - this.#usedBytes >= (messages + 1) * bytes;
  }

  /** Copies a message in. Returns false when it is larger than the lane. */
  push(topic: number, seq: number, source: Uint8Array, offset: number, length: number, records: number): boolean {
    if (length > this.#capacity) {
      this.#refused++;
      this.#gap.one("failed", this.#boot, seq, records);
      return false;
    }
    let start = this.place(length);
    while (start < 0) {
      this.dropOldest();
      start = this.place(length);
    }
    const bytes = this.#bytes;
    const at = this.#start + start;
    if (source === bytes) bytes.copyWithin(at, offset, offset + length);
    else for (let i = 0; i < length; i++) bytes[at + i] = source[offset + i];
    const slot = this.#next % this.#entries;
    const entry = ENTRY_WORDS * slot;
    this.#words[entry + OFFSET] = start;
    this.#words[entry + LENGTH] = length;
    this.#words[entry + TOPIC] = topic;
    this.#words[entry + RECORDS] = records;
    this.#words[entry + STATE] = QUEUED;
    this.#seqs[slot] = seq;
    this.#next++;
    this.#usedBytes += length;
    if (this.#usedBytes > this.#highWaterBytes) this.#highWaterBytes = this.#usedBytes;
    return true;
  }

  takeGap(): Gap | undefined {
    return this.#gap.take();
  }

  peek(): number {
    return this.#cursor < this.#next ? this.#cursor : -1;
  }

  sent(): void {
    this.#cursor++;
  }

  holds(number: number): boolean {
    return number >= this.#first && number < this.#next;
  }

  lengthOf(number: number): number {
    return this.word(number, LENGTH);
  }

  copy(number: number, from: number, count: number, into: Uint8Array, at: number): void {
    const bytes = this.#bytes;
    const start = this.#start + this.word(number, OFFSET) + from;
    // Byte by byte: `set` of a part would make a view of it.
    for (let i = 0; i < count; i++) into[at + i] = bytes[start + i];
  }

  topic(number: number): number {
    return this.word(number, TOPIC);
  }

  boot(_number: number): number {
    return this.#boot;
  }

  seq(number: number): number {
    return this.#seqs[number % this.#entries];
  }

  acknowledge(number: number): void {
    if (!this.holds(number)) return;
    this.#words[ENTRY_WORDS * (number % this.#entries) + STATE] = ACKNOWLEDGED;
    this.forgetAcknowledged();
  }

  reject(number: number): void {
    if (!this.holds(number)) return;
    this.#gap.one("failed", this.#boot, this.seq(number), this.word(number, RECORDS));
    this.acknowledge(number);
  }

  rewind(): void {
    this.#cursor = this.#first;
  }

  skipAcknowledged(): void {
    while (this.#cursor < this.#next && this.word(this.#cursor, STATE) === ACKNOWLEDGED) this.#cursor++;
  }

  private forgetAcknowledged(): void {
    while (this.#first < this.#next && this.word(this.#first, STATE) === ACKNOWLEDGED) this.forgetFirst();
  }

  private forgetFirst(): void {
    this.#usedBytes -= this.word(this.#first, LENGTH);
    this.#first++;
    if (this.#cursor < this.#first) this.#cursor = this.#first;
  }

  private dropOldest(): void {
    this.#gap.one("overflow", this.#boot, this.seq(this.#first), this.word(this.#first, RECORDS));
    this.forgetFirst();
    // Those behind it may have been acknowledged before it: their room is free as well.
    this.forgetAcknowledged();
  }

  /** A contiguous place for `length` bytes, or -1 when the oldest message has to go first. */
  private place(length: number): number {
    const held = this.#next - this.#first;
    if (held === 0) return 0;
    if (held === this.#entries) return -1;
    const oldest = this.word(this.#first, OFFSET);
    const end = this.word(this.#next - 1, OFFSET) + this.word(this.#next - 1, LENGTH);
    if (end > oldest || (end === oldest && this.#usedBytes === 0)) {
      if (end + length <= this.#capacity) return end;
      return length <= oldest ? 0 : -1;
    }
    return end + length <= oldest ? end : -1;
  }

  private word(number: number, word: number): number {
    return this.#words[ENTRY_WORDS * (number % this.#entries) + word];
  }
}
