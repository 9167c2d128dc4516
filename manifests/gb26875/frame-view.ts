/**
 * A frame as people and programs read it: every field, with the name of its number beside it. `frame-reader.ts` reads it back.
 *
 * Where a number has a name, both stand: `{ "code": 40, "name": "smoke-detector" }`, `{ "bits": 2, "set": ["fire"] }`.
 */
import type { Frame, TimeTag, Unit } from "../../firmware/uplink/gb26875/codec";
import type { FieldName } from "../../firmware/uplink/gb26875/layout";
import { OVERHEAD_BYTES } from "../../firmware/uplink/gb26875/wire-2011";
import { decodeGb18030, encodeGb18030 } from "../gb18030";
import { ANALOG_NAMES, TABLES } from "./tables";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type JsonMap = { readonly [key: string]: Json };

/** @param bytes of the frame, for its length and checksum; both are computed anew when it is written */
export function viewFrame(frame: Frame, bytes: Uint8Array): JsonMap {
  return {
    format: TABLES.id,
    serial: frame.serial,
    version: frame.version,
    time: viewTime(frame.time),
    source: viewAddress(frame.source),
    destination: viewAddress(frame.destination),
    command: coded(frame.command, TABLES.commands),
    unit: viewUnit(frame.unit),
    length: bytes.length - OVERHEAD_BYTES,
    checksum: hexOf(bytes.subarray(bytes.length - 3, bytes.length - 2)),
  };
}

/** One line a field: its path, its value, its name. */
export function frameLines(view: Json, path = ""): string[] {
  if (Array.isArray(view) && view.some((one) => typeof one === "object"))
    return view.flatMap((one, i) => frameLines(one as Json, `${path}[${i}]`));
  if (view !== null && typeof view === "object" && !Array.isArray(view)) {
    const entries = Object.entries(view as JsonMap);
    if (!entries.some(([key]) => LEAVES.includes(key)))
      return entries.flatMap(([key, inner]) => frameLines(inner, path === "" ? key : `${path}.${key}`));
    return [
      `${path}: ${entries.map(([key, inner]) => `${show(inner)}${key === "padding" ? " (padding)" : ""}`).join("  ")}`,
    ];
  }
  return [`${path}: ${show(view)}`];
}

/** Keys of what counts as one field. */
const LEAVES = ["code", "bits", "bytes", "number", "raw", "text"];

function show(value: Json): string {
  if (Array.isArray(value)) return value.length === 0 ? "-" : value.map(show).join(" ");
  if (value === null) return "none";
  // Control characters would move the cursor.
  return String(value).replace(/\p{Cc}/gu, (control) => JSON.stringify(control).slice(1, -1));
}

function viewUnit(unit: Unit): Json {
  if (unit === undefined) return null;
  if ("raw" in unit) return { type: coded(unit.raw[0], TABLES.types), raw: hexOf(unit.raw) };
  return {
    type: coded(unit.type, TABLES.types),
    objects: unit.objects.map((object) => viewObject(unit.type, object as unknown as Fields)),
  };
}

type Fields = { readonly [name in FieldName]: never };

function viewObject(type: number, object: Fields): JsonMap {
  return Object.fromEntries(
    Object.entries(object).map(([name, value]) => [name, viewField(type, name as FieldName, value, object)]),
  );
}

function viewField(type: number, name: FieldName, value: unknown, object: Fields): Json {
  switch (name) {
    case "system":
      return coded(value as number, TABLES.systems);
    case "component":
      return coded(value as number, TABLES.components);
    case "place":
      return viewPlace(value as Uint8Array);
    case "state":
    case "transmitter":
    case "operation":
      return bitSet(value as number, bitNames(type, name));
    case "label":
      return viewLabel(value as Uint8Array);
    case "text":
      return viewText(value as Uint8Array);
    case "analog":
      return coded(value as number, ANALOG_NAMES);
    case "value":
      return viewValue(value as number, object.analog);
    case "since":
    case "time":
      return viewTime(value as TimeTag);
    default:
      return value as number;
  }
}

/** Names by bit of a set that a type has. */
export function bitNames(type: number, name: FieldName): readonly string[] {
  if (name === "transmitter") return TABLES.transmitterState;
  if (name === "operation") return type === 4 ? TABLES.systemOperation : TABLES.transmitterOperation;
  return type === 1 ? TABLES.systemState : TABLES.componentState;
}

function coded(code: number, names: { readonly [code: string]: string }): JsonMap {
  return { code, name: names[code] ?? (code >= 128 ? "user" : "reserved") };
}

export function bitSet(bits: number, names: readonly string[]): JsonMap {
  const set: string[] = [];
  for (let bit = 0; bit < 16; bit++) if ((bits >> bit) & 1) set.push(names[bit] ?? `bit-${bit}`);
  return { bits, set };
}

function viewAddress(bytes: Uint8Array): JsonMap {
  return { bytes: hexOf(bytes), number: Buffer.from(bytes).readUIntLE(0, 6) };
}

function viewPlace(bytes: Uint8Array): JsonMap {
  const view = Buffer.from(bytes);
  return { bytes: hexOf(bytes), area: view.readUInt16LE(0), number: view.readUInt16LE(2) };
}

/** With one kind of padding text and padding say it all; otherwise the bytes stand beside it. */
function viewLabel(bytes: Uint8Array): JsonMap {
  const padding = bytes.at(-1)!;
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === padding) end--;
  const text = padding === 0 || padding === 0x20 ? honestText(bytes.subarray(0, end)) : undefined;
  if (text !== undefined && (end === 0 || (bytes[end - 1] !== 0 && bytes[end - 1] !== 0x20)))
    return { text, padding: hexOf(Uint8Array.of(padding)) };
  const shown = decodeGb18030(bytes);
  return shown === undefined ? { bytes: hexOf(bytes) } : { bytes: hexOf(bytes), text: shown };
}

function viewText(bytes: Uint8Array): JsonMap {
  const text = honestText(bytes);
  return text === undefined ? { bytes: hexOf(bytes) } : { text };
}

/** The text of the bytes, when it gives the same bytes again. */
function honestText(bytes: Uint8Array): string | undefined {
  const text = decodeGb18030(bytes);
  const again = text === undefined ? undefined : encodeGb18030(text);
  return again !== undefined && Buffer.from(again).equals(bytes) ? text : undefined;
}

function viewValue(raw: number, analog: number): JsonMap {
  const kind = TABLES.analogs[analog];
  return kind === undefined ? { raw } : { raw, value: Number((raw * kind.step).toPrecision(8)), unit: kind.unit };
}

/** `2012-09-26 09:58:02`; as bytes where the parts are no date. */
export function viewTime(tag: TimeTag): Json {
  const { year, month, day, hour, minute, second } = tag;
  const whole = new Date(Date.UTC(2000 + year, month - 1, day, hour, minute, second));
  const real =
    whole.getUTCMonth() === month - 1 && whole.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  if (!real) return { bytes: hexOf(Uint8Array.of(second, minute, hour, day, month, year)) };
  const two = (part: number) => String(part).padStart(2, "0");
  return `${2000 + year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}:${two(second)}`;
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
