/**
 * Bytes that a build writes into a module as text: the plan. Unpacked when the module is preloaded, so that what a device
 * holds in flash beside the bytes themselves is the text alone. `host-sim/build/pack.ts` packs.
 *
 * Each character holds seven bits, U+0080 stands for U+0000 (a text of XS cannot hold that one): in UTF-8 the text takes some
 * 8/7 of the packed bytes. Those are the length in two bytes, then runs:
 *
 *   0nnnnnnn, n + 1 bytes                literally
 *   1nnnnnnn, distance in two bytes      n + 4 bytes again that stand so far back
 */

export const SHORTEST_COPY = 4;

export function unpack(text: string): Uint8Array {
  const packed = bytesOfText(text);
  const bytes = new Uint8Array((packed[0] << 8) | packed[1]);
  let filled = 0;
  for (let at = 2; filled < bytes.length; ) {
    const head = packed[at++];
    let left = (head & 0x7f) + 1;
    if (head < 0x80) while (left-- > 0) bytes[filled++] = packed[at++];
    else {
      const distance = (packed[at] << 8) | packed[at + 1];
      at += 2;
      // Byte by byte: what is copied may reach into its own beginning.
      for (left += SHORTEST_COPY - 1; left > 0; left--, filled++) bytes[filled] = bytes[filled - distance];
    }
  }
  return bytes;
}

/** No character lies beyond the basic plane: all engines count them alike. */
function bytesOfText(text: string): Uint8Array {
  const bytes = new Uint8Array((text.length * 7) >> 3);
  let held = 0;
  let bits = 0;
  let filled = 0;
  for (let at = 0; at < text.length; at++) {
    held = ((held << 7) | (text.charCodeAt(at) & 0x7f)) & 0x7fff;
    bits += 7;
    if (bits < 8) continue;
    bits -= 8;
    bytes[filled++] = held >> bits;
  }
  return bytes;
}
