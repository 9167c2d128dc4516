/** The DS3231's page of a site manifest. */
import { Type } from "typebox";
import { readingUse } from "../bus-use";
import { type DriverSchema, ON_CHANGE } from "../schema";
import { ADDRESS, RANGE, REGISTERS } from "./constants";

const DEFAULT_SET_ABOVE_S = 2;
/** A century: more than the part can be wrong by. */
const LARGEST_OFFSET_S = 6_400_000_000;
const DAILY = "^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$";

export const schema: DriverSchema = {
  driver: "ds3231",
  summary: "Maxim DS3231: a real-time clock on I2C that keeps the time on a battery",
  bus: ["i2c"],
  page: Type.Object({
    set: Type.Optional(
      Type.Union([Type.Literal("when-wrong"), Type.Literal("never")], {
        description: "Whether the gateway sets the part once it knows the time from a network. Default when-wrong.",
      }),
    ),
    setAboveS: Type.Optional(
      Type.Number({
        minimum: 1,
        maximum: 3600,
        description: `How wrong it must be, in seconds. Default ${DEFAULT_SET_ABOVE_S}.`,
      }),
    ),
    daily: Type.Optional(
      Type.String({
        pattern: DAILY,
        description: 'The part\'s alarm, each day, in UTC: its INT pin falls, and the channel alarm is 1. "03:30:00".',
      }),
    ),
    aging: Type.Optional(
      Type.Integer({
        minimum: -128,
        maximum: 127,
        description: "Slows the oscillator down, in steps of some 0.1 ppm. Default 0.",
      }),
    ),
  }),
  defaultEveryMs: 10_000,
  channels: () => [
    { name: "temperature", unit: "Cel", ...RANGE },
    { name: "offset", unit: "s", min: -LARGEST_OFFSET_S, max: LARGEST_OFFSET_S },
    { name: "alarm", unit: "", min: 0, max: 1, filters: ON_CHANGE },
  ],
  connection: () => ({ address: ADDRESS }),
  busAddress: () => `0x${ADDRESS.toString(16)}`,
  // All registers behind their number.
  busUse: (_page, bus) => readingUse(bus, { i2c: [1, REGISTERS] }),
  settings: (page) => ({
    aging: (page["aging"] as number | undefined) ?? 0,
    ...(page["set"] === "never" ? {} : { setAboveS: (page["setAboveS"] as number | undefined) ?? DEFAULT_SET_ABOVE_S }),
    ...(page["daily"] === undefined ? {} : { daily: secondOfDay(page["daily"] as string) }),
  }),
};

function secondOfDay(text: string): number {
  const [hours, minutes, seconds] = text.split(":").map(Number);
  return 3600 * hours + 60 * minutes + seconds;
}
