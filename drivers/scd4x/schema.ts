/** The SCD4x's page of a site manifest. */
import { Type } from "typebox";
import { readingUse } from "../bus-use";
import type { DriverSchema } from "../schema";
import { ADDRESS, ALTITUDE_M, HZ, PRESSURE_PA, RANGE, SHORT_US } from "./constants";

export const schema: DriverSchema = {
  driver: "scd4x",
  summary: "Sensirion SCD40 and SCD41: carbon dioxide, temperature and relative humidity on I2C",
  bus: ["i2c"],
  page: Type.Object({
    mode: Type.Optional(
      Type.Union([Type.Literal("periodic"), Type.Literal("low-power")], {
        description: "A measurement each 5 s, or each 30 s. Default periodic.",
      }),
    ),
    altitude: Type.Optional(
      Type.Integer({
        minimum: ALTITUDE_M.min,
        maximum: ALTITUDE_M.max,
        description: "Metres above the sea, for the part's pressure compensation. Default 0.",
      }),
    ),
    pressure: Type.Optional(
      Type.Number({
        minimum: PRESSURE_PA.min,
        maximum: PRESSURE_PA.max,
        description: "Air pressure in Pa, instead of the altitude.",
      }),
    ),
  }),
  defaultEveryMs: 5000,
  channels: () => [
    { name: "co2", unit: "ppm", ...RANGE.co2 },
    { name: "temperature", unit: "Cel", ...RANGE.temperature },
    { name: "humidity", unit: "%RH", ...RANGE.humidity },
  ],
  // The part is slower than the bus may be; its own transactions run at its own clock.
  connection: () => ({ address: ADDRESS, hz: HZ }),
  busAddress: () => `0x${ADDRESS.toString(16)}`,
  // Whether there is something new, at each tick; the three values when there is, which is at most then.
  busUse: (_page, bus) => readingUse(bus, { i2c: [2, 3, 2, 9] }, 2 * SHORT_US),
  settings: (page) => ({
    mode: (page["mode"] as string | undefined) ?? "periodic",
    altitude: (page["altitude"] as number | undefined) ?? 0,
    ...(page["pressure"] === undefined ? {} : { pressure: page["pressure"] as number }),
  }),
};
