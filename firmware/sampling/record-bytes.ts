/**
 * Reads back what `RecordQueue` wrote: `{v|vs, t, q}` in deterministic CBOR. Only for the rare case that a full queue has
 * to let a record go; nothing here looks at foreign bytes.
 */
import { Quality } from "../../drivers/contract";
import { numberOfHalf } from "../uplink/cbor/half";
import { Label } from "../uplink/senml/labels";

const TWO_32 = 4_294_967_296;

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

  read(bytes: Uint8Array, view: DataView, at: number): void {
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
  }
}
