/**
 * The id beacon: what a luminaire says and a receiver reads. Payload of a broadcast data frame: the luminaire's id, 32 bits,
 * most significant octet first. The payload is Argand's own; the standard leaves it to the application.
 */
import type { Crc16 } from "./crc16";
import {
  AddressMode,
  BROADCAST_HEADER_OCTETS,
  decodeMacHeader,
  encodeMacFrame,
  FCS_OCTETS,
  FrameType,
  type MacHeader,
  makeMacHeader,
} from "./mac-frame";

export const BEACON_PAYLOAD_OCTETS = 4;
export const BEACON_OCTETS: number = BROADCAST_HEADER_OCTETS + BEACON_PAYLOAD_OCTETS + FCS_OCTETS;

export class BeaconWriter {
  /** The frame, FCS included. */
  readonly psdu = new Uint8Array(BEACON_OCTETS);
  readonly #payload = new Uint8Array(BEACON_PAYLOAD_OCTETS);
  readonly #header = makeMacHeader();
  readonly #crc: Crc16;

  constructor(id: number, crc: Crc16) {
    new DataView(this.#payload.buffer).setUint32(0, id, false);
    this.#crc = crc;
  }

  // hot path
  /** @param sequence taken modulo 256 */
  write(sequence: number): void {
    this.#header.sequence = sequence & 0xff;
    encodeMacFrame(this.#header, this.#payload, BEACON_PAYLOAD_OCTETS, this.#crc, this.psdu);
  }
}

export class BeaconReader {
  id = 0;
  sequence = 0;
  readonly #header: MacHeader = makeMacHeader();

  // hot path
  /** Reads a frame whose FCS was checked. False: it is another kind of frame, `id` and `sequence` are unchanged. */
  read(psdu: Uint8Array, length: number): boolean {
    const header = this.#header;
    if (!decodeMacHeader(psdu, length, header)) return false;
    if (header.type !== FrameType.data || header.destinationMode !== AddressMode.broadcast) return false;
    if (length - header.length !== BEACON_PAYLOAD_OCTETS + FCS_OCTETS) return false;
    const at = header.length;
    this.id = ((psdu[at] << 24) | (psdu[at + 1] << 16) | (psdu[at + 2] << 8) | psdu[at + 3]) >>> 0;
    this.sequence = header.sequence;
    return true;
  }
}
