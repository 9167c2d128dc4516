/** The client against brokers that nobody here wrote, over real sockets and in real time. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Aedes } from "aedes";
import mqtt from "mqtt";
import { describe, expect, it } from "vitest";
import { LaneId } from "../outbox/lane";
import { ClientState } from "./client";
import {
  closeAfterEach,
  closing,
  findProgram,
  firsts,
  freePort,
  gateway,
  numberOf,
  sleep,
  until,
} from "./peers.test-suite";

const MOSQUITTO = findProgram("mosquitto");
if (MOSQUITTO === undefined) console.warn("skipped: mosquitto is not installed (apt-get install mosquitto)");

closeAfterEach();

function isWhole(payload: Buffer): boolean {
  const [number, rest] = payload.toString().split(":");
  return rest === "x".repeat(Number(number) % 700);
}

describe("against aedes", () => {
  /** A broker with its messages kept over a restart of its listener. */
  async function aedes(port: number) {
    const broker = await Aedes.createBroker();
    const sockets = new Set<Socket>();
    const published: { topic: string; number: number; retain: boolean; whole: boolean }[] = [];
    broker.on("publish", (packet, client) => {
      if (client === null) return;
      const payload = Buffer.from(packet.payload);
      published.push({
        topic: packet.topic,
        number: numberOf(payload),
        retain: packet.retain,
        whole: isWhole(payload),
      });
    });
    let server: Server | undefined;
    const up = () =>
      new Promise<void>((resolve) => {
        server = createServer((socket) => {
          sockets.add(socket);
          socket.on("close", () => sockets.delete(socket));
          broker.handle(socket);
        });
        server.listen(port, "127.0.0.1", resolve);
      });
    const down = async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server?.close(resolve));
    };
    await up();
    closing.push(async () => {
      await down();
      await new Promise<void>((resolve) => broker.close(() => resolve()));
    });
    return { published, up, down };
  }

  it("delivers a thousand messages whole and in order", async () => {
    const port = await freePort();
    const { published } = await aedes(port);
    const { client, outbox, push, log } = gateway(port);
    push(LaneId.document);
    for (let i = 1; i < 1000; i++) push(LaneId.telemetry);
    client.start();
    await until("all are acknowledged", () => outbox.length === 0);
    expect(published.length).toBe(1000);
    expect(published.every(({ whole }) => whole)).toBe(true);
    expect(published.map(({ number }) => number)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(published.filter(({ retain }) => retain).length).toBe(1);
    expect(client.counters).toMatchObject({ connects: 1, sent: 1000, acknowledged: 1000, retransmitted: 0 });
    expect(log).toEqual([]);
  });

  it("loses nothing when its connections break again and again", async () => {
    const port = await freePort();
    const { published, up, down } = await aedes(port);
    const { client, outbox, push } = gateway(port);
    client.start();
    await until("the client is online", () => client.state === ClientState.online);
    let pushed = 0;
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 200; i++, pushed++) push(LaneId.telemetry);
      await sleep(20);
      await down();
      await until("the loss is noticed", () => client.state !== ClientState.online);
      for (let i = 0; i < 100; i++, pushed++) push(LaneId.telemetry);
      await up();
      await until("the client is back", () => client.state === ClientState.online);
    }
    await until("all are acknowledged", () => outbox.length === 0);
    expect(firsts(published)).toEqual(Array.from({ length: pushed }, (_, i) => i));
    expect(client.counters.connects).toBe(4);
  });
});

describe.skipIf(MOSQUITTO === undefined)("against mosquitto", () => {
  async function mosquitto(port: number) {
    const folder = mkdtempSync(join(tmpdir(), "argand-mosquitto-"));
    const configuration = join(folder, "mosquitto.conf");
    writeFileSync(
      configuration,
      `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence true\npersistence_location ${folder}/\n`,
    );
    let broker: ChildProcess | undefined;
    const up = async () => {
      broker = spawn(MOSQUITTO!, ["-c", configuration], { stdio: "ignore" });
      await sleep(300);
    };
    const down = (signal: NodeJS.Signals) =>
      new Promise<void>((resolve) => {
        if (broker === undefined || broker.exitCode !== null || broker.signalCode !== null) return resolve();
        broker.once("exit", () => resolve());
        broker.kill(signal);
      });
    closing.push(async () => {
      await down("SIGTERM");
      rmSync(folder, { recursive: true, force: true });
    });
    await up();
    return { up, down };
  }

  async function subscriber(port: number) {
    const seen: { topic: string; number: number; retain: boolean; text: string }[] = [];
    const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 50, clientId: "reader", clean: false });
    client.on("error", () => {});
    client.on("message", (topic, payload, packet) => {
      seen.push({ topic, number: numberOf(payload), retain: packet.retain, text: payload.toString() });
    });
    await new Promise<void>((resolve) => client.once("connect", () => resolve()));
    await client.subscribeAsync("test/#", { qos: 1 });
    closing.push(() => client.endAsync(true));
    return { seen, client };
  }

  it("delivers everything to a subscriber, in order, and leaves its state behind", async () => {
    const port = await freePort();
    await mosquitto(port);
    const { seen } = await subscriber(port);
    const { client, outbox, push } = gateway(port);
    for (let i = 0; i < 500; i++) push(LaneId.telemetry);
    client.start();
    await until("all are acknowledged", () => outbox.length === 0);
    await until("all have arrived", () => seen.length === 500);
    expect(seen.map(({ number }) => number)).toEqual(Array.from({ length: 500 }, (_, i) => i));
    client.close();
    await until("the state has arrived", () => seen.length === 501);
    expect(seen[500]).toMatchObject({ topic: "test/state", text: "offline" });
  });

  it("loses nothing when the broker is killed and restarted in the middle, and keeps the order", async () => {
    const port = await freePort();
    const { up, down } = await mosquitto(port);
    const { seen } = await subscriber(port);
    const { client, outbox, push, log } = gateway(port);
    client.start();
    await until("the client is online", () => client.state === ClientState.online);
    let pushed = 0;
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      for (let i = 0; i < 150; i++, pushed++) push(LaneId.telemetry);
      // Everything so far is through before the kill: what a killed broker acknowledged and forgot is its own loss.
      await until("all have arrived", () => outbox.length === 0 && firsts(seen).length === pushed);
      await down(signal);
      for (let i = 0; i < 150; i++, pushed++) push(LaneId.telemetry);
      await until("the loss is noticed", () => client.state !== ClientState.online);
      await up();
    }
    await until("all are acknowledged", () => outbox.length === 0, 40_000);
    await until("all have arrived", () => firsts(seen).length === pushed, 40_000);
    expect(firsts(seen)).toEqual(Array.from({ length: pushed }, (_, i) => i));
    expect(log.filter((line) => line.includes("answers again")).length).toBe(2);
    expect(log.length).toBe(4);
  });

  it("publishes nothing twice on a connection that lives, and its will when the gateway vanishes", async () => {
    const port = await freePort();
    await mosquitto(port);
    const { seen } = await subscriber(port);
    const { client, outbox, push, sockets } = gateway(port);
    client.start();
    for (let i = 0; i < 300; i++) push(i % 10 === 0 ? LaneId.alarm : LaneId.telemetry);
    await until("all are acknowledged", () => outbox.length === 0);
    await until("all have arrived", () => seen.length >= 300);
    await sleep(200);
    expect(seen.length).toBe(300);
    expect(client.counters.retransmitted).toBe(0);
    // The socket is gone, and nobody said goodbye.
    sockets[0].close();
    await until("the will has arrived", () => seen.some(({ topic }) => topic === "test/state"));
  });
});
