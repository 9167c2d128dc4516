/**
 * What public sources of IEEE 802.15.7 PHY I disagree about, as switches instead of forks, and the choices of a luminaire.
 *
 * Nobody here has the standard's text: each switch names a question that only the text can close. `PROFILES` holds what each
 * known implementation does, as far as it is known.
 */
import { Linked } from "../linked";
import { CRC_VARIANTS, Crc16, type CrcVariant } from "./crc16";
import type { BitOrder, WordDirection } from "./four-b-six-b";
import type { ManchesterPolarity } from "./manchester";
import { type BlockCode, type ClockHz, MCS_TABLE } from "./mcs";
import { requireFlp, TDP_PATTERNS, type Tdp } from "./preamble";
import type { RsFirstRoot } from "./rs16";
import { VlcError } from "./vlc-error";

export interface VlcProfile {
  /** HCS and FCS. Sources: five variants; `mcrf4xx` is attributed to Annex C. */
  readonly crc: CrcVariant;
  /**
   * What the CRC runs over where fields go most significant bit first: the bits in the order of transmission, or the octets as
   * numbers. The order of its own two octets is then high first, which no source confirms.
   */
  readonly crcOver: "sent" | "octets";
  /** Which bit of header fields and octets goes first. */
  readonly fieldOrder: BitOrder;
  /** Which bit of a GF(16) symbol the first of four is. */
  readonly symOrder: BitOrder;
  /** Which bit of the index into the 4B6B table the first of four is. */
  readonly rllIndex: BitOrder;
  /** Which end of a 4B6B word goes first. */
  readonly rllWord: WordDirection;
  readonly manchester: ManchesterPolarity;
  /** `once`: the convolutional encoder adds the header's tail. `in-header`: six zeros also before the outer code. OOK only. */
  readonly phrTail: "once" | "in-header";
  /** `mcs`: the header has the lowest rate of its clock. `none`: it has no error correction. */
  readonly phrCode: "mcs" | "none";
  /** `plain`: one chip for each bit of the preamble. `manchester`: two. */
  readonly preambleCode: "plain" | "manchester";
  /** Exponent of the generator's first root. */
  readonly rsFirstRoot: RsFirstRoot;
  /** 0xFFFF after the header of destination mode 1, as one source does. */
  readonly destMode1Address: boolean;
  /** Line symbols a second: MCS 0 to 4 have 200 kHz, MCS 5 to 8 have 400 kHz. */
  readonly clockHz: ClockHz;
  /** Bits of the fast locking pattern. */
  readonly flp: number;
  readonly tdp: Tdp;
  /** Share of light in VPPM, 0.1 to 0.9; OOK with Manchester is always one half. */
  readonly duty: number;
}

export const DEFAULT_PROFILE: VlcProfile = {
  crc: "mcrf4xx",
  crcOver: "sent",
  fieldOrder: "lsb",
  symOrder: "lsb",
  rllIndex: "lsb",
  rllWord: "left",
  manchester: "0=01",
  phrTail: "once",
  phrCode: "mcs",
  preambleCode: "plain",
  rsFirstRoot: 1,
  destMode1Address: false,
  clockHz: 200_000,
  flp: 64,
  tdp: "P4",
  duty: 0.5,
};

const MSB = { fieldOrder: "msb", symOrder: "msb", rllIndex: "msb" } as const;

/**
 * - `default`: what most sources agree on.
 * - `flexicom-matlab`, `flexicom-cpp`: the two generations of FlexiCom, whose transmitters put the tail before the outer code
 *   and 0xFFFF behind a mode 1 header.
 * - `gr-ieee`: gr-ieee802-15-7. Its outer code works on octets and is not built here: only what it sends without one is read,
 *   and its header is not.
 * - `uc3m`: the thesis on an RP2040, MCS 4.
 */
export const PROFILES: { readonly [name: string]: VlcProfile } = {
  default: DEFAULT_PROFILE,
  "flexicom-matlab": { ...DEFAULT_PROFILE, ...MSB, crc: "kermit", phrTail: "in-header", destMode1Address: true },
  "flexicom-cpp": { ...DEFAULT_PROFILE, crc: "ccitt-false", phrTail: "in-header", destMode1Address: true },
  "gr-ieee": { ...DEFAULT_PROFILE, crc: "arc", rllWord: "right", manchester: "0=10" },
  uc3m: { ...DEFAULT_PROFILE, ...MSB, crcOver: "octets", phrCode: "none", preambleCode: "manchester" },
};

/** @throws VlcError for a name that nobody defined */
export function profileNamed(name: string): VlcProfile {
  if (Object.hasOwn(PROFILES, name)) return PROFILES[name];
  throw new VlcError("unknown-value", `there is no profile "${name}"; take ${Object.keys(PROFILES).join(", ")}`);
}

/** The default at 400 kHz. Shared, as `DEFAULT_PROFILE` is: an object of so many fields is dear on a device. */
const DEFAULT_VPPM_PROFILE: VlcProfile = { ...DEFAULT_PROFILE, clockHz: 400_000 };

/** The same profile at the optical clock of an MCS. */
export function profileFor(mcs: number, profile: VlcProfile = DEFAULT_PROFILE): VlcProfile {
  const row = MCS_TABLE[mcs];
  if (profile === DEFAULT_PROFILE && row?.clockHz === 400_000) return DEFAULT_VPPM_PROFILE;
  return row === undefined || row.clockHz === profile.clockHz ? profile : { ...profile, clockHz: row.clockHz };
}

const ORDERS: readonly unknown[] = ["lsb", "msb"];

const CHOICES: { readonly [field in keyof VlcProfile]?: readonly unknown[] } = {
  crc: Object.keys(CRC_VARIANTS),
  crcOver: ["sent", "octets"],
  fieldOrder: ORDERS,
  symOrder: ORDERS,
  rllIndex: ORDERS,
  rllWord: ["left", "right"],
  manchester: ["0=01", "0=10"],
  phrTail: ["once", "in-header"],
  phrCode: ["mcs", "none"],
  preambleCode: ["plain", "manchester"],
  rsFirstRoot: [1, 0],
  destMode1Address: [false, true],
  clockHz: [200_000, 400_000],
  tdp: Object.keys(TDP_PATTERNS),
};

export const DUTY_MIN = 0.1;
export const DUTY_MAX = 0.9;

/** Throws a `VlcError` for a value that nobody defined. */
export function requireProfile(profile: VlcProfile): VlcProfile {
  for (const [field, known] of Object.entries(CHOICES)) {
    const value: unknown = profile[field as keyof VlcProfile];
    if (Linked.checks && !known.includes(value))
      throw new VlcError(
        "unknown-value",
        `profile ${field} cannot be ${JSON.stringify(value)}; take ${known.map((one) => JSON.stringify(one)).join(", ")}`,
      );
  }
  requireFlp(profile.flp);
  requireDuty(profile.duty);
  return profile;
}

export function requireDuty(duty: number): number {
  if (typeof duty === "number" && duty >= DUTY_MIN && duty <= DUTY_MAX) return duty;
  throw new VlcError("out-of-range", `VPPM dims from ${DUTY_MIN} to ${DUTY_MAX}, not ${duty}`);
}

/** Made once: nearly all profiles have it. */
const USUAL_CHECK = new Crc16("mcrf4xx");

/** HCS and FCS of a profile. */
export function frameCheck(profile: VlcProfile): Crc16 {
  if (profile.fieldOrder === "lsb" && profile.crc === "mcrf4xx") return USUAL_CHECK;
  if (profile.fieldOrder === "lsb") return new Crc16(profile.crc);
  return new Crc16(profile.crc, profile.crcOver === "sent" ? "sent" : "high-first");
}

/** What the header goes through: the lowest rate of its clock, or nothing but the line code. */
export function headerCode(profile: VlcProfile): BlockCode {
  const coded = profile.phrCode === "mcs";
  return profile.clockHz === 200_000 ? MCS_TABLE[coded ? 0 : 4] : MCS_TABLE[coded ? 5 : 8];
}

/** GF(16) symbols of the header's block: 48 bits, and where the tail stands in the header six zeros and two that fill up. */
export function headerSymbols(profile: VlcProfile): number {
  return profile.phrTail === "in-header" && profile.clockHz === 200_000 && profile.phrCode === "mcs" ? 14 : 12;
}
