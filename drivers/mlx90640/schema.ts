/** The MLX90640's page of a site manifest. */
import { Type } from "typebox";
import { readingUse } from "../bus-use";
import type { DriverSchema } from "../schema";
import { ADDRESS, AMBIENT_RANGE, AUX_WORDS, COLUMNS, PIXELS, RANGE, REFRESH_RATES, ROWS } from "./constants";

const DEFAULTS = { refreshRate: 4, emissivity: 0.95, hotCel: 60 } as const;
const LAST_ADDRESS = 0x7f;

export const schema: DriverSchema = {
  driver: "mlx90640",
  summary: "Melexis MLX90640: a 32x24 thermal imager on I2C, summarised on the gateway",
  bus: ["i2c"],
  page: Type.Object({
    address: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: LAST_ADDRESS,
        description: "I2C address: 0x33, unless somebody wrote another into the part. Default 0x33.",
      }),
    ),
    refreshRate: Type.Optional(
      Type.Union(
        REFRESH_RATES.map((rate) => Type.Literal(rate)),
        { description: "Measurements a second, of which a picture has two; slower has less noise. Default 4." },
      ),
    ),
    emissivity: Type.Optional(
      Type.Number({
        minimum: 0.1,
        maximum: 1,
        description: "Of what is looked at: matt surfaces have some 0.95, bright metal far less. Default 0.95.",
      }),
    ),
    hotCel: Type.Optional(
      Type.Number({ description: `A pixel of this temperature counts as hot. Default ${DEFAULTS.hotCel}.` }),
    ),
  }),
  defaultEveryMs: 2000,
  channels: () => [
    { name: "min", unit: "Cel", ...RANGE },
    { name: "max", unit: "Cel", ...RANGE },
    { name: "mean", unit: "Cel", ...RANGE },
    { name: "hot", unit: "count", min: 0, max: PIXELS },
    { name: "hottest", unit: "", min: 1, max: PIXELS },
    { name: "ambient", unit: "Cel", ...AMBIENT_RANGE },
  ],
  connection: (page) => ({ address: (page["address"] as number | undefined) ?? ADDRESS }),
  busAddress: (page) => `0x${((page["address"] as number | undefined) ?? ADDRESS).toString(16)}`,
  // The control register before and after; for each of two subpages its status, looked at four times in an interval, ambient words, all rows, and the word to go on.
  busUse: (page, bus) => {
    const rate = (page["refreshRate"] as number | undefined) ?? DEFAULTS.refreshRate;
    const block = [2, 2 * COLUMNS];
    const blocks = ROWS + AUX_WORDS / COLUMNS;
    const looks = [2, 2, 2, 2, 2, 2, 2, 2, 2, 2];
    const subpage = [...looks, ...Array.from({ length: blocks }, () => block).flat(), 4];
    return readingUse(bus, { i2c: [2, 2, 4, ...subpage, ...subpage, 2, 2] }, 3_000_000 / rate);
  },
  settings: (page) => ({
    refreshRate: (page["refreshRate"] as number | undefined) ?? DEFAULTS.refreshRate,
    emissivity: (page["emissivity"] as number | undefined) ?? DEFAULTS.emissivity,
    hotCel: (page["hotCel"] as number | undefined) ?? DEFAULTS.hotCel,
  }),
};
