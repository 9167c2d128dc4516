/** The page of a panel that sends records. */
import { Type } from "typebox";
import { serialBits } from "../bus-use";
import { expandPoints, type NamedPoint, namesOf } from "../fire-panel/layout-schema";
import { REPORTED_CONDITIONS } from "../panel-points/conditions";
import { checkPointName, type Numbers, NumbersPage, parseNumbers } from "../panel-points/page-schema";
import type { PlanMap, PlanValue, PointsPlan } from "../plan";
import type { DriverSchema, PageProblem, SchemaContext } from "../schema";
import { checkRecordProfile, compileEvent, compileField, hexBytes, type RecordProfile } from "./profile-schema";
import type { LinePanelSettings } from "./record";

type PointPage = { readonly loop?: number; readonly device?: Numbers };
type Page = {
  readonly profile?: string;
  readonly points?: { readonly [name: string]: PointPage };
  readonly silenceMinutes?: number;
  readonly repeatMinutes?: number;
  readonly allow?: readonly string[];
};

const PANELS = "panels";
/** The point that stands for all that the site does not name. */
const UNLISTED = "unlisted";
const KEEP_ALIVE = "keep-alive";
const MINUTE_MS = 60_000;
/** Its points are unknown for long, and each unknown one takes room in a snapshot. */
const DEFAULT_REPEAT_MINUTES = 60;

export const schema: DriverSchema = {
  driver: "line-panel",
  summary: "A fire panel that prints or sends records on a serial line, by the profile of its make",
  bus: ["serial"],
  page: Type.Object({
    profile: Type.String({
      description: "What the panel's records mean: a file in manifests/panels, without .json.",
    }),
    points: Type.Record(
      Type.String(),
      Type.Object(
        {
          loop: Type.Optional(Type.Integer({ minimum: 0, description: "Loop, where the panel has loops." })),
          device: NumbersPage,
        },
        { additionalProperties: false },
      ),
      {
        description:
          "Points under names of yours, one or a range, whose points get the name with their number behind it. What the panel says of others is told of the point unlisted.",
      },
    ),
    silenceMinutes: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100_000,
        description: "The panel counts as lost when nothing was heard for so long. Never when left out.",
      }),
    ),
    repeatMinutes: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1440, description: "A snapshot repeats what all points say. Default 60." }),
    ),
    allow: Type.Optional(
      Type.Array(Type.String(), {
        description: "keep-alive, where the panel wants one. Nothing is sent when left out.",
      }),
    ),
  }),
  defaultEveryMs: 1000,
  edges: () => REPORTED_CONDITIONS.map((condition) => condition.class),
  channels: () => [],
  points: (page) => pointsPlan(page as Page),
  check: (page, context) => check(page as Page, context),
  /** A line of one panel: two that talk when they like would garble each other. */
  busAddress: () => "of its only panel",
  busUse: (page, bus, context) => {
    const keepAlive = compile(page as Page, context)["keepAlive"] as LinePanelSettings["keepAlive"];
    if (keepAlive === undefined) return [];
    const busyUs = (keepAlive.bytes.length * serialBits(bus.options) * 1_000_000) / (bus.options["baud"] as number);
    return [{ what: "a keep-alive", everyMs: keepAlive.everyMs, busyUs }];
  },
  settings: (page, context) => compile(page as Page, context),
};

function check(page: Page, context: SchemaContext): PageProblem[] {
  const profile = load(page, context);
  if (typeof profile === "string")
    return [{ path: ["profile"], message: profile, expected: `one of ${recordProfiles(context).join(", ")}` }];
  const problems: PageProblem[] = [];
  (page.allow ?? []).forEach((command, i) => {
    if (command !== KEEP_ALIVE || profile.keepAlive === undefined)
      problems.push({
        path: ["allow", i],
        message: `profile ${profile.id} has no command "${command}"`,
        expected: profile.keepAlive === undefined ? "nothing: it can only be read" : KEEP_ALIVE,
      });
  });
  const users = new Map<string, string>();
  for (const [name, point] of Object.entries(page.points ?? {})) {
    const path = ["points", name];
    const problem = checkPointName(path, name) ?? checkPoint(path, name, point, profile);
    if (problem !== undefined) problems.push(problem);
    else
      for (const key of keysOf(point)) {
        const other = users.get(key);
        if (other !== undefined) {
          problems.push({ path, message: `"${name}" and "${other}" are the same point of the panel` });
          break;
        }
        users.set(key, name);
      }
  }
  return problems;
}

function checkPoint(
  path: readonly string[],
  name: string,
  { loop, device }: PointPage,
  { loops, numbers }: RecordProfile,
): PageProblem | undefined {
  if (name === UNLISTED)
    return { path, message: `"${UNLISTED}" stands for all points that have no name`, expected: "another name" };
  if (device === undefined) return { path, message: `"${name}" needs a device`, expected: "device: 1" };
  if (loops === undefined ? loop !== undefined : loop === undefined || loop < loops.min || loop > loops.max)
    return {
      path: loop === undefined ? path : [...path, "loop"],
      message: loop === undefined ? "this panel has loops: on which one?" : `this panel has no loop ${loop}`,
      expected: loops === undefined ? "no loop" : `${loops.min} to ${loops.max}`,
    };
  const [first, last] = parseNumbers(device);
  const wrong =
    first < numbers.min || first > numbers.max ? first : last > numbers.max || last < first ? last : undefined;
  if (wrong === undefined) return undefined;
  return {
    path: [...path, "device"],
    message: `there is no device ${wrong}`,
    expected: `${numbers.min} to ${numbers.max}`,
  };
}

/** A point of its own may lie in a range, two of a sort may not meet. */
function keysOf({ loop, device }: PointPage): string[] {
  const [first, last] = parseNumbers(device!);
  return Array.from({ length: last - first + 1 }, (_, i) => `${first !== last} ${loop} ${first + i}`);
}

function load({ profile }: Page, context: SchemaContext): RecordProfile | string {
  const content = profile === undefined ? undefined : context.dataFile(`${PANELS}/${profile}.json`);
  if (content === undefined || !isRecords(content))
    return `there is no profile "${profile}" of a panel that sends records`;
  return checkRecordProfile(profile!, content);
}

function isRecords(content: unknown): boolean {
  return (content as { protocol?: unknown } | undefined)?.protocol === "records";
}

function recordProfiles(context: SchemaContext): string[] {
  return context.dataNames(PANELS).filter((name) => isRecords(context.dataFile(`${PANELS}/${name}.json`)));
}

/** The page was checked before. */
function pointsOf(page: Page): NamedPoint[] {
  return expandPoints(
    Object.entries(page.points ?? {}).map(([name, { loop, device }]) => {
      const [first, last] = parseNumbers(device!);
      return { name, loop: loop ?? 0, kind: "device" as const, first, last };
    }),
  );
}

function pointsPlan(page: Page): PointsPlan {
  const points = pointsOf(page);
  const unlisted = { loop: 0, kind: "device", number: 0, name: { prefix: UNLISTED } } as const;
  return {
    count: points.length + 1,
    names: namesOf([...points, unlisted]),
    repeatMs: (page.repeatMinutes ?? DEFAULT_REPEAT_MINUTES) * MINUTE_MS,
  };
}

function compile(page: Page, context: SchemaContext): PlanMap {
  const profile = load(page, context);
  if (typeof profile === "string") throw new Error(profile);
  const { frame, fields, keepAlive } = profile;
  const settings = {
    profile: profile.id,
    start: hexBytes(frame.start),
    end: hexBytes(frame.end ?? ""),
    length: frame.length,
    gapMs: frame.gapMs,
    event: compileField(fields.event),
    ...(fields.loop === undefined ? {} : { loop: compileField(fields.loop) }),
    number: compileField(fields.device),
    ...(fields.text === undefined ? {} : { text: compileField(fields.text) }),
    events: profile.events.map(compileEvent),
    addresses: addressRows(pointsOf(page)),
    silenceMs: (page.silenceMinutes ?? 0) * MINUTE_MS,
    ...(keepAlive !== undefined && (page.allow ?? []).includes(KEEP_ALIVE)
      ? { keepAlive: { bytes: hexBytes(keepAlive.bytes), everyMs: keepAlive.everyMs } }
      : {}),
  };
  return settings as { [key: string]: PlanValue };
}

/** Points whose numbers follow each other are one row. */
function addressRows(points: readonly NamedPoint[]): [point: number, points: number, loop: number, number: number][] {
  const rows: [number, number, number, number][] = [];
  points.forEach(({ loop, number }, i) => {
    const last = rows.at(-1);
    if (last !== undefined && last[2] === loop && last[3] + last[1] === number) last[1]++;
    else rows.push([i, 1, loop, number]);
  });
  return rows;
}
