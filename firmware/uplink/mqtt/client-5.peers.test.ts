/** MQTT 5, TLS with client certificates, and a cluster, against brokers that nobody here wrote. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import mqtt, { type IPublishPacket } from "mqtt";
import { describe, expect, it } from "vitest";
import { type TlsIdentity, tlsClass } from "../../../hal/node/tls";
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
  TOPICS,
  until,
} from "./peers.test-suite";
import { version3 } from "./version-3";
import { Version5 } from "./version-5";

const MOSQUITTO = findProgram("mosquitto");
const NATS = findProgram("nats-server");
const OPENSSL = findProgram("openssl");
if (MOSQUITTO === undefined) console.warn("skipped: MQTT 5 and TLS against mosquitto (apt-get install mosquitto)");
if (NATS === undefined) console.warn("skipped: MQTT against a cluster of nats-server (apt-get install nats-server)");
if (OPENSSL === undefined) console.warn("skipped: TLS, which wants certificates (apt-get install openssl)");

closeAfterEach();

const versions = () => [new Version5(), version3];

function folderOf(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `argand-${name}-`));
  closing.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function process_(program: string, list: readonly string[]) {
  let child: ChildProcess | undefined;
  const up = async () => {
    child = spawn(program, list, { stdio: "ignore" });
    await sleep(300);
  };
  const down = (signal: NodeJS.Signals) =>
    new Promise<void>((resolve) => {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return resolve();
      child.once("exit", () => resolve());
      child.kill(signal);
    });
  closing.push(() => down("SIGKILL"));
  return { up, down };
}

async function reader(port: number, version: 4 | 5, client = "reader") {
  const seen: { topic: string; number: number; packet: IPublishPacket }[] = [];
  const mine = mqtt.connect(`mqtt://127.0.0.1:${port}`, {
    protocolVersion: version,
    reconnectPeriod: 50,
    clientId: client,
    clean: false,
    ...(version === 5 ? { properties: { sessionExpiryInterval: 600 } } : {}),
  });
  mine.on("error", () => {});
  mine.on("message", (topic, payload, packet) => seen.push({ topic, number: numberOf(payload), packet }));
  closing.push(() => mine.endAsync(true));
  await new Promise<void>((resolve) => mine.once("connect", () => resolve()));
  await mine.subscribeAsync("test/#", { qos: 1 });
  return { seen, mine };
}

describe.skipIf(MOSQUITTO === undefined)("mosquitto and MQTT 5", () => {
  async function mosquitto(port: number, more = "") {
    const folder = folderOf("mosquitto");
    const file = join(folder, "mosquitto.conf");
    const common = `allow_anonymous true\npersistence true\npersistence_location ${folder}/\n`;
    // Started by root it would become another user, who may not read keys nor write here.
    const user = process.getuid?.() === 0 ? "user root\n" : "";
    writeFileSync(file, `${user}listener ${port} 127.0.0.1\n${common}${more}`);
    const broker = process_(MOSQUITTO!, ["-c", file]);
    await broker.up();
    return broker;
  }

  it("agree on aliases, expiry and window; everything arrives whole and in order", async () => {
    const port = await freePort();
    await mosquitto(port, "max_inflight_messages 7\nmax_topic_alias 10\n");
    const { seen } = await reader(port, 5);
    const { client, outbox, push } = gateway(port, { versions: versions(), expiryS: 900 });
    let most = 0;
    client.start();
    for (let i = 0; i < 400; i++) push(i % 50 === 49 ? LaneId.alarm : LaneId.telemetry);
    await until("all are acknowledged", () => {
      most = Math.max(most, client.inFlight);
      return outbox.length === 0;
    });
    await until("all have arrived", () => seen.length === 400);
    expect(client.level).toBe(5);
    expect(most).toBeLessThanOrEqual(7);
    const telemetry = seen.filter(({ topic }) => topic === "test/telemetry");
    expect(telemetry.map(({ number }) => number)).toEqual(
      [...telemetry.map(({ number }) => number)].sort((a, b) => a - b),
    );
    for (const { topic, packet } of seen) {
      const expiry = packet.properties?.messageExpiryInterval;
      if (topic === "test/telemetry") expect(expiry).toBeGreaterThan(800);
      else expect([topic, expiry]).toEqual(["test/alarm", undefined]);
    }
  });

  it("lose nothing over two kills of the broker", async () => {
    const port = await freePort();
    // What it keeps of the reader must outlive a SIGKILL too: a message that nobody is subscribed to is nobody's loss.
    const broker = await mosquitto(port, "autosave_on_changes true\nautosave_interval 1\n");
    const { seen } = await reader(port, 5);
    const { client, outbox, push, log } = gateway(port, { versions: versions() });
    client.start();
    await until("the client is online", () => client.state === ClientState.online);
    let pushed = 0;
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      for (let i = 0; i < 100; i++, pushed++) push(LaneId.telemetry);
      await until("all have arrived", () => outbox.length === 0 && firsts(seen).length === pushed);
      await broker.down(signal);
      for (let i = 0; i < 100; i++, pushed++) push(LaneId.telemetry);
      await until("the loss is noticed", () => client.state !== ClientState.online);
      await broker.up();
    }
    await until("all have arrived", () => outbox.length === 0 && firsts(seen).length === pushed, 10_000).catch(
      (error: Error) => {
        throw new Error(
          `${error.message}: ${outbox.length} ${firsts(seen).length} ${pushed} ${log.join("; ")} ${JSON.stringify(client.counters)}`,
        );
      },
    );
    expect(firsts(seen)).toEqual(Array.from({ length: pushed }, (_, i) => i));
  });

  it("carry a command to the gateway, which the broker keeps until it is stored", async () => {
    const port = await freePort();
    await mosquitto(port);
    const taken: string[] = [];
    let store = false;
    const commands = {
      filters: ["test/cmd"],
      largestBytes: 512,
      onMessage: (inbound: { payloadAt: number; payloadBytes: number }, body: Uint8Array) => {
        taken.push(Buffer.from(body.subarray(inbound.payloadAt, inbound.payloadAt + inbound.payloadBytes)).toString());
        return store;
      },
    };
    const { client, sockets } = gateway(port, { versions: versions(), commands });
    client.start();
    await until("the client is online", () => client.state === ClientState.online);
    const { mine } = await reader(port, 5, "operator");
    await sleep(200);
    await mine.publishAsync("test/cmd", "silence", { qos: 1 });
    await until("the command has come", () => taken.length === 1);
    // It was not stored: after a loss of the connection it comes again.
    store = true;
    sockets[0].close();
    (client as unknown as { lose(reason: string): void }).lose("the test hung up");
    await until("the command has come again", () => taken.length === 2);
    expect(taken).toEqual(["silence", "silence"]);
  });

  it.skipIf(OPENSSL === undefined)(
    "speak TLS with a client's certificate, and refuse who shows none or trusts another",
    async () => {
      const port = await freePort();
      const folder = folderOf("tls");
      const identity = certificates(folder);
      await mosquitto(
        port,
        `cafile ${folder}/ca.pem\ncertfile ${folder}/server.pem\nkeyfile ${folder}/server.key\nrequire_certificate true\n`,
      );
      const connect = (who: TlsIdentity) =>
        gateway(port, { versions: versions(), TCP: tlsClass(who), host: "localhost" });
      const good = connect(identity);
      good.client.start();
      for (let i = 0; i < 50; i++) good.push(LaneId.telemetry);
      await until("all are acknowledged over TLS", () => good.outbox.length === 0, 8_000).catch((error: Error) => {
        throw new Error(`${error.message}: ${good.log.join("; ")} ${JSON.stringify(good.client.counters)}`);
      });
      expect(good.client.level).toBe(5);
      good.client.close();
      const { certificate: _c, key: _k, ...nobody } = identity;
      for (const [who, words] of [
        [nobody, /certificate required|handshake failure|ECONNRESET|closed|hang up/i],
        [
          { ...identity, ca: certificates(folderOf("other")).ca! },
          /self[- ]signed|unable to verify|unknown ca|issuer/i,
        ],
      ] as const) {
        const bad = connect(who);
        bad.client.start();
        await until("the refusal is told", () => bad.log.length > 0);
        expect(bad.log[0]).toMatch(words);
        expect(bad.client.counters.connects).toBe(0);
        bad.client.close();
      }
    },
  );
});

/** A small authority, a server for localhost, a client. */
function certificates(folder: string): TlsIdentity {
  const openssl = (...list: string[]) => execFileSync(OPENSSL!, list, { cwd: folder, stdio: "ignore" });
  const key = (name: string) => openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", `${name}.key`);
  key("ca");
  openssl("req", "-x509", "-new", "-key", "ca.key", "-subj", "/CN=Example Authority", "-days", "2", "-out", "ca.pem");
  writeFileSync(join(folder, "names"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
  for (const name of ["server", "client"]) {
    key(name);
    openssl("req", "-new", "-key", `${name}.key`, "-subj", `/CN=${name}`, "-out", `${name}.csr`);
    const sign = [
      "x509",
      "-req",
      "-in",
      `${name}.csr`,
      "-CA",
      "ca.pem",
      "-CAkey",
      "ca.key",
      "-CAcreateserial",
      "-days",
      "2",
    ];
    openssl(...sign, "-extfile", "names", "-out", `${name}.pem`);
  }
  const read = (name: string) => readFileSync(join(folder, name), "utf8");
  return { ca: read("ca.pem"), certificate: read("client.pem"), key: read("client.key") };
}

describe.skipIf(NATS === undefined)("nats-server with JetStream", () => {
  const node = (
    folder: string,
    name: string,
    ports: { client: number; mqtt: number; route: number },
    routes: number[],
  ) => {
    const file = join(folder, `${name}.conf`);
    mkdirSync(join(folder, name), { recursive: true });
    const cluster =
      routes.length === 0
        ? ""
        : `cluster { name: argand, listen: "127.0.0.1:${ports.route}", routes: [${routes.map((port) => `"nats://127.0.0.1:${port}"`).join(", ")}] }\n`;
    writeFileSync(
      file,
      `server_name: ${name}\nlisten: "127.0.0.1:${ports.client}"\njetstream { store_dir: "${folder}/${name}" }\n` +
        `mqtt { listen: "127.0.0.1:${ports.mqtt}"${routes.length === 0 ? "" : ", stream_replicas: 3"} }\n${cluster}`,
    );
    return process_(NATS!, ["-c", file]);
  };
  const ports = async () => ({ client: await freePort(), mqtt: await freePort(), route: await freePort() });

  it("does not know MQTT 5: the client falls back to 3.1.1 and delivers", async () => {
    const mine = await ports();
    await node(folderOf("nats"), "one", mine, []).up();
    const { client, outbox, push } = gateway(mine.mqtt, { versions: versions() });
    for (let i = 0; i < 50; i++) push(LaneId.telemetry);
    client.start();
    await until("all are acknowledged", () => outbox.length === 0);
    expect(client.level).toBe(4);
  });

  it("as a cluster of three loses nothing when the node that the gateway is at dies and comes back", async () => {
    const folder = folderOf("cluster");
    const all = [await ports(), await ports(), await ports()];
    const routes = all.map(({ route }) => route);
    const nodes = all.map((own, i) => node(folder, `n${i}`, own, routes));
    for (const one of nodes) await one.up();
    // A cluster elects before it serves; a reader that is refused tries again.
    await sleep(3000);
    const { seen } = await reader(all[2].mqtt, 4);
    const others = all.slice(1).map(({ mqtt: port }) => ({ host: "127.0.0.1", port }));
    const { client, outbox, push } = gateway(all[0].mqtt, { versions: versions(), alternates: others });
    client.start();
    await until("the client is online", () => client.state === ClientState.online);
    let pushed = 0;
    for (let i = 0; i < 100; i++, pushed++) push(LaneId.telemetry);
    await until("all are acknowledged", () => outbox.length === 0);
    await nodes[0].down("SIGKILL");
    for (let i = 0; i < 100; i++, pushed++) push(LaneId.telemetry);
    await until("another node has taken all", () => outbox.length === 0);
    await nodes[0].up();
    for (let i = 0; i < 50; i++, pushed++) push(LaneId.telemetry);
    await until("all are acknowledged again", () => outbox.length === 0);
    await until("all have arrived", () => firsts(seen).length === pushed);
    expect(firsts(seen).sort((a, b) => a - b)).toEqual(Array.from({ length: pushed }, (_, i) => i));
    expect(client.counters.connects).toBeGreaterThanOrEqual(2);
    expect(TOPICS).toContain(seen[0].topic);
  });
});
