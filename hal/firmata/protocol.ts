/**
 * What the classes of this room and the thread that holds the link say to each other, and facts of the Firmata protocol
 * (github.com/firmata/protocol, protocol.md 2.6) that firmata-io does not export.
 */

/** Pin modes (protocol.md, "Set pin mode"). */
export const PinMode = { input: 0x00, output: 0x01, analog: 0x02, pwm: 0x03, i2c: 0x06, pullUp: 0x0b } as const;

/** Set one digital pin, since protocol 2.5: pin, value. */
export const SET_DIGITAL_PIN_VALUE = 0xf5;
/** In the analog mapping: not an analog pin. */
export const NOT_ANALOG = 127;
/** StandardFirmata's serial speed. */
export const SERIAL_BAUD = 57_600;
/**
 * What goes through in one transfer. A Firmata message holds 64 bytes (MAX_DATA_BYTES of StandardFirmata), of which a write spends
 * two on address and mode and two on each byte; the Wire library of an AVR reads 32 at most.
 */
export const LARGEST_WRITE = 30;
export const LARGEST_READ = 32;

export type FirmataAddress = { readonly host: string; readonly port: number } | { readonly path: string };

export type BoardPin = {
  readonly modes: readonly number[];
  /** Channel of an analog pin, else `NOT_ANALOG`. */
  readonly analogChannel: number;
};

export type BoardDescription = {
  /** Name and version of the firmware, for people. */
  readonly firmware: string;
  readonly pins: readonly BoardPin[];
  readonly analogBits: number;
  readonly pwmBits: number;
};

/** What the thread tells by itself. */
export type BoardEvent =
  | { readonly kind: "digital"; readonly pin: number; readonly level: 0 | 1 }
  | { readonly kind: "lost"; readonly reason: string };
