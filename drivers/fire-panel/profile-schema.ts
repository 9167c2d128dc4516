/** A panel's profile: the data file in manifests/panels, checked, and compiled to what a gateway needs. Host only. */
import { Type } from "typebox";
import { Errors } from "typebox/value";
import { PointCondition } from "./panel-state";
import type { RegisterMap } from "./register-map";

const Range = Type.Object({ min: Type.Integer(), max: Type.Integer() }, { additionalProperties: false });
const PointKind = Type.Object(
  { base: Type.Integer({ minimum: 0 }), perLoop: Type.Integer({ minimum: 1 }), numbers: Range },
  { additionalProperties: false },
);
const Bit = Type.Optional(Type.Integer({ minimum: 0, maximum: 15 }));
const EventClass = Type.Union([Type.Literal("fire"), Type.Literal("life"), Type.Literal("supervisory")]);
const Byte = "^[0-9A-F]{2}$";

const Profile = Type.Object(
  {
    id: Type.String(),
    title: Type.String(),
    protocol: Type.Literal("modbus"),
    functionCode: Type.Union([Type.Literal(3), Type.Literal(4)]),
    limits: Type.Object(
      { registersPerRead: Type.Integer({ minimum: 1, maximum: 125 }) },
      { additionalProperties: false },
    ),
    points: Type.Object({ detector: PointKind, module: PointKind }, { additionalProperties: false }),
    loops: Range,
    bits: Type.Object({ active: Bit, preAlarm: Bit, trouble: Bit, disabled: Bit }, { additionalProperties: false }),
    notProgrammed: Type.Optional(Type.String({ pattern: Byte })),
    events: Type.Record(Type.String({ pattern: Byte }), EventClass),
    otherEvent: EventClass,
    facts: Type.Array(
      Type.Object(
        { fact: Type.String(), source: Type.String(), confidence: Type.String() },
        { additionalProperties: false },
      ),
      { minItems: 1 },
    ),
  },
  { additionalProperties: false },
);
export type PanelProfile = Type.Static<typeof Profile>;

export const POINT_KINDS = ["detector", "module"] as const;
export type PointKindName = (typeof POINT_KINDS)[number];

const CONDITION_OF: { readonly [name in PanelProfile["otherEvent"]]: number } = {
  fire: PointCondition.fire,
  life: PointCondition.life,
  supervisory: PointCondition.supervisory,
};

/** The profile, or what is wrong with the file in one line. */
export function checkProfile(name: string, content: unknown): PanelProfile | string {
  const [first] = Errors(Profile, content);
  if (first !== undefined) return `manifests/panels/${name}.json${first.instancePath}: ${first.message}`;
  const profile = content as PanelProfile;
  if (profile.id !== name) return `manifests/panels/${name}.json: its id is "${profile.id}"`;
  return profile;
}

export type PointAddress = { readonly loop: number; readonly kind: PointKindName; readonly number: number };

/** Register of a point, counted from 0 as on the wire. */
export function registerOf(profile: PanelProfile, { loop, kind, number }: PointAddress): number {
  const { base, perLoop } = profile.points[kind];
  return base + perLoop * (loop - profile.loops.min) + (number - profile.points[kind].numbers.min);
}

export function compileMap({ bits, notProgrammed, events, otherEvent }: PanelProfile): RegisterMap {
  return {
    active: bits.active ?? -1,
    preAlarm: bits.preAlarm ?? -1,
    trouble: bits.trouble ?? -1,
    disabled: bits.disabled ?? -1,
    notProgrammed: notProgrammed === undefined ? -1 : Number.parseInt(notProgrammed, 16),
    events: Object.entries(events)
      .map(([type, name]) => [Number.parseInt(type, 16), CONDITION_OF[name]] as const)
      .sort(([a], [b]) => a - b),
    otherEvent: CONDITION_OF[otherEvent],
  };
}
