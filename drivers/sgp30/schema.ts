/** The SGP30's page of a site manifest. */
import { Type } from "typebox";
import { readingUse } from "../bus-use";
import type { DriverSchema } from "../schema";
import { ADDRESS, HUMIDITY_MAX, MEASURE_US, PERIOD_MS, RANGE } from "./constants";

export const schema: DriverSchema = {
  driver: "sgp30",
  summary: "Sensirion SGP30: carbon dioxide equivalent and volatile organic compounds on I2C",
  bus: ["i2c"],
  page: Type.Object({
    absoluteHumidity: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: HUMIDITY_MAX,
        description: "Absolute humidity for the part's compensation, in g/m3. Default 0: no compensation.",
      }),
    ),
  }),
  defaultEveryMs: PERIOD_MS,
  channels: () => [
    { name: "co2", unit: "ppm", ...RANGE.co2 },
    // The part counts parts per billion; SenML has parts per million (RFC 8798).
    { name: "tvoc", unit: "ppm", min: RANGE.tvoc.min / 1000, max: RANGE.tvoc.max / 1000 },
  ],
  connection: () => ({ address: ADDRESS }),
  busAddress: () => `0x${ADDRESS.toString(16)}`,
  // The command; two words with their checksums.
  busUse: (_page, bus) => readingUse(bus, { i2c: [2, 6] }, MEASURE_US),
  settings: (page) => ({ absoluteHumidity: (page["absoluteHumidity"] as number | undefined) ?? 0 }),
};
