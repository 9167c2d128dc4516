/** Runs the workload in XS, on this machine and on RV32IMAC. Units and instructions are exact; times are of this machine. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildXs, cpuAvailability, type XsHost, xsAvailability } from "../host-sim/xs/build";
import { bundleForXs } from "../host-sim/xs/bundle";
import { cpuCost } from "../host-sim/xs/cpu";
import { runXs } from "../host-sim/xs/run";
import { BATCH } from "./workload";

/** What the guest program does. */
const READ = 0;
const SAMPLE = 1;
const SAMPLE_AND_ENCODE = 2;
const WITH_DRIVERS = 3;
const MODDABLE_WAY = 4;
const MODDABLE_PATH = 5;
const AFTER_A_MONTH = 6;
/** Turns on RV32: counts are exact, so few suffice, and qemu takes its time. */
const CPU_TURNS = 8;

export type XsMeasure = {
  readonly unitsPerSample: number;
  readonly samplesPerSecond: number;
  /** RV32IMAC; undefined where the packages for it are missing. */
  readonly instructionsPerSample: number | undefined;
};

export type XsBench = {
  readonly bits: number;
  /** Scale, median, average, rule, queue. Reading the part is not in it. */
  readonly tick: XsMeasure;
  /** The same, and each sample's share of its batch. */
  readonly tickAndEncode: XsMeasure;
  /** That again, a month after boot. */
  readonly afterAMonth: XsMeasure;
  /** Three sensors read by their drivers, and all of the above: ours, and in the manner of the SDK's examples. */
  readonly withDrivers: XsMeasure;
  readonly moddableWay: XsMeasure;
  /** The latter without reading the parts, as `tickAndEncode` is. */
  readonly moddablePath: XsMeasure;
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
    const cpu = await openCpu();
    const read = await measure(host, cpu, bundle, READ, turns);
    const tick = less(await measure(host, cpu, bundle, SAMPLE, turns), read);
    const tickAndEncode = less(await measure(host, cpu, bundle, SAMPLE_AND_ENCODE, turns), read);
    const afterAMonth = less(await measure(host, cpu, bundle, AFTER_A_MONTH, turns), read);
    const withDrivers = await measure(host, cpu, bundle, WITH_DRIVERS, turns);
    const moddableWay = await measure(host, cpu, bundle, MODDABLE_WAY, turns);
    const moddablePath = less(await measure(host, cpu, bundle, MODDABLE_PATH, turns), read);
    return { bits: host.bits, tick, tickAndEncode, afterAMonth, withDrivers, moddableWay, moddablePath };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function openCpu(): Promise<XsHost | undefined> {
  const availability = cpuAvailability();
  if (availability.ok) return buildXs({ cpu: "rv32" });
  process.stdout.write(`RV32 is skipped: ${availability.reason}; get it with: ${availability.install}\n`);
  return undefined;
}

/** What is left of a measure without the loop around the path. */
function less(whole: XsMeasure, part: XsMeasure): XsMeasure {
  const instructions = whole.instructionsPerSample;
  return {
    unitsPerSample: whole.unitsPerSample - part.unitsPerSample,
    samplesPerSecond: 1 / (1 / whole.samplesPerSecond - 1 / part.samplesPerSecond),
    instructionsPerSample: instructions === undefined ? undefined : instructions - part.instructionsPerSample!,
  };
}

async function measure(
  host: XsHost,
  cpu: XsHost | undefined,
  bundle: string,
  what: number,
  turns: number,
): Promise<XsMeasure> {
  const once = await run(host, bundle, what, turns);
  const twice = await run(host, bundle, what, 2 * turns);
  const samples = turns * BATCH;
  return {
    unitsPerSample: (twice.units - once.units) / samples,
    samplesPerSecond: (samples * 1e6) / Math.max(1, twice.timeUs - once.timeUs),
    instructionsPerSample: cpu && (await instructionsPerSample(cpu, bundle, what)),
  };
}

async function instructionsPerSample(host: XsHost, bundle: string, what: number): Promise<number> {
  const [shorter, longer] = [inputFor(what, CPU_TURNS), inputFor(what, 2 * CPU_TURNS)];
  const { instructions } = await cpuCost({ host, bundle, shorter, longer });
  return instructions / (CPU_TURNS * BATCH);
}

function inputFor(what: number, turns: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(what, turns).buffer);
}

async function run(host: XsHost, bundle: string, what: number, turns: number) {
  let timeUs = 0;
  const report = await runXs({
    host,
    bundle,
    input: inputFor(what, turns),
    onPrint: (line) => {
      timeUs = Number(line);
    },
  });
  return { units: report.meter, timeUs };
}
