/** Bytes that wait to be read or to be sent: a ring of fixed size, and ECMA-419's `read` on it. */
import { bytesOf, requireInteger, type StreamFormat } from "./io-options";

export class ByteQueue {
  readonly #ring: Uint8Array;
  #head = 0;
  #length = 0;

  constructor(capacity: number) {
    this.#ring = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  get free(): number {
    return this.#ring.length - this.#length;
  }

  /** Takes what fits of `bytes[start .. end)` and says how many that was. */
  push(bytes: Uint8Array, start = 0, end = bytes.length): number {
    const ring = this.#ring;
    const count = Math.min(end - start, this.free);
    let tail = this.#head + this.#length;
    if (tail >= ring.length) tail -= ring.length;
    for (let i = 0; i < count; i++) {
      ring[tail++] = bytes[start + i];
      if (tail === ring.length) tail = 0;
    }
    this.#length += count;
    return count;
  }

  /** The oldest byte, or -1. */
  shift(): number {
    if (this.#length === 0) return -1;
    const byte = this.#ring[this.#head++];
    if (this.#head === this.#ring.length) this.#head = 0;
    this.#length--;
    return byte;
  }

  /** Moves as many bytes as there are and fit. */
  fill(into: Uint8Array): number {
    const ring = this.#ring;
    const count = Math.min(into.length, this.#length);
    let head = this.#head;
    for (let i = 0; i < count; i++) {
      into[i] = ring[head++];
      if (head === ring.length) head = 0;
    }
    this.#head = head;
    this.#length -= count;
    return count;
  }

  clear(): void {
    this.#head = 0;
    this.#length = 0;
  }

  /**
   * `read([byteLength | buffer])` of Serial and TCP (ECMA-419 section 10): never waits, `undefined` when nothing is there;
   * a number allocates at most that many bytes, a buffer is filled as far as possible, no argument takes everything.
   */
  read(format: StreamFormat, want: unknown): ArrayBuffer | number | undefined {
    if (format === "number") {
      const byte = this.shift();
      return byte < 0 ? undefined : byte;
    }
    if (typeof want === "object" && want !== null) {
      const into = bytesOf(want);
      return this.#length === 0 ? undefined : this.fill(into);
    }
    const most = want === undefined ? this.#length : requireInteger(want, "byteLength", 0, Number.MAX_SAFE_INTEGER);
    if (this.#length === 0) return undefined;
    const result = new Uint8Array(Math.min(most, this.#length));
    this.fill(result);
    return result.buffer;
  }
}
