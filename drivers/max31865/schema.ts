/** The MAX31865's page of a site manifest. */
import { Type } from "typebox";
import { readingUse } from "../bus-use";
import type { DriverSchema, PageProblem } from "../schema";
import {
  BIAS_US,
  CONVERSION_US,
  DETECT_US,
  ELEMENTS,
  type Element,
  type FilterHz,
  RANGE,
  REGISTERS,
  ratioAt,
  WIRES,
} from "./constants";

type Page = {
  readonly element?: Element;
  readonly wires?: number;
  readonly filterHz?: FilterHz;
  readonly referenceOhm?: number;
};

const DEFAULTS = { element: "pt100", wires: 4, filterHz: 50 } as const;
/** Clock phase 1 (page 16). */
const SPI_MODE = 1;

export const schema: DriverSchema = {
  driver: "max31865",
  summary: "Maxim MAX31865: a PT100 or PT1000 with two, three or four wires on SPI",
  bus: ["spi"],
  page: Type.Object({
    element: Type.Optional(
      Type.Union([Type.Literal("pt100"), Type.Literal("pt1000")], { description: "The resistor. Default pt100." }),
    ),
    wires: Type.Optional(
      Type.Union(
        WIRES.map((count) => Type.Literal(count)),
        { description: "Wires to the element; with two their own resistance is measured as well. Default 4." },
      ),
    ),
    filterHz: Type.Optional(
      Type.Union([Type.Literal(50), Type.Literal(60)], {
        description: "The mains frequency that is filtered out: 66 or 55 ms for each conversion. Default 50.",
      }),
    ),
    referenceOhm: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 100_000,
        description: "The reference resistor beside the part. Default 400 for a PT100, 4000 for a PT1000.",
      }),
    ),
  }),
  defaultEveryMs: 1000,
  edges: () => ["trouble"],
  channels: () => [{ name: "temperature", unit: "Cel", ...RANGE }],
  check: (page) => check(page as Page),
  connection: () => ({ mode: SPI_MODE }),
  // An SPI bus has one select line.
  busAddress: () => "the select line",
  // Bias, detection, conversion, bias off: two bytes each; all registers behind their address.
  busUse: (page, bus) =>
    readingUse(
      bus,
      { spi: 4 * 2 + 1 + REGISTERS },
      BIAS_US + DETECT_US + CONVERSION_US[(page as Page).filterHz ?? DEFAULTS.filterHz],
    ),
  settings: (raw) => {
    const page = raw as Page;
    const element = page.element ?? DEFAULTS.element;
    return {
      element,
      wires: page.wires ?? DEFAULTS.wires,
      filterHz: page.filterHz ?? DEFAULTS.filterHz,
      referenceOhm: page.referenceOhm ?? ELEMENTS[element].referenceOhm,
    };
  },
};

function check({ element = DEFAULTS.element, referenceOhm }: Page): PageProblem[] {
  const most = ratioAt(RANGE.max) * ELEMENTS[element].ohm;
  if (referenceOhm === undefined || referenceOhm > most) return [];
  return [
    {
      path: ["referenceOhm"],
      message: `a ${element} has ${Math.round(most)} Ohm at ${RANGE.max} Cel, which a reference of ${referenceOhm} Ohm cannot measure`,
      expected: `${ELEMENTS[element].referenceOhm} Ohm, as the data sheet advises`,
    },
  ];
}
