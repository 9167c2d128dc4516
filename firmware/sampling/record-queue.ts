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
import { OVERLOAD_POLICIES, type OverloadPolicy } from "../../drivers/plan";
import type { CborWriter } from "../uplink/cbor/writer";
import { BASE_NAME_AT, BASE_TIME_BYTES, BASE_TIME_HEAD, type GroupIdentity } from "../uplink/senml/group-identity";
import { Key, Label, QUALITY_TEXT } from "../uplink/senml/labels";
import { wireNumber } from "../uplink/senml/wire-number";
import { HotFields, PLAIN_BYTES } from "./hot-fields";
import { PLAIN_HEAD, type RecordFields, recordBytes } from "./record-bytes";
import type { SampleMemory } from "./sample-memory";

export type QueueOptions = {
  readonly memory: SampleMemory;
  readonly identity: GroupIdentity;
  /** Anchored period of the channel; blocks of samples bring their own. */
  readonly periodUs: number;
  /** Records at most; at least 2. */
  readonly capacity: number;
  readonly overload: OverloadPolicy;
  /** Room for each record but the first; `LONG_BYTES` when left out. */
  readonly recordBytes?: number;
};

/** Constants of the module cost half of a property of another module's object. */
const GOOD = Quality.good;

/** `a2 02 00 06`: the same with a whole number below 24, and the label of the time. */
const SMALL_HEAD = 0xa202_0006 | 0;
/** Bytes of a record before its value, and of a whole record with a time below 24 s. */
export const VALUE_AT = 3;
/** The last byte of that value in the template. */
const LAST_AT = VALUE_AT + 3;
/** Head of a binary32, in front of the value. */
export const SINGLE_HEAD = 0xfa;
/** The label of the time and room for one byte. */
const TIME_HEAD = Label.time << 8;
/** A value that has no form shorter than that. */
const ANY_SINGLE = 0.1;
/** No position. */
const UNFIT = -1;
/** A record whose time is a whole second below 256 after the first of its batch. */
export const MINUTES_BYTES = 10;
/** A record of a time of any size. */
export const LONG_BYTES = 13;
/** Room for one record of any form: `{vs: "bad:communication", t: binary64, q}` and its place behind `valueAt`. */
const ODD_BYTES = 36;
/** Integers beyond this size may be a binary32 whose last byte is not zero; smaller ones are not. */
export const LARGEST_PLAIN = 65_535;
const SECOND_US = 1_000_000;
/** Above this no base time is a binary32 with a fraction. */
const LARGEST_SINGLE_S = 16_777_216;

/**
 * What a queue and its channel need seldom lies in front of the queue's template, in bytes: a property of an object takes 16. Places in
 * it, by field.
 */
export const Cold = {
  /** Where the queue's memory ends. */
  end: 0,
  /** Under decimation every n-th record is kept. */
  keepEvery: 4,
  skipped: 8,
  capacity: 12,
  /** Places in the template. */
  baseUnitAt: 14,
  markAt: 16,
  /** Records that are not `stride` bytes long, and their bytes. */
  odd: 18,
  oddBytes: 20,
  /** Position in `OVERLOAD_POLICIES`. */
  overload: 22,
  firstQuality: 23,
  /** Not 0: the first record's value is `firstValue`. */
  apart: 24,
  /** Of the channel: the quality of its last reading, bad ones in a row. */
  quality: 25,
  badInRow: 26,
  /** The first record's distance from the base time: not 0 when older ones were let go. */
  firstOffsetS: 27,
  dropped: 35,
  /** Of a first record that is not good, or not plain. */
  firstValue: 43,
  /** Of the channel: readings that were held back, and when the last good one was. */
  held: 51,
  heldUs: 59,
} as const;
export const COLD_BYTES = 67;
const END = Cold.end;
const CAPACITY = Cold.capacity;
const BASE_UNIT = Cold.baseUnitAt;

/** Bytes of memory that a queue takes. */
export function queueBytes(identity: GroupIdentity, capacity: number, recordBytes = LONG_BYTES): number {
  return COLD_BYTES + identity.template.length + (capacity - 1) * recordBytes + ODD_BYTES;
}

/**
 * There is one for each channel, and a board has few slots: each property and each `#method` is a slot of every instance, and
 * so is each class's having private names. So what is used seldom lies in bytes, what all share in the memory.
 */
export class RecordQueue extends HotFields {
  protected readonly memory: SampleMemory;
  /** Where the group's template begins, and where the records after the first do. */
  readonly templateAt: number;
  readonly recordsAt: number;
  /** Time of the first record, unless older ones were let go. Its value stands in the template, unless `Cold.apart`. */
  protected firstUs = 0;
  /**
   * Records that went into a batch; -1 less that number while the queue is irregular: records of several lengths, a first one that is
   * not good, plain and at the base time, decimation (see `Cold`).
   */
  private batched = 0;

  constructor(options: QueueOptions) {
    const { memory, identity, capacity } = options;
    super(memory.bytes, memory.view, options.periodUs);
    this.memory = memory;
    const size = queueBytes(identity, capacity, options.recordBytes);
    const start = memory.take(size);
    const cold = this.view;
    cold.setUint32(start + END, start + size);
    cold.setUint16(start + CAPACITY, capacity);
    cold.setUint16(start + BASE_UNIT, identity.baseUnitAt);
    cold.setUint16(start + Cold.markAt, identity.markAt);
    cold.setUint8(start + Cold.overload, OVERLOAD_POLICIES.indexOf(options.overload));
    cold.setUint32(start + Cold.keepEvery, 1);
    this.templateAt = start + COLD_BYTES;
    this.recordsAt = this.templateAt + identity.template.length;
    this.valueAt = this.recordsAt + VALUE_AT;
    this.pristineTo = -this.valueAt;
    this.bytes.set(identity.template, this.templateAt);
  }

  /** Its records have a unit. */
  get hasUnit(): boolean {
    return this.cold(Cold.markAt) > this.cold(BASE_UNIT);
  }

  /** Records that wait. */
  get length(): number {
    if (this.pristineTo < 0) return 0;
    const bytes = this.valueAt - VALUE_AT - this.recordsAt;
    if (this.batched >= 0) return 1 + bytes / this.stride;
    return 1 + this.cold(Cold.odd) + (bytes - this.cold(Cold.oddBytes)) / this.stride;
  }

  get isEmpty(): boolean {
    return this.pristineTo < 0;
  }

  /** Records that went into a batch. */
  get delivered(): number {
    const batched = this.batched;
    return batched < 0 ? -1 - batched : batched;
  }

  /** Records that a full queue let go. */
  get dropped(): number {
    return this.view.getFloat64(this.templateAt - COLD_BYTES + Cold.dropped);
  }

  /** Records ever put in. */
  get produced(): number {
    return this.delivered + this.dropped + this.length;
  }

  /** Time of the last record ever made. */
  protected get lastRecordUs(): number {
    return this.dueUs - this.periodUs;
  }

  // hot path: once for each channel of a batch
  /**
   * Whether every record behind the first has `PLAIN_BYTES`. One of these whose third byte is `SINGLE_HEAD` is `{v: binary32, t}`
   * of good quality, its time a whole number below 24 in the last byte; others have other forms.
   */
  get isPlain(): boolean {
    return this.batched >= 0 && this.stride === PLAIN_BYTES;
  }

  /** Where the records end. */
  get recordsEnd(): number {
    return this.valueAt - VALUE_AT;
  }

  /** Monotonic time of the first record. */
  get baseUs(): number {
    return this.firstUs;
  }

  /** A subclass that keeps `valueAt` or `dueUs` back puts them right: before anything here changes them. */
  protected settle(): void {}

  // hot path: once for each block
  /** From now on samples come at this distance. */
  protected expectEvery(periodUs: number): void {
    if (periodUs === this.periodUs) return;
    this.settle();
    this.periodUs = periodUs;
    // What lies there has the times of another period.
    this.pristineTo = this.pristineTo < 0 ? -(this.recordsAt + VALUE_AT) : this.recordsAt;
  }

  // hot path
  /** Any record. A value that is no integer is rounded to binary32; without a value there is the quality in words. */
  protected put(value: number, quality: Quality, ticksUs: number): void {
    const inTime = ticksUs === this.dueUs;
    this.dueUs = ticksUs + this.periodUs;
    if (this.pristineTo < 0) {
      this.pristineTo = -this.pristineTo;
      this.firstUs = ticksUs;
      if (quality === GOOD && value <= LARGEST_PLAIN && value >= -LARGEST_PLAIN)
        this.view.setFloat32(this.templateAt + VALUE_AT, value);
      else this.setFirst(value, quality);
    } else if (this.batched < 0 && this.skips()) {
      this.drop();
    } else if (!this.append(value, quality, ticksUs, inTime)) {
      this.makeRoom(value, quality, ticksUs);
    }
  }

  // hot path: once for each channel of a batch
  /**
   * The usual way into a batch: all records go behind what `writer` has, and the queue is empty. 0 when it was. The negative of
   * their count, with nothing changed, where they are more than `most`, do not fit, or their first has not the template's form.
   * @param baseUs the base time that holds; NaN where none does
   * @param skip bytes of the template that the writer has already
   */
  leave(writer: CborWriter, most: number, baseUs: number, skip: number): number {
    if (this.pristineTo < 0) return 0;
    this.settle();
    const start = this.templateAt;
    if (this.batched < 0) return -this.length;
    const recordsAt = this.recordsAt;
    const end = this.valueAt - VALUE_AT;
    const records = 1 + (((end - recordsAt) / this.stride) | 0);
    const to = writer.at;
    const from = start + skip;
    const after = to + end - from;
    // A last byte of zero may be a shorter form's.
    if (this.firstUs !== baseUs || records > most || this.bytes[start + LAST_AT] === 0 || after > writer.end)
      return -records;
    this.bytes.copyWithin(to, from, end);
    writer.at = after;
    this.batched += records;
    this.valueAt = recordsAt + VALUE_AT;
    this.pristineTo = this.pristineTo > recordsAt + VALUE_AT ? -this.pristineTo : -(recordsAt + VALUE_AT);
    return records;
  }

  // hot path: once for each channel of a batch
  /**
   * Writes the first record, and the others as far as `end`. False when it has another form than the usual one, or finds no
   * room; then there is `writeFirst`.
   * @param baseTimeS NaN where the base time of the group before holds (RFC 8428 section 4.1)
   */
  writeTemplate(writer: CborWriter, end: number, baseTimeS: number): boolean {
    const start = this.templateAt;
    const bytes = this.bytes;
    if (bytes[start + LAST_AT] === 0) return false;
    if (this.batched < 0 && (bytes[start - COLD_BYTES + Cold.apart] !== 0 || this.firstOffsetS !== 0)) return false;
    if (baseTimeS - baseTimeS !== 0) return writer.move(start, end - start);
    if (!(baseTimeS > LARGEST_SINGLE_S) || baseTimeS % 1 === 0) return false;
    const view = this.view;
    const baseUnitAt = start + view.getUint16(start - COLD_BYTES + BASE_UNIT);
    bytes[start]++;
    const hole = writer.moveApart(start, baseUnitAt, end, BASE_TIME_BYTES);
    bytes[start]--;
    if (hole < 0) return false;
    view.setUint16(hole, BASE_TIME_HEAD);
    view.setFloat64(hole + 2, baseTimeS);
    return true;
  }

  // hot path: once for each batch
  /**
   * Puts the first record's value and a base time into a copy of the template that `writeTemplate` left at `at` of the same
   * memory. Returns where the copy ends, or -1 when the record has another form.
   */
  repeatTemplate(at: number, baseTimeS: number): number {
    const start = this.templateAt;
    const view = this.view;
    const timeAt = at + view.getUint16(start - COLD_BYTES + BASE_UNIT) + 2;
    view.setFloat64(timeAt, baseTimeS);
    // A number that has a shorter form, as integer below 2^44 or as binary32, ends with a zero.
    if (this.bytes[timeAt + 7] === 0) return UNFIT;
    view.setFloat32(at + VALUE_AT, view.getFloat32(start + VALUE_AT));
    return at + this.recordsAt - start + BASE_TIME_BYTES;
  }

  /**
   * Writes the first record, whose map has room for `extraPairs` that the caller writes behind it.
   * @param baseTimeS NaN where the base time of the group before holds
   * @param value what is left of its value beside the base value
   * @param baseValue said where it is not NaN; one of the extra pairs
   */
  writeFirst(
    writer: CborWriter,
    baseTimeS: number,
    extraPairs: number,
    value = this.firstValue,
    baseValue = Number.NaN,
  ): void {
    const timed = baseTimeS - baseTimeS === 0;
    const quality = this.firstQuality;
    const offsetS = this.firstOffsetS;
    const baseUnitAt = this.cold(BASE_UNIT);
    const markAt = this.cold(Cold.markAt);
    const unitBytes = markAt - baseUnitAt;
    const markBytes = this.recordsAt - this.templateAt - markAt;
    let pairs = 2 + extraPairs;
    if (timed) pairs++;
    if (offsetS !== 0) pairs++;
    if (unitBytes > 0) pairs++;
    if (markBytes > 0) pairs++;
    if (quality !== GOOD) pairs++;
    writer.map(pairs);
    writeValue(writer, value, quality);
    if (offsetS !== 0) writeTime(writer, offsetS);
    writer.move(this.templateAt + BASE_NAME_AT, baseUnitAt - BASE_NAME_AT);
    if (timed) {
      writer.number(Label.baseTime);
      writer.number(baseTimeS);
    }
    writer.move(this.templateAt + baseUnitAt, unitBytes);
    if (baseValue - baseValue === 0) {
      writer.number(Label.baseValue);
      writer.number(baseValue);
    }
    if (quality !== GOOD) writeQuality(writer, quality);
    writer.move(this.templateAt + markAt, markBytes);
  }

  // hot path: once for each channel of a batch
  /** The first record, which is kept apart. The others lie from `recordsAt` to `recordsEnd`. */
  readFirst(fields: RecordFields): void {
    fields.value = wireNumber(this.firstValue);
    fields.quality = this.firstQuality;
    fields.offsetS = this.firstOffsetS;
  }

  // hot path: once for each channel of a batch
  /** All records, of which there were `length`, went into a batch: empties the queue. */
  clear(length: number): void {
    this.settle();
    if (this.batched < 0) this.regulate();
    this.batched += length;
    const valueAt = this.recordsAt + VALUE_AT;
    this.valueAt = valueAt;
    this.pristineTo = this.pristineTo > valueAt ? -this.pristineTo : -valueAt;
  }

  private disturb(): void {
    if (this.batched >= 0) this.batched = -1 - this.batched;
  }

  private regulate(): void {
    this.batched = -1 - this.batched;
    this.setCold(Cold.odd, 0);
    this.setCold(Cold.oddBytes, 0);
    this.setCold(Cold.keepEvery, 1);
    this.setCold(Cold.skipped, 0);
    this.setByte(Cold.firstQuality, GOOD);
    this.setByte(Cold.apart, 0);
    this.view.setFloat64(this.templateAt - COLD_BYTES + Cold.firstOffsetS, 0);
  }

  /** Those in front are 32 bits long, the others 16. */
  private cold(field: number): number {
    const at = this.templateAt - COLD_BYTES + field;
    return field < CAPACITY ? this.view.getUint32(at) : this.view.getUint16(at);
  }

  private setCold(field: number, value: number): void {
    const at = this.templateAt - COLD_BYTES + field;
    if (field < CAPACITY) this.view.setUint32(at, value);
    else this.view.setUint16(at, value);
  }

  private setByte(field: number, value: number): void {
    this.bytes[this.templateAt - COLD_BYTES + field] = value;
  }

  private get firstQuality(): Quality {
    return this.bytes[this.templateAt - COLD_BYTES + Cold.firstQuality] as Quality;
  }

  private get firstValue(): number {
    const start = this.templateAt;
    const apart = this.bytes[start - COLD_BYTES + Cold.apart] !== 0;
    return apart ? this.view.getFloat64(start - COLD_BYTES + Cold.firstValue) : this.view.getFloat32(start + VALUE_AT);
  }

  private setFirst(value: number, quality: Quality): void {
    this.view.setFloat64(this.templateAt - COLD_BYTES + Cold.firstValue, value);
    this.setByte(Cold.apart, 1);
    this.setByte(Cold.firstQuality, quality);
    this.disturb();
  }

  private get firstOffsetS(): number {
    return this.view.getFloat64(this.templateAt - COLD_BYTES + Cold.firstOffsetS);
  }

  private drop(): void {
    const at = this.templateAt - COLD_BYTES + Cold.dropped;
    this.view.setFloat64(at, this.view.getFloat64(at) + 1);
  }

  /** Under decimation: this record is one of those that go. */
  private skips(): boolean {
    const keepEvery = this.cold(Cold.keepEvery);
    if (keepEvery === 1) return false;
    const skipped = this.cold(Cold.skipped) + 1;
    this.setCold(Cold.skipped, skipped === keepEvery ? 0 : skipped);
    return skipped < keepEvery;
  }

  // hot path
  /** Behind a record that ends before `valueAt`, of then `length`, there is room for one more at most. */
  private fullAfter(valueAt: number, length: number): boolean {
    const cold = this.templateAt - COLD_BYTES;
    const view = this.view;
    return (
      length + 1 >= view.getUint16(cold + CAPACITY) || valueAt + this.stride + ODD_BYTES > view.getUint32(cold + END)
    );
  }

  // hot path
  private append(value: number, quality: Quality, ticksUs: number, inTime: boolean): boolean {
    const length = this.length;
    const valueAt = this.valueAt;
    const cold = this.templateAt - COLD_BYTES;
    const end = this.view.getUint32(cold + END);
    if (length >= this.view.getUint16(cold + CAPACITY) || valueAt + ODD_BYTES > end) return false;
    const offsetS = (ticksUs - this.firstUs) / SECOND_US;
    let recordEnd = quality === GOOD ? this.writeSingle(valueAt, value, offsetS) : UNFIT;
    const single = recordEnd !== UNFIT;
    if (!single && quality === GOOD) recordEnd = this.writeSmall(valueAt, value, offsetS);
    if (recordEnd === UNFIT) recordEnd = this.writeOdd(valueAt, end, value, quality, offsetS);
    this.valueAt = recordEnd + VALUE_AT;
    const bytes = this.valueAt - valueAt;
    // The first record behind the template decides how long the others are expected to be.
    if (single && valueAt === this.recordsAt + VALUE_AT) this.stride = bytes;
    if (bytes !== this.stride) {
      this.disturb();
      this.setCold(Cold.odd, this.cold(Cold.odd) + 1);
      this.setCold(Cold.oddBytes, this.cold(Cold.oddBytes) + bytes);
    }
    const full = this.fullAfter(this.valueAt, length + 1);
    // The last place always comes this way, so that somebody is told.
    if (bytes !== this.stride || !single || !inTime || full) {
      if (valueAt < this.pristineTo) this.pristineTo = valueAt;
    } else if (valueAt === this.pristineTo && this.batched >= 0) {
      this.pristineTo = this.valueAt;
      this.foresee((this.dueUs - this.firstUs) / SECOND_US, length + 1);
    }
    if (full) this.memory.listener.queueFull();
    return true;
  }

  /**
   * Makes the place behind the `length` records ready as well, for `ConditionedChannel`, which looks for two places at a time: else
   * the last record of each batch would come the long way. Not the last place: that always does.
   */
  private foresee(offsetS: number, length: number): void {
    const recordEnd = this.writeSingle(this.valueAt, ANY_SINGLE, offsetS);
    const next = recordEnd + VALUE_AT;
    if (recordEnd !== UNFIT && next === this.valueAt + this.stride && !this.fullAfter(next, length + 1))
      this.pristineTo = next;
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
    if (bytes[valueAt + 3] === 0 && ((bytes[valueAt + 2] & 0x1f) === 0 || Math.fround(value) % 1 === 0)) return UNFIT;
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
    if (bytes[valueAt + 9] === 0 && ((bytes[valueAt + 8] & 0x1f) === 0 || Math.fround(offsetS) % 1 === 0)) return UNFIT;
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
  private writeOdd(valueAt: number, end: number, value: number, quality: Quality, offsetS: number): number {
    const { writer } = this.memory;
    writer.window(valueAt - VALUE_AT, end);
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
    const overload = OVERLOAD_POLICIES[this.bytes[this.templateAt - COLD_BYTES + Cold.overload]];
    if (overload === "drop-newest") {
      this.drop();
      return;
    }
    this.disturb();
    if (overload === "decimate") {
      this.thin();
      this.setCold(Cold.keepEvery, 2 * this.cold(Cold.keepEvery));
    } else this.dropOldest();
    if (this.append(value, quality, ticksUs, false)) return;
    // A record of few bytes went, one of many came.
    if (overload === "drop-oldest" && this.length > 1) this.makeRoom(value, quality, ticksUs);
    else this.drop();
  }

  /** The second record becomes the first; the base time stays what it was. */
  private dropOldest(): void {
    const at = this.recordsAt;
    const second = this.memory.fields;
    second.read(this.bytes, this.view, at);
    this.setFirst(second.value, second.quality);
    this.view.setFloat64(this.templateAt - COLD_BYTES + Cold.firstOffsetS, second.offsetS);
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
      this.setCold(Cold.odd, this.cold(Cold.odd) - 1);
      this.setCold(Cold.oddBytes, this.cold(Cold.oddBytes) - length);
    }
    this.bytes.copyWithin(at, at + length, this.valueAt - VALUE_AT);
    this.valueAt -= length;
    this.drop();
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
