/** The AMG88xx's page of a site manifest. */
import { Type } from "typebox";
import { readingUse } from "../bus-use";
import type { DriverSchema } from "../schema";
import { ADDRESSES, FRAME_BYTES, GAIN_RANGE, type Gain, PIXELS, THERMISTOR_RANGE } from "./constants";

const strict = { additionalProperties: false } as const;
const DEFAULT_HOT_CEL = 60;

function rangeOf(page: Record<string, unknown>) {
  return GAIN_RANGE[(page["gain"] as Gain | undefined) ?? "high"];
}

export const schema: DriverSchema = {
  driver: "amg88xx",
  summary: "Panasonic Grid-EYE AMG88xx: an 8x8 thermal imager on I2C, summarised on the gateway",
  bus: ["i2c"],
  page: Type.Object({
    address: Type.Optional(
      Type.Union(
        ADDRESSES.map((address) => Type.Literal(address)),
        { description: "I2C address: 0x68 with AD_SELECT low, 0x69 with it high. Default 0x68." },
      ),
    ),
    gain: Type.Optional(
      Type.Union([Type.Literal("high"), Type.Literal("low")], {
        description: "The variant: high gain (AMG8833, AMG8853) sees 0 to 80 Cel, low gain -20 to 100. Default high.",
      }),
    ),
    framesPerSecond: Type.Optional(
      Type.Union([Type.Literal(1), Type.Literal(10)], {
        description: "How often the part takes a frame; one a second has less noise. Default 10.",
      }),
    ),
    hotCel: Type.Optional(
      Type.Number({ description: `A pixel of this temperature counts as hot. Default ${DEFAULT_HOT_CEL}.` }),
    ),
    interrupt: Type.Optional(
      Type.Object(
        {
          aboveCel: Type.Number({ description: "A pixel above this pulls the INT pin low." }),
          belowCel: Type.Number({ description: "A pixel below this does as well." }),
          hysteresisCel: Type.Number({ minimum: 0, description: "How far it must come back." }),
        },
        { ...strict, description: "Levels of the part's INT pin, for what hangs on it; the gateway does not read it." },
      ),
    ),
  }),
  defaultEveryMs: 1000,
  channels: (page) => [
    { name: "min", unit: "Cel", ...rangeOf(page) },
    { name: "max", unit: "Cel", ...rangeOf(page) },
    { name: "mean", unit: "Cel", ...rangeOf(page) },
    { name: "hot", unit: "count", min: 0, max: PIXELS },
    { name: "hottest", unit: "", min: 1, max: PIXELS },
    { name: "thermistor", unit: "Cel", ...THERMISTOR_RANGE },
  ],
  connection: (page) => ({ address: (page["address"] as number | undefined) ?? ADDRESSES[0] }),
  busAddress: (page) => `0x${((page["address"] as number | undefined) ?? ADDRESSES[0]).toString(16)}`,
  // Status, thermistor, all pixels, each behind its register number.
  busUse: (_page, bus) => readingUse(bus, { i2c: [1, 1, 1, 2, 1, FRAME_BYTES] }),
  settings: (page) => ({
    gain: (page["gain"] as string | undefined) ?? "high",
    framesPerSecond: (page["framesPerSecond"] as number | undefined) ?? 10,
    hotCel: (page["hotCel"] as number | undefined) ?? DEFAULT_HOT_CEL,
    ...(page["interrupt"] === undefined
      ? {}
      : { interrupt: page["interrupt"] as { aboveCel: number; belowCel: number; hysteresisCel: number } }),
  }),
};
