/** The ADS1115's page of a site manifest. */
import { Type } from "typebox";
import { LOOP_MA } from "../analog-input/constants";
import { problemsOf, rangeOf, type ScalePage, scaleProperties, settingsOf, unitOf } from "../analog-input/scale-schema";
import { readingUse } from "../bus-use";
import type { PlanMap } from "../plan";
import type { DriverSchema, PageProblem } from "../schema";
import { ADDRESSES, ALERT_AFTER, conversionUs, INPUTS, RANGES_MV, RATES, type RangeMv, type Rate } from "./constants";

type InputPage = ScalePage & { readonly input?: number | string; readonly rangeMv?: RangeMv };
type AlertPage = { readonly low: number; readonly high: number; readonly after?: number };
type Page = {
  readonly address?: number;
  readonly rate?: Rate;
  readonly inputs?: { readonly [name: string]: InputPage };
  readonly alert?: AlertPage;
};

const strict = { additionalProperties: false } as const;
const DEFAULT_RATE: Rate = 128;
/** Names become SenML record names. */
const NAME = "^[A-Za-z0-9][A-Za-z0-9_-]*$";

const InputSchema = Type.Object(
  {
    input: Type.Union(
      INPUTS.map((input) => Type.Literal(input)),
      { description: 'Number of the pin, 0 to 3, or two of them where the difference is measured: "0-1".' },
    ),
    rangeMv: Type.Optional(
      Type.Union(
        RANGES_MV.map((range) => Type.Literal(range)),
        { description: "Full scale of the amplifier in mV. Default the smallest that holds the input." },
      ),
    ),
    ...scaleProperties,
  },
  strict,
);

export const schema: DriverSchema = {
  driver: "ads1115",
  summary: "Texas Instruments ADS1115: four inputs of 16 bits on I2C, for current loops and voltages",
  bus: ["i2c"],
  page: Type.Object({
    address: Type.Optional(
      Type.Union(
        ADDRESSES.map((address) => Type.Literal(address)),
        {
          description:
            "I2C address: 0x48, 0x49, 0x4a or 0x4b with the ADDR pin at ground, supply, SDA or SCL. Default 0x48.",
        },
      ),
    ),
    rate: Type.Optional(
      Type.Union(
        RATES.map((rate) => Type.Literal(rate)),
        { description: "Conversions a second; slower ones have less noise. Default 128." },
      ),
    ),
    inputs: Type.Record(Type.String({ pattern: NAME }), InputSchema, {
      ...strict,
      description: "What hangs on the inputs, each under a name of yours, which becomes its channel.",
    }),
    alert: Type.Optional(
      Type.Object(
        {
          low: Type.Number({ description: "The ALERT pin is pulled low below this value." }),
          high: Type.Number({ description: "And above this one." }),
          after: Type.Optional(
            Type.Union(
              ALERT_AFTER.map((count) => Type.Literal(count)),
              { description: "Readings in a row. Default 1." },
            ),
          ),
        },
        {
          ...strict,
          description: "Limits of the part's ALERT pin, for what hangs on it; only where the part has one input.",
        },
      ),
    ),
  }),
  defaultEveryMs: 1000,
  edges: () => ["trouble"],
  channels: (page) =>
    inputsOf(page as Page).map(([name, input]) => ({
      name,
      unit: unitOf(input),
      ...rangeOf(input, rangeMvOf(input)),
    })),
  check: (page) => check(page as Page),
  connection: (page) => ({ address: (page["address"] as number | undefined) ?? ADDRESSES[0] }),
  busAddress: (page) => `0x${((page["address"] as number | undefined) ?? ADDRESSES[0]).toString(16)}`,
  // For each input the word that begins its conversion, that word read back, and the result.
  busUse: (raw, bus) => {
    const page = raw as Page;
    const count = inputsOf(page).length;
    const each = Array.from({ length: count }, () => [3, 1, 2, 1, 2]).flat();
    return readingUse(bus, { i2c: each }, count * conversionUs(page.rate ?? DEFAULT_RATE));
  },
  settings: (raw): PlanMap => {
    const page = raw as Page;
    return {
      rate: page.rate ?? DEFAULT_RATE,
      inputs: inputsOf(page).map(([name, input]) => ({
        name,
        input: input.input ?? 0,
        rangeMv: rangeMvOf(input),
        ...settingsOf(input),
      })),
      ...(page.alert === undefined ? {} : { alert: { after: 1, ...page.alert } }),
    };
  },
};

function inputsOf({ inputs }: Page): [string, InputPage][] {
  return Object.entries(inputs ?? {});
}

/** The smallest range that holds all that a loop or a voltage can be, and its failure. */
function rangeMvOf(input: InputPage): RangeMv {
  if (input.rangeMv !== undefined) return input.rangeMv;
  const mostMv = mostMvOf(input);
  const fitting = RANGES_MV.filter((range) => range > mostMv);
  return fitting.at(-1) ?? RANGES_MV[0];
}

function mostMvOf(input: InputPage): number {
  const { shuntOhm } = settingsOf(input) as { shuntOhm?: number };
  if (shuntOhm !== undefined) return LOOP_MA.failedHigh * shuntOhm;
  const { upperOhm, lowerOhm, lowMv = 0, highMv = 1000 } = input.voltage ?? {};
  const ratio = upperOhm === undefined || lowerOhm === undefined ? 1 : (upperOhm + lowerOhm) / lowerOhm;
  return Math.max(Math.abs(lowMv), Math.abs(highMv)) / ratio;
}

function check(page: Page): PageProblem[] {
  const problems: PageProblem[] = [];
  const users = new Map<number | string, string>();
  const inputs = inputsOf(page);
  if (inputs.length === 0)
    problems.push({ path: ["inputs"], message: "a converter without inputs has nothing to say" });
  for (const [name, input] of inputs) {
    const path = ["inputs", name];
    for (const problem of problemsOf(input, rangeMvOf(input)))
      problems.push({ ...problem, path: [...path, ...problem.path] });
    const other = users.get(input.input!);
    if (other !== undefined)
      problems.push({ path: [...path, "input"], message: `"${name}" and "${other}" are the same input` });
    users.set(input.input!, name);
  }
  const { alert } = page;
  if (alert === undefined) return problems;
  if (inputs.length > 1)
    problems.push({
      path: ["alert"],
      message: "the ALERT pin compares whatever is converted: with several inputs it would mean nothing",
      expected: "a converter with one input, or alarms of the channels",
    });
  if (!(alert.low < alert.high)) problems.push({ path: ["alert"], message: "the low limit is not below the high one" });
  return problems;
}
