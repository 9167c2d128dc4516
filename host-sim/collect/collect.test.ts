/** What a collector believes and what it does not, on captures of simulated sites. */
import { createHash } from "node:crypto";
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Plan } from "../../firmware/plan";
import { DeviceKey } from "../../firmware/trace/trace";
import { type CborValue, encodeDeterministic } from "../../firmware/uplink/cbor/encode";
import { decodeCbor } from "../../firmware/uplink/cbor/reader";
import { parseSign1 } from "../../firmware/uplink/cose/parse";
import { loadScenario, loadSite } from "../../manifests/load";
import { runInV8 } from "../engine-v8";
import { simulatedSigner } from "../simulated-key";
import { readMessages } from "../uplink-file";
import { Collector } from "./collector";
import { derive } from "./derive";
import { writeNdjson, writeParquet } from "./files";
import { KeyRing, pemOf } from "./key-ring";
import { COLUMNS, rowsOf } from "./rows";
import { readSpool, Spool, type SpoolEntry } from "./spool";
import { TraceIndex } from "./trace-index";
import { traceDifferences, traceReport, verifyTrace } from "./trace-report";

const SIGNED = fileURLToPath(new URL("../../manifests/examples/signed.yaml", import.meta.url));
const SEED = 7;
const RECEIVED_MS = 1_800_000_000_000;

async function capture(change: (plan: Plan) => Plan = (plan) => plan): Promise<SpoolEntry[]> {
  const site = await loadSite(SIGNED);
  if (!site.ok) throw new Error("the example does not load");
  const scenario = await loadScenario(site.scenarioFile!, site);
  if (!scenario.ok) throw new Error("its scenario does not load");
  const run = await runInV8({
    input: encodeDeterministic({
      plan: encodeDeterministic(change(site.plan) as unknown as CborValue),
      scenario: scenario.scenario as unknown as CborValue,
      seed: SEED,
      durationUs: 70_000_000,
      replay: null,
    }),
    say: () => {},
    onProgress: () => {},
  });
  return [...readMessages(Buffer.concat(run.uplink))].map((message) => ({ ...message, receivedMs: RECEIVED_MS }));
}

function ring(): KeyRing {
  const keys = new KeyRing();
  keys.add(simulatedSigner(SEED).publicKey);
  return keys;
}

const of = (entries: readonly SpoolEntry[], what: string) => entries.filter(({ topic }) => topic.endsWith(`/${what}`));

describe("a collector", () => {
  let entries: SpoolEntry[];
  let folder: string;
  beforeAll(async () => {
    entries = await capture();
    folder = mkdtempSync(join(tmpdir(), "argand-collect-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("takes what is signed by a key of its ring, once, and accounts for every number", () => {
    const { collector, messages } = derive(entries, { keys: ring() });
    expect([collector.refused, collector.index.rejected]).toEqual([0, []]);
    const [{ boots }] = collector.accounts();
    expect(boots).toEqual([
      {
        boot: 1,
        letGo: 0,
        delivered: messages.length,
        duplicates: 0,
        lastSeq: messages.length - 1,
        declared: [],
        missing: [],
      },
    ]);
    expect(messages.map(({ seq }) => seq)).toEqual(messages.map((_, i) => i));
  });

  it("gives the same whatever the order, and however often a message comes", () => {
    const keys = ring();
    const wanted = derive(entries, { keys }).messages;
    const twice = [...entries, ...entries].reverse();
    const { collector, messages } = derive(twice, { keys });
    expect(messages).toEqual(wanted);
    expect(collector.accounts()[0].boots[0].duplicates).toBe(wanted.length);
  });

  it("says which numbers are missing when one does not come", () => {
    const lost = of(entries, "telemetry")[1];
    const [{ boots }] = derive(entries.filter((entry) => entry !== lost)).collector.accounts();
    expect(boots[0].missing).toHaveLength(1);
    expect(boots[0].missing[0].from).toBe(boots[0].missing[0].to);
  });

  it("refuses one turned bit, another's signature and no signature, each with its reason", () => {
    const batch = of(entries, "telemetry")[0];
    const turned = batch.payload.slice();
    turned[60] ^= 1;
    const stranger = new KeyRing();
    stranger.add(simulatedSigner(8).publicKey);
    const reasons = (keys: KeyRing, payload: Uint8Array) => {
      const collector = new Collector({ keys });
      expect(collector.take(batch.topic, payload, 0)).toBeUndefined();
      return collector.refusals.map(({ reason }) => reason);
    };
    expect(reasons(ring(), turned)).toEqual(["its signature does not hold"]);
    expect(reasons(stranger, batch.payload)).toEqual(["it is signed with a key that is not on the ring"]);
    expect(reasons(ring(), parseSign1(batch.payload).payload)).toEqual(["it is not signed"]);
    expect(reasons(ring(), Uint8Array.of(1, 2, 3))[0]).toMatch(/bytes after the end of the item/);
  });

  it("resolves names, units and components of a compact batch by the signed manifest", () => {
    const { messages } = derive(entries, { keys: ring() });
    const record = messages.flatMap(({ records }) => records).find(({ name }) => name.endsWith("dock/humidity"))!;
    expect(record).toMatchObject({ name: "cold-store/gw-03/dock/humidity", unit: "%RH", timeSource: "sent" });
    expect(record.component).toMatch(/^[0-9a-f]{64}$/);
  });

  it("writes the same rows as newline JSON and as Parquet, which another reader reads", async () => {
    const rows = derive(entries, { keys: ring() }).messages.flatMap(rowsOf);
    writeNdjson(join(folder, "records.ndjson"), rows);
    writeParquet(join(folder, "records.parquet"), rows);
    const lines = readFileSync(join(folder, "records.ndjson"), "utf8").trim().split("\n");
    const bytes = readFileSync(join(folder, "records.parquet"));
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
    const parquet = await parquetReadObjects({ file });
    expect(parquet).toHaveLength(rows.length);
    rows.forEach((row, i) => {
      const line = JSON.parse(lines[i]) as Record<string, unknown>;
      for (const [name] of COLUMNS) {
        expect(line[name] ?? null).toEqual(row[name]);
        const value = parquet[i][name] ?? null;
        expect(typeof value === "bigint" ? Number(value) : value).toEqual(row[name]);
      }
    });
  });

  it("keeps what came, and cuts a torn end off", () => {
    const spool = new Spool(folder);
    for (const { topic, payload } of entries.slice(0, 3)) spool.append(RECEIVED_MS, topic, payload);
    spool.close();
    appendFileSync(spool.path, Buffer.alloc(9));
    const again = new Spool(folder);
    expect(again.tornBytes).toBe(9);
    again.append(RECEIVED_MS + 1, entries[3].topic, entries[3].payload);
    again.close();
    const read = readSpool(readFileSync(spool.path)).entries;
    expect(read.map(({ receivedMs }) => receivedMs)).toEqual([RECEIVED_MS, RECEIVED_MS, RECEIVED_MS, RECEIVED_MS + 1]);
    expect(read.map(({ payload }) => Buffer.from(payload).toString("hex"))).toEqual(
      entries.slice(0, 4).map(({ payload }) => Buffer.from(payload).toString("hex")),
    );
  });

  it("takes keys from PEM files, and says what is wrong with one", () => {
    const keys = new KeyRing();
    const path = join(folder, "key.pem");
    appendFileSync(path, pemOf(simulatedSigner(SEED).publicKey));
    expect(keys.addFile(path)).toEqual([parseKeyId(of(entries, "telemetry")[0].payload)]);
    appendFileSync(join(folder, "none.pem"), "nothing");
    expect(() => keys.addFile(join(folder, "none.pem"))).toThrow("no public key in PEM");
  });
});

function parseKeyId(payload: Uint8Array): string {
  return Buffer.from(parseSign1(payload).protectedHeaders.get(4) as Uint8Array).toString("hex");
}

describe("a capture from before the time was known", () => {
  it("is dated by the anchor that came later, and by the arrival without one", () => {
    const collector = new Collector();
    const pack = (first: Record<string, CborValue>, more: Map<number, CborValue>) =>
      encodeDeterministic([new Map<number | string, CborValue>([...more, ...Object.entries(first)])]);
    const head = { boot: 4, root: new Uint8Array(12), cfg: new Uint8Array(12) };
    const topic = "argand/v1/site/gw/telemetry";
    const batch = pack(
      { ...head, seq: 0, tq: 0, mono_: true },
      new Map<number, CborValue>([
        [2, 1],
        [-2, "site/gw/d/c"],
        [-3, 30],
      ]),
    );
    const anchor = pack(
      { ...head, seq: 1, tq: 2, up: 90 },
      new Map<number, CborValue>([
        [0, "clock/anchor"],
        [3, "set"],
        [-2, "site/gw/"],
        [-3, 1_800_000_090],
      ]),
    );
    const [early] = collector.take(topic, batch, RECEIVED_MS)!.records;
    expect(early).toMatchObject({ time: RECEIVED_MS / 1000, timeSource: "arrival", up: 30 });
    const { messages } = derive([
      { topic, payload: batch, receivedMs: RECEIVED_MS },
      { topic: "argand/v1/site/gw/event", payload: anchor, receivedMs: RECEIVED_MS },
    ]);
    expect(messages[0].records[0]).toMatchObject({ time: 1_800_000_030, timeSource: "anchored", up: 30 });
  });
});

describe("a gap that the gateway declared", () => {
  const head = { root: new Uint8Array(12), cfg: new Uint8Array(12), tq: 2 };
  const message = (boot: number, seq: number, more: [number, CborValue][]): SpoolEntry => ({
    topic: `argand/v1/site/gw/${more.some(([, value]) => value === "uplink/gap") ? "event" : "telemetry"}`,
    payload: encodeDeterministic([
      new Map<number | string, CborValue>([
        [-2, "site/gw/"],
        [-3, 1_800_000_000],
        ...more,
        ...Object.entries({ ...head, boot, seq }),
      ]),
    ]),
    receivedMs: RECEIVED_MS,
  });
  const value: [number, CborValue][] = [
    [0, "d/c"],
    [2, 1],
  ];
  const gap = (...told: CborValue[]): [number, CborValue][] => [
    [0, "uplink/gap"],
    [8, encodeDeterministic(told)],
  ];

  it("explains what is missing, over boots, and nothing else", () => {
    const { collector } = derive([
      message(1, 0, value),
      message(1, 1, value),
      message(2, 3, value),
      message(2, 6, gap(2, "overflow", 1, 2, 2, 2, 4, 80)),
    ]);
    const [{ boots }] = collector.accounts();
    expect(boots.map(({ boot, missing }) => [boot, missing])).toEqual([
      [1, []],
      [2, [{ from: 4, to: 5 }]],
    ]);
    expect(boots[0].lastSeq).toBe(1);
    expect(boots[1].declared).toEqual([{ from: 0, to: 2, reason: "overflow" }]);
  });

  it("is not believed in another form", () => {
    const { collector } = derive([message(1, 2, gap(2, "overflow", 1, -5, 1, 1, 2, 2))]);
    expect(collector.accounts()[0].boots[0].missing).toEqual([{ from: 0, to: 1 }]);
  });
});

describe("a trace", () => {
  it("holds in a capture of a site, and each record has its component", async () => {
    const verdict = verifyTrace(await capture(), { keys: ring() });
    expect(verdict.faults).toEqual([]);
    expect([verdict.devices, verdict.components]).toEqual([1, 2]);
  });

  it("tells a swapped part by its device and field", async () => {
    const swapped = await capture((plan) => ({
      ...plan,
      devices: plan.devices.map((device) =>
        device.id === "dock" ? { ...device, trace: { ...device.trace, serial: "S-9999" } } : device,
      ),
    }));
    const reports = [await capture(), swapped].map((entries) => {
      const collector = new Collector({ keys: ring() });
      for (const { topic, payload } of entries) collector.take(topic, payload, 0);
      return traceReport(collector.index, collector.index.devices[0]);
    });
    const differences = traceDifferences(reports[0], reports[1]);
    expect(differences).toContainEqual({ of: "dock", field: "serial", before: "S-2001", after: "S-9999" });
    expect(differences.map(({ of, field }) => `${of} ${field}`)).toEqual(["gateway configuration", "dock serial"]);
  });

  it("names a batch whose root nobody published, and a component that was left out", async () => {
    const entries = await capture();
    const without = entries.filter(({ topic }) => !topic.endsWith("trace/root"));
    expect(verifyTrace(without, { keys: ring() }).faults[0].reason).toMatch(/is no known device manifest/);
    const component = entries.find(({ topic }) => topic.includes("trace/c/"))!;
    const verdict = verifyTrace(
      entries.filter((entry) => entry !== component),
      { keys: ring() },
    );
    expect(verdict.faults.map(({ reason }) => reason).join()).toMatch(/lists it, and it was not published/);
  });

  it("rejects a document under another's handle", async () => {
    const entries = await capture();
    const [one, other] = entries.filter(({ topic }) => topic.includes("trace/c/"));
    const verdict = verifyTrace([...entries, { ...one, topic: other.topic }], { keys: ring() });
    expect(verdict.faults).toHaveLength(1);
    expect(verdict.faults[0].reason).toMatch(/it is another document/);
  });

  it("rejects a forged component whose handle collides: the signed list has whole hashes", async () => {
    const entries = await capture();
    // Handles of two bytes in this index, so that a collision can be made on purpose.
    const index = new TraceIndex({ handleBytes: 2 });
    const manifest = decodeCbor(parseSign1(of(entries, "trace/root")[0].payload).payload) as Map<number, Uint8Array[]>;
    const device = index.addDevice(parseSign1(of(entries, "trace/root")[0].payload).payload, manifest)!;
    const genuine = entries.find(({ topic }) => topic.includes("trace/c/"))!.payload;
    const cid = createHash("sha256").update(genuine).digest("hex");
    const forged = collide(decodeCbor(genuine) as Map<number, CborValue>, cid.slice(0, 4));
    expect(createHash("sha256").update(forged).digest("hex").slice(0, 4)).toBe(cid.slice(0, 4));
    // Both claim the same handle, and both have it. The forged one comes last.
    index.addComponent(cid.slice(0, 4), genuine, decodeCbor(genuine));
    index.addComponent(cid.slice(0, 4), forged, decodeCbor(forged));
    expect(device.components).toContain(cid);
    expect(index.component(cid)!.fields.get(5)).not.toBe("forged");
    const name = index.component(cid)!.channels[0];
    expect(index.componentOf(device.handle, name)!.cid).toBe(cid);
    expect(index.unlisted.map(({ fields }) => String(fields.get(5)).slice(0, 6))).toEqual(["forged"]);
    expect(manifest.get(DeviceKey.components)).toHaveLength(2);
  });
});

/** The same component with another serial number, searched for one whose hash begins in the same way. */
function collide(component: Map<number, CborValue>, prefix: string): Uint8Array {
  for (let i = 0; ; i++) {
    const bytes = encodeDeterministic(new Map(component).set(5, `forged-${i}`));
    if (createHash("sha256").update(bytes).digest("hex").startsWith(prefix)) return bytes;
  }
}
