/** A small right site for tests of this room, and ways to put one mistake into it. */
import { expect } from "vitest";
import { formatDiagnostics } from "../diagnostic";
import { loadDriverPages } from "../driver-pages";
import { parseSource } from "../source";
import { type CheckedSite, checkSite } from "../validate";

export const SITE = `gateway: { id: gw-01, site: hall, board: esp32-s3 }
buses:
  i2c0: { kind: i2c, data: 8, clock: 9 }
devices:
  climate:
    driver: sht3x
    bus: i2c0
    address: 0x44
    every: 1 s
    channels:
      temperature:
        alarms:
          - { above: 57 Cel, for: 5 s, class: fire }
uplink:
  mqtt: { url: "mqtt://127.0.0.1:1883" }
`;

export function edited(from: string, to: string): string {
  expect(SITE).toContain(from);
  return SITE.replace(from, to);
}

export async function checked(text: string): Promise<CheckedSite> {
  const result = await check(text);
  if (typeof result === "string") throw new Error(result);
  return result;
}

/** What a person would read about the first mistake: place and message, what was expected, what was meant. */
export async function mistakes(text: string): Promise<string> {
  const result = await check(text);
  if (typeof result !== "string") throw new Error("nothing is wrong with this site");
  const withoutExcerpts = result.split("\n").filter((line) => !/^\s*\d* \|/.test(line));
  return withoutExcerpts.map((line) => line.trim()).join("\n");
}

async function check(text: string): Promise<CheckedSite | string> {
  const parsed = parseSource("site.yaml", text);
  const result = parsed.ok ? checkSite(parsed.source, await loadDriverPages()) : parsed;
  return result.ok ? result.checked : formatDiagnostics(result.diagnostics, { colour: false });
}
