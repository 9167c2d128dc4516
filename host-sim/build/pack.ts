/** Packs bytes into a text for `firmware/packed.ts`, which says how. */
import { SHORTEST_COPY } from "../../firmware/packed";

const LONGEST_LITERAL = 128;
const LONGEST_COPY = 127 + SHORTEST_COPY;
const MOST_BYTES = 0xffff;

/** TypeScript of a text constant that holds `bytes`. */
export function packedConstant(name: string, bytes: Uint8Array): string {
  return `export const ${name} = ${JSON.stringify(pack(bytes))};\n`;
}

/** @throws RangeError when there are more than 65,535 bytes */
export function pack(bytes: Uint8Array): string {
  if (bytes.length > MOST_BYTES)
    throw new RangeError(`${bytes.length} bytes are too many for a module: at most ${MOST_BYTES}`);
  return textOf([bytes.length >> 8, bytes.length & 0xff, ...runs(bytes)]);
}

function runs(bytes: Uint8Array): number[] {
  const packed: number[] = [];
  const literal: number[] = [];
  const seen = new Map<string, number[]>();
  const endLiteral = () => {
    for (let at = 0; at < literal.length; at += LONGEST_LITERAL) {
      const run = literal.slice(at, at + LONGEST_LITERAL);
      packed.push(run.length - 1, ...run);
    }
    literal.length = 0;
  };
  for (let at = 0; at < bytes.length; ) {
    const copy = longestCopy(bytes, at, seen);
    const taken = copy === undefined ? 1 : copy.length;
    if (copy === undefined) literal.push(bytes[at]);
    else {
      endLiteral();
      packed.push(0x80 | (copy.length - SHORTEST_COPY), copy.distance >> 8, copy.distance & 0xff);
    }
    for (const end = at + taken; at < end; at++) note(bytes, at, seen);
  }
  endLiteral();
  return packed;
}

type Copy = { readonly length: number; readonly distance: number };

function longestCopy(bytes: Uint8Array, at: number, seen: ReadonlyMap<string, readonly number[]>): Copy | undefined {
  let best: Copy | undefined;
  for (const from of seen.get(keyAt(bytes, at)) ?? []) {
    let length = 0;
    while (length < LONGEST_COPY && at + length < bytes.length && bytes[from + length] === bytes[at + length]) length++;
    if (length >= SHORTEST_COPY && length > (best?.length ?? 0)) best = { length, distance: at - from };
  }
  return best;
}

function note(bytes: Uint8Array, at: number, seen: Map<string, number[]>): void {
  const key = keyAt(bytes, at);
  const places = seen.get(key);
  if (places === undefined) seen.set(key, [at]);
  else places.push(at);
}

function keyAt(bytes: Uint8Array, at: number): string {
  return bytes.subarray(at, at + SHORTEST_COPY).join();
}

function textOf(packed: readonly number[]): string {
  let text = "";
  let held = 0;
  let bits = 0;
  const put = (seven: number) => {
    text += String.fromCharCode(seven === 0 ? 0x80 : seven);
  };
  for (const byte of packed) {
    held = ((held << 8) | byte) & 0x7fff;
    bits += 8;
    while (bits >= 7) {
      bits -= 7;
      put((held >> bits) & 0x7f);
    }
  }
  if (bits > 0) put((held << (7 - bits)) & 0x7f);
  return text;
}
