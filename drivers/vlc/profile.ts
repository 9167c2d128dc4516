/**
 * What public sources of IEEE 802.15.7 PHY I disagree about, as switches instead of forks, and the choices of a luminaire.
 * Only some values are built; the others have a name here, so that a site that wants them is told so.
 */
import { CRC_VARIANTS, type CrcVariant } from "./crc16";
import type { ManchesterPolarity } from "./manchester";
import { requireFlp, TDP_PATTERNS, type Tdp } from "./preamble";
import { VlcError } from "./vlc-error";

export interface VlcProfile {
  /** HCS and FCS. Sources: five variants; `mcrf4xx` is attributed to Annex C. */
  readonly crc: CrcVariant;
  /** Bit order inside header fields and octets. Built: `lsb`. */
  readonly fieldOrder: "lsb" | "msb";
  /** Bits of a GF(16) symbol. Built: `lsb`. */
  readonly symOrder: "lsb" | "msb";
  /** Index into the 4B6B table; no built MCS uses it. */
  readonly rllIndex: "lsb" | "msb";
  /** Direction of a 4B6B word; no built MCS uses it. */
  readonly rllWord: "left" | "right";
  readonly manchester: ManchesterPolarity;
  /** `once`: the convolutional encoder adds the header's tail. `in-header`: zeros also before the outer code. Built: `once`. */
  readonly phrTail: "once" | "in-header";
  /** Exponent of the generator's first root. Built: 1. */
  readonly rsFirstRoot: 1 | 0;
  /** 0xFFFF after the header of destination mode 1, as one source does. Built: false. */
  readonly destMode1Address: boolean;
  readonly clockHz: 200_000 | 400_000;
  /** Chips of the fast locking pattern. */
  readonly flp: number;
  readonly tdp: Tdp;
  /** Share of light in VPPM; OOK with Manchester is always one half. */
  readonly duty: number;
}

export const DEFAULT_PROFILE: VlcProfile = {
  crc: "mcrf4xx",
  fieldOrder: "lsb",
  symOrder: "lsb",
  rllIndex: "lsb",
  rllWord: "left",
  manchester: "0=01",
  phrTail: "once",
  rsFirstRoot: 1,
  destMode1Address: false,
  clockHz: 200_000,
  flp: 64,
  tdp: "P4",
  duty: 0.5,
};

export const PROFILES: { readonly [name: string]: VlcProfile } = { default: DEFAULT_PROFILE };

type Choices = {
  readonly [field in keyof VlcProfile]?: { readonly built: readonly unknown[]; readonly known: readonly unknown[] };
};

const CHOICES: Choices = {
  crc: { built: Object.keys(CRC_VARIANTS), known: [] },
  fieldOrder: { built: ["lsb"], known: ["msb"] },
  symOrder: { built: ["lsb"], known: ["msb"] },
  rllIndex: { built: ["lsb"], known: ["msb"] },
  rllWord: { built: ["left"], known: ["right"] },
  manchester: { built: ["0=01", "0=10"], known: [] },
  phrTail: { built: ["once"], known: ["in-header"] },
  rsFirstRoot: { built: [1], known: [0] },
  destMode1Address: { built: [false], known: [true] },
  clockHz: { built: [200_000], known: [400_000] },
  tdp: { built: Object.keys(TDP_PATTERNS), known: [] },
  duty: { built: [0.5], known: [0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9] },
};

/** Throws a `VlcError` for a value that nobody defined or that is not built. */
export function requireBuiltProfile(profile: VlcProfile): VlcProfile {
  for (const [field, choice] of Object.entries(CHOICES)) {
    const value: unknown = profile[field as keyof VlcProfile];
    if (choice.built.includes(value)) continue;
    const instead = `take ${choice.built.map((built) => JSON.stringify(built)).join(", ")}`;
    if (choice.known.includes(value))
      throw new VlcError("not-built", `profile ${field} ${JSON.stringify(value)} is not built yet; ${instead}`);
    throw new VlcError("unknown-value", `profile ${field} cannot be ${JSON.stringify(value)}; ${instead}`);
  }
  requireFlp(profile.flp);
  return profile;
}
