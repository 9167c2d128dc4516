/** The BMP390's page of a site manifest. */
import { Type } from "typebox";
import { readingUse } from "../bus-use";
import type { DriverSchema } from "../schema";
import { ADDRESSES, BURST_BYTES, measureUs, OVERSAMPLING, RANGE, SPI_DUMMY_BYTES } from "./constants";

export const schema: DriverSchema = {
  driver: "bmp390",
  summary: "Bosch BMP390: air pressure and temperature on I2C or SPI",
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
        { description: "Samples for each pressure: 1 takes 5 ms, 8 take 21 ms, 32 take 74 ms. Default 8." },
      ),
    ),
  }),
  defaultEveryMs: 1000,
  channels: () => [
    { name: "pressure", unit: "Pa", ...RANGE.pressure },
    { name: "temperature", unit: "Cel", ...RANGE.temperature },
  ],
  connection: (page) => ({ address: (page["address"] as number | undefined) ?? ADDRESSES[0] }),
  // An SPI bus has one select line, so there too a second part collides.
  busAddress: (page) => `0x${((page["address"] as number | undefined) ?? ADDRESSES[0]).toString(16)}`,
  // Two settings, which begin the measurement; the burst of both values.
  busUse: (page, bus) =>
    readingUse(
      bus,
      { i2c: [4, 1, BURST_BYTES], spi: 4 + 1 + SPI_DUMMY_BYTES + BURST_BYTES },
      measureUs((page["oversampling"] as number | undefined) ?? 8),
    ),
  settings: (page) => ({ oversampling: (page["oversampling"] as number | undefined) ?? 8 }),
};
