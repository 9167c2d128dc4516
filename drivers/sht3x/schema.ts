/** The SHT3x's page of a site manifest. */
import { Type } from "typebox";
import { readingUse } from "../bus-use";
import type { DriverSchema, PageProblem } from "../schema";
import {
  ADDRESSES,
  MEASURE_US,
  MEASUREMENTS_PER_SECOND,
  type MeasurementsPerSecond,
  RANGE,
  READOUT_BYTES,
  type Repeatability,
} from "./constants";
import { ALERT_AFTER_RESET, type AlertLimits, Modes } from "./modes";

type Page = {
  readonly repeatability?: Repeatability;
  readonly measurementsPerSecond?: MeasurementsPerSecond;
  readonly heater?: boolean;
  readonly alert?: Partial<AlertLimits>;
};

const limit = (minimum: number, maximum: number, unit: string, otherwise: number) =>
  Type.Optional(Type.Number({ minimum, maximum, description: `${unit}. Default ${otherwise}.` }));

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
    measurementsPerSecond: Type.Optional(
      Type.Union(
        MEASUREMENTS_PER_SECOND.map((count) => Type.Literal(count)),
        {
          description:
            "The part measures by itself, so often, and a tick takes what is new: 0.5, 1, 2, 4 or 10. Default: when it is asked.",
        },
      ),
    ),
    heater: Type.Optional(
      Type.Boolean({
        description: "Warms the part by some degrees, against dew: its readings are then uncertain. Default false.",
      }),
    ),
    alert: Type.Optional(
      Type.Object(
        {
          highCel: limit(-40, 125, "Cel", ALERT_AFTER_RESET.highCel),
          lowCel: limit(-40, 125, "Cel", ALERT_AFTER_RESET.lowCel),
          highPercent: limit(0, 100, "%RH", ALERT_AFTER_RESET.highPercent),
          lowPercent: limit(0, 100, "%RH", ALERT_AFTER_RESET.lowPercent),
          hysteresisCel: limit(0, 100, "Cel, how far it must come back", ALERT_AFTER_RESET.hysteresisCel),
          hysteresisPercent: limit(0, 100, "%RH, how far it must come back", ALERT_AFTER_RESET.hysteresisPercent),
        },
        {
          additionalProperties: false,
          description:
            "Limits of the part's ALERT pin, for what hangs on it; the part compares while it measures by itself.",
        },
      ),
    ),
  }),
  check: (page) => check(page as Page),
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
  settings: (raw) => {
    const { repeatability = "high", measurementsPerSecond, heater, alert } = raw as Page;
    return {
      repeatability,
      ...(measurementsPerSecond === undefined ? {} : { measurementsPerSecond }),
      ...(heater === true ? { heater } : {}),
      ...(alert === undefined ? {} : { alert: { ...ALERT_AFTER_RESET, ...alert } }),
    };
  },
};

function check({ measurementsPerSecond, alert, heater, repeatability }: Page): PageProblem[] {
  if (alert === undefined) return [];
  try {
    new Modes({ measurementsPerSecond, heater, alert: { ...ALERT_AFTER_RESET, ...alert } }, repeatability ?? "high");
    return [];
  } catch (error) {
    return [{ path: ["alert"], message: (error as Error).message.replace("SHT3x: ", "") }];
  }
}
