/** A transmitter's page of a site manifest. */
import { Type } from "typebox";
import type { PlanMap } from "../plan";
import { type DriverSchema, pinPage } from "../schema";
import { problemsOf, rangeOf, type ScalePage, scaleProperties, settingsOf, unitOf } from "./scale-schema";

export const schema: DriverSchema = {
  driver: "analog-input",
  summary: "A transmitter on an analog pin: 4 to 20 mA over a shunt, or a voltage behind a divider",
  bus: ["analog"],
  page: Type.Object({
    pin: pinPage("The pin with the converter."),
    ...scaleProperties,
  }),
  pins: ["pin"],
  defaultEveryMs: 1000,
  channels: (page, context) => [
    { name: "value", unit: unitOf(page as ScalePage), ...rangeOf(page as ScalePage, fullScaleOf(context.bus)) },
  ],
  check: (page, context) => problemsOf(page as ScalePage, fullScaleOf(context.bus)),
  connection: (page) => ({ pin: page["pin"] as number | string }),
  settings: (page) => settingsOf(page as ScalePage),
};

/** Without a bus nothing is known; such a page has been refused for that. */
function fullScaleOf(bus: { readonly options: PlanMap } | undefined): number {
  return (bus?.options["fullScaleMv"] as number | undefined) ?? Number.POSITIVE_INFINITY;
}
