/**
 * A batch of 64 samples of four sensors with everything that makes it evidence: trace handle, configuration digest, boot and sequence
 * number, time quality, and one ES256 signature. Ours as SenML and as columns; cbor-x and JSON with the same facts beside them.
 */
import { Encoder } from "cbor-x";
import { Bench } from "tinybench";
import { makeChannel } from "../firmware/sampling/make-channel";
import { queueBytes } from "../firmware/sampling/record-queue";
import { SampleMemory } from "../firmware/sampling/sample-memory";
import { readColumns } from "../firmware/uplink/columns/reader";
import { ColumnsWriter, columnsBytes } from "../firmware/uplink/columns/writer";
import { signDocument } from "../firmware/uplink/cose/sign1";
import { encodeGroupIdentity } from "../firmware/uplink/senml/group-identity";
import { PackHead, PackWriter } from "../firmware/uplink/senml/pack-writer";
import { TimeQuality } from "../hal/clock";
import { nodeCrypto } from "../hal/node/crypto";
import { resolvePack } from "../host-sim/cli/senml-view";
import { simulatedSigner } from "../host-sim/simulated-key";
import { medianPerSecond } from "./sampling";
import { count, table, times } from "./table";

const SENSORS = [
  { name: "harbour-warehouse/gw-07/hall-north/temperature", unit: "Cel", decimals: 2, from: 21.4, swing: 0.05 },
  { name: "harbour-warehouse/gw-07/hall-north/humidity", unit: "%RH", decimals: 1, from: 47.9, swing: 0.3 },
  { name: "harbour-warehouse/gw-07/sprinkler-pressure/value", unit: "bar", decimals: 2, from: 7.9, swing: 0.02 },
  { name: "harbour-warehouse/gw-07/tank-1/value", unit: "m", decimals: 3, from: 3.217, swing: 0.002 },
] as const;
const SAMPLES_EACH = 16;
const SAMPLES = SENSORS.length * SAMPLES_EACH;
const SECOND_US = 1_000_000;
const BOOT_S = 1_767_225_600.037;
const PACK_BYTES = 4096;

/** A walk of small steps, the same in every run: what a sensor in a room does. */
function readings(): number[][] {
  let state = 12_345;
  return SENSORS.map(({ from, swing }) => {
    let value: number = from;
    return Array.from({ length: SAMPLES_EACH }, () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      value += (state / 4_294_967_296 - 0.5) * swing;
      return value;
    });
  });
}

export function makeBatches() {
  const identities = SENSORS.map(({ name, unit }) => encodeGroupIdentity(name, unit));
  const room = columnsBytes(SENSORS.length, SAMPLES);
  const queues = identities.reduce((sum, identity) => sum + queueBytes(identity, SAMPLES_EACH + 2), 0);
  const memory = new SampleMemory(queues + PACK_BYTES + room);
  const channels = identities.map((identity, i) =>
    makeChannel({
      plan: { name: "value", unit: SENSORS[i].unit, filters: [], alarms: [] },
      queue: {
        memory,
        identity,
        periodUs: SECOND_US,
        capacity: SAMPLES_EACH + 2,
        overload: "drop-oldest",
      },
      onAlarm: () => {},
    }),
  );
  const facts = { boot: 17, root: new Uint8Array(12).fill(7), configuration: new Uint8Array(12).fill(9) };
  const packAt = memory.take(PACK_BYTES);
  const pack = new PackWriter(memory.writer, packAt, packAt + PACK_BYTES, {
    ...facts,
    baseName: "harbour-warehouse/gw-07/",
  });
  const columnsAt = memory.take(room);
  const columns = new ColumnsWriter(memory.bytes, memory.view, memory.fields, columnsAt, columnsAt + room, facts);
  const places = SENSORS.map(({ decimals }, i) => ({ component: i, channel: 0, decimals }));
  const head = new PackHead();
  head.seq = 4711;
  head.timeQuality = TimeQuality.sntp;
  const values = readings();
  const fill = () => {
    for (let i = 0; i < SAMPLES_EACH; i++)
      for (let c = 0; c < channels.length; c++) channels[c].accept(values[c][i], (60 + i) * SECOND_US);
  };
  const clear = () => {
    for (const channel of channels) channel.clear(channel.length);
  };
  const asSenml = () => {
    pack.begin(head);
    for (const channel of channels) pack.group(channel, channel.length, BOOT_S + channel.baseUs / SECOND_US);
    pack.finish();
    return pack;
  };
  const asColumns = () => {
    head.baseTimeS = BOOT_S + channels[0].baseUs / SECOND_US;
    columns.begin(head);
    channels.forEach((channel, i) => {
      columns.column(channel, places[i], channel.length, BOOT_S + channel.baseUs / SECOND_US);
    });
    columns.finish();
    return columns;
  };
  return { fill, clear, asSenml, asColumns };
}

export async function benchUplinkBatch(timeMs: number): Promise<{ senml: number; columns: number }> {
  const batches = makeBatches();
  batches.fill();
  const bytesOf = (message: { bytes: Uint8Array; offset: number; length: number }) =>
    message.bytes.slice(message.offset, message.offset + message.length);
  const senml = bytesOf(batches.asSenml());
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
  bench.add("columns", () => batches.asColumns());
  bench.add("cbor-x pack", () => maps.encode(pack));
  bench.add("cbor-x maps", () => maps.encode(plain));
  bench.add("cbor-x records", () => structures.encode(plain));
  bench.add("json", () => JSON.stringify(plain));
  await bench.run();
  const rate = new Map(bench.tasks.map((task) => [task.name, medianPerSecond(task)]));
  const rows: [string, string, number][] = [
    ["argand: SenML", "senml", signed(senml)],
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
  return { senml: rows[0][2] / SAMPLES, columns: rows[1][2] / SAMPLES };
}
