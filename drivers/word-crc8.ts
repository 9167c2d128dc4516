/**
 * The checksum that Sensirion's parts put behind each 16-bit word on I2C: CRC-8, polynomial 0x31, start value 0xFF, not
 * reflected, no final XOR (SHT3x-DIS data sheet, version 7, table 20: CRC(BEEF) = 92; the SHTC3, SGP30, SCD4x and SPS30
 * have the same).
 */
export function crc8(bytes: Uint8Array, offset: number, length: number): number {
  let crc = 0xff;
  for (let i = 0; i < length; i++) crc = CRC_TABLE[crc ^ bytes[offset + i]];
  return crc;
}

/** Length of a word with its checksum. */
export const WORD_BYTES = 3;

// hot path
/** Whether the word at `offset` arrived as it was sent. */
export function wordIsIntact(bytes: Uint8Array, offset: number): boolean {
  return CRC_TABLE[CRC_TABLE[0xff ^ bytes[offset]] ^ bytes[offset + 1]] === bytes[offset + 2];
}

/** Writes a word with its checksum. */
export function putWord(bytes: Uint8Array, offset: number, word: number): void {
  bytes[offset] = word >> 8;
  bytes[offset + 1] = word;
  bytes[offset + 2] = crc8(bytes, offset, 2);
}

const CRC_TABLE: Uint8Array = makeTable();

function makeTable(): Uint8Array {
  const table = new Uint8Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? ((crc << 1) ^ 0x31) & 0xff : crc << 1;
    table[byte] = crc;
  }
  return table;
}
