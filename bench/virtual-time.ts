/**
 * How much faster than real time a whole site runs: world, bus emulators, gateway, broker. By processor time, so that a busy
 * machine does not lie, and by the clock as well. The start is told apart: the difference of a run and a short one is the
 * steady rate.
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { runInXs } from "../host-sim/engine-xs";
import { buildXs } from "../host-sim/xs/build";
import { xsAvailability } from "../host-sim/xs/toolchain";
import { count, table } from "./table";
import { SITE, siteInput } from "./virtual-time-site";

const RUN = fileURLToPath(new URL("./virtual-time-run.mjs", import.meta.url));
/** The short run: the scenario's first minute. */
const SHORT_S = 60;

type Cost = { readonly cpuSeconds: number; readonly wallSeconds: number; readonly units?: number };
type Engine = (virtualSeconds: number) => Promise<Cost>;

/** @param virtualSeconds one row for each of these */
export async function benchVirtualTime(
  virtualSeconds: readonly number[],
  xs: { readonly bits: number } | undefined,
): Promise<void> {
  const rows = await measure("V8, a new process", inV8, virtualSeconds);
  if (xs !== undefined) rows.push(...(await measure(`XS ${xs.bits}-bit`, inXs, virtualSeconds)));
  table(
    "Virtual time: harbour-warehouse, virtual seconds a second (processor time of all threads; V8 with Node's start, XS with parsing)",
    ["engine", "virtual s", "a CPU s", "a s by the clock", "start, CPU s", "steady, a CPU s", "XS units a virtual s"],
    rows,
  );
}

async function measure(name: string, run: Engine, virtualSeconds: readonly number[]): Promise<string[][]> {
  // The first run may make a bundle of the command, or XS itself.
  await run(1);
  const short = await run(SHORT_S);
  const rows: string[][] = [];
  for (const seconds of virtualSeconds) {
    const whole = await run(seconds);
    const perSecond = (whole.cpuSeconds - short.cpuSeconds) / (seconds - SHORT_S);
    rows.push([
      name,
      count(seconds),
      count(seconds / whole.cpuSeconds),
      count(seconds / whole.wallSeconds),
      Math.max(0, short.cpuSeconds - SHORT_S * perSecond).toFixed(2),
      count(1 / perSecond),
      whole.units === undefined ? "" : count((whole.units - (short.units ?? 0)) / (seconds - SHORT_S)),
    ]);
  }
  return rows;
}

async function inV8(virtualSeconds: number): Promise<Cost> {
  const startedMs = performance.now();
  const { stdout } = await promisify(execFile)(process.execPath, [RUN, SITE, String(virtualSeconds)]);
  const { cpuSeconds } = JSON.parse(stdout.trimEnd().split("\n").at(-1)!) as { cpuSeconds: number };
  return { cpuSeconds, wallSeconds: (performance.now() - startedMs) / 1000 };
}

async function inXs(virtualSeconds: number): Promise<Cost> {
  const startedMs = performance.now();
  const { report } = await runInXs(
    { input: await siteInput(virtualSeconds), say: () => {}, onProgress: () => {} },
    () => {},
  );
  return {
    cpuSeconds: report.cpuSeconds,
    wallSeconds: (performance.now() - startedMs) / 1000,
    units: report.meter,
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const seconds = process.argv.slice(2).map(Number);
  await benchVirtualTime(seconds.length === 0 ? [600] : seconds, xsAvailability().ok ? await buildXs({}) : undefined);
}
