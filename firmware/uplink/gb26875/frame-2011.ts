/**
 * The frame of GB/T 26875.3-2011: control unit, application data unit, checksum, between two marks.
 *
 *   offset  0  2       4         6     12      18           24      26       27    27+n      28+n
 *          @@ serial  version   time  source  destination  length  command  unit  checksum  ##
 *
 * Liberal in what it reads: any version, any command, reserved bytes as they are. Strict in what it writes.
 */
import {
  type Codec,
  type Frame,
  FrameError,
  type FrameReceiver,
  type FrameSink,
  type Objects,
  type TimeTag,
  type Unit,
} from "./codec";
import { FIELD_BYTES, type FieldName, type Layout, layoutOf } from "./layout";
import { Receiver2011 } from "./receiver-2011";
import { ADDRESS_BYTES, MARK_END, MARK_START, MAX_UNIT_BYTES, Offset, OVERHEAD_BYTES, sumOf } from "./wire-2011";

/** A field's value before it is known to be one. */
type Value = unknown;
type Fields = { [name: string]: Value };

class Codec2011 implements Codec {
  readonly id = "gb26875.3-2011";
  readonly overheadBytes = OVERHEAD_BYTES;
  readonly maxUnitBytes = MAX_UNIT_BYTES;

  size(frame: Frame): number {
    return OVERHEAD_BYTES + unitBytes(frame.unit);
  }

  encode(frame: Frame, into: Uint8Array, at: number): number {
    const length = unitBytes(frame.unit);
    into[at] = into[at + 1] = MARK_START;
    writeNumber(into, at + Offset.serial, 2, frame.serial, "serial");
    writeNumber(into, at + Offset.version, 1, frame.version.main, "version.main");
    writeNumber(into, at + Offset.version + 1, 1, frame.version.user, "version.user");
    writeTime(into, at + Offset.time, frame.time, "time");
    writeBytes(into, at + Offset.source, ADDRESS_BYTES, frame.source, "source");
    writeBytes(into, at + Offset.destination, ADDRESS_BYTES, frame.destination, "destination");
    writeNumber(into, at + Offset.length, 2, length, "unit");
    writeNumber(into, at + Offset.command, 1, frame.command, "command");
    const end = writeUnit(into, at + Offset.unit, frame.unit);
    into[end] = sumOf(into, at + Offset.serial, end);
    into[end + 1] = into[end + 2] = MARK_END;
    return end + 3;
  }

  decode(bytes: Uint8Array, length: number): Frame {
    const end = checkFrame(bytes, length);
    return { ...this.decodeHead(bytes), unit: readUnit(bytes, Offset.unit, end) };
  }

  decodeHead(bytes: Uint8Array): Frame {
    return {
      serial: bytes[Offset.serial] | (bytes[Offset.serial + 1] << 8),
      version: { main: bytes[Offset.version], user: bytes[Offset.version + 1] },
      time: readTime(bytes, Offset.time),
      source: bytes.slice(Offset.source, Offset.source + ADDRESS_BYTES),
      destination: bytes.slice(Offset.destination, Offset.destination + ADDRESS_BYTES),
      command: bytes[Offset.command],
      unit: undefined,
    };
  }

  receiver(maxUnitBytes: number, sink: FrameSink): FrameReceiver {
    return new Receiver2011(maxUnitBytes, sink);
  }
}

export const codec2011: Codec = new Codec2011();

/** Marks, length and checksum. Returns the end of the unit. */
function checkFrame(bytes: Uint8Array, length: number): number {
  if (length < 1 || bytes[0] !== MARK_START) throw new FrameError("start", "a frame begins with 40 40 (@@)", 0);
  if (length < 2 || bytes[1] !== MARK_START) throw new FrameError("start", "a frame begins with 40 40 (@@)", 1);
  if (length < OVERHEAD_BYTES)
    throw new FrameError("short", `${length} bytes: the shortest frame has ${OVERHEAD_BYTES}`, length);
  const unit = bytes[Offset.length] | (bytes[Offset.length + 1] << 8);
  if (unit > MAX_UNIT_BYTES)
    throw new FrameError("long", `its unit would have ${unit} bytes; ${MAX_UNIT_BYTES} are allowed`, Offset.length);
  const whole = OVERHEAD_BYTES + unit;
  if (length < whole) throw new FrameError("short", `${length} bytes, but its length says ${whole}`, length);
  if (length > whole) throw new FrameError("long", `${length - whole} bytes stand behind the frame`, whole);
  const end = Offset.unit + unit;
  for (let at = end + 1; at < end + 3; at++)
    if (bytes[at] !== MARK_END)
      throw new FrameError("end", `a frame ends with 23 23 (##), not ${hexByte(bytes[at])}`, at);
  const sum = sumOf(bytes, Offset.serial, end);
  if (bytes[end] !== sum)
    throw new FrameError("checksum", `the checksum is ${hexByte(bytes[end])}, the bytes sum to ${hexByte(sum)}`, end);
  return end;
}

function readUnit(bytes: Uint8Array, at: number, end: number): Unit {
  if (at === end) return undefined;
  const type = bytes[at];
  const layout = layoutOf(type);
  if (layout === undefined) return { raw: bytes.slice(at, end) };
  if (end - at < 2) throw new FrameError("unit", `a unit of type ${type} ends before its count of objects`, end);
  const count = bytes[at + 1];
  if (count > layout.max)
    throw new FrameError("unit", `${count} objects; type ${type} has at most ${layout.max}`, at + 1);
  const objects: Fields[] = [];
  at += 2;
  for (let i = 0; i < count; i++) {
    const object: Fields = {};
    for (const name of layout.fields) {
      const length = name === "text" && at < end ? 1 + bytes[at] : FIELD_BYTES[name];
      if (at + length > end)
        throw new FrameError("unit", `the unit ends inside ${name} of object ${i + 1} of ${count}`, end, name);
      object[name] = readField(bytes, at, name, length);
      at += length;
    }
    objects.push(object);
  }
  if (at !== end) throw new FrameError("unit", `${end - at} bytes stand behind the ${count} objects of the unit`, at);
  return { type, objects } as unknown as Objects;
}

function readField(bytes: Uint8Array, at: number, name: FieldName, length: number): Value {
  switch (name) {
    case "place":
    case "label":
      return bytes.slice(at, at + length);
    case "text":
      return bytes.slice(at + 1, at + length);
    case "since":
    case "time":
      return readTime(bytes, at);
    case "value":
      return ((bytes[at] | (bytes[at + 1] << 8)) << 16) >> 16;
    default:
      return length === 1 ? bytes[at] : bytes[at] | (bytes[at + 1] << 8);
  }
}

function readTime(bytes: Uint8Array, at: number): TimeTag {
  return {
    second: bytes[at],
    minute: bytes[at + 1],
    hour: bytes[at + 2],
    day: bytes[at + 3],
    month: bytes[at + 4],
    year: bytes[at + 5],
  };
}

function unitBytes(unit: Unit): number {
  if (unit === undefined) return 0;
  const bytes = "raw" in unit ? unit.raw.length : objectsBytes(unit);
  if (bytes > MAX_UNIT_BYTES)
    throw new FrameError("field", `a unit of ${bytes} bytes; ${MAX_UNIT_BYTES} are allowed`, -1, "unit");
  return bytes;
}

function objectsBytes({ type, objects }: Objects): number {
  const layout = layoutOf(type);
  if (layout === undefined)
    throw new FrameError("field", `type ${type} has no known objects: give its bytes as raw`, -1, "unit.type");
  if (objects.length > layout.max)
    throw new FrameError(
      "field",
      `${objects.length} objects; type ${type} has at most ${layout.max}`,
      -1,
      "unit.objects",
    );
  let bytes = 2;
  for (const object of objects)
    for (const name of layout.fields)
      bytes += FIELD_BYTES[name] + (name === "text" ? lengthOf((object as Fields)[name]) : 0);
  return bytes;
}

function lengthOf(value: Value): number {
  return value instanceof Uint8Array ? value.length : 0;
}

function writeUnit(into: Uint8Array, at: number, unit: Unit): number {
  if (unit === undefined) return at;
  if ("raw" in unit) {
    checkRaw(unit.raw);
    into.set(unit.raw, at);
    return at + unit.raw.length;
  }
  const { type, objects } = unit;
  const layout = layoutOf(type)!;
  into[at++] = type;
  into[at++] = objects.length;
  for (let i = 0; i < objects.length; i++)
    at = writeObject(into, at, objects[i] as Fields, layout, `unit.objects[${i}]`);
  return at;
}

/** Bytes of a known type as raw would come back as objects, or not at all. */
function checkRaw(raw: Uint8Array): void {
  if (raw.length === 0) throw new FrameError("field", "a raw unit has its type flag at least", -1, "unit.raw");
  if (layoutOf(raw[0]) !== undefined)
    throw new FrameError("field", `type ${raw[0]} has known objects: give them instead of raw bytes`, -1, "unit.raw");
}

function writeObject(into: Uint8Array, at: number, object: Fields, layout: Layout, path: string): number {
  for (const name of layout.fields) {
    const value = object[name];
    const field = `${path}.${name}`;
    switch (name) {
      case "place":
      case "label":
        at = writeBytes(into, at, FIELD_BYTES[name], value, field);
        break;
      case "text":
        at = writeText(into, at, value, field);
        break;
      case "since":
      case "time":
        at = writeTime(into, at, value, field);
        break;
      default:
        at = writeNumber(into, at, FIELD_BYTES[name], value, field, name === "value");
    }
  }
  return at;
}

function writeNumber(into: Uint8Array, at: number, bytes: number, value: Value, field: string, signed = false): number {
  const span = bytes === 1 ? 0x100 : 0x10000;
  const min = signed ? -span / 2 : 0;
  const max = min + span - 1;
  if (typeof value !== "number" || (value | 0) !== value || value < min || value > max)
    throw new FrameError("field", `${String(value)} is not a whole number from ${min} to ${max}`, -1, field);
  into[at] = value & 0xff;
  if (bytes === 2) into[at + 1] = (value >> 8) & 0xff;
  return at + bytes;
}

function writeBytes(into: Uint8Array, at: number, bytes: number, value: Value, field: string): number {
  if (!(value instanceof Uint8Array) || value.length !== bytes)
    throw new FrameError("field", `${bytes} bytes are wanted`, -1, field);
  into.set(value, at);
  return at + bytes;
}

function writeText(into: Uint8Array, at: number, value: Value, field: string): number {
  if (!(value instanceof Uint8Array) || value.length > 255)
    throw new FrameError("field", "up to 255 bytes are wanted", -1, field);
  into[at] = value.length;
  into.set(value, at + 1);
  return at + 1 + value.length;
}

function writeTime(into: Uint8Array, at: number, value: Value, field: string): number {
  if (typeof value !== "object" || value === null) throw new FrameError("field", "a time is wanted", -1, field);
  const time = value as TimeTag;
  writeNumber(into, at, 1, time.second, `${field}.second`);
  writeNumber(into, at + 1, 1, time.minute, `${field}.minute`);
  writeNumber(into, at + 2, 1, time.hour, `${field}.hour`);
  writeNumber(into, at + 3, 1, time.day, `${field}.day`);
  writeNumber(into, at + 4, 1, time.month, `${field}.month`);
  return writeNumber(into, at + 5, 1, time.year, `${field}.year`);
}

function hexByte(byte: number): string {
  return byte < 16 ? `0${byte.toString(16)}` : byte.toString(16);
}
