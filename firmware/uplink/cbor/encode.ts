/** Whole structures as deterministic CBOR (RFC 8949 section 4.2.1): plans, manifests, retained documents. */
import { compareUtf8, utf8Length } from "../utf8";
import { CborError } from "./error";
import { CborWriter } from "./writer";

/** What can be encoded. A plain object has text keys; a `Map` may have integer keys too. */
export type CborValue =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly CborValue[]
  | CborMap
  | { readonly [key: string]: CborValue };

export type CborMap = ReadonlyMap<number | string, CborValue>;

const FIRST_SIZE = 256;
const LARGEST_SIZE = 256 * 1024 * 1024;

/** Throws `CborError` `value` for anything that is not a `CborValue`, `undefined` included. */
export function encodeDeterministic(value: CborValue): Uint8Array {
  for (let size = FIRST_SIZE; size <= LARGEST_SIZE; size *= 2) {
    const writer = new CborWriter(new Uint8Array(size));
    writeDeterministic(writer, value);
    if (!writer.overflowed) return writer.buffer.slice(0, writer.at);
  }
  throw new CborError("value", "larger than any document of a gateway");
}

/** Writes into a buffer that the caller owns; see `CborWriter.overflowed`. */
export function writeDeterministic(writer: CborWriter, value: CborValue): void {
  if (writer.overflowed) return;
  if (value === null) writer.null();
  else if (typeof value === "number") writer.number(value);
  else if (typeof value === "string") writer.text(value);
  else if (typeof value === "boolean") writer.bool(value);
  else if (value instanceof Uint8Array) writer.bytes(value);
  else if (Array.isArray(value)) {
    writer.array(value.length);
    for (let i = 0; i < value.length; i++) writeDeterministic(writer, value[i] as CborValue);
  } else if (value instanceof Map) writePairs(writer, [...(value as CborMap)]);
  else if (typeof value === "object") writePairs(writer, Object.entries(value));
  else throw new CborError("value", `a ${typeof value} has no CBOR here`);
}

function writePairs(writer: CborWriter, pairs: [number | string, CborValue][]): void {
  for (const [key] of pairs)
    if (typeof key !== "string" && (!Number.isSafeInteger(key) || Object.is(key, -0)))
      throw new CborError("value", `${String(key)} cannot be a map key: text and integers can`);
  pairs.sort(compareKeys);
  writer.map(pairs.length);
  for (const [key, value] of pairs) {
    if (typeof key === "string") writer.text(key);
    else writer.number(key);
    writeDeterministic(writer, value);
  }
}

/** In the order of their encoded bytes: integers from 0 up, then from -1 down, then text, the shorter first. */
function compareKeys([a]: [number | string, CborValue], [b]: [number | string, CborValue]): number {
  if (typeof a === "number" || typeof b === "number") {
    if (typeof a === "string") return 1;
    if (typeof b === "string") return -1;
    if (a < 0 !== b < 0) return a < 0 ? 1 : -1;
    return a < 0 ? b - a : a - b;
  }
  return utf8Length(a) - utf8Length(b) || compareUtf8(a, b);
}

/** Bytewise lexicographic order, the shorter first when one begins the other. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}
