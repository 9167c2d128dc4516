/**
 * UTF-8 (RFC 3629) from and to JavaScript strings, without TextEncoder, which not every host has.
 *
 * V8 indexes a string by UTF-16 units, XS by code points: the loops here step by what `codePointAt` returned.
 */

/** Index steps that one code point beyond U+FFFF takes: 2 in V8, 1 in XS. */
const ASTRAL_STEP = "\u{10000}".length;

/** What a lone surrogate becomes, since UTF-8 cannot hold it. */
const REPLACEMENT = 0xfffd;

/** Bytes that `text` takes in UTF-8. */
export function utf8Length(text: string): number {
  let length = 0;
  for (let i = 0; i < text.length; ) {
    const point = text.codePointAt(i)!;
    i += point > 0xffff ? ASTRAL_STEP : 1;
    length += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return length;
}

/** Writes `text` at `at`, where there must be room for `utf8Length(text)` bytes. Returns the position after it. */
export function writeUtf8(text: string, target: Uint8Array, at: number): number {
  for (let i = 0; i < text.length; ) {
    let point = text.codePointAt(i)!;
    i += point > 0xffff ? ASTRAL_STEP : 1;
    if (point >= 0xd800 && point < 0xe000) point = REPLACEMENT;
    if (point < 0x80) {
      target[at++] = point;
    } else if (point < 0x800) {
      target[at++] = 0xc0 | (point >> 6);
      target[at++] = 0x80 | (point & 63);
    } else if (point < 0x10000) {
      target[at++] = 0xe0 | (point >> 12);
      target[at++] = 0x80 | ((point >> 6) & 63);
      target[at++] = 0x80 | (point & 63);
    } else {
      target[at++] = 0xf0 | (point >> 18);
      target[at++] = 0x80 | ((point >> 12) & 63);
      target[at++] = 0x80 | ((point >> 6) & 63);
      target[at++] = 0x80 | (point & 63);
    }
  }
  return at;
}

export function utf8Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(utf8Length(text));
  writeUtf8(text, bytes, 0);
  return bytes;
}

/** In the order of their bytes in UTF-8, which is that of their code points and not always that of JavaScript's `<`. */
export function compareUtf8(a: string, b: string): number {
  for (let i = 0; i < a.length && i < b.length; ) {
    const left = scalarAt(a, i);
    const right = scalarAt(b, i);
    if (left !== right) return left - right;
    i += left > 0xffff ? ASTRAL_STEP : 1;
  }
  return a.length - b.length;
}

function scalarAt(text: string, at: number): number {
  const point = text.codePointAt(at)!;
  return point >= 0xd800 && point < 0xe000 ? REPLACEMENT : point;
}

/**
 * `undefined` when the bytes are not well-formed UTF-8: overlong, a surrogate, beyond U+10FFFF, or cut off. Grows by one code point
 * at a time: a list of them, spread, would take XS 16 bytes each and half again as much stack.
 */
export function readUtf8(bytes: Uint8Array, start: number, end: number): string | undefined {
  let text = "";
  for (let i = start; i < end; ) {
    const lead = bytes[i++];
    const following = lead < 0x80 ? 0 : lead < 0xc2 ? -1 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : lead < 0xf5 ? 3 : -1;
    if (following < 0 || i + following > end) return undefined;
    let point = following === 0 ? lead : lead & (63 >> following);
    for (let n = 0; n < following; n++) {
      const next = bytes[i++];
      if ((next & 0xc0) !== 0x80) return undefined;
      point = (point << 6) | (next & 63);
    }
    if (following === 2 && (point < 0x800 || (point >= 0xd800 && point < 0xe000))) return undefined;
    if (following === 3 && (point < 0x10000 || point > 0x10ffff)) return undefined;
    text += String.fromCodePoint(point);
  }
  return text;
}
