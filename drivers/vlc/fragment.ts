/**
 * Payloads that are longer than a frame: cut into fragments by the sender, put together by the receiver. The fragments are Argand's
 * own, in the payload of ordinary data frames: how 802.15.7-2018 numbers its PPDUs is not known in full (reference section 1.12).
 *
 *   transfer number, fragment number, fragments less one | a piece of the payload, all of one size but the last
 *
 * Fragments may come in any order and more than once. One transfer is put together at a time: another transfer's fragment ends an
 * unfinished one, which is counted.
 */
import { VlcError } from "./vlc-error";

export const FRAGMENT_HEADER_OCTETS = 3;
export const MAX_FRAGMENTS = 256;

/** Fragments that a payload takes. @param pieceOctets octets of the payload in each */
export function fragmentCount(octets: number, pieceOctets: number): number {
  if (!(pieceOctets >= 1)) throw new VlcError("out-of-range", `a fragment carries 1 octet or more, not ${pieceOctets}`);
  const count = Math.max(1, Math.ceil(octets / pieceOctets));
  if (count > MAX_FRAGMENTS)
    throw new VlcError(
      "out-of-range",
      `${octets} octets take ${count} fragments of ${pieceOctets}; ${MAX_FRAGMENTS} at most`,
    );
  return count;
}

// hot path
/**
 * Writes fragment `index` of a payload: the MSDU of one frame.
 * @param transfer number of the payload, modulo 256
 * @returns its octets
 */
export function writeFragment(
  payload: Uint8Array,
  length: number,
  transfer: number,
  index: number,
  pieceOctets: number,
  into: Uint8Array,
): number {
  const count = fragmentCount(length, pieceOctets);
  if (!(index >= 0 && index < count)) throw new VlcError("out-of-range", `no fragment ${index} of ${count}`);
  const from = index * pieceOctets;
  const size = Math.min(pieceOctets, length - from);
  if (FRAGMENT_HEADER_OCTETS + size > into.length)
    throw new VlcError("out-of-range", `a fragment of ${size} octets does not fit ${into.length}`);
  into[0] = transfer & 0xff;
  into[1] = index;
  into[2] = count - 1;
  for (let i = 0; i < size; i++) into[FRAGMENT_HEADER_OCTETS + i] = payload[from + i];
  return FRAGMENT_HEADER_OCTETS + size;
}

export class Reassembler {
  /** The payload that is put together; whole when `take` said so. */
  readonly payload: Uint8Array;
  length = 0;
  /** Payloads that became whole. */
  completed = 0;
  /** Transfers that another one ended before they were whole. */
  abandoned = 0;
  /** Fragments that are none: too short, too long, of numbers that do not fit. */
  refused = 0;
  /** Fragments that had come before. */
  repeated = 0;
  readonly #come = new Uint8Array(MAX_FRAGMENTS / 8);
  /** -1: no transfer is on its way. */
  #transfer = -1;
  #count = 0;
  #missing = 0;
  /** Octets of all pieces but the last; 0 while only the last has come. */
  #piece = 0;
  /** Octets of the last piece, -1 before it came. It is kept where it will be when the size of the others is known. */
  #last = -1;

  constructor(maxOctets: number) {
    this.payload = new Uint8Array(maxOctets);
  }

  // hot path
  /**
   * Takes the MSDU of a frame whose FCS held.
   * @returns true when the payload is whole: `payload[0 .. length)`
   */
  take(msdu: Uint8Array, from: number, end: number): boolean {
    const size = end - from - FRAGMENT_HEADER_OCTETS;
    const index = msdu[from + 1];
    const count = msdu[from + 2] + 1;
    if (!(size >= 0) || index >= count || (size === 0 && count > 1)) return this.refuse();
    if (this.#transfer >= 0 && (msdu[from] !== this.#transfer || count !== this.#count)) {
      this.abandoned++;
      this.#transfer = -1;
    }
    if (this.#transfer < 0) this.begin(msdu[from], count);
    if (((this.#come[index >> 3] >> (index & 7)) & 1) === 1) {
      this.repeated++;
      return false;
    }
    if (!this.place(msdu, from + FRAGMENT_HEADER_OCTETS, size, index)) return this.refuse();
    this.#come[index >> 3] |= 1 << (index & 7);
    this.#missing--;
    if (this.#missing > 0) return false;
    this.length = (this.#count - 1) * this.#piece + this.#last;
    this.completed++;
    this.#transfer = -1;
    return true;
  }

  // hot path
  private begin(transfer: number, count: number): void {
    this.#transfer = transfer;
    this.#count = count;
    this.#missing = count;
    this.#piece = 0;
    this.#last = -1;
    this.#come.fill(0);
  }

  // hot path
  /** The last piece waits at the end of the memory while the size of the others is not known. */
  private place(msdu: Uint8Array, from: number, size: number, index: number): boolean {
    const payload = this.payload;
    const isLast = index === this.#count - 1;
    if (isLast) {
      if (this.#count > 1 && this.#piece === 0) {
        if (size > payload.length) return false;
        this.#last = size;
        this.copy(msdu, from, size, payload.length - size);
        return true;
      }
      if (size > this.#piece && this.#count > 1) return false;
      if (index * this.#piece + size > payload.length) return false;
      this.#last = size;
      this.copy(msdu, from, size, index * this.#piece);
      return true;
    }
    if (this.#piece === 0) {
      const lastAt = (this.#count - 1) * size;
      if (lastAt + Math.max(1, this.#last) > payload.length || this.#last > size) return false;
      if (this.#last >= 0) payload.copyWithin(lastAt, payload.length - this.#last, payload.length);
      this.#piece = size;
    } else if (size !== this.#piece) return false;
    this.copy(msdu, from, size, index * size);
    return true;
  }

  // hot path
  private copy(msdu: Uint8Array, from: number, size: number, at: number): void {
    for (let i = 0; i < size; i++) this.payload[at + i] = msdu[from + i];
  }

  // hot path
  private refuse(): false {
    this.refused++;
    return false;
  }
}
