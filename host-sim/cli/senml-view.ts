/** SenML packs as a person reads them. */

import { describeConditions } from "../../drivers/panel-points/conditions";
import { readColumns } from "../../firmware/uplink/columns/reader";
import { decodeGb18030 } from "../../manifests/gb18030";
import { resolveSenml } from "../senml/resolve";

export type ResolvedRecord = { readonly name: string; readonly time?: number } & { readonly [key: string]: unknown };

/**
 * Records of a pack as any decoder gives them, each for itself, by the names of RFC 8428; extension keys stay as they are.
 * @throws SenmlError
 */
export function resolvePack(pack: readonly unknown[]): ResolvedRecord[] {
  const records = pack.map((raw) => (raw instanceof Map ? raw : new Map(Object.entries(raw as object))));
  return resolveSenml(records, ["mono_"]).map(
    ({ name, unit, value, text, flag, data, sum, time, updateTime, more }): ResolvedRecord => {
      const own = { time, u: unit, v: value, vs: text, vb: flag, vd: data, s: sum, ut: updateTime };
      const said = Object.entries(own).filter(([, one]) => one !== undefined);
      return { name, ...Object.fromEntries(said), ...Object.fromEntries(more) };
    },
  );
}

/**
 * Records of a compact batch in the same form. Their names are places in the device manifest, `#<component>/<channel>`: who has the
 * manifest knows the names.
 */
export function columnRecords(bytes: Uint8Array): ResolvedRecord[] {
  const { boot, seq, root, configuration, timeQuality, columns } = readColumns(bytes);
  return columns.flatMap(({ component, channel, records }) =>
    records.map(({ timeS, quality, value }) => ({
      name: `#${component}/${channel}`,
      time: timeS,
      ...(value === undefined ? {} : { v: value }),
      ...(quality === 0 ? {} : { q: quality }),
      tq: timeQuality,
      cfg: configuration,
      seq,
      boot,
      root,
    })),
  );
}

/** Keys of the first record of a pack that are about the pack. */
const PACK_KEYS = ["boot", "seq", "root", "cfg", "tq"];

export function formatRecord(topic: string, record: ResolvedRecord): string {
  const { name, time, u, v, vs, vb, vd, txt, ...rest } = record;
  const when = time === undefined ? "(no time)" : new Date(time * 1000).toISOString();
  const value = v ?? vs ?? vb ?? (vd instanceof Uint8Array ? formatSnapshot(vd) : vd);
  const lane = topic.split("/")[4] ?? topic;
  const shown = typeof value === "number" ? Number(value.toFixed(4)) : value;
  const others = Object.entries(rest)
    .filter(([key]) => !PACK_KEYS.includes(key))
    .map(([key, extra]) => `${key}=${format(extra)}`);
  if (txt instanceof Uint8Array) others.push(`txt=${panelText(txt)}`);
  const pack = "seq" in rest ? ` [boot ${format(rest["boot"])} seq ${format(rest["seq"])}]` : "";
  return `${when} ${lane} ${name} ${value === undefined ? "-" : format(shown)}${u === undefined ? "" : ` ${format(u)}`}${
    others.length > 0 ? ` ${others.join(" ")}` : ""
  }${pack}`;
}

/** What all points of a panel say (firmware/uplink/README.md): `points 0-317: quiet but 6 fire, 199 disabled`. */
function formatSnapshot(bytes: Uint8Array): string {
  if (bytes.length < 4 || (bytes.length - 4) % 3 !== 0) return format(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const others: string[] = [];
  for (let at = 4; at < bytes.length; at += 3)
    others.push(`${view.getUint16(at)} ${describeConditions(bytes[at + 2])}`);
  const range = `points ${view.getUint16(0)}-${view.getUint16(2) - 1}`;
  return others.length === 0 ? `${range}: quiet` : `${range}: quiet but ${others.join("; ")}`;
}

/** A panel's own words, where they are text in GB18030 (which holds ASCII); otherwise as bytes. */
function panelText(bytes: Uint8Array): string {
  return JSON.stringify(decodeGb18030(bytes) ?? format(bytes));
}

/** A message that is no pack: a state, a component's manifest. Byte strings as hexadecimal. */
export function formatDocument(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (inner instanceof Map) return Object.fromEntries(inner);
    // Node's Buffer has a say of its own in JSON.
    const { type, data } = (inner ?? {}) as { type?: unknown; data?: number[] };
    if (type === "Buffer" && data !== undefined) return Buffer.from(data).toString("hex");
    return inner instanceof Uint8Array ? Buffer.from(inner).toString("hex") : inner;
  });
}

function format(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  return String(value);
}
