/**
 * The lane of documents: what the broker shall keep, made anew whenever it does not have it. A message is held as the bytes that it
 * was made as, which go when the broker has them: the longest document of a site, kept ready as a place, would be a kilobyte.
 */
import type { Gap, Lane } from "./lane";

/** One document at a time, and the state beside it after each new connection. */
const MOST = 4;

type Held = { readonly topic: number; readonly bytes: Uint8Array; acknowledged: boolean };

export class DocumentLane implements Lane {
  readonly #boot: number;
  readonly #held: Held[] = [];
  /** Numbers of the oldest that is held, and of the next to send. */
  #first = 0;
  #cursor = 0;
  droppedMessages = 0;

  constructor(boot: number) {
    this.#boot = boot;
  }

  get length(): number {
    return this.#held.length;
  }

  /** A document has none. */
  get droppedRecords(): number {
    return 0;
  }

  /** Takes the bytes themselves, which must stay what they are. Where too many wait the oldest makes room. */
  push(topic: number, _seq: number, source: Uint8Array, offset: number, length: number): boolean {
    if (this.#held.length === MOST) {
      this.droppedMessages++;
      this.forgetFirst();
    }
    const bytes = length === source.length ? source : source.subarray(offset, offset + length);
    this.#held.push({ topic, bytes, acknowledged: false });
    return true;
  }

  peek(): number {
    return this.#cursor < this.#first + this.#held.length ? this.#cursor : -1;
  }

  sent(): void {
    this.#cursor++;
  }

  holds(number: number): boolean {
    return number >= this.#first && number < this.#first + this.#held.length;
  }

  lengthOf(number: number): number {
    return this.at(number).bytes.length;
  }

  copy(number: number, from: number, count: number, into: Uint8Array, at: number): void {
    const { bytes } = this.at(number);
    for (let i = 0; i < count; i++) into[at + i] = bytes[from + i];
  }

  topic(number: number): number {
    return this.at(number).topic;
  }

  boot(_number: number): number {
    return this.#boot;
  }

  /** It has none. */
  seq(_number: number): number {
    return NO_SEQ;
  }

  acknowledge(number: number): void {
    if (!this.holds(number)) return;
    this.at(number).acknowledged = true;
    while (this.#held.length > 0 && this.#held[0].acknowledged) this.forgetFirst();
  }

  reject(number: number): void {
    if (!this.holds(number)) return;
    this.droppedMessages++;
    this.acknowledge(number);
  }

  rewind(): void {
    this.#cursor = this.#first;
  }

  skipAcknowledged(): void {
    while (this.peek() >= 0 && this.at(this.#cursor).acknowledged) this.#cursor++;
  }

  /** Nobody is told: it is made anew. */
  takeGap(): Gap | undefined {
    return undefined;
  }

  private at(number: number): Held {
    return this.#held[number - this.#first];
  }

  private forgetFirst(): void {
    this.#held.shift();
    this.#first++;
    if (this.#cursor < this.#first) this.#cursor = this.#first;
  }
}

/** Messages that carry no sequence number of their own. */
export const NO_SEQ = -1;
