/**
 * The boards that a budget is compared with.
 *
 * Creation sizes and clock: Moddable SDK 8.2.3, `build/devices/esp32/targets/<target>/manifest.json` ("creation"; that of
 * esp32 from `nodemcu`) and `build/devices/esp32/xsProj-<target>/sdkconfig.defaults` (CPU frequency; where it names none,
 * the highest that the chip's datasheet gives). Application partition: `factory` in the same folder's `partitions.csv`.
 *
 * The SDK gives esp32, esp32-s3 and esp32-c6 78,848 bytes of chunks and 4,928 slots, which are as many bytes again. Of the same
 * 157,696 bytes `argand build` gives a gateway more for slots and less for chunks (firmware/manifest.json), because that is
 * what a gateway needs; no area is larger than the largest block of memory that an ESP32 has when Wi-Fi runs, some 110 kB.
 */

/** A slot on a 32-bit engine. */
export const SLOT_BYTES = 16;

export type Board = {
  readonly name: string;
  /** One arena for all, or 0: then chunks and slots have areas of their own. */
  readonly staticBytes: number;
  readonly chunkBytes: number;
  readonly heapSlots: number;
  readonly stackSlots: number;
  readonly cpuMhz: number;
  /** Flash for the whole application: ESP-IDF, engine, byte code. */
  readonly appPartitionBytes: number;
};

/** `factory` of partitions.csv: 4 MB of flash, no second image. */
const APP_PARTITION_BYTES = 0x3f0000;

const LARGE = {
  staticBytes: 0,
  chunkBytes: 65_536,
  heapSlots: 5_760,
  stackSlots: 512,
  appPartitionBytes: APP_PARTITION_BYTES,
} as const;

export const BOARDS: readonly Board[] = [
  { name: "esp32", ...LARGE, cpuMhz: 240 },
  { name: "esp32-s3", ...LARGE, cpuMhz: 240 },
  {
    name: "esp32-c3",
    staticBytes: 94_208,
    chunkBytes: 0,
    heapSlots: 0,
    stackSlots: 384,
    cpuMhz: 160,
    appPartitionBytes: APP_PARTITION_BYTES,
  },
  { name: "esp32-c6", ...LARGE, cpuMhz: 160 },
];

export function boardNamed(name: string): Board | undefined {
  return BOARDS.find((board) => board.name === name);
}

/** All memory that a board's engine is created with, its stack included. */
export function memoryOf(board: Board): number {
  if (board.staticBytes > 0) return board.staticBytes;
  return board.chunkBytes + (board.heapSlots + board.stackSlots) * SLOT_BYTES;
}
