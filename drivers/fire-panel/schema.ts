/** The fire panel's page of a site manifest. */
import { Type } from "typebox";
import type { PlanMap } from "../plan";
import { type DriverSchema, ON_CHANGE, type PageProblem, type SchemaContext } from "../schema";
import { planBlocks } from "./blocks";
import { ALL_CONDITIONS, REPORTED_CONDITIONS } from "./panel-state";
import {
  checkProfile,
  compileMap,
  type PanelProfile,
  POINT_KINDS,
  type PointAddress,
  registerOf,
} from "./profile-schema";

type PointPage = { readonly loop?: number; readonly detector?: number; readonly module?: number };
type Page = {
  readonly profile?: string;
  readonly unit?: number;
  readonly points?: { readonly [name: string]: PointPage };
};

const PANELS = "panels";
/** Names become SenML record names. */
const NAME = "^[A-Za-z0-9][A-Za-z0-9_-]*$";

const PointSchema = Type.Object(
  {
    loop: Type.Integer({ minimum: 1, description: "Loop of the panel that the point hangs on." }),
    detector: Type.Optional(Type.Integer({ minimum: 1, description: "Number of the detector on its loop." })),
    module: Type.Optional(Type.Integer({ minimum: 1, description: "Number of the module on its loop." })),
  },
  { additionalProperties: false },
);

export const schema: DriverSchema = {
  driver: "fire-panel",
  summary: "A fire panel on Modbus RTU, read only, by the profile of its make",
  bus: ["serial"],
  page: Type.Object({
    profile: Type.String({
      description: "What the panel's registers mean: a file in manifests/panels, without .json.",
    }),
    unit: Type.Integer({ minimum: 1, maximum: 247, description: "Modbus unit (slave address) of the panel." }),
    points: Type.Record(Type.String({ pattern: NAME }), PointSchema, {
      additionalProperties: false,
      description: "Points to watch, each under a name of yours: a loop, and a detector or a module on it.",
    }),
  }),
  defaultEveryMs: 1000,
  edges: () => REPORTED_CONDITIONS.map((condition) => condition.class),
  channels: (page) =>
    Object.keys((page as Page).points ?? {}).map((name) => ({
      name,
      unit: "",
      min: 0,
      max: ALL_CONDITIONS,
      filters: ON_CHANGE,
    })),
  check: (page, context) => check(page as Page, context),
  busAddress: (page) => String((page as Page).unit),
  settings: (page, context) => compile(page as Page, context),
};

function check(page: Page, context: SchemaContext): PageProblem[] {
  const profile = load(page, context);
  if (typeof profile === "string")
    return [{ path: ["profile"], message: profile, expected: expectedProfiles(context) }];
  const points = Object.entries(page.points ?? {});
  if (points.length === 0) return [{ path: ["points"], message: "a panel without points has nothing to say" }];
  const problems: PageProblem[] = [];
  const users = new Map<number, string>();
  for (const [name, point] of points) {
    const path = ["points", name];
    const address = addressOf(point);
    const problem =
      address === undefined
        ? { path, message: `"${name}" needs a detector or a module, and not both` }
        : outOfRange(path, address, profile);
    if (problem !== undefined) {
      problems.push(problem);
      continue;
    }
    const register = registerOf(profile, address!);
    const other = users.get(register);
    if (other !== undefined)
      problems.push({ path, message: `"${name}" and "${other}" are the same point of the panel` });
    users.set(register, name);
  }
  return problems;
}

function outOfRange(
  path: readonly string[],
  { loop, kind, number }: PointAddress,
  profile: PanelProfile,
): PageProblem | undefined {
  const { loops, points } = profile;
  if (loop < loops.min || loop > loops.max)
    return {
      path: [...path, "loop"],
      message: `this panel has no loop ${loop}`,
      expected: `${loops.min} to ${loops.max}`,
    };
  const { min, max } = points[kind].numbers;
  if (number < min || number > max)
    return { path: [...path, kind], message: `a loop has no ${kind} ${number}`, expected: `${min} to ${max}` };
  return undefined;
}

function addressOf({ loop, detector, module }: PointPage): PointAddress | undefined {
  if (loop === undefined || (detector === undefined) === (module === undefined)) return undefined;
  return detector !== undefined
    ? { loop, kind: POINT_KINDS[0], number: detector }
    : { loop, kind: POINT_KINDS[1], number: module! };
}

function load({ profile }: Page, context: SchemaContext): PanelProfile | string {
  const content = profile === undefined ? undefined : context.dataFile(`${PANELS}/${profile}.json`);
  return content === undefined ? `there is no panel profile "${profile}"` : checkProfile(profile!, content);
}

function expectedProfiles(context: SchemaContext): string {
  return `one of ${context.dataNames(PANELS).join(", ")}`;
}

/** The page was checked before. */
function compile(page: Page, context: SchemaContext): PlanMap {
  const profile = load(page, context);
  if (typeof profile === "string") throw new Error(profile);
  const registers = Object.values(page.points ?? {}).map((point) => registerOf(profile, addressOf(point)!));
  return {
    profile: profile.id,
    unit: page.unit ?? 1,
    functionCode: profile.functionCode,
    registers,
    blocks: planBlocks(registers, profile.limits.registersPerRead),
    map: compileMap(profile),
  };
}
