/**
 * What the session needs of a version of MQTT: the packets of a publisher that also takes commands, written and read. The session
 * (`client.ts`) is the same for 3.1.1 and 5; a version that lacks something leaves its defaults.
 */

export type ConnectFields = {
  readonly client: string;
  readonly cleanSession: boolean;
  readonly keepAliveS: number;
  readonly will?: { readonly topic: string; readonly payload: Uint8Array; readonly delayS?: number };
  readonly user?: string;
  readonly password?: string;
  /** Longest packet that this client takes; said in version 5. */
  readonly maximumPacketBytes: number;
  /** How long the broker shall keep the session; said in version 5. */
  readonly sessionExpiryS: number;
  /** Names and values that the broker may log; said in version 5. */
  readonly properties?: readonly (readonly [string, string])[];
};

const NO_BYTES = new Uint8Array(0);

/** One PUBLISH on its way out. Filled anew for each. */
export class Publish {
  /** What all topics of a client begin with, and the rest of this one. */
  prefix: Uint8Array = NO_BYTES;
  topic: Uint8Array = NO_BYTES;
  /** 0: none. */
  alias = 0;
  /** The broker knows the alias: the topic is left out. */
  aliasKnown = false;
  payloadBytes = 0;
  packetId = 0;
  retain = false;
  duplicate = false;
  /** Seconds after which the broker need not deliver it any more; 0: never. */
  expiryS = 0;
}

/** What the broker says of a connection. Filled anew for each CONNACK. */
export class Connack {
  /** 0: accepted. Of 3.1.1 its return code, of 5 its reason code. */
  code = 0;
  resumed = false;
  /** Publishes that may be on their way at once. */
  receiveMaximum = 65_535;
  maximumPacketBytes = Number.POSITIVE_INFINITY;
  topicAliasMaximum = 0;
  /** -1: as it was asked for. */
  keepAliveS = -1;
  maximumQos = 2;
  retainAvailable = true;
  /** Another broker that shall be used, as it was said. */
  serverReference = "";
  reason = "";

  reset(): void {
    this.code = 0;
    this.resumed = false;
    this.receiveMaximum = 65_535;
    this.maximumPacketBytes = Number.POSITIVE_INFINITY;
    this.topicAliasMaximum = 0;
    this.keepAliveS = -1;
    this.maximumQos = 2;
    this.retainAvailable = true;
    this.serverReference = "";
    this.reason = "";
  }
}

/** A PUBACK or SUBACK. */
export class Ack {
  packetId = 0;
  /** The worst of its codes; 0x80 and above are refusals. */
  code = 0;
}

/** Why the broker ends a connection (version 5). */
export class Disconnect {
  code = 0;
  serverReference = "";
  reason = "";
}

/** A PUBLISH that came in; positions in the body that was read. */
export class Inbound {
  qos = 0;
  packetId = 0;
  retain = false;
  duplicate = false;
  topicAt = 0;
  topicBytes = 0;
  payloadAt = 0;
  payloadBytes = 0;
  /** Seconds that the broker says it still holds; 0: for ever. */
  expiryS = 0;
  /** Where an answer is wanted, positions likewise; 0 bytes: nowhere. */
  responseTopicAt = 0;
  responseTopicBytes = 0;
  correlationAt = 0;
  correlationBytes = 0;
}

/** Readers return false where the packet is malformed. No call but those that return a packet allocates, as far as nothing is wrong. */
export interface Protocol {
  readonly level: 4 | 5;
  /** Longest packet that a broker sends a client that subscribes to nothing. */
  readonly answerBytes: number;
  writeConnect(fields: ConnectFields): Uint8Array;
  readConnack(body: Uint8Array, length: number, into: Connack): boolean;
  publishBytes(publish: Publish): number;
  /** Everything before the payload, whose position is returned. `into` has `publishBytes`. */
  writePublishHead(into: Uint8Array, publish: Publish): number;
  readPuback(body: Uint8Array, length: number, into: Ack): boolean;
  writeSubscribe(packetId: number, filters: readonly string[]): Uint8Array;
  readSuback(body: Uint8Array, length: number, into: Ack): boolean;
  readPublish(first: number, body: Uint8Array, length: number, into: Inbound): boolean;
  readDisconnect(body: Uint8Array, length: number, into: Disconnect): boolean;
  /** A last QoS 0 message, which says goodbye. */
  writeLastWords(topic: Uint8Array, payload: Uint8Array): Uint8Array;
  /** Words for a refusal. */
  describe(code: number): string;
}

/** QoS 1 of a PUBLISH, SUBSCRIBE's fixed flags. */
export const QOS_1 = 0x02;
export const SUBSCRIBE_FLAGS = 0x02;

/** Writes the topic with its length. Returns the position behind it. */
export function writeTopic(into: Uint8Array, offset: number, { prefix, topic }: Publish): number {
  const length = prefix.length + topic.length;
  into[offset] = length >> 8;
  into[offset + 1] = length;
  into.set(prefix, offset + 2);
  into.set(topic, offset + 2 + prefix.length);
  return offset + 2 + length;
}

/** Reads the two bytes at `at`. */
export function uint16At(body: Uint8Array, at: number): number {
  return (body[at] << 8) | body[at + 1];
}

/** Topic, identifier and flags of a PUBLISH that came in, as both versions have them. Returns where it goes on, or -1. */
export function readPublishStart(first: number, body: Uint8Array, length: number, into: Inbound): number {
  const qos = (first >> 1) & 3;
  if (length < 2 || qos > 1) return -1;
  into.qos = qos;
  into.retain = (first & 1) === 1;
  into.duplicate = (first & 8) === 8;
  // DUP belongs to QoS 1 alone (MQTT-3.3.1-2).
  if (into.duplicate && qos === 0) return -1;
  into.topicAt = 2;
  into.topicBytes = uint16At(body, 0);
  let at = 2 + into.topicBytes;
  into.packetId = 0;
  if (qos > 0) {
    if (at + 2 > length) return -1;
    into.packetId = uint16At(body, at);
    if (into.packetId === 0) return -1;
    at += 2;
  }
  into.expiryS = into.responseTopicBytes = into.correlationBytes = 0;
  return at > length ? -1 : at;
}
