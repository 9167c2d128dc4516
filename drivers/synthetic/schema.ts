/** The page of computed channels. */
import { Type } from "typebox";
import type { PlanMap } from "../plan";
import type { ChannelDeclaration, DriverSchema, PageProblem, SchemaContext } from "../schema";

type Value = {
  readonly difference?: readonly string[];
  readonly sum?: readonly string[];
  readonly product?: readonly string[];
  readonly dewPoint?: readonly string[];
  readonly unit?: string;
};
type Page = { readonly values?: { readonly [name: string]: Value } };

const NAME = "^[A-Za-z0-9][A-Za-z0-9_-]*$";
/** Formulas by the key of the page, with the kind of the plan. */
const KINDS = { difference: "difference", sum: "sum", product: "product", dewPoint: "dew-point" } as const;
type Key = keyof typeof KINDS;
const KEYS = Object.keys(KINDS) as Key[];

const Sources = (least: number, most: number, description: string) =>
  Type.Optional(Type.Array(Type.String(), { minItems: least, maxItems: most, description }));

export const schema: DriverSchema = {
  driver: "synthetic",
  summary: "Channels computed from other channels: difference, sum, product, dew point",
  bus: [],
  page: Type.Object({
    values: Type.Record(
      Type.String({ pattern: NAME }),
      Type.Object(
        {
          difference: Sources(2, 2, "The first less the second, as <device>/<channel>."),
          sum: Sources(2, 32, "All of these together, as <device>/<channel>."),
          product: Sources(2, 8, "All of these multiplied, as <device>/<channel>. It has the unit that you name."),
          dewPoint: Sources(2, 2, "A temperature in Cel and a relative humidity in %RH, as <device>/<channel>."),
          unit: Type.Optional(Type.String({ description: "SenML unit of a product. Default none." })),
        },
        { additionalProperties: false },
      ),
      { additionalProperties: false, description: "Computed values, each under a name of yours: the channel's." },
    ),
  }),
  defaultEveryMs: 1000,
  channels: (page, context) =>
    Object.entries((page as Page).values ?? {}).map(([name, value]) => declare(name, value, context)),
  check: (page, context) => check(page as Page, context),
  settings: (page) => compile(page as Page),
};

/** What a name says where the site has such a channel. */
function source(name: string, context: SchemaContext): ChannelDeclaration | undefined {
  return context.channels?.get(name);
}

function declare(name: string, value: Value, context: SchemaContext): ChannelDeclaration {
  const unbounded = { name, min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY, synthetic: true } as const;
  if (value.product !== undefined) return { ...unbounded, unit: value.unit ?? "" };
  if (value.dewPoint !== undefined) return { ...unbounded, unit: "Cel" };
  const [first = ""] = value.difference ?? value.sum ?? [];
  return { ...unbounded, unit: source(first, context)?.unit ?? "" };
}

function check(page: Page, context: SchemaContext): PageProblem[] {
  const values = Object.entries(page.values ?? {});
  if (values.length === 0) return [{ path: ["values"], message: "nothing is computed here" }];
  return values.flatMap(([name, value]) => checkValue(["values", name], value, context));
}

function checkValue(path: readonly string[], value: Value, context: SchemaContext): PageProblem[] {
  const keys = KEYS.filter((key) => value[key] !== undefined);
  if (keys.length !== 1)
    return [{ path, message: "a computed value has one formula", expected: `one of ${KEYS.join(", ")}` }];
  const [key] = keys;
  if (value.unit !== undefined && key !== "product")
    return [{ path: [...path, "unit"], message: `the unit of a ${key} follows from its sources`, expected: "no unit" }];
  // Unknown while another device is wrong, which has its own message.
  if (context.channels === undefined) return [];
  const problems: PageProblem[] = [];
  const names = value[key]!;
  const wanted = key === "dewPoint" ? ["Cel", "%RH"] : names.map(() => source(names[0], context)?.unit);
  names.forEach((name, i) => {
    const found = source(name, context);
    const place = [...path, key, i];
    if (found === undefined)
      problems.push({ path: place, message: `there is no channel "${name}"`, expected: known(context) });
    else if (key !== "product" && wanted[i] !== undefined && found.unit !== wanted[i])
      problems.push({
        path: place,
        message: `${name} is in ${found.unit || "no unit"}`,
        expected: wanted[i] || "no unit",
      });
  });
  return problems;
}

function known(context: SchemaContext): string {
  const names = [...(context.channels?.keys() ?? [])];
  return names.length === 0 ? "<device>/<channel> of a device that measures" : `one of ${names.join(", ")}`;
}

function compile(page: Page): PlanMap {
  const formulas = Object.values(page.values ?? {}).map((value) => {
    const key = KEYS.find((one) => value[one] !== undefined)!;
    return { kind: KINDS[key], of: value[key]! };
  });
  const sources = [...new Set(formulas.flatMap(({ of }) => of))].sort();
  return { formulas, sources };
}
