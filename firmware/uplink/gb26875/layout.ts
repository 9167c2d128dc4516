/**
 * What an application data unit of GB/T 26875.3-2011 can hold, as data: for each type flag its direction, how many
 * objects one unit may have, and the fields of an object in the order of the wire. Whoever adds a type adds a line here.
 */

/** Bytes of each field; `text` has a length byte and then as many bytes as that says. Multi-byte numbers are little-endian. */
export const FIELD_BYTES = {
  /** Kind of facility: fire alarm system, sprinkler, .... */
  system: 1,
  /** Number of the facility on this transmitter. */
  systemAddress: 1,
  /** Kind of component: smoke detector, call point, ... */
  component: 1,
  /** Zone or loop number, then point number; vendors pack it in ways of their own, so the bytes are kept as they are. */
  place: 4,
  /** Set of conditions, 16 bits. */
  state: 2,
  /** Description, GB18030, padded with 00 or 20. */
  label: 31,
  /** Kind of quantity; its step is the table's. */
  analog: 1,
  /** Signed; times the step of the quantity. */
  value: 2,
  /** What an operator did, 8 bits. */
  operation: 1,
  operator: 1,
  major: 1,
  minor: 1,
  /** GB18030, of up to 255 bytes. */
  text: 1,
  /** Set of conditions of the transmitter itself, 8 bits. */
  transmitter: 1,
  /** How many records are wanted. */
  records: 1,
  since: 6,
  time: 6,
  /** Of a duty check: how long the operator has; 0 in the standard's text, minutes in the field. */
  minutes: 1,
  /** 0; kept, because some send others. */
  reserved: 1,
} as const;
export type FieldName = keyof typeof FIELD_BYTES;

/** What has more than one byte and is no number. */
export type BytesField = "place" | "label" | "text";
export type TimeField = "since" | "time";

export type Layout = {
  /** `up` is from the transmitter to the centre. */
  readonly way: "up" | "down";
  /** Objects in one unit: 1024 bytes bound it as well. */
  readonly max: number;
  readonly fields: readonly FieldName[];
};

const SYSTEM = ["system", "systemAddress"] as const;
const COMPONENT = [...SYSTEM, "component", "place"] as const;
/** What a centre asks about: it names no kind of component. */
const PLACE = [...SYSTEM, "place"] as const;

export const LAYOUTS = {
  1: { way: "up", max: 102, fields: [...SYSTEM, "state", "time"] },
  2: { way: "up", max: 22, fields: [...COMPONENT, "state", "label", "time"] },
  3: { way: "up", max: 63, fields: [...COMPONENT, "analog", "value", "time"] },
  4: { way: "up", max: 102, fields: [...SYSTEM, "operation", "operator", "time"] },
  5: { way: "up", max: 1, fields: [...SYSTEM, "major", "minor"] },
  6: { way: "up", max: 3, fields: [...SYSTEM, "text"] },
  7: { way: "up", max: 26, fields: [...COMPONENT, "label"] },
  8: { way: "up", max: 1, fields: [...SYSTEM, "time"] },
  21: { way: "up", max: 1, fields: ["transmitter", "time"] },
  24: { way: "up", max: 127, fields: ["operation", "operator", "time"] },
  25: { way: "up", max: 1, fields: ["major", "minor"] },
  26: { way: "up", max: 1, fields: ["text"] },
  28: { way: "up", max: 1, fields: ["time"] },
  61: { way: "down", max: 102, fields: SYSTEM },
  62: { way: "down", max: 22, fields: PLACE },
  63: { way: "down", max: 63, fields: PLACE },
  64: { way: "down", max: 1, fields: [...SYSTEM, "records", "since"] },
  65: { way: "down", max: 1, fields: SYSTEM },
  66: { way: "down", max: 3, fields: SYSTEM },
  67: { way: "down", max: 26, fields: PLACE },
  68: { way: "down", max: 1, fields: SYSTEM },
  81: { way: "down", max: 1, fields: ["reserved"] },
  84: { way: "down", max: 1, fields: ["records", "since"] },
  85: { way: "down", max: 1, fields: ["reserved"] },
  86: { way: "down", max: 1, fields: ["reserved"] },
  88: { way: "down", max: 1, fields: ["reserved"] },
  89: { way: "down", max: 1, fields: ["reserved"] },
  // Frames in the field carry the time; one transcription of the standard says "reserved" here.
  90: { way: "down", max: 1, fields: ["time"] },
  91: { way: "down", max: 1, fields: ["minutes"] },
} as const satisfies { readonly [flag: number]: Layout };

/** Type flags that have a layout; 128 to 254 are users' own, all others are reserved. */
export type TypeFlag = keyof typeof LAYOUTS;

export const Type = {
  systemState: 1,
  componentState: 2,
  componentAnalog: 3,
  systemOperation: 4,
  systemVersion: 5,
  systemText: 6,
  componentText: 7,
  systemTime: 8,
  transmitterState: 21,
  transmitterOperation: 24,
  transmitterVersion: 25,
  transmitterText: 26,
  transmitterTime: 28,
  readSystemState: 61,
  readComponentState: 62,
  readComponentAnalog: 63,
  readSystemOperation: 64,
  readSystemVersion: 65,
  readSystemText: 66,
  readComponentText: 67,
  readSystemTime: 68,
  readTransmitterState: 81,
  readTransmitterOperation: 84,
  readTransmitterVersion: 85,
  readTransmitterText: 86,
  readTransmitterTime: 88,
  initialise: 89,
  setClock: 90,
  dutyCheck: 91,
} as const;

/** `undefined` for flags that are reserved or a user's own. */
export function layoutOf(flag: number): Layout | undefined {
  return (LAYOUTS as { readonly [flag: number]: Layout })[flag];
}
