/**
 * What a sample costs from the reading on: scale, median of 5, exponential average, alarm rule with hysteresis, queue; and the
 * same with its share of a batch. V8 by time, XS by units and instructions.
 */
import { Bench } from "tinybench";
import { CPU_ASSUMPTION, coreShare } from "../host-sim/xs/cpu";
import { count, table, times } from "./table";
import { BATCH, MONTH_US, makeWorkload } from "./workload";
import type { XsBench, XsMeasure } from "./xs";

/** The load that the share of a core is told for: 16 channels at 250 Hz. */
const LOAD_SAMPLES_PER_SECOND = 16 * 250;

export async function benchSampling(timeMs: number, xs: XsBench | undefined): Promise<void> {
  const bench = new Bench({ time: timeMs, warmupTime: timeMs / 4 });
  const tick = makeWorkload();
  const whole = makeWorkload();
  const late = makeWorkload(MONTH_US);
  bench.add("tick", () => {
    tick.sample();
    tick.release();
  });
  bench.add("tick and encode", () => {
    whole.sample();
    whole.encode();
  });
  bench.add("tick and encode, a month after boot", () => {
    late.sample();
    late.encode();
  });
  await bench.run();
  const measured = [xs?.tick, xs?.tickAndEncode, xs?.afterAMonth];
  const rows = bench.tasks.map((task, index) => {
    const v8 = medianPerSecond(task) * BATCH;
    const inXs = measured[index];
    return [
      task.name,
      count(v8),
      inXs === undefined ? "-" : count(inXs.samplesPerSecond),
      inXs === undefined ? "-" : times(v8 / inXs.samplesPerSecond),
      inXs === undefined ? "-" : inXs.unitsPerSample.toFixed(1),
      inXs?.instructionsPerSample === undefined ? "-" : count(inXs.instructionsPerSample),
    ];
  });
  table(
    "Sampling: scale, median of 5, average, alarm rule, queue (samples a second; XS units do not depend on the machine)",
    [
      "path",
      "V8 samples/s",
      xs === undefined ? "XS" : `XS ${xs.bits}-bit samples/s`,
      "V8 / XS",
      "XS units/sample",
      "RV32 instructions/sample",
    ],
    rows,
  );
  for (const [index, task] of bench.tasks.entries()) sayShare(task.name, measured[index]?.instructionsPerSample);
}

/** Object for each sample and a driver that waits, against ours: units and instructions, drivers included. */
export function compareWithModdableWay(xs: XsBench): void {
  const row = (name: string, { unitsPerSample, instructionsPerSample }: XsMeasure, ours: XsMeasure) => [
    name,
    unitsPerSample.toFixed(1),
    times(unitsPerSample / ours.unitsPerSample),
    instructionsPerSample === undefined ? "-" : count(instructionsPerSample),
    instructionsPerSample === undefined ? "-" : times(instructionsPerSample / ours.instructionsPerSample!),
  ];
  const rows = [
    row("argand", xs.withDrivers, xs.withDrivers),
    row("in the manner of the SDK's examples", xs.moddableWay, xs.withDrivers),
    row("argand, without reading the parts", xs.tickAndEncode, xs.tickAndEncode),
    row("in the manner of the SDK's examples, the same", xs.moddablePath, xs.tickAndEncode),
  ];
  table(
    "Three SHT3x with their drivers, filters, rule and batch, in XS (a sample is one value; JSON and delay are native)",
    ["way", "XS units/sample", "against argand", "RV32 instructions/sample", "against argand"],
    rows,
  );
}

function sayShare(path: string, instructionsPerSample: number | undefined): void {
  if (instructionsPerSample === undefined) return;
  const percent = (100 * coreShare(instructionsPerSample * LOAD_SAMPLES_PER_SECOND)).toFixed(1);
  process.stdout.write(`16 channels at 250 Hz, ${path}: ${percent} % of an RV32IMAC core (${CPU_ASSUMPTION})\n`);
}

export function medianPerSecond(task: Bench["tasks"][number]): number {
  const result = task.result as { latency?: { p50?: number } } | undefined;
  const latencyMs = result?.latency?.p50;
  if (latencyMs === undefined) throw new Error(`${task.name} gave no result`);
  return 1000 / latencyMs;
}
