/**
 * Reads and writes of a flash partition without making anything: one page of memory, and a view of it for each length that is
 * a power of two. ECMA-419 reads and writes whole buffers, so other lengths go in several calls.
 *
 * Words are those of the processor, little-endian on every target.
 */
import type { FlashPartition } from "../../../hal/flash";

/** What a NOR chip programs at once. */
export const PAGE_BYTES = 256;
/** Shortest read and write: everything lies on multiples of it. */
export const WORD_BYTES = 4;

/** A partition does not fit its site, or is not there. */
export class FlashStoreError extends Error {
  readonly code = "flash-store";
}

export class FlashPort {
  readonly page: Uint8Array;
  readonly words: Int32Array;
  readonly sectorBytes: number;
  readonly sectors: number;
  readonly #partition: FlashPartition;
  /** Of 256, 128, ... 4 bytes. */
  readonly #views: readonly Uint8Array[];

  constructor(partition: FlashPartition) {
    const { blocks, blockLength } = partition.status();
    this.#partition = partition;
    this.sectors = blocks;
    this.sectorBytes = blockLength;
    this.page = new Uint8Array(PAGE_BYTES);
    this.words = new Int32Array(this.page.buffer);
    const views: Uint8Array[] = [];
    for (let bytes = PAGE_BYTES; bytes >= WORD_BYTES; bytes >>= 1)
      views.push(new Uint8Array(this.page.buffer, 0, bytes));
    this.#views = views;
  }

  // hot path
  /** The first `PAGE_BYTES >> step` bytes of the page. */
  view(step: number): Uint8Array {
    return this.#views[step];
  }

  // hot path
  /** Reads `PAGE_BYTES >> step` bytes into the page. */
  read(address: number, step: number): void {
    this.#partition.read(this.#views[step], address);
  }

  // hot path
  /** Programs the first `PAGE_BYTES >> step` bytes of the page. */
  write(address: number, step: number): void {
    this.#partition.write(this.#views[step], address);
  }

  erase(sector: number): void {
    this.#partition.eraseBlock(sector);
  }

  close(): void {
    this.#partition.close();
  }
}

// hot path
/** The step of the most bytes, a power of two, that lie between `address`, the next page and `left` bytes further. */
export function stepOf(address: number, left: number): number {
  const room = PAGE_BYTES - (address & (PAGE_BYTES - 1));
  let step = 0;
  while (PAGE_BYTES >> step > left || PAGE_BYTES >> step > room) step++;
  return step;
}

/** Steps by name: 4, 16 and 32 bytes. */
export const WORD = 6;
export const FOUR_WORDS = 4;
export const EIGHT_WORDS = 3;
