/** CRC-16/MODBUS: initial value FFFF, reflected polynomial A001, no final XOR; "123456789" gives 4B37. */

/** Four bits at a time: a table of 16 words instead of 256. */
const TABLE: readonly number[] = [
  0x0000, 0xcc01, 0xd801, 0x1400, 0xf001, 0x3c00, 0x2800, 0xe401, 0xa001, 0x6c00, 0x7800, 0xb401, 0x5000, 0x9c01,
  0x8801, 0x4400,
];

// hot path
/** CRC of `bytes[from .. to)`. It is sent low byte first. */
export function crc16(bytes: Uint8Array, from: number, to: number): number {
  let crc = 0xffff;
  for (let i = from; i < to; i++) {
    crc ^= bytes[i];
    crc = (crc >> 4) ^ TABLE[crc & 15];
    crc = (crc >> 4) ^ TABLE[crc & 15];
  }
  return crc;
}
