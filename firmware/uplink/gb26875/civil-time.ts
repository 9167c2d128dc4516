/**
 * Time labels: civil time of a zone, to the second, the year in one byte. The standard knows no zone; the site says which.
 *
 * Days to dates after the proleptic Gregorian calendar, in eras of 400 years that begin on 1 March, in integers.
 */
import type { TimeTag } from "./codec";

const DAY_S = 86_400;
/** From 0000-03-01 to 1970-01-01. */
const EPOCH_DAYS = 719_468;
const ERA_DAYS = 146_097;

/** What stands where no clock knows the time: no date at all, so that nobody takes it for one. */
export const NO_TIME: TimeTag = { second: 0, minute: 0, hour: 0, day: 0, month: 0, year: 0 };

/**
 * @param wallMs UNIX time in milliseconds; NaN when it is unknown
 * @returns NO_TIME before 2000 and after 2255
 */
export function timeTag(wallMs: number, zoneMinutes: number): TimeTag {
  if (wallMs - wallMs !== 0) return NO_TIME;
  const seconds = Math.floor(wallMs / 1000) + zoneMinutes * 60;
  const days = Math.floor(seconds / DAY_S) + EPOCH_DAYS;
  const era = Math.floor(days / ERA_DAYS);
  const dayOfEra = days - era * ERA_DAYS;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / (ERA_DAYS - 1))) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0) - 2000;
  if (year < 0 || year > 255) return NO_TIME;
  const ofDay = seconds - Math.floor(seconds / DAY_S) * DAY_S;
  return {
    second: ofDay % 60,
    minute: Math.floor(ofDay / 60) % 60,
    hour: Math.floor(ofDay / 3600),
    day: dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1,
    month,
    year,
  };
}

/** UNIX time in milliseconds; NaN where the label is no time that exists. */
export function wallMsOf(tag: TimeTag, zoneMinutes: number): number {
  if (tag.second > 59 || tag.minute > 59 || tag.hour > 23 || tag.month < 1 || tag.month > 12 || tag.day < 1)
    return Number.NaN;
  const year = 2000 + tag.year - (tag.month <= 2 ? 1 : 0);
  const era = Math.floor(year / 400);
  const yearOfEra = year - era * 400;
  const dayOfYear = Math.floor((153 * (tag.month > 2 ? tag.month - 3 : tag.month + 9) + 2) / 5) + tag.day - 1;
  const days =
    era * ERA_DAYS + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - EPOCH_DAYS;
  const seconds = days * DAY_S + tag.hour * 3600 + tag.minute * 60 + tag.second;
  const wallMs = (seconds - zoneMinutes * 60) * 1000;
  // A 31st of April comes back as a 1st of May.
  return timeTag(wallMs, zoneMinutes).day === tag.day ? wallMs : Number.NaN;
}
