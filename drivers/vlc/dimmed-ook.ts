/**
 * OOK dimmed by compensation symbols. Experimental: how the standard uses these fields was derived, not read (reference section 9,
 * point 3), and the polynomial of their checksum is not known. For products take VPPM.
 *
 *   preamble | header, its dimmed bit set | optional fields | then again and again: compensation | resync 1010… | sub-frame
 *
 * Compensation is constant light or constant dark, so that the mean over each piece is the level; a sub-frame is a piece of the
 * payload's chips. The optional fields are coded like the header: compensation 10 bits, resync 4, sub-frame 10, checksum 8, each
 * least significant bit first.
 */
import { VlcError } from "./vlc-error";

export const OPTIONAL_OCTETS = 4;
/** Two symbols an octet. */
export const OPTIONAL_SYMBOLS = 8;

/** A piece must be shorter than the maximum flickering time period of 5 ms: 1000 chips at 200 kHz. */
const PIECE_CHIPS = 1000;
const RESYNC_CHIPS = 15;
const LONGEST_FIELD = 1023;
const LONGEST_RESYNC = 15;
/** Our choice: x^8 + x^2 + x + 1, begun with all ones. */
const POLYNOMIAL = 0x07;

export type Dimming = {
  /** Chips of constant light before each sub-frame, and what they are: 1 lit, 0 dark. */
  compensation: number;
  light: number;
  resync: number;
  /** Chips of the payload in each piece, an even number; the last one may be shorter. */
  subframe: number;
};

export function makeDimming(): Dimming {
  return { compensation: 0, light: 0, resync: 0, subframe: 2 };
}

/** @param level mean light from 0.1 to 0.9 */
export function dimmingFor(level: number): Dimming {
  if (!(level >= 0.1 && level <= 0.9))
    throw new VlcError("out-of-range", `OOK dims from 0.1 to 0.9 by compensation, not to ${level}`);
  const share = level < 0.5 ? 1 - 2 * level : 2 * level - 1;
  // Sub-frames in whole pairs of chips; the compensation follows from what they are.
  const subframe = 2 * Math.floor((PIECE_CHIPS * (1 - share) - RESYNC_CHIPS) / 2);
  const compensation = Math.round(((subframe + RESYNC_CHIPS) * share) / (1 - share));
  return { compensation, light: level < 0.5 ? 0 : 1, resync: RESYNC_CHIPS, subframe };
}

/** Chips of a payload of `chips` chips with what stands between. */
export function dimmedChips(dimming: Dimming, chips: number): number {
  return chips + Math.ceil(chips / dimming.subframe) * (dimming.compensation + dimming.resync);
}

// hot path
/** Chip `index` of such a payload: -1 where it is the payload's own, which `payloadChip` then names. */
export function insertedChip(dimming: Dimming, index: number): number {
  const place = index % (dimming.compensation + dimming.resync + dimming.subframe);
  if (place < dimming.compensation) return dimming.light;
  const resync = place - dimming.compensation;
  return resync < dimming.resync ? 1 - (resync & 1) : -1;
}

// hot path
export function payloadChip(dimming: Dimming, index: number): number {
  const between = dimming.compensation + dimming.resync;
  const piece = Math.floor(index / (between + dimming.subframe));
  return index - (piece + 1) * between;
}

// hot path
/** The optional fields with their checksum: 4 octets. */
export function encodeOptional(dimming: Dimming, into: Uint8Array): void {
  const word = dimming.compensation | (dimming.resync << 10) | (dimming.subframe << 14);
  for (let i = 0; i < OPTIONAL_OCTETS - 1; i++) into[i] = (word >>> (8 * i)) & 0xff;
  into[OPTIONAL_OCTETS - 1] = checksum(into);
}

// hot path
/** Reads them. False: the checksum does not hold, or no frame can be like that; `into` is then not to be used. */
export function decodeOptional(octets: Uint8Array, into: Dimming): boolean {
  if (octets[OPTIONAL_OCTETS - 1] !== checksum(octets)) return false;
  const word = octets[0] | (octets[1] << 8) | (octets[2] << 16);
  into.compensation = word & LONGEST_FIELD;
  into.resync = (word >> 10) & LONGEST_RESYNC;
  into.subframe = (word >> 14) & LONGEST_FIELD;
  return into.subframe >= 2 && (into.subframe & 1) === 0;
}

// hot path
/**
 * Takes the payload's own chips out of those at `soft[start]`.
 * @param chips how many the payload has
 */
export function takeOut(dimming: Dimming, soft: Int32Array, start: number, chips: number, into: Int32Array): void {
  const between = dimming.compensation + dimming.resync;
  let at = start;
  for (let i = 0; i < chips; i++) {
    if (i % dimming.subframe === 0) at += between;
    into[i] = soft[at++];
  }
}

// hot path
function checksum(octets: Uint8Array): number {
  let crc = 0xff;
  for (let i = 0; i < OPTIONAL_OCTETS - 1; i++) {
    crc ^= octets[i];
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? ((crc << 1) ^ POLYNOMIAL) & 0xff : crc << 1;
  }
  return crc;
}
