/**
 * Events on their way to the centre, as records of fixed length in a ring: what happened, where, when.
 *
 * When the lane is full the oldest event that is not on its way makes room; it is counted and its source is told to the owner, who
 * tells the centre later what stands there. `pushed = confirmed + refused + dropped + length`.
 */
import type { TimeTag } from "./codec";

/** Type flag, source (2), state or operation and operator (2), time (6). */
const EVENT_BYTES = 11;

export const ANY_SOURCE = -1;

export class EventLane {
  private readonly bytes: Uint8Array;
  private readonly capacity: number;
  private first = 0;
  private count = 0;
  /** At the head: on their way. */
  private held = 0;
  pushed = 0;
  confirmed = 0;
  refused = 0;
  dropped = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.bytes = new Uint8Array(capacity * EVENT_BYTES);
  }

  get length(): number {
    return this.count;
  }

  /** @returns the source of an event that had to go, or -1 */
  push(type: number, source: number, state: number, time: TimeTag): number {
    const lost = this.count === this.capacity ? this.dropOldest() : -1;
    const { bytes } = this;
    let at = this.at(this.count++);
    bytes[at++] = type;
    bytes[at++] = source & 0xff;
    bytes[at++] = source >> 8;
    bytes[at++] = state & 0xff;
    bytes[at++] = state >> 8;
    bytes[at++] = time.second;
    bytes[at++] = time.minute;
    bytes[at++] = time.hour;
    bytes[at++] = time.day;
    bytes[at++] = time.month;
    bytes[at] = time.year;
    this.pushed++;
    return lost;
  }

  has(type: number, source: number): boolean {
    for (let index = 0; index < this.count; index++)
      if (this.type(index) === type && (source === ANY_SOURCE || this.source(index) === source)) return true;
    return false;
  }

  /** Of the event at `index`, counted from the oldest. */
  type(index: number): number {
    return this.bytes[this.at(index)];
  }

  source(index: number): number {
    const at = this.at(index);
    return this.bytes[at + 1] | (this.bytes[at + 2] << 8);
  }

  state(index: number): number {
    const at = this.at(index);
    return this.bytes[at + 3] | (this.bytes[at + 4] << 8);
  }

  time(index: number): TimeTag {
    const { bytes } = this;
    const at = this.at(index) + 5;
    return {
      second: bytes[at],
      minute: bytes[at + 1],
      hour: bytes[at + 2],
      day: bytes[at + 3],
      month: bytes[at + 4],
      year: bytes[at + 5],
    };
  }

  /**
   * Takes the oldest on their way: those of one type, at most `most`, and never the whole capacity, so that one can make room.
   * @returns how many
   */
  hold(most: number): number {
    const type = this.type(0);
    const limit = Math.min(most, this.count, this.capacity - 1);
    let held = 1;
    while (held < limit && this.type(held) === type) held++;
    this.held = held;
    return held;
  }

  /** They were not confirmed: they will go again. */
  release(): void {
    this.held = 0;
  }

  /** The centre has what was on its way. */
  confirm(): void {
    this.confirmed += this.held;
    this.drop(this.held);
  }

  /** The centre does not want what was on its way. */
  refuse(): void {
    this.refused += this.held;
    this.drop(this.held);
  }

  private at(index: number): number {
    const slot = this.first + index;
    return (slot < this.capacity ? slot : slot - this.capacity) * EVENT_BYTES;
  }

  private drop(count: number): void {
    this.first = (this.first + count) % this.capacity;
    this.count -= count;
    this.held = 0;
  }

  private dropOldest(): number {
    // What is on its way moves up by one; there is always more in the lane than is on its way.
    const source = this.source(this.held);
    for (let index = this.held; index > 0; index--)
      this.bytes.copyWithin(this.at(index), this.at(index - 1), this.at(index - 1) + EVENT_BYTES);
    this.first = (this.first + 1) % this.capacity;
    this.count--;
    this.dropped++;
    return source;
  }
}
