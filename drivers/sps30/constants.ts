/**
 * Facts of the Sensirion SPS30 (data sheet "SPS30", version 1.0, March 2020), shared by driver and emulator. Written down
 * from knowledge of the sheet: confidence high unless a line says otherwise.
 */

/** Section 6.1; standard mode only. */
export const ADDRESS = 0x69;
export const HZ = 100_000;
/** Section 5: 8N1. */
export const BAUD = 115_200;

/** 16-bit commands on I2C (table 8). */
export const Command = {
  start: 0x0010,
  stop: 0x0104,
  dataReady: 0x0202,
  readValues: 0x0300,
  startCleaning: 0x5607,
  productType: 0xd002,
  serialNumber: 0xd033,
  status: 0xd206,
  reset: 0xd304,
} as const;
/** With `start`: values as big-endian IEEE 754 floats. */
export const FORMAT_FLOAT = 0x0300;

/** Commands in SHDLC frames (table 4). */
export const Frame = {
  start: 0x00,
  stop: 0x01,
  readValues: 0x03,
  startCleaning: 0x56,
  information: 0xd0,
  status: 0xd2,
  reset: 0xd3,
} as const;
/** Sub-commands of `information` and `start`. */
export const INFORMATION_TYPE = 0x00;
export const INFORMATION_SERIAL = 0x03;
export const START_SUBCOMMAND = 0x01;
export const START_FLOAT = 0x03;
/** State byte: the command is not allowed in the part's present state (table 3). */
export const STATE_NOT_ALLOWED = 0x43;
export const STATE_UNKNOWN_COMMAND = 0x02;

/** Execution times in microseconds (table 8). The sheet has none for reads; a millisecond is ours. */
export const CHANGE_US = 20_000;
export const RESET_US = 100_000;
export const READ_US = 1_000;
/** A frame is answered within 20 ms (section 5.2), and is on the wire for 9 ms at most. */
export const REPLY_US = 30_000;

/** The part has new values each second (table 1). */
export const INTERVAL_US = 1_000_000;

export const PRODUCT_TYPE = "00080000";
export const TYPE_WORDS = 4;
/** Up to 32 characters, the last one a zero. */
export const SERIAL_WORDS = 16;

/** Status register (section 4.4): fan speed out of range, laser current out of range, fan stands still. */
export const STATUS_SPEED = 1 << 21;
export const STATUS_LASER = 1 << 5;
export const STATUS_FAN = 1 << 4;

/** Mass up to 1, 2.5, 4, 10 µm; number up to 0.5, 1, 2.5, 4, 10 µm; typical size (section 4.3). */
export const VALUES = 10;
export const VALUE_TYPICAL_SIZE = 9;

/** Mass in microgram per cubic metre (table 1); sizes in micrometres. */
export const RANGE = { mass: { min: 0, max: 1000 }, size: { min: 0, max: 10 } } as const;
