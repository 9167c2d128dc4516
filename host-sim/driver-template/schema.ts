/** The part's page of a site manifest. */
import { Type } from "typebox";
import { readingUse } from "../../drivers/bus-use";
import type { DriverSchema } from "../../drivers/schema";
import { ADDRESSES, RANGE, SAMPLE_US, SAMPLES } from "./constants";

const DEFAULT_SAMPLES = 1;

export const schema: DriverSchema = {
  driver: "part-name",
  summary: "Maker part-name: temperature on I2C",
  bus: ["i2c"],
  page: Type.Object({
    address: Type.Optional(
      Type.Union(
        ADDRESSES.map((address) => Type.Literal(address)),
        { description: "I2C address: 0x5e, or 0x5f with the address pin high. Default 0x5e." },
      ),
    ),
    samples: Type.Optional(
      Type.Union(
        SAMPLES.map((count) => Type.Literal(count)),
        { description: "Samples in a measurement, 10 ms each at most: 1 or 4. Default 1." },
      ),
    ),
  }),
  defaultEveryMs: 1000,
  channels: () => [{ name: "temperature", unit: "Cel", ...RANGE.temperature }],
  connection: (page) => ({ address: (page["address"] as number | undefined) ?? ADDRESSES[0] }),
  busAddress: (page) => `0x${((page["address"] as number | undefined) ?? ADDRESSES[0]).toString(16)}`,
  // The command; the word with its checksum.
  busUse: (page, bus) =>
    readingUse(bus, { i2c: [2, 3] }, ((page["samples"] as number | undefined) ?? DEFAULT_SAMPLES) * SAMPLE_US),
  settings: (page) => ({ samples: (page["samples"] as number | undefined) ?? DEFAULT_SAMPLES }),
};
