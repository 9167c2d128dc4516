/**
 * Samples between the loop that makes them and the batch that encodes them: a preallocated ring, one writer, one reader.
 * Policy when full: the oldest sample makes room and is counted.
 */
import type { Quality } from "../../drivers/contract";

export class SampleRing {
  /** Capacity less one: what makes a position of a free-running counter. */
  readonly mask: number;
  readonly channels: Uint16Array;
  readonly values: Float64Array;
  readonly qualities: Uint8Array;
  readonly ticksUs: Float64Array;
  /** Free-running 32-bit counters; their difference is the fill. */
  #head = 0;
  #tail = 0;
  #dropped = 0;

  /** @param capacity samples; a power of two */
  constructor(capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 2 || (capacity & (capacity - 1)) !== 0)
      throw new RangeError("ring: capacity must be a power of two");
    this.mask = capacity - 1;
    this.channels = new Uint16Array(capacity);
    this.values = new Float64Array(capacity);
    this.qualities = new Uint8Array(capacity);
    this.ticksUs = new Float64Array(capacity);
  }

  get length(): number {
    return (this.#head - this.#tail) | 0;
  }

  get capacity(): number {
    return this.mask + 1;
  }

  /** Samples that were overwritten before they were encoded. */
  get dropped(): number {
    return this.#dropped;
  }

  // hot path
  push(channel: number, value: number, quality: Quality, ticksUs: number): void {
    if (((this.#head - this.#tail) | 0) > this.mask) {
      this.#tail = (this.#tail + 1) | 0;
      this.#dropped++;
    }
    const slot = this.#head & this.mask;
    this.channels[slot] = channel;
    this.values[slot] = value;
    this.qualities[slot] = quality;
    this.ticksUs[slot] = ticksUs;
    this.#head = (this.#head + 1) | 0;
  }

  /** The oldest sample stands at `first & mask` in `channels`, `values`, `qualities` and `ticksUs`, the others behind it. */
  get first(): number {
    return this.#tail;
  }

  /** Lets the `count` oldest samples go. */
  release(count: number): void {
    this.#tail = (this.#tail + count) | 0;
  }
}
