/** Runs the workload in XS. Units are exact; times are of this machine. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildXs, type XsHost, xsAvailability } from "../host-sim/xs/build";
import { bundleForXs } from "../host-sim/xs/bundle";
import { runXs } from "../host-sim/xs/run";

const SAMPLES_PER_TURN = 64;

export type XsMeasure = { readonly unitsPerSample: number; readonly samplesPerSecond: number };

export type XsBench = {
  readonly bits: number;
  /** @param what 0: ticks, 1: ticks and batches */
  measure(what: number): XsMeasure;
  /** Everything measured beforehand, because runs are asynchronous and a table is not. */
};

export async function openXs(turns: number): Promise<XsBench | undefined> {
  const availability = xsAvailability();
  if (!availability.ok) {
    process.stdout.write(`XS is skipped: ${availability.reason}\n`);
    return undefined;
  }
  const host = await buildXs({});
  const folder = mkdtempSync(join(tmpdir(), "argand-bench-"));
  try {
    const bundle = join(folder, "guest.js");
    await bundleForXs({ entry: fileURLToPath(new URL("./guest.ts", import.meta.url)), outfile: bundle });
    const measured = [await measure(host, bundle, 0, turns), await measure(host, bundle, 1, turns)];
    return { bits: host.bits, measure: (what) => measured[what] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(host: XsHost, bundle: string, what: number, turns: number): Promise<XsMeasure> {
  const once = await run(host, bundle, what, turns);
  const twice = await run(host, bundle, what, 2 * turns);
  const samples = turns * SAMPLES_PER_TURN;
  return {
    unitsPerSample: (twice.units - once.units) / samples,
    samplesPerSecond: (samples * 1e6) / Math.max(1, twice.timeUs - once.timeUs),
  };
}

async function run(host: XsHost, bundle: string, what: number, turns: number) {
  let timeUs = 0;
  const report = await runXs({
    host,
    bundle,
    input: new Uint8Array(Uint32Array.of(what, turns).buffer),
    onPrint: (line) => {
      timeUs = Number(line);
    },
  });
  return { units: report.meter, timeUs };
}
