/** Frames of every kind, for properties. */
import fc from "fast-check";
import type { Frame, TimeTag, Unit } from "./codec";
import { FIELD_BYTES, type FieldName, LAYOUTS, layoutOf, type TypeFlag } from "./layout";

const byte = fc.integer({ min: 0, max: 255 });
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const time: fc.Arbitrary<TimeTag> = fc.record({
  second: byte,
  minute: byte,
  hour: byte,
  day: byte,
  month: byte,
  year: byte,
});

function field(name: FieldName): fc.Arbitrary<unknown> {
  switch (name) {
    case "place":
    case "label":
      return bytes(FIELD_BYTES[name]);
    case "text":
      return fc.uint8Array({ maxLength: 255 });
    case "since":
    case "time":
      return time;
    case "value":
      return fc.integer({ min: -32_768, max: 32_767 });
    default:
      return FIELD_BYTES[name] === 1 ? byte : fc.integer({ min: 0, max: 65_535 });
  }
}

export const FLAGS: readonly TypeFlag[] = Object.keys(LAYOUTS).map((flag) => Number(flag) as TypeFlag);

export function objectsOf(type: TypeFlag): fc.Arbitrary<Unit> {
  const { fields, max } = LAYOUTS[type];
  const object = fc.record(Object.fromEntries(fields.map((name: FieldName) => [name, field(name)])));
  return fc.array(object, { maxLength: max, size: "medium" }).map((objects) => ({ type, objects }) as unknown as Unit);
}

export const anyUnit: fc.Arbitrary<Unit> = fc.oneof(
  fc.constant(undefined),
  fc.constantFrom(...FLAGS).chain(objectsOf),
  fc
    .tuple(
      byte.filter((flag) => layoutOf(flag) === undefined),
      fc.uint8Array({ maxLength: 1023 }),
    )
    .map(([flag, rest]) => ({ raw: Uint8Array.of(flag, ...rest) })),
);

export const anyFrame: fc.Arbitrary<Frame> = fc.record({
  serial: fc.integer({ min: 0, max: 65_535 }),
  version: fc.record({ main: byte, user: byte }),
  time,
  source: bytes(6),
  destination: bytes(6),
  command: byte,
  unit: anyUnit,
});
