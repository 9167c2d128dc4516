/** The SHT3x's page of a site manifest. */
import { Type } from "typebox";
import { readingUse } from "../bus-use";
import type { DriverSchema } from "../schema";
import { ADDRESSES, MEASURE_US, RANGE, READOUT_BYTES, type Repeatability } from "./constants";

export const schema: DriverSchema = {
  driver: "sht3x",
  summary: "Sensirion SHT3x-DIS: temperature and relative humidity on I2C",
  bus: ["i2c"],
  page: Type.Object({
    address: Type.Optional(
      Type.Union(
        ADDRESSES.map((address) => Type.Literal(address)),
        { description: "I2C address: 0x44 with the ADDR pin low, 0x45 with it high. Default 0x44." },
      ),
    ),
    repeatability: Type.Optional(
      Type.Union([Type.Literal("high"), Type.Literal("medium"), Type.Literal("low")], {
        description: "Less noise takes more time: 15.5, 6.5 or 4.5 ms for each measurement. Default high.",
      }),
    ),
  }),
  defaultEveryMs: 1000,
  channels: () => [
    { name: "temperature", unit: "Cel", ...RANGE.temperature },
    { name: "humidity", unit: "%RH", ...RANGE.humidity },
  ],
  connection: (page) => ({ address: (page["address"] as number | undefined) ?? ADDRESSES[0] }),
  busAddress: (page) => `0x${((page["address"] as number | undefined) ?? ADDRESSES[0]).toString(16)}`,
  // The command; two words with their checksums.
  busUse: (page, bus) =>
    readingUse(
      bus,
      { i2c: [2, READOUT_BYTES] },
      MEASURE_US[(page["repeatability"] as Repeatability | undefined) ?? "high"],
    ),
  settings: (page) => ({ repeatability: (page["repeatability"] as string | undefined) ?? "high" }),
};
