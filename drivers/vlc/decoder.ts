/**
 * From soft or hard chips behind a found preamble back to the MAC frame. Bytes and sizes from the air are checked before
 * they are used; whatever the chips are, `decode` returns one of `VlcOutcome` and counts it.
 */
import { octetsToSymbols, symbolsToOctets } from "./bits";
import { Crc16 } from "./crc16";
import {
  HEADER_CHIPS,
  HEADER_CODED_BITS,
  HEADER_K,
  HEADER_MESSAGE_SYMBOLS,
  HEADER_OUTER_BITS,
  HEADER_OUTER_OCTETS,
  HEADER_RATE,
  HEADER_SENT_SYMBOLS,
} from "./header-code";
import { CHIPS_PER_OCTET, manchesterOctets, manchesterSoftBits } from "./manchester";
import { BUILT_MCS, MAX_PSDU_OCTETS } from "./mcs";
import { OuterCode } from "./outer-code";
import { decodePhr, makePhr, PHR_BLOCK_OCTETS, type Phr } from "./phr";
import { DEFAULT_PROFILE, requireBuiltProfile, type VlcProfile } from "./profile";
import { ViterbiDecoder } from "./viterbi";

export const VlcOutcome = {
  /** `phr`, `psdu` and `psduLength` hold the frame. */
  frame: 0,
  /** The header's checksum fails: no frame here, or too much noise. */
  hcsError: 1,
  /** The header is good, the payload's checksum fails. */
  fcsError: 2,
  /** The header is good and asks for something that is not built: another MCS, dimmed OOK. */
  unsupported: 3,
  /** The chips end before the frame does, or its length is one that PHY I does not have. */
  badLength: 4,
} as const;
export type VlcOutcome = (typeof VlcOutcome)[keyof typeof VlcOutcome];

/** An octet and the FCS. */
const MIN_PSDU_OCTETS = 3;

export class VlcDecoder {
  /** Header of the last frame whose HCS held. */
  readonly phr: Phr = makePhr();
  /** MAC frame with its FCS; good only after `VlcOutcome.frame`. */
  readonly psdu = new Uint8Array(MAX_PSDU_OCTETS);
  psduLength = 0;

  frames = 0;
  hcsErrors = 0;
  fcsErrors = 0;
  unsupported = 0;
  badLengths = 0;
  /** Headers whose coded bits were not a code word as they came. */
  repairedHeaders = 0;
  /** Symbols that the outer code corrected in headers. */
  correctedSymbols = 0;
  /** Header code words beyond the outer code. */
  outerFailures = 0;

  readonly #profile: VlcProfile;
  readonly #crc: Crc16;
  readonly #outer = new OuterCode(HEADER_K, HEADER_MESSAGE_SYMBOLS);
  readonly #inner = new ViterbiDecoder(HEADER_RATE, HEADER_OUTER_BITS);
  readonly #softBits = new Int32Array(HEADER_CODED_BITS);
  readonly #outerOctets = new Uint8Array(HEADER_OUTER_OCTETS);
  readonly #receivedSymbols = new Uint8Array(HEADER_SENT_SYMBOLS);
  readonly #symbols = new Uint8Array(HEADER_MESSAGE_SYMBOLS);
  readonly #header = new Uint8Array(PHR_BLOCK_OCTETS);

  constructor(profile: VlcProfile = DEFAULT_PROFILE) {
    this.#profile = requireBuiltProfile(profile);
    this.#crc = new Crc16(profile.crc);
  }

  // hot path
  /**
   * @param soft one value a chip: larger means more light; sizes up to 2^19, only differences matter. Hard: +1 and -1.
   * @param start first chip behind the preamble
   * @param end one behind the last chip that was received
   */
  decode(soft: Int32Array, start: number, end: number): VlcOutcome {
    if (end - start < HEADER_CHIPS) {
      this.badLengths++;
      return VlcOutcome.badLength;
    }
    if (!this.#decodeHeader(soft, start)) {
      this.hcsErrors++;
      return VlcOutcome.hcsError;
    }
    const { mcs, length, dimmed } = this.phr;
    if (dimmed || !BUILT_MCS.includes(mcs)) {
      this.unsupported++;
      return VlcOutcome.unsupported;
    }
    const payload = start + HEADER_CHIPS;
    if (length < MIN_PSDU_OCTETS || length > MAX_PSDU_OCTETS || payload + length * CHIPS_PER_OCTET > end) {
      this.badLengths++;
      return VlcOutcome.badLength;
    }
    manchesterOctets(soft, payload, length, this.#profile.manchester, this.psdu);
    this.psduLength = length;
    if (!this.#crc.holds(this.psdu, length)) {
      this.fcsErrors++;
      return VlcOutcome.fcsError;
    }
    this.frames++;
    return VlcOutcome.frame;
  }

  // hot path
  #decodeHeader(soft: Int32Array, start: number): boolean {
    manchesterSoftBits(soft, start, HEADER_CODED_BITS, this.#profile.manchester, this.#softBits);
    if (!this.#inner.decode(this.#softBits, HEADER_OUTER_BITS, this.#outerOctets)) this.repairedHeaders++;
    octetsToSymbols(this.#outerOctets, HEADER_OUTER_OCTETS, this.#receivedSymbols);
    const corrected = this.#outer.decode(this.#receivedSymbols, this.#symbols);
    if (corrected < 0) this.outerFailures++;
    else this.correctedSymbols += corrected;
    symbolsToOctets(this.#symbols, HEADER_MESSAGE_SYMBOLS, this.#header);
    return decodePhr(this.#header, this.#crc, this.phr);
  }
}
