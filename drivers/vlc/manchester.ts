/** The Manchester line code: `0=01` sends bit 0 as dark-light and bit 1 as light-dark; `0=10` is its reverse. */

export type ManchesterPolarity = "0=01" | "0=10";

export const CHIPS_PER_BIT = 2;
export const CHIPS_PER_OCTET = 16;

const TABLES: { readonly [polarity in ManchesterPolarity]: Uint16Array } = {
  "0=01": makeTable(0b01),
  "0=10": makeTable(0b10),
};

/** 16 chips for each octet; the octet's least significant bit goes first, the first chip stands on top. Shared. */
export function manchesterTable(polarity: ManchesterPolarity): Uint16Array {
  return TABLES[polarity];
}

// hot path
/** One soft bit for each two soft chips from `soft[start]`: their difference, so that a constant background cancels. */
export function manchesterSoftBits(
  soft: Int32Array,
  start: number,
  bits: number,
  polarity: ManchesterPolarity,
  out: Int32Array,
): void {
  const sign = polarity === "0=01" ? 1 : -1;
  for (let bit = 0, at = start; bit < bits; bit++, at += 2) out[bit] = sign * (soft[at] - soft[at + 1]);
}

function makeTable(zero: number): Uint16Array {
  const table = new Uint16Array(256);
  for (let octet = 0; octet < 256; octet++) {
    let chips = 0;
    for (let bit = 0; bit < 8; bit++) chips = (chips << 2) | ((octet >> bit) & 1 ? zero ^ 0b11 : zero);
    table[octet] = chips;
  }
  return table;
}
