/**
 * `node --expose-gc --import tsx bench/heap.ts`: does V8's heap grow while the loop runs? Prints one line of JSON: the live bytes
 * that a million samples leave behind, after a collection before and after. Without the samples it measures its own noise.
 */
import { BATCH, makeWorkload } from "./workload";

/** V8 has compiled everything by then, and has made up its mind about the shapes. */
const WARM_UP_BATCHES = 2_000;
const BATCHES = Math.ceil(1_000_000 / BATCH);

declare const gc: () => void;

function liveBytes(): number {
  // A second one collects what the first one's finalisers let go.
  gc();
  gc();
  return process.memoryUsage().heapUsed;
}

const workload = makeWorkload();

function run(batches: number): void {
  for (let i = 0; i < batches; i++) {
    workload.sample();
    workload.encode();
  }
}

run(WARM_UP_BATCHES);
const startBytes = liveBytes();
const idleBytes = liveBytes() - startBytes;
const beforeBytes = liveBytes();
run(BATCHES);
const growthBytes = liveBytes() - beforeBytes;
process.stdout.write(`${JSON.stringify({ samples: BATCHES * BATCH, growthBytes, idleBytes })}\n`);
