import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NO_TIME, timeTag, wallMsOf } from "./civil-time";

const CHINA = 480;

describe("time labels", () => {
  it("are the civil time of their zone", () => {
    expect(timeTag(Date.UTC(2012, 8, 26, 1, 58, 2), CHINA)).toEqual({
      second: 2,
      minute: 58,
      hour: 9,
      day: 26,
      month: 9,
      year: 12,
    });
  });

  it("agree with the calendar of the host from 2000 to 2255, in any zone", () => {
    const seconds = fc.integer({ min: Date.UTC(2000, 0, 2) / 1000, max: Date.UTC(2255, 11, 30) / 1000 });
    fc.assert(
      fc.property(seconds, fc.integer({ min: -720, max: 840 }), (s, zone) => {
        const local = new Date((s + zone * 60) * 1000);
        const tag = timeTag(s * 1000, zone);
        expect([tag.year + 2000, tag.month, tag.day, tag.hour, tag.minute, tag.second]).toEqual([
          local.getUTCFullYear(),
          local.getUTCMonth() + 1,
          local.getUTCDate(),
          local.getUTCHours(),
          local.getUTCMinutes(),
          local.getUTCSeconds(),
        ]);
        expect(wallMsOf(tag, zone)).toBe(s * 1000);
      }),
    );
  });

  it("are empty where nobody knows the time", () => {
    for (const ms of [Number.NaN, Date.UTC(1999, 11, 1), Date.UTC(2256, 1, 1)]) expect(timeTag(ms, 0)).toEqual(NO_TIME);
    expect(wallMsOf(NO_TIME, CHINA)).toBeNaN();
  });

  it("are no time when their parts are none", () => {
    const good = timeTag(Date.UTC(2023, 1, 28), 0);
    expect(wallMsOf(good, 0)).toBe(Date.UTC(2023, 1, 28));
    for (const part of [{ day: 29 }, { day: 0 }, { month: 13 }, { hour: 24 }, { minute: 60 }, { second: 60 }])
      expect(wallMsOf({ ...good, ...part }, 0)).toBeNaN();
  });
});
