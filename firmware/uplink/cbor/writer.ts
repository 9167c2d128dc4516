/**
 * CBOR (RFC 8949) into a preallocated buffer, deterministic after section 4.2.1: shortest heads and floats, definite
 * lengths. A JavaScript number that is integral and at most 2^53-1 in size becomes an integer; -0 stays a float, because
 * an integer would lose its sign. The order of map keys is the caller's business here (`encode.ts` sorts).
 *
 * Nothing is written in part: an item that does not fit sets `overflowed`, and every later item is refused too until
 * `rewind`. No call allocates.
 */
import { utf8Length, writeUtf8 } from "../utf8";
import { halfBitsOfSingle } from "./half";

const MAJOR_UINT = 0x00;
const MAJOR_NEGATIVE = 0x20;
const MAJOR_BYTES = 0x40;
const MAJOR_TEXT = 0x60;
const MAJOR_ARRAY = 0x80;
const MAJOR_MAP = 0xa0;
const MAJOR_TAG = 0xc0;

const TWO_32 = 4_294_967_296;
const MAX_SAFE = 9_007_199_254_740_991;

export class CborWriter {
  // No `#` names: in XS a method copies all that it uses of them to its stack at each call, which costs more than the fields.
  /** Position after the last item. Who writes to the buffer himself moves it on, up to `end`. */
  at = 0;
  /** Where the room ends: the buffer's end, or that of the window. */
  end: number;
  private refused = false;
  readonly buffer: Uint8Array;
  private readonly view: DataView;
  /** Where a binary32 is looked at, to see whether fewer bits hold it. */
  private readonly single = new DataView(new ArrayBuffer(4));

  constructor(buffer: Uint8Array) {
    this.buffer = buffer;
    this.end = buffer.length;
    this.view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  }

  /** An item did not fit; it and all after it were refused. */
  get overflowed(): boolean {
    return this.refused;
  }

  /** Goes back to an earlier `at`, as if nothing had been written since. */
  rewind(at: number): void {
    this.at = at;
    this.refused = false;
  }

  // hot path
  /** Writes from `at` on and nowhere beyond `end`: for one of several users of a buffer. */
  window(at: number, end: number): void {
    this.at = at;
    this.end = end;
    this.refused = false;
  }

  // hot path
  /** @param n integer 0 … 2^53-1 */
  uint(n: number): void {
    this.head(MAJOR_UINT, n);
  }

  // hot path
  /** @param n integer within ±(2^53-1) */
  int(n: number): void {
    if (n >= 0) this.head(MAJOR_UINT, n);
    else this.head(MAJOR_NEGATIVE, -1 - n);
  }

  // hot path
  /** An integer when the number is one, the shortest float otherwise. */
  number(x: number): void {
    if ((x | 0) === x) {
      if (x > 0) this.head(MAJOR_UINT, x);
      else if (x < 0) this.head(MAJOR_NEGATIVE, -1 - x);
      else if (1 / x < 0) this.float(x);
      else this.head(MAJOR_UINT, 0);
    } else if (x <= MAX_SAFE && x >= -MAX_SAFE && Math.floor(x) === x) this.int(x);
    else this.float(x);
  }

  // hot path
  /** The shortest of binary16, binary32 and binary64 that keeps the value. */
  float(x: number): void {
    if (Math.fround(x) === x) this.shortFloat(x);
    // Only NaN is not above -Infinity here; a call of Number.isNaN would cost more than the write.
    else if (!(x > Number.NEGATIVE_INFINITY)) this.half(0x7e00);
    else if (this.room(9)) {
      this.buffer[this.at] = 0xfb;
      this.view.setFloat64(this.at + 1, x);
      this.at += 9;
    }
  }

  bytes(source: Uint8Array): void {
    const mark = this.at;
    this.head(MAJOR_BYTES, source.length);
    this.raw(source);
    if (this.refused) this.at = mark;
  }

  // hot path
  /** The head of a byte string of `length` bytes, which somebody else puts behind it. */
  bytesHead(length: number): void {
    this.head(MAJOR_BYTES, length);
  }

  text(text: string): void {
    const mark = this.at;
    const length = utf8Length(text);
    this.head(MAJOR_TEXT, length);
    if (this.room(length)) this.at = writeUtf8(text, this.buffer, this.at);
    else this.at = mark;
  }

  // hot path
  /** The head of an array of `count` items, which follow. */
  array(count: number): void {
    this.head(MAJOR_ARRAY, count);
  }

  // hot path
  /** The head of a map of `count` pairs, which follow as key, value, key, value. */
  map(count: number): void {
    this.head(MAJOR_MAP, count);
  }

  /** The head of a tag; its content follows. */
  tag(number: number): void {
    this.head(MAJOR_TAG, number);
  }

  // hot path
  bool(value: boolean): void {
    if (this.room(1)) this.buffer[this.at++] = value ? 0xf5 : 0xf4;
  }

  null(): void {
    if (this.room(1)) this.buffer[this.at++] = 0xf6;
  }

  // hot path
  /** One byte of a byte string whose head was written. */
  byte(value: number): void {
    if (!this.room(1)) return;
    this.buffer[this.at] = value;
    this.at++;
  }

  // hot path
  /** Copies CBOR that was encoded before: a channel's name, a digest. */
  raw(fragment: Uint8Array): void {
    const length = fragment.length;
    const at = this.at;
    if (this.refused || at + length > this.end) {
      this.refused = true;
      return;
    }
    this.buffer.set(fragment, at);
    this.at = at + length;
  }

  // hot path
  /** Copies CBOR that stands elsewhere in this buffer. False when it does not fit. */
  move(start: number, length: number): boolean {
    const at = this.at;
    if (this.refused || at + length > this.end) {
      this.refused = true;
      return false;
    }
    this.buffer.copyWithin(at, start, start + length);
    this.at = at + length;
    return true;
  }

  // hot path: once for each channel of a batch
  /** Whether so many bytes have room. */
  fits(length: number): boolean {
    return !this.refused && this.at + length <= this.end;
  }

  // hot path
  /** The same from `start` to `end`, with a hole of `bytes` before what stands at `cut`. Where it is, or -1 when it does not fit. */
  moveApart(start: number, cut: number, end: number, bytes: number): number {
    const at = this.at;
    const next = at + end - start + bytes;
    if (this.refused || next > this.end) {
      this.refused = true;
      return -1;
    }
    const hole = at + cut - start;
    this.buffer.copyWithin(at, start, cut);
    this.buffer.copyWithin(hole + bytes, cut, end);
    this.at = next;
    return hole;
  }

  // hot path
  private room(length: number): boolean {
    if (this.refused || this.at + length > this.end) {
      this.refused = true;
      return false;
    }
    return true;
  }

  // hot path
  /** Major type and argument (RFC 8949 section 3), shortest form. */
  private head(major: number, n: number): void {
    if (n < 24) {
      if (this.room(1)) this.buffer[this.at++] = major | n;
    } else if (n < 0x100) {
      if (!this.room(2)) return;
      this.buffer[this.at++] = major | 24;
      this.buffer[this.at++] = n;
    } else if (n < 0x1_0000) {
      if (!this.room(3)) return;
      this.buffer[this.at++] = major | 25;
      this.buffer[this.at++] = n >> 8;
      this.buffer[this.at++] = n & 0xff;
    } else if (n < TWO_32) {
      if (!this.room(5)) return;
      this.buffer[this.at] = major | 26;
      this.view.setUint32(this.at + 1, n);
      this.at += 5;
    } else {
      if (!this.room(9)) return;
      const high = Math.floor(n / TWO_32);
      this.buffer[this.at] = major | 27;
      this.view.setUint32(this.at + 1, high);
      this.view.setUint32(this.at + 5, n - high * TWO_32);
      this.at += 9;
    }
  }

  // hot path
  private shortFloat(x: number): void {
    this.single.setFloat32(0, x);
    const half = halfBitsOfSingle(this.single.getUint32(0));
    if (half >= 0) {
      this.half(half);
    } else if (this.room(5)) {
      this.buffer[this.at] = 0xfa;
      this.view.setFloat32(this.at + 1, x);
      this.at += 5;
    }
  }

  // hot path
  private half(bits: number): void {
    if (!this.room(3)) return;
    this.buffer[this.at++] = 0xf9;
    this.buffer[this.at++] = bits >> 8;
    this.buffer[this.at++] = bits & 0xff;
  }
}
