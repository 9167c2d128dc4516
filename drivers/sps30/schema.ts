/** The SPS30's page of a site manifest. */
import { Type } from "typebox";
import { readingUse } from "../bus-use";
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
  // Whether there is something new, ten values in two words each, the status. On the UART the values' and the status's frames
  // both ways, with as many escaped bytes as a frame rarely has.
  busUse: (_page, bus) => readingUse(bus, { i2c: [2, 3, 2, 60, 2, 6], serial: 96 }),
  settings: () => ({}),
};
