/** The part of a page that says what a voltage or a loop current means: of `analog-input` and of converters with several inputs. */
import { Type } from "typebox";
import type { PlanMap } from "../plan";
import type { PageProblem } from "../schema";
import { DEFAULT_SHUNT_OHM, LOOP_MA, loopScale, voltageScale } from "./constants";

type Loop = { readonly shuntOhm?: number; readonly low: number; readonly high: number };
type Voltage = {
  readonly upperOhm?: number;
  readonly lowerOhm?: number;
  readonly lowMv?: number;
  readonly highMv?: number;
  readonly low?: number;
  readonly high?: number;
};
export type ScalePage = { readonly unit?: string; readonly loop?: Loop; readonly voltage?: Voltage };

const strict = { additionalProperties: false } as const;
const ohm = (description: string) => Type.Integer({ minimum: 1, maximum: 10_000_000, description });

/** Properties of a page. */
export const scaleProperties = {
  unit: Type.Optional(
    Type.String({
      maxLength: 16,
      description: "Unit of the value, a SenML unit where there is one. Default V for a voltage, none for a loop.",
    }),
  ),
  loop: Type.Optional(
    Type.Object(
      {
        shuntOhm: Type.Optional(
          Type.Integer({
            minimum: 1,
            maximum: 1000,
            description: `Resistor that the current flows through. Default ${DEFAULT_SHUNT_OHM}.`,
          }),
        ),
        low: Type.Number({ description: "Value at 4 mA." }),
        high: Type.Number({ description: "Value at 20 mA." }),
      },
      { ...strict, description: "A current loop of 4 to 20 mA." },
    ),
  ),
  voltage: Type.Optional(
    Type.Object(
      {
        upperOhm: Type.Optional(ohm("Resistor of the divider between input and pin. Default no divider.")),
        lowerOhm: Type.Optional(ohm("Resistor of the divider between pin and ground.")),
        lowMv: Type.Optional(Type.Integer({ description: "Voltage at the input for the value low. Default 0." })),
        highMv: Type.Optional(Type.Integer({ description: "Voltage at the input for the value high. Default 1000." })),
        low: Type.Optional(Type.Number({ description: "Default 0." })),
        high: Type.Optional(Type.Number({ description: "Default 1, so that the value is in volts." })),
      },
      { ...strict, description: "A voltage. Default of a page without loop." },
    ),
  ),
};

export function settingsOf(page: ScalePage): PlanMap {
  const unit = unitOf(page);
  const { loop } = page;
  if (loop !== undefined) {
    const { shuntOhm = DEFAULT_SHUNT_OHM, low, high } = loop;
    return { unit, low, high, shuntOhm, scale: loopScale(shuntOhm, low, high) };
  }
  const { lowMv = 0, highMv = 1000, low = 0, high = 1 } = page.voltage ?? {};
  return { unit, low, high, scale: voltageScale(ratioOf(page.voltage), lowMv, highMv, low, high) };
}

export function unitOf(page: ScalePage): string {
  return page.unit ?? (page.loop === undefined ? "V" : "");
}

function ratioOf({ upperOhm, lowerOhm }: Voltage = {}): number {
  return upperOhm === undefined || lowerOhm === undefined ? 1 : (upperOhm + lowerOhm) / lowerOhm;
}

/** What the value can be: a loop within NE 43, a voltage as far as the converter sees. */
export function rangeOf(page: ScalePage, fullScaleMv: number): { min: number; max: number } {
  const { scale, shuntOhm } = settingsOf(page) as { scale: { perMv: number; offset: number }; shuntOhm?: number };
  const ends = shuntOhm === undefined ? [0, fullScaleMv] : [LOOP_MA.validLow * shuntOhm, LOOP_MA.validHigh * shuntOhm];
  const [one, other] = ends.map((millivolts) => millivolts * scale.perMv + scale.offset);
  return { min: Math.min(one, other), max: Math.max(one, other) };
}

export function problemsOf(page: ScalePage, fullScaleMv: number): PageProblem[] {
  const problems: PageProblem[] = [];
  const { loop, voltage } = page;
  if (loop !== undefined && voltage !== undefined)
    problems.push({ path: ["voltage"], message: "an input is a loop or a voltage", expected: "one of the two" });
  if (loop !== undefined) {
    const { shuntOhm = DEFAULT_SHUNT_OHM, low, high } = loop;
    if (low === high) problems.push({ path: ["loop"], message: "low and high are the same value" });
    // The limit itself must be told from the converter's end.
    if (LOOP_MA.failedHigh * shuntOhm >= fullScaleMv)
      problems.push({
        path: ["loop"],
        message: `${LOOP_MA.failedHigh} mA make ${LOOP_MA.failedHigh * shuntOhm} mV in ${shuntOhm} Ohm: the converter ends at ${fullScaleMv} mV and would not see a failure`,
        expected: `shuntOhm below ${Math.ceil(fullScaleMv / LOOP_MA.failedHigh)}`,
      });
  }
  if (voltage !== undefined) {
    const { upperOhm, lowerOhm, lowMv = 0, highMv = 1000, low = 0, high = 1 } = voltage;
    if ((upperOhm === undefined) !== (lowerOhm === undefined))
      problems.push({ path: ["voltage"], message: "a divider has two resistors", expected: "upperOhm and lowerOhm" });
    if (lowMv === highMv || low === high)
      problems.push({ path: ["voltage"], message: "two points of the scale are the same" });
  }
  return problems;
}
