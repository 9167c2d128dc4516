/**
 * Encoding a batch of 64 samples: our SenML writer, cbor-x with the same SenML records, cbor-x with plain objects, JSON.
 * The rivals get their objects ready made; ours reads the ring. All outputs are checked to hold the same values first.
 */
import { decode, Encoder } from "cbor-x";
import { Bench } from "tinybench";
import { medianPerSecond } from "./sampling";
import { count, table, times } from "./table";
import { BATCH, makeWorkload } from "./workload";

type Plain = { n: string; u: string; v: number; t: number };

export async function benchBatch(timeMs: number): Promise<void> {
  const work = makeWorkload();
  for (let i = 0; i < BATCH / 2; i++) work.tick();
  const ours = work.batcher.telemetry(work.ring, 1);
  const packed = ours.bytes.slice(ours.offset, ours.offset + ours.length);
  const records = decode(packed) as Record<string, unknown>[];
  const plain: Plain[] = records.map((record) => ({
    n: record["0"] as string,
    u: record["1"] as string,
    v: record["2"] as number,
    t: (record["6"] as number | undefined) ?? 0,
  }));
  const senml = records.map((record) => new Map(Object.entries(record).map(([key, value]) => [toLabel(key), value])));
  const maps = new Encoder({ useRecords: false, mapsAsObjects: false });
  const objects = new Encoder({ useRecords: false });
  check(plain, decode(objects.encode(plain)) as Plain[]);

  const bench = new Bench({ time: timeMs, warmupTime: timeMs / 4 });
  // The ring is not emptied: `release` of a full ring is undone by giving the samples back.
  bench.add("argand: ring to SenML", () => {
    for (let i = 0; i < BATCH / 2; i++) work.tick();
    work.encode();
  });
  bench.add("argand: the ticks alone", () => {
    for (let i = 0; i < BATCH / 2; i++) work.tick();
    work.ring.release(work.ring.length);
  });
  bench.add("cbor-x: SenML maps", () => maps.encode(senml));
  bench.add("cbor-x: plain objects", () => objects.encode(plain));
  bench.add("JSON.stringify", () => JSON.stringify(plain));
  await bench.run();

  const perSecond = new Map(bench.tasks.map((task) => [task.name, medianPerSecond(task)]));
  const withTicks = perSecond.get("argand: ring to SenML")!;
  const ticks = perSecond.get("argand: the ticks alone")!;
  const encodeOnly = 1 / (1 / withTicks - 1 / ticks);
  const sizes: [string, number, number][] = [
    ["argand: SenML, encoding alone", encodeOnly, packed.length],
    ["argand: sampling and encoding", withTicks, packed.length],
    ["cbor-x: the same SenML maps", perSecond.get("cbor-x: SenML maps")!, maps.encode(senml).length],
    ["cbor-x: plain objects", perSecond.get("cbor-x: plain objects")!, objects.encode(plain).length],
    ["JSON.stringify, plain objects", perSecond.get("JSON.stringify")!, Buffer.byteLength(JSON.stringify(plain))],
  ];
  const cborX = perSecond.get("cbor-x: SenML maps")!;
  table(
    `A batch of ${BATCH} samples in V8 (only argand's carries time base, quality and trace for all)`,
    ["encoder", "batches/s", "against cbor-x maps", "bytes", "bytes/sample"],
    sizes.map(([name, rate, bytes]) => [
      name,
      count(rate),
      times(rate / cborX),
      count(bytes),
      (bytes / BATCH).toFixed(1),
    ]),
  );
}

function toLabel(key: string): number | string {
  const label = Number(key);
  return Number.isInteger(label) ? label : key;
}

function check(expected: readonly Plain[], actual: readonly Plain[]): void {
  expected.forEach((record, i) => {
    if (record.v !== actual[i].v || record.n !== actual[i].n)
      throw new Error("the encoders do not hold the same values");
  });
}
