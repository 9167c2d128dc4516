/** A record panel's profile: the data file in manifests/panels with `protocol: records`, checked and compiled. Host only. */
import { Type } from "typebox";
import { Errors } from "typebox/value";
import { CONDITION_NAMES } from "../panel-points/conditions";
import { FieldForm, type RecordEvent, type RecordField } from "./record";

const strict = { additionalProperties: false } as const;
const Hex = Type.String({ pattern: "^([0-9A-F]{2})*$" });
const Range = Type.Object({ min: Type.Integer(), max: Type.Integer() }, strict);
const Count = Type.Integer({ minimum: 0, maximum: 255 });

const Field = Type.Object(
  {
    line: Type.Optional(Count),
    from: Count,
    length: Type.Optional(Type.Integer({ minimum: 1, maximum: 255 })),
    form: Type.Union([Type.Literal("bytes"), Type.Literal("decimal"), Type.Literal("bcd")]),
  },
  strict,
);
/** A number has a length: a simulated panel writes it. */
const NumberField = Type.Intersect([Field, Type.Object({ length: Type.Integer() })]);

const Condition = Type.Union(Object.keys(CONDITION_NAMES).map((name) => Type.Literal(name)));
const Event = Type.Object(
  {
    /** For people, in the panel's language; `bytes` is what counts. */
    text: Type.Optional(Type.String()),
    bytes: Hex,
    begins: Type.Optional(Condition),
    ends: Type.Optional(Condition),
    resets: Type.Optional(Type.Boolean()),
    sample: Hex,
  },
  strict,
);

const Profile = Type.Object(
  {
    id: Type.String(),
    title: Type.String(),
    protocol: Type.Literal("records"),
    /** Of the texts, for whoever reads them. */
    encoding: Type.Union([Type.Literal("gb18030"), Type.Literal("ascii"), Type.Literal("none")]),
    frame: Type.Object(
      {
        start: Type.String({ pattern: "^([0-9A-F]{2})+$" }),
        end: Type.Optional(Hex),
        length: Type.Integer({ minimum: 2, maximum: 512 }),
        gapMs: Type.Integer({ minimum: 1 }),
      },
      strict,
    ),
    fields: Type.Object(
      { event: Field, loop: Type.Optional(NumberField), device: NumberField, text: Type.Optional(Field) },
      strict,
    ),
    loops: Type.Optional(Range),
    numbers: Range,
    events: Type.Array(Event, { minItems: 1 }),
    keepAlive: Type.Optional(Type.Object({ bytes: Hex, everyMs: Type.Integer({ minimum: 100 }) }, strict)),
    facts: Type.Array(Type.Object({ fact: Type.String(), source: Type.String(), confidence: Type.String() }, strict), {
      minItems: 1,
    }),
  },
  strict,
);
export type RecordProfile = Type.Static<typeof Profile>;

/** The profile, or what is wrong with the file in one line. */
export function checkRecordProfile(name: string, content: unknown): RecordProfile | string {
  const file = `manifests/panels/${name}.json`;
  const [first] = Errors(Profile, content);
  if (first !== undefined) return `${file}${first.instancePath}: ${first.message}`;
  const profile = content as RecordProfile;
  if (profile.id !== name) return `${file}: its id is "${profile.id}"`;
  if ((profile.loops === undefined) !== (profile.fields.loop === undefined))
    return `${file}: loops and a field for the loop belong together`;
  return profile;
}

const FORMS: { readonly [name: string]: FieldForm } = FieldForm;

export function compileField(field: RecordProfile["fields"]["event"]): RecordField {
  return { ...field, form: FORMS[field.form] };
}

export function compileEvent(event: RecordProfile["events"][number]): RecordEvent {
  return {
    key: hexBytes(event.bytes),
    begins: event.begins === undefined ? 0 : CONDITION_NAMES[event.begins],
    ends: event.ends === undefined ? 0 : CONDITION_NAMES[event.ends],
    resets: event.resets === true,
    sample: hexBytes(event.sample),
  };
}

export function hexBytes(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}
