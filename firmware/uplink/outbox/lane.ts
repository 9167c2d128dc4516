/**
 * What the MQTT client knows of a store: lanes of messages that the broker does not have yet, each handed out in order,
 * kept until it is acknowledged, and handed out again after a loss of the connection.
 *
 * A message has a number within its lane, in order of arrival and never used twice: the client keeps that, asks for the
 * message when it is to be written, and acknowledges it. What it looks like for the receiver is `(boot, seq)`.
 */

/** Lanes in the order in which they are sent. */
export const LaneId = { alarm: 0, document: 1, telemetry: 2 } as const;
export type LaneId = (typeof LaneId)[keyof typeof LaneId];

export interface Lane {
  /** Messages that are not acknowledged. */
  readonly length: number;
  /** Number of the next message to send, -1 when there is none now: all have been sent, or too many wait for their end. */
  peek(): number;
  /** The message that `peek` named is on its way. */
  sent(): void;
  /** Whether message `number` is still held: a full lane may have let it go. */
  holds(number: number): boolean;
  /** Bytes of a message that the lane holds. */
  lengthOf(number: number): number;
  /** Copies `count` bytes, from the `from`th on (a multiple of 4), of a message that the lane holds to `into[at ...]`. */
  copy(number: number, from: number, count: number, into: Uint8Array, at: number): void;
  /** Position of the message's topic in the client's list. */
  topic(number: number): number;
  /** The start of the gateway that made the message, and the number that it got there. */
  boot(number: number): number;
  seq(number: number): number;
  /** The broker has it. Frees the oldest messages as far as they are all acknowledged. */
  acknowledge(number: number): void;
  /** The broker will never take it. It counts among the dropped, and becomes a gap. */
  reject(number: number): void;
  /** The broker kept no session: everything unacknowledged is sent again, in order. */
  rewind(): void;
  /** After `rewind`: what was acknowledged before it is not sent again. */
  skipAcknowledged(): void;

  /** Takes a message. False when the lane cannot hold it; it then counts among the dropped. */
  push(topic: number, seq: number, source: Uint8Array, offset: number, length: number, records: number): boolean;
  /** So many messages of up to `bytes` each fit without letting an older one go. A lane without an answer always has room. */
  hasRoom?(messages: number, bytes: number): boolean;
  /** What the lane let go since the last call; `undefined` when that is nothing. */
  takeGap(): Gap | undefined;
  /** Messages that the lane let go since the start. One that was on its way at that time may still have arrived. */
  readonly droppedMessages: number;
  /** Records inside them, as far as that is known. */
  readonly droppedRecords: number;
}

/**
 * Why messages are missing.
 * - `overflow`: the store was full; the oldest made room.
 * - `damaged`: the flash gave back other bytes than were written.
 * - `torn`: the power went while a message was written; nobody was told that it is durable.
 * - `failed`: the flash did not take it, or it is larger than the store.
 */
export const GAP_REASONS = ["overflow", "damaged", "torn", "failed"] as const;
export type GapReason = (typeof GAP_REASONS)[number];

/** `toSeq` of a gap that reaches to the end of its boot, wherever that is. */
export const END_OF_BOOT = 0x7fff_ffff;

/**
 * Messages that will not come: those of the lane from `(fromBoot, fromSeq)` to `(toBoot, toSeq)`, both included, that did not
 * come already. Other lanes draw from the same sequence numbers, so there are more numbers than messages.
 */
export type Gap = {
  readonly lane: LaneId;
  readonly reason: GapReason;
  readonly fromBoot: number;
  readonly fromSeq: number;
  readonly toBoot: number;
  readonly toSeq: number;
  readonly messages: number;
  readonly records: number;
};

/** Words of one gap: reason, from, to, messages, records. */
const GAP_WORDS = 7;
/** Words that a tally is kept in: a gap of what overflowed, and one of what failed. */
export const TALLY_WORDS = 2 * GAP_WORDS;

/**
 * Adds up what one lane lets go, until somebody takes it as a gap. What overflows goes in order and makes one range; what
 * fails for other reasons is kept apart from it, and may have whole messages within its range.
 */
export class GapTally {
  readonly lane: LaneId;
  /** Since the start. */
  messages = 0;
  records = 0;
  /** Something was added or taken since somebody set this to false. */
  changed = false;
  readonly #words: Int32Array;
  readonly #base: number;

  /** @param words of somebody who has more to keep, with `TALLY_WORDS` from `base` on for this */
  constructor(lane: LaneId, words: Int32Array = new Int32Array(TALLY_WORDS), base = 0) {
    this.lane = lane;
    this.#words = words;
    this.#base = base;
  }

  get pending(): boolean {
    const messages = this.#base + 5;
    return this.#words[messages] > 0 || this.#words[messages + GAP_WORDS] > 0;
  }

  one(reason: GapReason, boot: number, seq: number, records: number): void {
    this.range(reason, boot, seq, boot, seq, 1, records);
  }

  range(
    reason: GapReason,
    fromBoot: number,
    fromSeq: number,
    toBoot: number,
    toSeq: number,
    messages: number,
    records: number,
  ): void {
    this.messages += messages;
    this.records += records;
    this.add(GAP_REASONS.indexOf(reason), fromBoot, fromSeq, toBoot, toSeq, messages, records);
  }

  /** A gap that was counted before, by another start or under another name. */
  addWords(words: Int32Array, at: number): void {
    const messages = words[at + 5];
    if (messages > 0)
      this.add(words[at], words[at + 1], words[at + 2], words[at + 3], words[at + 4], messages, words[at + 6]);
  }

  /** A whole tally. */
  addTally(words: Int32Array, at: number): void {
    this.addWords(words, at);
    this.addWords(words, at + GAP_WORDS);
  }

  /** Where reasons within a range differ, the first one stands for all. */
  private add(
    reason: number,
    fromBoot: number,
    fromSeq: number,
    toBoot: number,
    toSeq: number,
    messages: number,
    records: number,
  ): void {
    const words = this.#words;
    const at = this.placeOf(reason);
    const first = words[at + 5] === 0;
    if (first) words[at] = reason;
    if (first || fromBoot < words[at + 1] || (fromBoot === words[at + 1] && fromSeq < words[at + 2])) {
      words[at + 1] = fromBoot;
      words[at + 2] = fromSeq;
    }
    if (first || toBoot > words[at + 3] || (toBoot === words[at + 3] && toSeq > words[at + 4])) {
      words[at + 3] = toBoot;
      words[at + 4] = toSeq;
    }
    words[at + 5] += messages;
    words[at + 6] += records;
    this.changed = true;
  }

  /** The whole tally. */
  writeWords(into: Int32Array, at: number): void {
    for (let i = 0; i < TALLY_WORDS; i++) into[at + i] = this.#words[this.#base + i];
  }

  /** The part of it that `gap` tells of. */
  writeGap(gap: Gap, into: Int32Array, at: number): void {
    const base = this.placeOf(GAP_REASONS.indexOf(gap.reason));
    for (let i = 0; i < GAP_WORDS; i++) into[at + i] = this.#words[base + i];
  }

  peek(): Gap | undefined {
    return this.gapAt(this.#base) ?? this.gapAt(this.#base + GAP_WORDS);
  }

  private gapAt(at: number): Gap | undefined {
    const words = this.#words;
    if (words[at + 5] === 0) return undefined;
    return {
      lane: this.lane,
      reason: GAP_REASONS[words[at]],
      fromBoot: words[at + 1],
      fromSeq: words[at + 2],
      toBoot: words[at + 3],
      toSeq: words[at + 4],
      messages: words[at + 5],
      records: words[at + 6],
    };
  }

  /** A gap with that reason was told. */
  clear(reason: GapReason): void {
    const at = this.placeOf(GAP_REASONS.indexOf(reason));
    this.#words.fill(0, at, at + GAP_WORDS);
    this.changed = true;
  }

  take(): Gap | undefined {
    const gap = this.peek();
    if (gap !== undefined) this.clear(gap.reason);
    return gap;
  }

  private placeOf(reason: number): number {
    return reason === 0 ? this.#base : this.#base + GAP_WORDS;
  }
}
