/**
 * Reads back what `RecordQueue` wrote: `{v|vs, t, q}` in deterministic CBOR. For batches of another form than the pack's, and for a
 * full queue that has to let a record go; nothing here looks at foreign bytes.
 */
import { Quality } from "../../drivers/contract";
import { numberOfHalf } from "../uplink/cbor/half";
import { Label } from "../uplink/senml/labels";

const TWO_32 = 4_294_967_296;
const GOOD = Quality.good;
/** `a2 02 fa`: a map of two pairs, the label of the value, the head of a binary32; and the value's first byte, which is masked. */
export const PLAIN_HEAD = 0xa202_fa00 | 0;
const FORM_MASK = 0xffff_ff00 | 0;
/** Places in such a record. */
const VALUE_AT = 3;
const TIME_KEY_AT = 7;
const TIME_AT = 8;

/** Bytes after the initial byte for additional information 24 to 27 (RFC 8949 section 3). */
function argumentBytes(initial: number): number {
  const info = initial & 31;
  return info < 24 ? 0 : 1 << (info - 24);
}

/** Length of a number, or of a text shorter than 24 bytes. */
function itemBytes(bytes: Uint8Array, at: number): number {
  const initial = bytes[at];
  return initial >> 5 === 3 ? 1 + (initial & 31) : 1 + argumentBytes(initial);
}

/** Length of the record that begins at `at`. */
export function recordBytes(bytes: Uint8Array, at: number): number {
  let end = at + 1;
  for (let items = 2 * (bytes[at] & 31); items > 0; items--) end += itemBytes(bytes, end);
  return end - at;
}

export function readNumber(view: DataView, at: number): number {
  const initial = view.getUint8(at);
  if (initial >> 5 === 7) {
    if (initial === 0xf9) return numberOfHalf(view.getUint16(at + 1));
    return initial === 0xfa ? view.getFloat32(at + 1) : view.getFloat64(at + 1);
  }
  const n = readArgument(view, at, initial & 31);
  return initial >> 5 === 1 ? -1 - n : n;
}

function readArgument(view: DataView, at: number, info: number): number {
  switch (info) {
    case 24:
      return view.getUint8(at + 1);
    case 25:
      return view.getUint16(at + 1);
    case 26:
      return view.getUint32(at + 1);
    case 27:
      return view.getUint32(at + 1) * TWO_32 + view.getUint32(at + 5);
    default:
      return info;
  }
}

/** One record, taken apart. Made once, filled for each. */
export class RecordFields {
  value = Number.NaN;
  quality: Quality = Quality.good;
  /** Seconds after the base time. */
  offsetS = 0;

  // hot path: for each record of a batch of columns
  /** Returns the record's length. */
  read(bytes: Uint8Array, view: DataView, at: number): number {
    // The usual record: `{v: binary32, t}`, the time a whole number or a binary32.
    if ((view.getInt32(at) & FORM_MASK) === PLAIN_HEAD && bytes[at + TIME_KEY_AT] === Label.time) {
      const time = bytes[at + TIME_AT];
      if (time < 24) {
        this.value = view.getFloat32(at + VALUE_AT);
        this.quality = GOOD;
        this.offsetS = time;
        return TIME_AT + 1;
      }
    }
    return this.readAny(bytes, view, at);
  }

  private readAny(bytes: Uint8Array, view: DataView, at: number): number {
    this.value = Number.NaN;
    this.quality = Quality.good;
    this.offsetS = 0;
    let next = at + 1;
    for (let pairs = bytes[at] & 31; pairs > 0; pairs--) {
      const key = bytes[next];
      const item = next + itemBytes(bytes, next);
      if (key === Label.value) this.value = readNumber(view, item);
      else if (key === Label.time) this.offsetS = readNumber(view, item);
      else if (key !== Label.stringValue) this.quality = readNumber(view, item) as Quality;
      next = item + itemBytes(bytes, item);
    }
    return next - at;
  }
}
