/**
 * The PHY header (PHR), 32 bits, and its checksum (HCS), 16 bits, in this order:
 *
 *   0 burst · 1-3 channel · 4-9 MCS · 10-25 PSDU octets · 26 dimmed OOK extension · 27-31 reserved
 *
 * Each field goes least significant bit first, or in another reading of the standard most significant bit first; the octets
 * here are as a number goes on the line in that order, so that they and the PSDU's are sent in the same way.
 */
import { Linked } from "../linked";
import type { Crc16 } from "./crc16";
import type { BitOrder } from "./four-b-six-b";
import { MAX_PSDU_OCTETS } from "./mcs";
import { VlcError } from "./vlc-error";

export const PHR_OCTETS = 4;
/** PHR and HCS: what the header's code carries. */
export const PHR_BLOCK_OCTETS = 6;

/** First bit of each field. */
const BURST_SHIFT = 0;
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
export function encodePhr(phr: Phr, crc: Crc16, into: Uint8Array, order: BitOrder = "lsb"): void {
  if (Linked.checks && !(phr.channel >= 0 && phr.channel <= 7))
    throw new VlcError("out-of-range", `no channel ${phr.channel}: 0 to 7`);
  if (Linked.checks && !(phr.mcs >= 0 && phr.mcs <= 63))
    throw new VlcError("out-of-range", `no MCS ${phr.mcs}: 0 to 63`);
  if (Linked.checks && !(phr.length >= 0 && phr.length <= MAX_PSDU_OCTETS))
    throw new VlcError("out-of-range", `a PSDU of PHY I has 0 to ${MAX_PSDU_OCTETS} octets, not ${phr.length}`);
  const burst = phr.burst ? 1 : 0;
  const dimmed = phr.dimmed ? 1 : 0;
  if (order === "lsb") {
    const word =
      burst |
      (phr.channel << CHANNEL_SHIFT) |
      (phr.mcs << MCS_SHIFT) |
      (phr.length << LENGTH_SHIFT) |
      (dimmed << DIMMED_SHIFT);
    for (let i = 0; i < PHR_OCTETS; i++) into[i] = (word >>> (8 * i)) & 0xff;
  } else {
    const word =
      (burst << (31 - BURST_SHIFT)) |
      (phr.channel << (29 - CHANNEL_SHIFT)) |
      (phr.mcs << (26 - MCS_SHIFT)) |
      (phr.length << (16 - LENGTH_SHIFT)) |
      (dimmed << (31 - DIMMED_SHIFT));
    for (let i = 0; i < PHR_OCTETS; i++) into[i] = (word >>> (24 - 8 * i)) & 0xff;
  }
  crc.append(into, PHR_OCTETS);
}

// hot path
/** Reads PHR and HCS. False: the HCS does not hold, `into` is unchanged. Reserved bits are ignored. */
export function decodePhr(octets: Uint8Array, crc: Crc16, into: Phr, order: BitOrder = "lsb"): boolean {
  if (!crc.holds(octets, PHR_BLOCK_OCTETS)) return false;
  if (order === "lsb") {
    const word = octets[0] | (octets[1] << 8) | (octets[2] << 16) | (octets[3] << 24);
    into.burst = (word & 1) === 1;
    into.channel = (word >> CHANNEL_SHIFT) & 7;
    into.mcs = (word >> MCS_SHIFT) & 63;
    into.length = (word >> LENGTH_SHIFT) & 0xffff;
    into.dimmed = ((word >> DIMMED_SHIFT) & 1) === 1;
  } else {
    const word = (octets[0] << 24) | (octets[1] << 16) | (octets[2] << 8) | octets[3];
    into.burst = word < 0;
    into.channel = (word >> (29 - CHANNEL_SHIFT)) & 7;
    into.mcs = (word >> (26 - MCS_SHIFT)) & 63;
    into.length = (word >> (16 - LENGTH_SHIFT)) & 0xffff;
    into.dimmed = ((word >> (31 - DIMMED_SHIFT)) & 1) === 1;
  }
  return true;
}
