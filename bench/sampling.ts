/**
 * What a sample costs from the reading on: scale, median of 5, exponential average, alarm rule with hysteresis, queue; and the
 * same with its share of a batch. V8 by time, XS by units.
 */
import { Bench } from "tinybench";
import { count, table, times } from "./table";
import { BATCH, makeWorkload } from "./workload";
import type { XsBench } from "./xs";

export async function benchSampling(timeMs: number, xs: XsBench | undefined): Promise<void> {
  const bench = new Bench({ time: timeMs, warmupTime: timeMs / 4 });
  const tick = makeWorkload();
  const whole = makeWorkload();
  bench.add("tick", () => {
    tick.sample();
    tick.release();
  });
  bench.add("tick and encode", () => {
    whole.sample();
    whole.encode();
  });
  await bench.run();
  const measured = [xs?.tick, xs?.tickAndEncode];
  const rows = bench.tasks.map((task, index) => {
    const v8 = medianPerSecond(task) * BATCH;
    const inXs = measured[index];
    return [
      task.name,
      count(v8),
      inXs === undefined ? "-" : count(inXs.samplesPerSecond),
      inXs === undefined ? "-" : times(v8 / inXs.samplesPerSecond),
      inXs === undefined ? "-" : inXs.unitsPerSample.toFixed(1),
    ];
  });
  table(
    "Sampling: scale, median of 5, average, alarm rule, queue (samples a second; XS units do not depend on the machine)",
    ["path", "V8 samples/s", xs === undefined ? "XS" : `XS ${xs.bits}-bit samples/s`, "V8 / XS", "XS units/sample"],
    rows,
  );
}

export function medianPerSecond(task: Bench["tasks"][number]): number {
  const result = task.result as { latency?: { p50?: number } } | undefined;
  const latencyMs = result?.latency?.p50;
  if (latencyMs === undefined) throw new Error(`${task.name} gave no result`);
  return 1000 / latencyMs;
}
