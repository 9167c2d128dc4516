/**
 * The preamble: a fast locking pattern (FLP) 1010…, then one topology dependent pattern (TDP) four times, the second and
 * the fourth inverted. Plain OOK at the optical clock, neither line code nor error correction.
 */
import { Linked } from "../linked";
import { CHIPS_PER_BIT, type ManchesterPolarity } from "./manchester";
import { VlcError } from "./vlc-error";

export type Tdp = "P1" | "P2" | "P3" | "P4";

export const TDP_BITS = 15;
/** All four repetitions. */
export const TDP_CHIPS = 60;
export const FLP_MIN = 64;
export const FLP_MAX = 16_384;

/** The leftmost bit goes first. P1: visibility, P2: peer to peer, P3: star, P4: broadcast. */
export const TDP_PATTERNS: { readonly [tdp in Tdp]: number } = {
  P1: 0b111101011001000,
  P2: 0b001011101111110,
  P3: 0b100110000010011,
  P4: 0b010000110100101,
};

/** Chips of a preamble whose bits are sent plainly. */
export function preambleChips(flp: number): number {
  return flp + TDP_CHIPS;
}

/** Chip `index` of the preamble: 0 or 1. */
export function preambleChip(flp: number, tdp: Tdp, index: number): number {
  if (index < flp) return 1 - (index & 1);
  const place = index - flp;
  const repetition = Math.floor(place / TDP_BITS);
  const bit = (TDP_PATTERNS[tdp] >> (TDP_BITS - 1 - (place % TDP_BITS))) & 1;
  return bit ^ (repetition & 1);
}

type PreambleChoice = {
  readonly flp: number;
  readonly tdp: Tdp;
  readonly preambleCode: "plain" | "manchester";
  readonly manchester: ManchesterPolarity;
};

/** Line symbols of a profile's preamble. */
export function preambleSymbols({ flp, preambleCode }: Pick<PreambleChoice, "flp" | "preambleCode">): number {
  return preambleCode === "plain" ? preambleChips(flp) : CHIPS_PER_BIT * preambleChips(flp);
}

/** Writes the chips of a profile's preamble, least significant bit first. */
export function writePreamble(choice: PreambleChoice, into: Uint8Array): void {
  const { flp, tdp, preambleCode, manchester } = choice;
  const count = preambleSymbols(choice);
  const first = manchester === "0=01" ? 0 : 1;
  into.fill(0, 0, (count + 7) >> 3);
  for (let i = 0; i < count; i++) {
    const chip =
      preambleCode === "plain" ? preambleChip(flp, tdp, i) : preambleChip(flp, tdp, i >> 1) ^ first ^ (i & 1);
    into[i >> 3] |= chip << (i & 7);
  }
}

export function requireFlp(flp: number): void {
  if (Linked.checks && (!Number.isInteger(flp) || flp < FLP_MIN || flp > FLP_MAX || flp % 2 !== 0))
    throw new VlcError("out-of-range", `the FLP has an even number of ${FLP_MIN} to ${FLP_MAX} chips, not ${flp}`);
}
