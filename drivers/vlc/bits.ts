/** Packing. Octets and symbols give their least significant bit first; chips are packed as SPI shifts, first chip on top. */

// hot path
/** Each octet is two symbols, the low one first. */
export function octetsToSymbols(octets: Uint8Array, octetCount: number, symbols: Uint8Array): void {
  for (let i = 0; i < octetCount; i++) {
    symbols[2 * i] = octets[i] & 15;
    symbols[2 * i + 1] = octets[i] >> 4;
  }
}

// hot path
/** An odd last symbol leaves the upper half of its octet 0. */
export function symbolsToOctets(symbols: Uint8Array, symbolCount: number, octets: Uint8Array): void {
  for (let i = 0; i < symbolCount; i += 2)
    octets[i >> 1] = symbols[i] | (i + 1 < symbolCount ? symbols[i + 1] << 4 : 0);
}

// hot path
/** Chip number `index` of a packed stream: 0 or 1. */
export function chipAt(chips: Uint8Array, index: number): number {
  return (chips[index >> 3] >> (7 - (index & 7))) & 1;
}

/** Hard chips as soft ones: +1 for light, -1 for dark. */
export function chipsToSoft(chips: Uint8Array, chipCount: number, into: Int32Array): void {
  for (let i = 0; i < chipCount; i++) into[i] = 2 * chipAt(chips, i) - 1;
}
