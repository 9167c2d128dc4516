/** The TMP117's page of a site manifest. */
import { Type } from "typebox";
import { readingUse } from "../bus-use";
import type { DriverSchema } from "../schema";
import { ADDRESSES, AVERAGING, CONVERSION_US, RANGE } from "./constants";

const DEFAULTS = { averaging: 8, highLimitCel: 192, lowLimitCel: -256 } as const;

export const schema: DriverSchema = {
  driver: "tmp117",
  summary: "Texas Instruments TMP117: precision temperature on I2C",
  bus: ["i2c"],
  page: Type.Object({
    address: Type.Optional(
      Type.Union(
        ADDRESSES.map((address) => Type.Literal(address)),
        {
          description:
            "I2C address: 0x48, 0x49, 0x4a or 0x4b with the ADD0 pin at ground, V+, SDA or SCL. Default 0x48.",
        },
      ),
    ),
    averaging: Type.Optional(
      Type.Union(
        AVERAGING.map((count) => Type.Literal(count)),
        { description: "Conversions in a measurement, 17.5 ms each at most: 1, 8, 32 or 64. Default 8." },
      ),
    ),
    highLimitCel: Type.Optional(
      Type.Number({ minimum: -256, maximum: 255, description: "High limit of the ALERT pin in Cel. Default 192." }),
    ),
    lowLimitCel: Type.Optional(
      Type.Number({ minimum: -256, maximum: 255, description: "Low limit of the ALERT pin in Cel. Default -256." }),
    ),
    alertMode: Type.Optional(
      Type.Union([Type.Literal("window"), Type.Literal("therm")], {
        description:
          "The ALERT pin: window, a pulse at each measurement beyond a limit; therm, from the high limit on until the value is below the low one. Default window.",
      }),
    ),
    alertActive: Type.Optional(
      Type.Union([Type.Literal("low"), Type.Literal("high")], {
        description: "Level of the ALERT pin when it says something. Default low.",
      }),
    ),
  }),
  defaultEveryMs: 1000,
  channels: () => [{ name: "temperature", unit: "Cel", ...RANGE }],
  connection: (page) => ({ address: (page["address"] as number | undefined) ?? ADDRESSES[0] }),
  busAddress: (page) => `0x${((page["address"] as number | undefined) ?? ADDRESSES[0]).toString(16)}`,
  // The one-shot command; the configuration register; the temperature.
  busUse: (page, bus) =>
    readingUse(
      bus,
      { i2c: [3, 1, 2, 1, 2] },
      ((page["averaging"] as number | undefined) ?? DEFAULTS.averaging) * CONVERSION_US,
    ),
  settings: (page) => ({
    averaging: (page["averaging"] as number | undefined) ?? DEFAULTS.averaging,
    highLimitCel: (page["highLimitCel"] as number | undefined) ?? DEFAULTS.highLimitCel,
    lowLimitCel: (page["lowLimitCel"] as number | undefined) ?? DEFAULTS.lowLimitCel,
    ...(page["alertMode"] === "therm" ? { alertMode: "therm" } : {}),
    ...(page["alertActive"] === "high" ? { alertActive: "high" } : {}),
  }),
};
