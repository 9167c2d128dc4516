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
import type { Measured } from "./baseline";
import { count, table } from "./table";
import { SITE, siteInput } from "./virtual-time-site";

const RUN = fileURLToPath(new URL("./virtual-time-run.mjs", import.meta.url));
/** The short run: the scenario's first minute. */
const SHORT_S = 60;

type Cost = { readonly cpuSeconds: number; readonly wallSeconds: number; readonly units?: number };
type Row = { readonly row: string[]; readonly units: number };
type Engine = (virtualSeconds: number) => Promise<Cost>;

/**
 * @param virtualSeconds one row for each of these
 * @returns XS units of a virtual second of the first of them
 */
export async function benchVirtualTime(
  virtualSeconds: readonly number[],
  xs: { readonly bits: number } | undefined,
): Promise<Measured> {
  const measured = await measure("V8, a new process", inV8, virtualSeconds);
  const measuredInXs = xs === undefined ? [] : await measure(`XS ${xs.bits}-bit`, inXs, virtualSeconds);
  const rows = [...measured, ...measuredInXs].map(({ row }) => row);
  table(
    "Virtual time: harbour-warehouse, virtual seconds a second (processor time of all threads; V8 with Node's start, XS with parsing)",
    ["engine", "virtual s", "a CPU s", "a s by the clock", "start, CPU s", "steady, a CPU s", "XS units a virtual s"],
    rows,
  );
  return xs === undefined ? {} : { "a virtual second of the reference site": measuredInXs[0].units };
}

async function measure(name: string, run: Engine, virtualSeconds: readonly number[]): Promise<Row[]> {
  // The first run may make a bundle of the command, or XS itself.
  await run(1);
  const short = await run(SHORT_S);
  const rows: Row[] = [];
  for (const seconds of virtualSeconds) {
    const whole = await run(seconds);
    const units = ((whole.units ?? 0) - (short.units ?? 0)) / (seconds - SHORT_S);
    const perSecond = (whole.cpuSeconds - short.cpuSeconds) / (seconds - SHORT_S);
    const row = [
      name,
      count(seconds),
      count(seconds / whole.cpuSeconds),
      count(seconds / whole.wallSeconds),
      Math.max(0, short.cpuSeconds - SHORT_S * perSecond).toFixed(2),
      count(1 / perSecond),
      whole.units === undefined ? "" : count(units),
    ];
    rows.push({ row, units });
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
