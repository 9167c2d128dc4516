/**
 * The modulation and coding schemes of PHY I (reference confidence C2). The header is always coded like MCS 0 (200 kHz) or
 * MCS 5 (400 kHz).
 */
import { Linked } from "../linked";
import type { CcRate } from "./convolutional";
import type { RsK } from "./rs16";
import { VlcError } from "./vlc-error";

export type Modulation = "OOK" | "VPPM";
export type ClockHz = 200_000 | 400_000;

/** How a block of octets becomes line bits: what both the header and the payload of a frame go through. */
export type BlockCode = {
  readonly modulation: Modulation;
  /** `undefined`: no outer code. */
  readonly outerK: RsK | undefined;
  /** `undefined`: no inner code. */
  readonly innerRate: CcRate | undefined;
};

export type Mcs = BlockCode & {
  readonly lineCode: "Manchester" | "4B6B";
  /** Line symbols a second: chips of OOK, pulses of VPPM. */
  readonly clockHz: ClockHz;
};

const OOK = { modulation: "OOK", lineCode: "Manchester", clockHz: 200_000 } as const;
const VPPM = { modulation: "VPPM", lineCode: "4B6B", clockHz: 400_000 } as const;

/** The position is the MCS ID. */
export const MCS_TABLE: readonly Mcs[] = [
  { ...OOK, outerK: 7, innerRate: "1/4" },
  { ...OOK, outerK: 11, innerRate: "1/3" },
  { ...OOK, outerK: 11, innerRate: "2/3" },
  { ...OOK, outerK: 11, innerRate: undefined },
  { ...OOK, outerK: undefined, innerRate: undefined },
  { ...VPPM, outerK: 2, innerRate: undefined },
  { ...VPPM, outerK: 4, innerRate: undefined },
  { ...VPPM, outerK: 7, innerRate: undefined },
  { ...VPPM, outerK: undefined, innerRate: undefined },
];

/** PHY I. */
export const MAX_PSDU_OCTETS = 1023;

export function requireMcs(mcs: number): Mcs {
  const row = MCS_TABLE[mcs];
  if (Linked.checks && row === undefined)
    throw new VlcError("unknown-value", `PHY I has MCS 0 to ${MCS_TABLE.length - 1}, not ${mcs}`);
  return row;
}
