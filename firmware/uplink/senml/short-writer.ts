/**
 * A pack that any reader of RFC 8428 reads, in fewer bytes: a group of a channel whose digits are known has a whole number as base
 * value, and its values are what is left, in the binary16 nearest to it where that is off by no more than a tenth of the last digit.
 * Everything else is as exact as in the usual pack. Hot path, once for each batch.
 */
import { Quality } from "../../../drivers/contract";
import { PLAIN_BYTES } from "../../sampling/hot-fields";
import { type RecordQueue, SINGLE_HEAD, VALUE_AT } from "../../sampling/record-queue";
import type { SampleMemory } from "../../sampling/sample-memory";
import { Key, Label } from "./labels";
import { type EncodedPackIdentity, NO_DIGITS, type PackHead, type PackIdentity, PackWriter } from "./pack-writer";
import { wireNumber } from "./wire-number";

const GOOD = Quality.good;
/** A tenth of the last digit, by how many there are. Engines agree on these, not on `pow`. */
const TOLERANCES: readonly number[] = [0.1, 0.01, 0.001, 0.0001, 0.00001, 0.000001, 0.0000001];
/** A binary16 of less than this is off by less than that: half of what its last bit is worth. */
const NEAR_BELOW: readonly number[] = [256, 32, 4, 0.25, 0.031_25, 0.003_906_25, 0.000_244_140_625];
/** Least of the normal numbers of a binary16, 2^-14. */
const LEAST_NORMAL = 0.000_061_035_156_25;
/** A binary16 of less than this is no integer. */
const FRACTION_BELOW = 0.99;
/** `a2 02 f9 .. .. 06 ..`: a record of a binary16 and a time below 24 s; `a2 02 00 06 ..` one of zero. */
const HALF_HEAD = 0xa202_f900 | 0;
const HALF_BYTES = 7;
const ZERO_HEAD = 0xa202_0006 | 0;
const ZERO_BYTES = 5;
/** What the exponent of a binary32 exceeds that of a binary16 by, in place. */
const EXPONENT_LESS = 0x3800_0000;
/** Places in a record of `PLAIN_BYTES`: the head of its value, its time in seconds. */
const SINGLE_AT = VALUE_AT - 1;
const PLAIN_TIME_AT = PLAIN_BYTES - 1;
/** Values beyond it have no base value. */
const LARGEST_BASE = 65_535;
/** A binary16 has thirteen bits of mantissa less than a binary32. */
const DROPPED_BITS = 0x1fff;
const HALF_LESS_ONE = 0x0fff;

export class ShortPackWriter extends PackWriter {
  private readonly memory: SampleMemory;
  private readonly digits: readonly number[];
  private readonly single = new DataView(new ArrayBuffer(4));
  /** Base value that holds for what is written next. */
  private baseValue = 0;

  /** @param digits of each queue that `gather` gets; `NO_DIGITS` where nobody knows */
  constructor(
    memory: SampleMemory,
    start: number,
    end: number,
    identity: PackIdentity | EncodedPackIdentity,
    digits: readonly number[],
  ) {
    super(memory.writer, start, end, identity);
    this.memory = memory;
    this.digits = digits;
  }

  override begin(head: PackHead): void {
    super.begin(head);
    this.baseValue = 0;
  }

  // hot path: once for each batch
  override gather(queues: readonly RecordQueue[], bootS: number, most: number): void {
    let room = most;
    for (let i = 0; i < queues.length; i++) {
      const queue = queues[i];
      const records = queue.length;
      if (records === 0) continue;
      if (records > room && room < most) return;
      if (!this.shortGroup(queue, records, bootS + queue.baseUs / 1_000_000, this.digits[i])) return;
      queue.clear(records);
      room -= records;
    }
  }

  // hot path: once for each channel of a batch
  /** The same as `group`, with the digits of the queue's values. */
  shortGroup(queue: RecordQueue, records: number, baseTimeS: number, decimals: number): boolean {
    const writer = this.writer;
    const before = writer.at;
    const baseBefore = this.baseValue;
    if (decimals === NO_DIGITS && baseBefore === 0) return this.group(queue, records, baseTimeS);
    if (this.short(queue, baseTimeS, decimals)) {
      this.baseTimeS = baseTimeS;
      this.count += records;
      return true;
    }
    writer.rewind(before);
    this.baseValue = baseBefore;
    // A group of large steps may be longer than the usual one, for which there is always room in an empty pack.
    return baseBefore === 0 && this.group(queue, records, baseTimeS);
  }

  // hot path
  private short(queue: RecordQueue, baseTimeS: number, decimals: number): boolean {
    const tolerance = decimals === NO_DIGITS ? 0 : TOLERANCES[decimals];
    const writer = this.writer;
    const fields = this.memory.fields;
    const first = this.count === 0;
    queue.readFirst(fields);
    const { value } = fields;
    const base = tolerance > 0 && value <= LARGEST_BASE && value >= -LARGEST_BASE ? Math.round(value) : 0;
    const says = base !== this.baseValue;
    this.baseValue = base;
    queue.writeFirst(
      writer,
      first || baseTimeS !== this.baseTimeS ? baseTimeS : Number.NaN,
      (first ? this.headPairs() : 0) + (says ? 1 : 0),
      this.left(value - base, tolerance),
      says ? base : Number.NaN,
    );
    if (first) this.writeHead();
    let next = queue.recordsAt;
    const end = queue.recordsEnd;
    if (queue.isPlain && tolerance > 0) {
      // None of these becomes longer.
      if (!writer.fits(end - next)) return false;
      const limit = NEAR_BELOW[decimals] < FRACTION_BELOW ? NEAR_BELOW[decimals] : FRACTION_BELOW;
      while (next < end) next = this.plain(next, end, base, tolerance, limit);
    } else while (next < end) next = this.any(next, base, tolerance);
    return !writer.overflowed;
  }

  // hot path
  /** Records of `PLAIN_BYTES` as long as they are usual, and the first that is not. Returns where the next one lies. */
  private plain(from: number, end: number, base: number, tolerance: number, limit: number): number {
    const writer = this.writer;
    const bytes = this.memory.bytes;
    const view = this.memory.view;
    const single = this.single;
    let at = writer.at;
    let next = from;
    while (next < end && bytes[next + SINGLE_AT] === SINGLE_HEAD) {
      const x = view.getFloat32(next + VALUE_AT) - base;
      if (x <= tolerance && x >= -tolerance) {
        view.setInt32(at, ZERO_HEAD);
        bytes[at + ZERO_BYTES - 1] = bytes[next + PLAIN_TIME_AT];
        at += ZERO_BYTES;
      } else {
        if (!(x < limit && x > -limit) || (x < LEAST_NORMAL && x > -LEAST_NORMAL)) break;
        single.setFloat32(0, x);
        const bits = single.getInt32(0);
        // To the nearest, of two equally near to the even one. Half of it: behind the sign an exponent less by 112.
        const near = bits + HALF_LESS_ONE + ((bits >> 13) & 1);
        const half = ((near >> 16) & 0x8000) | (((near & 0x7fff_ffff) - EXPONENT_LESS) >> 13);
        view.setInt32(at, HALF_HEAD | (half >> 8));
        view.setInt16(at + 4, ((half & 0xff) << 8) | Label.time);
        bytes[at + HALF_BYTES - 1] = bytes[next + PLAIN_TIME_AT];
        at += HALF_BYTES;
      }
      next += PLAIN_BYTES;
    }
    writer.rewind(at);
    return next < end ? this.any(next, base, tolerance) : next;
  }

  // hot path
  /** One record of any form. Returns where the next one lies. */
  private any(next: number, base: number, tolerance: number): number {
    const writer = this.writer;
    const fields = this.memory.fields;
    const length = fields.read(this.memory.bytes, this.memory.view, next);
    const { value, quality, offsetS } = fields;
    if (value - value !== 0) {
      writer.move(next, length);
      return next + length;
    }
    let pairs = 1;
    if (offsetS !== 0) pairs++;
    if (quality !== GOOD) pairs++;
    writer.map(pairs);
    writer.number(Label.value);
    writer.number(this.left(value - base, tolerance));
    if (offsetS !== 0) {
      writer.number(Label.time);
      writer.number(offsetS);
    }
    if (quality !== GOOD) {
      writer.raw(Key.q);
      writer.number(quality);
    }
    return next + length;
  }

  // hot path: for each record
  /** The number of fewest bytes that is near enough. */
  private left(x: number, tolerance: number): number {
    if (tolerance === 0) return wireNumber(x);
    if (x <= tolerance && x >= -tolerance) return 0;
    const single = this.single;
    single.setFloat32(0, x);
    const bits = single.getInt32(0);
    single.setInt32(0, (bits + HALF_LESS_ONE + ((bits >> 13) & 1)) & ~DROPPED_BITS);
    const near = single.getFloat32(0);
    const error = near - x;
    if (error <= tolerance && error >= -tolerance) return near;
    // Far from the base a binary32 may be too coarse for the digits as well.
    const left = wireNumber(x);
    return left - x <= tolerance && left - x >= -tolerance ? left : x;
  }
}
