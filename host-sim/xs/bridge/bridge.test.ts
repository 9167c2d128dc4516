import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Plan } from "../../../firmware/plan";
import { type CborValue, encodeDeterministic } from "../../../firmware/uplink/cbor/encode";
import { loadScenario, loadSite } from "../../../manifests/load";
import { runInV8 } from "../../engine-v8";
import type { ScenarioPlan } from "../../world/scenario-plan";
import { buildXs, type XsHost, xsAvailability } from "../build";
import { bundleGateway, bundleWorld } from "./programs";
import { runBridged } from "./run-bridged";

const availability = xsAvailability();
const HARBOUR_WAREHOUSE = fileURLToPath(new URL("../../../manifests/examples/harbour-warehouse.yaml", import.meta.url));
const FIRST_LIGHT = fileURLToPath(new URL("../../../manifests/examples/first-light.yaml", import.meta.url));

describe.skipIf(!availability.ok)("a site over the bridge", () => {
  let host: XsHost;
  let folder: string;
  let plan: Plan;
  let scenario: ScenarioPlan;

  beforeAll(async () => {
    host = await buildXs({});
    folder = mkdtempSync(join(tmpdir(), "argand-bridge-"));
    const site = await loadSite(FIRST_LIGHT);
    if (!site.ok) throw new Error("the example does not load");
    plan = site.plan;
    const loaded = await loadScenario(site.scenarioFile!, site);
    if (!loaded.ok) throw new Error("the example's scenario does not load");
    scenario = loaded.scenario;
    await bundleGateway(plan, join(folder, "gateway.js"));
    await bundleWorld(plan, join(folder, "world.js"));
  });
  afterAll(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  function simulationOf(seed: number, events: ScenarioPlan | null, site: Plan = plan): Uint8Array {
    return encodeDeterministic({
      plan: encodeDeterministic(site as unknown as CborValue),
      scenario: events,
      seed,
      durationUs: 90_000_000,
      replay: null,
    } as unknown as CborValue);
  }

  async function overBridge(simulation: Uint8Array, gateway = "gateway.js") {
    const { uplink, summary } = await runBridged({
      host,
      gateway: join(folder, gateway),
      world: join(folder, "world.js"),
      folder,
      input: { simulation, fromUs: 0, untilUs: 0, parts: 0, trace: false, ballast: 0 },
      memory: { staticBytes: 600_000, stackSlots: 512 },
    });
    const { samples, published, lost } = summary;
    return { digest: sha256([uplink]), samples, published, lost };
  }

  async function inV8(simulation: Uint8Array) {
    const { uplink, summary } = await runInV8({ input: simulation, say: () => {}, onProgress: () => {} });
    const { samples, published, lost } = summary;
    return { digest: sha256(uplink), samples, published, lost };
  }

  function sha256(pieces: readonly Uint8Array[]): string {
    const hash = createHash("sha256");
    for (const piece of pieces) hash.update(piece);
    return hash.digest("hex");
  }

  it("sends the same bytes as in V8: sensor, panel, luminaire, alarms", async () => {
    const simulation = simulationOf(7, scenario);
    expect(await overBridge(simulation)).toEqual(await inV8(simulation));
  });

  it("sends the same bytes as in V8 from contacts, loops and the imager", async () => {
    const site = await loadSite(HARBOUR_WAREHOUSE);
    if (!site.ok) throw new Error("the reference site does not load");
    const loaded = await loadScenario(site.scenarioFile!, site);
    if (!loaded.ok) throw new Error("the reference site's scenario does not load");
    await bundleGateway(site.plan, join(folder, "harbour.js"));
    const simulation = simulationOf(7, loaded.scenario, site.plan);
    const run = await inV8(simulation);
    expect(run.samples).toBe(90 * 34);
    expect(await overBridge(simulation, "harbour.js")).toEqual(run);
  });

  it("sends the same bytes through an outage of broker and network, with its reconnections and a command", async () => {
    const steps: ScenarioPlan["steps"] = [
      { atUs: 15_000_000, kind: "fault", words: ["broker", "down"], forUs: 25_000_000 },
      { atUs: 55_000_000, kind: "fault", words: ["network", "down"], forUs: 15_000_000 },
      // Refused: the note of it is published.
      { atUs: 80_000_000, kind: "do", words: ["command", "facp", "reset"] },
    ];
    const outage = { ...scenario, steps };
    const simulation = simulationOf(8, outage);
    const run = await inV8(simulation);
    expect(await overBridge(simulation)).toEqual(run);
    expect(run.digest).not.toBe((await inV8(simulationOf(8, { ...scenario, steps: [] }))).digest);
  });
});

if (!availability.ok) console.warn(`XS tests are skipped: ${availability.reason}`);
