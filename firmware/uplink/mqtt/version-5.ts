/** MQTT 5 (OASIS standard, 7 March 2019) as the session needs it. Linked where a site asks for it. */
import { readUtf8, utf8Length } from "../utf8";
import { lengthSize, PacketType, writeLength, writeString, writeUint16 } from "./packets";
import { blockBytes, Property, PropertyReader, pairBytes, writePair, writeUint32 } from "./properties";
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
const CLEAN_START = 0x02;
const WILL = 0x2c;
const USER = 0x80;
const PASSWORD = 0x40;
/** Session expiry (5), receive maximum (3), maximum packet size (5). */
const CONNECT_PROPERTY_BYTES = 13;
const WILL_DELAY_BYTES = 5;
const ALIAS_BYTES = 3;
const EXPIRY_BYTES = 5;
/** Commands that may wait for their acknowledgement at once: they are few, and stored one by one. */
const OWN_RECEIVE_MAXIMUM = 4;

/** Reason codes in words (section 2.4), of those that a broker sends a client. */
const REASONS: { readonly [code: number]: string } = {
  128: "unspecified error",
  129: "malformed packet",
  130: "protocol error",
  131: "implementation specific error",
  132: "it does not speak MQTT 5",
  133: "it does not accept this client identifier",
  134: "user name or password are wrong",
  135: "this client is not allowed",
  136: "it is not available",
  137: "it is busy",
  138: "this client is banned",
  139: "it is shutting down",
  141: "it heard nothing for too long",
  142: "another client connected under the same identifier",
  144: "the topic name is not accepted",
  147: "more messages than it takes at once",
  148: "a topic alias that it does not take",
  149: "a packet larger than it takes",
  150: "too many messages",
  151: "a quota is exceeded",
  152: "an administrator ended the connection",
  153: "the payload is not of its format",
  154: "it does not retain messages",
  155: "it does not take this quality of service",
  156: "another server shall be used for now",
  157: "another server shall be used from now on",
  159: "too many connections in a short time",
};

export class Version5 implements Protocol {
  readonly level = 5;
  /** With what is said beside them. */
  readonly answerBytes = 256;
  readonly #properties = new PropertyReader();

  writeConnect(fields: ConnectFields): Uint8Array {
    const { client, will, user, password, properties = [] } = fields;
    let propertyBytes = CONNECT_PROPERTY_BYTES;
    for (const [name, value] of properties) propertyBytes += pairBytes(name, value);
    let remaining = 10 + blockBytes(propertyBytes) + 2 + utf8Length(client);
    const delayBytes = will?.delayS === undefined ? 0 : WILL_DELAY_BYTES;
    if (will !== undefined) remaining += blockBytes(delayBytes) + 2 + utf8Length(will.topic) + 2 + will.payload.length;
    if (user !== undefined) remaining += 2 + utf8Length(user);
    if (password !== undefined) remaining += 2 + utf8Length(password);
    const packet = new Uint8Array(1 + lengthSize(remaining) + remaining);
    packet[0] = PacketType.connect << 4;
    let at = writeLength(packet, 1, remaining);
    at = writeString(packet, at, "MQTT");
    packet[at++] = 5;
    packet[at++] =
      (fields.cleanSession ? CLEAN_START : 0) |
      (will === undefined ? 0 : WILL) |
      (user === undefined ? 0 : USER) |
      (password === undefined ? 0 : PASSWORD);
    at = writeUint16(packet, at, fields.keepAliveS);
    at = writeLength(packet, at, propertyBytes);
    packet[at] = Property.sessionExpiry;
    at = writeUint32(packet, at + 1, fields.sessionExpiryS);
    packet[at] = Property.receiveMaximum;
    at = writeUint16(packet, at + 1, OWN_RECEIVE_MAXIMUM);
    packet[at] = Property.maximumPacketSize;
    at = writeUint32(packet, at + 1, fields.maximumPacketBytes);
    for (const [name, value] of properties) at = writePair(packet, at, name, value);
    at = writeString(packet, at, client);
    if (will !== undefined) {
      at = writeLength(packet, at, delayBytes);
      if (will.delayS !== undefined) {
        packet[at] = Property.willDelay;
        at = writeUint32(packet, at + 1, will.delayS);
      }
      at = writeString(packet, at, will.topic);
      at = writeUint16(packet, at, will.payload.length);
      packet.set(will.payload, at);
      at += will.payload.length;
    }
    if (user !== undefined) at = writeString(packet, at, user);
    if (password !== undefined) writeString(packet, at, password);
    return packet;
  }

  readConnack(body: Uint8Array, length: number, into: Connack): boolean {
    into.reset();
    // A broker that knows 3.1.1 alone answers as that does, without properties: it may say that it does not know version 5.
    if (length === 2) {
      into.code = body[1] === 1 ? 0x84 : body[1];
      return body[1] !== 0;
    }
    if (length < 3) return false;
    into.resumed = (body[0] & 1) === 1;
    into.code = body[1];
    const properties = this.#properties;
    if (properties.start(body, 2, length) !== length || (body[0] & 0xfe) !== 0) return false;
    while (properties.next()) this.takeConnack(body, into);
    return properties.wellFormed && into.receiveMaximum > 0 && into.maximumPacketBytes > 0;
  }

  private takeConnack(body: Uint8Array, into: Connack): void {
    const { id, value } = this.#properties;
    if (id === Property.receiveMaximum) into.receiveMaximum = value;
    else if (id === Property.maximumPacketSize) into.maximumPacketBytes = value;
    else if (id === Property.topicAliasMaximum) into.topicAliasMaximum = value;
    else if (id === Property.serverKeepAlive) into.keepAliveS = value;
    else if (id === Property.maximumQos) into.maximumQos = value;
    else if (id === Property.retainAvailable) into.retainAvailable = value !== 0;
    else if (id === Property.serverReference) into.serverReference = this.textIn(body);
    else if (id === Property.reasonString) into.reason = this.textIn(body);
  }

  private textIn(body: Uint8Array): string {
    const { at, bytes } = this.#properties;
    return readUtf8(body, at, at + bytes) ?? "";
  }

  publishBytes(publish: Publish): number {
    const remaining = this.remaining(publish);
    return 1 + lengthSize(remaining) + remaining;
  }

  private propertyBytes({ alias, expiryS }: Publish): number {
    return (alias > 0 ? ALIAS_BYTES : 0) + (expiryS > 0 ? EXPIRY_BYTES : 0);
  }

  private remaining(publish: Publish): number {
    const topicBytes = publish.aliasKnown ? 0 : publish.prefix.length + publish.topic.length;
    return 2 + topicBytes + 2 + 1 + this.propertyBytes(publish) + publish.payloadBytes;
  }

  writePublishHead(into: Uint8Array, publish: Publish): number {
    const { alias, expiryS } = publish;
    into[0] = (PacketType.publish << 4) | (publish.duplicate ? 0x08 : 0) | QOS_1 | (publish.retain ? 0x01 : 0);
    let at = writeLength(into, 1, this.remaining(publish));
    at = publish.aliasKnown ? writeUint16(into, at, 0) : writeTopic(into, at, publish);
    at = writeUint16(into, at, publish.packetId);
    into[at++] = this.propertyBytes(publish);
    if (expiryS > 0) {
      into[at] = Property.messageExpiry;
      at = writeUint32(into, at + 1, expiryS);
    }
    if (alias > 0) {
      into[at] = Property.topicAlias;
      at = writeUint16(into, at + 1, alias);
    }
    return at;
  }

  readPuback(body: Uint8Array, length: number, into: Ack): boolean {
    if (length < 2) return false;
    into.packetId = uint16At(body, 0);
    into.code = length > 2 ? body[2] : 0;
    return length <= 3 || this.wellFormed(body, 3, length);
  }

  writeSubscribe(packetId: number, filters: readonly string[]): Uint8Array {
    let remaining = 2 + 1;
    for (const filter of filters) remaining += 2 + utf8Length(filter) + 1;
    const packet = new Uint8Array(1 + lengthSize(remaining) + remaining);
    packet[0] = (PacketType.subscribe << 4) | SUBSCRIBE_FLAGS;
    let at = writeUint16(packet, writeLength(packet, 1, remaining), packetId);
    packet[at++] = 0;
    for (const filter of filters) {
      at = writeString(packet, at, filter);
      packet[at++] = 1;
    }
    return packet;
  }

  readSuback(body: Uint8Array, length: number, into: Ack): boolean {
    if (length < 4) return false;
    into.packetId = uint16At(body, 0);
    const codesAt = this.#properties.start(body, 2, length);
    if (codesAt < 0 || codesAt >= length || !this.walk()) return false;
    into.code = 0;
    for (let at = codesAt; at < length; at++) if (body[at] > into.code) into.code = body[at];
    return true;
  }

  readPublish(first: number, body: Uint8Array, length: number, into: Inbound): boolean {
    const at = readPublishStart(first, body, length, into);
    if (at < 0) return false;
    const properties = this.#properties;
    const payloadAt = properties.start(body, at, length);
    if (payloadAt < 0) return false;
    while (properties.next()) {
      const { id } = properties;
      if (id === Property.messageExpiry) into.expiryS = properties.value;
      else if (id === Property.responseTopic) {
        into.responseTopicAt = properties.at;
        into.responseTopicBytes = properties.bytes;
      } else if (id === Property.correlationData) {
        into.correlationAt = properties.at;
        into.correlationBytes = properties.bytes;
        // This client announced no aliases: a broker may not use one (MQTT-3.3.2-9).
      } else if (id === Property.topicAlias) return false;
    }
    into.payloadAt = payloadAt;
    into.payloadBytes = length - payloadAt;
    return properties.wellFormed && into.topicBytes > 0;
  }

  readDisconnect(body: Uint8Array, length: number, into: Disconnect): boolean {
    into.code = length > 0 ? body[0] : 0;
    into.serverReference = into.reason = "";
    if (length < 2) return true;
    const properties = this.#properties;
    if (properties.start(body, 1, length) !== length) return false;
    while (properties.next()) {
      if (properties.id === Property.serverReference) into.serverReference = this.textIn(body);
      else if (properties.id === Property.reasonString) into.reason = this.textIn(body);
    }
    return properties.wellFormed;
  }

  writeLastWords(topic: Uint8Array, payload: Uint8Array): Uint8Array {
    const remaining = 2 + topic.length + 1 + payload.length;
    const packet = new Uint8Array(1 + lengthSize(remaining) + remaining);
    packet[0] = (PacketType.publish << 4) | 0x01;
    const at = writeUint16(packet, writeLength(packet, 1, remaining), topic.length);
    packet.set(topic, at);
    packet.set(payload, at + topic.length + 1);
    return packet;
  }

  describe(code: number): string {
    return REASONS[code] ?? `reason ${code}`;
  }

  private wellFormed(body: Uint8Array, at: number, length: number): boolean {
    return this.#properties.start(body, at, length) === length && this.walk();
  }

  private walk(): boolean {
    while (this.#properties.next());
    return this.#properties.wellFormed;
  }
}
