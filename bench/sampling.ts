/** One tick of two channels (filter, rule, ring), and the same with its share of a batch: V8 by time, XS by units. */
import { Bench } from "tinybench";
import { count, table, times } from "./table";
import { makeWorkload } from "./workload";
import type { XsBench } from "./xs";

/** Samples of one turn: 32 ticks of two channels. */
const SAMPLES = 64;

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
    ]);
  }
  table(
    "Sampling: median of 5, alarm rule, ring (samples a second; XS units do not depend on the machine)",
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
