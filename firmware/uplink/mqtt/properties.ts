/** Properties of MQTT 5 (OASIS standard, 7 March 2019, section 2.2.2): identifiers, their types, writing and walking them. */
import { utf8Length } from "../utf8";
import { lengthSize, writeString, writeUint16 } from "./packets";

export const Property = {
  payloadFormat: 0x01,
  messageExpiry: 0x02,
  contentType: 0x03,
  responseTopic: 0x08,
  correlationData: 0x09,
  subscriptionId: 0x0b,
  sessionExpiry: 0x11,
  assignedClientId: 0x12,
  serverKeepAlive: 0x13,
  authenticationMethod: 0x15,
  authenticationData: 0x16,
  requestProblemInformation: 0x17,
  willDelay: 0x18,
  requestResponseInformation: 0x19,
  responseInformation: 0x1a,
  serverReference: 0x1c,
  reasonString: 0x1f,
  receiveMaximum: 0x21,
  topicAliasMaximum: 0x22,
  topicAlias: 0x23,
  maximumQos: 0x24,
  retainAvailable: 0x25,
  userProperty: 0x26,
  maximumPacketSize: 0x27,
  wildcardAvailable: 0x28,
  subscriptionIdAvailable: 0x29,
  sharedAvailable: 0x2a,
} as const;

/** Shapes of values (table 2-4). */
const Shape = { none: 0, byte: 1, uint16: 2, uint32: 3, varint: 4, text: 5, bytes: 6, pair: 7 } as const;
/** By identifier. */
const SHAPES: readonly number[] = shapes();

function shapes(): number[] {
  const table = new Array<number>(0x2b).fill(Shape.none);
  const set = (shape: number, ...ids: number[]) => {
    for (const id of ids) table[id] = shape;
  };
  set(Shape.byte, 0x01, 0x17, 0x19, 0x24, 0x25, 0x28, 0x29, 0x2a);
  set(Shape.uint16, 0x13, 0x21, 0x22, 0x23);
  set(Shape.uint32, 0x02, 0x11, 0x18, 0x27);
  set(Shape.varint, 0x0b);
  set(Shape.text, 0x03, 0x08, 0x12, 0x15, 0x1a, 0x1c, 0x1f);
  set(Shape.bytes, 0x09, 0x16);
  set(Shape.pair, 0x26);
  return table;
}

/** Walks the properties of a packet: `start`, then `next` until it is false, then `wellFormed`. Allocates nothing. */
export class PropertyReader {
  /** Identifier of the property in hand, and its value where that is a number. */
  id = 0;
  value = 0;
  /** Where text or bytes of it lie. */
  at = 0;
  bytes = 0;
  wellFormed = false;
  #body: Uint8Array = new Uint8Array(0);
  #end = 0;
  #next = 0;
  /** Bit by identifier: none but user properties and subscription identifiers may come twice (MQTT-3.1.2-11 and others). */
  #seenLow = 0;
  #seenHigh = 0;

  /** @returns where the properties end, or -1 where their length is wrong */
  start(body: Uint8Array, at: number, limit: number): number {
    this.#body = body;
    this.#seenLow = this.#seenHigh = 0;
    this.wellFormed = true;
    this.#end = limit;
    this.#next = at;
    const length = this.varint();
    this.#end = this.#next + length;
    if (length < 0 || this.#end > limit) {
      this.wellFormed = false;
      return -1;
    }
    return this.#end;
  }

  next(): boolean {
    if (!this.wellFormed || this.#next >= this.#end) return false;
    this.id = this.#body[this.#next++];
    const shape = this.id < SHAPES.length ? SHAPES[this.id] : Shape.none;
    this.wellFormed = shape !== Shape.none && this.once() && this.read(shape);
    return this.wellFormed;
  }

  private once(): boolean {
    if (this.id === Property.userProperty || this.id === Property.subscriptionId) return true;
    const bit = 1 << (this.id & 31);
    if (this.id < 32) {
      if ((this.#seenLow & bit) !== 0) return false;
      this.#seenLow |= bit;
    } else {
      if ((this.#seenHigh & bit) !== 0) return false;
      this.#seenHigh |= bit;
    }
    return true;
  }

  private read(shape: number): boolean {
    switch (shape) {
      case Shape.byte:
        return this.number(1);
      case Shape.uint16:
        return this.number(2);
      case Shape.uint32:
        return this.number(4);
      case Shape.varint:
        this.value = this.varint();
        return this.value >= 0;
      case Shape.pair:
        return this.text() && this.text();
      default:
        return this.text();
    }
  }

  private number(bytes: number): boolean {
    if (this.#next + bytes > this.#end) return false;
    let value = 0;
    for (let i = 0; i < bytes; i++) value = value * 256 + this.#body[this.#next++];
    this.value = value;
    return true;
  }

  private text(): boolean {
    if (!this.number(2) || this.#next + this.value > this.#end) return false;
    this.at = this.#next;
    this.bytes = this.value;
    this.#next += this.value;
    return true;
  }

  /** Section 1.5.5; -1 where it is cut or too long. */
  private varint(): number {
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      if (this.#next >= this.#end) return -1;
      const byte = this.#body[this.#next++];
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return -1;
  }
}

export function writeUint32(into: Uint8Array, offset: number, value: number): number {
  return writeUint16(into, writeUint16(into, offset, Math.floor(value / 65_536)), value % 65_536);
}

/** Length of a block of properties, with the length that stands before it. */
export function blockBytes(propertyBytes: number): number {
  return lengthSize(propertyBytes) + propertyBytes;
}

/** Bytes of a user property. */
export function pairBytes(name: string, value: string): number {
  return 1 + 2 + utf8Length(name) + 2 + utf8Length(value);
}

export function writePair(into: Uint8Array, offset: number, name: string, value: string): number {
  into[offset] = Property.userProperty;
  return writeString(into, writeString(into, offset + 1, name), value);
}
