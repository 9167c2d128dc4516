/**
 * Messages that the broker has not acknowledged yet: one bounded lane each for alarms, documents and telemetry.
 *
 * Every lane is a byte ring of a fixed size with a fixed number of entries. Policy when a message does not fit: the oldest
 * messages make room and are counted, so that what is newest survives an outage. An alarm never makes room for telemetry.
 * (Durability across power cuts is the flash log's work, later; the interface stays.)
 */

/** Lanes in the order in which they are sent. */
export const LaneId = { alarm: 0, document: 1, telemetry: 2 } as const;
export type LaneId = (typeof LaneId)[keyof typeof LaneId];

/** Messages that a full lane let go since it was last asked: what a gap record says. */
export type Gap = {
  readonly lane: LaneId;
  /** Lowest and highest sequence number among them. Messages between that were kept, if any, did arrive. */
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly messages: number;
  readonly records: number;
};

/** Where a lane's payload bytes lie, if not in memory of its own. */
export type LanePlace = { readonly bytes: Uint8Array; readonly start: number };

const QUEUED = 0;
const ACKNOWLEDGED = 1;

export class Lane {
  readonly #bytes: Uint8Array;
  /** The part of `#bytes` that is the lane's. */
  readonly #start: number;
  readonly #capacity: number;
  readonly #entries: number;
  readonly #offsets: Int32Array;
  readonly #lengths: Int32Array;
  readonly #topics: Int32Array;
  readonly #seqs: Float64Array;
  readonly #records: Int32Array;
  readonly #states: Uint8Array;
  /** Absolute numbers of messages: the oldest kept, the next to send, the next to be added. */
  #first = 0;
  #cursor = 0;
  #next = 0;
  #droppedMessages = 0;
  #droppedRecords = 0;
  #refused = 0;
  /** Drops since the last `takeGap`. */
  #gapMessages = 0;
  #gapRecords = 0;
  #gapFirstSeq = 0;
  #gapLastSeq = 0;
  #highWaterBytes = 0;
  #usedBytes = 0;

  /**
   * @param capacityBytes payload bytes
   * @param entries messages that the lane can hold
   * @param place memory of somebody else that has these bytes to give: what is pushed from there is copied in one go
   */
  constructor(capacityBytes: number, entries: number, place?: LanePlace) {
    this.#bytes = place?.bytes ?? new Uint8Array(capacityBytes);
    this.#start = place?.start ?? 0;
    this.#capacity = capacityBytes;
    this.#entries = entries;
    this.#offsets = new Int32Array(entries);
    this.#lengths = new Int32Array(entries);
    this.#topics = new Int32Array(entries);
    this.#seqs = new Float64Array(entries);
    this.#records = new Int32Array(entries);
    this.#states = new Uint8Array(entries);
  }

  /** Messages that are not acknowledged. */
  get length(): number {
    return this.#next - this.#first;
  }

  /** Messages that made room for newer ones. One that was on its way at that time may still have arrived. */
  get droppedMessages(): number {
    return this.#droppedMessages;
  }

  /** Records inside the dropped messages. */
  get droppedRecords(): number {
    return this.#droppedRecords;
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

  /** Copies a message in. Returns false when it is larger than the lane. */
  push(topic: number, seq: number, source: Uint8Array, offset: number, length: number, records: number): boolean {
    if (length > this.#capacity) {
      this.#refused++;
      this.#countDrop(seq, records);
      return false;
    }
    let start = this.#place(length);
    while (start < 0) {
      this.#dropOldest();
      start = this.#place(length);
    }
    const bytes = this.#bytes;
    const at = this.#start + start;
    if (source === bytes) bytes.copyWithin(at, offset, offset + length);
    else for (let i = 0; i < length; i++) bytes[at + i] = source[offset + i];
    const slot = this.#next % this.#entries;
    this.#offsets[slot] = start;
    this.#lengths[slot] = length;
    this.#topics[slot] = topic;
    this.#seqs[slot] = seq;
    this.#records[slot] = records;
    this.#states[slot] = QUEUED;
    this.#next++;
    this.#usedBytes += length;
    if (this.#usedBytes > this.#highWaterBytes) this.#highWaterBytes = this.#usedBytes;
    return true;
  }

  /** What was dropped since the last call; `undefined` when nothing was. */
  takeGap(lane: LaneId): Gap | undefined {
    if (this.#gapMessages === 0) return undefined;
    const gap = {
      lane,
      firstSeq: this.#gapFirstSeq,
      lastSeq: this.#gapLastSeq,
      messages: this.#gapMessages,
      records: this.#gapRecords,
    };
    this.#gapMessages = 0;
    this.#gapRecords = 0;
    return gap;
  }

  /** Number of the next message to send, -1 when all have been sent. */
  peek(): number {
    return this.#cursor < this.#next ? this.#cursor : -1;
  }

  /** The message that `peek` named is on its way. */
  sent(): void {
    this.#cursor++;
  }

  /** Whether message `number` is still held: a full lane may have dropped it. */
  holds(number: number): boolean {
    return number >= this.#first && number < this.#next;
  }

  /** Bytes of a message that the lane holds; valid until the next `push`. */
  payload(number: number): Uint8Array {
    const slot = number % this.#entries;
    const start = this.#start + this.#offsets[slot];
    return this.#bytes.subarray(start, start + this.#lengths[slot]);
  }

  topic(number: number): number {
    return this.#topics[number % this.#entries];
  }

  seq(number: number): number {
    return this.#seqs[number % this.#entries];
  }

  /** The broker has it. Frees the oldest messages as far as they are all acknowledged. */
  acknowledge(number: number): void {
    if (!this.holds(number)) return;
    this.#states[number % this.#entries] = ACKNOWLEDGED;
    this.#forgetAcknowledged();
  }

  /** The connection is gone and the broker kept no session: everything unacknowledged is sent again, in order. */
  rewind(): void {
    this.#cursor = this.#first;
  }

  /** Next message to send again after `rewind` that was acknowledged meanwhile is skipped. */
  skipAcknowledged(): void {
    while (this.#cursor < this.#next && this.#states[this.#cursor % this.#entries] === ACKNOWLEDGED) this.#cursor++;
  }

  #forgetAcknowledged(): void {
    while (this.#first < this.#next && this.#states[this.#first % this.#entries] === ACKNOWLEDGED) this.#forgetFirst();
  }

  #forgetFirst(): void {
    this.#usedBytes -= this.#lengths[this.#first % this.#entries];
    this.#first++;
    if (this.#cursor < this.#first) this.#cursor = this.#first;
  }

  #dropOldest(): void {
    const slot = this.#first % this.#entries;
    this.#countDrop(this.#seqs[slot], this.#records[slot]);
    this.#forgetFirst();
    // Those behind it may have been acknowledged before it: their room is free as well.
    this.#forgetAcknowledged();
  }

  #countDrop(seq: number, records: number): void {
    this.#droppedMessages++;
    this.#droppedRecords += records;
    if (this.#gapMessages === 0) this.#gapFirstSeq = this.#gapLastSeq = seq;
    this.#gapFirstSeq = Math.min(this.#gapFirstSeq, seq);
    this.#gapLastSeq = Math.max(this.#gapLastSeq, seq);
    this.#gapMessages++;
    this.#gapRecords += records;
  }

  /** A contiguous place for `length` bytes, or -1 when the oldest message has to go first. */
  #place(length: number): number {
    const held = this.#next - this.#first;
    if (held === 0) return 0;
    if (held === this.#entries) return -1;
    const oldest = this.#offsets[this.#first % this.#entries];
    const last = (this.#next - 1) % this.#entries;
    const end = this.#offsets[last] + this.#lengths[last];
    if (end > oldest || (end === oldest && this.#usedBytes === 0)) {
      if (end + length <= this.#capacity) return end;
      return length <= oldest ? 0 : -1;
    }
    return end + length <= oldest ? end : -1;
  }
}

export type OutboxSizes = {
  readonly alarmBytes: number;
  readonly documentBytes: number;
  readonly telemetryBytes: number;
  readonly telemetryPlace?: LanePlace;
};

/** Shortest messages worth planning for: they bound how many entries a lane of a given size needs. */
const ALARM_BYTES = 128;
const BATCH_BYTES = 256;
const LEAST_ENTRIES = 16;

export class Outbox {
  readonly lanes: readonly Lane[];

  constructor({ alarmBytes, documentBytes, telemetryBytes, telemetryPlace }: OutboxSizes) {
    this.lanes = [
      new Lane(alarmBytes, entriesFor(alarmBytes, ALARM_BYTES)),
      new Lane(documentBytes, LEAST_ENTRIES),
      new Lane(telemetryBytes, entriesFor(telemetryBytes, BATCH_BYTES), telemetryPlace),
    ];
  }

  lane(id: LaneId): Lane {
    return this.lanes[id];
  }

  /** The lane of the next message to send: alarms before documents before telemetry. -1 when nothing waits. */
  nextLane(): number {
    for (let id = 0; id < this.lanes.length; id++) {
      this.lanes[id].skipAcknowledged();
      if (this.lanes[id].peek() >= 0) return id;
    }
    return -1;
  }

  /** The gap of the most urgent lane that has one. */
  takeGap(): Gap | undefined {
    return this.lanes[LaneId.alarm].takeGap(LaneId.alarm) ?? this.lanes[LaneId.telemetry].takeGap(LaneId.telemetry);
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
