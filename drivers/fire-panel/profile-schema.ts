/** A panel's profile: the data file in manifests/panels, checked. Host only; manifests/panels/README.md says what the keys mean. */
import { Type } from "typebox";
import { Errors } from "typebox/value";
import { CONDITION_NAMES } from "../panel-points/conditions";
import { COMMAND_EFFECTS } from "./layout";

const strict = { additionalProperties: false } as const;
const Range = Type.Object({ min: Type.Integer(), max: Type.Integer() }, strict);
/** Words of a manual are hexadecimal as a rule. */
const Word = Type.String({ pattern: "^[0-9A-F]{1,4}$" });

/** What a manual calls the things that a panel reports. A site's point names one of them with its number. */
export const POINT_KINDS = [
  "detector",
  "module",
  "device",
  "zone",
  "control",
  "control-channel",
  "section",
  "supply",
  "hardware",
  "node",
  "panel",
] as const;
export type PointKindName = (typeof POINT_KINDS)[number];

/** Modbus tables, with the function code that reads them. */
export const TABLES: { readonly [name: string]: 1 | 2 | 3 | 4 } = { coil: 1, discrete: 2, holding: 3, input: 4 };
const Table = Type.Union(["coil", "discrete", "holding", "input"].map((name) => Type.Literal(name)));

const Field = Type.Object(
  {
    table: Table,
    base: Type.Integer({ minimum: 0, maximum: 65_535 }),
    perLoop: Type.Optional(Type.Integer({ minimum: 1 })),
    /** Bits of a point in a register; whole registers when left out. */
    bits: Type.Optional(Type.Union([1, 2, 4, 8, 16].map((bits) => Type.Literal(bits)))),
    highFirst: Type.Optional(Type.Boolean()),
    /** Fields of the first register that belong to no point. */
    skip: Type.Optional(Type.Integer({ minimum: 0, maximum: 15 })),
    meaning: Type.String(),
  },
  strict,
);

const Condition = Type.Union([...Object.keys(CONDITION_NAMES), "quiet"].map((name) => Type.Literal(name)));
const Rule = Type.Object(
  {
    bits: Type.Optional(Word),
    equals: Type.Optional(Word),
    from: Type.Optional(Word),
    to: Type.Optional(Word),
    is: Type.Union([Condition, Type.Array(Condition)]),
    clears: Type.Optional(Word),
  },
  strict,
);
const Meaning = Type.Object(
  { quiet: Type.Optional(Word), rules: Type.Array(Type.Union([Rule, Type.Array(Rule)])) },
  strict,
);

/** `at`: the register's address, or the table of points, one register each, that the command is written to. */
const Command = Type.Object(
  {
    base: Type.Integer({ minimum: 0, maximum: 65_535 }),
    perLoop: Type.Optional(Type.Integer({ minimum: 1 })),
    value: Type.Integer({ minimum: 0, maximum: 65_535 }),
    /** Kind of the points that it is for; the whole panel when left out. */
    of: Type.Optional(Type.Array(Type.Union(POINT_KINDS.map((kind) => Type.Literal(kind))))),
    effect: Type.Union(COMMAND_EFFECTS.map((effect) => Type.Literal(effect))),
  },
  strict,
);

const Fact = Type.Object({ fact: Type.String(), source: Type.String(), confidence: Type.String() }, strict);

const Kind = Type.Object({ numbers: Range, fields: Type.Array(Field, { minItems: 1 }) }, strict);

const Profile = Type.Object(
  {
    id: Type.String(),
    title: Type.String(),
    protocol: Type.Literal("modbus"),
    transports: Type.Array(Type.Union([Type.Literal("serial"), Type.Literal("tcp")]), { minItems: 1 }),
    limits: Type.Object({ registersPerRead: Type.Integer({ minimum: 1, maximum: 125 }) }, strict),
    loops: Type.Optional(Range),
    points: Type.Object(Object.fromEntries(POINT_KINDS.map((kind) => [kind, Type.Optional(Kind)])), strict),
    meanings: Type.Record(Type.String(), Meaning),
    commands: Type.Optional(Type.Record(Type.String(), Command)),
    facts: Type.Array(Fact, { minItems: 1 }),
  },
  strict,
);
export type PanelProfile = Omit<Type.Static<typeof Profile>, "points"> & {
  readonly points: { readonly [kind in PointKindName]?: PointKind };
};
export type PanelCommand = Type.Static<typeof Command>;
export type PointKind = Type.Static<typeof Kind>;
export type PointField = Type.Static<typeof Field>;
export type PointRule = Type.Static<typeof Rule>;
export type PointMeaning = Type.Static<typeof Meaning>;

/** The profile, or what is wrong with the file in one line. */
export function checkProfile(name: string, content: unknown): PanelProfile | string {
  const file = `manifests/panels/${name}.json`;
  const [first] = Errors(Profile, content);
  if (first !== undefined) return `${file}${first.instancePath}: ${first.message}`;
  const profile = content as PanelProfile;
  if (profile.id !== name) return `${file}: its id is "${profile.id}"`;
  for (const [kind, { fields }] of Object.entries(profile.points))
    for (const { meaning, perLoop } of fields) {
      if (!Object.hasOwn(profile.meanings, meaning)) return `${file}/points/${kind}: there is no meaning "${meaning}"`;
      if (perLoop !== undefined && profile.loops === undefined)
        return `${file}/points/${kind}: perLoop is for a panel with loops`;
    }
  return profile;
}

/** A point of a site: which of the panel's. */
export type PointAddress = { readonly loop: number; readonly kind: PointKindName; readonly number: number };

/** A range of points, and what it is called: `name` for one, `name` with the number behind it for several. */
export type PointEntry = {
  readonly name: string;
  readonly loop: number;
  readonly kind: PointKindName;
  readonly first: number;
  readonly last: number;
};
