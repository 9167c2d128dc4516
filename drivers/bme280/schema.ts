/** The BME280's page of a site manifest. */
import { Type } from "typebox";
import { readingUse } from "../bus-use";
import type { DriverSchema } from "../schema";
import { ADDRESSES, BURST_BYTES, measureUs, OVERSAMPLING, RANGE } from "./constants";

export const schema: DriverSchema = {
  driver: "bme280",
  summary: "Bosch BME280: temperature, pressure and relative humidity on I2C or SPI",
  bus: ["i2c", "spi"],
  page: Type.Object({
    address: Type.Optional(
      Type.Union(
        ADDRESSES.map((address) => Type.Literal(address)),
        { description: "I2C address: 0x76 with the SDO pin low, 0x77 with it high. Default 0x76. Not used on SPI." },
      ),
    ),
    oversampling: Type.Optional(
      Type.Union(
        OVERSAMPLING.map((times) => Type.Literal(times)),
        { description: "Samples for each value: 1 takes 9.3 ms, 16 take 113 ms. Default 1." },
      ),
    ),
  }),
  defaultEveryMs: 1000,
  channels: () => [
    { name: "temperature", unit: "Cel", ...RANGE.temperature },
    { name: "pressure", unit: "Pa", ...RANGE.pressure },
    { name: "humidity", unit: "%RH", ...RANGE.humidity },
  ],
  connection: (page) => ({ address: (page["address"] as number | undefined) ?? ADDRESSES[0] }),
  // An SPI bus has one select line, so there too a second part collides.
  busAddress: (page) => `0x${((page["address"] as number | undefined) ?? ADDRESSES[0]).toString(16)}`,
  // Two settings, which begin the measurement; the burst of all values.
  busUse: (page, bus) =>
    readingUse(
      bus,
      { i2c: [4, 1, BURST_BYTES], spi: 4 + 1 + BURST_BYTES },
      measureUs((page["oversampling"] as number | undefined) ?? 1),
    ),
  settings: (page) => ({ oversampling: (page["oversampling"] as number | undefined) ?? 1 }),
};
