/**
 * Flash partitions as files: `<folder>/<name>.flash`, bytes as they lie on the chip. A write ANDs, as flash does, and is on
 * disk when it returns.
 */
import { closeSync, fdatasyncSync, fstatSync, mkdirSync, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import {
  checkBlocks,
  checkRange,
  type FlashOptions,
  type FlashPartition,
  type FlashStatus,
  type FlashStorage,
  validateFlash,
} from "../flash";
import type { ByteBuffer } from "../io";
import { IOError } from "../io-error";
import { bytesOf, closedError, requireFormat, requireInteger } from "../io-options";

/** As on the serial NOR flash of a board. */
const BLOCK_BYTES = 4096;

export type FileFlashOptions = {
  readonly folder: string;
  /** Bytes of each partition, whole blocks. A file that is not there is made, erased. */
  readonly partitions: { readonly [name: string]: number };
  /**
   * Whether a write waits for the disk. Without, what was written survives the end of the process but perhaps not that of
   * the machine: for tests.
   */
  readonly sync?: boolean;
};

export class FileFlash implements FlashStorage {
  readonly #options: FileFlashOptions;

  constructor(options: FileFlashOptions) {
    for (const [name, size] of Object.entries(options.partitions))
      if (size <= 0 || size % BLOCK_BYTES !== 0)
        throw new RangeError(`partition "${name}": ${size} bytes are not whole blocks of ${BLOCK_BYTES}`);
    this.#options = options;
  }

  open(options: FlashOptions): FlashPartition {
    const writable = validateFlash(options);
    const { folder, partitions, sync } = this.#options;
    if (!Object.hasOwn(partitions, options.path))
      throw new IOError("no-resource", `there is no flash partition "${options.path}"`);
    mkdirSync(folder, { recursive: true });
    return new FilePartition(join(folder, `${options.path}.flash`), partitions[options.path], writable, sync ?? true);
  }
}

class FilePartition implements FlashPartition {
  readonly #size: number;
  readonly #writable: boolean;
  readonly #sync: boolean;
  #file: number | undefined;

  constructor(path: string, size: number, writable: boolean, sync: boolean) {
    this.#size = size;
    this.#writable = writable;
    this.#sync = sync;
    this.#file = openImage(path, size);
  }

  get format(): string {
    return "buffer";
  }

  set format(value: string) {
    requireFormat(value, "buffer");
  }

  read(byteLength: number, byteOffset: number): ArrayBuffer;
  read(into: ByteBuffer, byteOffset: number): number;
  read(want: number | ByteBuffer, byteOffset: number): ArrayBuffer | number {
    const file = this.#open();
    const bytes =
      typeof want === "number" ? new Uint8Array(requireInteger(want, "byteLength", 1, this.#size)) : bytesOf(want);
    checkRange(byteOffset, bytes.length, this.#size);
    readAll(file, bytes, byteOffset);
    return typeof want === "number" ? (bytes.buffer as ArrayBuffer) : bytes.length;
  }

  write(bytes: ByteBuffer, byteOffset: number): void {
    const file = this.#toWrite();
    const data = bytesOf(bytes);
    checkRange(byteOffset, data.length, this.#size);
    const cells = new Uint8Array(data.length);
    readAll(file, cells, byteOffset);
    for (let i = 0; i < cells.length; i++) cells[i] &= data[i];
    this.#store(file, cells, byteOffset);
  }

  eraseBlock(start: number, end?: number): void {
    const file = this.#toWrite();
    const until = checkBlocks(start, end, this.#size / BLOCK_BYTES);
    this.#store(file, new Uint8Array((until - start) * BLOCK_BYTES).fill(0xff), start * BLOCK_BYTES);
  }

  status(): FlashStatus {
    this.#open();
    return { size: this.#size, blocks: this.#size / BLOCK_BYTES, blockLength: BLOCK_BYTES };
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #store(file: number, bytes: Uint8Array, offset: number): void {
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done, offset + done);
    if (this.#sync) fdatasyncSync(file);
  }

  #open(): number {
    if (this.#file === undefined) throw closedError("flash partition");
    return this.#file;
  }

  #toWrite(): number {
    const file = this.#open();
    if (!this.#writable) throw new IOError("unsupported", "this flash partition was opened for reading");
    return file;
  }
}

function readAll(file: number, into: Uint8Array, offset: number): void {
  for (let done = 0; done < into.length; ) {
    const count = readSync(file, into, done, into.length - done, offset + done);
    if (count === 0) throw new IOError("device", "the file of a flash partition is shorter than the partition");
    done += count;
  }
}

/** Opens the file of a partition. What it lacks at its end is erased flash: a new file, or one that was cut short. */
function openImage(path: string, size: number): number {
  const file = openFile(path);
  const { size: before } = fstatSync(file);
  if (before > size) {
    closeSync(file);
    throw new IOError("device", `${path} holds ${before} bytes, more than the partition: it belongs to another site`);
  }
  const erased = new Uint8Array(size - before).fill(0xff);
  for (let done = 0; done < erased.length; ) done += writeSync(file, erased, done, erased.length - done, before + done);
  if (erased.length > 0) fdatasyncSync(file);
  return file;
}

function openFile(path: string): number {
  try {
    return openSync(path, "r+");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return openSync(path, "w+", 0o600);
  }
}
