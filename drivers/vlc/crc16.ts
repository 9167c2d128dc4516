/**
 * CRC-16 of the header (HCS) and of the MAC frame (FCS); both are the same CRC.
 *
 * Public sources agree on the polynomial x^16+x^12+x^5+1 and disagree on the rest, so the variant is a switch of the
 * profile. `mcrf4xx` is the one that a source attributes to Annex C of the standard.
 */

import { Linked } from "../linked";
import { REVERSED_OCTETS } from "./bits";

export type CrcVariant = "mcrf4xx" | "ccitt-false" | "kermit" | "x25" | "arc";

type Parameters = {
  readonly table: Uint16Array;
  readonly reflected: boolean;
  readonly init: number;
  readonly finalXor: number;
};

export const CRC_VARIANTS: { readonly [variant in CrcVariant]: Parameters } = makeVariants();

/**
 * How the octets of a frame meet the CRC.
 * - `plain`: as numbers, the CRC's low octet first. Where octets go least significant bit first this is the order of transmission.
 * - `sent`: in the order of transmission where octets go most significant bit first: octets and CRC with their bits reversed.
 * - `high-first`: as numbers, the CRC's high octet first.
 */
export type CrcOctets = "plain" | "sent" | "high-first";

export class Crc16 {
  readonly variant: CrcVariant;
  readonly #parameters: Parameters;
  readonly #octets: CrcOctets;

  constructor(variant: CrcVariant, octets: CrcOctets = "plain") {
    this.variant = variant;
    this.#parameters = CRC_VARIANTS[variant];
    this.#octets = octets;
  }

  // hot path
  /** CRC of `octets[0 .. length)`. */
  checksum(octets: Uint8Array, length: number): number {
    const { table, reflected, init, finalXor } = this.#parameters;
    let crc = init;
    if (Linked.vlcVariants && this.#octets === "sent") {
      const reversed = REVERSED_OCTETS;
      for (let i = 0; i < length; i++) {
        const octet = reversed[octets[i]];
        crc = reflected ? table[(crc ^ octet) & 0xff] ^ (crc >> 8) : table[(crc >> 8) ^ octet] ^ ((crc << 8) & 0xffff);
      }
    } else if (!Linked.vlcVariants || reflected) {
      for (let i = 0; i < length; i++) crc = table[(crc ^ octets[i]) & 0xff] ^ (crc >> 8);
    } else {
      for (let i = 0; i < length; i++) crc = table[(crc >> 8) ^ octets[i]] ^ ((crc << 8) & 0xffff);
    }
    return crc ^ finalXor;
  }

  // hot path
  /** Writes the CRC of `octets[0 .. length)` behind them. */
  append(octets: Uint8Array, length: number): void {
    const word = this.word(octets, length);
    octets[length] = word & 0xff;
    octets[length + 1] = word >> 8;
  }

  // hot path
  /** Are the last two of the `length` octets the CRC of those before? */
  holds(octets: Uint8Array, length: number): boolean {
    if (length < 2) return false;
    return this.word(octets, length - 2) === (octets[length - 2] | (octets[length - 1] << 8));
  }

  // hot path
  /** The two octets that stand behind the others, the first of them in the lower half. */
  private word(octets: Uint8Array, length: number): number {
    const crc = this.checksum(octets, length);
    if (!Linked.vlcVariants || this.#octets === "plain") return crc;
    if (this.#octets === "high-first") return (crc >> 8) | ((crc & 0xff) << 8);
    return REVERSED_OCTETS[crc & 0xff] | (REVERSED_OCTETS[crc >> 8] << 8);
  }
}

function makeVariants() {
  const ccittReflected = makeReflectedTable(0x8408);
  const usual = { mcrf4xx: { table: ccittReflected, reflected: true, init: 0xffff, finalXor: 0 } };
  if (!Linked.vlcVariants) return usual as { [variant in CrcVariant]: Parameters };
  return {
    ...usual,
    x25: { table: ccittReflected, reflected: true, init: 0xffff, finalXor: 0xffff },
    kermit: { table: ccittReflected, reflected: true, init: 0, finalXor: 0 },
    "ccitt-false": { table: makeForwardTable(0x1021), reflected: false, init: 0xffff, finalXor: 0 },
    arc: { table: makeReflectedTable(0xa001), reflected: true, init: 0, finalXor: 0 },
  };
}

/** @param polynomial with its bits reversed */
function makeReflectedTable(polynomial: number): Uint16Array {
  const table = new Uint16Array(256);
  for (let octet = 0; octet < 256; octet++) {
    let crc = octet;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ polynomial : crc >> 1;
    table[octet] = crc;
  }
  return table;
}

function makeForwardTable(polynomial: number): Uint16Array {
  const table = new Uint16Array(256);
  for (let octet = 0; octet < 256; octet++) {
    let crc = octet << 8;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ polynomial) & 0xffff : crc << 1;
    table[octet] = crc;
  }
  return table;
}
