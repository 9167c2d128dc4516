/** Both versions packet by packet against `mqtt-packet`, which nobody here wrote, and against bytes of any kind. */
import fc from "fast-check";
import mqttPacket, { type IConnectPacket, type IPublishPacket, type Packet } from "mqtt-packet";
import { describe, expect, it } from "vitest";
import { utf8Bytes } from "../utf8";
import { PacketParser } from "./packets";
import { Ack, Connack, type ConnectFields, Disconnect, Inbound, Publish } from "./protocol";
import { version3, writePuback } from "./version-3";
import { Version5 } from "./version-5";

const versions = [version3, new Version5()] as const;

function parse(bytes: Uint8Array, protocolVersion: number): Packet[] {
  const packets: Packet[] = [];
  const parser = mqttPacket.parser({ protocolVersion });
  parser.on("packet", (packet) => packets.push(packet));
  parser.on("error", (error) => {
    throw error;
  });
  expect(parser.parse(Buffer.from(bytes))).toBe(0);
  return packets;
}

/** The body of a packet that `mqtt-packet` made, as our parser hands it over. */
function bodyOf(packet: Packet, protocolVersion: number): { first: number; body: Uint8Array; length: number } {
  let got: { first: number; body: Uint8Array; length: number } | undefined;
  const parser = new PacketParser(4096, {
    packet: (first, body, length) => {
      got = { first, body: body.slice(0, length), length };
    },
  });
  expect(parser.push(mqttPacket.generate(packet, { protocolVersion }))).toBe(true);
  return got!;
}

const text = fc.string({ minLength: 1, maxLength: 20 }).filter((value) => !/[\0\ud800-\udfff]/.test(value));

describe.each(versions.map((version) => [version.level, version] as const))("MQTT at level %i", (level, version) => {
  it("introduces itself as another codec reads it", () => {
    const will = fc.record({
      topic: text,
      payload: fc.uint8Array({ minLength: 1, maxLength: 60 }),
      delayS: fc.option(fc.nat(100_000), { nil: undefined }),
    });
    const fields = fc.record({
      client: text,
      cleanSession: fc.boolean(),
      keepAliveS: fc.nat(65_535),
      will: fc.option(will, { nil: undefined }),
      user: fc.option(text, { nil: undefined }),
      maximumPacketBytes: fc.integer({ min: 100, max: 100_000 }),
      sessionExpiryS: fc.nat(4_294_967_295),
      properties: fc.constant([["firmware", "argand@0.1.0"]] as const),
    });
    fc.assert(
      fc.property(fields, (fields) => {
        const asked = { ...fields, ...(fields.user === undefined ? {} : { password: "pässword" }) } as ConnectFields;
        const [packet] = parse(version.writeConnect(asked), level) as IConnectPacket[];
        expect(packet).toMatchObject({
          cmd: "connect",
          protocolVersion: level,
          clean: fields.cleanSession,
          clientId: fields.client,
          keepalive: fields.keepAliveS,
        });
        if (fields.user !== undefined)
          expect(packet).toMatchObject({ username: fields.user, password: Buffer.from("pässword") });
        if (fields.will !== undefined) {
          expect(packet.will).toMatchObject({ topic: fields.will.topic, qos: 1, retain: true });
          expect([...(packet.will!.payload as Buffer)]).toEqual([...fields.will.payload]);
          if (level === 5 && fields.will.delayS !== undefined)
            expect(packet.will!.properties!.willDelayInterval).toBe(fields.will.delayS);
        }
        if (level === 5)
          expect(packet.properties).toMatchObject({
            sessionExpiryInterval: fields.sessionExpiryS,
            receiveMaximum: 4,
            maximumPacketSize: fields.maximumPacketBytes,
            userProperties: { firmware: "argand@0.1.0" },
          });
      }),
      { numRuns: 200 },
    );
  });

  it("publishes as another codec reads it", () => {
    const fields = fc.record({
      topic: text,
      alias: fc.nat(20),
      payload: fc.uint8Array({ maxLength: 300 }),
      packetId: fc.integer({ min: 1, max: 65_535 }),
      retain: fc.boolean(),
      duplicate: fc.boolean(),
      expiryS: fc.oneof(fc.constant(0), fc.nat(4_294_967_295)),
      known: fc.boolean(),
    });
    fc.assert(
      fc.property(fields, (fields) => {
        const publish = new Publish();
        const aliasKnown = level === 5 && fields.alias > 0 && fields.known;
        Object.assign(publish, fields, {
          topic: utf8Bytes(fields.topic),
          payloadBytes: fields.payload.length,
          aliasKnown,
        });
        const bytes = new Uint8Array(version.publishBytes(publish));
        const at = version.writePublishHead(bytes, publish);
        expect(at + fields.payload.length).toBe(bytes.length);
        bytes.set(fields.payload, at);
        const [packet] = parse(bytes, level) as IPublishPacket[];
        expect(packet).toMatchObject({
          qos: 1,
          dup: fields.duplicate,
          retain: fields.retain,
          messageId: fields.packetId,
          topic: aliasKnown ? "" : fields.topic,
        });
        expect([...(packet.payload as Buffer)]).toEqual([...fields.payload]);
        if (level === 5) {
          expect(packet.properties?.topicAlias ?? 0).toBe(fields.alias);
          expect(packet.properties?.messageExpiryInterval ?? 0).toBe(fields.expiryS);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("subscribes and says goodbye as another codec reads it", () => {
    expect(parse(version.writeSubscribe(7, ["a/cmd", "b/+"]), level)).toMatchObject([
      {
        cmd: "subscribe",
        messageId: 7,
        subscriptions: [
          { topic: "a/cmd", qos: 1 },
          { topic: "b/+", qos: 1 },
        ],
      },
    ]);
    expect(parse(version.writeLastWords(utf8Bytes("state"), utf8Bytes("off")), level)).toMatchObject([
      { cmd: "publish", qos: 0, retain: true, topic: "state", payload: Buffer.from("off") },
    ]);
    expect(parse(writePuback(513), level)).toMatchObject([{ cmd: "puback", messageId: 513 }]);
  });

  it("reads acknowledgements that another codec wrote", () => {
    const ack = new Ack();
    const puback = bodyOf({ cmd: "puback", messageId: 300 } as Packet, level);
    expect(version.readPuback(puback.body, puback.length, ack)).toBe(true);
    expect([ack.packetId, ack.code]).toEqual([300, 0]);
    const suback = bodyOf({ cmd: "suback", messageId: 9, granted: [1, 0x80] } as never, level);
    expect(version.readSuback(suback.body, suback.length, ack)).toBe(true);
    expect([ack.packetId, ack.code]).toEqual([9, 0x80]);
  });

  it("reads messages that another codec wrote", () => {
    const fields = fc.record({
      topic: text,
      payload: fc.uint8Array({ maxLength: 200 }),
      qos: fc.constantFrom(0 as const, 1 as const),
      retain: fc.boolean(),
    });
    fc.assert(
      fc.property(fields, ({ topic, payload, qos, retain }) => {
        const properties = {
          messageExpiryInterval: 77,
          responseTopic: "answer/here",
          correlationData: Buffer.of(1, 2, 3),
          userProperties: { a: "b" },
        };
        const packet = { cmd: "publish", topic, payload: Buffer.from(payload), qos, retain, dup: false, messageId: 5 };
        const whole = level === 5 ? { ...packet, properties } : packet;
        const { first, body, length } = bodyOf(whole as IPublishPacket, level);
        const inbound = new Inbound();
        expect(version.readPublish(first, body, length, inbound)).toBe(true);
        const cut = (at: number, bytes: number) => Buffer.from(body.subarray(at, at + bytes));
        expect(cut(inbound.topicAt, inbound.topicBytes).toString()).toBe(topic);
        expect([...cut(inbound.payloadAt, inbound.payloadBytes)]).toEqual([...payload]);
        expect([inbound.qos, inbound.retain, inbound.packetId]).toEqual([qos, retain, qos === 0 ? 0 : 5]);
        if (level === 5) {
          expect(inbound.expiryS).toBe(77);
          expect(cut(inbound.responseTopicAt, inbound.responseTopicBytes).toString()).toBe("answer/here");
          expect([...cut(inbound.correlationAt, inbound.correlationBytes)]).toEqual([1, 2, 3]);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("is not led beyond a body by any bytes", () => {
    fc.assert(
      fc.property(fc.nat(255), fc.uint8Array({ maxLength: 40 }), (first, body) => {
        // Behind the body lie bytes of an earlier packet: what is read of them would show as another verdict.
        const verdicts = [0x00, 0xff].map((fill) => {
          const longer = new Uint8Array(80).fill(fill);
          longer.set(body);
          return [
            version.readConnack(longer, body.length, new Connack()),
            version.readPuback(longer, body.length, new Ack()),
            version.readSuback(longer, body.length, new Ack()),
            version.readPublish(first, longer, body.length, new Inbound()),
            version.readDisconnect(longer, body.length, new Disconnect()),
          ];
        });
        expect(verdicts[0]).toEqual(verdicts[1]);
      }),
      { numRuns: 3000 },
    );
  });
});

describe("MQTT 5", () => {
  const version = new Version5();
  const connack = (properties: object, reasonCode = 0, sessionPresent = false) => {
    const { body, length } = bodyOf({ cmd: "connack", reasonCode, sessionPresent, properties } as Packet, 5);
    const into = new Connack();
    expect(version.readConnack(body, length, into)).toBe(true);
    return into;
  };

  it("takes what the broker says of the connection", () => {
    expect(
      connack(
        {
          receiveMaximum: 10,
          maximumPacketSize: 5000,
          topicAliasMaximum: 4,
          serverKeepAlive: 20,
          maximumQoS: 1,
          retainAvailable: false,
          reasonString: "because",
          userProperties: { x: "y" },
        },
        0,
        true,
      ),
    ).toMatchObject({
      code: 0,
      resumed: true,
      receiveMaximum: 10,
      maximumPacketBytes: 5000,
      topicAliasMaximum: 4,
      keepAliveS: 20,
      maximumQos: 1,
      retainAvailable: false,
      reason: "because",
    });
    expect(connack({ serverReference: "192.0.2.9:1884" }, 0x9c)).toMatchObject({
      code: 0x9c,
      serverReference: "192.0.2.9:1884",
    });
    expect(connack({})).toMatchObject({ receiveMaximum: 65_535, topicAliasMaximum: 0, keepAliveS: -1 });
  });

  it("forgets what an earlier broker said", () => {
    const into = new Connack();
    const first = bodyOf(
      { cmd: "connack", reasonCode: 0, sessionPresent: false, properties: { receiveMaximum: 3 } } as Packet,
      5,
    );
    const second = bodyOf({ cmd: "connack", reasonCode: 0, sessionPresent: false, properties: {} } as Packet, 5);
    version.readConnack(first.body, first.length, into);
    version.readConnack(second.body, second.length, into);
    expect(into.receiveMaximum).toBe(65_535);
  });

  it("understands a broker of 3.1.1 that does not know it", () => {
    const into = new Connack();
    expect(version.readConnack(Uint8Array.of(0, 1), 2, into)).toBe(true);
    expect(into.code).toBe(0x84);
  });

  it("reads why a message was not accepted, and why a connection ends", () => {
    const ack = new Ack();
    const puback = bodyOf(
      { cmd: "puback", messageId: 3, reasonCode: 0x97, properties: { reasonString: "full" } } as Packet,
      5,
    );
    expect(version.readPuback(puback.body, puback.length, ack)).toBe(true);
    expect([ack.packetId, ack.code]).toEqual([3, 0x97]);
    const into = new Disconnect();
    const goodbye = bodyOf(
      {
        cmd: "disconnect",
        reasonCode: 0x9d,
        properties: { serverReference: "elsewhere", reasonString: "moved" },
      } as Packet,
      5,
    );
    expect(version.readDisconnect(goodbye.body, goodbye.length, into)).toBe(true);
    expect(into).toMatchObject({ code: 0x9d, serverReference: "elsewhere", reason: "moved" });
  });

  it.each([
    ["a property twice", [0x00, 0x00, 6, 0x21, 0, 1, 0x21, 0, 2]],
    ["a property that does not exist", [0x00, 0x00, 2, 0x7f, 0]],
    ["a property that is cut", [0x00, 0x00, 2, 0x21, 0]],
    ["properties longer than the packet", [0x00, 0x00, 9, 0x21, 0, 1]],
    ["bytes behind the properties", [0x00, 0x00, 0, 1]],
    ["a receive maximum of nothing", [0x00, 0x00, 3, 0x21, 0, 0]],
    ["reserved flags", [0x02, 0x00, 0]],
  ])("refuses a CONNACK with %s", (_what, body) => {
    expect(version.readConnack(Uint8Array.from(body), body.length, new Connack())).toBe(false);
  });

  it("refuses a topic alias, which this client never offered", () => {
    const { first, body, length } = bodyOf(
      {
        cmd: "publish",
        topic: "t",
        payload: Buffer.of(1),
        qos: 0,
        retain: false,
        dup: false,
        properties: { topicAlias: 1 },
      } as Packet,
      5,
    );
    expect(version.readPublish(first, body, length, new Inbound())).toBe(false);
  });
});
