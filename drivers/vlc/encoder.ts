/**
 * From a MAC frame to the line bits of one PPDU. Nothing is allocated after construction.
 *
 *   preamble | PHR + HCS, as a block of the lowest rate | PSDU, as a block of its MCS
 *
 * The header depends on the PSDU's length only, so frames of one length cost one header.
 */
import type { LightFrame } from "../../hal/light";
import { Linked } from "../linked";
import { mapOctets, REVERSED_OCTETS } from "./bits";
import { BlockEncoder, type BlockWork, codedSymbols, lineBits, rowSymbols, symbolsPerBit } from "./block-code";
import type { Crc16 } from "./crc16";
import { type Dimming, dimmingFor, encodeOptional, OPTIONAL_SYMBOLS } from "./dimmed-ook";
import { MAX_PSDU_OCTETS, MCS_TABLE, type Mcs, requireMcs } from "./mcs";
import { encodePhr, makePhr, PHR_BLOCK_OCTETS, type Phr } from "./phr";
import { preambleSymbols, writePreamble } from "./preamble";
import { frameCheck, headerCode, headerSymbols, profileFor, requireProfile, type VlcProfile } from "./profile";
import { readyBits, writeReady } from "./ready-header";
import { READY_HEADERS } from "./ready-headers";
import { VlcError } from "./vlc-error";

export type VlcEncoderOptions = {
  /** Its clock must be that of the MCS. Default: `DEFAULT_PROFILE` at that clock. */
  readonly profile?: VlcProfile;
  /** MCS of the payload. Default 4. */
  readonly mcs?: number;
  /** Band, 0 … 7. Default 0. */
  readonly channel?: number;
  /** Experimental, OOK only: mean light of the payload, by compensation symbols (dimmed-ook.ts). */
  readonly dimmedTo?: number;
  /** Longest PSDU; decides how much memory `octets` takes. Default 1023. */
  readonly maxPsduOctets?: number;
};

/** Line symbols of a frame behind its preamble: header and `octets` octets. */
export function bodySymbols(profile: VlcProfile, mcs: number, octets: number): number {
  const header = headerCode(profile);
  const row = requireMcs(mcs);
  return (
    symbolsPerBit(header) * lineBits(header, headerSymbols(profile)) + symbolsPerBit(row) * lineBits(row, 2 * octets)
  );
}

/** Line symbols of a whole frame. */
export function frameSymbols(profile: VlcProfile, mcs: number, octets: number): number {
  return preambleSymbols(profile) + bodySymbols(profile, mcs, octets);
}

/** Of the header's block, with the tail in it. */
const HEADER_OCTETS = 7;
/** The inner code writes whole words: so many octets behind a frame. */
const SLACK_OCTETS = 4;

export class VlcEncoder implements LightFrame {
  readonly profile: VlcProfile;
  readonly mcs: Mcs;
  /** The frame: the preamble's chips, and from octet `bitsAt` on the line bits. What fills up the last octet is 0. */
  readonly octets: Uint8Array;
  readonly preambleChips: number;
  readonly bitsAt: number;
  bitCount = 0;
  /** The PSDU length that the header tells, and the header's line bits. */
  headerLength = -1;
  headerBits = 0;
  /** What stands between the payload's chips; its optional fields count as part of the header. */
  readonly dimming: Dimming | undefined;
  private readonly phr!: Phr;
  private readonly crc!: Crc16;
  private readonly maxPsduOctets: number;
  private readonly headerBlock!: BlockEncoder;
  private readonly headerSymbols!: number;
  private readonly payloadBlock: BlockEncoder;
  private readonly work!: BlockWork;
  /** The PSDU where its octets are turned before they are coded. */
  private readonly turned!: Uint8Array | undefined;

  constructor(options: VlcEncoderOptions = {}) {
    const mcs = options.mcs ?? 4;
    const row = requireMcs(mcs);
    const wanted = options.profile ?? profileFor(mcs);
    const profile = Linked.vlcVariants ? requireProfile(wanted) : wanted;
    if (Linked.checks && profile.clockHz !== row.clockHz)
      throw new VlcError(
        "out-of-range",
        `MCS ${mcs} runs at ${row.clockHz} Hz, the profile at ${profile.clockHz}; take an MCS of that clock`,
      );
    const max = options.maxPsduOctets ?? MAX_PSDU_OCTETS;
    if (Linked.checks && (!Number.isInteger(max) || max < 1 || max > MAX_PSDU_OCTETS))
      throw new VlcError("out-of-range", `a PSDU of PHY I has 1 to ${MAX_PSDU_OCTETS} octets, not ${max}`);
    this.profile = profile;
    this.mcs = row;
    this.maxPsduOctets = max;
    this.preambleChips = preambleSymbols(profile);
    this.bitsAt = (this.preambleChips + 7) >> 3;
    this.payloadBlock = new BlockEncoder(row, profile);
    this.dimming =
      Linked.vlcVariants && options.dimmedTo !== undefined ? requireDimming(options.dimmedTo, row, profile) : undefined;
    if (Linked.vlcCoding) {
      const header = headerCode(profile);
      const symbols = headerSymbols(profile);
      const optional = Linked.vlcVariants && this.dimming !== undefined ? lineBits(header, OPTIONAL_SYMBOLS) : 0;
      this.octets = this.room(lineBits(header, symbols) + optional);
      this.phr = makePhr();
      this.phr.mcs = MCS_TABLE.indexOf(row);
      this.phr.channel = options.channel ?? 0;
      this.phr.dimmed = this.dimming !== undefined;
      this.crc = frameCheck(profile);
      this.headerSymbols = symbols;
      this.headerBlock = new BlockEncoder(header, profile);
      this.work = {
        rows: new Uint8Array(Math.max(rowSymbols(header, symbols), rowSymbols(row, 2 * max))),
        outer: new Uint8Array(
          Math.max(HEADER_OCTETS, (Math.max(codedSymbols(header, symbols), codedSymbols(row, 2 * max)) + 1) >> 1),
        ),
      };
      const turns =
        Linked.vlcVariants &&
        (profile.fieldOrder === "msb" || (profile.symOrder === "msb" && row.outerK !== undefined));
      this.turned = turns ? new Uint8Array(max) : undefined;
      // As of the longest frame, before one is encoded.
      this.headerBits = lineBits(header, symbols) + optional;
    } else {
      const text = READY_HEADERS[mcs]!;
      this.headerBits = readyBits(text);
      this.octets = this.room(this.headerBits);
      writeReady(text, this.octets, this.bitsAt);
    }
    writePreamble(profile, this.octets);
    this.bitCount = this.headerBits + lineBits(row, 2 * max);
  }

  /** For preamble, header and the longest payload. */
  private room(headerBits: number): Uint8Array {
    const bits = headerBits + lineBits(this.mcs, 2 * this.maxPsduOctets);
    return new Uint8Array(this.bitsAt + ((bits + 7) >> 3) + SLACK_OCTETS);
  }

  // hot path
  /**
   * Encodes `psdu[0 .. length)`, which ends with its FCS, into `octets`.
   * @returns the number of line bits
   */
  encode(psdu: Uint8Array, length: number): number {
    if (Linked.checks && !(length >= 1 && length <= this.maxPsduOctets))
      throw new VlcError("out-of-range", `this encoder takes 1 to ${this.maxPsduOctets} octets, not ${length}`);
    if (Linked.vlcCoding && length !== this.headerLength) this.encodeHeader(length);
    let octets = psdu;
    if (Linked.vlcVariants && this.turned !== undefined) {
      octets = this.turned;
      if (this.profile.fieldOrder === "msb") mapOctets(REVERSED_OCTETS, psdu, length, octets);
      else for (let i = 0; i < length; i++) octets[i] = psdu[i];
    }
    const before = 8 * this.bitsAt;
    const end = this.payloadBlock.encode(octets, 2 * length, this.work, this.octets, before + this.headerBits);
    this.bitCount = end - before;
    return this.bitCount;
  }

  // hot path
  private encodeHeader(length: number): void {
    // The outer code has read all of a block before it writes, so the header may stand where its code words will.
    const header = this.work.outer;
    this.phr.length = length;
    header.fill(0, 0, HEADER_OCTETS);
    encodePhr(this.phr, this.crc, header, this.profile.fieldOrder);
    if (Linked.vlcVariants && this.profile.fieldOrder === "msb")
      mapOctets(REVERSED_OCTETS, header, PHR_BLOCK_OCTETS, header);
    const before = 8 * this.bitsAt;
    this.headerBits = this.headerBlock.encode(header, this.headerSymbols, this.work, this.octets, before) - before;
    if (Linked.vlcVariants && this.dimming !== undefined) {
      encodeOptional(this.dimming, header);
      const end = before + this.headerBits;
      this.headerBits = this.headerBlock.encode(header, OPTIONAL_SYMBOLS, this.work, this.octets, end) - before;
    }
    this.headerLength = length;
  }
}

function requireDimming(level: number, mcs: Mcs, profile: VlcProfile): Dimming {
  if (Linked.checks && mcs.modulation !== "OOK")
    throw new VlcError("out-of-range", "VPPM dims by its duty: compensation symbols are for OOK, MCS 0 to 4");
  if (Linked.checks && (profile.phrTail !== "once" || profile.fieldOrder !== "lsb"))
    throw new VlcError(
      "not-built",
      "OOK is dimmed only where fields go least significant bit first and the tail comes once",
    );
  return dimmingFor(level);
}
