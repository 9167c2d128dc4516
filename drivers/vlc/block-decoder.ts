/** The way back of block-code.ts: from soft line symbols to octets, with the outer code's repairs counted. */
import { mapOctets, REVERSED_NIBBLES } from "./bits";
import { type BlockWork, codedSymbols, lineBits, rowSymbols } from "./block-code";
import { CC_TAIL_BITS } from "./convolutional";
import { type FourBSixB, fourBSixB, hardWord, softWord, WORD_BITS } from "./four-b-six-b";
import { manchesterSoftBits } from "./manchester";
import type { BlockCode } from "./mcs";
import { outerDecode } from "./outer-code";
import type { VlcProfile } from "./profile";
import { rsCode } from "./rs16";
import { Rs16Decoder } from "./rs16-decoder";
import { ViterbiDecoder } from "./viterbi";

/** `hard`: each line bit is decided by itself, before the inner code or the word is looked at. For comparison: it costs 2 dB. */
export type Decisions = "soft" | "hard";

/** A block to make room for. */
export type BlockSize = { readonly code: BlockCode; readonly messageSymbols: number };

export class BlockDecoder {
  /** Of the last block: the inner code had something to search. */
  repaired = false;
  /** Of the last block: symbols that the outer code corrected, -1 when a code word was beyond it. */
  corrected = 0;
  readonly #profile: VlcProfile;
  readonly #hard: boolean;
  readonly #fourBSixB: FourBSixB;
  readonly #rs = new Rs16Decoder();
  readonly #viterbi: ViterbiDecoder;
  readonly #softBits: Int32Array;
  readonly #work: BlockWork;

  /** @param sizes the longest block of each code that will come */
  constructor(profile: VlcProfile, decisions: Decisions, sizes: readonly BlockSize[]) {
    let bits = 0;
    let rows = 0;
    let innerBits = 0;
    let symbols = 0;
    for (const { code, messageSymbols } of sizes) {
      const coded = codedSymbols(code, messageSymbols);
      symbols = Math.max(symbols, coded);
      rows = Math.max(rows, rowSymbols(code, messageSymbols));
      if (code.modulation === "OOK") bits = Math.max(bits, lineBits(code, messageSymbols));
      if (code.innerRate !== undefined) innerBits = Math.max(innerBits, 4 * coded);
    }
    this.#profile = profile;
    this.#hard = decisions === "hard";
    this.#fourBSixB = fourBSixB(profile.rllIndex, profile.rllWord);
    this.#viterbi = new ViterbiDecoder(innerBits);
    this.#softBits = new Int32Array(bits);
    this.#work = {
      rows: new Uint8Array(rows),
      outer: new Uint8Array((Math.max(symbols, (innerBits + CC_TAIL_BITS) >> 2) + 1) >> 1),
    };
  }

  // hot path
  /** Decodes the block whose line symbols begin at `soft[start]` into `out`, octets in the order of transmission. */
  decode(code: BlockCode, messageSymbols: number, soft: Int32Array, start: number, out: Uint8Array): void {
    const symbols = codedSymbols(code, messageSymbols);
    const outer = code.outerK !== undefined;
    const stage = outer ? this.#work.outer : out;
    this.repaired = false;
    this.corrected = 0;
    if (code.modulation === "VPPM") this.decideWords(soft, start, symbols, stage);
    else this.decideBits(code, symbols, lineBits(code, messageSymbols), soft, start, stage);
    if (code.outerK === undefined) return;
    const mirrored = this.#profile.symOrder === "msb";
    if (mirrored) mapOctets(REVERSED_NIBBLES, stage, (symbols + 1) >> 1, stage);
    const rs = rsCode(code.outerK, this.#profile.rsFirstRoot);
    this.corrected = outerDecode(rs, this.#rs, stage, messageSymbols, this.#work.rows, out);
    if (mirrored) mapOctets(REVERSED_NIBBLES, out, (messageSymbols + 1) >> 1, out);
  }

  // hot path
  private decideBits(
    code: BlockCode,
    symbols: number,
    bits: number,
    soft: Int32Array,
    start: number,
    into: Uint8Array,
  ): void {
    const softBits = this.#softBits;
    manchesterSoftBits(soft, start, bits, this.#profile.manchester, softBits);
    if (this.#hard) for (let i = 0; i < bits; i++) softBits[i] = softBits[i] > 0 ? 1 : -1;
    if (code.innerRate !== undefined) {
      this.repaired = !this.#viterbi.decode(code.innerRate, softBits, 4 * symbols, into);
      return;
    }
    for (let i = 0; i < bits; i++) {
      if ((i & 7) === 0) into[i >> 3] = 0;
      if (softBits[i] > 0) into[i >> 3] |= 1 << (i & 7);
    }
  }

  // hot path
  private decideWords(soft: Int32Array, start: number, symbols: number, into: Uint8Array): void {
    const code = this.#fourBSixB;
    for (let i = 0, at = start; i < symbols; i++, at += WORD_BITS) {
      const value = this.#hard ? hardWord(code, soft, at) : softWord(code, soft, at);
      if ((i & 1) === 0) into[i >> 1] = value;
      else into[i >> 1] |= value << 4;
    }
  }
}
