import mqttPacket, { type Packet } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import type { TCP } from "../../hal/io";
import { Broker, topicMatches } from "./broker";
import { WorldClock } from "./clock";
import { Kernel } from "./kernel";
import { Network } from "./network";
import { RandomBranch } from "./random";

/** A client made of mqtt-packet, so that the broker's bytes are judged by somebody else. */
class Client {
  readonly packets: Packet[] = [];
  open = true;
  readonly #socket: TCP;

  constructor(bench: Bench, address: string) {
    const parser = mqttPacket.parser();
    parser.on("packet", (packet) => this.packets.push(packet));
    const client = this;
    this.#socket = new (bench.network.host(address).TCP)({
      address: "192.0.2.1",
      port: 1883,
      onReadable(bytes) {
        parser.parse(Buffer.from(this.read(bytes) as ArrayBuffer));
      },
      onError() {
        client.open = false;
        this.close();
      },
    });
    bench.run(0.1);
  }

  send(bench: Bench, packet: Record<string, unknown>): void {
    this.raw(bench, mqttPacket.generate(packet as unknown as Packet));
  }

  raw(bench: Bench, bytes: Uint8Array): void {
    this.#socket.write(bytes);
    bench.run(0.1);
  }

  cmds(): string[] {
    return this.packets.map(({ cmd }) => cmd);
  }
}

class Bench {
  readonly kernel = new Kernel();
  readonly network = new Network(this.kernel, new RandomBranch(1), { latencyUs: 1000 });
  readonly published: string[] = [];
  readonly broker: Broker;

  constructor() {
    const host = this.network.host("192.0.2.1");
    this.broker = new Broker({
      Listener: host.Listener,
      TCP: host.TCP,
      port: 1883,
      clock: new WorldClock(this.kernel),
      onPublish: (topic, payload, retain, qos) =>
        this.published.push(`${topic} ${Buffer.from(payload).toString()} ${retain ? "retained" : ""} ${qos}`),
    });
  }

  run(seconds: number): void {
    this.kernel.runUntil(this.kernel.nowUs() + seconds * 1_000_000);
  }

  client(clientId: string, clean = false): Client {
    const client = new Client(this, `192.0.2.${100 + clientId.length}`);
    client.send(this, { cmd: "connect", protocolId: "MQTT", protocolVersion: 4, clientId, clean, keepalive: 60 });
    return client;
  }
}

const publish = (topic: string, payload: string, more: Record<string, unknown> = {}) => ({
  cmd: "publish",
  topic,
  payload: Buffer.from(payload),
  qos: 1,
  messageId: 9,
  retain: false,
  dup: false,
  ...more,
});

describe("Broker", () => {
  it("takes QoS 0 and 1, acknowledges the latter, answers pings", () => {
    const bench = new Bench();
    const client = bench.client("gw");
    client.send(bench, publish("a/b", "one"));
    client.send(bench, publish("a/b", "two", { qos: 0, messageId: undefined, retain: true }));
    client.send(bench, { cmd: "pingreq" });
    expect(bench.published).toEqual(["a/b one  1", "a/b two retained 0"]);
    expect(client.cmds()).toEqual(["connack", "puback", "pingresp"]);
    expect(client.packets[1].messageId).toBe(9);
    client.send(bench, { cmd: "disconnect" });
    expect(bench.broker.counters).toMatchObject({ connects: 1, messages: 2, protocolErrors: 0 });
  });

  it("tells honestly whether it kept a session", () => {
    const bench = new Bench();
    const present = (client: Client) => (client.packets[0] as unknown as { sessionPresent: boolean }).sessionPresent;
    expect(present(bench.client("gw"))).toBe(false);
    expect(present(bench.client("gw"))).toBe(true);
    bench.broker.down();
    bench.broker.up();
    expect(present(bench.client("gw"))).toBe(true);
    bench.broker.down(true);
    bench.broker.up();
    expect(present(bench.client("gw"))).toBe(false);
    expect(present(bench.client("gw", true))).toBe(false);
    expect(present(bench.client("gw"))).toBe(false);
  });

  it("ends an older connection of the same client", () => {
    const bench = new Bench();
    const first = bench.client("gw");
    const second = bench.client("gw");
    expect([first.open, second.open]).toEqual([false, true]);
  });

  it("hands messages to subscribers, and what it retained to new ones", () => {
    const bench = new Bench();
    const gateway = bench.client("gw");
    gateway.send(bench, publish("argand/v1/s/gw/state", "online", { retain: true }));
    const reader = bench.client("reader");
    const topics = ["argand/v1/+/+/state", "argand/#"].map((topic) => ({ topic, qos: 1 }));
    reader.send(bench, { cmd: "subscribe", messageId: 3, subscriptions: [topics[0]] });
    gateway.send(bench, publish("argand/v1/s/gw/telemetry", "not asked for"));
    gateway.send(bench, publish("argand/v1/s/gw/state", "offline", { retain: true }));
    reader.send(bench, { cmd: "subscribe", messageId: 4, subscriptions: [topics[1]] });
    gateway.send(bench, publish("argand/v1/s/gw/telemetry", "batch"));
    const seen = reader.packets.slice(1).map((packet) => {
      if (packet.cmd === "suback") return `suback ${packet.messageId}`;
      const { topic, payload, retain } = packet as { topic: string; payload: Buffer; retain: boolean };
      return `${topic.split("/").pop()} ${payload.toString()}${retain ? " retained" : ""}`;
    });
    expect(seen).toEqual([
      "suback 3",
      "state online retained",
      "state offline",
      "suback 4",
      "state offline retained",
      "telemetry batch",
    ]);
    gateway.send(bench, publish("argand/v1/s/gw/state", "", { retain: true }));
    expect(bench.broker.retained.size).toBe(0);
  });

  it("drops its connections and refuses new ones while it is down", () => {
    const bench = new Bench();
    const client = bench.client("gw");
    bench.broker.down();
    bench.run(1);
    expect(client.open).toBe(false);
    expect(new Client(bench, "192.0.2.200").open).toBe(false);
    bench.broker.up();
    bench.broker.up();
    expect(bench.client("gw").cmds()).toEqual(["connack"]);
  });

  it("acknowledges late, in order, or never", () => {
    const bench = new Bench();
    const client = bench.client("gw");
    bench.broker.acknowledgeDelayUs = 2_000_000;
    for (const messageId of [1, 2, 3]) client.send(bench, publish("t", "x", { messageId }));
    expect(client.cmds()).toEqual(["connack"]);
    bench.run(3);
    expect(client.packets.slice(1).map(({ messageId }) => messageId)).toEqual([1, 2, 3]);
    bench.broker.acknowledgeDelayUs = Number.POSITIVE_INFINITY;
    client.send(bench, publish("t", "x"));
    bench.run(1000);
    expect(client.packets.length).toBe(4);
    client.send(bench, publish("t", "x", { dup: true }));
    expect(bench.broker.counters.duplicates).toBe(1);
  });

  it("ends a connection that does not speak MQTT 3.1.1, and serves the others", () => {
    const bench = new Bench();
    const good = bench.client("good");
    const bad: Uint8Array[] = [
      Buffer.from(`GET / HTTP/1.1\r\nHost: ${"x".repeat(80)}\r\n\r\n`),
      mqttPacket.generate({ cmd: "pingreq" }),
      mqttPacket.generate({
        cmd: "connect",
        protocolId: "MQTT",
        protocolVersion: 5,
        clientId: "five",
        clean: true,
      } as Packet),
      Uint8Array.of(0x10, 2, 0, 4),
      Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0x7f),
    ];
    for (const bytes of bad) {
      const client = new Client(bench, "192.0.2.200");
      client.raw(bench, bytes);
      expect(client.open).toBe(false);
    }
    const introduced = [
      Uint8Array.of(0x32, 3, 0, 9, 97),
      Uint8Array.of(0x34, 5, 0, 1, 97, 0, 1),
      Uint8Array.of(0x82, 4, 0, 1, 0, 9),
    ];
    for (const bytes of introduced) {
      const client = bench.client("bad");
      client.raw(bench, bytes);
      expect(client.open).toBe(false);
    }
    expect(bench.broker.counters.protocolErrors).toBe(bad.length + introduced.length);
    expect(good.open).toBe(true);
    expect(bench.published).toEqual([]);
  });
});

describe("topicMatches", () => {
  it("follows section 4.7", () => {
    const cases: [string, string, boolean][] = [
      ["a/b", "a/b", true],
      ["a/b", "a/b/c", false],
      ["a/+", "a/b", true],
      ["a/+", "a", false],
      ["a/+/c", "a/b/c", true],
      ["+", "a/b", false],
      ["#", "a/b/c", true],
      ["a/#", "a", true],
      ["a/#", "a/b/c", true],
      ["a/#", "b/a", false],
    ];
    for (const [filter, topic, expected] of cases)
      expect(topicMatches(filter, topic), `${filter} ${topic}`).toBe(expected);
  });
});
