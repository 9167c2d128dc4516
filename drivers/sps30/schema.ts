/** The SPS30's page of a site manifest. */
import { Type } from "typebox";
import type { DriverSchema } from "../schema";
import { ADDRESS, HZ, RANGE } from "./constants";

const MASSES = ["pm1", "pm25", "pm4", "pm10"] as const;

export const schema: DriverSchema = {
  driver: "sps30",
  summary: "Sensirion SPS30: particulate matter on I2C or UART",
  bus: ["i2c", "serial"],
  page: Type.Object({}),
  defaultEveryMs: 1000,
  channels: () => [
    ...MASSES.map((name) => ({ name, unit: "ug/m3", ...RANGE.mass })),
    // Micrometres: SenML has no unit for them.
    { name: "typical-size", unit: "", ...RANGE.size },
  ],
  // For I2C, where the part is slower than the bus may be. A serial bus has its own baud rate: 115200.
  connection: () => ({ address: ADDRESS, hz: HZ }),
  busAddress: () => `0x${ADDRESS.toString(16)}`,
  settings: () => ({}),
};
