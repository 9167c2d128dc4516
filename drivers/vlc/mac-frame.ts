/**
 * MAC data frames: frame control, sequence number, addresses, payload (MSDU), FCS. Numbers go low octet first.
 *
 * Frame control: 0-1 version · 2-5 reserved · 6-8 type · 9 security · 10 pending · 11 acknowledge · 12-13 destination mode ·
 * 14-15 source mode. The beacon of a luminaire is a data frame in destination mode 1: 0x1040.
 */
import { Linked } from "../linked";
import type { Crc16 } from "./crc16";
import { VlcError } from "./vlc-error";

export const FrameType = { beacon: 0, data: 1, acknowledgement: 2, command: 3, cvd: 4 } as const;

export const AddressMode = {
  none: 0,
  /** No address; destination only. */
  broadcast: 1,
  /** 16-bit address, behind the 16-bit number of its network. */
  short: 2,
  /** 64-bit address, likewise. Read over, not written. */
  extended: 3,
} as const;
export type AddressMode = (typeof AddressMode)[keyof typeof AddressMode];

export const FCS_OCTETS = 2;
/** Header of a broadcast without source address: frame control and sequence number. */
export const BROADCAST_HEADER_OCTETS = 3;

/** 0xFFFF behind the header of a broadcast, in one reading of destination mode 1 (`VlcProfile.destMode1Address`). */
export const BROADCAST_ADDRESS_OCTETS = 2;
export const SEQUENCE_OCTET = 2;

const VERSION_MASK = 3;
const TYPE_SHIFT = 6;
const SECURITY = 1 << 9;
const DESTINATION_SHIFT = 12;
const SOURCE_SHIFT = 14;

/** Octets of network number and address, by mode. */
const ADDRESS_OCTETS: readonly number[] = [0, 0, 4, 10];

export type MacHeader = {
  /** 0: 802.15.7-2011, 1: -2018. */
  version: number;
  type: number;
  sequence: number;
  destinationMode: AddressMode;
  /** Network and address are -1 where the mode has none. */
  destinationNetwork: number;
  destination: number;
  sourceMode: AddressMode;
  sourceNetwork: number;
  source: number;
  /** Octets of the header; the payload stands behind it. */
  length: number;
};

export function makeMacHeader(): MacHeader {
  return {
    version: 0,
    type: FrameType.data,
    sequence: 0,
    destinationMode: AddressMode.broadcast,
    destinationNetwork: -1,
    destination: -1,
    sourceMode: AddressMode.none,
    sourceNetwork: -1,
    source: -1,
    length: BROADCAST_HEADER_OCTETS,
  };
}

// hot path
/**
 * Writes header, `payload[0 .. payloadLength)` and FCS.
 * @param addressed see `writeMacFrame`
 * @returns octets of the frame
 */
export function encodeMacFrame(
  header: MacHeader,
  payload: Uint8Array,
  payloadLength: number,
  crc: Crc16,
  into: Uint8Array,
  addressed = false,
): number {
  const at = writeMacFrame(header, payload, payloadLength, into, addressed);
  crc.append(into, at);
  return at + FCS_OCTETS;
}

// hot path
/**
 * The same without the FCS, for which there is room in `into`.
 * @param addressed 0xFFFF behind the header of a broadcast (`VlcProfile.destMode1Address`)
 * @returns octets before the FCS
 */
export function writeMacFrame(
  header: MacHeader,
  payload: Uint8Array,
  payloadLength: number,
  into: Uint8Array,
  addressed: boolean,
): number {
  if (Linked.checks && (header.destinationMode === AddressMode.extended || header.sourceMode === AddressMode.extended))
    throw new VlcError("not-built", "64-bit addresses are not built yet; take short addresses or broadcast");
  putUint16(
    into,
    0,
    (header.version & VERSION_MASK) |
      (header.type << TYPE_SHIFT) |
      (header.destinationMode << DESTINATION_SHIFT) |
      (header.sourceMode << SOURCE_SHIFT),
  );
  into[SEQUENCE_OCTET] = header.sequence;
  let at = BROADCAST_HEADER_OCTETS;
  if (header.destinationMode === AddressMode.short)
    at = putAddress(into, at, header.destinationNetwork, header.destination);
  else if (addressed && header.destinationMode === AddressMode.broadcast) {
    putUint16(into, at, 0xffff);
    at += BROADCAST_ADDRESS_OCTETS;
  }
  if (header.sourceMode === AddressMode.short) at = putAddress(into, at, header.sourceNetwork, header.source);
  if (Linked.checks && at + payloadLength + FCS_OCTETS > into.length)
    throw new VlcError("out-of-range", `${payloadLength} octets of payload do not fit ${into.length} octets`);
  for (let i = 0; i < payloadLength; i++) into[at++] = payload[i];
  return at;
}

// hot path
/**
 * Reads the header of a frame whose FCS was checked; the payload is `psdu[into.length .. length - 2)`.
 * @returns false when it is no frame that this codec can read: too short, or secured
 */
export function decodeMacHeader(psdu: Uint8Array, length: number, into: MacHeader, addressed = false): boolean {
  if (length < BROADCAST_HEADER_OCTETS + FCS_OCTETS) return false;
  const control = getUint16(psdu, 0);
  if (control & SECURITY) return false;
  const destinationMode = ((control >> DESTINATION_SHIFT) & 3) as AddressMode;
  const sourceMode = ((control >> SOURCE_SHIFT) & 3) as AddressMode;
  const broadcast = addressed && destinationMode === AddressMode.broadcast ? BROADCAST_ADDRESS_OCTETS : 0;
  const destinationEnd = BROADCAST_HEADER_OCTETS + broadcast + ADDRESS_OCTETS[destinationMode];
  const sourceEnd = destinationEnd + ADDRESS_OCTETS[sourceMode];
  if (length < sourceEnd + FCS_OCTETS) return false;
  const shortDestination = destinationMode === AddressMode.short;
  const shortSource = sourceMode === AddressMode.short;
  into.type = (control >> TYPE_SHIFT) & 7;
  into.sequence = psdu[SEQUENCE_OCTET];
  into.destinationMode = destinationMode;
  into.version = control & VERSION_MASK;
  into.destinationNetwork = ADDRESS_OCTETS[destinationMode] > 0 ? getUint16(psdu, BROADCAST_HEADER_OCTETS) : -1;
  into.destination = shortDestination ? getUint16(psdu, BROADCAST_HEADER_OCTETS + 2) : -1;
  into.sourceMode = sourceMode;
  into.sourceNetwork = sourceEnd > destinationEnd ? getUint16(psdu, destinationEnd) : -1;
  into.source = shortSource ? getUint16(psdu, destinationEnd + 2) : -1;
  into.length = sourceEnd;
  return true;
}

function putUint16(into: Uint8Array, at: number, value: number): void {
  into[at] = value & 0xff;
  into[at + 1] = value >> 8;
}

function getUint16(octets: Uint8Array, at: number): number {
  return octets[at] | (octets[at + 1] << 8);
}

function putAddress(into: Uint8Array, at: number, network: number, address: number): number {
  putUint16(into, at, network);
  putUint16(into, at + 2, address);
  return at + ADDRESS_OCTETS[AddressMode.short];
}
