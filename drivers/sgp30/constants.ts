/**
 * Facts of the Sensirion SGP30 (data sheet "SGP30", version 1.0, May 2020), shared by driver and emulator. Written down
 * from knowledge of the sheet: confidence high unless a line says otherwise.
 */

/** Section 6.1. */
export const ADDRESS = 0x58;
export const DEFAULT_HZ = 400_000;

/** 16-bit commands (table 10). */
export const Command = {
  initAirQuality: 0x2003,
  measureAirQuality: 0x2008,
  getBaseline: 0x2015,
  setBaseline: 0x201e,
  setHumidity: 0x2061,
  measureTest: 0x2032,
  getFeatureSet: 0x202f,
  measureRaw: 0x2050,
  getSerialId: 0x3682,
} as const;

/** Longest duration of a command in microseconds (table 10). */
export const MEASURE_US = 12_000;
export const SETTING_US = 10_000;
export const FEATURE_US = 10_000;
export const TEST_US = 220_000;
export const RAW_US = 25_000;
export const SERIAL_US = 500;

/** What the self test answers when all is well (section 6.3). */
export const TEST_PASSED = 0xd400;

/** Feature set: product type in the upper four bits (0 is the SGP30), product version in the lower eight (section 6.4). */
export const PRODUCT_TYPE = 0;
export const FEATURE_SET = 0x0022;

/** For 15 s after `initAirQuality` the part answers fixed values: 400 ppm and 0 ppb (section 6.3). */
export const WARM_UP_US = 15_000_000;
export const WARM_UP_CO2_PPM = 400;
/** The part's compensation expects one measurement each second (section 6.3). */
export const PERIOD_MS = 1000;

/** Output ranges (table 2): ppm and ppb. */
export const RANGE = { co2: { min: 400, max: 60_000 }, tvoc: { min: 0, max: 60_000 } } as const;

/** Output steps (table 2): from that value on, in the unit of the value. */
export const CO2_STEPS = [
  { from: 17_597, step: 31 },
  { from: 5144, step: 9 },
  { from: 1479, step: 3 },
  { from: 0, step: 1 },
] as const;
export const TVOC_STEPS = [
  { from: 11_110, step: 32 },
  { from: 2008, step: 6 },
  { from: 0, step: 1 },
] as const;

/** Absolute humidity as 8.8 fixed point, g/m³; 0 switches the compensation off (section 6.3). */
export const HUMIDITY_SCALE = 256;
export const HUMIDITY_MAX = 255.996;
