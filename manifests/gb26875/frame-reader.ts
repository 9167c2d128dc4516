/**
 * From what a person or a program wrote about a frame (`frame-view.ts`) to the frame: numbers or their names, texts or bytes.
 * Both may stand; then they must agree. Everything that is wrong is told at once, with its place.
 */
import type { Frame, TimeTag, Unit } from "../../firmware/uplink/gb26875/codec";
import { FIELD_BYTES, type FieldName, layoutOf } from "../../firmware/uplink/gb26875/layout";
import { clip, type Diagnostic, nearest } from "../diagnostic";
import { encodeGb18030 } from "../gb18030";
import type { Path } from "../source";
import { bitNames, hexOf } from "./frame-view";
import { ANALOG_NAMES, codeOf, TABLES } from "./tables";

export type Report = (path: Path, message: string, more?: Partial<Diagnostic>) => void;

type Map = { readonly [key: string]: unknown };

const HEAD_KEYS = ["serial", "version", "time", "source", "destination", "command", "unit"];
/** Written by a decoder, computed anew here. */
const COMPUTED_KEYS = ["format", "length", "checksum"];

/** `undefined` where something is wrong, which was reported. */
export function readFrame(value: unknown, report: Report): Frame | undefined {
  const reader = new Reader(report);
  const frame = reader.frame(value);
  return reader.failed ? undefined : frame;
}

class Reader {
  failed = false;
  readonly #report: Report;

  constructor(report: Report) {
    this.#report = report;
  }

  frame(value: unknown): Frame {
    const map = this.#map([], value, [...HEAD_KEYS, ...COMPUTED_KEYS]);
    if (map["format"] !== undefined && map["format"] !== TABLES.id)
      this.#wrong(["format"], `this format is not known here`, TABLES.id);
    const version =
      map["version"] === undefined ? { main: 1, user: 1 } : this.#map(["version"], map["version"], ["main", "user"]);
    return {
      serial: this.#number(["serial"], map["serial"], 0, 0xffff),
      version: {
        main: this.#number(["version", "main"], version["main"], 0, 0xff),
        user: this.#number(["version", "user"], version["user"], 0, 0xff),
      },
      time: this.#time(["time"], map["time"]),
      source: this.#address(["source"], map["source"]),
      destination: this.#address(["destination"], map["destination"]),
      command: this.#coded(["command"], map["command"], TABLES.commands, "command"),
      unit: this.#unit(["unit"], map["unit"]),
    };
  }

  #wrong(path: Path, message: string, expected?: string, more: Partial<Diagnostic> = {}): void {
    this.failed = true;
    this.#report(path, message, { ...(expected === undefined ? {} : { expected }), ...more });
  }

  #map(path: Path, value: unknown, keys: readonly string[]): Map {
    if (value === null || typeof value !== "object" || Array.isArray(value)) {
      this.#wrong(path, "this is no object", `an object with ${keys.join(", ")}`);
      return {};
    }
    for (const key of Object.keys(value))
      if (!keys.includes(key)) this.#wrong([...path, key], `unknown key "${clip(key)}"`, undefined, nearest(key, keys));
    return value as Map;
  }

  #number(path: Path, value: unknown, min: number, max: number): number {
    if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
    const what = value === undefined ? "this number is missing" : `${clip(JSON.stringify(value))} is not valid here`;
    this.#wrong(path, what, `a whole number from ${min} to ${max}`);
    return 0;
  }

  /** A number, its name, or both. */
  #coded(path: Path, value: unknown, names: { readonly [code: string]: string }, what: string): number {
    if (typeof value === "string") return this.#named(path, value, names, what);
    if (value === null || typeof value !== "object") return this.#number(path, value, 0, 0xff);
    const { code, name } = this.#map(path, value, ["code", "name"]);
    if (code === undefined && typeof name === "string") return this.#named([...path, "name"], name, names, what);
    const number = this.#number([...path, "code"], code, 0, 0xff);
    const known = names[number];
    if (name !== undefined && known !== undefined && name !== known)
      this.#wrong([...path, "name"], `${what} ${number} is not ${clip(JSON.stringify(name))}`, known);
    return number;
  }

  #named(path: Path, name: string, names: { readonly [code: string]: string }, what: string): number {
    const code = codeOf(names, name);
    if (code === undefined) this.#wrong(path, `there is no ${what} "${clip(name)}"`, undefined, helpWith(name, names));
    return code ?? 0;
  }

  /** A number, a list of names, or both. */
  #bits(path: Path, value: unknown, max: number, names: readonly string[]): number {
    if (typeof value === "number") return this.#number(path, value, 0, max);
    if (Array.isArray(value)) return this.#setOf(path, value, names);
    const { bits, set } = this.#map(path, value, ["bits", "set"]);
    if (bits === undefined && Array.isArray(set)) return this.#setOf([...path, "set"], set, names);
    const number = this.#number([...path, "bits"], bits, 0, max);
    if (Array.isArray(set) && !this.failed && this.#setOf([...path, "set"], set, names) !== number)
      this.#wrong([...path, "set"], `these are not the bits of ${number}`);
    return number;
  }

  #setOf(path: Path, set: readonly unknown[], names: readonly string[]): number {
    let bits = 0;
    set.forEach((name, i) => {
      const numbered = /^bit-(\d|1[0-5])$/.exec(String(name));
      const bit = numbered === null ? names.indexOf(String(name)) : Number(numbered[1]);
      if (bit < 0)
        this.#wrong(
          [...path, i],
          `there is no condition "${clip(String(name))}"`,
          undefined,
          nearest(String(name), names),
        );
      else bits |= 1 << bit;
    });
    return bits;
  }

  /** @param length in bytes; any up to 1024 where it is left out */
  #hex(path: Path, value: unknown, length?: number): Uint8Array {
    const digits = typeof value === "string" ? value.replaceAll(" ", "") : "";
    const most = length ?? 1024;
    const fits = length === undefined ? digits.length > 0 && digits.length <= 2 * most : digits.length === 2 * length;
    if (!/^([0-9a-f]{2})*$/i.test(digits) || !fits) {
      const many = length === undefined ? `1 to ${most}` : `${length}`;
      this.#wrong(
        path,
        `${clip(JSON.stringify(value) ?? "nothing")} is not valid here`,
        `${many} bytes in hexadecimal`,
      );
      return new Uint8Array(length ?? 0);
    }
    return Uint8Array.from(Buffer.from(digits, "hex"));
  }

  /** A number, bytes in the order of the wire, or both. */
  #address(path: Path, value: unknown): Uint8Array {
    if (typeof value === "string") return this.#hex(path, value, 6);
    if (typeof value === "number") return this.#little(path, value, 6);
    const { bytes, number } = this.#map(path, value, ["bytes", "number"]);
    if (bytes === undefined) return this.#little([...path, "number"], number, 6);
    const read = this.#hex([...path, "bytes"], bytes, 6);
    if (number !== undefined && Buffer.from(read).readUIntLE(0, 6) !== number)
      this.#wrong([...path, "number"], `${clip(String(number))} is not what the bytes say, lowest byte first`);
    return read;
  }

  #little(path: Path, value: unknown, bytes: number): Uint8Array {
    const into = Buffer.alloc(bytes);
    into.writeUIntLE(this.#number(path, value, 0, 2 ** (8 * bytes) - 1), 0, bytes);
    return Uint8Array.from(into);
  }

  #place(path: Path, value: unknown): Uint8Array {
    if (typeof value === "string") return this.#hex(path, value, 4);
    const { bytes, area, number } = this.#map(path, value, ["bytes", "area", "number"]);
    if (bytes !== undefined && area === undefined && number === undefined)
      return this.#hex([...path, "bytes"], bytes, 4);
    const read = Uint8Array.from([
      ...this.#little([...path, "area"], area, 2),
      ...this.#little([...path, "number"], number, 2),
    ]);
    if (bytes !== undefined && hexOf(this.#hex([...path, "bytes"], bytes, 4)) !== hexOf(read))
      this.#wrong([...path, "bytes"], "area and number are other bytes", hexOf(read));
    return read;
  }

  #time(path: Path, value: unknown): TimeTag {
    const text = typeof value === "string" ? value : "";
    const parts = /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)$/.exec(text)?.slice(1).map(Number);
    if (parts !== undefined) {
      const [year, month, day, hour, minute, second] = parts;
      if (new Date(`${text.replace(" ", "T")}Z`).getUTCDate() === day && year >= 2000 && year <= 2255)
        return { second, minute, hour, day, month, year: year - 2000 };
    }
    if (value === null || typeof value !== "object") {
      const said = value === undefined ? "the time is missing" : `${clip(JSON.stringify(value))} is no time`;
      this.#wrong(path, said, "2012-09-26 09:58:32, from 2000 to 2255, or its six bytes");
      return { second: 0, minute: 0, hour: 0, day: 0, month: 0, year: 0 };
    }
    const [second, minute, hour, day, month, year] = this.#hex(
      [...path, "bytes"],
      this.#map(path, value, ["bytes"])["bytes"],
      6,
    );
    return { second, minute, hour, day, month, year };
  }

  #unit(path: Path, value: unknown): Unit {
    if (value === null || value === undefined) return undefined;
    const map = this.#map(path, value, ["type", "objects", "raw"]);
    if (map["raw"] !== undefined) return this.#raw(path, map);
    const type = this.#coded([...path, "type"], map["type"], TABLES.types, "type");
    const layout = layoutOf(type);
    if (layout === undefined) {
      this.#wrong(
        [...path, "type"],
        `type ${type} has no objects that are known here`,
        "raw: its bytes, from the type on",
      );
      return undefined;
    }
    const list = map["objects"];
    if (!Array.isArray(list)) {
      this.#wrong([...path, "objects"], "the objects are missing", "a list");
      return undefined;
    }
    if (list.length > layout.max)
      this.#wrong([...path, "objects"], `${list.length} objects are too many`, `at most ${layout.max}`);
    const objects = list.map((one, i) => this.#object([...path, "objects", i], one, type, layout.fields));
    return { type, objects } as unknown as Unit;
  }

  #raw(path: Path, map: Map): Unit {
    const raw = this.#hex([...path, "raw"], map["raw"]);
    if (map["objects"] !== undefined) this.#wrong([...path, "objects"], "a raw unit has no objects");
    if (map["type"] !== undefined && this.#coded([...path, "type"], map["type"], TABLES.types, "type") !== raw[0])
      this.#wrong([...path, "type"], "the raw bytes begin with another type", String(raw[0]));
    if (layoutOf(raw[0]) !== undefined)
      this.#wrong([...path, "raw"], `type ${raw[0]} has objects that are known`, "objects: instead of raw:");
    return { raw };
  }

  #object(path: Path, value: unknown, type: number, fields: readonly FieldName[]): Map {
    const map = this.#map(path, value, fields);
    // A value needs to know its quantity.
    const read: { [name: string]: unknown } = {};
    for (const name of fields) read[name] = this.#field([...path, name], map[name], type, name, read);
    return read;
  }

  #field(path: Path, value: unknown, type: number, name: FieldName, object: Map): unknown {
    if (value === undefined) {
      this.#wrong(path.slice(0, -1), `"${name}" is missing`);
      return 0;
    }
    switch (name) {
      case "system":
        return this.#coded(path, value, TABLES.systems, "system");
      case "component":
        return this.#coded(path, value, TABLES.components, "component");
      case "analog":
        return this.#coded(path, value, ANALOG_NAMES, "quantity");
      case "place":
        return this.#place(path, value);
      case "state":
      case "transmitter":
      case "operation":
        return this.#bits(path, value, name === "state" ? 0xffff : 0xff, bitNames(type, name));
      case "label":
        return this.#label(path, value);
      case "text":
        return this.#text(path, value, 255, ["text", "bytes"]);
      case "value":
        return this.#value(path, value, object["analog"] as number);
      case "since":
      case "time":
        return this.#time(path, value);
      default:
        return this.#number(path, value, 0, 0xff);
    }
  }

  #text(path: Path, value: unknown, most: number, keys: readonly string[]): Uint8Array {
    const map = typeof value === "string" ? { text: value } : this.#map(path, value, keys);
    const inner = typeof value === "string" ? path : [...path, "text"];
    if (map["bytes"] !== undefined) return this.#anyBytes([...path, "bytes"], map["bytes"], most);
    const bytes = typeof map["text"] === "string" ? encodeGb18030(map["text"]) : undefined;
    if (bytes === undefined) this.#wrong(inner, "this is no text that GB18030 has");
    else if (bytes.length > most)
      this.#wrong(
        inner,
        `this text has ${bytes.length} bytes in GB18030`,
        `at most ${most}: ${most >> 1} Chinese characters`,
      );
    return bytes ?? new Uint8Array(0);
  }

  #anyBytes(path: Path, value: unknown, most: number): Uint8Array {
    if (value === "") return new Uint8Array(0);
    const bytes = this.#hex(path, value);
    if (bytes.length > most) this.#wrong(path, `${bytes.length} bytes are too many`, `at most ${most}`);
    return bytes;
  }

  #label(path: Path, value: unknown): Uint8Array {
    const { label: length } = FIELD_BYTES;
    const map = typeof value === "string" ? {} : this.#map(path, value, ["text", "padding", "bytes"]);
    if (map["bytes"] !== undefined) return this.#hex([...path, "bytes"], map["bytes"], length);
    const [padding] = map["padding"] === undefined ? [0] : this.#hex([...path, "padding"], map["padding"], 1);
    const text = this.#text(path, value, length, ["text", "padding", "bytes"]);
    const label = new Uint8Array(length).fill(padding);
    label.set(text.subarray(0, length));
    return label;
  }

  #value(path: Path, value: unknown, analog: number): number {
    if (typeof value === "number") return this.#number(path, value, -0x8000, 0x7fff);
    const { raw, value: scaled, unit } = this.#map(path, value, ["raw", "value", "unit"]);
    const kind = TABLES.analogs[analog];
    if (raw !== undefined) return this.#number([...path, "raw"], raw, -0x8000, 0x7fff);
    if (kind === undefined || typeof scaled !== "number") {
      this.#wrong(
        path,
        "this is no value",
        kind === undefined ? "raw: a whole number" : `value: in ${kind.unit}, or raw`,
      );
      return 0;
    }
    if (unit !== undefined && unit !== kind.unit)
      this.#wrong([...path, "unit"], `${kind.name} is in another unit`, kind.unit);
    return this.#number([...path, "value"], Math.round(scaled / kind.step), -0x8000, 0x7fff);
  }
}

/** A list of seventy names helps nobody. */
const LISTED_NAMES = 20;

function helpWith(name: string, names: { readonly [code: string]: string }): Partial<Diagnostic> {
  const help = nearest(name, Object.values(names));
  if (Object.keys(names).length <= LISTED_NAMES) return help;
  return { ...help, expected: "its number, or a name of manifests/gb26875/tables-2011.json" };
}
