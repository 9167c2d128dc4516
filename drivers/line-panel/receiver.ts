/**
 * Cuts records out of a stream of bytes, from wherever it begins to listen and whatever was lost.
 *
 *   seeking -> (start seen) collecting -> (end, or the length) whole -> taken, or refused -> seeking
 *                  \-> too long, a pause, another start: what was collected is counted as garbled -> seeking
 */
export type RecordMarks = {
  readonly start: Uint8Array;
  /** Empty for records of a fixed length. */
  readonly end: Uint8Array;
  readonly length: number;
};

export class RecordReceiver {
  /** Bytes of the record; the first `length` of them. */
  readonly bytes: Uint8Array;
  length = 0;
  /** Bytes that belonged to no record. */
  garbledBytes = 0;
  readonly #marks: RecordMarks;

  constructor(marks: RecordMarks) {
    this.#marks = marks;
    this.bytes = new Uint8Array(marks.length);
  }

  // hot path
  /** @returns true when `bytes` holds a whole record: take it, then `clear` or `refuse` */
  push(byte: number): boolean {
    if (this.length === this.bytes.length) this.drop(1);
    this.bytes[this.length++] = byte;
    return this.settle();
  }

  /** The record was taken. */
  clear(): void {
    this.length = 0;
  }

  /** It was none: another may begin within it. @returns true when there is a whole one */
  refuse(): boolean {
    this.drop(1);
    return this.settle();
  }

  /** Nothing came for a while: what is there will not become whole. */
  pause(): void {
    this.garbledBytes += this.length;
    this.length = 0;
  }

  // hot path
  private settle(): boolean {
    const { start, end, length } = this.#marks;
    while (this.length > 0 && !this.startsAt(0)) this.drop(1);
    if (end.length === 0) return this.length === length;
    if (this.length < start.length + end.length) return false;
    // A start within a record: the one before was cut off.
    if (this.startsAt(this.length - start.length) && this.length > start.length) {
      this.drop(this.length - start.length);
      return false;
    }
    for (let i = 0; i < end.length; i++) if (this.bytes[this.length - end.length + i] !== end[i]) return false;
    return true;
  }

  // hot path
  /** The bytes from `at` on are a start, or may become one. */
  private startsAt(at: number): boolean {
    const { start } = this.#marks;
    for (let i = 0; i < start.length && at + i < this.length; i++) if (this.bytes[at + i] !== start[i]) return false;
    return true;
  }

  // hot path
  private drop(count: number): void {
    this.garbledBytes += count;
    this.bytes.copyWithin(0, count, this.length);
    this.length -= count;
  }
}
