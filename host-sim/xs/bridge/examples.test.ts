/**
 * Every example site whose gateway runs compacted in XS, as a build ships it, publishes what it publishes in V8. Compaction reads the
 * whole program and leaves out what a site does not ask for: what it could break differs from site to site.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
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
const names = readdirSync(EXAMPLES).filter((name) => name.endsWith(".yaml"));

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
      const gateway = join(folder, `${name}.gateway.js`);
      await bundleGateway(site.plan, gateway);
      // A world has a key for a gateway that signs, and is the same for all others.
      const world = join(folder, site.plan.uplink.sign === undefined ? "world.js" : "signing-world.js");
      if (!existsSync(world)) await bundleWorld(site.plan, world);
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
