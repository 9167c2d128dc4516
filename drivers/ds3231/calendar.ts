/**
 * The part's seven registers and UNIX time. Days to dates in the proleptic Gregorian calendar, in eras of 400 years that begin on
 * 1 March, in integers: nothing is allocated.
 */
import { AFTERNOON, CENTURY, Register, TWELVE_HOURS } from "./constants";

const DAY_S = 86_400;
/** From 0000-03-01 to 1970-01-01. */
const EPOCH_DAYS = 719_468;
const ERA_DAYS = 146_097;

/** Registers read together, the seconds at `at`. @returns UNIX time in milliseconds, NaN for what is no date */
// hot path
export function readTime(bytes: Uint8Array, at: number): number {
  const second = decimal(bytes[at]);
  const minute = decimal(bytes[at + 1]);
  const hour = hourOf(bytes[at + 2]);
  const date = decimal(bytes[at + 4]);
  const month = decimal(bytes[at + 5] & ~CENTURY);
  const year = decimal(bytes[at + 6]);
  if (!(second <= 59 && minute <= 59 && hour <= 23 && year <= 99)) return Number.NaN;
  if (!(month >= 1 && month <= 12 && date >= 1)) return Number.NaN;
  const whole = (bytes[at + 5] & CENTURY ? 2100 : 2000) + year;
  if (date > daysIn(month, whole)) return Number.NaN;
  return 1000 * (daysSinceEpoch(whole, month, date) * DAY_S + hour * 3600 + minute * 60 + second);
}

/** Writes the registers of an instant from 2000 to 2199, the seconds at `at`; fractions of a second are left out. */
export function writeTime(ms: number, bytes: Uint8Array, at: number): void {
  const seconds = Math.floor(ms / 1000);
  const days = Math.floor(seconds / DAY_S);
  const ofDay = seconds - days * DAY_S;
  const ofEra = days + EPOCH_DAYS - Math.floor((days + EPOCH_DAYS) / ERA_DAYS) * ERA_DAYS;
  const era = Math.floor((days + EPOCH_DAYS) / ERA_DAYS);
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / (ERA_DAYS - 1))) / 365,
  );
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * ofYear + 2) / 153);
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  bytes[at + Register.time] = bcd(ofDay % 60);
  bytes[at + 1] = bcd(Math.floor(ofDay / 60) % 60);
  bytes[at + 2] = bcd(Math.floor(ofDay / 3600));
  // 1970-01-01 was a Thursday; the part counts 1 to 7, from whichever day one likes: here from Sunday.
  bytes[at + 3] = ((days + 4) % 7) + 1;
  bytes[at + 4] = bcd(ofYear - Math.floor((153 * shifted + 2) / 5) + 1);
  bytes[at + 5] = bcd(month) | (year >= 2100 ? CENTURY : 0);
  bytes[at + 6] = bcd(year % 100);
}

// hot path
/** NaN where a digit is none. */
export function decimal(byte: number): number {
  const tens = byte >> 4;
  const ones = byte & 15;
  return tens > 9 || ones > 9 ? Number.NaN : 10 * tens + ones;
}

export function bcd(value: number): number {
  return (Math.floor(value / 10) << 4) | (value % 10);
}

// hot path
function hourOf(byte: number): number {
  if ((byte & TWELVE_HOURS) === 0) return decimal(byte);
  const hour = decimal(byte & 0x1f);
  if (!(hour >= 1 && hour <= 12)) return Number.NaN;
  return (hour % 12) + (byte & AFTERNOON ? 12 : 0);
}

// hot path
function daysIn(month: number, year: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

// hot path
function daysSinceEpoch(year: number, month: number, date: number): number {
  const shiftedYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(shiftedYear / 400);
  const yearOfEra = shiftedYear - era * 400;
  const shifted = month > 2 ? month - 3 : month + 9;
  const dayOfYear = Math.floor((153 * shifted + 2) / 5) + date - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * ERA_DAYS + dayOfEra - EPOCH_DAYS;
}
