/**
 * Facts of the Maxim DS3231 (data sheet 19-5170, revision 10, March 2015), shared by driver and emulator. Written down from
 * knowledge of the sheet: registers with high confidence.
 */

/** 8-bit registers (figure 1). */
export const Register = {
  /** Seconds, minutes, hours, day of the week, date, month with century, year: binary coded decimal. */
  time: 0x00,
  /** Seconds, minutes, hours, day or date. */
  alarm1: 0x07,
  alarm2: 0x0b,
  control: 0x0e,
  status: 0x0f,
  aging: 0x10,
  temperature: 0x11,
} as const;
/** All of them, from the seconds to the temperature's fraction. */
export const REGISTERS = 0x13;
export const TIME_BYTES = 7;
export const ALARM_BYTES = 4;

/** Control register: oscillator stopped on battery, INT pin instead of a square wave, alarm 1 drives it. */
export const Control = { oscillatorOff: 0x80, interrupt: 0x04, alarm2: 0x02, alarm1: 0x01 } as const;
/** Status register: the oscillator stood, so that the time is wrong; an alarm came. */
export const Status = { oscillatorStopped: 0x80, output32kHz: 0x08, busy: 0x04, alarm2: 0x02, alarm1: 0x01 } as const;
export const AFTER_POWER_ON = { control: 0x1c, status: 0x88 } as const;

/** In the month's register: the years have gone from 99 to 00. Here 0 is 2000 to 2099, 1 is 2100 to 2199. */
export const CENTURY = 0x80;
/** In the hours' register: twelve hours, and the second half of the day. */
export const TWELVE_HOURS = 0x40;
export const AFTERNOON = 0x20;
/** In an alarm's register: this one need not fit. */
export const ANY = 0x80;

export const ADDRESS = 0x68;

/** Quarters of a degree (page 15), good to 3 K; the range is that of the commercial and industrial parts together. */
export const STEP_CEL = 0.25;
export const RANGE = { min: -40, max: 85 } as const;

/** The first and the last instant that the part can hold, UNIX time in milliseconds: 2000-01-01 and the end of 2199. */
export const FIRST_MS = 946_684_800_000;
export const LAST_MS = 7_258_118_399_999;
