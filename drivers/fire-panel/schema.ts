/** The fire panel's page of a site manifest. */
import { Type } from "typebox";
import { DEFAULT_ANSWER_MS, readUs } from "../modbus/bus-load-schema";
import { REPORTED_CONDITIONS } from "../panel-points/conditions";
import { checkPointName, type Numbers, NumbersPage, parseNumbers } from "../panel-points/page-schema";
import type { PlanMap, PointsPlan } from "../plan";
import type { DriverSchema, PageProblem, SchemaContext } from "../schema";
import { compileCommands, compileLayout, expandPoints, type NamedPoint, namesOf, packTable } from "./layout-schema";
import {
  checkProfile,
  type PanelProfile,
  POINT_KINDS,
  type PointEntry,
  type PointField,
  type PointKindName,
} from "./profile-schema";

type PointPage = { readonly loop?: number } & { readonly [kind in PointKindName]?: Numbers };
type Page = {
  readonly profile?: string;
  readonly unit?: number;
  readonly points?: { readonly [name: string]: PointPage };
  readonly layout?: { readonly [kind: string]: { readonly base?: number; readonly skip?: number } };
  readonly allow?: readonly string[];
  readonly repeatMinutes?: number;
};

const PANELS = "panels";
const DEFAULT_REPEAT_MINUTES = 5;
const MINUTE_MS = 60_000;
/** So that a point's number fits into the tables. */
const MOST_POINTS = 10_000;

const PointSchema = Type.Object(
  {
    loop: Type.Optional(
      Type.Integer({ minimum: 1, description: "Loop that the point hangs on, where the panel has loops." }),
    ),
    ...Object.fromEntries(POINT_KINDS.map((kind) => [kind, NumbersPage])),
  },
  { additionalProperties: false },
);

const LayoutSchema = Type.Object(
  {
    base: Type.Optional(Type.Integer({ minimum: 0, maximum: 65_535, description: "Address of the first, from 0." })),
    skip: Type.Optional(Type.Integer({ minimum: 0, maximum: 15, description: "Fields before the first point's." })),
  },
  { additionalProperties: false },
);

export const schema: DriverSchema = {
  driver: "fire-panel",
  summary: "A fire panel on Modbus RTU or TCP, by the profile of its make",
  bus: ["serial", "tcp"],
  page: Type.Object({
    profile: Type.String({
      description: "What the panel's registers mean: a file in manifests/panels, without .json.",
    }),
    unit: Type.Integer({ minimum: 0, maximum: 255, description: "Modbus unit (slave address) of the panel." }),
    points: Type.Record(Type.String(), PointSchema, {
      description:
        "Points to watch. One point under a name of yours, or a range whose points get the name with their number behind it. A point with a name of its own leaves its range.",
    }),
    layout: Type.Optional(
      Type.Record(Type.String(), LayoutSchema, {
        description: "Where this panel's tables begin, by kind of point, if not where its profile has them.",
      }),
    ),
    allow: Type.Optional(
      Type.Array(Type.String(), {
        description:
          "Commands of the profile that may be sent to the panel. None when left out: the panel is only read.",
      }),
    ),
    repeatMinutes: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1440, description: "A snapshot repeats what all points say. Default 5." }),
    ),
  }),
  defaultEveryMs: 1000,
  edges: () => REPORTED_CONDITIONS.map((condition) => condition.class),
  channels: () => [],
  points: (page) => pointsPlan(page as Page),
  check: (page, context) => check(page as Page, context),
  busAddress: (page) => String((page as Page).unit),
  // All blocks once: a panel in which nothing happens. A command or a walk test comes on top, and seldom.
  busUse: (page, bus, context) => {
    const profile = load(page as Page, context);
    if (typeof profile === "string" || bus.kind !== "serial") return [];
    const { reads } = compileLayout(profile, pointsOf(page as Page));
    const busyUs = reads.reduce(
      (us, [functionCode, , count]) => us + readUs(bus, functionCode, count, DEFAULT_ANSWER_MS),
      0,
    );
    return [{ what: "a poll", everyMs: bus.everyMs, busyUs }];
  },
  settings: (page, context) => compile(page as Page, context),
};

function check(page: Page, context: SchemaContext): PageProblem[] {
  const profile = load(page, context);
  if (typeof profile === "string")
    return [{ path: ["profile"], message: profile, expected: expectedProfiles(context) }];
  const problems = [
    ...checkBus(page, profile, context),
    ...checkLayout(page, profile),
    ...checkCommands(page, profile),
  ];
  const names = Object.keys(page.points ?? {});
  if (names.length === 0)
    return [{ path: ["points"], message: "a panel without points has nothing to say" }, ...problems];
  const users = new Map<string, string>();
  let count = 0;
  for (const name of names) {
    const path = ["points", name];
    const entry = entryOf(name, page.points![name]);
    const problem =
      checkPointName(path, name) ??
      (typeof entry === "string" ? { path, message: entry } : outside(path, entry, profile));
    if (problem !== undefined || typeof entry === "string") {
      problems.push(problem ?? { path, message: String(entry) });
      continue;
    }
    count += entry.last - entry.first + 1;
    const isRange = entry.first !== entry.last;
    // A point of its own may lie in a range, two of a sort may not meet.
    for (let number = entry.first; number <= entry.last; number++) {
      const key = `${isRange} ${entry.kind} ${entry.loop} ${number}`;
      const other = users.get(key);
      if (other !== undefined) {
        problems.push({ path, message: `"${name}" and "${other}" are the same point of the panel` });
        break;
      }
      users.set(key, name);
    }
  }
  if (count > MOST_POINTS)
    problems.push({ path: ["points"], message: `${count} points are too many`, expected: `at most ${MOST_POINTS}` });
  if (problems.length === 0) problems.push(...doubleNames(page));
  return problems;
}

function checkBus({ unit }: Page, { transports, title }: PanelProfile, { bus }: SchemaContext): PageProblem[] {
  const problems: PageProblem[] = [];
  if (bus !== undefined && !(transports as readonly string[]).includes(bus.kind))
    problems.push({
      path: ["bus"],
      message: `${title}: nobody says that it speaks Modbus on ${bus.kind}`,
      expected: `a bus of kind ${transports.join(" or ")}`,
    });
  if (bus?.kind === "serial" && (unit === undefined || unit < 1 || unit > 247))
    problems.push({ path: ["unit"], message: `there is no unit ${unit} on a serial line`, expected: "1 to 247" });
  return problems;
}

function checkLayout({ layout }: Page, { id, points }: PanelProfile): PageProblem[] {
  return Object.keys(layout ?? {})
    .filter((kind) => !Object.hasOwn(points, kind))
    .map((kind) => ({
      path: ["layout", kind],
      message: `profile ${id} has no ${kind}`,
      expected: `one of ${Object.keys(points).join(", ")}`,
    }));
}

function checkCommands({ allow }: Page, { id, commands }: PanelProfile): PageProblem[] {
  const known = Object.keys(commands ?? {});
  return (allow ?? []).flatMap((command, i) =>
    known.includes(command)
      ? []
      : [
          {
            path: ["allow", i],
            message: `profile ${id} has no command "${command}"`,
            expected: known.length === 0 ? "nothing: it can only be read" : `one of ${known.join(", ")}`,
          },
        ],
  );
}

function outside(path: readonly string[], entry: PointEntry, profile: PanelProfile): PageProblem | undefined {
  const { loop, kind, first, last } = entry;
  const { loops } = profile;
  const place = profile.points[kind];
  if (place === undefined)
    return {
      path: [...path, kind],
      message: `profile ${profile.id} has no ${kind}`,
      expected: `one of ${Object.keys(profile.points).join(", ")}`,
    };
  const onLoop = loops !== undefined && place.fields.some(({ perLoop }) => perLoop !== undefined);
  if (!onLoop && loop !== 0) return { path: [...path, "loop"], message: `a ${kind} of this panel hangs on no loop` };
  if (onLoop && loop === 0)
    return { path, message: "this panel has loops: on which one?", expected: `${loops.min} to ${loops.max}` };
  if (onLoop && (loop < loops.min || loop > loops.max))
    return {
      path: [...path, "loop"],
      message: `this panel has no loop ${loop}`,
      expected: `${loops.min} to ${loops.max}`,
    };
  const { min, max } = place.numbers;
  const wrong = first < min || first > max ? first : last > max ? last : last < first ? last : undefined;
  if (wrong === undefined) return undefined;
  const owner = onLoop ? "a loop" : "this panel";
  return { path: [...path, kind], message: `${owner} has no ${kind} ${wrong}`, expected: `${min} to ${max}` };
}

/** Names with numbers behind them may meet others. */
function doubleNames(page: Page): PageProblem[] {
  const seen = new Set<string>();
  for (const { name } of pointsOf(page)) {
    const text = name.number === undefined ? name.prefix : name.prefix + String(name.number);
    if (seen.has(text)) return [{ path: ["points"], message: `two points would be named "${text}"` }];
    seen.add(text);
  }
  return [];
}

/** The entry, or what is wrong with it. */
function entryOf(name: string, page: PointPage): PointEntry | string {
  const kinds = POINT_KINDS.filter((kind) => page[kind] !== undefined);
  if (kinds.length !== 1) return `"${name}" needs a number of one kind, such as detector: 1, and not more`;
  const [kind] = kinds;
  const [first, last] = parseNumbers(page[kind]!);
  return { name, loop: page.loop ?? 0, kind, first, last };
}

function load({ profile, layout }: Page, context: SchemaContext): PanelProfile | string {
  const content = profile === undefined ? undefined : context.dataFile(`${PANELS}/${profile}.json`);
  const loaded = isRecords(content) ? undefined : content;
  const checked = loaded === undefined ? `there is no panel profile "${profile}"` : checkProfile(profile!, loaded);
  return typeof checked === "string" || layout === undefined ? checked : moved(checked, layout);
}

/** Profiles of panels that send records are another driver's. */
function isRecords(content: unknown): boolean {
  return (content as { protocol?: unknown } | undefined)?.protocol === "records";
}

/** The profile with its tables where this panel has them. */
function moved(profile: PanelProfile, layout: NonNullable<Page["layout"]>): PanelProfile {
  const move = (kind: string, fields: readonly PointField[]): PointField[] => {
    const by = (layout[kind]?.base ?? fields[0].base) - fields[0].base;
    return fields.map((field) => ({ ...field, base: field.base + by, ...skipped(layout[kind]?.skip) }));
  };
  const points = Object.fromEntries(
    Object.entries(profile.points).map(([kind, page]) => [kind, { ...page, fields: move(kind, page.fields) }]),
  );
  return { ...profile, points };
}

function skipped(skip: number | undefined): { skip?: number } {
  return skip === undefined ? {} : { skip };
}

function expectedProfiles(context: SchemaContext): string {
  const names = context.dataNames(PANELS).filter((name) => !isRecords(context.dataFile(`${PANELS}/${name}.json`)));
  return `one of ${names.join(", ")}`;
}

/** The page was checked before. */
function pointsOf(page: Page): NamedPoint[] {
  return expandPoints(Object.entries(page.points ?? {}).map(([name, point]) => entryOf(name, point) as PointEntry));
}

function pointsPlan(page: Page): PointsPlan {
  const points = pointsOf(page);
  return {
    count: points.length,
    names: namesOf(points),
    repeatMs: (page.repeatMinutes ?? DEFAULT_REPEAT_MINUTES) * MINUTE_MS,
  };
}

function compile(page: Page, context: SchemaContext): PlanMap {
  const profile = load(page, context);
  if (typeof profile === "string") throw new Error(profile);
  const points = pointsOf(page);
  const { reads, fields, rules } = compileLayout(profile, points);
  return {
    profile: profile.id,
    unit: page.unit ?? 1,
    reads: packTable(reads),
    fields: packTable(fields),
    rules: packTable(rules),
    commands: compileCommands(profile, points, page.allow ?? []),
  };
}
