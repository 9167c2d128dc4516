/** `npx tsx bench/schedulers.ts`: what a tick costs in XS by the way in which the due device is found. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildXs } from "../host-sim/xs/build";
import { bundleForXs } from "../host-sim/xs/bundle";
import { runXs } from "../host-sim/xs/run";
import { count, table } from "./table";

const WAYS = ["linear scan", "sorted list", "binary heap", "timer wheel", "ring for each period"];
const DEVICES = [1, 4, 16, 64, 256];
const TURNS = 2_000;

const host = await buildXs({});
const folder = mkdtempSync(join(tmpdir(), "argand-bench-"));
try {
  const bundle = join(folder, "guest.js");
  await bundleForXs({ entry: fileURLToPath(new URL("./schedulers-guest.ts", import.meta.url)), outfile: bundle });
  const run = async (...input: number[]) => {
    let ticks = 0;
    const bytes = new Uint8Array(Uint32Array.from(input).buffer);
    const { meter } = await runXs({ host, bundle, input: bytes, onPrint: (line) => void (ticks = Number(line)) });
    return { meter, ticks };
  };
  /** Start-up cancels in the difference of a short run and a long one. */
  const unitsPerTick = async (way: number, devices: number, mixed: number) => {
    const short = await run(way, devices, mixed, TURNS);
    const long = await run(way, devices, mixed, 3 * TURNS);
    return (long.meter - short.meter) / (long.ticks - short.ticks);
  };
  for (const [mixed, title] of ["all once a second", "periods from 4 ms to 60 s"].entries()) {
    const rows: string[][] = [];
    for (const devices of DEVICES) {
      const row = [String(devices)];
      for (let way = 0; way < WAYS.length; way++) row.push(count(await unitsPerTick(way, devices, mixed)));
      rows.push(row);
    }
    table(`XS units for one tick, ${title}`, ["devices", ...WAYS], rows);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
