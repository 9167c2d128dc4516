/**
 * Example sites whose gateway runs compacted in XS, as a build ships it, publish what they publish in V8. One in every test run; all
 * by `ARGAND_COMPACTED=all npx vitest run host-sim/xs/bridge/examples`, some two minutes.
 */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { type CborValue, encodeDeterministic } from "../../../firmware/uplink/cbor/encode";
import { loadScenario, loadSite } from "../../../manifests/load";
import { runInV8 } from "../../engine-v8";
import type { ScenarioPlan } from "../../world/scenario-plan";
import { buildXs, xsAvailability } from "../build";
import { bundleGateway, bundleWorld } from "./programs";
import { runBridged } from "./run-bridged";

const EXAMPLES = fileURLToPath(new URL("../../../manifests/examples/", import.meta.url));
const all = readdirSync(EXAMPLES).filter((name) => name.endsWith(".yaml"));
/** Commands link what checks settings, beside all that takes them. */
const names = process.env["ARGAND_COMPACTED"] === "all" ? all : ["commands.yaml"];

const availability = xsAvailability();
if (!availability.ok) console.warn(`skipped: compacted examples in XS (${availability.reason})`);

describe.skipIf(!availability.ok)("a compacted example publishes in XS what it publishes in V8:", () => {
  const folder = mkdtempSync(join(tmpdir(), "argand-compacted-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  for (const name of names)
    it(name, { timeout: 240_000 }, async () => {
      const site = await loadSite(`${EXAMPLES}${name}`);
      if (!site.ok) throw new Error(`${name} does not load`);
      let scenario: ScenarioPlan | null = null;
      if (site.scenarioFile !== undefined) {
        const loaded = await loadScenario(site.scenarioFile, site);
        if (!loaded.ok) throw new Error(`the scenario of ${name} does not load`);
        scenario = loaded.scenario;
      }
      const [gateway, world] = [join(folder, `${name}.gateway.js`), join(folder, `${name}.world.js`)];
      await bundleGateway(site.plan, gateway);
      await bundleWorld(site.plan, world);
      const simulation = encodeDeterministic({
        plan: encodeDeterministic(site.plan as unknown as CborValue),
        scenario,
        seed: 7,
        durationUs: 120_000_000,
        replay: null,
      } as unknown as CborValue);
      const inV8 = await runInV8({ input: simulation, say: () => {}, onProgress: () => {} });
      const input = { simulation, fromUs: 0, untilUs: 0, parts: 0, trace: false, ballast: 0 };
      const memory = { staticBytes: 600_000, stackSlots: 512 };
      const inXs = await runBridged({ host: await buildXs({}), gateway, world, folder, memory, input });
      expect(inV8.summary.published).toBeGreaterThan(0);
      expect(Buffer.from(inXs.uplink).equals(Buffer.concat(inV8.uplink))).toBe(true);
    });
});
