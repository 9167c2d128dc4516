/** MQTT 3.1.1 (OASIS standard, 29 October 2014) as the session needs it. */
import { utf8Length } from "../utf8";
import { lengthSize, PacketType, writeLength, writePublishQos0, writeString, writeUint16 } from "./packets";
import {
  type Ack,
  type Connack,
  type ConnectFields,
  type Disconnect,
  type Inbound,
  type Protocol,
  type Publish,
  QOS_1,
  readPublishStart,
  SUBSCRIBE_FLAGS,
  uint16At,
  writeTopic,
} from "./protocol";

/** Connect flags (section 3.1.2.3). A will has QoS 1 and is retained. */
const CLEAN_SESSION = 0x02;
const WILL = 0x2c;
const USER = 0x80;
const PASSWORD = 0x40;

/** Section 3.2.2.3. */
const CONNACK_REASONS: readonly string[] = [
  "accepted",
  "it does not speak MQTT 3.1.1",
  "it does not accept this client identifier",
  "it is not available",
  "user name or password are wrong",
  "this client is not allowed",
];

export const version3: Protocol = {
  level: 4,
  /** All have two bytes. */
  answerBytes: 16,

  writeConnect({ client, cleanSession, keepAliveS, will, user, password }: ConnectFields): Uint8Array {
    let remaining = 10 + 2 + utf8Length(client);
    if (will !== undefined) remaining += 2 + utf8Length(will.topic) + 2 + will.payload.length;
    if (user !== undefined) remaining += 2 + utf8Length(user);
    if (password !== undefined) remaining += 2 + utf8Length(password);
    const packet = new Uint8Array(1 + lengthSize(remaining) + remaining);
    packet[0] = PacketType.connect << 4;
    let at = writeLength(packet, 1, remaining);
    at = writeString(packet, at, "MQTT");
    packet[at++] = 4;
    packet[at++] =
      (cleanSession ? CLEAN_SESSION : 0) |
      (will === undefined ? 0 : WILL) |
      (user === undefined ? 0 : USER) |
      (password === undefined ? 0 : PASSWORD);
    at = writeUint16(packet, at, keepAliveS);
    at = writeString(packet, at, client);
    if (will !== undefined) {
      at = writeString(packet, at, will.topic);
      at = writeUint16(packet, at, will.payload.length);
      packet.set(will.payload, at);
      at += will.payload.length;
    }
    if (user !== undefined) at = writeString(packet, at, user);
    if (password !== undefined) writeString(packet, at, password);
    return packet;
  },

  readConnack(body: Uint8Array, length: number, into: Connack): boolean {
    into.reset();
    if (length !== 2) return false;
    into.resumed = (body[0] & 1) === 1;
    into.code = body[1];
    return (body[0] & 0xfe) === 0;
  },

  publishBytes(publish: Publish): number {
    const remaining = remainingBytes(publish);
    return 1 + lengthSize(remaining) + remaining;
  },

  writePublishHead(into: Uint8Array, publish: Publish): number {
    const { packetId, retain, duplicate } = publish;
    into[0] = (PacketType.publish << 4) | (duplicate ? 0x08 : 0) | QOS_1 | (retain ? 0x01 : 0);
    const at = writeTopic(into, writeLength(into, 1, remainingBytes(publish)), publish);
    return writeUint16(into, at, packetId);
  },

  readPuback(body: Uint8Array, length: number, into: Ack): boolean {
    if (length !== 2) return false;
    into.packetId = uint16At(body, 0);
    into.code = 0;
    return true;
  },

  writeSubscribe(packetId: number, filters: readonly string[]): Uint8Array {
    let remaining = 2;
    for (const filter of filters) remaining += 2 + utf8Length(filter) + 1;
    const packet = new Uint8Array(1 + lengthSize(remaining) + remaining);
    packet[0] = (PacketType.subscribe << 4) | SUBSCRIBE_FLAGS;
    let at = writeUint16(packet, writeLength(packet, 1, remaining), packetId);
    for (const filter of filters) {
      at = writeString(packet, at, filter);
      packet[at++] = 1;
    }
    return packet;
  },

  readSuback(body: Uint8Array, length: number, into: Ack): boolean {
    if (length < 3) return false;
    into.packetId = uint16At(body, 0);
    into.code = 0;
    for (let at = 2; at < length; at++) if (body[at] > into.code) into.code = body[at];
    return true;
  },

  readPublish(first: number, body: Uint8Array, length: number, into: Inbound): boolean {
    const at = readPublishStart(first, body, length, into);
    if (at < 0 || into.topicBytes === 0) return false;
    into.payloadAt = at;
    into.payloadBytes = length - at;
    return true;
  },

  /** A broker of 3.1.1 sends none. */
  readDisconnect(_body: Uint8Array, _length: number, _into: Disconnect): boolean {
    return false;
  },

  writeLastWords(topic: Uint8Array, payload: Uint8Array): Uint8Array {
    return writePublishQos0(topic, payload, true);
  },

  describe(code: number): string {
    return CONNACK_REASONS[code] ?? `code ${code}`;
  },
};

function remainingBytes({ prefix, topic, payloadBytes }: Publish): number {
  return 2 + prefix.length + topic.length + 2 + payloadBytes;
}

/** A subscription's acknowledgement of this or more is a refusal. */
export const REFUSED = 0x80;

/** PUBACK of a message that came in: the same in both versions, when all is well. */
export function writePuback(packetId: number): Uint8Array {
  return Uint8Array.of(PacketType.puback << 4, 2, packetId >> 8, packetId & 0xff);
}
