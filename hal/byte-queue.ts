/** Bytes that wait to be read or to be sent: a ring of fixed size, and ECMA-419's `read` on it. */
import { bytesOf, requireInteger, type StreamFormat } from "./io-options";

/** Fewer than these are copied one by one: a view costs as much in XS, and more in V8. */
const LEAST_BY_VIEW = 16;

/** `count` bytes of `from`, from `start` on, to `into[at]`. */
export function copyBytes(from: Uint8Array, start: number, count: number, into: Uint8Array, at: number): void {
  if (count >= LEAST_BY_VIEW) into.set(from.subarray(start, start + count), at);
  else for (let i = 0; i < count; i++) into[at + i] = from[start + i];
}

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
    const straight = Math.min(count, ring.length - tail);
    copyBytes(bytes, start, straight, ring, tail);
    copyBytes(bytes, start + straight, count - straight, ring, 0);
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

  /** Moves as many bytes as there are and fit, `most` at most. */
  fill(into: Uint8Array, most = into.length): number {
    const ring = this.#ring;
    const count = Math.min(most, this.#length);
    const straight = Math.min(count, ring.length - this.#head);
    copyBytes(ring, this.#head, straight, into, 0);
    copyBytes(ring, 0, count - straight, into, straight);
    this.#head += count;
    if (this.#head >= ring.length) this.#head -= ring.length;
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
