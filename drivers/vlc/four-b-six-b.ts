/**
 * The line code 4B6B of VPPM: four bits become a word of six with three ones. Sources agree on the words (reference confidence
 * C2) and not on which bit of four is the most significant of the index, nor on the direction in which a word leaves.
 */
import { Linked } from "../linked";
import { VlcError } from "./vlc-error";

export type BitOrder = "lsb" | "msb";
export type WordDirection = "left" | "right";

/** The left bit of a word on top. */
const WORDS: readonly number[] = [
  0b001110, 0b001101, 0b010011, 0b010110, 0b010101, 0b100011, 0b100110, 0b100101, 0b011001, 0b011010, 0b011100,
  0b110001, 0b110010, 0b101001, 0b101010, 0b101100,
];

export const WORD_BITS = 6;
/** Line bits of an octet: two words. */
export const OCTET_BITS = 12;

export type FourBSixB = {
  /** 12 line bits for each octet, the first in the least significant bit. */
  readonly octets: Uint16Array;
  /** The same for its lower half: 6 line bits. */
  readonly words: Uint8Array;
  /** For each six hard bits, the first in the least significant bit: the value of the nearest word, the first of several. */
  readonly nearest: Uint8Array;
};

const USUAL: FourBSixB = makeCode("lsb", "left");

/** The code of the usual order is made once and shared. */
export function fourBSixB(index: BitOrder, direction: WordDirection): FourBSixB {
  return index === "lsb" && direction === "left" ? USUAL : makeCode(index, direction);
}

function makeCode(index: BitOrder, direction: WordDirection): FourBSixB {
  if (Linked.checks && ((index !== "lsb" && index !== "msb") || (direction !== "left" && direction !== "right")))
    throw new VlcError("unknown-value", `there is no 4B6B with index ${index} and words sent ${direction}`);
  const words = new Uint8Array(16);
  for (let value = 0; value < 16; value++) {
    const word = WORDS[index === "lsb" ? value : reversed(value, 4)];
    words[value] = direction === "left" ? reversed(word, WORD_BITS) : word;
  }
  const octets = new Uint16Array(256);
  for (let octet = 0; octet < 256; octet++) octets[octet] = words[octet & 15] | (words[octet >> 4] << WORD_BITS);
  const nearest = new Uint8Array(1 << WORD_BITS);
  for (let bits = 0; bits < nearest.length; bits++) {
    let best = WORD_BITS + 1;
    for (let value = 0; value < 16; value++) {
      const distance = ones(bits ^ words[value]);
      if (distance >= best) continue;
      best = distance;
      nearest[bits] = value;
    }
  }
  return { octets, words, nearest };
}

// hot path
/** Decides the value of a word from the six soft line bits at `soft[at]`: the one that correlates best. */
export function softWord(code: FourBSixB, soft: Int32Array, at: number): number {
  const words = code.words;
  const s0 = soft[at];
  const s1 = soft[at + 1];
  const s2 = soft[at + 2];
  const s3 = soft[at + 3];
  const s4 = soft[at + 4];
  const s5 = soft[at + 5];
  let best = 0;
  let greatest = 0;
  for (let value = 0; value < 16; value++) {
    const word = words[value];
    // All words have three ones, so the sum over the ones ranks them as the whole correlation does.
    const sum =
      (word & 1 ? s0 : 0) +
      (word & 2 ? s1 : 0) +
      (word & 4 ? s2 : 0) +
      (word & 8 ? s3 : 0) +
      (word & 16 ? s4 : 0) +
      (word & 32 ? s5 : 0);
    if (value > 0 && sum <= greatest) continue;
    greatest = sum;
    best = value;
  }
  return best;
}

// hot path
/** The same from the signs alone: the nearest word. */
export function hardWord(code: FourBSixB, soft: Int32Array, at: number): number {
  let bits = 0;
  for (let i = 0; i < WORD_BITS; i++) if (soft[at + i] > 0) bits |= 1 << i;
  return code.nearest[bits];
}

function reversed(word: number, bits: number): number {
  let result = 0;
  for (let bit = 0; bit < bits; bit++) result |= ((word >> bit) & 1) << (bits - 1 - bit);
  return result;
}

function ones(word: number): number {
  let count = 0;
  for (let rest = word; rest !== 0; rest >>= 1) count += rest & 1;
  return count;
}
