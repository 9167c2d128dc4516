/**
 * Facts of the Bosch BME280 (data sheet BST-BME280-DS002, revision 1.6), shared by driver and emulator. Written down from
 * knowledge of the sheet: confidence high.
 */

/** SDO low or high (section 6.2). */
export const ADDRESSES = [0x76, 0x77] as const;
export const DEFAULT_HZ = 400_000;

/** Section 5.3. */
export const Register = {
  calibration: 0x88,
  id: 0xd0,
  reset: 0xe0,
  humidityCalibration: 0xe1,
  ctrlHum: 0xf2,
  status: 0xf3,
  ctrlMeas: 0xf4,
  config: 0xf5,
  data: 0xf7,
} as const;

export const CHIP_ID = 0x60;
export const RESET_WORD = 0xb6;
/** Start-up time, until registers can be read (table 1). */
export const STARTUP_US = 2_000;

/** Status bits (section 5.4.4). */
export const STATUS_MEASURING = 0x08;
export const STATUS_NVM_COPY = 0x01;

export const MODE_MASK = 0x03;
export const MODE_FORCED = 0x01;

export const CALIBRATION_BYTES = 26;
export const HUMIDITY_CALIBRATION_BYTES = 7;
/** Status, two settings, a reserved one, then pressure, temperature, humidity: one burst from `status` on. */
export const BURST_BYTES = 12;
export const BURST_PRESSURE = 4;
export const BURST_TEMPERATURE = 7;
export const BURST_HUMIDITY = 10;

/** Output of what was not measured, and after a reset (section 4). */
export const SKIPPED_20 = 0x80000;
export const SKIPPED_16 = 0x8000;

/** `osrs` by oversampling (section 5.4.3). */
export const OVERSAMPLING = [1, 2, 4, 8, 16] as const;
export type Oversampling = (typeof OVERSAMPLING)[number];

export function osrs(oversampling: number): number {
  return OVERSAMPLING.indexOf(oversampling as Oversampling) + 1;
}

/** Longest measurement of all three, in microseconds (section 9.1). */
export function measureUs(oversampling: number): number {
  return 1_250 + 3 * 2_300 * oversampling + 2 * 575;
}

/** Operating range (tables 1 to 3). */
export const RANGE = {
  temperature: { min: -40, max: 85 },
  pressure: { min: 30_000, max: 110_000 },
  humidity: { min: 0, max: 100 },
} as const;
