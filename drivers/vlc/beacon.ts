/**
 * The id beacon: what a luminaire says and a receiver reads. Payload of a broadcast data frame: the luminaire's id, 32 bits,
 * most significant octet first. The payload is Argand's own; the standard leaves it to the application.
 */
import type { Crc16 } from "./crc16";
import {
  AddressMode,
  BROADCAST_ADDRESS_OCTETS,
  BROADCAST_HEADER_OCTETS,
  decodeMacHeader,
  FCS_OCTETS,
  FrameType,
  type MacHeader,
  makeMacHeader,
  SEQUENCE_OCTET,
  writeMacFrame,
} from "./mac-frame";

export const BEACON_PAYLOAD_OCTETS = 4;
export const BEACON_OCTETS: number = BROADCAST_HEADER_OCTETS + BEACON_PAYLOAD_OCTETS + FCS_OCTETS;

/** All but the numbers and the FCS is written once. */
export class BeaconWriter {
  /** The frame, FCS included. */
  readonly psdu: Uint8Array;
  private readonly crc: Crc16;

  /** @param addressed 0xFFFF behind the header, as one source does (`VlcProfile.destMode1Address`) */
  constructor(id: number, crc: Crc16, addressed = false) {
    const header = makeMacHeader();
    const payload = Uint8Array.of(id >>> 24, (id >>> 16) & 0xff, (id >>> 8) & 0xff, id & 0xff);
    this.psdu = new Uint8Array(BEACON_OCTETS + (addressed ? BROADCAST_ADDRESS_OCTETS : 0));
    this.crc = crc;
    // The FCS comes with the sequence number.
    writeMacFrame(header, payload, BEACON_PAYLOAD_OCTETS, this.psdu, addressed);
  }

  // hot path
  /** @param sequence taken modulo 256 */
  write(sequence: number): void {
    const psdu = this.psdu;
    psdu[SEQUENCE_OCTET] = sequence & 0xff;
    this.crc.append(psdu, psdu.length - FCS_OCTETS);
  }

  // hot path
  /** The beacon of another luminaire. */
  writeOf(id: number, sequence: number): void {
    const psdu = this.psdu;
    const at = psdu.length - FCS_OCTETS - BEACON_PAYLOAD_OCTETS;
    psdu[at] = id >>> 24;
    psdu[at + 1] = (id >>> 16) & 0xff;
    psdu[at + 2] = (id >>> 8) & 0xff;
    psdu[at + 3] = id & 0xff;
    this.write(sequence);
  }
}

export class BeaconReader {
  id = 0;
  sequence = 0;
  readonly #header: MacHeader = makeMacHeader();
  readonly #addressed: boolean;

  /** @param addressed as of `BeaconWriter` */
  constructor(addressed = false) {
    this.#addressed = addressed;
  }

  // hot path
  /** Reads a frame whose FCS was checked. False: it is another kind of frame, `id` and `sequence` are unchanged. */
  read(psdu: Uint8Array, length: number): boolean {
    const header = this.#header;
    if (!decodeMacHeader(psdu, length, header, this.#addressed)) return false;
    if (header.type !== FrameType.data || header.destinationMode !== AddressMode.broadcast) return false;
    if (length - header.length !== BEACON_PAYLOAD_OCTETS + FCS_OCTETS) return false;
    const at = header.length;
    this.id = ((psdu[at] << 24) | (psdu[at + 1] << 16) | (psdu[at + 2] << 8) | psdu[at + 3]) >>> 0;
    this.sequence = header.sequence;
    return true;
  }
}
