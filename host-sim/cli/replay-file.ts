/** A recorded CSV from disk, and the mapping of its columns to devices. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { Quantity } from "../../drivers/emulation";
import type { Plan } from "../../firmware/plan";
import { columnNames, columnValues, Replay, type ReplayColumn, ReplayError } from "../world/replay";
import { type Recorded, seamsOf } from "./detection";
import { wrongInput } from "./exit";

export type ReplayInput = { readonly csv: Uint8Array; readonly columns: readonly ReplayColumn[] };

const MAX_BYTES = 256 * 1024 * 1024;

export function loadReplay(path: string, mappings: readonly string[], plan: Plan): ReplayInput {
  const csv = read(path);
  try {
    const names = columnNames(csv);
    const columns = mappings.length > 0 ? mappings.map((text) => parseMapping(text, names, plan)) : guess(names, plan);
    if (columns.length === 0)
      throw wrongInput(
        `${path}: none of its columns (${names.join(", ")}) names a quantity of this site; say which with --map "column=device.quantity"`,
      );
    new Replay(csv, columns).check();
    return { csv, columns };
  } catch (error) {
    if (error instanceof ReplayError) throw wrongInput(`${path}:${error.line}: ${error.message}`);
    throw error;
  }
}

/** The recorder's own label, and where its pieces meet. @param seam `column=step`, for example `Temperature[C]=1` */
export function loadLabel(path: string, input: ReplayInput, label: string, seam: string | undefined): Recorded {
  const { csv } = input;
  const names = columnNames(csv);
  const known = (column: string, option: string) => {
    if (names.includes(column)) return column;
    throw wrongInput(`${option}: there is no column "${column}"; there are ${names.join(", ")}`);
  };
  try {
    const values = columnValues(csv, known(label, "--label"));
    if (seam === undefined) return { label: values, seams: [] };
    const split = seam.lastIndexOf("=");
    const step = Number(seam.slice(split + 1));
    if (split < 1 || !(step > 0))
      throw wrongInput(`--seam: "${seam}" is not column=step with a step above 0, for example "Temperature[C]=1"`);
    return { label: values, seams: seamsOf(columnValues(csv, known(seam.slice(0, split), "--seam")), step) };
  } catch (error) {
    if (error instanceof ReplayError) throw wrongInput(`${path}:${error.line}: ${error.message}`);
    throw error;
  }
}

function read(path: string): Uint8Array {
  try {
    const bytes = readFileSync(path);
    const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
    return new Uint8Array(isGzip ? gunzipSync(bytes, { maxOutputLength: MAX_BYTES }) : bytes);
  } catch (error) {
    const reason = (error as { code?: string }).code === "ENOENT" ? "there is no such file" : (error as Error).message;
    throw wrongInput(`--replay: ${path}: ${reason}`);
  }
}

/** `Temperature[C]` drives the temperature of the first device that measures one. */
function guess(names: readonly string[], plan: Plan): ReplayColumn[] {
  const columns: ReplayColumn[] = [];
  for (const column of names) {
    const word = column.split("[")[0].trim().toLowerCase();
    const quantity = Object.values(Quantity).find((name) => name === word);
    const device = plan.devices.find((candidate) => candidate.channels.some((channel) => channel.name === word));
    if (quantity !== undefined && device !== undefined) columns.push({ column, device: device.id, quantity });
  }
  return columns;
}

function parseMapping(text: string, names: readonly string[], plan: Plan): ReplayColumn {
  const split = text.lastIndexOf("=");
  const [device, quantity] = text.slice(split + 1).split(".");
  const column = text.slice(0, split);
  if (split < 1 || quantity === undefined)
    throw wrongInput(
      `--map: "${text}" is not column=device.quantity, for example "Temperature[C]=hall-climate.temperature"`,
    );
  if (!names.includes(column)) throw wrongInput(`--map: there is no column "${column}"; there are ${names.join(", ")}`);
  if (!plan.devices.some((candidate) => candidate.id === device))
    throw wrongInput(`--map: there is no device "${device}"; there are ${plan.devices.map((d) => d.id).join(", ")}`);
  const known = Object.values(Quantity).find((name) => name === quantity);
  if (known === undefined)
    throw wrongInput(`--map: there is no quantity "${quantity}"; there are ${Object.values(Quantity).join(", ")}`);
  return { column, device, quantity: known };
}
