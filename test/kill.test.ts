/**
 * kill -9 of the gateway's process and of mosquitto, at random points: what was durable is delivered, or told by a gap.
 * Sixteen kills in every run; ARGAND_KILLS=1000 for as many as one has patience for.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, connect as dial, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Decoder } from "cbor-x";
import { build } from "esbuild";
import { connectAsync, type MqttClient } from "mqtt";
import { describe, expect, it } from "vitest";
import type { Gap } from "../firmware/uplink/outbox/lane";
import { RandomBranch } from "../host-sim/world/random";
import { freePort, has } from "./argand";

const installed = has("mosquitto", "-h");
if (!installed) console.warn("skipped: kill -9 against mosquitto (apt-get install mosquitto)");
const KILLS = Number(process.env["ARGAND_KILLS"] ?? 16);
const SEED = 1;

type Message = { readonly n: string; readonly boot: number; readonly seq: number; readonly gap?: Gap };

class Bench {
  readonly folder = mkdtempSync(join(tmpdir(), "argand-kill-"));
  readonly produced = new Set<string>();
  readonly delivered = new Set<string>();
  readonly gaps: Gap[] = [];
  again = 0;
  /** Last of each boot, for the order. */
  readonly disorder: string[] = [];
  readonly #decoder = new Decoder({ useRecords: false });
  #port = 0;
  #relay: Server | undefined;
  readonly #sockets = new Set<Socket>();
  #broker: ChildProcess | undefined;
  #subscriber: MqttClient | undefined;
  #gateway: ChildProcess | undefined;
  #listening = false;
  drained: () => void = () => {};

  async open(): Promise<void> {
    await build({
      entryPoints: [fileURLToPath(new URL("./kill-gateway.ts", import.meta.url))],
      outfile: join(this.folder, "gateway.mjs"),
      ...{ bundle: true, platform: "node", format: "esm", external: ["serialport"], logLevel: "silent" },
    });
    this.#port = await freePort();
    writeFileSync(join(this.folder, "mosquitto.conf"), `listener ${this.#port} 127.0.0.1\nallow_anonymous true\n`);
    // The gateway comes in only while somebody is subscribed: a broker without persistence forgets what nobody listens to.
    this.#relay = createServer((socket) => this.#pass(socket)).listen(0, "127.0.0.1");
    await this.startBroker();
  }

  #pass(socket: Socket): void {
    if (!this.#listening) {
      socket.destroy();
      return;
    }
    const onward = dial(this.#port, "127.0.0.1");
    for (const [one, other] of [
      [socket, onward],
      [onward, socket],
    ]) {
      this.#sockets.add(one);
      one.on("error", () => {});
      one.on("close", () => {
        this.#sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }

  async startBroker(): Promise<void> {
    this.#broker = spawn("mosquitto", ["-c", join(this.folder, "mosquitto.conf")], { stdio: "ignore" });
    await answers(this.#port);
    this.#subscriber = await connectAsync(`mqtt://127.0.0.1:${this.#port}`, { reconnectPeriod: 20, keepalive: 0 });
    this.#subscriber.on("message", (topic, payload) => this.#arrived(topic, payload));
    await this.#subscriber.subscribeAsync("argand/v1/#", { qos: 0 });
    this.#listening = true;
  }

  async killBroker(): Promise<void> {
    this.#listening = false;
    const subscriber = this.#subscriber!;
    const closed = new Promise<void>((resolve) => subscriber.once("close", () => resolve()));
    await kill(this.#broker!);
    // What the broker had written arrives before the end of the connection.
    await closed;
    await subscriber.endAsync(true);
  }

  startGateway(what: "produce" | "drain"): void {
    const { port } = this.#relay!.address() as { port: number };
    const words = [join(this.folder, "gateway.mjs"), join(this.folder, "state"), String(port), what];
    this.#gateway = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
    createInterface({ input: this.#gateway.stdout! }).on("line", (line) => {
      if (line === "drained") this.drained();
      else this.produced.add(line);
    });
  }

  async killGateway(): Promise<void> {
    await kill(this.#gateway!);
  }

  #arrived(topic: string, payload: Buffer): void {
    if (topic.endsWith("/state")) return;
    const [{ n, boot, seq, gap }] = this.#decoder.decode(payload) as Message[];
    const place = `${boot}/${seq}`;
    if (this.delivered.has(place)) this.again++;
    this.delivered.add(place);
    if (n === "gap") this.gaps.push(gap!);
  }

  /** What was durable, did not come, and no gap tells of. */
  missing(): string[] {
    return [...this.produced].filter((place) => {
      if (this.delivered.has(place)) return false;
      const [boot, seq] = place.split("/").map(Number);
      return !this.gaps.some((gap) => covers(gap, boot, seq));
    });
  }

  async close(): Promise<void> {
    await this.#subscriber?.endAsync(true);
    await kill(this.#gateway!);
    await kill(this.#broker!);
    this.#relay?.close();
    for (const socket of this.#sockets) socket.destroy();
    rmSync(this.folder, { recursive: true });
  }
}

function covers(gap: Gap, boot: number, seq: number): boolean {
  const after = boot > gap.fromBoot || (boot === gap.fromBoot && seq >= gap.fromSeq);
  return after && (boot < gap.toBoot || (boot === gap.toBoot && seq <= gap.toSeq));
}

/** Waits until somebody listens. */
async function answers(port: number): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = dial(port, "127.0.0.1", () => {
        socket.destroy();
        resolve(true);
      });
      socket.on("error", () => resolve(false));
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`nobody listens on port ${port}`);
}

/** Ends one process that this test started. */
async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("close", resolve));
  child.kill("SIGKILL");
  await gone;
}

describe.skipIf(!installed)("kill -9", () => {
  it(`of gateway and broker at ${KILLS} random points loses nothing that was durable`, {
    timeout: 3_600_000,
  }, async () => {
    const random = new RandomBranch(SEED, "kill");
    const bench = new Bench();
    await bench.open();
    let brokers = 0;
    try {
      bench.startGateway("produce");
      for (let kills = 0; kills < KILLS; kills++) {
        await new Promise((resolve) => setTimeout(resolve, 100 + (random.uint32() % 500)));
        if (random.uint32() % 3 === 0) {
          brokers++;
          await bench.killBroker();
          await new Promise((resolve) => setTimeout(resolve, random.uint32() % 300));
          await bench.startBroker();
        } else {
          await bench.killGateway();
          bench.startGateway("produce");
        }
      }
      await bench.killGateway();
      const drained = new Promise<void>((resolve) => (bench.drained = resolve));
      bench.startGateway("drain");
      await drained;
      await new Promise((resolve) => setTimeout(resolve, 300));
    } finally {
      await bench.close();
    }
    const missing = bench.missing();
    const told = [...bench.produced].filter((place) => !bench.delivered.has(place)).length - missing.length;
    process.stdout.write(
      `${KILLS} kills, ${brokers} of them of the broker: ${bench.produced.size} durable = ` +
        `${bench.produced.size - told - missing.length} delivered + ${told} told by ${bench.gaps.length} gaps + ` +
        `${missing.length} missing; ${bench.again} came again\n`,
    );
    expect(missing).toEqual([]);
    expect(bench.produced.size).toBeGreaterThan(20 * KILLS);
    expect(bench.delivered.size).toBeGreaterThan(0);
  });
});
