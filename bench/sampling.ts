/** One tick of two channels (filter, rule, ring), and the same with its share of a batch: V8 by time, XS by units and instructions. */
import { Bench } from "tinybench";
import { CPU_ASSUMPTION, coreShare } from "../host-sim/xs/cpu";
import { count, table, times } from "./table";
import { makeWorkload } from "./workload";
import type { XsBench } from "./xs";

/** Samples of one turn: 32 ticks of two channels. */
const SAMPLES = 64;
/** The load that the share of a core is told for: 16 channels at 250 Hz. */
const LOAD_SAMPLES_PER_SECOND = 16 * 250;

export async function benchSampling(timeMs: number, xs: XsBench | undefined): Promise<void> {
  const bench = new Bench({ time: timeMs, warmupTime: timeMs / 4 });
  const tick = makeWorkload();
  const whole = makeWorkload();
  bench.add("tick", () => {
    for (let i = 0; i < SAMPLES / 2; i++) tick.tick();
    tick.ring.release(tick.ring.length);
  });
  bench.add("tick and encode", () => {
    for (let i = 0; i < SAMPLES / 2; i++) whole.tick();
    whole.encode();
  });
  await bench.run();
  const rows: string[][] = [];
  for (const [index, task] of bench.tasks.entries()) {
    const v8 = medianPerSecond(task) * SAMPLES;
    const measured = xs?.measure(index);
    rows.push([
      task.name,
      count(v8),
      measured === undefined ? "-" : count(measured.samplesPerSecond),
      measured === undefined ? "-" : times(v8 / measured.samplesPerSecond),
      measured === undefined ? "-" : measured.unitsPerSample.toFixed(1),
      measured?.instructionsPerSample === undefined ? "-" : count(measured.instructionsPerSample),
    ]);
  }
  table(
    "Sampling: median of 5, alarm rule, ring (samples a second; XS units do not depend on the machine)",
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
  for (const [index, task] of bench.tasks.entries()) sayShare(task.name, xs?.measure(index).instructionsPerSample);
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
