/** Durations on the command line: `10m`, `90 s`, `500ms`, `13h`, `2d`. */
import { wrongInput } from "./exit";

const UNIT_MS: { readonly [unit: string]: number } = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** @returns microseconds */
export function parseDurationUs(text: string, option: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d)$/.exec(text.trim());
  if (match === null)
    throw wrongInput(
      `${option}: "${text}" is not a duration; write a number and a unit, for example 10m, 90s or 500ms`,
    );
  const durationUs = Math.round(Number(match[1]) * UNIT_MS[match[2]] * 1000);
  if (durationUs <= 0) throw wrongInput(`${option}: a run must last longer than nothing`);
  return durationUs;
}

/** `1h 02m 03s` for people. */
export function formatSeconds(seconds: number): string {
  const whole = Math.floor(seconds);
  const h = Math.floor(whole / 3600);
  const m = Math.floor((whole % 3600) / 60);
  const s = whole % 60;
  if (h > 0) return `${h}h ${String(m).padStart(2, "0")}m ${String(s).padStart(2, "0")}s`;
  if (m > 0) return `${m}m ${String(s).padStart(2, "0")}s`;
  return `${s}s`;
}
