/**
 * The PHY header (PHR), 32 bits, and its checksum (HCS), 16 bits. Every field least significant bit first:
 *
 *   0 burst · 1-3 channel · 4-9 MCS · 10-25 PSDU octets · 26 dimmed OOK extension · 27-31 reserved
 */
import type { Crc16 } from "./crc16";
import { MAX_PSDU_OCTETS } from "./mcs";
import { VlcError } from "./vlc-error";

export const PHR_OCTETS = 4;
/** PHR and HCS: what the header's code carries. */
export const PHR_BLOCK_OCTETS = 6;

const CHANNEL_SHIFT = 1;
const MCS_SHIFT = 4;
const LENGTH_SHIFT = 10;
const DIMMED_SHIFT = 26;

export type Phr = {
  burst: boolean;
  /** Band, 0 … 7. */
  channel: number;
  /** MCS ID, 0 … 63. */
  mcs: number;
  /** Octets of the PSDU. */
  length: number;
  dimmed: boolean;
};

export function makePhr(): Phr {
  return { burst: false, channel: 0, mcs: 0, length: 0, dimmed: false };
}

// hot path
/** Writes PHR and HCS: 6 octets. */
export function encodePhr(phr: Phr, crc: Crc16, into: Uint8Array): void {
  if (!(phr.channel >= 0 && phr.channel <= 7)) throw new VlcError("out-of-range", `no channel ${phr.channel}: 0 to 7`);
  if (!(phr.mcs >= 0 && phr.mcs <= 63)) throw new VlcError("out-of-range", `no MCS ${phr.mcs}: 0 to 63`);
  if (!(phr.length >= 0 && phr.length <= MAX_PSDU_OCTETS))
    throw new VlcError("out-of-range", `a PSDU of PHY I has 0 to ${MAX_PSDU_OCTETS} octets, not ${phr.length}`);
  const word =
    (phr.burst ? 1 : 0) |
    (phr.channel << CHANNEL_SHIFT) |
    (phr.mcs << MCS_SHIFT) |
    (phr.length << LENGTH_SHIFT) |
    (phr.dimmed ? 1 << DIMMED_SHIFT : 0);
  for (let i = 0; i < PHR_OCTETS; i++) into[i] = (word >>> (8 * i)) & 0xff;
  crc.append(into, PHR_OCTETS);
}

// hot path
/** Reads PHR and HCS. False: the HCS does not hold, `into` is unchanged. Reserved bits are ignored. */
export function decodePhr(octets: Uint8Array, crc: Crc16, into: Phr): boolean {
  if (!crc.holds(octets, PHR_BLOCK_OCTETS)) return false;
  const word = octets[0] | (octets[1] << 8) | (octets[2] << 16) | (octets[3] << 24);
  into.burst = (word & 1) === 1;
  into.channel = (word >> CHANNEL_SHIFT) & 7;
  into.mcs = (word >> MCS_SHIFT) & 63;
  into.length = (word >> LENGTH_SHIFT) & 0xffff;
  into.dimmed = ((word >> DIMMED_SHIFT) & 1) === 1;
  return true;
}
