/** A contact's page of a site manifest. */
import { Type } from "typebox";
import { ALARM_CLASSES, type AlarmClass, type PlanMap } from "../plan";
import { type DriverSchema, ON_CHANGE, type PageProblem, pinPage } from "../schema";
import { DEFAULT_DEBOUNCE_MS, DEFAULT_RESISTORS, type LineLimits, limitsOf, type Resistors } from "./constants";

type Page = {
  readonly pull?: string;
  readonly rest?: string;
  readonly class?: AlarmClass;
  readonly debounceMs?: number;
  readonly supervision?: Partial<Resistors>;
  readonly limits?: LineLimits;
};

const strict = { additionalProperties: false } as const;
const ohm = (description: string, otherwise: number) =>
  Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000, description: `${description} Default ${otherwise}.` }));
const millivolts = (description: string) => Type.Integer({ minimum: 1, maximum: 60_000, description });

export const schema: DriverSchema = {
  driver: "binary-input",
  summary: "A dry contact: plain on a digital pin, or with end-of-line resistors on an analog pin",
  bus: ["digital", "analog"],
  page: Type.Object({
    pin: pinPage("The pin that the contact hangs on."),
    pull: Type.Optional(
      Type.Union([Type.Literal("up"), Type.Literal("down"), Type.Literal("none")], {
        description:
          "On a digital pin: the resistor inside the chip. A closed contact is low, with pull down it is high. Default up.",
      }),
    ),
    rest: Type.Optional(
      Type.Union([Type.Literal("open"), Type.Literal("closed")], {
        description: "How the contact stands while nothing happens; the channel is 1 when it does not. Default open.",
      }),
    ),
    class: Type.Optional(
      Type.Union(
        ALARM_CLASSES.map((name) => Type.Literal(name)),
        { description: "What it means that the contact leaves its rest. Without it the contact is a value only." },
      ),
    ),
    debounceMs: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 10_000,
        description: `How long a change must hold, in milliseconds. Default ${DEFAULT_DEBOUNCE_MS}.`,
      }),
    ),
    supervision: Type.Optional(
      Type.Object(
        {
          supplyMv: Type.Optional(
            millivolts(`Voltage behind the pull-up resistor. Default ${DEFAULT_RESISTORS.supplyMv}.`),
          ),
          pullUpOhm: ohm("Resistor between supply and pin.", DEFAULT_RESISTORS.pullUpOhm),
          endOfLineOhm: ohm("Resistor across the far end of the line.", DEFAULT_RESISTORS.endOfLineOhm),
          seriesOhm: ohm("Resistor in series with the contact.", DEFAULT_RESISTORS.seriesOhm),
        },
        { ...strict, description: "On an analog pin: the resistors of the line." },
      ),
    ),
    limits: Type.Optional(
      Type.Object(
        {
          shortMv: millivolts("Lower is a short circuit."),
          closedMv: millivolts("Lower is a closed contact, higher an open one."),
          cutMv: millivolts("Higher is a cut line."),
        },
        { ...strict, description: "On an analog pin. Default half-way between what the resistors give." },
      ),
    ),
  }),
  pins: ["pin"],
  defaultEveryMs: 1000,
  edges: (page) => edgesOf(page as Page),
  channels: () => [{ name: "contact", unit: "", min: 0, max: 1, filters: ON_CHANGE }],
  check: (page, context) => (context.bus === undefined ? [] : problemsOf(page as Page, context.bus)),
  connection: (page) => ({ pin: page["pin"] as number | string }),
  settings: (raw, context) => {
    const page = raw as Page;
    const common: PlanMap = {
      rest: page.rest ?? "open",
      debounceMs: page.debounceMs ?? DEFAULT_DEBOUNCE_MS,
      ...(page.class === undefined ? {} : { class: page.class }),
    };
    if (context.bus?.kind !== "analog") return { ...common, pull: page.pull ?? "up" };
    const resistors = resistorsOf(page);
    const limits = page.limits ?? limitsOf(resistors, context.bus.options["fullScaleMv"] as number);
    return { ...common, resistors, limits };
  },
};

/** Its own class, and the faults of a supervised line. */
function edgesOf({ class: own }: Page): readonly AlarmClass[] {
  return own === undefined ? ["trouble"] : [own, "trouble"];
}

function resistorsOf(page: Page): Resistors {
  return { ...DEFAULT_RESISTORS, ...page.supervision };
}

function problemsOf(page: Page, bus: { readonly kind: string; readonly options: PlanMap }): PageProblem[] {
  const problems: PageProblem[] = [];
  const digital = bus.kind === "digital";
  for (const key of digital ? (["supervision", "limits"] as const) : (["pull"] as const))
    if (page[key] !== undefined)
      problems.push({
        path: [key],
        message: digital
          ? "a digital pin cannot see the voltage of a line"
          : "an analog pin has its resistor in supervision",
        expected: digital ? "a bus of kind analog" : "supervision: { pullUpOhm: ... }",
      });
  if (digital || problems.length > 0) return problems;
  const { shortMv, closedMv, cutMv } = page.limits ?? limitsOf(resistorsOf(page), fullScaleOf(bus));
  if (!(shortMv < closedMv && closedMv < cutMv && cutMv < fullScaleOf(bus)))
    problems.push({
      path: [page.limits === undefined ? "supervision" : "limits"],
      message: `limits of ${shortMv}, ${closedMv} and ${cutMv} mV do not tell the states of a line apart`,
      expected: `shortMv, closedMv and cutMv ascending, below the ${fullScaleOf(bus)} mV that the converter ends at`,
    });
  return problems;
}

function fullScaleOf(bus: { readonly options: PlanMap }): number {
  return bus.options["fullScaleMv"] as number;
}
