/** Bytes as hexadecimal text, which a build can hold where it can hold no bytes. */

/** @throws RangeError when it is none: an odd number of digits, or something else than `0`-`9`, `a`-`f`, `A`-`F` */
export function bytesOfHex(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length >> 1);
  for (let i = 0; i < bytes.length; i++)
    bytes[i] = nibble(hex.charCodeAt(2 * i)) * 16 + nibble(hex.charCodeAt(2 * i + 1));
  if ((hex.length & 1) === 1) throw new RangeError("an odd number of hexadecimal digits");
  return bytes;
}

function nibble(code: number): number {
  const digit = code < 0x3a ? code - 0x30 : (code | 0x20) - 0x57;
  // What stands below "a" would be less than ten.
  if (digit < 0 || digit > 15 || (code >= 0x3a && digit < 10)) throw new RangeError("not a hexadecimal digit");
  return digit;
}
