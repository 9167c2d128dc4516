/**
 * A bounded decoder for CBOR that somebody else may have written: it never reads beyond its input, never nests deeper and
 * never makes more items than it was told, and refuses what two readers could understand differently.
 *
 * Maps with only text keys become plain objects, maps with an integer key become a `Map`. Byte strings are views of the
 * input, not copies. Integers beyond ±(2^53-1), tags and simple values other than false, true and null are refused.
 *
 * What is within each other is a list of open maps and arrays, not calls within calls: a level of these takes XS some 45 slots of
 * its stack, and the plan of a device has seven.
 */
import { Linked } from "../../../drivers/linked";
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

type TextMap = { [key: string]: CborValue };

/** A map or an array that is being read. */
class Nest {
  /** What it is within; `undefined` for that which holds the document itself. */
  readonly outer: Nest | undefined;
  readonly depth: number;
  /** Values that are still to come. */
  left: number;
  readonly keyed: boolean;
  whole: CborValue[] | TextMap | Map<number | string, CborValue>;
  /** The key that was read last, and where it stands. */
  key: number | string = 0;
  keyStart = -1;
  keyEnd = -1;

  constructor(outer: Nest | undefined, count: number, keyed: boolean) {
    this.outer = outer;
    this.depth = outer === undefined ? 0 : outer.depth + 1;
    this.left = count;
    this.keyed = keyed;
    this.whole = keyed ? {} : [];
  }

  add(value: CborValue): void {
    const { whole } = this;
    this.left--;
    if (!this.keyed) (whole as CborValue[]).push(value);
    else if (whole instanceof Map) whole.set(this.key, value);
    else define(whole as TextMap, this.key as string, value);
  }
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #strict!: boolean;
  #maxDepth!: number;
  #itemsLeft!: number;
  #at = 0;
  /** The innermost. */
  #nest = new Nest(undefined, 1, false);

  constructor(bytes: Uint8Array, limits: CborLimits) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (!Linked.checks) return;
    this.#strict = limits.strict ?? true;
    this.#maxDepth = limits.depth ?? DEFAULT_DEPTH;
    this.#itemsLeft = limits.items ?? DEFAULT_ITEMS;
  }

  document(): CborValue {
    const document = this.#nest;
    while (document.left > 0) {
      if (this.#nest.keyed) this.key();
      const value = this.item();
      // A map or an array that begins: its items come first.
      if (value !== undefined) this.#nest.add(value);
      while (this.#nest.left === 0 && this.#nest !== document) {
        const { whole, outer } = this.#nest;
        this.#nest = outer!;
        outer!.add(whole);
      }
    }
    if (Linked.checks && this.#at < this.#bytes.length)
      throw new CborError("trailing", "bytes after the end of the item", this.#at);
    return (document.whole as CborValue[])[0];
  }

  /** `undefined` for a map or an array, which is open then. */
  private item(): CborValue | undefined {
    const start = this.#at;
    if (Linked.checks && --this.#itemsLeft < 0) throw new CborError("items", "more items than allowed", start);
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
        this.open(this.argument(info, start), false, start);
        return undefined;
      case 5:
        this.open(this.argument(info, start), true, start);
        return undefined;
      case 6:
        if (Linked.checks) this.refuseTag(info, start);
        return undefined;
      default:
        return this.simple(info, start);
    }
  }

  private refuseTag(info: number, start: number): void {
    this.argument(info, start);
    throw new CborError("unsupported", "a tag", start);
  }

  private byte(): number {
    this.need(1, this.#at);
    return this.#bytes[this.#at++];
  }

  private need(count: number, start: number): void {
    if (Linked.checks && count > this.#bytes.length - this.#at)
      throw new CborError("truncated", "the input ends in an item", start);
  }

  private argument(info: number, start: number): number {
    if (info < 24) return info;
    if (Linked.checks && info === 31) throw new CborError("indefinite", "an indefinite length", start);
    if (Linked.checks && info > 27) throw new CborError("malformed", "a reserved length", start);
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
    if (
      Linked.checks &&
      (high > MAX_HIGH || (high === MAX_HIGH && low === 0xffff_ffff && this.#bytes[start] >> 5 === 1))
    )
      throw new CborError("range", "an integer beyond 2^53", start);
    return this.shortest(high * TWO_32 + low, TWO_32, start);
  }

  private shortest(value: number, least: number, start: number): number {
    if (Linked.checks && this.#strict && value < least)
      throw new CborError("shortest", "a longer form than needed", start);
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
    if (Linked.checks && text === undefined) throw new CborError("text", "text that is not UTF-8", start);
    this.#at += length;
    return text!;
  }

  private open(count: number, keyed: boolean, start: number): void {
    const nest = new Nest(this.#nest, count, keyed);
    if (Linked.checks && nest.depth > this.#maxDepth) throw new CborError("depth", "nested deeper than allowed", start);
    // Each item takes at least a byte: a huge count in a small input ends here, before anything is read.
    this.need(keyed ? 2 * count : count, start);
    this.#nest = nest;
  }

  private key(): void {
    const nest = this.#nest;
    const start = this.#at;
    const key = this.item();
    if (Linked.checks && typeof key !== "string" && !Number.isInteger(key))
      throw new CborError("unsupported", "a map key", start);
    let { whole } = nest;
    // Only from the first key on that is no text: a `Map` beside the object would take its memory twice.
    if (typeof key !== "string" && !(whole instanceof Map)) whole = nest.whole = new Map(Object.entries(whole));
    if (
      Linked.checks &&
      (whole instanceof Map ? whole.has(key as number | string) : Object.hasOwn(whole, key as string))
    )
      throw new CborError("duplicate", "a map key again", start);
    if (
      Linked.checks &&
      this.#strict &&
      nest.keyStart >= 0 &&
      !this.ascends(nest.keyStart, nest.keyEnd, start, this.#at)
    )
      throw new CborError("order", "map keys out of order", start);
    nest.key = key as number | string;
    nest.keyStart = start;
    nest.keyEnd = this.#at;
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
      default:
        if (!Linked.checks) return null;
        if (info === 31) throw new CborError("malformed", "a break without a beginning", start);
        if (info > 27) throw new CborError("malformed", "a reserved value", start);
        throw new CborError("unsupported", "a simple value", start);
    }
  }

  private half(start: number): number {
    this.need(2, start);
    const bits = this.#view.getUint16(this.#at);
    this.#at += 2;
    const value = numberOfHalf(bits);
    if (Linked.checks && this.#strict && Number.isNaN(value) && bits !== 0x7e00)
      throw new CborError("shortest", "another NaN", start);
    return value;
  }

  private single(start: number): number {
    this.need(4, start);
    const value = this.#view.getFloat32(this.#at);
    const shorter = Number.isNaN(value) || halfBitsOfSingle(this.#view.getUint32(this.#at)) >= 0;
    this.#at += 4;
    if (Linked.checks && this.#strict && shorter) throw new CborError("shortest", "a longer float than needed", start);
    return value;
  }

  private double(start: number): number {
    this.need(8, start);
    const value = this.#view.getFloat64(this.#at);
    this.#at += 8;
    if (Linked.checks && this.#strict && (Number.isNaN(value) || Math.fround(value) === value))
      throw new CborError("shortest", "a longer float than needed", start);
    return value;
  }
}

function define(object: TextMap, key: string, value: CborValue): void {
  // Plain assignment of this name would set the prototype.
  if (key === "__proto__")
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  else object[key] = value;
}
