/**
 * Text to GB18030, on the PC: a device carries the bytes. Node decodes GB18030 and does not encode it, so the table is turned
 * round once. One and two bytes for what GBK has, four for the rest of Unicode.
 */

const LAST_BMP = 39_420;
/** Place of U+10000 among the sequences of four bytes: 90 30 81 30. */
const FIRST_ASTRAL = 189_000;

const LINE_END = 0x0a;
/** What the decoder gives where there is no character; it has a sequence itself. */
const REPLACEMENT = "\ufffd";

const decoder = new TextDecoder("gb18030", { fatal: true });
let table: Map<string, Uint8Array> | undefined;

/** `undefined` where the text holds half a surrogate pair. */
export function encodeGb18030(text: string): Uint8Array | undefined {
  const bytes: number[] = [];
  for (const character of text) {
    const point = character.codePointAt(0)!;
    if (point < 0x80) bytes.push(point);
    else if (point > 0xffff) bytes.push(...fourBytes(FIRST_ASTRAL + point - 0x10000));
    else {
      table ??= turnRound();
      const known = table.get(character);
      if (known === undefined) return undefined;
      bytes.push(...known);
    }
  }
  return Uint8Array.from(bytes);
}

/** `undefined` where the bytes are no GB18030. */
export function decodeGb18030(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** All sequences in one decoding, each in a line of its own: twenty thousand calls would take seconds. */
function turnRound(): Map<string, Uint8Array> {
  const sequences: number[][] = [];
  for (let lead = 0x81; lead <= 0xfe; lead++)
    for (let trail = 0x40; trail <= 0xfe; trail++) if (trail !== 0x7f) sequences.push([lead, trail]);
  for (let place = 0; place < LAST_BMP; place++) sequences.push(fourBytes(place));
  const lines = new TextDecoder("gb18030").decode(Uint8Array.from(sequences.flatMap((bytes) => [...bytes, LINE_END])));
  const known = new Map<string, Uint8Array>();
  lines.split("\n").forEach((text, i) => {
    // Where two sequences mean one character, the shorter one stands.
    if ([...text].length === 1 && text !== REPLACEMENT && !known.has(text))
      known.set(text, Uint8Array.from(sequences[i]));
  });
  return known.set(REPLACEMENT, Uint8Array.of(0x84, 0x31, 0xa4, 0x37));
}

/** Lead 81 to FE, digit 30 to 39, lead 81 to FE, digit 30 to 39. */
function fourBytes(place: number): number[] {
  return [
    0x81 + Math.floor(place / 12_600),
    0x30 + (Math.floor(place / 1260) % 10),
    0x81 + (Math.floor(place / 10) % 126),
    0x30 + (place % 10),
  ];
}
