/** A gateway's client with its outbox on real sockets, for tests against brokers that nobody here wrote. */
import { execFileSync } from "node:child_process";
import { createServer } from "node:net";
import { afterEach } from "vitest";
import { TimeQuality } from "../../../hal/clock";
import type { TCPOptions } from "../../../hal/io";
import { NodeClock } from "../../../hal/node/clock";
import { NodeTCP } from "../../../hal/node/tcp";
import { RandomBranch } from "../../../host-sim/world/random";
import { LaneId } from "../outbox/lane";
import { Outbox } from "../outbox/outbox";
import { utf8Bytes } from "../utf8";
import { MqttClient, type MqttClientOptions } from "./client";
import { version3 } from "./version-3";

/** What a test of this file opened, closed behind it in the opposite order. */
export const closing: (() => void | Promise<void>)[] = [];

export function closeAfterEach(): void {
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
}

/** The path of a program of Debian's, which may stand where only root looks. */
export function findProgram(name: string): string | undefined {
  for (const path of [name, `/usr/sbin/${name}`]) {
    try {
      execFileSync(path, ["-h"], { stdio: "ignore" });
      return path;
    } catch (error) {
      // A help text may end with another exit code than 0; only a missing program is no program.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") return path;
    }
  }
  return undefined;
}

export async function until(what: string, condition: () => boolean, timeoutMs = 45_000): Promise<void> {
  const endMs = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > endMs) throw new Error(`never happened: ${what}`);
    await sleep(10);
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export const TOPICS = ["test/alarm", "test/document", "test/telemetry", "test/state"];

export function gateway(port: number, more: Partial<MqttClientOptions> = {}) {
  const sockets: NodeTCP[] = [];
  const outbox = new Outbox({ boot: 1, alarmBytes: 65_536, telemetryBytes: 1_048_576 });
  const log: string[] = [];
  const say = (message: string) => log.push(message);
  const client = new MqttClient({
    TCP: class extends NodeTCP {
      constructor(options: TCPOptions) {
        super(options);
        sockets.push(this);
      }
    },
    host: "127.0.0.1",
    port,
    client: "gw-07",
    keepAliveMs: 10_000,
    versions: [version3],
    sessionExpiryS: 3600,
    will: { topic: TOPICS.indexOf("test/state"), payload: utf8Bytes("offline"), delayS: 0 },
    clock: new NodeClock({ wallQuality: TimeQuality.estimated }),
    random: new RandomBranch(7),
    log: { info: say, warn: say },
    outbox,
    topics: TOPICS.map(utf8Bytes),
    retainedLane: LaneId.document,
    owner: { onOnline: () => {}, onAcknowledged: () => {} },
    ...more,
  });
  closing.push(() => client.close());
  let seq = 0;
  const push = (lane: LaneId) => {
    const bytes = utf8Bytes(`${seq}:${"x".repeat(seq % 700)}`);
    outbox.lane(lane).push(lane, seq, bytes, 0, bytes.length, 1);
    client.wake();
    return seq++;
  };
  return { client, outbox, push, log, sockets };
}

/** Numbers of the telemetry as it came first; a broker that ended a connection has published the will in between. */
export function firsts(messages: readonly { topic: string; number: number }[]): number[] {
  return [...new Set(messages.filter(({ topic }) => topic === "test/telemetry").map(({ number }) => number))];
}

export const numberOf = (payload: Buffer): number => Number(payload.toString().split(":")[0]);
