/** ECMA-419 flash partitions over the SDK's, which looks at neither offsets nor modes and says "failed" for everything. */
import nativeFlash from "embedded:storage/flash";
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
import { closedError, requireFormat, requireInteger } from "../io-options";

const native = nativeFlash as unknown as FlashStorage;

class SdkFlashPartition implements FlashPartition {
  #partition: FlashPartition | undefined;
  readonly #writable: boolean;
  readonly #status: FlashStatus;

  constructor(options: FlashOptions) {
    this.#writable = validateFlash(options);
    try {
      this.#partition = native.open({ path: options.path });
    } catch (error) {
      throw new IOError("no-resource", `there is no flash partition "${options.path}": ${error}`);
    }
    this.#status = this.#partition.status();
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
    const partition = this.#open();
    if (typeof want === "number") {
      requireInteger(want, "byteLength", 1, this.#status.size);
      checkRange(byteOffset, want, this.#status.size);
      return partition.read(want, byteOffset);
    }
    checkRange(byteOffset, lengthOf(want), this.#status.size);
    return partition.read(want, byteOffset);
  }

  write(bytes: ByteBuffer, byteOffset: number): void {
    const partition = this.#toWrite();
    checkRange(byteOffset, lengthOf(bytes), this.#status.size);
    partition.write(bytes, byteOffset);
  }

  eraseBlock(start: number, end?: number): void {
    const partition = this.#toWrite();
    const until = checkBlocks(start, end, this.#status.blocks);
    // ESP-IDF takes an erase of nothing for a mistake.
    if (until > start) partition.eraseBlock(start, until);
  }

  status(): FlashStatus {
    this.#open();
    return this.#status;
  }

  close(): void {
    this.#partition?.close();
    this.#partition = undefined;
  }

  #open(): FlashPartition {
    if (this.#partition === undefined) throw closedError("flash partition");
    return this.#partition;
  }

  #toWrite(): FlashPartition {
    const partition = this.#open();
    if (!this.#writable) throw new IOError("unsupported", "this flash partition was opened for reading");
    return partition;
  }
}

/** Without a view of its own: the uplink reads and writes often. */
function lengthOf(bytes: ByteBuffer): number {
  const { byteLength } = bytes as { byteLength?: unknown };
  if (typeof byteLength !== "number") throw new TypeError("a buffer or a view of one is needed");
  return byteLength;
}

export const sdkFlash: FlashStorage = {
  open: (options) => new SdkFlashPartition(options),
};
