/** Each example asks for what it needs, and a firmware without it says so instead of doing something else. */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { Linked } from "../../drivers/linked";
import type { FilterPlan } from "../../drivers/plan";
import type { Plan } from "../../firmware/plan";
import { makeFilter } from "../../firmware/sampling/filters/make-filter";
import { loadSite } from "../../manifests/load";
import { type LinkedBy, linkedParts, linkedSource } from "./linked";

const EXAMPLES = fileURLToPath(new URL("../../manifests/examples/", import.meta.url));

const FILTERS: readonly FilterPlan[] = [
  { kind: "scale", gain: 1, offset: 0 },
  { kind: "calibrate", points: [[0, 0], [1, 1]], outside: "clamp" }, // biome-ignore format: two points
  { kind: "clamp", min: 0 },
  { kind: "median", window: 3 },
  { kind: "median", window: 5 },
  { kind: "median", window: 7 },
  { kind: "hampel", window: 5, sigmas: 3, replace: true },
  { kind: "average", window: 4 },
  { kind: "smooth", factor: 0.5 },
  { kind: "smooth", overMs: 1000 },
  { kind: "max", window: 4 },
  { kind: "min", window: 4 },
  { kind: "quantile", of: 0.5, window: 5 },
  { kind: "rate", perMs: 1000, overMs: 1000 },
  { kind: "debounce", holdMs: 100 },
  { kind: "deadband", width: 1 },
  { kind: "throttle", everyMs: 1000 },
];

function siteWith(filters: readonly FilterPlan[]): LinkedBy {
  const channel = { name: "a", unit: "Cel", filters, alarms: [] };
  const connection = { bus: "b", io: "I2C", options: {} };
  return { devices: [{ driver: "any", settings: {}, connection, channels: [channel] }], uplink: {} } as unknown as Plan;
}

describe("the parts that a site asks for", () => {
  it("are the filters that it names, each by a part of its own but max and min", () => {
    const parts = FILTERS.map((filter) => linkedParts(siteWith([filter])));
    for (const part of parts) expect(part).toHaveLength(1);
    expect(new Set(parts.flat()).size).toBe(FILTERS.length - 1);
    for (const filter of FILTERS) expect(makeFilter(filter)).toBeDefined();
  });

  it("say what each example has, and nothing that there is not", async () => {
    for (const name of readdirSync(EXAMPLES).filter((file) => file.endsWith(".yaml"))) {
      const site = await loadSite(`${EXAMPLES}${name}`);
      if (site.ok) for (const part of linkedParts(site.plan)) expect(Linked[part], `${name}: ${part}`).toBe(1);
    }
    const site = await loadSite(`${EXAMPLES}harbour-warehouse.yaml`);
    if (!site.ok) throw new Error("the reference site does not load");
    expect(linkedParts(site.plan)).toEqual(
      expect.arrayContaining(["medianOf5", "modbusSerial", "modbusTcp", "smooth"]),
    );
    expect(linkedParts(site.plan)).not.toContain("checks");
    const commanded = { ...site.plan, uplink: { ...site.plan.uplink, commands: { allow: [] } } };
    expect(linkedParts(commanded)).toContain("checks");
    expect(linkedSource(site.plan)).toMatch(/^export enum Linked \{ average = 0, .*medianOf5 = 1, /);
  });

  it("are all in the table that a simulator links, where each is there", () => {
    expect(new Set(Object.values(Linked))).toEqual(new Set([1]));
  });
});
