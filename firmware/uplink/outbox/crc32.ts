/** CRC-32 (ISO-HDLC): reflected polynomial EDB88320, initial value and final XOR FFFFFFFF; "123456789" gives CBF43926. */

/** Four bits at a time: a table of 16 words, which lies in ROM, instead of 256 in memory. */
const TABLE: readonly number[] = [
  0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c, -0x12477ce0,
  -0x0ff06cbc, -0x29295c18, -0x349e4c74, -0x649b3d50, -0x792c2d2c, -0x5ff51d88, -0x42420de4,
];

// hot path: for each byte that is written to flash, and again when it is read
/**
 * Goes on with a CRC over `bytes[0 .. length)`. Begin with -1, or that XOR a seed; the complement of the last result is the
 * CRC, as a signed word.
 */
export function crc32(crc: number, bytes: Uint8Array, length: number): number {
  let state = crc;
  for (let i = 0; i < length; i++) {
    state ^= bytes[i];
    state = (state >>> 4) ^ TABLE[state & 15];
    state = (state >>> 4) ^ TABLE[state & 15];
  }
  return state | 0;
}
