/** The SHTC3's page of a site manifest. */
import { Type } from "typebox";
import { readingUse } from "../bus-use";
import type { DriverSchema } from "../schema";
import { ADDRESS, MEASURE_US, type Mode, RANGE, WAKE_US } from "./constants";

export const schema: DriverSchema = {
  driver: "shtc3",
  summary: "Sensirion SHTC3: temperature and relative humidity on I2C, asleep between measurements",
  bus: ["i2c"],
  page: Type.Object({
    mode: Type.Optional(
      Type.Union([Type.Literal("normal"), Type.Literal("low-power")], {
        description: "12.1 or 0.8 ms for each measurement; low power has more noise. Default normal.",
      }),
    ),
  }),
  defaultEveryMs: 1000,
  channels: () => [
    { name: "temperature", unit: "Cel", ...RANGE.temperature },
    { name: "humidity", unit: "%RH", ...RANGE.humidity },
  ],
  connection: () => ({ address: ADDRESS }),
  busAddress: () => `0x${ADDRESS.toString(16)}`,
  // Wake up, measure, two words with their checksums, sleep.
  busUse: (page, bus) =>
    readingUse(bus, { i2c: [2, 2, 6, 2] }, WAKE_US + MEASURE_US[(page["mode"] as Mode | undefined) ?? "normal"]),
  settings: (page) => ({ mode: (page["mode"] as string | undefined) ?? "normal" }),
};
