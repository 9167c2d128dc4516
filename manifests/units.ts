/** Quantities as people write them: a number and a unit. Parsers say what was expected; the place is the caller's. */

export type ParsedQuantity =
  | { readonly ok: true; readonly value: number }
  | { readonly ok: false; readonly expected: string; readonly suggestion?: string };

const DURATION_MS: { readonly [unit: string]: number } = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const SIZE_BYTES: { readonly [unit: string]: number } = { B: 1, kB: 1000, KiB: 1024, MB: 1_000_000, MiB: 1_048_576 };
const VOLTAGE_MV: { readonly [unit: string]: number } = { mV: 1, V: 1000 };

export const DURATION_PATTERN = "^[0-9]+(\\.[0-9]+)?\\s*(ms|s|m|min|h|d)$";
export const VOLTAGE_PATTERN = "^[0-9]+(\\.[0-9]+)?\\s*(mV|V)$";
export const SIZE_PATTERN = "^[0-9]+(\\.[0-9]+)?\\s*(B|kB|KiB|MB|MiB)$";
/** Loose: which unit belongs there depends on the channel, and `57 °C` deserves an answer that names it. */
export const QUANTITY_PATTERN = "^-?[0-9]+(\\.[0-9]+)?\\s*\\S*$";

/** `1 s`, `500 ms`, `10m`, `13h`. @returns milliseconds */
export function parseDuration(text: unknown): ParsedQuantity {
  return parse(text, DURATION_MS, "a duration such as 1 s, 500 ms, 10m or 13h");
}

/** `256 KiB`, `1 MiB`. @returns bytes */
export function parseSize(text: unknown): ParsedQuantity {
  return parse(text, SIZE_BYTES, "a size such as 256 KiB or 1 MiB");
}

/** `2450 mV`, `3.3 V`. @returns millivolts */
export function parseVoltage(text: unknown): ParsedQuantity {
  return parse(text, VOLTAGE_MV, "a voltage such as 2450 mV or 3.3 V");
}

function parse(text: unknown, units: { readonly [unit: string]: number }, expected: string): ParsedQuantity {
  const match = /^(\d+(?:\.\d+)?)\s*([A-Za-z]+)$/.exec(String(text).trim());
  const factor = match === null ? undefined : Object.hasOwn(units, match[2]) ? units[match[2]] : undefined;
  if (match === null || factor === undefined) return { ok: false, expected };
  return { ok: true, value: Number(match[1]) * factor };
}

/** `57 Cel` for a channel in `Cel`; a bare number is in the channel's unit. */
export function parseQuantity(text: unknown, unit: string): ParsedQuantity {
  const expected = unit === "" ? "a number without a unit" : `a number in ${unit}, for example 57 ${unit}`;
  if (typeof text === "number") return { ok: true, value: text };
  const match = /^(-?\d+(?:\.\d+)?)\s*(\S*)$/.exec(String(text).trim());
  if (match === null) return { ok: false, expected };
  const [, number, written] = match;
  if (written === "" || written === unit) return { ok: true, value: Number(number) };
  return sameUnit(written, unit) ? { ok: false, expected, suggestion: `${number} ${unit}` } : { ok: false, expected };
}

/** Other spellings of SenML's units (RFC 8428 section 12.1), in small letters. Nothing here needs a conversion. */
const SPELLINGS: { readonly [unit: string]: readonly string[] } = {
  Cel: ["c", "°c", "℃", "degc", "celsius"],
  "%RH": ["%", "rh", "%rh", "percent"],
};

function sameUnit(written: string, unit: string): boolean {
  const small = written.toLowerCase();
  return small === unit.toLowerCase() || (SPELLINGS[unit] ?? []).includes(small);
}
