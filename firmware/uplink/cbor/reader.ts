/**
 * A bounded decoder for CBOR that somebody else may have written: it never reads beyond its input, never nests deeper and
 * never makes more items than it was told, and refuses what two readers could understand differently.
 *
 * Maps with only text keys become plain objects, maps with an integer key become a `Map`. Byte strings are views of the
 * input, not copies. Integers beyond ±(2^53-1), tags and simple values other than false, true and null are refused.
 */
import { readUtf8 } from "../utf8";
import type { CborValue } from "./encode";
import { CborError } from "./error";
import { halfBitsOfSingle, numberOfHalf } from "./half";

export type CborLimits = {
  /** Maps and arrays within each other. */
  readonly depth?: number;
  /** Data items in all, keys included. */
  readonly items?: number;
  /** Also demand the deterministic form of RFC 8949 section 4.2.1: shortest heads and floats, sorted keys. */
  readonly strict?: boolean;
};

/** A compiled plan nests 9 deep where a panel's profile lists points with states. */
export const DEFAULT_DEPTH = 12;
export const DEFAULT_ITEMS = 20_000;

const TWO_32 = 4_294_967_296;
const MAX_HIGH = 0x1f_ffff;

/** Decodes exactly one data item that fills `bytes`. Throws `CborError` with the offset. */
export function decodeCbor(bytes: Uint8Array, limits: CborLimits = {}): CborValue {
  return new Reader(bytes, limits).document();
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #strict: boolean;
  readonly #maxDepth: number;
  #itemsLeft: number;
  #at = 0;

  constructor(bytes: Uint8Array, limits: CborLimits) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#strict = limits.strict ?? true;
    this.#maxDepth = limits.depth ?? DEFAULT_DEPTH;
    this.#itemsLeft = limits.items ?? DEFAULT_ITEMS;
  }

  document(): CborValue {
    const value = this.item(0);
    if (this.#at < this.#bytes.length) throw new CborError("trailing", "bytes after the end of the item", this.#at);
    return value;
  }

  private item(depth: number): CborValue {
    const start = this.#at;
    if (--this.#itemsLeft < 0) throw new CborError("items", "more items than allowed", start);
    const initial = this.byte();
    const info = initial & 31;
    switch (initial >> 5) {
      case 0:
        return this.argument(info, start);
      case 1:
        return -1 - this.argument(info, start);
      case 2:
        return this.take(this.argument(info, start), start);
      case 3:
        return this.text(this.argument(info, start), start);
      case 4:
        return this.array(this.argument(info, start), depth + 1, start);
      case 5:
        return this.map(this.argument(info, start), depth + 1, start);
      case 6:
        this.argument(info, start);
        throw new CborError("unsupported", "a tag", start);
      default:
        return this.simple(info, start);
    }
  }

  private byte(): number {
    this.need(1, this.#at);
    return this.#bytes[this.#at++];
  }

  private need(count: number, start: number): void {
    if (count > this.#bytes.length - this.#at) throw new CborError("truncated", "the input ends in an item", start);
  }

  private argument(info: number, start: number): number {
    if (info < 24) return info;
    if (info === 31) throw new CborError("indefinite", "an indefinite length", start);
    if (info > 27) throw new CborError("malformed", "a reserved length", start);
    const width = 1 << (info - 24);
    this.need(width, start);
    const at = this.#at;
    this.#at += width;
    if (info === 24) return this.shortest(this.#bytes[at], 24, start);
    if (info === 25) return this.shortest(this.#view.getUint16(at), 0x100, start);
    if (info === 26) return this.shortest(this.#view.getUint32(at), 0x1_0000, start);
    const high = this.#view.getUint32(at);
    const low = this.#view.getUint32(at + 4);
    // 2^53-1 for both signs: -1 - n is then at least -(2^53-1) but for one value, which is refused too.
    if (high > MAX_HIGH || (high === MAX_HIGH && low === 0xffff_ffff && this.#bytes[start] >> 5 === 1))
      throw new CborError("range", "an integer beyond 2^53", start);
    return this.shortest(high * TWO_32 + low, TWO_32, start);
  }

  private shortest(value: number, least: number, start: number): number {
    if (this.#strict && value < least) throw new CborError("shortest", "a longer form than needed", start);
    return value;
  }

  private take(length: number, start: number): Uint8Array {
    this.need(length, start);
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return bytes;
  }

  private text(length: number, start: number): string {
    this.need(length, start);
    const text = readUtf8(this.#bytes, this.#at, this.#at + length);
    if (text === undefined) throw new CborError("text", "text that is not UTF-8", start);
    this.#at += length;
    return text;
  }

  private array(count: number, depth: number, start: number): CborValue[] {
    this.enter(count, depth, start);
    const array: CborValue[] = [];
    for (let i = 0; i < count; i++) array.push(this.item(depth));
    return array;
  }

  private map(count: number, depth: number, start: number): CborValue {
    this.enter(count * 2, depth, start);
    const object: { [key: string]: CborValue } = {};
    // Only from the first key on that is no text: a `Map` beside the object would take its memory twice.
    let map: Map<number | string, CborValue> | undefined;
    let previousStart = -1;
    let previousEnd = -1;
    for (let i = 0; i < count; i++) {
      const keyStart = this.#at;
      const key = this.item(depth);
      if (typeof key !== "string" && !Number.isInteger(key)) throw new CborError("unsupported", "a map key", keyStart);
      if (map === undefined && typeof key !== "string")
        map = new Map<number | string, CborValue>(Object.entries(object));
      if (map === undefined ? Object.hasOwn(object, key as string) : map.has(key as number | string))
        throw new CborError("duplicate", "a map key again", keyStart);
      if (this.#strict && i > 0 && !this.ascends(previousStart, previousEnd, keyStart, this.#at))
        throw new CborError("order", "map keys out of order", keyStart);
      previousStart = keyStart;
      previousEnd = this.#at;
      const value = this.item(depth);
      if (map === undefined) define(object, key as string, value);
      else map.set(key as number | string, value);
    }
    return map ?? object;
  }

  private enter(items: number, depth: number, start: number): void {
    if (depth > this.#maxDepth) throw new CborError("depth", "nested deeper than allowed", start);
    // Each item takes at least a byte: a huge count in a small input ends here, before anything is made.
    this.need(items, start);
  }

  private ascends(aStart: number, aEnd: number, bStart: number, bEnd: number): boolean {
    const bytes = this.#bytes;
    for (let a = aStart, b = bStart; a < aEnd && b < bEnd; a++, b++)
      if (bytes[a] !== bytes[b]) return bytes[a] < bytes[b];
    return aEnd - aStart < bEnd - bStart;
  }

  private simple(info: number, start: number): CborValue {
    switch (info) {
      case 20:
        return false;
      case 21:
        return true;
      case 22:
        return null;
      case 25:
        return this.half(start);
      case 26:
        return this.single(start);
      case 27:
        return this.double(start);
      case 31:
        throw new CborError("malformed", "a break without a beginning", start);
      default:
        if (info > 27) throw new CborError("malformed", "a reserved value", start);
        throw new CborError("unsupported", "a simple value", start);
    }
  }

  private half(start: number): number {
    this.need(2, start);
    const bits = this.#view.getUint16(this.#at);
    this.#at += 2;
    const value = numberOfHalf(bits);
    if (this.#strict && Number.isNaN(value) && bits !== 0x7e00) throw new CborError("shortest", "another NaN", start);
    return value;
  }

  private single(start: number): number {
    this.need(4, start);
    const value = this.#view.getFloat32(this.#at);
    const shorter = Number.isNaN(value) || halfBitsOfSingle(this.#view.getUint32(this.#at)) >= 0;
    this.#at += 4;
    if (this.#strict && shorter) throw new CborError("shortest", "a longer float than needed", start);
    return value;
  }

  private double(start: number): number {
    this.need(8, start);
    const value = this.#view.getFloat64(this.#at);
    this.#at += 8;
    if (this.#strict && (Number.isNaN(value) || Math.fround(value) === value))
      throw new CborError("shortest", "a longer float than needed", start);
    return value;
  }
}

function define(object: { [key: string]: CborValue }, key: string, value: CborValue): void {
  // Plain assignment of this name would set the prototype.
  if (key === "__proto__")
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  else object[key] = value;
}
