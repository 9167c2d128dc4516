/** Where a CBOR item ends, without making anything of it. */
import { Linked } from "../../../drivers/linked";
import { CborError } from "./error";

/** @throws CborError when the item does not end within `bytes`, or has a form that `decodeCbor` refuses as well */
export function skipCbor(bytes: Uint8Array, start: number): number {
  let at = start;
  for (let items = 1; items > 0; items--) {
    const initial = bytes[at];
    const info = initial & 31;
    if (Linked.checks && (at >= bytes.length || info > 27))
      throw new CborError("malformed", "an item without a definite end", at);
    let argument = info;
    at++;
    if (info > 23) {
      argument = 0;
      for (const end = at + (1 << (info - 24)); at < end; at++) argument = argument * 256 + (bytes[at] ?? 0);
    }
    const major = initial >> 5;
    if (major === 2 || major === 3) at += argument;
    else if (major === 4) items += argument;
    else if (major === 5) items += 2 * argument;
    else if (major === 6) items++;
    if (Linked.checks && at > bytes.length) throw new CborError("truncated", "the input ends in an item", start);
  }
  return at;
}
