/**
 * The decoder against captures of every kind: noise, and frames that were cut, turned over, shifted, scaled and overwritten.
 * It never throws, gives back no frame whose FCS does not hold, counts each call once, and ends in bounded time.
 *
 * The long run: ARGAND_VLC_FUZZ=1000000 npx vitest run drivers/vlc/fuzz
 */
import { describe, expect, it } from "vitest";
import { bitsToSoft } from "./bits";
import type { Decisions } from "./block-decoder";
import { VlcDecoder, VlcOutcome } from "./decoder";
import { VlcEncoder } from "./encoder";
import { writeLineSymbols } from "./line-chips";
import { DEFAULT_PROFILE, frameCheck, profileFor, type VlcProfile } from "./profile";

const CAPTURES = Number(process.env["ARGAND_VLC_FUZZ"] ?? 8_000);
const LONGEST_OCTETS = 60;
const SYMBOLS = 12_000;

/** A generator of its own, so that a failing capture can be made again from its number. */
class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = Math.imul(seed, 0x9e3779b1) | 1;
  }

  below(bound: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % bound;
  }
}

/** A bitwise CRC, nothing of the codec's: 0x1021 reflected, init FFFF, as the default profile has it. */
function fcsHolds(psdu: Uint8Array, length: number): boolean {
  let crc = 0xffff;
  for (let i = 0; i < length - 2; i++) {
    crc ^= psdu[i];
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0x8408 : crc >> 1;
  }
  return length > 2 && psdu[length - 2] === (crc & 0xff) && psdu[length - 1] === crc >> 8;
}

type Bench = {
  readonly profile: VlcProfile;
  readonly decoders: readonly VlcDecoder[];
  readonly encoders: readonly VlcEncoder[];
};

function benchOf(profile: VlcProfile): Bench {
  const decoders = (["soft", "hard"] as Decisions[]).map(
    (decisions) => new VlcDecoder(profile, { decisions, maxPsduOctets: 100 }),
  );
  const mcs = profile.clockHz === 200_000 ? [0, 1, 2, 3, 4] : [5, 6, 7, 8];
  const encoders = mcs.map((one) => new VlcEncoder({ profile, mcs: one, maxPsduOctets: LONGEST_OCTETS }));
  return { profile, decoders, encoders };
}

const benches: Bench[] = [
  DEFAULT_PROFILE,
  profileFor(5),
  { ...DEFAULT_PROFILE, phrTail: "in-header", manchester: "0=10" } as VlcProfile,
  { ...DEFAULT_PROFILE, phrCode: "none" } as VlcProfile,
  { ...profileFor(5), phrCode: "none" } as VlcProfile,
].map(benchOf);

const soft = new Int32Array(SYMBOLS);
const packed = new Uint8Array(SYMBOLS >> 3);

/** Fills `soft` and says where it begins and ends. */
function makeCapture({ encoders }: Bench, profile: VlcProfile, chance: Chance): { start: number; end: number } {
  const kind = chance.below(8);
  if (kind === 0) {
    const end = chance.below(3000);
    const size = chance.below(2) === 0 ? 3 : 1 << 20;
    for (let i = 0; i < end; i++) soft[i] = chance.below(size) - (size >> 1);
    return { start: 0, end };
  }
  const encoder = encoders[chance.below(encoders.length)];
  const length = 3 + chance.below(LONGEST_OCTETS - 2);
  const psdu = Uint8Array.from({ length }, () => chance.below(256));
  // One in four has a wrong FCS to begin with.
  if (chance.below(4) > 0) frameCheck(profile).append(psdu, length - 2);
  encoder.encode(psdu, length);
  const count = writeLineSymbols(encoder, packed);
  bitsToSoft(packed, count, soft);
  let start = encoder.preambleChips;
  let end = count;
  if (kind === 1) end = start + chance.below(count - start + 1);
  if (kind === 2) start += chance.below(400) - 100;
  if (kind === 3) for (let i = chance.below(600); i >= 0; i--) soft[chance.below(count)] *= -1;
  if (kind === 4) for (let i = start; i < count; i++) soft[i] = soft[i] * 1000 + chance.below(4000) - 2000;
  if (kind === 5) soft.fill(chance.below(3) - 1, start + chance.below(500), start + 500 + chance.below(count - start));
  if (kind === 6) soft.copyWithin(start + chance.below(300), start + chance.below(900), count);
  if (kind === 7) end = Math.min(SYMBOLS, count + chance.below(5000));
  return { start: Math.max(0, start), end };
}

const calls = (decoder: VlcDecoder) =>
  decoder.frames + decoder.hcsErrors + decoder.fcsErrors + decoder.unsupported + decoder.badLengths;

describe("the decoder", () => {
  it(`stands ${CAPTURES} captures of every kind`, { timeout: 3_600_000 }, () => {
    const outcomes = new Map<VlcOutcome, number>();
    let slowestMs = 0;
    for (let seed = 1; seed <= CAPTURES; seed++) {
      const chance = new Chance(seed);
      const bench = benches[chance.below(benches.length)];
      const { start, end } = makeCapture(bench, bench.profile, chance);
      const decoder = bench.decoders[chance.below(2)];
      const before = calls(decoder);
      const beganMs = performance.now();
      let outcome: VlcOutcome;
      try {
        outcome = decoder.decode(soft, start, end);
      } catch (error) {
        throw new Error(`capture ${seed} made the decoder throw`, { cause: error });
      }
      slowestMs = Math.max(slowestMs, performance.now() - beganMs);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      if (calls(decoder) !== before + 1) throw new Error(`capture ${seed} was not counted once`);
      if (outcome === VlcOutcome.frame && !fcsHolds(decoder.psdu, decoder.psduLength))
        throw new Error(`capture ${seed} gave a frame whose FCS does not hold`);
    }
    // All ends must have been reached, or the captures are not of every kind.
    for (const outcome of [VlcOutcome.frame, VlcOutcome.hcsError, VlcOutcome.fcsError, VlcOutcome.badLength])
      expect(outcomes.get(outcome) ?? 0).toBeGreaterThan(CAPTURES / 200);
    // A second is far beyond what the longest frame takes on a busy machine.
    expect(slowestMs).toBeLessThan(1_000);
    if (process.env["ARGAND_VLC_FUZZ"] !== undefined)
      console.info(`${CAPTURES} captures`, Object.fromEntries(outcomes), `slowest ${slowestMs.toFixed(1)} ms`);
  });

  it("gives one outcome for every stretch of a frame, however short", () => {
    const encoder = new VlcEncoder({ mcs: 2, maxPsduOctets: 5 });
    const psdu = Uint8Array.of(1, 2, 3, 0, 0);
    frameCheck(DEFAULT_PROFILE).append(psdu, 3);
    encoder.encode(psdu, 5);
    const count = writeLineSymbols(encoder, packed);
    bitsToSoft(packed, count, soft);
    const decoder = new VlcDecoder();
    for (let end = encoder.preambleChips; end < count; end++)
      expect(decoder.decode(soft, encoder.preambleChips, end)).toBe(VlcOutcome.badLength);
    expect(decoder.decode(soft, encoder.preambleChips, count)).toBe(VlcOutcome.frame);
    expect(decoder.decode(soft, count, encoder.preambleChips)).toBe(VlcOutcome.badLength);
  });
});
