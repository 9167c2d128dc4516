/**
 * A frame as the light itself: what an SPI port shifts out, one bit a chip of OOK or a slot of a VPPM pulse, the first bit on
 * top; and as line symbols, as known answers and recordings have it.
 */
import { bitAt } from "./bits";
import type { VlcEncoder } from "./encoder";
import { CHIPS_PER_BIT, manchesterTable } from "./manchester";
import { VlcError } from "./vlc-error";

/** Ten steps of duty, 250 ns each at 400 kHz. */
export const VPPM_SLOTS = 10;

/** Line symbols of a frame: chips, for VPPM the chips of its preamble and then its pulses (0: at the front, 1: at the back). */
export function lineSymbolCount(encoder: VlcEncoder): number {
  return encoder.preambleChips + (encoder.mcs.modulation === "OOK" ? CHIPS_PER_BIT : 1) * encoder.bitCount;
}

// hot path
/**
 * Writes the line symbols of the encoder's frame, least significant bit first.
 * @returns how many
 */
export function writeLineSymbols(encoder: VlcEncoder, into: Uint8Array): number {
  const count = lineSymbolCount(encoder);
  const { preamble, preambleChips, bits, mcs, profile } = encoder;
  const isOok = mcs.modulation === "OOK";
  const first = profile.manchester === "0=01" ? 0 : 1;
  for (let i = 0; i < count; i++) {
    let symbol = 0;
    const behind = i - preambleChips;
    if (behind < 0) symbol = bitAt(preamble, i);
    else if (isOok) symbol = bitAt(bits, behind >> 1) ^ first ^ (behind & 1);
    else symbol = bitAt(bits, behind);
    if ((i & 7) === 0) into[i >> 3] = 0;
    into[i >> 3] |= symbol << (i & 7);
  }
  return count;
}

/** The chips of one encoder's frames. A header that stands in `chips` already is not written again. */
export class LineChips {
  /** The frame, first chip in the most significant bit; what fills up the last octet is dark. */
  readonly chips: Uint8Array;
  /** Chips a second. */
  readonly hz: number;
  readonly #encoder: VlcEncoder;
  /** Of OOK; `undefined` for VPPM. */
  readonly #manchester: Uint16Array | undefined;
  /** Chips of the preamble. */
  readonly #preamble: number;
  /** Slots of a VPPM pulse at the front, and at the back, the first on top. */
  readonly #front: number;
  readonly #back: number;
  #headerLength = -1;

  /** @throws VlcError where the duty is no multiple of a slot */
  constructor(encoder: VlcEncoder) {
    const { profile, mcs, preamble, preambleChips, bits } = encoder;
    const isOok = mcs.modulation === "OOK";
    const slots = isOok ? 1 : VPPM_SLOTS;
    const pulse = Math.round(profile.duty * VPPM_SLOTS);
    if (!isOok && Math.abs(pulse - profile.duty * VPPM_SLOTS) > 1e-9)
      throw new VlcError("out-of-range", `chips dim in steps of ${1 / VPPM_SLOTS}, not to ${profile.duty}`);
    this.#encoder = encoder;
    this.hz = mcs.clockHz * slots;
    this.#preamble = preambleChips * slots;
    this.chips = new Uint8Array((this.#preamble + bits.length * 8 * (isOok ? CHIPS_PER_BIT : slots) + 7) >> 3);
    for (let i = 0; i < this.#preamble; i++)
      this.chips[i >> 3] |= bitAt(preamble, Math.floor(i / slots)) << (7 - (i & 7));
    this.#manchester = isOok ? manchesterTable(profile.manchester) : undefined;
    this.#back = (1 << pulse) - 1;
    this.#front = this.#back << (VPPM_SLOTS - pulse);
  }

  // hot path
  /**
   * Writes the encoder's frame into `chips`.
   * @returns the number of chips
   */
  write(): number {
    const { bits, bitCount, headerLength, headerBits } = this.#encoder;
    const from = headerLength === this.#headerLength ? headerBits : 0;
    this.#headerLength = headerLength;
    return this.#manchester === undefined
      ? this.writePulses(bits, from, bitCount)
      : this.writeManchester(this.#manchester, bits, from, bitCount);
  }

  // hot path
  /** Sixteen chips for each octet of `bits`, across the octets of `chips` where the preamble ended inside of one. */
  private writeManchester(table: Uint16Array, bits: Uint8Array, from: number, bitCount: number): number {
    const chips = this.chips;
    const place = this.#preamble + CHIPS_PER_BIT * from;
    const overhang = place & 7;
    const mask = (1 << overhang) - 1;
    const end = (bitCount + 7) >> 3;
    const count = this.#preamble + CHIPS_PER_BIT * bitCount;
    let at = place >> 3;
    let waiting = (chips[at] >> (8 - overhang)) & mask;
    for (let i = from >> 3; i < end; i++) {
      const word = (waiting << 16) | table[bits[i]];
      waiting = word & mask;
      chips[at++] = (word >>> (overhang + 8)) & 0xff;
      chips[at++] = (word >>> overhang) & 0xff;
    }
    if (overhang > 0) chips[at] = (waiting << (8 - overhang)) & 0xff;
    return this.darken(count);
  }

  // hot path
  private writePulses(bits: Uint8Array, from: number, bitCount: number): number {
    const chips = this.chips;
    const front = this.#front;
    const back = this.#back;
    const place = this.#preamble + VPPM_SLOTS * from;
    let at = place >> 3;
    let fill = place & 7;
    let waiting = (chips[at] >> (8 - fill)) & ((1 << fill) - 1);
    for (let i = from; i < bitCount; i++) {
      waiting = (waiting << VPPM_SLOTS) | (((bits[i >> 3] >> (i & 7)) & 1) === 0 ? front : back);
      fill += VPPM_SLOTS;
      while (fill >= 8) {
        fill -= 8;
        chips[at++] = (waiting >> fill) & 0xff;
      }
      waiting &= (1 << fill) - 1;
    }
    if (fill > 0) chips[at] = (waiting << (8 - fill)) & 0xff;
    return this.#preamble + VPPM_SLOTS * bitCount;
  }

  // hot path
  /** The octet in which a frame ends is dark behind its end. */
  private darken(count: number): number {
    if ((count & 7) > 0) this.chips[count >> 3] &= 0xff << (8 - (count & 7));
    return count;
  }
}
