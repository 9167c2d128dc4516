/**
 * A frame as the light itself: what an SPI port shifts out, one bit a chip of OOK or a slot of a VPPM pulse, the first bit on
 * top; and as line symbols, as known answers and recordings have it.
 */

import type { LightFrame, LineCode } from "../../hal/light";
import { Linked } from "../linked";
import { bitAt } from "./bits";
import { dimmedChips, insertedChip, payloadChip } from "./dimmed-ook";
import type { VlcEncoder } from "./encoder";
import { CHIPS_PER_BIT, manchesterTable } from "./manchester";
import { VlcError } from "./vlc-error";

/** Ten steps of duty, 250 ns each at 400 kHz. */
export const VPPM_SLOTS = 10;

/** Line symbols of a frame: chips, for VPPM the chips of its preamble and then its pulses (0: at the front, 1: at the back). */
export function lineSymbolCount(encoder: VlcEncoder): number {
  const { preambleChips, bitCount, headerBits, dimming, mcs } = encoder;
  const perBit = mcs.modulation === "OOK" ? CHIPS_PER_BIT : 1;
  if (dimming === undefined) return preambleChips + perBit * bitCount;
  return preambleChips + perBit * headerBits + dimmedChips(dimming, perBit * (bitCount - headerBits));
}

// hot path
/**
 * Writes the line symbols of the encoder's frame, least significant bit first. Dimmed OOK is built here only: an emitter knows
 * nothing of chips between the payload's.
 * @returns how many
 */
export function writeLineSymbols(encoder: VlcEncoder, into: Uint8Array): number {
  const count = lineSymbolCount(encoder);
  const { octets, preambleChips } = encoder;
  for (let i = 0; i < count; i++) {
    const symbol = i < preambleChips ? bitAt(octets, i) : bodySymbol(encoder, i - preambleChips);
    if ((i & 7) === 0) into[i >> 3] = 0;
    into[i >> 3] |= symbol << (i & 7);
  }
  return count;
}

// hot path
/** Symbol `index` behind the preamble. */
function bodySymbol(encoder: VlcEncoder, index: number): number {
  const { dimming, headerBits } = encoder;
  const payload = index - CHIPS_PER_BIT * headerBits;
  if (dimming === undefined || payload < 0) return ownSymbol(encoder, index);
  const inserted = insertedChip(dimming, payload);
  return inserted >= 0 ? inserted : ownSymbol(encoder, CHIPS_PER_BIT * headerBits + payloadChip(dimming, payload));
}

// hot path
/** The same where nothing stands between. */
function ownSymbol({ octets, bitsAt, mcs, profile }: VlcEncoder, index: number): number {
  if (mcs.modulation === "VPPM") return bitAt(octets, 8 * bitsAt + index);
  const first = profile.manchester === "0=01" ? 0 : 1;
  return bitAt(octets, 8 * bitsAt + (index >> 1)) ^ first ^ (index & 1);
}

export type LineChipsOptions = {
  /** Periods of the optical clock a second. */
  readonly clockHz: number;
  readonly lineCode: LineCode;
  /** Manchester: what a 0 begins with. Default 0, dark. */
  readonly zeroBegins?: 0 | 1;
  /** Octets of the longest frame. */
  readonly maxOctets: number;
  /** Line symbols of the longest frame, where that is known. */
  readonly maxSymbols?: number;
};

/** What the light of an encoder's frames is like. The frame that the encoder holds must be its longest. */
export function lightOf(encoder: VlcEncoder): LineChipsOptions {
  const { profile, mcs, octets } = encoder;
  return {
    clockHz: mcs.clockHz,
    lineCode: mcs.modulation === "OOK" ? "manchester" : "vppm",
    zeroBegins: profile.manchester === "0=01" ? 0 : 1,
    maxOctets: octets.length,
    maxSymbols: lineSymbolCount(encoder),
  };
}

/** The chips of one transmitter's frames. A header that stands in `chips` already is not written again. */
export class LineChips {
  /** The frame, first chip in the most significant bit; what fills up the last octet is dark. */
  readonly chips: Uint8Array;
  /** Chips a second. */
  readonly hz: number;
  /** Of OOK; `undefined` for VPPM. */
  private readonly manchester: Uint16Array | undefined;
  /** Slots of a VPPM pulse at the front, and at the back, the first on top. */
  private front = 0;
  private back = 0;
  /** What the header said that stands in `chips`, behind a preamble of so many chips. */
  private headerLength = -1;
  private preambleChips = -1;

  constructor(options: LineChipsOptions) {
    const isOok = options.lineCode === "manchester";
    const slots = isOok ? 1 : VPPM_SLOTS;
    this.hz = options.clockHz * slots;
    // Of preamble and line bits the latter take more chips an octet.
    const symbols = options.maxSymbols ?? 8 * options.maxOctets * (isOok ? CHIPS_PER_BIT : 1);
    // Not longer than the longest frame: what fills up its last octet of line bits is written behind the end, which does nothing.
    this.chips = new Uint8Array((symbols * slots + 7) >> 3);
    this.manchester = isOok ? manchesterTable(options.zeroBegins === 1 ? "0=10" : "0=01") : undefined;
    this.setDuty(1 / 2);
  }

  /** Share of light in VPPM pulses from the next frame on. Throws a `VlcError` where it is no multiple of a slot. */
  setDuty(duty: number): void {
    const pulse = Math.round(duty * VPPM_SLOTS);
    if (Linked.checks && !(pulse > 0 && pulse < VPPM_SLOTS && Math.abs(pulse - duty * VPPM_SLOTS) < 1e-9))
      throw new VlcError("out-of-range", `chips dim in steps of ${1 / VPPM_SLOTS} between 0 and 1, not to ${duty}`);
    this.back = (1 << pulse) - 1;
    this.front = this.back << (VPPM_SLOTS - pulse);
    this.headerLength = -1;
  }

  // hot path
  /**
   * Writes a frame into `chips`.
   * @returns the number of chips
   */
  write(frame: LightFrame): number {
    const isNew =
      frame.headerLength < 0 || frame.headerLength !== this.headerLength || frame.preambleChips !== this.preambleChips;
    if (isNew) this.writePreamble(frame);
    const from = isNew ? 0 : frame.headerBits;
    this.headerLength = frame.headerLength;
    this.preambleChips = frame.preambleChips;
    return this.manchester === undefined
      ? this.writePulses(frame, from)
      : this.writeManchester(frame, this.manchester, from);
  }

  // hot path
  private writePreamble({ octets, preambleChips }: LightFrame): void {
    const chips = this.chips;
    const slots = this.manchester === undefined ? VPPM_SLOTS : 1;
    let at = 0;
    for (let i = 0; i < preambleChips; i++)
      for (let slot = 0; slot < slots; slot++, at++) {
        if ((at & 7) === 0) chips[at >> 3] = 0;
        chips[at >> 3] |= bitAt(octets, i) << (7 - (at & 7));
      }
  }

  // hot path
  /** Sixteen chips for each octet of line bits, across the octets of `chips` where the preamble ended inside of one. */
  private writeManchester(frame: LightFrame, table: Uint16Array, from: number): number {
    const { octets, preambleChips, bitsAt, bitCount } = frame;
    const chips = this.chips;
    const place = preambleChips + CHIPS_PER_BIT * from;
    const overhang = place & 7;
    const mask = (1 << overhang) - 1;
    const end = bitsAt + ((bitCount + 7) >> 3);
    const count = preambleChips + CHIPS_PER_BIT * bitCount;
    let at = place >> 3;
    let waiting = (chips[at] >> (8 - overhang)) & mask;
    for (let i = bitsAt + (from >> 3); i < end; i++) {
      const word = (waiting << 16) | table[octets[i]];
      waiting = word & mask;
      chips[at++] = (word >>> (overhang + 8)) & 0xff;
      chips[at++] = (word >>> overhang) & 0xff;
    }
    if (overhang > 0) chips[at] = (waiting << (8 - overhang)) & 0xff;
    // The octet in which the frame ends is dark behind its end.
    if ((count & 7) > 0) chips[count >> 3] &= 0xff << (8 - (count & 7));
    return count;
  }

  // hot path
  private writePulses(frame: LightFrame, from: number): number {
    const { octets, preambleChips, bitsAt, bitCount } = frame;
    const chips = this.chips;
    const front = this.front;
    const back = this.back;
    const place = VPPM_SLOTS * (preambleChips + from);
    const end = 8 * bitsAt + bitCount;
    let at = place >> 3;
    let fill = place & 7;
    let waiting = (chips[at] >> (8 - fill)) & ((1 << fill) - 1);
    let i = 8 * bitsAt + from;
    // Two pulses at a time, which are 20 slots and give two octets or three; a single one only where the number is odd.
    for (; i + 1 < end && (i & 1) === 0; i += 2) {
      const two = octets[i >> 3] >> (i & 7);
      waiting = (waiting << (2 * VPPM_SLOTS)) | ((two & 1 ? back : front) << VPPM_SLOTS) | (two & 2 ? back : front);
      fill += 2 * VPPM_SLOTS - 16;
      chips[at++] = (waiting >> (fill + 8)) & 0xff;
      chips[at++] = (waiting >> fill) & 0xff;
      if (fill >= 8) {
        fill -= 8;
        chips[at++] = (waiting >> fill) & 0xff;
      }
      waiting &= (1 << fill) - 1;
    }
    for (; i < end; i++) {
      waiting = (waiting << VPPM_SLOTS) | (((octets[i >> 3] >> (i & 7)) & 1) === 0 ? front : back);
      fill += VPPM_SLOTS;
      while (fill >= 8) {
        fill -= 8;
        chips[at++] = (waiting >> fill) & 0xff;
      }
      waiting &= (1 << fill) - 1;
    }
    if (fill > 0) chips[at] = (waiting << (8 - fill)) & 0xff;
    return VPPM_SLOTS * (preambleChips + bitCount);
  }
}
