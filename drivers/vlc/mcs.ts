/**
 * The modulation and coding schemes of PHY I (reference confidence C2). All rows stand here; `BUILT_MCS` says which of them
 * this codec can send and receive as a payload. The header is always coded like MCS 0 (200 kHz) or MCS 5 (400 kHz).
 */
import type { CcRate } from "./convolutional";
import type { RsK } from "./rs16";
import { VlcError } from "./vlc-error";

export type Mcs = {
  readonly modulation: "OOK" | "VPPM";
  readonly lineCode: "Manchester" | "4B6B";
  /** Line symbols a second. */
  readonly clockHz: number;
  /** `undefined`: no outer code. */
  readonly outerK: RsK | undefined;
  /** `undefined`: no inner code. */
  readonly innerRate: CcRate | undefined;
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

export const BUILT_MCS: readonly number[] = [4];

/** PHY I. */
export const MAX_PSDU_OCTETS = 1023;

export function requireBuiltMcs(mcs: number): Mcs {
  const row = MCS_TABLE[mcs];
  if (row === undefined) throw new VlcError("unknown-value", `PHY I has MCS 0 to ${MCS_TABLE.length - 1}, not ${mcs}`);
  if (!BUILT_MCS.includes(mcs))
    throw new VlcError("not-built", `MCS ${mcs} is not built yet; take ${BUILT_MCS.join(", ")}`);
  return row;
}
