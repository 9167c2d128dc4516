/**
 * Lamps and receivers of light as people write them, for scenarios and for `argand vlc link`: where they hang, what they are made of.
 * A table says of each word which part it is, in which units, and between which bounds a world makes sense.
 */
import { type TObject, type TSchema, Type } from "typebox";
import { DOWN, type Placement, UP, type Vector } from "../host-sim/world/optics/geometry";
import { DEFAULT_LAMP, DEFAULT_RECEIVER, type LampParts, type ReceiverParts } from "../host-sim/world/optics/parts";
import type { Diagnostic } from "./diagnostic";
import { clip } from "./diagnostic";
import type { Path } from "./source";

export type LightReport = (path: Path, message: string, more?: Partial<Diagnostic>) => undefined;

type Field<Part> = {
  readonly part: Part;
  /** The first is that of a bare number. Each with what it is of the part's own unit. */
  readonly units: { readonly [unit: string]: number };
  /** In the part's own unit. */
  readonly from: number;
  readonly to: number;
  readonly say: string;
};
type Fields<Part> = { readonly [group: string]: { readonly [word: string]: Field<Part> } };

const FREQUENCY = { Hz: 1, kHz: 1e3, MHz: 1e6 };
const SHARE = { "%": 0.01 };
const PPM = { ppm: 1 };

/** Words of a lamp; the empty group is the lamp's own page. */
const LAMP_FIELDS: Fields<keyof LampParts> = {
  "": {
    power: { part: "powerW", units: { W: 1, mW: 1e-3 }, from: 1e-4, to: 1000, say: "Optical power while it is lit" },
    "half-angle": {
      ...{ part: "halfAngleDeg", units: { deg: 1 }, from: 1, to: 89 },
      say: "Angle from its axis at which it is half as bright",
    },
    bandwidth: { part: "bandwidthHz", units: FREQUENCY, from: 50_000, to: 1e9, say: "Of the LED, to -3 dB" },
    clock: { part: "ppm", units: PPM, from: -200, to: 200, say: "How much its clock runs fast" },
  },
};

const RECEIVER_FIELDS: Fields<keyof ReceiverParts> = {
  diode: {
    area: { part: "areaM2", units: { mm2: 1e-6, cm2: 1e-4 }, from: 1e-8, to: 1e-2, say: "Of the diode" },
    responsivity: { part: "responsivityAPerW", units: { "A/W": 1 }, from: 0.001, to: 100, say: "Of the diode" },
    fov: { part: "fovDeg", units: { deg: 1 }, from: 1, to: 90, say: "Half angle of what it sees" },
    filter: { part: "filter", units: SHARE, from: 0.001, to: 1, say: "Share of the light that a filter lets pass" },
    lens: { part: "lensIndex", units: { "": 1 }, from: 1, to: 4, say: "Refractive index of a concentrator; none" },
  },
  ambient: {
    light: { part: "ambientLux", units: { lx: 1 }, from: 0, to: 200_000, say: "Other light on the diode" },
    ripple: { part: "ripple", units: SHARE, from: 0, to: 0.6, say: "Share of it that follows the mains' half waves" },
    mains: { part: "mainsHz", units: { Hz: 1 }, from: 10, to: 400, say: "Of the mains" },
    swing: { part: "ballast", units: SHARE, from: 0, to: 0.6, say: "Share of it that electronic ballasts swing by" },
    ballast: { part: "ballastHz", units: FREQUENCY, from: 1000, to: 150_000, say: "How often they do" },
  },
  amplifier: {
    feedback: { part: "feedbackOhm", units: { Ohm: 1, kOhm: 1e3, MOhm: 1e6 }, from: 10, to: 1e9, say: "Resistor" },
    bandwidth: { part: "bandwidthHz", units: FREQUENCY, from: 50_000, to: 1e9, say: "Of the first amplifier" },
    coupling: { part: "couplingHz", units: FREQUENCY, from: 10, to: 20_000, say: "Corner of the coupling behind it" },
    noise: {
      ...{ part: "noiseVPerRootHz", units: { "nV/rtHz": 1e-9 }, from: 0, to: 1e-6 },
      say: "Voltage noise of its input",
    },
    capacitance: { part: "capacitanceF", units: { pF: 1e-12 }, from: 0, to: 1e-8, say: "At its input" },
    temperature: { part: "temperatureK", units: { K: 1 }, from: 100, to: 400, say: "Of the resistor" },
    gain: { part: "gain", units: { "": 1 }, from: 0.01, to: 1e5, say: "Of the second amplifier" },
  },
  converter: {
    bits: { part: "bits", units: { "": 1 }, from: 4, to: 24, say: "Of the converter" },
    range: {
      part: "fullScaleV",
      units: { V: 1, mV: 1e-3 },
      from: 0.01,
      to: 100,
      say: "From its first step to its last",
    },
    clock: { part: "ppm", units: PPM, from: -200, to: 200, say: "How much its clock runs fast" },
    jitter: { part: "jitterS", units: { ns: 1e-9, ps: 1e-12 }, from: 0, to: 40e-9, say: "Of the moments of sampling" },
  },
};

const strict = { additionalProperties: false } as const;
const Place = (description: string) => Type.Array(Type.Number(), { minItems: 3, maxItems: 3, description });
const At = Place("x, y and z in m: two along the floor, one up from it.");
const Faces = Type.Union([Type.Literal("up"), Type.Literal("down"), Place("A direction, of any length.")], {
  description: "Where it faces.",
});

function pagesOf(fields: Fields<string>, defaults: { readonly [part: string]: number }): { [key: string]: TSchema } {
  const pages: { [key: string]: TSchema } = {};
  for (const [group, words] of Object.entries(fields)) {
    const page: { [word: string]: TSchema } = {};
    for (const [word, { part, units, say }] of Object.entries(words)) {
      const [[unit, factor]] = Object.entries(units);
      const usual = part === "ppm" ? "drawn from the seed, within 20 ppm" : rounded(defaults[part] / factor, unit);
      const description = `${say}${unit === "" ? "" : `, in ${Object.keys(units).join(" or ")}`}. Default ${usual}.`;
      page[word] = Type.Optional(Type.Union([Type.Number(), Type.String()], { description }));
    }
    if (group === "") Object.assign(pages, page);
    else pages[group] = Type.Optional(Type.Object(page, strict));
  }
  return pages;
}

function rounded(value: number, unit: string): string {
  return `${Number(value.toPrecision(6))} ${unit}`.trim();
}

export const LampPage: TObject = Type.Object(
  { at: Type.Optional(At), faces: Type.Optional(Faces), ...pagesOf(LAMP_FIELDS, DEFAULT_LAMP) },
  strict,
);

export const ReceiverPage: TObject = Type.Object(
  { at: Type.Optional(At), faces: Type.Optional(Faces), ...pagesOf(RECEIVER_FIELDS, DEFAULT_RECEIVER) },
  strict,
);

/** A page that its schema has let pass. */
export type LightPage = { readonly [key: string]: unknown };

export function lampParts(path: Path, page: LightPage, report: LightReport): Partial<LampParts> {
  return partsOf(LAMP_FIELDS, path, page, report);
}

export function receiverParts(path: Path, page: LightPage, report: LightReport): Partial<ReceiverParts> {
  return partsOf(RECEIVER_FIELDS, path, page, report);
}

/** `undefined` where the page names no place. A lamp faces down where it does not say, a receiver up. */
export function placementOf(
  path: Path,
  { at, faces }: LightPage,
  usual: Vector,
  report: LightReport,
): Placement | undefined {
  if (at === undefined) {
    if (faces !== undefined) report([...path, "faces"], "a direction without a place says nothing", { expected: "at" });
    return undefined;
  }
  const direction = faces === undefined ? usual : faces === "up" ? UP : faces === "down" ? DOWN : (faces as Vector);
  if (direction.every((part) => part === 0))
    report([...path, "faces"], "0, 0, 0 is no direction", { expected: "up, down or three numbers" });
  return { at: at as unknown as Vector, faces: direction };
}

function partsOf<Part extends string>(
  fields: Fields<Part>,
  path: Path,
  page: LightPage,
  report: LightReport,
): { readonly [part in Part]?: number } {
  const parts: { [part in Part]?: number } = {};
  for (const [group, words] of Object.entries(fields)) {
    const place = group === "" ? path : [...path, group];
    const written = (group === "" ? page : page[group]) as LightPage | undefined;
    for (const [word, field] of Object.entries(words)) {
      const text = written?.[word];
      if (text === undefined) continue;
      const value = quantity(text, field);
      const expected = expectedOf(field);
      if (value === undefined)
        report([...place, word], `"${clip(String(text))}" is no quantity of that kind`, { expected });
      else if (value < field.from * 0.999999 || value > field.to * 1.000001)
        report([...place, word], `${clip(String(text))} is out of bounds`, { expected });
      else parts[field.part] = value;
    }
  }
  return parts;
}

function quantity(text: unknown, { units }: Field<string>): number | undefined {
  if (typeof text === "number") return text * Object.values(units)[0];
  const match = /^([+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s*(\S*)$/.exec(String(text).trim());
  if (match === null) return undefined;
  const unit = match[2] === "" ? Object.keys(units)[0] : match[2];
  return Object.hasOwn(units, unit) ? Number(match[1]) * units[unit] : undefined;
}

function expectedOf({ units, from, to }: Field<string>): string {
  const [[unit, factor]] = Object.entries(units);
  const others = Object.keys(units).slice(1);
  const also = others.length === 0 ? "" : `, or in ${others.join(", ")}`;
  return `${rounded(from / factor, "")} to ${rounded(to / factor, unit)}${also}`;
}
