/**
 * A batch in V8: ours from the readings on, cbor-x with the same pack, with a whole SenML record for each sample and with
 * plain objects, JSON. The rivals get their objects ready made. All outputs are checked to hold the same values first.
 */
import { decode, Encoder } from "cbor-x";
import { Bench } from "tinybench";
import { resolvePack } from "../host-sim/cli/senml-view";
import { medianPerSecond } from "./sampling";
import { count, table, times } from "./table";
import { BATCH, makeWorkload } from "./workload";

type Plain = { n: string; u: string; v: number; t: number };

export async function benchBatch(timeMs: number): Promise<void> {
  const work = makeWorkload();
  work.sample();
  const ours = work.batcher.telemetry(1);
  const packed = ours.bytes.slice(ours.offset, ours.offset + ours.length);
  const plain: Plain[] = resolvePack(decode(packed) as unknown[]).map(({ name, time, u, v }) => ({
    n: name,
    u: u as string,
    v: v as number,
    t: time!,
  }));
  const senml = plain.map(
    ({ n, u, v, t }) =>
      new Map<number, unknown>([
        [0, n],
        [1, u],
        [2, v],
        [6, t],
      ]),
  );
  const maps = new Encoder({ useRecords: false, mapsAsObjects: false });
  const pack = maps.decode(packed) as unknown;
  const objects = new Encoder({ useRecords: false });
  check(plain, decode(objects.encode(plain)) as Plain[]);

  const bench = new Bench({ time: timeMs, warmupTime: timeMs / 4 });
  bench.add("argand: sampling and encoding", () => {
    work.sample();
    work.encode();
  });
  bench.add("argand: the ticks alone", () => {
    work.sample();
    work.release();
  });
  bench.add("cbor-x: the same pack", () => maps.encode(pack));
  bench.add("cbor-x: SenML maps", () => maps.encode(senml));
  bench.add("cbor-x: plain objects", () => objects.encode(plain));
  bench.add("JSON.stringify", () => JSON.stringify(plain));
  await bench.run();

  const perSecond = new Map(bench.tasks.map((task) => [task.name, medianPerSecond(task)]));
  const withTicks = perSecond.get("argand: sampling and encoding")!;
  const ticks = perSecond.get("argand: the ticks alone")!;
  const encodeOnly = 1 / (1 / withTicks - 1 / ticks);
  const sizes: [string, number, number][] = [
    ["argand: SenML, encoding alone", encodeOnly, packed.length],
    ["argand: sampling and encoding", withTicks, packed.length],
    ["cbor-x: the same pack", perSecond.get("cbor-x: the same pack")!, maps.encode(pack).length],
    ["cbor-x: a SenML record for each", perSecond.get("cbor-x: SenML maps")!, maps.encode(senml).length],
    ["cbor-x: plain objects", perSecond.get("cbor-x: plain objects")!, objects.encode(plain).length],
    ["JSON.stringify, plain objects", perSecond.get("JSON.stringify")!, Buffer.byteLength(JSON.stringify(plain))],
  ];
  const cborX = perSecond.get("cbor-x: the same pack")!;
  table(
    `A batch of ${BATCH} samples in V8 (the packs carry time base, quality and trace for all)`,
    ["encoder", "batches/s", "against cbor-x", "bytes", "bytes/sample"],
    sizes.map(([name, rate, bytes]) => [
      name,
      count(rate),
      times(rate / cborX),
      count(bytes),
      (bytes / BATCH).toFixed(1),
    ]),
  );
}

function check(expected: readonly Plain[], actual: readonly Plain[]): void {
  expected.forEach((record, i) => {
    if (record.v !== actual[i].v || record.n !== actual[i].n)
      throw new Error("the encoders do not hold the same values");
  });
}
