/**
 * Facts of the Bosch BMP390 (data sheet BST-BMP390-DS002, revision 1.7), shared by driver and emulator. Written down from
 * knowledge of the sheet: confidence high unless a line says otherwise.
 */

/** SDO low or high (section 5.2). */
export const ADDRESSES = [0x76, 0x77] as const;
export const DEFAULT_HZ = 400_000;
/** On SPI a byte without meaning goes before the first register (section 5.3.2). */
export const SPI_DUMMY_BYTES = 1;

/** Section 4.3. */
export const Register = {
  id: 0x00,
  error: 0x02,
  status: 0x03,
  data: 0x04,
  event: 0x10,
  powerControl: 0x1b,
  oversampling: 0x1c,
  calibration: 0x31,
  command: 0x7e,
} as const;

/** The BMP388, which answers at the same place, says 0x50. */
export const CHIP_ID = 0x60;
export const RESET_WORD = 0xb6;
/** Start-up time after power-on or reset (table 2). */
export const STARTUP_US = 2_000;

export const ERROR_FATAL = 0x01;
export const STATUS_COMMAND_READY = 0x10;
export const STATUS_PRESSURE_READY = 0x20;
export const STATUS_TEMPERATURE_READY = 0x40;

/** `powerControl`: both sensors on, forced mode. */
export const POWER_PRESSURE = 0x01;
export const POWER_TEMPERATURE = 0x02;
export const MODE_MASK = 0x30;
export const MODE_FORCED = 0x10;

export const CALIBRATION_BYTES = 21;
/** Error, status, pressure, temperature: one burst from `error` on. */
export const BURST_BYTES = 8;
export const BURST_PRESSURE = 2;
export const BURST_TEMPERATURE = 5;

/** Raw values after a reset (section 4.3.4). */
export const RESET_RAW = 0x800000;

/** Of the pressure; the temperature is sampled once (section 3.4.4). */
export const OVERSAMPLING = [1, 2, 4, 8, 16, 32] as const;
export type Oversampling = (typeof OVERSAMPLING)[number];

/** Typical duration of a forced measurement in microseconds (section 3.9.2): one temperature, so many pressures. */
export function typicalUs(oversampling: number): number {
  return 234 + 392 + 2_020 * oversampling + 163 + 2_020;
}

/** The sheet gives no maximum that we know of; a tenth more is ours, and a part that needs longer is asked again. */
export function measureUs(oversampling: number): number {
  return Math.ceil(typicalUs(oversampling) * 1.1);
}

/** Operating range (table 2). */
export const RANGE = { temperature: { min: -40, max: 85 }, pressure: { min: 30_000, max: 125_000 } } as const;
