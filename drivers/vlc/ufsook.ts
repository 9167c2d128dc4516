/**
 * Undersampled frequency shift on-off keying (UFSOOK): a luminaire that a phone's camera reads, as a second family of profiles beside
 * PHY I. It blinks at 105 Hz and more, which few eyes see; a camera takes two pictures of each bit and compares them.
 *
 *   mark, a 1:   blinks at n · fps         -> both pictures alike
 *   space, a 0:  blinks at (n - ½) · fps   -> one lit, one dark
 *   delimiter:   blinks above 1 kHz        -> both half lit
 *
 * Built is what a source confirms (reference section 1.13, confidence C1): the two frequencies (120 and 105 Hz at 30 pictures a second
 * and n = 4), two camera periods a bit, a delimiter above 1 kHz. No source at hand says the delimiter's frequency and length, the order
 * of bits, error correction, or how a packet is made: the delimiter here is one bit long at the chip clock, octets go least significant
 * bit first, a checksum is the payload's business. The standard has no header on the air for it: both ends are set up alike.
 * C-OOK (2.2 or 4.4 kHz, Manchester or 4B6B, sub-packets) is left out: its preamble and its sub-packets are not known here.
 */
import { VlcError } from "./vlc-error";

export type UfsookOptions = {
  /** Pictures a second of the camera. Default 30. */
  readonly fps?: number;
  /** The mark blinks n times a picture. Default 4: 120 Hz. */
  readonly n?: number;
};

const CAMERA_PERIODS_PER_BIT = 2;
const DELIMITER_MIN_HZ = 1000;

/** What a camera made of two pictures. */
export const UfsookSymbol = { space: 0, mark: 1, delimiter: 2, unclear: 3 } as const;
export type UfsookSymbol = (typeof UfsookSymbol)[keyof typeof UfsookSymbol];

export class UfsookEncoder {
  /** Chips a second, and chips of a bit: both half periods are whole chips, and a change each chip is the delimiter. */
  readonly chipHz: number;
  readonly chipsPerBit: number;
  readonly #markHalf: number;
  readonly #spaceHalf: number;

  constructor({ fps = 30, n = 4 }: UfsookOptions = {}) {
    if (!Number.isInteger(fps) || fps < 10 || fps > 240)
      throw new VlcError("out-of-range", `a camera takes 10 to 240 pictures a second, not ${fps}`);
    if (!Number.isInteger(n) || n < 2 || n > 32) throw new VlcError("out-of-range", `n is 2 to 32, not ${n}`);
    // A bit holds 4n half periods of the mark and 4n - 2 of the space.
    const marks = 2 * CAMERA_PERIODS_PER_BIT * n;
    const spaces = marks - CAMERA_PERIODS_PER_BIT;
    const least = (marks * spaces) / 2;
    const finer = Math.ceil((2 * DELIMITER_MIN_HZ * CAMERA_PERIODS_PER_BIT) / (least * fps) + 1 / least);
    this.chipsPerBit = least * finer;
    this.chipHz = (this.chipsPerBit * fps) / CAMERA_PERIODS_PER_BIT;
    this.#markHalf = this.chipsPerBit / marks;
    this.#spaceHalf = this.chipsPerBit / spaces;
  }

  /** Chips of a packet: the delimiter and the bits of so many octets. */
  chipCount(octets: number): number {
    return (1 + 8 * octets) * this.chipsPerBit;
  }

  // hot path
  /** Chip `index` of a packet: 1 lit, 0 dark. */
  chip(octets: Uint8Array, index: number): number {
    const place = Math.floor(index / this.chipsPerBit) - 1;
    const within = index % this.chipsPerBit;
    if (place < 0) return 1 - (within & 1);
    const mark = (octets[place >> 3] >> (place & 7)) & 1;
    return 1 - (Math.floor(within / (mark === 1 ? this.#markHalf : this.#spaceHalf)) & 1);
  }
}

// hot path
/**
 * What two pictures of one bit say.
 * @param first, second light in them, 0 dark to 1 lit
 */
export function readUfsook(first: number, second: number): UfsookSymbol {
  const firstLit = level(first);
  const secondLit = level(second);
  if (firstLit === HALF && secondLit === HALF) return UfsookSymbol.delimiter;
  if (firstLit === HALF || secondLit === HALF) return UfsookSymbol.unclear;
  return firstLit === secondLit ? UfsookSymbol.mark : UfsookSymbol.space;
}

const HALF = 2;

// hot path
function level(light: number): number {
  if (light < 0.25) return 0;
  return light > 0.75 ? 1 : HALF;
}

/** Packets out of a camera's pictures, two a bit. */
export class UfsookDecoder {
  readonly octets: Uint8Array;
  /** Packets that were whole, and those in which a bit was unclear or a delimiter came too early. */
  packets = 0;
  broken = 0;
  /** Bits that the packet has so far, -1 while there was no delimiter. */
  #bits = -1;

  /** @param octets of each packet: both ends are set up alike */
  constructor(octets: number) {
    this.octets = new Uint8Array(octets);
  }

  // hot path
  /** @returns true when a packet is whole */
  take(first: number, second: number): boolean {
    const symbol = readUfsook(first, second);
    if (symbol === UfsookSymbol.delimiter) {
      if (this.#bits > 0) this.broken++;
      this.#bits = 0;
      return false;
    }
    if (this.#bits < 0) return false;
    if (symbol === UfsookSymbol.unclear) {
      this.broken++;
      this.#bits = -1;
      return false;
    }
    const place = this.#bits++;
    if ((place & 7) === 0) this.octets[place >> 3] = 0;
    this.octets[place >> 3] |= symbol << (place & 7);
    if (this.#bits < 8 * this.octets.length) return false;
    this.#bits = -1;
    this.packets++;
    return true;
  }
}
