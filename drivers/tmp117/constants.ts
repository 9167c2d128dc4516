/** Facts of the Texas Instruments TMP117 (data sheet SNOSD82, revision D, September 2022), shared by driver and emulator. */

/** 16-bit registers, most significant byte first (section 7.6, table 7-3). */
export const Register = {
  temperature: 0x00,
  configuration: 0x01,
  highLimit: 0x02,
  lowLimit: 0x03,
  /** Three words that leave the factory with a number of the part's own (section 7.5.1.1: NIST traceability). */
  eeprom1: 0x05,
  eeprom2: 0x06,
  eeprom3: 0x08,
  deviceId: 0x0f,
} as const;

/** Device identity: 0x117 in the lower twelve bits, the revision above them (section 7.6.11). */
export const DEVICE_ID = 0x117;
export const DEVICE_ID_MASK = 0x0fff;

/** Bits of the configuration register (section 7.6.3). */
export const Configuration = {
  highAlert: 0x8000,
  lowAlert: 0x4000,
  dataReady: 0x2000,
  modeMask: 0x0c00,
  continuous: 0x0000,
  shutdown: 0x0400,
  oneShot: 0x0c00,
  averagingMask: 0x0060,
  /** The ALERT pin in therm mode: it stays until the temperature is below the low limit (section 7.4.4.2). */
  therm: 0x0010,
  /** The ALERT pin is high when it says something. */
  activeHigh: 0x0008,
  softReset: 0x0002,
} as const;

/** Register values after power-up or reset (table 7-3): continuous, 8 averages, limits of 192 and -256 Cel. */
export const AFTER_RESET = {
  temperature: 0x8000,
  configuration: 0x0220,
  highLimit: 0x6000,
  lowLimit: 0x8000,
} as const;

/**
 * What the ALERT pin does. `window`: it says that a value is beyond a limit, until the configuration register is read, which this
 * driver does with each measurement: a short pulse. `therm`: from the high limit on, until the value is below the low one.
 */
export const ALERT_MODES = ["window", "therm"] as const;
export type AlertMode = (typeof ALERT_MODES)[number];

export const AVERAGING = [1, 8, 32, 64] as const;
export type Averaging = (typeof AVERAGING)[number];

/** Longest active conversion time of one conversion (section 6.5); an average is that many of them. */
export const CONVERSION_US = 17_500;
/** Typical time of the same, which the emulator takes. */
export const TYPICAL_CONVERSION_US = 15_500;

/** Time until the part answers after a soft reset (section 7.6.3, Soft_Reset: 2 ms). */
export const RESET_US = 2_000;

/** By the ADD0 pin: ground, V+, SDA, SCL (table 7-2). */
export const ADDRESSES = [0x48, 0x49, 0x4a, 0x4b] as const;

/** One step of the words, 7.8125 mCel (section 7.3.1), and the operating range (section 6.3). */
export const STEP_CEL = 0.007_812_5;
export const RANGE = { min: -55, max: 150 } as const;
