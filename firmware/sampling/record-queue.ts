/**
 * The records of one channel that wait for the batch, in the form in which they leave: a bounded queue of bytes.
 *
 * The first record opens the group (`GroupIdentity`) and is kept apart as value and time. The others stand behind the
 * group's template as `{v: binary32, t: seconds}`, nine bytes when the second is a whole one below 24
 *
 *   a2 02 fa vv vv vv vv 06 tt
 *
 * and thirteen with a time in binary32. A channel on its anchored period gives the same bytes in every batch but for the values. So `Channel` writes the value
 * alone as long as the record before it came one period earlier and the bytes around it are known to be those of an
 * earlier batch (`pristineTo`); everything else goes through `put`. This is what a record costs least in XS
 * (bench/README.md has the figures).
 *
 * A queue that is full lets records go by its policy and counts them: `produced = delivered + dropped + length`.
 */
import { Quality } from "../../drivers/contract";
import type { OverloadPolicy } from "../../drivers/plan";
import type { CborWriter } from "../uplink/cbor/writer";
import {
  BASE_NAME_AT,
  BASE_TIME_BYTES,
  BASE_TIME_HEAD_BYTES,
  type GroupIdentity,
} from "../uplink/senml/group-identity";
import { Key, Label, QUALITY_TEXT } from "../uplink/senml/labels";
import { wireNumber } from "../uplink/senml/wire-number";
import { type RecordFields, recordBytes } from "./record-bytes";
import type { SampleMemory } from "./sample-memory";

export type QueueOptions = {
  readonly memory: SampleMemory;
  readonly identity: GroupIdentity;
  /** Anchored period of the channel; blocks of samples bring their own. */
  readonly periodUs: number;
  /** Records at most; at least 2. */
  readonly capacity: number;
  readonly overload: OverloadPolicy;
  /** Told, inside the tick, when there is room for one more record only. */
  readonly onFull: () => void;
};

/** Constants of the module cost half of a property of another module's object. */
const GOOD = Quality.good;

/** `a2 02 fa`: a map of two pairs, the label of the value, the head of a binary32. */
const PLAIN_HEAD = 0xa202_fa00 | 0;
/** `a2 02 00 06`: the same with a whole number below 24, and the label of the time. */
const SMALL_HEAD = 0xa202_0006 | 0;
/** Bytes of a record before its value, and of a whole record with a time below 24 s. */
const VALUE_AT = 3;
/** The label of the time and room for one byte. */
const TIME_HEAD = Label.time << 8;
/** No time of a sample. */
const NEVER = -1;
/** No position. */
const UNFIT = -1;
const PLAIN_BYTES = 9;
/** A record of a time of any size. */
const LONG_BYTES = 13;
/** Room for one record of any form: bad quality in words, time as binary64. */
const ODD_BYTES = 48;
/** Integers beyond this size may be a binary32 whose last byte is not zero; smaller ones are not. */
export const LARGEST_PLAIN = 65_535;
const SECOND_US = 1_000_000;
/** Above this no base time is a binary32 with a fraction. */
const LARGEST_SINGLE_S = 16_777_216;

/** Bytes of memory that a queue takes. */
export function queueBytes(identity: GroupIdentity, capacity: number): number {
  return identity.template.length + (capacity - 1) * LONG_BYTES + ODD_BYTES;
}

/**
 * There is one for each channel, and a board has few slots. So its private methods are those of TypeScript: in XS each `#method`
 * is a slot of every instance. And it keeps no object of its own but what all share.
 */
export class RecordQueue {
  // What each sample touches comes first: XS finds a property by walking the list of them.
  /** Where the next plain record's value goes. */
  protected valueAt: number;
  /** Before this, records lie as an earlier batch left them: head and time are right already. */
  protected pristineTo: number;
  /** When the next sample comes, if it comes on its period; -1 before the first of a batch. */
  protected dueUs = NEVER;
  protected periodUs: number;
  /** Bytes of each record before `pristineTo`: 9, or more where times are not whole seconds below 24. */
  protected stride = PLAIN_BYTES;
  protected readonly bytes: Uint8Array;
  protected readonly view: DataView;

  /** Where the group's template begins, and where the records after the first do. */
  readonly templateAt: number;
  readonly recordsAt: number;
  readonly #writer: CborWriter;
  /** Places in the template. */
  readonly #baseTimeAt: number;
  readonly #markAt: number;
  readonly #end: number;
  readonly #capacity: number;
  readonly #overload: OverloadPolicy;
  readonly #onFull: () => void;
  /** Time of the last record of the batches before this one. */
  #clearedUs = 0;
  #empty = true;
  /** The first record; its time is `baseUs` unless older ones were let go. */
  #firstValue = 0;
  #firstQuality: Quality = GOOD;
  #firstOffsetS = 0;
  #baseUs = 0;
  /** Records that are not nine bytes long, and their bytes. */
  #odd = 0;
  #oddBytes = 0;
  /** Under decimation every n-th record is kept. */
  #keepEvery = 1;
  #skipped = 0;
  #delivered = 0;
  #dropped = 0;
  /** Shared by all queues. */
  readonly #fields: RecordFields;

  constructor(options: QueueOptions) {
    const { memory, identity, capacity } = options;
    this.periodUs = options.periodUs;
    this.bytes = memory.bytes;
    this.view = memory.view;
    this.#writer = memory.writer;
    this.#fields = memory.fields;
    this.#baseTimeAt = identity.baseTimeAt;
    this.#markAt = identity.markAt;
    this.#capacity = capacity;
    this.#overload = options.overload;
    this.#onFull = options.onFull;
    const size = queueBytes(identity, capacity);
    this.templateAt = memory.take(size);
    this.#end = this.templateAt + size;
    this.recordsAt = this.templateAt + identity.template.length;
    this.valueAt = this.pristineTo = this.recordsAt + VALUE_AT;
    this.bytes.set(identity.template, this.templateAt);
  }

  /** Its records have a unit. */
  get hasUnit(): boolean {
    return this.#markAt > this.#baseTimeAt + BASE_TIME_BYTES;
  }

  /** Records that wait. */
  get length(): number {
    if (this.#empty) return 0;
    return 1 + this.#odd + (this.valueAt - VALUE_AT - this.recordsAt - this.#oddBytes) / this.stride;
  }

  get isEmpty(): boolean {
    return this.#empty;
  }

  /** Records that went into a batch. */
  get delivered(): number {
    return this.#delivered;
  }

  /** Records that a full queue let go. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Records ever put in. */
  get produced(): number {
    return this.#delivered + this.#dropped + this.length;
  }

  /** Time of the last record ever made. */
  protected get lastRecordUs(): number {
    return this.dueUs === NEVER ? this.#clearedUs : this.dueUs - this.periodUs;
  }

  /** Where the records end. */
  get recordsEnd(): number {
    return this.valueAt - VALUE_AT;
  }

  /** Monotonic time of the first record. */
  get baseUs(): number {
    return this.#baseUs;
  }

  // hot path
  /** Any record. A value that is no integer is rounded to binary32; without a value there is the quality in words. */
  protected put(value: number, quality: Quality, ticksUs: number): void {
    const inTime = ticksUs === this.dueUs;
    this.dueUs = ticksUs + this.periodUs;
    if (this.#empty) {
      this.#empty = false;
      this.#firstValue = value;
      this.#firstQuality = quality;
      this.#baseUs = ticksUs;
    } else if (this.#keepEvery > 1 && ++this.#skipped < this.#keepEvery) {
      this.#dropped++;
    } else {
      this.#skipped = 0;
      if (!this.append(value, quality, ticksUs, inTime)) this.makeRoom(value, quality, ticksUs);
    }
  }

  // hot path: once for each channel of a batch
  /**
   * Puts first value and base time into the template. False when they have other forms than the long ones that it has;
   * then `writeFirst` writes the first record.
   */
  fillTemplate(baseTimeS: number): boolean {
    const value = this.#firstValue;
    if (
      baseTimeS > LARGEST_SINGLE_S &&
      baseTimeS % 1 !== 0 &&
      this.#firstQuality === GOOD &&
      this.#firstOffsetS === 0 &&
      value <= LARGEST_PLAIN &&
      value >= -LARGEST_PLAIN
    ) {
      const start = this.templateAt;
      this.view.setFloat32(start + VALUE_AT, value);
      if (this.bytes[start + VALUE_AT + 3] !== 0) {
        this.view.setFloat64(start + this.#baseTimeAt, baseTimeS);
        return true;
      }
    }
    return false;
  }

  /** Writes the first record, whose map has room for `extraPairs` that the caller writes behind it. */
  writeFirst(writer: CborWriter, baseTimeS: number, extraPairs: number): void {
    const quality = this.#firstQuality;
    const baseUnitAt = this.#baseTimeAt + BASE_TIME_BYTES;
    const unitBytes = this.#markAt - baseUnitAt;
    const markBytes = this.recordsAt - this.templateAt - this.#markAt;
    let pairs = 3 + extraPairs;
    if (this.#firstOffsetS !== 0) pairs++;
    if (unitBytes > 0) pairs++;
    if (markBytes > 0) pairs++;
    if (quality !== GOOD) pairs++;
    writer.map(pairs);
    writeValue(writer, this.#firstValue, quality);
    if (this.#firstOffsetS !== 0) writeTime(writer, this.#firstOffsetS);
    writer.move(this.templateAt + BASE_NAME_AT, this.#baseTimeAt - BASE_TIME_HEAD_BYTES - BASE_NAME_AT);
    writer.number(Label.baseTime);
    writer.number(baseTimeS);
    writer.move(this.templateAt + baseUnitAt, unitBytes);
    if (quality !== GOOD) writeQuality(writer, quality);
    writer.move(this.templateAt + this.#markAt, markBytes);
  }

  // hot path: once for each channel of a batch
  /** The first record, which is kept apart. The others lie from `recordsAt` to `recordsEnd`. */
  readFirst(fields: RecordFields): void {
    fields.value = wireNumber(this.#firstValue);
    fields.quality = this.#firstQuality;
    fields.offsetS = this.#firstOffsetS;
  }

  // hot path: once for each channel of a batch
  /** All records, of which there were `length`, went into a batch: empties the queue. */
  clear(length: number): void {
    this.#delivered += length;
    this.#empty = true;
    this.#clearedUs = this.dueUs - this.periodUs;
    this.dueUs = NEVER;
    this.valueAt = this.recordsAt + VALUE_AT;
    if (this.pristineTo < this.valueAt) this.pristineTo = this.valueAt;
    if (this.#odd > 0) this.#odd = this.#oddBytes = 0;
    if (this.#keepEvery > 1) this.#keepEvery = 1;
    if (this.#firstOffsetS > 0) this.#firstOffsetS = 0;
  }

  // hot path
  private append(value: number, quality: Quality, ticksUs: number, inTime: boolean): boolean {
    const length = this.length;
    const valueAt = this.valueAt;
    if (length >= this.#capacity || valueAt + ODD_BYTES > this.#end) return false;
    const offsetS = (ticksUs - this.#baseUs) / SECOND_US;
    let end = quality === GOOD ? this.writeSingle(valueAt, value, offsetS) : UNFIT;
    const single = end !== UNFIT;
    if (!single && quality === GOOD) end = this.writeSmall(valueAt, value, offsetS);
    if (end === UNFIT) end = this.writeOdd(valueAt, value, quality, offsetS);
    this.valueAt = end + VALUE_AT;
    const bytes = this.valueAt - valueAt;
    // The first record behind the template decides how long the others are expected to be.
    if (single && valueAt === this.recordsAt + VALUE_AT) this.stride = bytes;
    if (bytes !== this.stride) {
      this.#odd++;
      this.#oddBytes += bytes;
    }
    // The last place always comes this way, so that somebody is told.
    if (bytes !== this.stride || !single || !inTime || length + 2 >= this.#capacity) {
      if (valueAt < this.pristineTo) this.pristineTo = valueAt;
    } else if (valueAt === this.pristineTo && this.#odd === 0) {
      this.pristineTo = this.valueAt;
    }
    if (length + 2 >= this.#capacity) this.#onFull();
    return true;
  }

  // hot path
  /** A record of a good value in binary32. Returns where it ends, or UNFIT: another form is shorter or more exact. */
  private writeSingle(valueAt: number, value: number, offsetS: number): number {
    if (!(value <= LARGEST_PLAIN && value >= -LARGEST_PLAIN)) return UNFIT;
    const view = this.view;
    const bytes = this.bytes;
    view.setInt32(valueAt - VALUE_AT, PLAIN_HEAD);
    view.setFloat32(valueAt, value);
    // Thirteen bits of zero may be a binary16, eight an integer: their forms are shorter.
    if (bytes[valueAt + 3] === 0 && ((bytes[valueAt + 2] & 0x1f) === 0 || value % 1 === 0)) return UNFIT;
    if (offsetS > 0 && (offsetS | 0) === offsetS) {
      if (offsetS < 24) {
        view.setUint16(valueAt + 4, TIME_HEAD | offsetS);
        return valueAt + 6;
      }
      if (offsetS > 255) return UNFIT;
      view.setUint16(valueAt + 4, TIME_HEAD | 0x18);
      bytes[valueAt + 6] = offsetS;
      return valueAt + 7;
    }
    view.setUint16(valueAt + 4, TIME_HEAD | 0xfa);
    view.setFloat32(valueAt + 6, offsetS);
    if (bytes[valueAt + 9] === 0 && ((bytes[valueAt + 8] & 0x1f) === 0 || offsetS % 1 === 0)) return UNFIT;
    return valueAt + 10;
  }

  // hot path
  /** A record of a small whole number in a small time: five bytes. Contacts and counts are such. */
  private writeSmall(valueAt: number, value: number, offsetS: number): number {
    if (!(value >= 0 && value < 24 && offsetS > 0 && offsetS < 24)) return UNFIT;
    if ((value | 0) !== value || (offsetS | 0) !== offsetS || (value === 0 && 1 / value < 0)) return UNFIT;
    this.view.setInt32(valueAt - VALUE_AT, SMALL_HEAD | (value << 8));
    this.bytes[valueAt + 1] = offsetS;
    return valueAt + 2;
  }

  /** A record of any form. Returns where it ends. */
  private writeOdd(valueAt: number, value: number, quality: Quality, offsetS: number): number {
    const writer = this.#writer;
    writer.window(valueAt - VALUE_AT, this.#end);
    let pairs = 1;
    if (offsetS !== 0) pairs++;
    if (quality !== GOOD) pairs++;
    writer.map(pairs);
    writeValue(writer, value, quality);
    if (offsetS !== 0) writeTime(writer, offsetS);
    if (quality !== GOOD) writeQuality(writer, quality);
    return writer.at;
  }

  /** The queue is full: its policy decides who goes. */
  private makeRoom(value: number, quality: Quality, ticksUs: number): void {
    // Below any place: the rest of this batch does not lie as the next one will.
    this.pristineTo = this.recordsAt;
    if (this.#overload === "drop-newest") {
      this.#dropped++;
      return;
    }
    if (this.#overload === "decimate") {
      this.thin();
      this.#keepEvery *= 2;
    } else this.dropOldest();
    if (this.append(value, quality, ticksUs, false)) return;
    // A record of few bytes went, one of many came.
    if (this.#overload === "drop-oldest" && this.length > 1) this.makeRoom(value, quality, ticksUs);
    else this.#dropped++;
  }

  /** The second record becomes the first; the base time stays what it was. */
  private dropOldest(): void {
    const at = this.recordsAt;
    const second = this.#fields;
    second.read(this.bytes, this.view, at);
    this.#firstValue = second.value;
    this.#firstQuality = second.quality;
    this.#firstOffsetS = second.offsetS;
    this.remove(at);
  }

  /** Every second record goes, beginning with the second. */
  private thin(): void {
    let at = this.recordsAt;
    while (at < this.valueAt - VALUE_AT) {
      this.remove(at);
      if (at < this.valueAt - VALUE_AT) at += recordBytes(this.bytes, at);
    }
  }

  private remove(at: number): void {
    const length = recordBytes(this.bytes, at);
    if (length !== this.stride) {
      this.#odd--;
      this.#oddBytes -= length;
    }
    this.bytes.copyWithin(at, at + length, this.valueAt - VALUE_AT);
    this.valueAt -= length;
    this.#dropped++;
  }
}

function writeValue(writer: CborWriter, value: number, quality: Quality): void {
  if (quality <= Quality.uncertain && value - value === 0) {
    writer.number(Label.value);
    writer.number(wireNumber(value));
  } else {
    writer.number(Label.stringValue);
    writer.raw(QUALITY_TEXT[quality]);
  }
}

function writeTime(writer: CborWriter, offsetS: number): void {
  writer.number(Label.time);
  writer.number(wireNumber(offsetS));
}

function writeQuality(writer: CborWriter, quality: Quality): void {
  writer.raw(Key.q);
  writer.number(quality);
}
