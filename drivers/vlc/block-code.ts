/**
 * What header and payload of a frame go through, each as a block of its own:
 *
 *   octets -> Reed-Solomon, interleaver, puncturing -> convolutional code -> 4B6B (VPPM) -> line bits
 *
 * Which of them an MCS has, its row says. A line bit is one pulse of VPPM or, by Manchester, two chips of OOK; whoever drives
 * the light does that. Streams stand least significant bit first.
 */
import { Linked } from "../linked";
import { mapOctets, REVERSED_NIBBLES } from "./bits";
import { ccCodedBits, ccEncode } from "./convolutional";
import { type FourBSixB, fourBSixB, OCTET_BITS, WORD_BITS } from "./four-b-six-b";
import type { BlockCode } from "./mcs";
import { outerDepth, outerEncode, outerSymbols } from "./outer-code";
import type { VlcProfile } from "./profile";
import { RS_N, type RsCode, rsCode } from "./rs16";

/** Symbols that the outer code makes of so many; as many where there is none. */
export function codedSymbols(code: BlockCode, messageSymbols: number): number {
  return Linked.vlcCoding && code.outerK !== undefined ? outerSymbols(code.outerK, messageSymbols) : messageSymbols;
}

/** Line bits of a block of `messageSymbols` times four bits. */
export function lineBits(code: BlockCode, messageSymbols: number): number {
  const bits = 4 * codedSymbols(code, messageSymbols);
  if (code.modulation === "VPPM") return (bits / 4) * WORD_BITS;
  return Linked.vlcCoding && code.innerRate !== undefined ? ccCodedBits(code.innerRate, bits) : bits;
}

/** Line symbols, that is chips of OOK or pulses of VPPM, of one line bit. */
export function symbolsPerBit(code: BlockCode): number {
  return code.modulation === "OOK" ? 2 : 1;
}

/** Code words of the block, 15 symbols each: what the work space of the outer code must hold. */
export function rowSymbols(code: BlockCode, messageSymbols: number): number {
  return Linked.vlcCoding && code.outerK !== undefined ? RS_N * outerDepth(code.outerK, messageSymbols) : 0;
}

/** Work space that all blocks of a frame share. */
export type BlockWork = {
  /** Code words, one symbol an octet. */
  readonly rows: Uint8Array;
  /** What the outer code gives, two symbols an octet. */
  readonly outer: Uint8Array;
};

/** For blocks of one code of up to `maxMessageSymbols`. */
export class BlockEncoder {
  private readonly code: BlockCode;
  private readonly outer!: RsCode | undefined;
  private readonly fourBSixB: FourBSixB | undefined;
  private readonly mirrored!: boolean;

  constructor(code: BlockCode, profile: VlcProfile) {
    this.code = code;
    if (Linked.vlcCoding) {
      this.outer = code.outerK === undefined ? undefined : rsCode(code.outerK, profile.rsFirstRoot);
      // Between the codes that know symbols and those that know bits; without an outer code there are no symbols.
      this.mirrored = profile.symOrder === "msb" && code.outerK !== undefined;
    }
    this.fourBSixB = code.modulation === "VPPM" ? fourBSixB(profile.rllIndex, profile.rllWord) : undefined;
  }

  // hot path
  /**
   * @param octets in the order of transmission, least significant bit first; changed where symbols are mirrored
   * @param bits gets the line bits, behind `bitsBefore` that stand there
   * @returns bits in `bits`
   */
  encode(octets: Uint8Array, messageSymbols: number, work: BlockWork, bits: Uint8Array, bitsBefore: number): number {
    let stage = octets;
    let symbols = messageSymbols;
    if (Linked.vlcCoding && this.outer !== undefined) {
      if (Linked.vlcVariants && this.mirrored) mapOctets(REVERSED_NIBBLES, octets, (messageSymbols + 1) >> 1, octets);
      stage = work.outer;
      symbols = outerEncode(this.outer, octets, messageSymbols, work.rows, stage);
      if (Linked.vlcVariants && this.mirrored) mapOctets(REVERSED_NIBBLES, stage, (symbols + 1) >> 1, stage);
    }
    if (this.fourBSixB !== undefined) return encodeWords(this.fourBSixB, stage, symbols, bits, bitsBefore);
    const at = bitsBefore >> 3;
    const rate = this.code.innerRate;
    if (Linked.vlcCoding && rate !== undefined) {
      ccEncode(rate, stage, 4 * symbols, bits, at);
      return bitsBefore + ccCodedBits(rate, 4 * symbols);
    }
    const count = (symbols + 1) >> 1;
    for (let i = 0; i < count; i++) bits[at + i] = stage[i];
    return bitsBefore + 4 * symbols;
  }
}

// hot path
/** Appends 12 line bits for each octet and 6 for an odd last symbol; what fills up the last octet is 0. */
function encodeWords(
  code: FourBSixB,
  octets: Uint8Array,
  symbols: number,
  bits: Uint8Array,
  bitsBefore: number,
): number {
  const table = code.octets;
  const count = symbols >> 1;
  let at = bitsBefore >> 3;
  let fill = bitsBefore & 7;
  let waiting = bits[at] & ((1 << fill) - 1);
  for (let i = 0; i < count; i++) {
    waiting |= table[octets[i]] << fill;
    bits[at++] = waiting & 0xff;
    waiting >>= 8;
    fill += OCTET_BITS - 8;
    if (fill < 8) continue;
    bits[at++] = waiting & 0xff;
    waiting >>= 8;
    fill -= 8;
  }
  if (symbols & 1) {
    waiting |= code.words[octets[count] & 15] << fill;
    fill += WORD_BITS;
  }
  for (; fill > 0; fill -= 8, waiting >>= 8) bits[at++] = waiting & 0xff;
  return bitsBefore + symbols * WORD_BITS;
}
