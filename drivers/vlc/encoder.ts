/**
 * From a MAC frame to the chips of one PPDU: preamble, header, payload. Nothing is allocated after construction.
 *
 *   PSDU -> PHR + HCS -> RS(15,7) -> interleaver -> CC 1/4 -> Manchester
 *   PSDU ------------------------- (MCS 4) -----------------> Manchester
 */
import { octetsToSymbols, symbolsToOctets } from "./bits";
import { ConvolutionalEncoder } from "./convolutional";
import { Crc16 } from "./crc16";
import {
  HEADER_CHIPS,
  HEADER_CODED_OCTETS,
  HEADER_K,
  HEADER_MESSAGE_SYMBOLS,
  HEADER_OUTER_BITS,
  HEADER_OUTER_OCTETS,
  HEADER_RATE,
  HEADER_SENT_SYMBOLS,
} from "./header-code";
import { CHIPS_PER_OCTET, manchesterTable } from "./manchester";
import { MAX_PSDU_OCTETS, requireBuiltMcs } from "./mcs";
import { OuterCode } from "./outer-code";
import { encodePhr, makePhr, PHR_BLOCK_OCTETS, type Phr } from "./phr";
import { preambleChip, preambleChips } from "./preamble";
import { DEFAULT_PROFILE, requireBuiltProfile, type VlcProfile } from "./profile";
import { VlcError } from "./vlc-error";

export type VlcEncoderOptions = {
  readonly profile?: VlcProfile;
  /** MCS of the payload. Default 4, the only one that is built. */
  readonly mcs?: number;
  /** Band, 0 … 7. Default 0. */
  readonly channel?: number;
  /** Longest PSDU; decides how much memory `chips` takes. Default 1023. */
  readonly maxPsduOctets?: number;
};

/** Chips of a frame that carries `octets` octets in MCS 4. */
export function frameChips(flp: number, octets: number): number {
  return preambleChips(flp) + HEADER_CHIPS + octets * CHIPS_PER_OCTET;
}

export class VlcEncoder {
  /** The frame: the first chip is the most significant bit of the first octet; what fills up the last octet is dark. */
  readonly chips: Uint8Array;
  readonly #phr: Phr = makePhr();
  readonly #crc: Crc16;
  readonly #maxPsduOctets: number;
  readonly #manchester: Uint16Array;
  readonly #outer = new OuterCode(HEADER_K, HEADER_MESSAGE_SYMBOLS);
  readonly #inner = new ConvolutionalEncoder(HEADER_RATE);
  readonly #header = new Uint8Array(PHR_BLOCK_OCTETS);
  readonly #symbols = new Uint8Array(HEADER_MESSAGE_SYMBOLS);
  readonly #sentSymbols = new Uint8Array(HEADER_SENT_SYMBOLS);
  readonly #outerOctets = new Uint8Array(HEADER_OUTER_OCTETS);
  readonly #coded = new Uint8Array(HEADER_CODED_OCTETS);
  readonly #preambleChips: number;
  /** Chips that the preamble leaves in its last octet: 0, 2, 4 or 6. What follows comes in whole octets. */
  readonly #overhang: number;
  readonly #overhangChips: number;
  /** Octet of `chips` that is written next, and the chips that wait for it. */
  #at = 0;
  #waiting = 0;

  constructor(options: VlcEncoderOptions = {}) {
    const profile = requireBuiltProfile(options.profile ?? DEFAULT_PROFILE);
    const maxPsduOctets = options.maxPsduOctets ?? MAX_PSDU_OCTETS;
    if (!Number.isInteger(maxPsduOctets) || maxPsduOctets < 1 || maxPsduOctets > MAX_PSDU_OCTETS)
      throw new VlcError("out-of-range", `a PSDU of PHY I has 1 to ${MAX_PSDU_OCTETS} octets, not ${maxPsduOctets}`);
    this.#phr.mcs = options.mcs ?? 4;
    requireBuiltMcs(this.#phr.mcs);
    this.#phr.channel = options.channel ?? 0;
    this.#crc = new Crc16(profile.crc);
    encodePhr(this.#phr, this.#crc, this.#header);
    this.#maxPsduOctets = maxPsduOctets;
    this.#manchester = manchesterTable(profile.manchester);
    this.chips = new Uint8Array(Math.ceil(frameChips(profile.flp, maxPsduOctets) / 8));
    this.#preambleChips = preambleChips(profile.flp);
    for (let i = 0; i < this.#preambleChips; i++)
      this.chips[i >> 3] |= preambleChip(profile.flp, profile.tdp, i) << (7 - (i & 7));
    this.#overhang = this.#preambleChips & 7;
    this.#overhangChips = this.chips[this.#preambleChips >> 3] >> (8 - this.#overhang);
  }

  // hot path
  /**
   * Encodes `psdu[0 .. length)`, which ends with its FCS, into `chips`.
   * @returns the number of chips
   */
  encode(psdu: Uint8Array, length: number): number {
    if (!(length >= 1 && length <= this.#maxPsduOctets))
      throw new VlcError("out-of-range", `this encoder takes 1 to ${this.#maxPsduOctets} octets, not ${length}`);
    this.#phr.length = length;
    this.#encodeHeader();
    this.#at = this.#preambleChips >> 3;
    this.#waiting = this.#overhangChips;
    this.#lineCode(this.#coded, HEADER_CODED_OCTETS);
    this.#lineCode(psdu, length);
    if (this.#overhang > 0) this.chips[this.#at] = (this.#waiting << (8 - this.#overhang)) & 0xff;
    return this.#preambleChips + HEADER_CHIPS + length * CHIPS_PER_OCTET;
  }

  // hot path
  #encodeHeader(): void {
    encodePhr(this.#phr, this.#crc, this.#header);
    octetsToSymbols(this.#header, PHR_BLOCK_OCTETS, this.#symbols);
    this.#outer.encode(this.#symbols, this.#sentSymbols);
    symbolsToOctets(this.#sentSymbols, HEADER_SENT_SYMBOLS, this.#outerOctets);
    this.#inner.encode(this.#outerOctets, HEADER_OUTER_BITS, this.#coded);
  }

  // hot path
  /** Appends 16 chips for each octet, across the octets of `chips` where the preamble ended inside of one. */
  #lineCode(octets: Uint8Array, count: number): void {
    const chips = this.chips;
    const table = this.#manchester;
    const overhang = this.#overhang;
    const mask = (1 << overhang) - 1;
    let at = this.#at;
    let waiting = this.#waiting;
    for (let i = 0; i < count; i++) {
      const word = (waiting << 16) | table[octets[i]];
      waiting = word & mask;
      chips[at++] = (word >>> (overhang + 8)) & 0xff;
      chips[at++] = (word >>> overhang) & 0xff;
    }
    this.#at = at;
    this.#waiting = waiting;
  }
}
