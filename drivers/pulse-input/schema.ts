/** A meter's page of a site manifest. */
import { Type } from "typebox";
import type { PlanMap } from "../plan";
import { type DriverSchema, type PageProblem, pinPage } from "../schema";

type Page = {
  readonly pin?: number | string;
  readonly signal?: number | string;
  readonly control?: number | string;
  readonly unit?: string;
  readonly perUnit?: number;
  readonly ratePer?: string;
};

export const schema: DriverSchema = {
  driver: "pulse-input",
  summary: "A meter that gives pulses: total and rate, from one contact or from two wires in quadrature",
  bus: ["digital", "pulse"],
  page: Type.Object({
    pin: Type.Optional(pinPage("On a digital bus: the pin of the contact, which closes to ground.")),
    signal: Type.Optional(pinPage("On a pulse bus: the first wire.")),
    control: Type.Optional(pinPage("On a pulse bus: the second wire, which tells the direction.")),
    unit: Type.Optional(
      Type.String({ maxLength: 12, description: "Unit of what is metered, for example m3 or kWh. Default count." }),
    ),
    perUnit: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, description: "Counts for one unit, from the meter's plate. Default 1." }),
    ),
    ratePer: Type.Optional(
      Type.Union([Type.Literal("s"), Type.Literal("min"), Type.Literal("h")], {
        description: "What the rate is per. Default s.",
      }),
    ),
  }),
  pins: ["pin", "signal", "control"],
  defaultEveryMs: 1000,
  channels: (raw) => {
    const { unit = "count", ratePer = "s" } = raw as Page;
    const range = { min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER };
    return [
      { name: "total", unit, ...range },
      { name: "rate", unit: `${unit}/${ratePer}`, ...range },
    ];
  },
  check: (page, context) => (context.bus === undefined ? [] : problemsOf(page as Page, context.bus.kind)),
  connection: (raw) => {
    const { pin, signal, control } = raw as Page;
    return {
      ...(pin === undefined ? {} : { pin }),
      ...(signal === undefined ? {} : { signal }),
      ...(control === undefined ? {} : { control }),
    };
  },
  settings: (raw): PlanMap => {
    const { perUnit = 1, ratePer = "s" } = raw as Page;
    return { perUnit, ratePer };
  },
};

const KEYS_OF_BUS: { readonly [kind: string]: readonly (keyof Page)[] } = {
  digital: ["pin"],
  pulse: ["signal", "control"],
};

function problemsOf(page: Page, kind: string): PageProblem[] {
  const wanted = KEYS_OF_BUS[kind] ?? [];
  const problems: PageProblem[] = [];
  for (const key of ["pin", "signal", "control"] as const) {
    const there = page[key] !== undefined;
    if (there && !wanted.includes(key))
      problems.push({ path: [key], message: `a ${kind} bus has no ${key}`, expected: wanted.join(" and ") });
    if (!there && wanted.includes(key))
      problems.push({ path: [], message: `"${key}" is missing`, expected: `the pins ${wanted.join(" and ")}` });
  }
  return problems;
}
