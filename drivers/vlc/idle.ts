/**
 * Idle patterns: the light between frames, as chips that are repeated. Ten patterns of ten chips give steps of 10 % (reference
 * confidence C1); steps of 1 % come of ten of them in turn, the two neighbours mixed as evenly as they go.
 */
import { Linked } from "../linked";
import { VlcError } from "./vlc-error";

export const IDLE_PATTERN_CHIPS = 10;
export const IDLE_CHIPS = 100;
const STEPS = 100;

/** By the number of lit chips; the left one goes first. None of them is 1010…, which receivers lock to. */
export const IDLE_PATTERNS: readonly number[] = [
  0b0000000000, 0b0000100000, 0b0000110000, 0b0000111000, 0b0000111100, 0b1000111100, 0b1100111100, 0b1110111100,
  0b1111011110, 0b1111011111, 0b1111111111,
];

/**
 * Writes 100 chips, least significant bit first, of which the share `level` is lit.
 * @param level 0 to 1, in steps of 0.01
 */
export function writeIdle(level: number, into: Uint8Array): void {
  const percent = Math.round(level * STEPS);
  if (Linked.checks && !(percent >= 0 && percent <= STEPS && Math.abs(percent - level * STEPS) < 1e-6))
    throw new VlcError("out-of-range", `the light goes from 0 to 1 in steps of 0.01, not to ${level}`);
  const lower = Math.floor(percent / IDLE_PATTERN_CHIPS);
  const extra = percent % IDLE_PATTERN_CHIPS;
  into.fill(0, 0, (IDLE_CHIPS + 7) >> 3);
  for (let chip = 0; chip < IDLE_CHIPS; chip++) {
    const turn = Math.floor(chip / IDLE_PATTERN_CHIPS);
    // The brighter neighbour comes when the sum of what is owed reaches a whole pattern.
    const brighter = ((turn + 1) * extra) % IDLE_PATTERN_CHIPS < extra ? 1 : 0;
    const lit = (IDLE_PATTERNS[lower + brighter] >> (IDLE_PATTERN_CHIPS - 1 - (chip % IDLE_PATTERN_CHIPS))) & 1;
    into[chip >> 3] |= lit << (chip & 7);
  }
}
