/**
 * Packing. A bit stream stands in octets with the least significant bit first in time; what an SPI port shifts out stands
 * with the first chip on top.
 */

/** Each octet with its bits in reverse: what becomes of an octet where fields go most significant bit first. */
export const REVERSED_OCTETS: Uint8Array = /* @__PURE__ */ makeReversedOctets();
/** The same for both halves of an octet, each in its place: GF(16) symbols whose first bit is the most significant. */
export const REVERSED_NIBBLES: Uint8Array = /* @__PURE__ */ makeReversedNibbles();

// hot path
/** Sends each of the first `count` octets through `table`; `into` may be `octets`. */
export function mapOctets(table: Uint8Array, octets: Uint8Array, count: number, into: Uint8Array): void {
  for (let i = 0; i < count; i++) into[i] = table[octets[i]];
}

// hot path
/** Bit number `index` of a stream, least significant bit first: 0 or 1. */
export function bitAt(octets: Uint8Array, index: number): number {
  return (octets[index >> 3] >> (index & 7)) & 1;
}

// hot path
/** Chip number `index` of what an SPI port shifts out: 0 or 1. */
export function chipAt(chips: Uint8Array, index: number): number {
  return (chips[index >> 3] >> (7 - (index & 7))) & 1;
}

/** Hard bits of a stream as soft ones: +1 for 1, -1 for 0. */
export function bitsToSoft(octets: Uint8Array, count: number, into: Int32Array): void {
  for (let i = 0; i < count; i++) into[i] = 2 * bitAt(octets, i) - 1;
}

function makeReversedOctets(): Uint8Array {
  const table = new Uint8Array(256);
  for (let octet = 0; octet < 256; octet++)
    for (let bit = 0; bit < 8; bit++) table[octet] |= ((octet >> bit) & 1) << (7 - bit);
  return table;
}

function makeReversedNibbles(): Uint8Array {
  const table = new Uint8Array(256);
  for (let octet = 0; octet < 256; octet++)
    for (let bit = 0; bit < 8; bit++) table[octet] |= ((octet >> bit) & 1) << (bit ^ 3);
  return table;
}
