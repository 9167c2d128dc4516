/**
 * The uplink: size and speed of a signed batch, and QoS 1 publishes a second to mosquitto over loopback, window 32, beside MQTT.js with
 * the same window, the same messages and the same broker, in turn. `npx tsx --expose-gc bench/uplink.ts [--quick]`
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import mqtt from "mqtt";
import { ClientState, MqttClient } from "../firmware/uplink/mqtt/client";
import { Version5 } from "../firmware/uplink/mqtt/version-5";
import { LaneId } from "../firmware/uplink/outbox/lane";
import { Outbox } from "../firmware/uplink/outbox/outbox";
import { utf8Bytes } from "../firmware/uplink/utf8";
import { NodeClock } from "../hal/node/clock";
import { NodeTCP } from "../hal/node/tcp";
import { RandomBranch } from "../host-sim/world/random";
import { count, table, times } from "./table";
import { benchUplinkBatch } from "./uplink-batch";

const WINDOW = 32;
const PAYLOAD = new Uint8Array(900).fill(0x5a);
const TOPIC = "argand/v1/site/gw/telemetry";

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function withMosquitto<T>(use: (port: number) => Promise<T>): Promise<T | undefined> {
  const folder = mkdtempSync(join(tmpdir(), "argand-bench-"));
  const port = await freePort();
  const file = join(folder, "mosquitto.conf");
  writeFileSync(file, `listener ${port} 127.0.0.1\nallow_anonymous true\nmax_inflight_messages ${WINDOW}\n`);
  const broker: ChildProcess = spawn("mosquitto", ["-c", file], { stdio: "ignore" });
  const missing = new Promise<boolean>((resolve) => {
    broker.once("error", () => resolve(true));
    setTimeout(() => resolve(false), 500);
  });
  try {
    if (await missing) {
      process.stdout.write("\nskipped: publishes a second (apt-get install mosquitto)\n");
      return undefined;
    }
    return await use(port);
  } finally {
    broker.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Publishes `messages` and gives the rate at which they were acknowledged, and how far the heap grew. */
type Run = { readonly perSecond: number; readonly heapBytes: number };

async function ours(port: number, messages: number): Promise<Run> {
  const outbox = new Outbox({ boot: 1, alarmBytes: 4096, telemetryBytes: 256 * 1024 });
  let acknowledged = 0;
  let done = () => {};
  const finished = new Promise<void>((resolve) => {
    done = resolve;
  });
  let pushed = 0;
  const lane = outbox.lane(LaneId.telemetry);
  const feed = () => {
    while (pushed < messages && lane.length < 2 * WINDOW) lane.push(0, pushed++, PAYLOAD, 0, PAYLOAD.length, 1);
    client.wake();
  };
  const client = new MqttClient({
    TCP: NodeTCP,
    host: "127.0.0.1",
    port,
    client: "argand-bench",
    keepAliveMs: 60_000,
    versions: [new Version5()],
    sessionExpiryS: 0,
    window: WINDOW,
    clock: new NodeClock({}),
    random: new RandomBranch(1),
    log: { info: () => {}, warn: () => {} },
    outbox,
    topics: [utf8Bytes(TOPIC)],
    retainedLane: LaneId.document,
    owner: {
      onOnline: () => {},
      onAcknowledged: () => {
        if (++acknowledged === messages) done();
        else if ((acknowledged & 15) === 0) feed();
      },
    },
  });
  client.start();
  while (client.state !== ClientState.online) await new Promise((resolve) => setTimeout(resolve, 5));
  const before = heap();
  const startedMs = performance.now();
  feed();
  await finished;
  const seconds = (performance.now() - startedMs) / 1000;
  const heapBytes = heap() - before;
  client.close();
  return { perSecond: messages / seconds, heapBytes };
}

async function theirs(port: number, messages: number): Promise<Run> {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
    protocolVersion: 5,
    clientId: "mqttjs-bench",
  });
  const payload = Buffer.from(PAYLOAD);
  const before = heap();
  const startedMs = performance.now();
  await new Promise<void>((resolve, reject) => {
    let sent = 0;
    let acknowledged = 0;
    const next = () => {
      if (sent === messages) return;
      sent++;
      client.publish(TOPIC, payload, { qos: 1 }, (error) => {
        if (error) return reject(error);
        if (++acknowledged === messages) resolve();
        else next();
      });
    };
    for (let i = 0; i < WINDOW; i++) next();
  });
  const seconds = (performance.now() - startedMs) / 1000;
  const heapBytes = heap() - before;
  await client.endAsync();
  return { perSecond: messages / seconds, heapBytes };
}

function heap(): number {
  (globalThis as { gc?: () => void }).gc?.();
  return process.memoryUsage().heapUsed;
}

/** @param many publishes of one long run, for what is left on the heap; 0: none */
export async function benchUplink(timeMs: number, messages: number, rounds: number, many: number): Promise<void> {
  await benchUplinkBatch(timeMs);
  await withMosquitto(async (port) => {
    await ours(port, 500);
    await theirs(port, 500);
    const ratios: number[] = [];
    const runs: [Run, Run][] = [];
    for (let i = 0; i < rounds; i++) {
      const pair: [Run, Run] = [await ours(port, messages), await theirs(port, messages)];
      runs.push(pair);
      ratios.push(pair[0].perSecond / pair[1].perSecond);
    }
    const middle = (of: number[]) => [...of].sort((a, b) => a - b)[of.length >> 1];
    const kib = (of: number[]) => `${(middle(of) / 1024).toFixed(0)} KiB`;
    table(
      `QoS 1 publishes a second to mosquitto over loopback: window ${WINDOW}, ${PAYLOAD.length} bytes, ${rounds} pairs in turn, medians`,
      ["client", "publishes/s", "against MQTT.js", "heap grown"],
      [
        [
          "argand",
          count(middle(runs.map(([a]) => a.perSecond))),
          times(middle(ratios)),
          kib(runs.map(([a]) => a.heapBytes)),
        ],
        ["MQTT.js", count(middle(runs.map(([, b]) => b.perSecond))), "1.00x", kib(runs.map(([, b]) => b.heapBytes))],
      ],
    );
    if (many === 0) return;
    const [first, second] = [await ours(port, many), await ours(port, many)];
    process.stdout.write(
      `V8's heap after ${count(many)} publishes more: argand ${kib([first.heapBytes])}, and ${kib([second.heapBytes])} after as many again; ` +
        `MQTT.js ${kib([(await theirs(port, many)).heapBytes])}\n`,
    );
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const quick = process.argv.includes("--quick");
  await benchUplink(quick ? 200 : 2_000, quick ? 2_000 : 20_000, quick ? 3 : 7, quick ? 0 : 100_000);
}
