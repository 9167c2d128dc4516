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
  /** Copies the bytes of a message that the lane holds to `into[at ...]`. */
  copy(number: number, into: Uint8Array, at: number): void;
  /** Position of the message's topic in the client's list. */
  topic(number: number): number;
  /** The start of the gateway that made the message, and the number that it got there. */
  boot(number: number): number;
  seq(number: number): number;
  /** The broker has it. Frees the oldest messages as far as they are all acknowledged. */
  acknowledge(number: number): void;
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

/** Adds up what one lane lets go, until somebody takes it as a gap. */
export class GapTally {
  readonly lane: LaneId;
  messages = 0;
  records = 0;
  #reason: GapReason = "overflow";
  #fromBoot = 0;
  #fromSeq = 0;
  #toBoot = 0;
  #toSeq = 0;
  /** Since the last `take`. */
  #messages = 0;
  #records = 0;

  constructor(lane: LaneId) {
    this.lane = lane;
  }

  get pending(): boolean {
    return this.#messages > 0;
  }

  one(reason: GapReason, boot: number, seq: number, records: number): void {
    this.range(reason, boot, seq, boot, seq, 1, records);
  }

  /** Where reasons differ, the first one stands for all: what follows is lost because of it, or is told soon after. */
  range(
    reason: GapReason,
    fromBoot: number,
    fromSeq: number,
    toBoot: number,
    toSeq: number,
    messages: number,
    records: number,
  ): void {
    const first = this.#messages === 0;
    if (first) this.#reason = reason;
    if (first || fromBoot < this.#fromBoot || (fromBoot === this.#fromBoot && fromSeq < this.#fromSeq)) {
      this.#fromBoot = fromBoot;
      this.#fromSeq = fromSeq;
    }
    if (first || toBoot > this.#toBoot || (toBoot === this.#toBoot && toSeq > this.#toSeq)) {
      this.#toBoot = toBoot;
      this.#toSeq = toSeq;
    }
    this.#messages += messages;
    this.#records += records;
    this.messages += messages;
    this.records += records;
  }

  take(): Gap | undefined {
    if (this.#messages === 0) return undefined;
    const gap = {
      lane: this.lane,
      reason: this.#reason,
      fromBoot: this.#fromBoot,
      fromSeq: this.#fromSeq,
      toBoot: this.#toBoot,
      toSeq: this.#toSeq,
      messages: this.#messages,
      records: this.#records,
    };
    this.#messages = this.#records = 0;
    return gap;
  }
}
