/**
 * From soft or hard line symbols behind a found preamble back to the MAC frame. Bytes and sizes from the air are checked
 * before they are used; whatever the symbols are, `decode` returns one of `VlcOutcome` and counts it.
 *
 * A line symbol is a chip of OOK (larger: more light) or a pulse of VPPM (larger: at the back of its time, which is a 1).
 */
import { mapOctets, REVERSED_OCTETS } from "./bits";
import { lineBits, symbolsPerBit } from "./block-code";
import { BlockDecoder, type BlockSize, type Decisions } from "./block-decoder";
import type { Crc16 } from "./crc16";
import {
  type Dimming,
  decodeOptional,
  dimmedChips,
  makeDimming,
  OPTIONAL_OCTETS,
  OPTIONAL_SYMBOLS,
  takeOut,
} from "./dimmed-ook";
import { type BlockCode, MAX_PSDU_OCTETS, MCS_TABLE } from "./mcs";
import { decodePhr, makePhr, PHR_BLOCK_OCTETS, type Phr } from "./phr";
import { DEFAULT_PROFILE, frameCheck, headerCode, headerSymbols, requireProfile, type VlcProfile } from "./profile";
import { VlcError } from "./vlc-error";

export const VlcOutcome = {
  /** `phr`, `psdu` and `psduLength` hold the frame. */
  frame: 0,
  /** The header's checksum fails: no frame here, or too much noise. */
  hcsError: 1,
  /** The header is good, the payload's checksum fails. */
  fcsError: 2,
  /** The header is good and asks for something that is not built: an MCS of another clock or PHY, dimmed OOK. */
  unsupported: 3,
  /** The symbols end before the frame does, or its length is one that this decoder does not take. */
  badLength: 4,
} as const;
export type VlcOutcome = (typeof VlcOutcome)[keyof typeof VlcOutcome];

/** An octet and the FCS. */
const MIN_PSDU_OCTETS = 3;

export type VlcDecoderOptions = {
  readonly decisions?: Decisions;
  /** Experimental: read OOK that is dimmed by compensation symbols; without it such frames are `unsupported`. Default false. */
  readonly dimmed?: boolean;
  /** Longer frames are refused; decides how much memory the decoder takes. Default 1023. */
  readonly maxPsduOctets?: number;
};

export class VlcDecoder {
  readonly profile: VlcProfile;
  /** Header of the last frame whose HCS held. */
  readonly phr: Phr = makePhr();
  /** The last header's six octets as they were decoded, good or not: PHR, then HCS. For diagnosis. */
  readonly header = new Uint8Array(8);
  /** MAC frame with its FCS; good only after `VlcOutcome.frame`. */
  readonly psdu: Uint8Array;
  psduLength = 0;
  /** Why the last `decodeHeader` was false. */
  headerOutcome: VlcOutcome = VlcOutcome.hcsError;
  /** Line symbols of the header. */
  readonly headerLineSymbols: number;

  frames = 0;
  hcsErrors = 0;
  fcsErrors = 0;
  unsupported = 0;
  badLengths = 0;
  /** Headers whose coded bits were not a code word of the inner code as they came. */
  repairedHeaders = 0;
  /** Symbols that the outer code corrected, in headers and payloads. */
  correctedSymbols = 0;
  /** Headers and payloads with a code word beyond the outer code. */
  outerFailures = 0;

  readonly #crc: Crc16;
  readonly #block: BlockDecoder;
  readonly #headerCode: BlockCode;
  readonly #headerSymbols: number;
  /** Of a frame that is dimmed by compensation symbols: what stands between, and the payload's own chips. */
  readonly #dimming: Dimming = makeDimming();
  readonly #taken: Int32Array | undefined;
  readonly #optional = new Uint8Array(OPTIONAL_OCTETS);

  constructor(profile: VlcProfile = DEFAULT_PROFILE, options: VlcDecoderOptions = {}) {
    const max = options.maxPsduOctets ?? MAX_PSDU_OCTETS;
    if (!Number.isInteger(max) || max < MIN_PSDU_OCTETS || max > MAX_PSDU_OCTETS)
      throw new VlcError("out-of-range", `a decoder takes ${MIN_PSDU_OCTETS} to ${MAX_PSDU_OCTETS} octets, not ${max}`);
    this.profile = requireProfile(profile);
    this.psdu = new Uint8Array(max);
    this.#crc = frameCheck(profile);
    this.#headerCode = headerCode(profile);
    this.#headerSymbols = headerSymbols(profile);
    this.headerLineSymbols = symbolsPerBit(this.#headerCode) * lineBits(this.#headerCode, this.#headerSymbols);
    const sizes: BlockSize[] = [{ code: this.#headerCode, messageSymbols: this.#headerSymbols }];
    for (const row of MCS_TABLE)
      if (row.clockHz === profile.clockHz) sizes.push({ code: row, messageSymbols: 2 * max });
    this.#taken = options.dimmed === true ? new Int32Array(longestPayload(profile, max)) : undefined;
    this.#block = new BlockDecoder(profile, options.decisions ?? "soft", sizes);
  }

  // hot path
  /**
   * @param soft one value a line symbol, sizes up to 2^19; of OOK only differences matter. Hard: +1 and -1.
   * @param start first symbol behind the preamble
   * @param end one behind the last symbol that was received
   */
  decode(soft: Int32Array, start: number, end: number): VlcOutcome {
    if (!this.decodeHeader(soft, start, end)) return this.headerOutcome;
    return this.decodePayload(soft, start + this.headerLineSymbols + this.optionalLineSymbols, end);
  }

  // hot path
  /**
   * The header alone, for a receiver that must know how much is still to come (`payloadLineSymbols`).
   * @returns false when no frame can follow; it is counted then, and `headerOutcome` says why
   */
  decodeHeader(soft: Int32Array, start: number, end: number): boolean {
    if (end - start < this.headerLineSymbols) return this.refuse(VlcOutcome.badLength);
    this.#block.decode(this.#headerCode, this.#headerSymbols, soft, start, this.header);
    this.count();
    if (this.#block.repaired) this.repairedHeaders++;
    const { fieldOrder, clockHz } = this.profile;
    if (fieldOrder === "msb") mapOctets(REVERSED_OCTETS, this.header, PHR_BLOCK_OCTETS, this.header);
    const phr = this.phr;
    if (!decodePhr(this.header, this.#crc, phr, fieldOrder)) return this.refuse(VlcOutcome.hcsError);
    const dims = this.#taken !== undefined && clockHz === 200_000 && fieldOrder === "lsb";
    if ((phr.dimmed && !dims) || phr.mcs >= MCS_TABLE.length || MCS_TABLE[phr.mcs].clockHz !== clockHz)
      return this.refuse(VlcOutcome.unsupported);
    if (phr.dimmed && !this.decodeOptional(soft, start + this.headerLineSymbols, end)) return false;
    if (phr.length < MIN_PSDU_OCTETS || phr.length > this.psdu.length) return this.refuse(VlcOutcome.badLength);
    return true;
  }

  /** Line symbols of the payload that the last good header announced. */
  get payloadLineSymbols(): number {
    const row = MCS_TABLE[this.phr.mcs];
    const symbols = symbolsPerBit(row) * lineBits(row, 2 * this.phr.length);
    return this.phr.dimmed ? dimmedChips(this.#dimming, symbols) : symbols;
  }

  /** Line symbols of the optional fields between the last good header and its payload. */
  get optionalLineSymbols(): number {
    return this.phr.dimmed ? symbolsPerBit(this.#headerCode) * lineBits(this.#headerCode, OPTIONAL_SYMBOLS) : 0;
  }

  // hot path
  /** The payload behind a header for which `decodeHeader` was true. */
  decodePayload(soft: Int32Array, start: number, end: number): VlcOutcome {
    const { mcs, length } = this.phr;
    if (start + this.payloadLineSymbols > end) {
      this.badLengths++;
      return VlcOutcome.badLength;
    }
    const row = MCS_TABLE[mcs];
    if (this.phr.dimmed && this.#taken !== undefined) {
      const chips = symbolsPerBit(row) * lineBits(row, 2 * length);
      takeOut(this.#dimming, soft, start, chips, this.#taken);
      this.#block.decode(row, 2 * length, this.#taken, 0, this.psdu);
    } else this.#block.decode(row, 2 * length, soft, start, this.psdu);
    this.count();
    if (this.profile.fieldOrder === "msb") mapOctets(REVERSED_OCTETS, this.psdu, length, this.psdu);
    this.psduLength = length;
    if (!this.#crc.holds(this.psdu, length)) {
      this.fcsErrors++;
      return VlcOutcome.fcsError;
    }
    this.frames++;
    return VlcOutcome.frame;
  }

  // hot path
  private decodeOptional(soft: Int32Array, start: number, end: number): boolean {
    if (start + this.optionalLineSymbols > end) return this.refuse(VlcOutcome.badLength);
    this.#block.decode(this.#headerCode, OPTIONAL_SYMBOLS, soft, start, this.#optional);
    this.count();
    return decodeOptional(this.#optional, this.#dimming) || this.refuse(VlcOutcome.hcsError);
  }

  // hot path
  private count(): void {
    const corrected = this.#block.corrected;
    if (corrected < 0) this.outerFailures++;
    else this.correctedSymbols += corrected;
  }

  // hot path
  private refuse(outcome: VlcOutcome): false {
    this.headerOutcome = outcome;
    if (outcome === VlcOutcome.hcsError) this.hcsErrors++;
    else if (outcome === VlcOutcome.unsupported) this.unsupported++;
    else this.badLengths++;
    return false;
  }
}

function longestPayload(profile: VlcProfile, octets: number): number {
  let longest = 0;
  for (const row of MCS_TABLE)
    if (row.clockHz === profile.clockHz) longest = Math.max(longest, symbolsPerBit(row) * lineBits(row, 2 * octets));
  return longest;
}
