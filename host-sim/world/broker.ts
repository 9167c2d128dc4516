/**
 * A scripted MQTT 3.1.1 broker inside a world, on ECMA-419 sockets: takes QoS 0 and 1, acknowledges, tells honestly whether
 * it kept a session, hands messages to subscribers with QoS 0, keeps retained ones. Faults on demand: `down` and `up`,
 * acknowledgements that come late or never.
 *
 * Of a broker's duties it leaves out QoS 2, user names, wills and the watching of keep-alives.
 */
import { PacketParser, PacketType, writePublishQos0 } from "../../firmware/uplink/mqtt/packets";
import { readUtf8, utf8Bytes } from "../../firmware/uplink/utf8";
import type { Clock, Timer } from "../../hal/clock";
import type { Listener, ListenerConstructor, TCP, TCPConstructor } from "../../hal/io";

export type BrokerOptions = {
  readonly Listener: ListenerConstructor;
  readonly TCP: TCPConstructor;
  readonly port: number;
  readonly onPublish: (topic: string, payload: Uint8Array, retain: boolean, qos: number) => void;
  /** Needed where acknowledgements shall come late. */
  readonly clock?: Clock;
};

export type BrokerCounters = {
  connects: number;
  messages: number;
  /** Messages that came with DUP: an acknowledgement was lost, so they may have come before. */
  duplicates: number;
  /** Messages that a subscriber's socket had no room for. */
  undelivered: number;
  /** Connections that ended because their peer did not speak MQTT 3.1.1. */
  protocolErrors: number;
};

/** Largest packet that the broker takes: a batch is a few kilobytes, a device manifest less than 16 KiB. */
const MAX_PACKET = 32 * 1024;
/** Acknowledgements that may wait on one connection. */
const MAX_LATE = 1024;

export class Broker {
  readonly counters: BrokerCounters = { connects: 0, messages: 0, duplicates: 0, undelivered: 0, protocolErrors: 0 };
  /** How long a PUBACK waits; `Infinity`: the broker takes messages and never says so. */
  acknowledgeDelayUs = 0;
  readonly #options: BrokerOptions;
  readonly #connections = new Set<Connection>();
  /** Topic filters of the clients that connected without a clean session, by client identifier. */
  readonly #sessions = new Map<string, Set<string>>();
  readonly #retained = new Map<string, Uint8Array>();
  #listener: Listener | undefined;

  constructor(options: BrokerOptions) {
    this.#options = options;
    this.up();
  }

  /**
   * Drops every connection and refuses new ones. Sessions and retained messages are kept, as a broker with persistence
   * keeps them, unless it shall forget.
   */
  down(forget = false): void {
    this.#listener?.close();
    this.#listener = undefined;
    for (const connection of [...this.#connections]) connection.close();
    if (!forget) return;
    this.#sessions.clear();
    this.#retained.clear();
  }

  up(): void {
    if (this.#listener !== undefined) return;
    const broker = this;
    this.#listener = new this.#options.Listener({
      port: this.#options.port,
      onReadable(requests) {
        for (let i = 0; i < requests; i++) {
          const from = this.read();
          if (from !== undefined) broker.#connections.add(new Connection(broker, broker.#options, from));
        }
      },
    });
  }

  get retained(): ReadonlyMap<string, Uint8Array> {
    return this.#retained;
  }

  /** A client introduced itself. Returns whether a session of it is known; `filters` are then its subscriptions. */
  connected(connection: Connection, client: string, cleanSession: boolean): { present: boolean; filters: Set<string> } {
    this.counters.connects++;
    // A second connection with the same identifier ends the first (MQTT-3.1.4-2).
    for (const other of [...this.#connections]) if (other !== connection && other.client === client) other.close();
    const known = cleanSession ? undefined : this.#sessions.get(client);
    const filters = known ?? new Set<string>();
    if (cleanSession) this.#sessions.delete(client);
    else this.#sessions.set(client, filters);
    return { present: known !== undefined, filters };
  }

  published(topic: string, payload: Uint8Array, retain: boolean, qos: number, duplicate: boolean): void {
    this.counters.messages++;
    if (duplicate) this.counters.duplicates++;
    // A retained message without payload removes the one before (section 3.3.1.3).
    if (retain && payload.length === 0) this.#retained.delete(topic);
    else if (retain) this.#retained.set(topic, payload);
    this.hand(topic, payload);
    this.#options.onPublish(topic, payload, retain, qos);
  }

  /** Gives a message to whoever subscribed to it, as if somebody had published it. */
  hand(topic: string, payload: Uint8Array): void {
    for (const connection of [...this.#connections]) connection.offer(topic, payload);
  }

  closed(connection: Connection, protocolError: boolean): void {
    if (protocolError) this.counters.protocolErrors++;
    this.#connections.delete(connection);
  }
}

class Connection {
  /** `undefined` before CONNECT. */
  client: string | undefined;
  readonly #broker: Broker;
  readonly #socket: TCP;
  readonly #parser: PacketParser;
  readonly #received = new Uint8Array(2048);
  readonly #clock: Clock | undefined;
  readonly #timer: Timer | undefined;
  /** Acknowledgements that wait for their time, oldest first. */
  readonly #late: { readonly dueUs: number; readonly packet: Uint8Array }[] = [];
  #filters = new Set<string>();
  #writable = 0;
  #open = true;

  constructor(broker: Broker, options: BrokerOptions, from: TCP) {
    this.#broker = broker;
    this.#clock = options.clock;
    this.#timer = options.clock?.timer(() => this.#acknowledgeLate());
    const connection = this;
    this.#parser = new PacketParser(MAX_PACKET, {
      packet: (first, body, length) => connection.#packet(first, body, length),
    });
    this.#socket = new options.TCP({
      from,
      onReadable(bytes) {
        connection.#read(bytes);
      },
      onWritable(bytes) {
        connection.#writable = bytes;
      },
      onError() {
        connection.close();
      },
    });
  }

  close(protocolError = false): void {
    if (!this.#open) return;
    this.#open = false;
    this.#timer?.disarm();
    this.#socket.close();
    this.#broker.closed(this, protocolError);
  }

  /** Hands a message on where the client subscribed to it. */
  offer(topic: string, payload: Uint8Array): void {
    for (const filter of this.#filters) {
      if (!topicMatches(filter, topic)) continue;
      this.#deliver(topic, payload, false);
      return;
    }
  }

  #read(available: number): void {
    let left = available;
    while (left > 0 && this.#open) {
      const count = this.#socket.read(this.#received);
      if (count === undefined || count === 0) return;
      left -= count;
      if (!this.#parser.push(this.#received, count)) this.close(true);
    }
  }

  #packet(first: number, body: Uint8Array, length: number): void {
    if (!this.#open) return;
    const type = first >> 4;
    if (this.client === undefined) {
      if (type === PacketType.connect) this.#connect(body, length);
      else this.close(true);
    } else if (type === PacketType.publish) this.#publish(first, body, length);
    else if (type === PacketType.subscribe) this.#subscribe(first, body, length);
    else if (type === PacketType.pingreq) this.#answer(Uint8Array.of(PacketType.pingresp << 4, 0));
    else this.close(type !== PacketType.disconnect);
  }

  #connect(body: Uint8Array, length: number): void {
    // Protocol name "MQTT", level 4, flags, keep-alive, client identifier (section 3.1).
    const isMqtt311 = length >= 12 && readUtf8(body, 2, 6) === "MQTT" && body[6] === 4;
    const client = isMqtt311 ? textAt(body, 10, length) : undefined;
    if (client === undefined) {
      this.close(true);
      return;
    }
    this.client = client;
    const { present, filters } = this.#broker.connected(this, client, (body[7] & 0x02) !== 0);
    this.#filters = filters;
    this.#answer(Uint8Array.of(PacketType.connack << 4, 2, present ? 1 : 0, 0));
  }

  #publish(first: number, body: Uint8Array, length: number): void {
    const quality = (first >> 1) & 3;
    const topic = textAt(body, 0, length);
    const topicEnd = 2 + ((body[0] << 8) | body[1]);
    const payloadStart = quality === 0 ? topicEnd : topicEnd + 2;
    if (topic === undefined || quality > 1 || payloadStart > length) {
      this.close(true);
      return;
    }
    // Taken before it is handed on, which may end this connection.
    const packet = Uint8Array.of(PacketType.puback << 4, 2, body[topicEnd], body[topicEnd + 1]);
    const payload = body.slice(payloadStart, length);
    this.#broker.published(topic, payload, (first & 1) !== 0, quality, (first & 8) !== 0);
    if (quality === 1) this.#acknowledge(packet);
  }

  #acknowledge(packet: Uint8Array): void {
    const delayUs = this.#broker.acknowledgeDelayUs;
    if (delayUs === 0 || this.#clock === undefined) {
      this.#answer(packet);
    } else if (delayUs < Number.POSITIVE_INFINITY) {
      if (this.#late.length === MAX_LATE) {
        this.close();
        return;
      }
      this.#late.push({ dueUs: this.#clock.nowUs() + delayUs, packet });
      if (this.#late.length === 1) this.#timer?.arm(this.#late[0].dueUs);
    }
  }

  #acknowledgeLate(): void {
    const nowUs = this.#clock?.nowUs() ?? 0;
    while (this.#late.length > 0 && this.#late[0].dueUs <= nowUs) this.#answer(this.#late.shift()!.packet);
    if (this.#open && this.#late.length > 0) this.#timer?.arm(this.#late[0].dueUs);
  }

  /** Grants QoS 0 whatever was asked for: a subscriber of a virtual world loses nothing on its way. */
  #subscribe(first: number, body: Uint8Array, length: number): void {
    const wanted: string[] = [];
    let at = 2;
    while (at < length) {
      const filter = textAt(body, at, length);
      if (filter === undefined) break;
      wanted.push(filter);
      at += 2 + ((body[at] << 8) | body[at + 1]) + 1;
    }
    if ((first & 15) !== 2 || wanted.length === 0 || at !== length) {
      this.close(true);
      return;
    }
    // Every return code is 0; the list is as long as a filter list of this packet can be, below 128 bytes of body.
    const codes = wanted.slice(0, 120);
    this.#answer(Uint8Array.of(PacketType.suback << 4, 2 + codes.length, body[0], body[1], ...codes.map(() => 0)));
    for (const filter of codes) {
      this.#filters.add(filter);
      for (const [topic, payload] of this.#broker.retained)
        if (topicMatches(filter, topic)) this.#deliver(topic, payload, true);
    }
  }

  #deliver(topic: string, payload: Uint8Array, retain: boolean): void {
    const packet = writePublishQos0(utf8Bytes(topic), payload, retain);
    if (packet.length > this.#writable) this.#broker.counters.undelivered++;
    else this.#answer(packet);
  }

  #answer(packet: Uint8Array): void {
    if (!this.#open) return;
    try {
      this.#writable = this.#socket.write(packet);
    } catch {
      this.close();
    }
  }
}

/** The text behind a length of two bytes (section 1.5.3); `undefined` when it is none or reaches beyond `end`. */
function textAt(body: Uint8Array, at: number, end: number): string | undefined {
  if (at + 2 > end) return undefined;
  const textEnd = at + 2 + ((body[at] << 8) | body[at + 1]);
  return textEnd <= end ? readUtf8(body, at + 2, textEnd) : undefined;
}

/** Section 4.7: `+` stands for one level, `#` at the end for all that follow, the parent level included. */
export function topicMatches(filter: string, topic: string): boolean {
  const wanted = filter.split("/");
  const levels = topic.split("/");
  for (let i = 0; i < wanted.length; i++) {
    if (wanted[i] === "#") return true;
    if (i >= levels.length || (wanted[i] !== "+" && wanted[i] !== levels[i])) return false;
  }
  return wanted.length === levels.length;
}
