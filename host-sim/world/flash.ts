/**
 * NOR flash of a world: programming only clears bits (AND), erasing sets a whole block to FF, and the power can go at any
 * byte of any operation.
 *
 * What a cut leaves behind, drawn from a seed:
 * - of a program, the bytes before it are done; of the byte that it meets, and in half of the cuts of all bytes after it
 *   in the same write, some of the bits that were to become 0 are 0. Such bits are marginal: they may read differently
 *   after each power-up, until they are programmed again or erased;
 * - of an erase, each bit of the block is what it was or 1, and may be the other after each power-up, until the block is
 *   erased whole.
 *
 * After a cut every call throws until `powerUp`. Time is not modelled: operations are synchronous, as on a device.
 */
import { copyBytes } from "../../hal/byte-queue";
import {
  checkBlocks,
  checkRange,
  type FlashOptions,
  type FlashPartition,
  type FlashStatus,
  type FlashStorage,
  validateFlash,
} from "../../hal/flash";
import type { ByteBuffer } from "../../hal/io";
import { IOError } from "../../hal/io-error";
import { bytesOf, closedError, requireFormat, requireInteger } from "../../hal/io-options";
import type { RandomBranch } from "./random";

/** What the power's going ends: nothing may catch it and go on. */
export class PowerCut extends Error {
  readonly code = "power-cut";
}

/** Moments at which an erase can be cut: so many eighths of it are done. */
export const ERASE_STEPS = 8;
/** What serial NOR flash erases together. */
const DEFAULT_BLOCK_BYTES = 4096;
const NEVER = Number.POSITIVE_INFINITY;

/** One partition's cells. Outlives the gateway that writes to it. */
export class NorFlash {
  readonly bytes: Uint8Array;
  readonly blocks: number;
  readonly blockLength: number;
  /** Erases of each block, begun or finished. */
  readonly eraseCounts: Int32Array;
  /** Moments at which a cut was possible so far: a byte programmed is one, an erase `ERASE_STEPS`. */
  steps = 0;
  /** Programs and erases so far. */
  operations = 0;
  /** Bits that a program wanted at 1 and found at 0: always a mistake of whoever writes. */
  impossibleBits = 0;
  /** A program finds fault with its chip. For tests of a flash that fails without the power going. */
  failing = false;
  /**
   * Called at each moment at which the power could go, with what gives the cells as they would be then: dead, in a world whose
   * chance goes the way of `name`. These cells go on.
   */
  onMoment: ((cut: (name: string) => NorFlash) => void) | undefined;
  /** The same cells, four bytes at a time. */
  readonly #words: Int32Array;
  readonly #random: RandomBranch;
  #cutAt = NEVER;
  #dead = false;
  /** Masks of marginal bits, by address. */
  readonly #marginal = new Map<number, number>();
  /** What half-erased blocks held before. */
  readonly #halfErased = new Map<number, Uint8Array>();

  constructor(blocks: number, random: RandomBranch, blockLength = DEFAULT_BLOCK_BYTES) {
    this.blocks = blocks;
    this.blockLength = blockLength;
    this.bytes = new Uint8Array(blocks * blockLength).fill(0xff);
    this.#words = new Int32Array(this.bytes.buffer, 0, this.bytes.length >> 2);
    this.eraseCounts = new Int32Array(blocks);
    this.#random = random;
  }

  /** The same cells in a world whose chance goes another way. */
  clone(name: string): NorFlash {
    const other = new NorFlash(this.blocks, this.#random.branch(name), this.blockLength);
    other.bytes.set(this.bytes);
    other.eraseCounts.set(this.eraseCounts);
    other.steps = this.steps;
    other.#dead = this.#dead;
    for (const [address, mask] of this.#marginal) other.#marginal.set(address, mask);
    for (const [block, before] of this.#halfErased) other.#halfErased.set(block, before);
    return other;
  }

  /** 64 bits that stand for all that decides what becomes of these cells, but for chance. */
  get state(): string {
    const hash = new StateHash();
    hash.bytes(this.bytes);
    // In any order: what lies where is mixed into each.
    let marginal = 0;
    for (const [address, mask] of this.#marginal) marginal = (marginal + mix(address * 256 + mask)) | 0;
    hash.word(marginal);
    for (const [block, before] of this.#halfErased) {
      hash.word(block);
      hash.bytes(before);
    }
    return hash.text;
  }

  /** The power went, and nothing works until `powerUp`. */
  get dead(): boolean {
    return this.#dead;
  }

  /** The power will go at that step, counted from now: 0 is the next one. */
  cutAfter(steps: number): void {
    this.#cutAt = this.steps + steps;
  }

  /** Takes the power away between two operations. */
  powerOff(): void {
    this.#dead = true;
  }

  powerUp(): void {
    this.#dead = false;
    this.#cutAt = NEVER;
    for (const [address, mask] of this.#marginal) {
      const drawn = this.#random.uint32() & mask;
      this.bytes[address] = (this.bytes[address] & ~mask) | drawn;
    }
    for (const [block, before] of this.#halfErased) this.#halfErase(block, before);
  }

  program(address: number, data: Uint8Array): void {
    this.#alive();
    if (this.failing) throw new IOError("device", "the flash does not take it");
    this.operations++;
    const undisturbed = this.onMoment === undefined && this.#cutAt - this.steps >= data.length;
    if (undisturbed && this.#marginal.size === 0 && this.#isErased(address, data.length)) {
      this.steps += data.length;
      this.bytes.set(data, address);
    } else this.#programBytes(address, data);
  }

  #programBytes(address: number, data: Uint8Array): void {
    const { bytes } = this;
    for (let i = 0; i < data.length; i++) {
      this.onMoment?.((name) => {
        const cut = this.clone(name);
        cut.#leaveProgram(address, data, i);
        return cut;
      });
      if (this.steps++ === this.#cutAt) {
        this.#leaveProgram(address, data, i);
        throw new PowerCut("the power went while the flash was programmed");
      }
      const at = address + i;
      if ((bytes[at] & data[i]) !== data[i]) this.impossibleBits++;
      bytes[at] &= data[i];
      if (this.#marginal.size > 0) this.#settle(at, data[i]);
    }
  }

  erase(block: number): void {
    this.#alive();
    if (this.failing) throw new IOError("device", "the flash cannot be erased");
    this.operations++;
    this.eraseCounts[block]++;
    const start = block * this.blockLength;
    const end = start + this.blockLength;
    for (let eighths = 0; this.onMoment !== undefined && eighths < ERASE_STEPS; eighths++)
      this.onMoment((name) => {
        const cut = this.clone(name);
        cut.#leaveErase(block, eighths);
        return cut;
      });
    if (this.#cutAt < this.steps + ERASE_STEPS) {
      this.#leaveErase(block, this.#cutAt - this.steps);
      throw new PowerCut("the power went while the flash was erased");
    }
    this.steps += ERASE_STEPS;
    this.bytes.fill(0xff, start, end);
    this.#halfErased.delete(block);
    for (const address of [...this.#marginal.keys()])
      if (address >= start && address < end) this.#marginal.delete(address);
  }

  read(address: number, into: Uint8Array): void {
    this.#alive();
    copyBytes(this.bytes, address, into.length, into, 0);
  }

  #isErased(address: number, length: number): boolean {
    const { bytes } = this;
    const cells = this.#words;
    const end = address + length;
    let at = address;
    for (; at < end && (at & 3) !== 0; at++) if (bytes[at] !== 0xff) return false;
    const lastWord = end >> 2;
    for (let word = at >> 2; word < lastWord; word++) if (cells[word] !== -1) return false;
    for (at = at < lastWord << 2 ? lastWord << 2 : at; at < end; at++) if (bytes[at] !== 0xff) return false;
    return true;
  }

  #alive(): void {
    if (this.#dead) throw new PowerCut("the power is gone");
  }

  /** Bits that were programmed to 0 are firm. */
  #settle(address: number, data: number): void {
    const mask = this.#marginal.get(address);
    if (mask === undefined) return;
    const left = mask & data;
    if (left === 0) this.#marginal.delete(address);
    else this.#marginal.set(address, left);
  }

  #leaveProgram(address: number, data: Uint8Array, done: number): void {
    const reached = (this.#random.uint32() & 1) === 0 ? done + 1 : data.length;
    for (let i = done; i < reached; i++) {
      const at = address + i;
      const wanted = this.bytes[at] & ~data[i];
      const cleared = wanted & this.#random.uint32();
      this.bytes[at] &= ~cleared;
      if (wanted !== 0) this.#marginal.set(at, (this.#marginal.get(at) ?? 0) | wanted);
    }
    this.#dead = true;
  }

  /** @param eighths how much of the erase was done */
  #leaveErase(block: number, eighths: number): void {
    this.#dead = true;
    if (eighths > 0) {
      const start = block * this.blockLength;
      const before = this.#halfErased.get(block) ?? this.bytes.slice(start, start + this.blockLength);
      this.#halfErased.set(block, before);
      this.#halfErase(block, before);
      // A late cut leaves few bits behind.
      for (let more = 1; more < eighths; more++)
        for (let i = 0; i < before.length; i++) this.bytes[start + i] |= this.#random.uint32() & 0xff;
    }
  }

  #halfErase(block: number, before: Uint8Array): void {
    const start = block * this.blockLength;
    for (let i = 0; i < before.length; i++) this.bytes[start + i] = before[i] | (this.#random.uint32() & 0xff);
  }
}

class StateHash {
  #a = 0x811c9dc5 | 0;
  #b = 0x9e3779b1 | 0;

  get text(): string {
    return `${mix(this.#a)} ${mix(this.#b)}`;
  }

  word(word: number): void {
    this.#a = Math.imul(this.#a ^ word, 0x01000193);
    this.#b = (Math.imul(this.#b, 0x85ebca6b) + word) | 0;
    this.#b ^= this.#b >>> 15;
  }

  /** @param bytes of a whole number of words */
  bytes(bytes: Uint8Array): void {
    const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
    let [a, b] = [this.#a, this.#b];
    for (let i = 0; i < words.length; i++) {
      a = Math.imul(a ^ words[i], 0x01000193);
      b = (Math.imul(b, 0x85ebca6b) + words[i]) | 0;
      b ^= b >>> 15;
    }
    this.#a = a;
    this.#b = b;
  }
}

/** The finaliser of murmur3. */
function mix(word: number): number {
  let h = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** The ECMA-419 door to a world's partitions, by name. */
export class WorldFlash implements FlashStorage {
  readonly #partitions: ReadonlyMap<string, NorFlash>;

  constructor(partitions: ReadonlyMap<string, NorFlash>) {
    this.#partitions = partitions;
  }

  open(options: FlashOptions): FlashPartition {
    const writable = validateFlash(options);
    const cells = this.#partitions.get(options.path);
    if (cells === undefined) throw new IOError("no-resource", `there is no flash partition "${options.path}"`);
    return new WorldFlashPartition(cells, writable);
  }
}

class WorldFlashPartition implements FlashPartition {
  #cells: NorFlash | undefined;
  readonly #writable: boolean;

  constructor(cells: NorFlash, writable: boolean) {
    this.#cells = cells;
    this.#writable = writable;
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
    const cells = this.#open();
    const bytes =
      typeof want === "number"
        ? new Uint8Array(requireInteger(want, "byteLength", 1, cells.bytes.length))
        : bytesOf(want);
    checkRange(byteOffset, bytes.length, cells.bytes.length);
    cells.read(byteOffset, bytes);
    return typeof want === "number" ? (bytes.buffer as ArrayBuffer) : bytes.length;
  }

  write(bytes: ByteBuffer, byteOffset: number): void {
    const cells = this.#toWrite();
    const data = bytesOf(bytes);
    checkRange(byteOffset, data.length, cells.bytes.length);
    cells.program(byteOffset, data);
  }

  eraseBlock(start: number, end?: number): void {
    const cells = this.#toWrite();
    const until = checkBlocks(start, end, cells.blocks);
    for (let block = start; block < until; block++) cells.erase(block);
  }

  status(): FlashStatus {
    const { blocks, blockLength, bytes } = this.#open();
    return { size: bytes.length, blocks, blockLength };
  }

  close(): void {
    this.#cells = undefined;
  }

  #open(): NorFlash {
    if (this.#cells === undefined) throw closedError("flash partition");
    return this.#cells;
  }

  #toWrite(): NorFlash {
    const cells = this.#open();
    if (!this.#writable) throw new IOError("unsupported", "this flash partition was opened for reading");
    return cells;
  }
}
