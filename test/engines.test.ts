/** The promise of the house: the same seed gives the same bytes, in V8 and in the device's own engine. */
import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { xsAvailability } from "../host-sim/xs/toolchain";
import { FIRST_LIGHT, HARBOUR_WAREHOUSE, run } from "./argand";

const simulate = (...more: string[]) => simulateSite(FIRST_LIGHT, ...more);

async function simulateSite(site: string, ...more: string[]): Promise<Record<string, unknown>> {
  const { exitCode, stdout, stderr } = await run("sim", site, "--virtual", "--json", ...more);
  expect(exitCode, stderr).toBe(0);
  return JSON.parse(stdout) as Record<string, unknown>;
}

describe("ten virtual minutes of first-light", () => {
  it("publish the same bytes in three runs, and in XS", { timeout: 180_000 }, async () => {
    const options = ["--for", "10m", "--seed", "7"];
    const runs = [await simulate(...options), await simulate(...options), await simulate(...options)];
    const digests = runs.map((result) => result["uplinkSha256"]);
    expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(new Set(digests).size).toBe(1);
    if (!xsAvailability().ok) return console.warn("skipped: the same run in XS");
    const { engine: _engine, wallSeconds: _wall, ...inXs } = await simulate(...options, "--engine", "xs");
    const { engine: _v8, wallSeconds: _v8Wall, ...inV8 } = runs[0];
    expect(inXs).toEqual(inV8);
  });

  it("differ with the seed, and in nothing but what chance touches", async () => {
    const one = await simulate("--for", "1m", "--seed", "1");
    const two = await simulate("--for", "1m", "--seed", "2");
    expect(two["uplinkSha256"]).not.toBe(one["uplinkSha256"]);
    expect(two["samples"]).toBe(one["samples"]);
  });

  it("report what the interface promises", async () => {
    const result = await simulate("--for", "2m", "--seed", "7");
    expect(result).toMatchObject({
      engine: "v8",
      seed: 7,
      virtualSeconds: 120,
      wallSeconds: expect.any(Number),
      samples: 360,
      batches: expect.any(Number),
      alarms: 3,
      published: expect.any(Number),
      acknowledged: result["published"],
      lost: 0,
      uplinkSha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });
});

describe("a site of Modbus devices on a line and on sockets", () => {
  it("meets its scenario, and publishes the same bytes in XS", async () => {
    const options = ["manifests/examples/modbus.yaml", "--for", "1m", "--seed", "7"] as const;
    const inV8 = await simulateSite(...options);
    const expectations = inV8["expectations"] as readonly { text: string; met: boolean }[];
    expect(expectations.map(({ met }) => met)).toEqual([true]);
    expect([inV8["lost"], inV8["missedTicks"]]).toEqual([0, 0]);
    if (!xsAvailability().ok) return console.warn("skipped: the same run in XS");
    const inXs = await simulateSite(...options, "--engine", "xs");
    expect(inXs["uplinkSha256"]).toBe(inV8["uplinkSha256"]);
  });
});

describe("the reference site", () => {
  it("meets its scenario, and publishes the same bytes in XS", async () => {
    const options = [HARBOUR_WAREHOUSE, "--for", "7m", "--seed", "7"] as const;
    const inV8 = await simulateSite(...options);
    const expectations = inV8["expectations"] as readonly { text: string; met: boolean }[];
    expect(expectations.length).toBeGreaterThanOrEqual(4);
    expect(expectations.filter(({ met }) => !met)).toEqual([]);
    expect([inV8["lost"], inV8["missedTicks"]]).toEqual([0, 0]);
    if (!xsAvailability().ok) return console.warn("skipped: the same run in XS");
    const inXs = await simulateSite(...options, "--engine", "xs");
    expect(inXs["uplinkSha256"]).toBe(inV8["uplinkSha256"]);
  });
});

describe("every example site", () => {
  const folder = "manifests/examples/";
  const sites = readdirSync(new URL(`../${folder}`, import.meta.url)).filter((name) => name.endsWith(".yaml"));

  it.each(sites)("%s meets its scenario, loses nothing, and publishes the same bytes in XS", async (name) => {
    const options = [folder + name, "--for", "4m", "--seed", "5"] as const;
    const inV8 = await simulateSite(...options);
    const missed = (inV8["expectations"] as { met: boolean; text: string }[]).filter(({ met }) => !met);
    expect([missed, inV8["lost"], inV8["missedTicks"]]).toEqual([[], 0, 0]);
    if (!xsAvailability().ok) return console.warn("skipped: the same run in XS");
    const inXs = await simulateSite(...options, "--engine", "xs");
    // A monitoring centre's digest is over all frames that it took; receivers of light tell decibels and counts of each lamp.
    const shown = (run: Record<string, unknown>) => [run["uplinkSha256"], run["centre"], run["receivers"]];
    expect(shown(inXs)).toEqual(shown(inV8));
  });
});
