/**
 * MQTT 3.1.1 control packets (OASIS standard, 29 October 2014): those that a publishing gateway and its peers use.
 * Writers fill a caller's buffer; the parser takes a stream in any pieces and allocates nothing.
 */
import { utf8Length, writeUtf8 } from "../utf8";

export const PacketType = {
  connect: 1,
  connack: 2,
  publish: 3,
  puback: 4,
  subscribe: 8,
  suback: 9,
  pingreq: 12,
  pingresp: 13,
  disconnect: 14,
} as const;

/** Section 2.2.3: at most four bytes, 268,435,455. */
export const MAX_REMAINING_LENGTH = 268_435_455;

export type ConnectFields = {
  readonly client: string;
  readonly cleanSession: boolean;
  readonly keepAliveS: number;
  readonly will?: { readonly topic: string; readonly payload: Uint8Array };
};

/** CONNECT, section 3.1. A will is published with QoS 1, retained. Returns the packet. */
export function writeConnect(fields: ConnectFields): Uint8Array {
  const will = fields.will;
  let remaining = 10 + 2 + utf8Length(fields.client);
  if (will !== undefined) remaining += 2 + utf8Length(will.topic) + 2 + will.payload.length;
  const packet = new Uint8Array(1 + lengthSize(remaining) + remaining);
  packet[0] = PacketType.connect << 4;
  let at = writeLength(packet, 1, remaining);
  at = writeString(packet, at, "MQTT");
  packet[at++] = 4;
  packet[at++] = (fields.cleanSession ? 0x02 : 0) | (will === undefined ? 0 : 0x2c);
  at = writeUint16(packet, at, fields.keepAliveS);
  at = writeString(packet, at, fields.client);
  if (will !== undefined) {
    at = writeString(packet, at, will.topic);
    at = writeUint16(packet, at, will.payload.length);
    packet.set(will.payload, at);
  }
  return packet;
}

/** Bytes of a QoS 1 PUBLISH. */
export function publishSize(topic: Uint8Array, payloadLength: number): number {
  const remaining = 2 + topic.length + 2 + payloadLength;
  return 1 + lengthSize(remaining) + remaining;
}

/**
 * Everything of a PUBLISH with QoS 1 that stands before its payload. `into` has `publishSize` bytes; the payload belongs at
 * the position that is returned.
 */
export function writePublishHead(
  into: Uint8Array,
  topic: Uint8Array,
  payloadLength: number,
  packetId: number,
  retain: boolean,
  duplicate: boolean,
): number {
  into[0] = (PacketType.publish << 4) | (duplicate ? 0x08 : 0) | 0x02 | (retain ? 0x01 : 0);
  let at = writeLength(into, 1, 2 + topic.length + 2 + payloadLength);
  at = writeUint16(into, at, topic.length);
  into.set(topic, at);
  return writeUint16(into, at + topic.length, packetId);
}

/** PUBLISH with QoS 0, which has no packet identifier. Returns the packet. */
export function writePublishQos0(topic: Uint8Array, payload: Uint8Array, retain: boolean): Uint8Array {
  const remaining = 2 + topic.length + payload.length;
  const packet = new Uint8Array(1 + lengthSize(remaining) + remaining);
  packet[0] = (PacketType.publish << 4) | (retain ? 0x01 : 0);
  const at = writeUint16(packet, writeLength(packet, 1, remaining), topic.length);
  packet.set(topic, at);
  packet.set(payload, at + topic.length);
  return packet;
}

export const PINGREQ: readonly number[] = [PacketType.pingreq << 4, 0];
export const DISCONNECT: readonly number[] = [PacketType.disconnect << 4, 0];

export function lengthSize(length: number): number {
  return length < 128 ? 1 : length < 16_384 ? 2 : length < 2_097_152 ? 3 : 4;
}

export function writeLength(into: Uint8Array, offset: number, length: number): number {
  let at = offset;
  let rest = length;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    into[at++] = rest > 0 ? low | 0x80 : low;
  } while (rest > 0);
  return at;
}

export function writeUint16(into: Uint8Array, offset: number, value: number): number {
  into[offset] = value >> 8;
  into[offset + 1] = value;
  return offset + 2;
}

export function writeString(into: Uint8Array, offset: number, text: string): number {
  const end = writeUtf8(text, into, offset + 2);
  writeUint16(into, offset, end - offset - 2);
  return end;
}

/** What a parser hands over: the fixed header's first byte and the body. `body` is valid during the call only. */
export interface PacketSink {
  packet(first: number, body: Uint8Array, length: number): void;
}

/** Splits a byte stream into control packets. Any split point is fine; a packet longer than `capacity` is an error. */
export class PacketParser {
  readonly #body: Uint8Array;
  readonly #sink: PacketSink;
  /** -1: the next byte begins a packet. */
  #first = -1;
  #lengthShift = 0;
  #remaining = 0;
  #inBody = false;
  #filled = 0;

  constructor(capacity: number, sink: PacketSink) {
    this.#body = new Uint8Array(capacity);
    this.#sink = sink;
  }

  reset(): void {
    this.#first = -1;
    this.#inBody = false;
  }

  // hot path: for each acknowledgement
  /** Takes the first `count` bytes in. False: the stream is malformed, and nothing behind that point can be understood. */
  push(bytes: Uint8Array, count = bytes.length): boolean {
    for (let i = 0; i < count; i++) {
      const byte = bytes[i];
      if (this.#inBody) {
        this.#body[this.#filled++] = byte;
        if (this.#filled === this.#remaining) this.deliver();
      } else if (this.#first < 0) {
        this.#first = byte;
        this.#remaining = 0;
        this.#lengthShift = 0;
      } else if (!this.lengthByte(byte)) {
        return false;
      }
    }
    return true;
  }

  private lengthByte(byte: number): boolean {
    this.#remaining |= (byte & 0x7f) << this.#lengthShift;
    this.#lengthShift += 7;
    if (byte & 0x80) return this.#lengthShift < 28;
    if (this.#remaining > this.#body.length) return false;
    this.#filled = 0;
    if (this.#remaining === 0) this.deliver();
    else this.#inBody = true;
    return true;
  }

  private deliver(): void {
    const first = this.#first;
    this.#first = -1;
    this.#inBody = false;
    this.#sink.packet(first, this.#body, this.#remaining);
  }
}
