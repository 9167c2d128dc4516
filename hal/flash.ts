/**
 * Flash partitions as ECMA-419 has them (`device.flash`): opened by name, read anywhere, written over erased bytes, erased
 * in blocks. In our own words, after the Moddable SDK's `embedded:storage/flash`.
 *
 * What every provider keeps, and `hal/flash.test-suite.ts` checks:
 * - `open` looks at its options first, and throws on a partition that is not there;
 * - a write only clears bits, as NOR flash does: what is not erased keeps its zeros;
 * - an erase sets whole blocks to FF;
 * - when `write` or `eraseBlock` has returned, a power cut does not undo it;
 * - nothing outside of the partition is read, written or erased;
 * - `close` may be called twice; every other method throws after it.
 */
import type { ByteBuffer, StreamIO } from "./io";
import { requireFormat, requireInteger, requireOptions, requireText } from "./io-options";

export interface FlashOptions {
  /** Name of the partition. */
  readonly path: string;
  /** `r` reads only. Default `r+`. */
  readonly mode?: "r" | "r+";
  readonly format?: "buffer";
}

export interface FlashStatus {
  /** Bytes of the partition: `blocks` times `blockLength`. */
  readonly size: number;
  readonly blocks: number;
  /** Bytes that are erased together. */
  readonly blockLength: number;
}

export interface FlashPartition extends StreamIO {
  read(byteLength: number, byteOffset: number): ArrayBuffer;
  /** Fills the buffer; gives its length. */
  read(into: ByteBuffer, byteOffset: number): number;
  write(bytes: ByteBuffer, byteOffset: number): void;
  /** Erases blocks `start` to `end`, the latter not included; one block when it is left out. */
  eraseBlock(start: number, end?: number): void;
  status(): FlashStatus;
}

/** The partitions of one platform. */
export interface FlashStorage {
  open(options: FlashOptions): FlashPartition;
}

/** @returns whether the partition may be written */
export function validateFlash(options: FlashOptions): boolean {
  requireOptions(options, "flash.open");
  requireText(options.path, "path");
  if (options.format !== undefined) requireFormat(options.format, "buffer");
  const mode: unknown = options.mode;
  if (mode !== undefined && mode !== "r" && mode !== "r+")
    throw new RangeError(`mode must be "r" or "r+", is ${JSON.stringify(mode)}`);
  return mode !== "r";
}

/** @throws RangeError when `length` bytes at `offset` are not all in the partition */
export function checkRange(offset: unknown, length: number, size: number): void {
  requireInteger(offset, "byteOffset", 0, size);
  if ((offset as number) + length > size)
    throw new RangeError(`${length} bytes at ${offset} reach beyond the partition, which has ${size}`);
}

/** @returns the end of the blocks, not included */
export function checkBlocks(start: unknown, end: unknown, blocks: number): number {
  const first = requireInteger(start, "start", 0, blocks - 1);
  return end === undefined ? first + 1 : requireInteger(end, "end", first, blocks);
}
