/** What `argand vlc link` is asked about: a lamp, a receiver, frames. From a file or from options, in the words of scenarios. */
import { Type } from "typebox";
import { MAX_PSDU_OCTETS, MCS_TABLE } from "../drivers/vlc/mcs";
import {
  DOWN,
  NEAREST_M,
  type Placement,
  type Sight,
  sightBetween,
  straightBelow,
  UP,
} from "../host-sim/world/optics/geometry";
import { DEFAULT_LAMP, DEFAULT_RECEIVER, type LampParts, type ReceiverParts } from "../host-sim/world/optics/parts";
import type { Diagnostic } from "./diagnostic";
import {
  LampPage,
  type LightPage,
  type LightReport,
  lampParts,
  placementOf,
  ReceiverPage,
  receiverParts,
} from "./light-pages";
import { type Path, parseSource, readSource, type Source } from "./source";
import { checkStructure } from "./structure";
import { parseQuantity } from "./units";

export type LinkSetup = {
  readonly lamp: LampParts;
  readonly receiver: ReceiverParts;
  readonly sight: Sight;
  readonly mcs: number;
  readonly octets: number;
  /** Luminous flux at full light; `undefined`: nobody said. */
  readonly lumens: number | undefined;
  /** Share of full light that the lamp is held at. */
  readonly level: number;
};

const Text = (description: string) => Type.Optional(Type.Union([Type.Number(), Type.String()], { description }));

const LinkFile = Type.Object(
  {
    lamp: Type.Optional(
      Type.Object(
        {
          ...LampPage.properties,
          lumens: Text("Luminous flux at full light, in lm."),
          level: Type.Optional(
            Type.Number({ minimum: 0.1, maximum: 0.9, description: "Share of light; of VPPM the duty. Default 0.5." }),
          ),
        },
        { additionalProperties: false },
      ),
    ),
    receiver: Type.Optional(
      Type.Object(
        {
          ...ReceiverPage.properties,
          distance: Text("In m, straight below the lamp, instead of places. Default 3 m."),
        },
        { additionalProperties: false },
      ),
    ),
    mcs: Type.Optional(Type.Integer({ minimum: 0, maximum: MCS_TABLE.length - 1, description: "Default 4." })),
    octets: Type.Optional(
      Type.Integer({ minimum: 3, maximum: MAX_PSDU_OCTETS, description: "Of a PSDU. Default 64." }),
    ),
  },
  { additionalProperties: false },
);

/** Pages of a file, or those that options make. */
export type LinkPages = {
  readonly lamp?: LightPage;
  readonly receiver?: LightPage;
  readonly mcs?: number;
  readonly octets?: number;
};

export type LinkRead =
  | { readonly ok: true; readonly setup: LinkSetup }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** @param more pages of options, which go before those of the file */
export function readLink(file: string | undefined, more: LinkPages): LinkRead {
  const parsed = file === undefined ? parseSource("the options", "{}") : readSource(file);
  if (!parsed.ok) return parsed;
  const { source } = parsed;
  const wrong = checkStructure(source, [], LinkFile, source.value);
  if (wrong.length > 0) return { ok: false, diagnostics: wrong };
  const written = source.value as LinkPages;
  const pages: LinkPages = {
    ...written,
    ...more,
    lamp: { ...written.lamp, ...more.lamp },
    receiver: { ...written.receiver, ...more.receiver },
  };
  return compile(source, pages, more);
}

function compile(source: Source, pages: LinkPages, options: LinkPages): LinkRead {
  const diagnostics: Diagnostic[] = [];
  const report: LightReport = (path, message, help = {}) => {
    const problem = source.problem(path, message, help);
    diagnostics.push(
      isOption(path, options) ? { ...problem, file: "", line: 0, message: `${words(path)}: ${message}` } : problem,
    );
    return undefined;
  };
  const { lamp = {}, receiver = {}, mcs = 4, octets = 64 } = pages;
  const setup: LinkSetup = {
    lamp: { ...DEFAULT_LAMP, ...lampParts(["lamp"], lamp, report) },
    receiver: { ...DEFAULT_RECEIVER, ...receiverParts(["receiver"], receiver, report) },
    sight: sightOf(lamp, receiver, report),
    ...{ mcs, octets },
    lumens: lamp["lumens"] === undefined ? undefined : positive(["lamp", "lumens"], lamp["lumens"], "lm", report),
    level: (lamp["level"] as number | undefined) ?? 1 / 2,
  };
  return diagnostics.length > 0 ? { ok: false, diagnostics } : { ok: true, setup };
}

function sightOf(lamp: LightPage, receiver: LightPage, report: LightReport): Sight {
  const from = placementOf(["lamp"], lamp, DOWN, report);
  const to = placementOf(["receiver"], receiver, UP, report);
  if (from !== undefined && to !== undefined && receiver["distance"] === undefined) return between(from, to, report);
  if (from !== undefined || to !== undefined)
    report([from === undefined ? "receiver" : "lamp", "at"], "one place without another, or with a distance besides", {
      expected: "at of both lamp and receiver, or distance of the receiver",
    });
  return straightBelow(positive(["receiver", "distance"], receiver["distance"] ?? 3, "m", report));
}

function between(lamp: Placement, receiver: Placement, report: LightReport): Sight {
  const sight = sightBetween(lamp, receiver);
  if (sight.distanceM <= NEAREST_M)
    report(["receiver", "at"], "lamp and receiver are at one place", {
      expected: `more than ${NEAREST_M} m between them`,
    });
  return sight;
}

function positive(path: Path, text: unknown, unit: string, report: LightReport): number {
  const parsed = parseQuantity(text, unit);
  if (parsed.ok && parsed.value > 0) return parsed.value;
  report(path, `"${String(text)}" is no quantity of that kind`, { expected: `more than 0, in ${unit}` });
  return 1;
}

function isOption(path: Path, options: LinkPages): boolean {
  const page = (options as { readonly [key: string]: unknown })[String(path[0])];
  if (typeof page !== "object" || page === null) return page !== undefined;
  const inner = (page as LightPage)[String(path[1])];
  return path.length < 3 || typeof inner !== "object"
    ? inner !== undefined
    : Object.hasOwn(inner as object, String(path[2]));
}

function words(path: Path): string {
  return path.join(" ");
}
