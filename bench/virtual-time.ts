/** How much faster than real time a whole site runs: world, bus emulators, gateway, broker. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { encodeDeterministic } from "../firmware/uplink/cbor/encode";
import { runInV8 } from "../host-sim/engine-v8";
import { runInXs } from "../host-sim/engine-xs";
import type { SimulationInput } from "../host-sim/world/simulation";
import { loadScenario, loadSite } from "../manifests/load";
import { count, table, times } from "./table";
import type { XsBench } from "./xs";

const SITE = fileURLToPath(new URL("../manifests/examples/harbour-warehouse.yaml", import.meta.url));

export async function benchVirtualTime(virtualSeconds: number, xs: XsBench | undefined): Promise<void> {
  const input = await siteInput(virtualSeconds);
  const quiet = { input, say: () => {}, onProgress: () => {} };
  await runInV8(quiet);
  const v8 = await timed(() => runInV8(quiet));
  const rows = [["V8", count(virtualSeconds / v8), times(1)]];
  if (xs !== undefined) {
    const seconds = await timed(() => runInXs(quiet, () => {}));
    rows.push([`XS ${xs.bits}-bit`, count(virtualSeconds / seconds), times(v8 / seconds)]);
  }
  table(
    `Virtual time: harbour-warehouse for ${virtualSeconds} virtual seconds, bundling and start of the engine included`,
    ["engine", "virtual s / s", "against V8"],
    rows,
  );
}

async function siteInput(virtualSeconds: number): Promise<Uint8Array> {
  const site = await loadSite(SITE);
  if (!site.ok) throw new Error(`${SITE} is not valid: ${readFileSync(SITE, "utf8").length} bytes`);
  const scenario = site.scenarioFile === undefined ? undefined : await loadScenario(site.scenarioFile, site);
  const input: SimulationInput = {
    plan: encodeDeterministic(site.plan),
    scenario: scenario?.ok === true ? scenario.scenario : null,
    seed: 7,
    durationUs: virtualSeconds * 1_000_000,
    replay: null,
  };
  return encodeDeterministic(input);
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await run();
  return (performance.now() - startedMs) / 1000;
}
