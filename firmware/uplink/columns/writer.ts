/**
 * Writes a compact batch into a buffer that is made once: see README.md for the form. Hot path, once for each batch; a record
 * costs no object. The columns are read back from the channels' queues, which hold them as SenML.
 */
import { Quality } from "../../../drivers/contract";
import { PLAIN_BYTES } from "../../sampling/hot-fields";
import type { RecordFields } from "../../sampling/record-bytes";
import { type RecordQueue, SINGLE_HEAD, VALUE_AT } from "../../sampling/record-queue";
import { CborWriter } from "../cbor/writer";
import type { PackHead } from "../senml/pack-writer";
import { BINARY32, COLUMNS_VERSION, Flag, LARGEST_SCALED, SCALES } from "./form";

/** Where a channel's column finds its component and its unit. */
export type ColumnIdentity = {
  /** Position of the component in the device manifest, and of the channel in the component's. */
  readonly component: number;
  readonly channel: number;
  /** Digits behind the decimal point; absent: binary32. */
  readonly decimals?: number;
};

export type ColumnsIdentity = {
  readonly boot: number;
  /** 12-byte trace handle. */
  readonly root: Uint8Array;
  /** First 12 bytes of the SHA-256 of the plan. */
  readonly configuration: Uint8Array;
};

const GOOD = Quality.good;
const UNCERTAIN = Quality.uncertain;
const MS_PER_S = 1000;
const UNKNOWN = -1;
/** Places in a record of `PLAIN_BYTES`: the head of its value, its time in seconds. */
const SINGLE_AT = VALUE_AT - 1;
const PLAIN_TIME_AT = PLAIN_BYTES - 1;
/** Room for the head of the array, with the longest numbers. */
const HEAD_BYTES = 64;
/** Component, channel, records, flags, first time and period, each as long as it can be. */
const COLUMN_HEAD_BYTES = 5 * 5 + 1;
/** A time, a run of qualities and a value of one record, each as long as it can be. */
const RECORD_BYTES = 5 + 7 + 5;

/** Bytes that a batch of so many columns and records cannot be longer than. */
export function columnsBytes(columns: number, records: number): number {
  return HEAD_BYTES + columns * COLUMN_HEAD_BYTES + records * RECORD_BYTES;
}

export class ColumnsWriter {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #writer: CborWriter;
  readonly #fields: RecordFields;
  readonly #identity: ColumnsIdentity;
  readonly #start: number;
  readonly #end: number;
  #head: PackHead | undefined;
  #baseS = 0;
  #at: number;
  #records = 0;
  #offset = 0;
  #length = 0;
  /** The records of the column in hand, one after the other. */
  #next = 0;
  #first = true;

  /**
   * @param bytes, view the memory that the queues lie in too
   * @param fields what a record is taken apart with; shared, done with at once
   * @param start, end the part of the memory that the batch may take
   */
  constructor(
    bytes: Uint8Array,
    view: DataView,
    fields: RecordFields,
    start: number,
    end: number,
    identity: ColumnsIdentity,
  ) {
    this.#bytes = bytes;
    this.#view = view;
    this.#fields = fields;
    this.#writer = new CborWriter(bytes);
    this.#identity = identity;
    this.#start = start;
    this.#end = end;
    this.#at = start + HEAD_BYTES;
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  get offset(): number {
    return this.#offset;
  }

  get length(): number {
    return this.#length;
  }

  get records(): number {
    return this.#records;
  }

  /** @param head its `baseTimeS` is the earliest time that a column may have */
  begin(head: PackHead): void {
    this.#head = head;
    this.#baseS = Math.floor(head.baseTimeS);
    this.#at = this.#start + HEAD_BYTES;
    this.#records = 0;
  }

  // hot path: once for each channel of a batch
  /**
   * All records of a channel. Returns false, with nothing written, when there may not be room.
   * @param baseTimeS time of the queue's first record, in the clock that `head` tells
   */
  column(queue: RecordQueue, identity: ColumnIdentity, records: number, baseTimeS: number): boolean {
    if (this.#at + COLUMN_HEAD_BYTES + records * RECORD_BYTES > this.#end) return false;
    const firstMs = Math.round((baseTimeS - this.#baseS) * MS_PER_S);
    const bytes = this.#bytes;
    this.varint(identity.component);
    this.varint(identity.channel);
    this.varint(records);
    const flagsAt = this.#at++;
    const { decimals } = identity;
    if (decimals !== undefined && queue.isPlain && this.plain(queue, firstMs, SCALES[decimals])) {
      bytes[flagsAt] = decimals;
    } else {
      this.#at = flagsAt + 1;
      bytes[flagsAt] = this.surveyed(queue, firstMs, decimals, records);
    }
    this.#records += records;
    return true;
  }

  // hot path
  /** Any column, read as often as it takes. Returns its flags. */
  private surveyed(queue: RecordQueue, firstMs: number, decimals: number | undefined, records: number): number {
    const flags = this.survey(queue, decimals);
    this.times(queue, firstMs, (flags & Flag.irregular) !== 0, records);
    if ((flags & Flag.qualities) !== 0) this.qualities(queue);
    const digits = flags & Flag.decimals;
    if (digits === BINARY32) this.binary32(queue);
    else this.scaled(queue, SCALES[digits]);
    return flags;
  }

  // hot path
  /** The usual column in one go: all good, on its period, every value in its digits. False where it turns out to be another. */
  private plain(queue: RecordQueue, firstMs: number, scale: number): boolean {
    const bytes = this.#bytes;
    const view = this.#view;
    const fields = this.#fields;
    queue.readFirst(fields);
    const { value, offsetS } = fields;
    let product = value * scale;
    if (fields.quality !== GOOD || offsetS !== 0 || !(product < LARGEST_SCALED && product > -LARGEST_SCALED))
      return false;
    this.varint(firstMs);
    let next = queue.recordsAt;
    const end = queue.recordsEnd;
    const step = next < end ? bytes[next + PLAIN_TIME_AT] : 0;
    if (next < end) this.varint(step * MS_PER_S);
    let last = Math.round(product);
    this.varint(((last << 1) ^ (last >> 31)) >>> 0);
    let at = this.#at;
    for (let due = step; next < end; due += step) {
      if (bytes[next + SINGLE_AT] !== SINGLE_HEAD || bytes[next + PLAIN_TIME_AT] !== due) return false;
      product = view.getFloat32(next + VALUE_AT) * scale;
      if (!(product < LARGEST_SCALED && product > -LARGEST_SCALED)) return false;
      const scaled = Math.round(product);
      const difference = scaled - last;
      last = scaled;
      next += PLAIN_BYTES;
      if (difference < 64 && difference >= -64) bytes[at++] = (difference << 1) ^ (difference >> 31);
      else {
        this.#at = at;
        this.varint(((difference << 1) ^ (difference >> 31)) >>> 0);
        at = this.#at;
      }
    }
    this.#at = at;
    return true;
  }

  // hot path: once for each batch
  /** Writes the array's head in front of the columns. The batch then lies at `offset`, `length` bytes. */
  finish(): void {
    const columnsAt = this.#start + HEAD_BYTES;
    // The head's length is known when it has been written: it is written at the start and moved up to the columns.
    const writer = this.#writer;
    writer.window(this.#start, columnsAt);
    writer.array(8);
    writer.uint(COLUMNS_VERSION);
    writer.uint(this.#identity.boot);
    writer.uint(this.#head!.seq);
    writer.bytes(this.#identity.root);
    writer.bytes(this.#identity.configuration);
    writer.uint(this.#head!.timeQuality);
    writer.uint(this.#baseS);
    writer.bytesHead(this.#at - columnsAt);
    const headBytes = writer.at - this.#start;
    this.#offset = columnsAt - headBytes;
    this.#bytes.copyWithin(this.#offset, this.#start, writer.at);
    this.#length = this.#at - this.#offset;
  }

  // hot path
  /** What the column must be able to say, without writing anything. */
  private survey(queue: RecordQueue, decimals: number | undefined): number {
    const fields = this.#fields;
    const scale = decimals === undefined ? 0 : SCALES[decimals];
    let flags = decimals === undefined ? BINARY32 : decimals;
    let lastMs = 0;
    let stepMs = UNKNOWN;
    this.rewind(queue);
    for (let i = 0; this.more(queue); i++) {
      const ms = Math.round(fields.offsetS * MS_PER_S);
      if (i === 1) stepMs = ms - lastMs;
      else if (i > 1 && ms - lastMs !== stepMs) flags |= Flag.irregular;
      lastMs = ms;
      if (fields.quality !== GOOD) flags |= Flag.qualities;
      if (fields.quality <= UNCERTAIN && !(Math.abs(fields.value) * scale < LARGEST_SCALED)) flags |= BINARY32;
    }
    return flags;
  }

  // hot path
  private times(queue: RecordQueue, firstMs: number, irregular: boolean, records: number): void {
    const fields = this.#fields;
    this.rewind(queue);
    this.more(queue);
    let lastMs = Math.round(fields.offsetS * MS_PER_S);
    this.varint(firstMs + lastMs);
    if (records === 1) return;
    while (this.more(queue)) {
      const ms = Math.round(fields.offsetS * MS_PER_S);
      this.varint(ms - lastMs);
      if (!irregular) return;
      lastMs = ms;
    }
  }

  // hot path
  private qualities(queue: RecordQueue): void {
    const fields = this.#fields;
    let run = 0;
    let quality: Quality = GOOD;
    this.rewind(queue);
    while (this.more(queue)) {
      if (run > 0 && fields.quality !== quality) {
        this.varint(run);
        this.varint(quality);
        run = 0;
      }
      quality = fields.quality;
      run++;
    }
    this.varint(run);
    this.varint(quality);
  }

  // hot path
  private scaled(queue: RecordQueue, scale: number): void {
    const fields = this.#fields;
    let last = 0;
    this.rewind(queue);
    while (this.more(queue)) {
      if (fields.quality > UNCERTAIN) continue;
      const scaled = Math.round(fields.value * scale);
      const difference = scaled - last;
      last = scaled;
      this.varint(((difference << 1) ^ (difference >> 31)) >>> 0);
    }
  }

  // hot path
  private binary32(queue: RecordQueue): void {
    const fields = this.#fields;
    const view = this.#view;
    let last = 0;
    this.rewind(queue);
    while (this.more(queue)) {
      if (fields.quality > UNCERTAIN) continue;
      // The bytes behind the column are free: a float's bits are looked at there.
      view.setFloat32(this.#at, fields.value);
      const bits = view.getInt32(this.#at);
      this.varint((bits ^ last) >>> 0);
      last = bits;
    }
  }

  // hot path
  private rewind(queue: RecordQueue): void {
    this.#next = queue.recordsAt;
    this.#first = true;
  }

  // hot path
  /** Reads the next record of the column into `fields`; false behind the last. */
  private more(queue: RecordQueue): boolean {
    const fields = this.#fields;
    if (this.#first) {
      this.#first = false;
      queue.readFirst(fields);
    } else {
      if (this.#next >= queue.recordsEnd) return false;
      this.#next += fields.read(this.#bytes, this.#view, this.#next);
    }
    // Uncertain of no value at all: nothing was ever read.
    if (fields.quality <= UNCERTAIN && fields.value - fields.value !== 0) fields.quality = Quality.neverRead;
    return true;
  }

  // hot path
  /** @param n unsigned, at most 32 bits */
  private varint(n: number): void {
    const bytes = this.#bytes;
    let rest = n;
    while (rest >= 0x80) {
      bytes[this.#at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    bytes[this.#at++] = rest;
  }
}
