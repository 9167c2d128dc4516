/**
 * A batch of 64 samples of four sensors with everything that makes it evidence: trace handle, configuration digest, boot and sequence
 * number, time quality, and one ES256 signature. Ours as SenML and as columns; cbor-x and JSON with the same facts beside them.
 */
import { Encoder } from "cbor-x";
import { Bench } from "tinybench";
import { readColumns } from "../firmware/uplink/columns/reader";
import { signDocument } from "../firmware/uplink/cose/sign1";
import { nodeCrypto } from "../hal/node/crypto";
import { resolvePack } from "../host-sim/cli/senml-view";
import { simulatedSigner } from "../host-sim/simulated-key";
import { medianPerSecond } from "./sampling";
import { count, table, times } from "./table";
import { makeBatches, SAMPLES, SAMPLES_EACH, SENSORS } from "./uplink-workload";

export async function benchUplinkBatch(timeMs: number): Promise<void> {
  const batches = makeBatches();
  batches.fill();
  const bytesOf = (message: { bytes: Uint8Array; offset: number; length: number }) =>
    message.bytes.slice(message.offset, message.offset + message.length);
  const senml = bytesOf(batches.asSenml());
  const short = bytesOf(batches.asShort());
  const columns = bytesOf(batches.asColumns());
  const maps = new Encoder({ useRecords: false, mapsAsObjects: false });
  const structures = new Encoder();
  const pack = maps.decode(senml) as unknown;
  const plain = resolvePack(pack as unknown[]).map(({ name, time, u, v }) => ({
    n: name,
    u,
    v,
    t: time,
    root: "07".repeat(12),
    cfg: "09".repeat(12),
    boot: 17,
    seq: 4711,
  }));
  if (plain.length !== SAMPLES) throw new Error(`the pack holds ${plain.length} records`);
  resolvePack(maps.decode(short) as unknown[]).forEach(({ name, time, v }, i) => {
    const { decimals } = SENSORS[Math.floor(i / SAMPLES_EACH)];
    const { n, t, v: value } = plain[i];
    if (name !== n || time !== t || Math.abs((v as number) - (value as number)) > 0.1001 / 10 ** decimals)
      throw new Error("the short pack holds other records");
  });
  const read = readColumns(columns).columns.flatMap(({ records }) => records);
  read.forEach(({ value }, i) => {
    const { decimals } = SENSORS[Math.floor(i / SAMPLES_EACH)];
    if (Math.abs(value! - (plain[i].v as number)) > 0.51 / 10 ** decimals)
      throw new Error("the columns hold other values");
  });
  const signer = simulatedSigner(1);
  const signed = (bytes: Uint8Array) => signDocument(bytes, signer, nodeCrypto).length;

  const bench = new Bench({ time: timeMs, warmupTime: timeMs / 4 });
  bench.add("senml", () => batches.asSenml());
  bench.add("short", () => batches.asShort());
  bench.add("columns", () => batches.asColumns());
  bench.add("cbor-x pack", () => maps.encode(pack));
  bench.add("cbor-x maps", () => maps.encode(plain));
  bench.add("cbor-x records", () => structures.encode(plain));
  bench.add("json", () => JSON.stringify(plain));
  await bench.run();
  const rate = new Map(bench.tasks.map((task) => [task.name, medianPerSecond(task)]));
  const rows: [string, string, number][] = [
    ["argand: SenML", "senml", signed(senml)],
    ["argand: SenML, values to a tenth of their last digit", "short", signed(short)],
    ["argand: columns", "columns", signed(columns)],
    ["cbor-x: the same pack", "cbor-x pack", signed(maps.encode(pack))],
    ["cbor-x: a map for each sample", "cbor-x maps", signed(maps.encode(plain))],
    ["cbor-x: records", "cbor-x records", signed(structures.encode(plain))],
    ["JSON", "json", signed(new TextEncoder().encode(JSON.stringify(plain)))],
  ];
  const cborX = rate.get("cbor-x pack")!;
  table(
    `A batch of ${SAMPLES} samples with full traceability, signed (rates without the signature, which costs all the same)`,
    ["encoder", "bytes, signed", "bytes/sample", "batches/s", "against cbor-x"],
    rows.map(([name, task, bytes]) => [
      name,
      count(bytes),
      (bytes / SAMPLES).toFixed(2),
      count(rate.get(task)!),
      times(rate.get(task)! / cborX),
    ]),
  );
}
