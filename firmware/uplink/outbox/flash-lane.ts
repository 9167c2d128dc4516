/**
 * A lane in flash: messages are durable when `push` has returned. Memory holds no more than a window of messages that were
 * handed out and are not acknowledged; the rest is found by walking along the log.
 *
 *   acknowledged | first ... window ... cursor | ... on their way or to be sent again ... known | ... in flash only ... next
 *
 * Numbers are those of the records in the log, so they go on through restarts.
 */
import { END_OF_BOOT, type Gap, GapTally, type Lane, type LaneId, TALLY_WORDS } from "./lane";
import { DAMAGED, FIRST_RECORD, FLAG_GAP, type SegmentLog, sizeOf } from "./segment-log";

/** Messages handed out and not acknowledged; more wait in flash. Twice the window of the client is never reached. */
export const WINDOW = 32;
/** Words that a lane keeps: its gaps, and of each message in the window where it lies; below 0, the complement, when it is acknowledged. */
export const LANE_WORDS = TALLY_WORDS + WINDOW;

/** What a lane asks of the store that it lies in. */
export interface LaneKeeper {
  /** Another message was acknowledged. */
  acknowledged(): void;
  /** A gap that was told, in the record at `address`, goes before the broker has it. */
  untold(address: number): void;
}

/** Bytes in front of a message that tells a gap: the gap in words, for the store. */
export const GAP_PREFIX_BYTES = 32;

export class FlashLane implements Lane {
  readonly id: LaneId;
  readonly log: SegmentLog;
  readonly #keeper: LaneKeeper;
  readonly #boot: number;
  /** The store's, which are more: an array for each of them would be seven slots. */
  readonly #words: Int32Array;
  readonly #window: number;
  readonly gap: GapTally;
  #first = 0;
  #cursor = 0;
  #known = 0;
  /** Where record `#known` lies, and the record before it. */
  #epoch = 1;
  #offset = FIRST_RECORD;
  #beforeBoot = 0;
  #beforeSeq = -1;

  /** @param words has `LANE_WORDS` from `base` on for this lane */
  constructor(id: LaneId, log: SegmentLog, keeper: LaneKeeper, boot: number, words: Int32Array, base: number) {
    this.id = id;
    this.log = log;
    this.#keeper = keeper;
    this.#boot = boot;
    this.gap = new GapTally(id, words, base);
    this.#words = words;
    this.#window = base + TALLY_WORDS;
  }

  get length(): number {
    return this.log.next - this.#first;
  }

  /** Number of the oldest message that is not acknowledged. */
  get first(): number {
    return this.#first;
  }

  get droppedMessages(): number {
    return this.gap.messages;
  }

  get droppedRecords(): number {
    return this.gap.records;
  }

  takeGap(): Gap | undefined {
    return this.gap.take();
  }

  /**
   * Takes up what the log has found.
   * @param first oldest number that is not acknowledged, as far as the flash knows
   */
  recover(first: number): void {
    const { log } = this;
    if (first > log.next) log.skipTo(first);
    if (log.torn > 0) this.gap.range("torn", log.lastBoot, log.lastSeq + 1, log.lastBoot, END_OF_BOOT, 1, 0);
    this.#first = first;
    this.#epoch = log.tail;
    const oldest = log.head === 0 ? log.next : Math.max(0, log.firstOf(log.tail));
    if (first < oldest) {
      // A sector goes after the cursor has passed it: this one was lost.
      this.gap.range("damaged", 0, 0, log.boundBoot, log.boundSeq, oldest - first, 0);
      this.#first = oldest;
    }
    this.#known = oldest;
    this.toSectorOfFirst();
    while (this.#known < this.#first && this.find()) this.pass();
    this.#first = this.#known = this.#cursor = Math.max(this.#known, this.#first);
  }

  /** Skips whole sectors that are acknowledged. */
  private toSectorOfFirst(): void {
    const { log } = this;
    for (let epoch = log.tail; epoch <= log.head; epoch++) {
      const number = log.firstOf(epoch);
      if (number < 0) continue;
      if (number > this.#first) break;
      this.#epoch = epoch;
      this.#offset = FIRST_RECORD;
      this.#known = number;
      this.#beforeBoot = log.boundBoot;
      this.#beforeSeq = log.boundSeq;
    }
  }

  /** Without a message that waits being let go for it. What is acknowledged lies in sectors that may be erased. */
  hasRoom(messages: number, bytes: number): boolean {
    const { log } = this;
    const here = log.placesLeft(bytes);
    if (here >= messages) return true;
    let oldest = log.tail;
    while (oldest < log.head && this.isFree(oldest)) oldest++;
    // One sector is erased ahead of the newest.
    const free = log.sectors - 1 - (log.head - oldest + 1);
    return here + free * log.placesInSector(bytes) >= messages;
  }

  // hot path: once for each message
  /** The store has made room for it: `prepare`. */
  push(topic: number, seq: number, source: Uint8Array, offset: number, length: number, records: number): boolean {
    return this.append(topic, 0, records, seq, source, offset, length, records);
  }

  /** A message that tells a gap, behind its prefix. */
  pushGap(topic: number, serial: number, seq: number, source: Uint8Array): boolean {
    return this.append(topic, FLAG_GAP, serial, seq, source, 0, source.length, 1);
  }

  // hot path: once for each message
  private append(
    topic: number,
    flags: number,
    extra: number,
    seq: number,
    source: Uint8Array,
    offset: number,
    length: number,
    records: number,
  ): boolean {
    const { log } = this;
    const boot = this.#boot;
    // A flash that fails at one place may work at the next: once more, in the next sector.
    for (let tries = 0; tries < 2 && length <= log.largestPayload; tries++) {
      if (!log.fits(length) && !log.spare) break;
      try {
        log.append(topic, flags, extra, boot, seq, source, offset, length);
        return true;
      } catch {
        // The log goes on behind that place.
      }
    }
    this.gap.one("failed", boot, seq, records);
    return false;
  }

  // hot path: for each message, and whenever something was acknowledged
  peek(): number {
    if (this.#cursor < this.#known) return this.#cursor;
    if (this.#known - this.#first >= WINDOW || !this.find()) return -1;
    this.#words[this.#window + (this.#known % WINDOW)] = this.log.address(this.#epoch, this.#offset);
    this.pass();
    return this.#cursor;
  }

  // hot path
  sent(): void {
    this.#cursor++;
  }

  // hot path
  holds(number: number): boolean {
    return number >= this.#first && number < this.#known;
  }

  // hot path
  lengthOf(number: number): number {
    const { log } = this;
    log.readHead(this.addressOf(number));
    return (log.flags & FLAG_GAP) === 0 ? log.length : log.length - GAP_PREFIX_BYTES;
  }

  // hot path
  copy(number: number, from: number, count: number, into: Uint8Array, at: number): void {
    const { log } = this;
    const address = this.addressOf(number);
    log.readHead(address);
    log.copy(address, (log.flags & FLAG_GAP) === 0 ? from : GAP_PREFIX_BYTES + from, count, into, at);
  }

  // hot path
  topic(number: number): number {
    this.log.readHead(this.addressOf(number));
    return this.log.topic;
  }

  // hot path
  boot(number: number): number {
    this.log.readHead(this.addressOf(number));
    return this.log.boot;
  }

  // hot path
  seq(number: number): number {
    this.log.readHead(this.addressOf(number));
    return this.log.seq;
  }

  // hot path
  acknowledge(number: number): void {
    if (!this.holds(number)) return;
    this.#words[this.#window + (number % WINDOW)] = ~this.addressOf(number);
    while (this.#first < this.#known && this.isAcknowledged(this.#first)) this.#first++;
    if (this.#cursor < this.#first) this.#cursor = this.#first;
    this.#keeper.acknowledged();
  }

  reject(number: number): void {
    if (!this.holds(number)) return;
    this.gap.one("failed", this.boot(number), this.seq(number), 0);
    this.acknowledge(number);
  }

  rewind(): void {
    this.#cursor = this.#first;
  }

  // hot path
  skipAcknowledged(): void {
    while (this.#cursor < this.#known && this.isAcknowledged(this.#cursor)) this.#cursor++;
  }

  // hot path
  private isAcknowledged(number: number): boolean {
    return this.#words[this.#window + (number % WINDOW)] < 0;
  }

  // hot path
  private addressOf(number: number): number {
    const word = this.#words[this.#window + (number % WINDOW)];
    return word < 0 ? ~word : word;
  }

  /** Whether everything in a sector is acknowledged. */
  isFree(epoch: number): boolean {
    const until = this.log.firstOf(epoch + 1);
    return until >= 0 && until <= this.#first;
  }

  /** Lets a sector go: what it holds and nobody has acknowledged becomes a gap. */
  drop(epoch: number): void {
    const { log } = this;
    let number = log.firstOf(epoch);
    // A sector without a header is never walked through: what it holds is lost.
    const readable = number >= 0;
    let boot = readable ? log.boundBoot : this.#beforeBoot;
    let seq = readable ? log.boundSeq : this.#beforeSeq;
    let offset = FIRST_RECORD;
    for (let size = log.look(epoch, offset); readable && size > 0; size = log.look(epoch, offset)) {
      boot = log.boot;
      seq = log.seq;
      offset = log.offset + size;
      if (this.isWaiting(number)) this.letGo(log.address(epoch, log.offset));
      number++;
    }
    const until = log.firstOf(epoch + 1);
    const lost = until - Math.max(number, this.#first);
    if (lost > 0) this.gap.range("damaged", boot, seq + 1, log.boundBoot, log.boundSeq, lost, 0);
    number = Math.max(number, until, this.#first);
    if (this.#epoch <= epoch) this.moveTo(epoch + 1, Math.max(number, this.#known), boot, seq);
    this.#first = number;
    this.#known = Math.max(this.#known, number);
    this.#cursor = Math.max(this.#cursor, number);
  }

  /** One record, whose head was read. */
  private letGo(address: number): void {
    const { log } = this;
    const isGap = (log.flags & FLAG_GAP) !== 0;
    this.gap.one("overflow", log.boot, log.seq, isGap ? 1 : log.extra);
    if (isGap) this.#keeper.untold(address);
  }

  private isWaiting(number: number): boolean {
    if (number < this.#first) return false;
    return number >= this.#known || !this.isAcknowledged(number);
  }

  private moveTo(epoch: number, known: number, boot: number, seq: number): void {
    this.#epoch = epoch;
    this.#offset = FIRST_RECORD;
    this.#known = known;
    this.#beforeBoot = boot;
    this.#beforeSeq = seq;
  }

  // hot path
  /** Goes to the record behind the one that `find` found. */
  private pass(): void {
    const { log } = this;
    this.#beforeBoot = log.boot;
    this.#beforeSeq = log.seq;
    this.#offset += sizeOf(log.length);
    this.#known++;
  }

  // hot path
  /** Finds record `#known`, or the next one that is whole. False when none is there, or it is not its turn yet. */
  private find(): boolean {
    const { log } = this;
    while (this.#known < log.next) {
      const size = log.look(this.#epoch, this.#offset);
      this.#offset = log.offset;
      if (size > 0) return true;
      if (size === DAMAGED && this.stepOver()) continue;
      if (!this.nextSector()) return false;
    }
    return false;
  }

  /** Over one damaged record, where a valid one follows. */
  private stepOver(): boolean {
    const { log } = this;
    const behind = this.#offset + sizeOf(log.length);
    if (log.look(this.#epoch, behind) <= 0) return false;
    if (this.lose(this.#known + 1, log.boot, log.seq - 1)) this.#offset = behind;
    else return false;
    return true;
  }

  /** To the next sector that has a header. Records that lie between and cannot be read are lost. */
  private nextSector(): boolean {
    const { log } = this;
    for (let epoch = this.#epoch + 1; epoch <= log.head; epoch++) {
      const number = log.firstOf(epoch);
      if (number < 0) continue;
      if (number > this.#known && !this.lose(number, log.boundBoot, log.boundSeq)) return false;
      this.#epoch = epoch;
      this.#offset = FIRST_RECORD;
      return true;
    }
    this.lose(log.next, log.lastBoot, log.lastSeq);
    return false;
  }

  /** Messages up to `next` are lost. Waits until all before them are acknowledged: the window has no place for holes. */
  private lose(next: number, toBoot: number, toSeq: number): boolean {
    if (this.#first < this.#known) return false;
    // Some of them may have been acknowledged, in a start before this one.
    const lost = next - this.#first;
    if (lost > 0) this.gap.range("damaged", this.#beforeBoot, this.#beforeSeq + 1, toBoot, toSeq, lost, 0);
    this.#first = Math.max(this.#first, next);
    this.#known = this.#cursor = next;
    return true;
  }
}
