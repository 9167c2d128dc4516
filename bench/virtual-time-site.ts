/** The reference site as both engines read it. */
import { fileURLToPath } from "node:url";
import { encodeDeterministic } from "../firmware/uplink/cbor/encode";
import type { SimulationInput } from "../host-sim/world/simulation";
import { loadScenario, loadSite } from "../manifests/load";

export const SITE: string = fileURLToPath(new URL("../manifests/examples/harbour-warehouse.yaml", import.meta.url));

export async function siteInput(virtualSeconds: number): Promise<Uint8Array> {
  const site = await loadSite(SITE);
  if (!site.ok) throw new Error(`${SITE} is not valid`);
  const scenario = site.scenarioFile === undefined ? undefined : await loadScenario(site.scenarioFile, site);
  if (scenario?.ok === false) throw new Error(`${site.scenarioFile} is not valid`);
  const input: SimulationInput = {
    plan: encodeDeterministic(site.plan),
    scenario: scenario?.scenario ?? null,
    seed: 7,
    durationUs: virtualSeconds * 1_000_000,
    replay: null,
  };
  return encodeDeterministic(input);
}
