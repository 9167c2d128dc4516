/** A virtual run in the real XS engine: the same modules, bundled, in a process of their own. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { wantedFeatures } from "../firmware/features/feature";
import { loadPlan } from "../firmware/plan-book";
import type { EngineOptions, EngineRun } from "./engine-v8";
import { driverNames, registrySource } from "./registry";
import { type SimulationSummary, simulationPlan } from "./world/simulation";
import { buildXs, type XsHost } from "./xs/build";
import { bundleForXs } from "./xs/bundle";
import { runXs, type XsReport } from "./xs/run";
import { signerSource } from "./xs/signer-source";

export type XsEngineRun = EngineRun & { readonly report: XsReport };

const GUEST = fileURLToPath(new URL("./xs/guest.ts", import.meta.url));

export async function runInXs(options: EngineOptions, onBuild: (text: string) => void): Promise<XsEngineRun> {
  const host: XsHost = await buildXs({ onProgress: onBuild });
  const features = wantedFeatures(loadPlan(simulationPlan(options.input)));
  const folder = mkdtempSync(join(tmpdir(), "argand-xs-"));
  try {
    const bundle = join(folder, "guest.js");
    const outputFile = join(folder, "uplink.bin");
    await bundleForXs({
      entry: GUEST,
      outfile: bundle,
      virtual: {
        "argand:registry": registrySource({
          names: driverNames(),
          features,
          drivers: "../../drivers",
          featuresFolder: "../../firmware/features",
          emulators: true,
        }),
        "argand:signer": signerSource(features, ".."),
      },
    });
    let summary: SimulationSummary | undefined;
    let fault: Error | undefined;
    const report = await runXs({
      host,
      bundle,
      input: options.input,
      outputFile,
      onPrint: (line) => {
        const [word, ...rest] = line.split(" ");
        if (word === "say") options.say(rest.join(" "));
        else if (word === "progress") options.onProgress(Number(rest[0]), Number(rest[1]));
        else if (word === "fault") fault = Object.assign(new Error(rest.slice(1).join(" ")), { code: rest[0] });
        else if (word === "summary") summary = JSON.parse(rest.join(" ")) as SimulationSummary;
      },
    });
    if (fault !== undefined) throw fault;
    if (summary === undefined) throw new Error("the guest program ended without its summary");
    return { summary, uplink: [readFileSync(outputFile)], report };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
