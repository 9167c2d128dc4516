import fc from "fast-check";
import mqttPacket from "mqtt-packet";
import { describe, expect, it } from "vitest";
import { utf8Bytes } from "../utf8";
import {
  DISCONNECT,
  PacketParser,
  PacketType,
  PINGREQ,
  publishSize,
  writeConnect,
  writePublishHead,
  writePublishQos0,
} from "./packets";

const hex = (bytes: Iterable<number>): string => Buffer.from([...bytes]).toString("hex");
const { generate } = mqttPacket;

type Received = { first: number; body: string };

function collector(capacity = 4096): { parser: PacketParser; received: Received[] } {
  const received: Received[] = [];
  const parser = new PacketParser(capacity, {
    packet: (first, body, length) => received.push({ first, body: hex(body.subarray(0, length)) }),
  });
  return { parser, received };
}

const topicName = fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 }).filter((text) => !/[+#\0]/.test(text));

function writePublish(into: Uint8Array, topic: Uint8Array, payload: Uint8Array, ...more: [number, boolean, boolean]) {
  const at = writePublishHead(into, topic, payload.length, ...more);
  into.set(payload, at);
  return at + payload.length;
}

describe("packets that we write", () => {
  it("CONNECT is what mqtt-packet writes, with and without a will", () => {
    const will = fc.option(fc.record({ topic: topicName, payload: fc.uint8Array({ minLength: 1 }) }), {
      nil: undefined,
    });
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", minLength: 1, maxLength: 23 }),
        fc.boolean(),
        fc.nat(65_535),
        will,
        (client, cleanSession, keepAliveS, last) => {
          const ours = writeConnect({
            client,
            cleanSession,
            keepAliveS,
            ...(last === undefined ? {} : { will: last }),
          });
          const theirs = generate({
            cmd: "connect",
            protocolId: "MQTT",
            protocolVersion: 4,
            clean: cleanSession,
            clientId: client,
            keepalive: keepAliveS,
            ...(last === undefined
              ? {}
              : { will: { topic: last.topic, payload: Buffer.from(last.payload), qos: 1, retain: true } }),
          });
          expect(hex(ours)).toBe(hex(theirs));
        },
      ),
    );
  });

  it("PUBLISH is what mqtt-packet writes, at every size of the remaining length", () => {
    const length = fc.oneof(fc.nat(300), fc.constantFrom(0, 100, 127, 128, 16_370, 16_383, 16_384, 2_097_152));
    fc.assert(
      fc.property(
        topicName,
        length,
        fc.integer({ min: 1, max: 65_535 }),
        fc.boolean(),
        fc.boolean(),
        (topic, payloadLength, messageId, retain, dup) => {
          const payload = new Uint8Array(payloadLength).fill(0x5a);
          const name = utf8Bytes(topic);
          const size = publishSize(name, payloadLength);
          const into = new Uint8Array(size);
          expect(writePublish(into, name, payload, messageId, retain, dup)).toBe(size);
          const theirs = generate({
            cmd: "publish",
            topic,
            payload: Buffer.from(payload),
            qos: 1,
            messageId,
            retain,
            dup,
          });
          expect(Buffer.compare(into, theirs)).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("a retained farewell, PINGREQ and DISCONNECT are what mqtt-packet writes", () => {
    const farewell = {
      cmd: "publish",
      topic: "a/state",
      payload: Buffer.from("off"),
      qos: 0,
      retain: true,
      dup: false,
    };
    expect(hex(writePublishQos0(utf8Bytes("a/state"), utf8Bytes("off"), true))).toBe(
      hex(generate(farewell as mqttPacket.Packet)),
    );
    expect(hex(PINGREQ)).toBe(hex(generate({ cmd: "pingreq" })));
    expect(hex(DISCONNECT)).toBe(hex(generate({ cmd: "disconnect" } as mqttPacket.Packet)));
  });
});

describe("PacketParser", () => {
  const stream = Buffer.concat([
    generate({ cmd: "connack", returnCode: 0, sessionPresent: true }),
    generate({ cmd: "puback", messageId: 0x1234 }),
    generate({ cmd: "pingresp" }),
    generate({ cmd: "publish", topic: "t", payload: "x".repeat(300), qos: 1, messageId: 7, retain: false, dup: false }),
    generate({ cmd: "puback", messageId: 1 }),
  ]);

  it("finds the same packets wherever the stream is split", () => {
    const whole = collector();
    expect(whole.parser.push(stream)).toBe(true);
    expect(whole.received.map(({ first }) => first >> 4)).toEqual([2, 4, 13, 3, 4]);
    expect(whole.received[0].body).toBe("0100");
    expect(whole.received[1].body).toBe("1234");
    for (let split = 0; split <= stream.length; split++) {
      const pieces = collector();
      pieces.parser.push(stream.subarray(0, split));
      pieces.parser.push(stream.subarray(split));
      expect(pieces.received).toEqual(whole.received);
    }
    const bytewise = collector();
    for (const byte of stream) bytewise.parser.push(Uint8Array.of(byte));
    expect(bytewise.received).toEqual(whole.received);
  });

  it("understands the broker side of mqtt-packet, and mqtt-packet understands ours", () => {
    const seen: unknown[] = [];
    const theirs = mqttPacket.parser();
    theirs.on("packet", (packet) => seen.push(packet));
    const into = new Uint8Array(64);
    const end = writePublish(into, utf8Bytes("a/b"), utf8Bytes("hello"), 513, true, false);
    theirs.parse(Buffer.from(into.subarray(0, end)));
    expect(seen[0]).toMatchObject({ cmd: "publish", topic: "a/b", qos: 1, retain: true, dup: false, messageId: 513 });
  });

  it("refuses a remaining length of five bytes and a packet beyond its capacity", () => {
    expect(collector().parser.push(Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0xff))).toBe(false);
    expect(collector(10).parser.push(Uint8Array.of(0x30, 11))).toBe(false);
    expect(collector(10).parser.push(Uint8Array.of(0x30, 10))).toBe(true);
  });

  it("begins anew after reset, in the middle of whatever", () => {
    const { parser, received } = collector();
    parser.push(stream.subarray(0, 12));
    parser.reset();
    received.length = 0;
    parser.push(generate({ cmd: "pingresp" }));
    expect(received).toEqual([{ first: PacketType.pingresp << 4, body: "" }]);
  });

  it("never throws and never hands out more than it was given, whatever arrives", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 10 }), (chunks) => {
        const { parser, received } = collector(64);
        let given = 0;
        for (const chunk of chunks) {
          given += chunk.length;
          if (!parser.push(chunk)) break;
        }
        const taken = received.reduce((sum, { body }) => sum + 2 + body.length / 2, 0);
        expect(taken).toBeLessThanOrEqual(given);
      }),
      { numRuns: 2000 },
    );
  });
});
