/** The session of MQTT 5 against a scripted broker whose packets `mqtt-packet` writes and reads. */
import fc from "fast-check";
import mqttPacket, { type IConnectPacket, type IPublishPacket, type Packet } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import type { Listener, TCP } from "../../../hal/io";
import { LaneId } from "../outbox/lane";
import { Bench, type BenchOptions, BROKER, intervals, PORT } from "./bench.test-suite";
import { ClientState } from "./client";
import { parseReference } from "./endpoints";
import { version3 } from "./version-3";
import { Version5 } from "./version-5";

type Peer = {
  readonly connects: IConnectPacket[];
  readonly publishes: IPublishPacket[];
  readonly others: Packet[];
  send(packet: Packet): void;
  raw(bytes: Uint8Array): void;
};

/** Answers CONNECT with `connack`, PUBLISH as `ack` says; tells everything that came. */
function peer(
  bench: Bench,
  { connack = {}, ack = () => 0 as number | undefined, host = BROKER, port = PORT } = {} as {
    connack?: object | ((connect: IConnectPacket) => object);
    ack?: (packet: IPublishPacket) => number | undefined;
    host?: string;
    port?: number;
  },
): Peer {
  const at = bench.network.host(host);
  let socket: TCP | undefined;
  const made: Peer = {
    connects: [],
    publishes: [],
    others: [],
    send: (packet) => void socket!.write(mqttPacket.generate(packet, { protocolVersion: 5 })),
    raw: (bytes) => {
      try {
        socket!.write(bytes);
      } catch (error) {
        // The client has hung up meanwhile.
        expect((error as { code?: string }).code).toBe("closed");
      }
    },
  };
  new at.Listener({
    port,
    onReadable(this: Listener) {
      const parser = mqttPacket.parser({ protocolVersion: 5 });
      let level = 5;
      parser.on("packet", (packet: Packet) => {
        const answer = (reply: Packet) => mine.write(mqttPacket.generate(reply, { protocolVersion: level }));
        if (packet.cmd === "connect") {
          level = packet.protocolVersion ?? 5;
          made.connects.push(packet);
          const more = typeof connack === "function" ? connack(packet) : connack;
          if (more !== undefined)
            answer({ cmd: "connack", sessionPresent: false, reasonCode: 0, returnCode: 0, ...more } as Packet);
        } else if (packet.cmd === "publish") {
          made.publishes.push(packet);
          const reasonCode = ack(packet);
          if (reasonCode !== undefined) answer({ cmd: "puback", messageId: packet.messageId, reasonCode } as Packet);
        } else if (packet.cmd === "subscribe") {
          made.others.push(packet);
          answer({ cmd: "suback", messageId: packet.messageId, granted: [1] } as Packet);
        } else made.others.push(packet);
      });
      const mine: TCP = new at.TCP({
        from: this.read()!,
        onReadable(bytes) {
          parser.parse(Buffer.from(mine.read(bytes) as ArrayBuffer));
        },
        onError() {
          mine.close();
        },
      });
      socket = mine;
    },
  });
  return made;
}

const bench5 = (more: BenchOptions["more"] = {}, options: BenchOptions = {}) =>
  new Bench({ withoutBroker: true, versions: [new Version5(), version3], ...options, more });

describe("a session of MQTT 5", () => {
  it("says how long it lives, that its will waits, and who it is", () => {
    const bench = bench5({ properties: [["firmware", "argand@0.1.0"]], credentials: { user: "u", password: "p" } });
    const { connects } = peer(bench);
    bench.client.start();
    bench.run(1);
    expect(connects[0]).toMatchObject({
      protocolVersion: 5,
      clean: false,
      username: "u",
      properties: { sessionExpiryInterval: 3600, userProperties: { firmware: "argand@0.1.0" } },
      will: { retain: true, properties: { willDelayInterval: 5 } },
    });
    expect(bench.client.state).toBe(ClientState.online);
  });

  it("falls back to 3.1.1 at once where the broker does not know it, and stays there", () => {
    const bench = bench5();
    const { connects } = peer(bench, {
      connack: ({ protocolVersion }: IConnectPacket) => (protocolVersion === 5 ? { reasonCode: 0x84 } : {}),
    });
    bench.client.start();
    bench.run(1);
    expect(connects.map(({ protocolVersion }) => protocolVersion)).toEqual([5, 4]);
    expect([bench.client.state, bench.client.level]).toEqual([ClientState.online, 4]);
    bench.push(LaneId.alarm);
    bench.run(1);
    expect(bench.acknowledged).toEqual([0]);
  });

  it("has no more on its way than the broker takes, and leaves a place for alarms", () => {
    const bench = bench5();
    const { publishes } = peer(bench, { connack: { properties: { receiveMaximum: 4 } }, ack: () => undefined });
    for (let i = 0; i < 20; i++) bench.push(LaneId.telemetry);
    bench.client.start();
    bench.run(1);
    expect(publishes.length).toBe(2);
    for (let i = 0; i < 20; i++) bench.push(LaneId.alarm);
    bench.run(1);
    expect(publishes.length).toBe(4);
  });

  it("names a topic once on a connection where the broker takes aliases, and never one that changes", () => {
    const bench = bench5({ changingTopic: 1 });
    const { publishes } = peer(bench, { connack: { properties: { topicAliasMaximum: 3 } } });
    bench.client.start();
    for (const lane of [LaneId.telemetry, LaneId.telemetry, LaneId.document, LaneId.document, LaneId.alarm])
      bench.push(lane);
    bench.run(1);
    const told = publishes.map(({ topic, properties }) => `${topic} ${properties?.topicAlias ?? "-"}`);
    expect(told.sort()).toEqual([" 3", "alarm 1", "document -", "document -", "telemetry 3"]);
    bench.network.down = true;
    bench.run(60);
    bench.network.down = false;
    publishes.length = 0;
    bench.push(LaneId.telemetry);
    bench.run(120);
    expect(publishes[0].topic).toBe("telemetry");
  });

  it("lets telemetry expire, and alarms never", () => {
    const bench = bench5({ expiryS: 3600 });
    const { publishes } = peer(bench);
    bench.client.start();
    bench.push(LaneId.telemetry);
    bench.push(LaneId.alarm);
    bench.run(1);
    const expiry = new Map(publishes.map(({ topic, properties }) => [topic, properties?.messageExpiryInterval]));
    expect([...expiry].sort()).toEqual([
      ["alarm", undefined],
      ["telemetry", 3600],
    ]);
  });

  it("pings as often as the broker wants", () => {
    const bench = bench5();
    const { others } = peer(bench, { connack: { properties: { serverKeepAlive: 4 } } });
    bench.client.start();
    bench.run(3);
    expect(others.map(({ cmd }) => cmd)).toContain("pingreq");
  });

  it("does not send what the broker would not take: it becomes a gap, and the next one goes", () => {
    const bench = bench5();
    const { publishes } = peer(bench, { connack: { properties: { maximumPacketSize: 200 } } });
    bench.client.start();
    bench.push(LaneId.telemetry, 500);
    const small = bench.push(LaneId.telemetry, 50);
    bench.run(1);
    expect([publishes.length, bench.acknowledged]).toEqual([1, [small]]);
    expect(bench.client.counters.rejected).toBe(1);
    expect(bench.outbox.takeGap()).toMatchObject({ reason: "failed", fromSeq: 0, toSeq: 0, messages: 1 });
    expect(bench.outbox.length).toBe(0);
    expect(bench.log.join()).toContain("the broker takes 200");
  });

  it("sends again later what was refused for now, as a new message, and lets go what is refused for ever", () => {
    const bench = bench5();
    const refusals = [0x97, 0x87];
    const { publishes } = peer(bench, { ack: () => refusals.shift() ?? 0 });
    bench.client.start();
    const later = bench.push(LaneId.alarm);
    bench.run(1);
    bench.push(LaneId.alarm);
    bench.run(8);
    expect([publishes.length, bench.acknowledged]).toEqual([2, []]);
    bench.run(3);
    expect([publishes.length, publishes[2].dup, bench.acknowledged]).toEqual([3, false, [later]]);
    expect(bench.client.counters).toMatchObject({ postponed: 1, rejected: 1 });
    expect(bench.outbox.takeGap()).toMatchObject({ reason: "failed", messages: 1 });
  });

  it("takes 0x10, nobody listens, for what it is: the broker has the message", () => {
    const bench = bench5();
    peer(bench, { ack: () => 0x10 });
    bench.client.start();
    const seq = bench.push(LaneId.telemetry);
    bench.run(1);
    expect(bench.acknowledged).toEqual([seq]);
  });
});

describe("the end of a connection", () => {
  const ended = (reasonCode: number, properties: object = {}) => {
    const bench = bench5();
    const made = peer(bench);
    bench.client.start();
    bench.run(1);
    made.send({ cmd: "disconnect", reasonCode, properties } as Packet);
    bench.run(0.1);
    const endedUs = bench.kernel.nowUs();
    bench.run(400);
    const next = bench.attemptsUs.find((atUs) => atUs > endedUs - 200_000 && atUs > bench.attemptsUs[0]);
    return { bench, made, waitS: (next! - endedUs) / 1e6 };
  };

  it("by a second client of this name is not answered with a war", () => {
    const { bench, waitS } = ended(0x8e);
    expect(waitS).toBeGreaterThan(149);
    expect(bench.client.counters.takeovers).toBe(1);
    expect(bench.log[0]).toContain("another client connected under the same identifier");
  });

  it("by a broker that shuts down is followed by an attempt within 30 s, not at once by all", () => {
    const waits = [1, 2, 3, 4, 5, 6].map((seed) => {
      const bench = bench5({}, { seed });
      const made = peer(bench);
      bench.client.start();
      bench.run(1);
      made.send({ cmd: "disconnect", reasonCode: 0x8b } as Packet);
      bench.run(31);
      return intervals(bench.attemptsUs)[0];
    });
    expect(Math.max(...waits)).toBeLessThanOrEqual(32);
    expect(Math.max(...waits) - Math.min(...waits)).toBeGreaterThan(5);
  });

  it.each([
    ["for now (0x9c)", 0x9c, 1],
    ["for good (0x9d)", 0x9d, 2],
  ])("that shows another server is followed there, %s", (_what, reasonCode, connects) => {
    const bench = bench5();
    const home = peer(bench, {
      connack: () =>
        home.connects.length === 1 ? { reasonCode, properties: { serverReference: "192.0.2.9:1999" } } : {},
    });
    const other = peer(bench, { host: "192.0.2.9", port: 1999 });
    bench.client.start();
    bench.run(1);
    expect([other.connects.length, bench.client.state]).toEqual([1, ClientState.online]);
    expect(bench.client.counters.redirects).toBe(1);
    other.send({ cmd: "disconnect", reasonCode: 0x98 } as Packet);
    bench.run(10);
    // For now: the next connection goes home. For good: it goes where the broker moved to.
    expect(other.connects.length).toBe(connects);
    expect(bench.client.state).toBe(ClientState.online);
  });

  it("that shows nothing but itself is followed by the usual wait", () => {
    const bench = bench5();
    const home = peer(bench, { connack: { reasonCode: 0x9c, properties: { serverReference: `${BROKER}:${PORT}` } } });
    bench.client.start();
    bench.run(60);
    expect(home.connects.length).toBeLessThan(12);
    expect(bench.client.counters.redirects).toBe(0);
  });

  it("by a broker that does not answer leads to the others of the site in turn", () => {
    const bench = bench5({ alternates: [{ host: "192.0.2.9", port: 1999 }] });
    const other = peer(bench, { host: "192.0.2.9", port: 1999 });
    bench.client.start();
    bench.run(30);
    expect([other.connects.length, bench.client.state]).toEqual([1, ClientState.online]);
  });
});

describe("commands", () => {
  const taking = (onMessage: (topic: string, payload: string) => boolean) => {
    const seen: string[] = [];
    const bench = bench5({
      commands: {
        filters: ["argand/v1/site/gw/cmd"],
        largestBytes: 512,
        onMessage: (inbound, body) => {
          const cut = (at: number, bytes: number) => Buffer.from(body.subarray(at, at + bytes)).toString();
          const topic = cut(inbound.topicAt, inbound.topicBytes);
          const payload = cut(inbound.payloadAt, inbound.payloadBytes);
          seen.push(payload);
          return onMessage(topic, payload);
        },
      },
    });
    return { bench, seen, made: peer(bench) };
  };
  const command = (payload: string, qos: 0 | 1, messageId = 7) =>
    ({ cmd: "publish", topic: "argand/v1/site/gw/cmd", payload, qos, retain: false, dup: false, messageId }) as Packet;
  const acks = (made: Peer) => made.others.filter(({ cmd }) => cmd === "puback").map(({ messageId }) => messageId);

  it("are subscribed to on each connection, and acknowledged when they are stored", () => {
    const { bench, seen, made } = taking((_topic, payload) => payload !== "slow");
    bench.client.start();
    bench.run(1);
    expect(made.others[0]).toMatchObject({
      cmd: "subscribe",
      subscriptions: [{ topic: "argand/v1/site/gw/cmd", qos: 1 }],
    });
    made.send(command("fast", 1, 7));
    made.send(command("slow", 1, 8));
    made.send(command("once", 0));
    bench.run(1);
    expect(seen).toEqual(["fast", "slow", "once"]);
    expect(acks(made)).toEqual([7]);
    bench.client.stored(8);
    bench.run(1);
    expect(acks(made)).toEqual([7, 8]);
  });

  it("that are longer than this gateway takes end the connection, and nothing else", () => {
    const { bench, seen, made } = taking(() => true);
    bench.client.start();
    bench.run(1);
    made.send(command("x".repeat(600), 1));
    bench.run(120);
    expect(seen).toEqual([]);
    expect(made.connects.length).toBeGreaterThan(1);
    expect(bench.client.state).toBe(ClientState.online);
  });

  it("are an answer to nobody where nothing was subscribed to", () => {
    const bench = bench5();
    const made = peer(bench);
    bench.client.start();
    bench.run(1);
    made.send(command("hello", 0));
    bench.run(0.1);
    expect(bench.log[0]).toContain("type 3 that is malformed, or that this client never asked for");
  });
});

/** With a network between, and time that passes. `fuzz.test.ts` runs the million, without. */
describe("whatever a broker sends", () => {
  it("ends in a connection that stands or in one that is lost, never in an exception, at every split", () => {
    const packets: Packet[] = [
      { cmd: "puback", messageId: 1, reasonCode: 0x97, properties: { reasonString: "no" } } as Packet,
      { cmd: "suback", messageId: 65_535, granted: [1], properties: {} } as never,
      { cmd: "pingresp" },
      { cmd: "disconnect", reasonCode: 0x9d, properties: { serverReference: "192.0.2.1" } } as Packet,
      {
        cmd: "publish",
        topic: "c",
        payload: "x",
        qos: 1,
        retain: false,
        dup: false,
        messageId: 3,
        properties: {},
      } as Packet,
    ];
    const stream = Buffer.concat(packets.map((packet) => mqttPacket.generate(packet, { protocolVersion: 5 })));
    const edits = fc.array(fc.tuple(fc.nat(stream.length - 1), fc.nat(255)), { maxLength: 4 });
    fc.assert(
      fc.property(edits, fc.array(fc.nat(stream.length), { maxLength: 3 }), fc.boolean(), (edits, cuts, handshake) => {
        const bench = bench5({ commands: { filters: ["c"], largestBytes: 300, onMessage: () => true } });
        const made = peer(bench, { connack: handshake ? () => undefined as never : {}, ack: () => undefined });
        for (let i = 0; i < 3; i++) bench.push(LaneId.telemetry);
        bench.client.start();
        bench.run(0.1);
        const changed = Uint8Array.from(stream);
        for (const [at, value] of edits) changed[at] = value;
        const places = [0, ...cuts.sort((a, b) => a - b), changed.length];
        for (let i = 1; i < places.length; i++) {
          if (places[i] > places[i - 1]) made.raw(changed.subarray(places[i - 1], places[i]));
          bench.run(0.02);
        }
        expect(Object.values(ClientState)).toContain(bench.client.state);
        bench.client.close();
      }),
      { numRuns: 1_500 },
    );
  });
});

describe("a server reference", () => {
  it.each([
    ["192.0.2.9", { host: "192.0.2.9", port: 1883 }],
    ["192.0.2.9:1999", { host: "192.0.2.9", port: 1999 }],
    ["broker.example:8883 other.example", { host: "broker.example", port: 8883 }],
    ["[2001:db8::9]:1999", { host: "2001:db8::9", port: 1999 }],
    ["[2001:db8::9]", { host: "2001:db8::9", port: 1883 }],
    ["", undefined],
    [":1883", undefined],
    ["host:0", undefined],
    ["host:x", undefined],
    ["host:70000", undefined],
  ])("%j", (text, endpoint) => {
    expect(parseReference(text, 1883)).toEqual(endpoint);
  });
});
