import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { SITE } from "./examples/sites.test-suite";
import { loadScenario, loadSite } from "./load";

const EXAMPLES = fileURLToPath(new URL("./examples/", import.meta.url));
const FIRST_LIGHT = `${EXAMPLES}first-light.yaml`;
const folder = mkdtempSync(join(tmpdir(), "argand-load-"));
afterAll(() => rmSync(folder, { recursive: true }));

function site(name: string, scenario: string): string {
  const path = join(folder, name);
  writeFileSync(path, `${SITE}simulate: { scenario: ${scenario} }\n`);
  return path;
}

describe("first-light", () => {
  it("loads, with its scenario", async () => {
    const loaded = await loadSite(FIRST_LIGHT);
    if (!loaded.ok) throw new Error(loaded.diagnostics[0].message);
    expect(loaded.plan.devices.map(({ id }) => id)).toEqual(["facp", "hall-climate", "lamp-3"]);
    expect(loaded.scenarioFile).toBe(`${EXAMPLES}scenarios/first-light.yaml`);
    const scenario = await loadScenario(loaded.scenarioFile!, loaded);
    expect(scenario.ok && scenario.scenario.steps).toHaveLength(3);
  });
});

describe("a site that names a scenario", () => {
  it("finds it beside itself, wherever the program was started", async () => {
    cpSync(`${EXAMPLES}scenarios/first-light.yaml`, join(folder, "elsewhere.yaml"));
    writeFileSync(join(folder, "quiet.yaml"), "rooms: {}\n");
    expect(await loadSite(site("a.yaml", "quiet.yaml"))).toMatchObject({
      ok: true,
      scenarioFile: join(folder, "quiet.yaml"),
    });
    expect(await loadSite(site("b.yaml", join(folder, "quiet.yaml")))).toMatchObject({ ok: true });
  });

  it("is wrong when it is not there, at the place that names it", async () => {
    writeFileSync(join(folder, "smoke.yaml"), "rooms: {}\n");
    const result = await loadSite(site("c.yaml", "smok.yaml"));
    expect(result.ok ? [] : result.diagnostics).toMatchObject([
      {
        ...{ file: join(folder, "c.yaml"), line: 16, column: 23, path: "simulate.scenario" },
        ...{ message: "scenario smok.yaml: there is no such file", suggestion: "smoke.yaml" },
      },
    ]);
  });

  it("is wrong when the scenario is, at the place in the scenario", async () => {
    writeFileSync(join(folder, "wrong.yaml"), "steps:\n  - { at: 1 s, do: burn }\n");
    const result = await loadSite(site("d.yaml", "wrong.yaml"));
    expect(result.ok ? [] : result.diagnostics).toMatchObject([
      { file: join(folder, "wrong.yaml"), line: 2, column: 20, message: 'there is no device or verb "burn"' },
    ]);
  });
});
