/**
 * The gateway's way out: gives messages their topic and sequence number, keeps them in the outbox until the broker has
 * them, and lets the MQTT client send them. Topics: `argand/v1/<site>/<gateway>/<what>`.
 */
import type { Clock } from "../../hal/clock";
import type { TCPConstructor } from "../../hal/io";
import type { Log } from "../../hal/log";
import type { Random } from "../../hal/random";
import type { Credential } from "../../hal/secrets";
import type { GatewayPlan, UplinkPlan } from "../plan";
import { FIRMWARE } from "../version";
import { encodeDeterministic } from "./cbor/encode";
import { ClientState, MqttClient } from "./mqtt/client";
import type { CommandOptions, MqttOwner } from "./mqtt/client-options";
import type { Inbound, Protocol } from "./mqtt/protocol";
import { version3 } from "./mqtt/version-3";
import { NO_SEQ } from "./outbox/document-lane";
import type { FlashStore, GapMessage } from "./outbox/flash-store";
import { type Gap, LaneId } from "./outbox/lane";
import type { LanePlace } from "./outbox/memory-lane";
import { type GapEncoder, Outbox } from "./outbox/outbox";
import { utf8Bytes } from "./utf8";

export type UplinkOptions = {
  readonly plan: UplinkPlan;
  readonly gateway: GatewayPlan;
  readonly boot: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Or TLS. */
  readonly TCP: TCPConstructor;
  /** Who the gateway says it is. */
  readonly credentials?: Credential;
  /** Where the site speaks MQTT 5 first. */
  readonly Version5?: new () => Protocol;
  /** What the broker shall keep: the device manifest, its components. Topics by the part after the gateway's prefix. */
  readonly documents: Documents;
  /** Memory for batches, of `plan.store.telemetryBytes`. */
  readonly telemetryPlace?: LanePlace;
  /** In flash, instead of memory for alarms and batches. */
  readonly store?: FlashStore;
  readonly owner: UplinkOwner;
  /** Where the site lets the gateway take commands. */
  readonly commands?: {
    readonly largestBytes: number;
    readonly take: (inbound: Inbound, body: Uint8Array) => boolean;
    /** A new connection stands. */
    readonly forget: () => void;
  };
};

/** Whose way out it is. */
export interface UplinkOwner {
  /** Makes an event of what was let go, of at most `GAP_EVENT_BYTES`. */
  gapEvent(gap: Gap, seq: number): { readonly bytes: Uint8Array; readonly offset: number; readonly length: number };
  /** Told of messages, those of an earlier boot as well. */
  acknowledged(seq: number, nowUs: number, boot: number): void;
}

export type UplinkCounters = {
  readonly published: number;
  readonly acknowledged: number;
  readonly dropped: number;
  readonly droppedRecords: number;
  readonly retransmitted: number;
  readonly connects: number;
};

export type Document = { readonly suffix: string; readonly bytes: Uint8Array };

/** Retained documents, published whenever the broker does not know this client. Each is made when its turn comes. */
export interface Documents {
  readonly count: number;
  get(index: number): Document;
}

/** Positions of the topics that every gateway has. */
const TopicId = {
  alarm: 0,
  event: 1,
  telemetry: 2,
  state: 3,
  /** Of the document that is on its way: one at a time. */
  document: 4,
  /** What became of commands. */
  audit: 5,
} as const;

/** Names of the topics by position, behind the gateway's prefix; that of a document is its own. */
const TOPICS: readonly Uint8Array[] = ["alarm", "event", "telemetry", "state", "", "audit"].map(utf8Bytes);
/** A broker keeps the session of a gateway that is away for a day. */
const SESSION_EXPIRY_S = 86_400;
/** A loss of less than this is nobody's news. A fire gateway must not be away for longer without a word (10 s). */
const WILL_DELAY_S = 5;

/** The gateway's state goes before the first document. */
const STATE = -1;

/** Longest event about a gap: room for it is made before it is written. */
export const GAP_EVENT_BYTES = 1024;

/** What a PUBLISH may have beside topic and payload: properties that a broker hands on. */
const PUBLISH_EXTRA_BYTES = 256;

/** Said of the gateway in each connection. */
const PROPERTIES: readonly (readonly [string, string])[] = [["firmware", FIRMWARE]];

export class Uplink implements MqttOwner, GapEncoder {
  readonly #outbox: Outbox;
  readonly #client: MqttClient;
  readonly #topics: Uint8Array[];
  readonly #documents: Documents;
  readonly #owner: UplinkOwner;
  readonly #commands: UplinkOptions["commands"];
  readonly #state: Uint8Array;
  /** The next document to publish, `STATE` before the first; `documents.count` when all have been. */
  #nextDocument = STATE;
  #seq = 0;
  #published = 0;
  #acknowledged = 0;

  constructor(options: UplinkOptions) {
    const { plan, gateway } = options;
    const prefix = `argand/v1/${gateway.site}/${gateway.id}/`;
    this.#topics = [...TOPICS];
    this.#state = encodeDeterministic({ state: "online", boot: options.boot });
    this.#documents = options.documents;
    this.#owner = options.owner;
    this.#commands = options.commands;
    this.#outbox = new Outbox({
      boot: options.boot,
      alarmBytes: plan.store.alarmBytes,
      telemetryBytes: plan.store.telemetryBytes,
      ...(options.telemetryPlace === undefined ? {} : { telemetryPlace: options.telemetryPlace }),
      ...(options.store === undefined ? {} : { store: options.store }),
    });
    this.#client = new MqttClient({
      TCP: options.TCP,
      host: plan.host,
      port: plan.port,
      client: plan.client,
      ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
      keepAliveMs: plan.keepAliveMs,
      versions: options.Version5 === undefined ? [version3] : [new options.Version5(), version3],
      properties: PROPERTIES,
      ...(plan.alternates === undefined ? {} : { alternates: plan.alternates }),
      ...(plan.expiryS === undefined ? {} : { expiryS: plan.expiryS }),
      sessionExpiryS: SESSION_EXPIRY_S,
      will: {
        topic: TopicId.state,
        payload: encodeDeterministic({ state: "offline", boot: options.boot }),
        delayS: WILL_DELAY_S,
      },
      ...(options.commands === undefined ? {} : { commands: commandsOf(prefix, options.commands) }),
      clock: options.clock,
      random: options.random,
      log: options.log,
      outbox: this.#outbox,
      topicPrefix: utf8Bytes(prefix),
      topics: this.#topics,
      changingTopic: TopicId.document,
      retainedLane: LaneId.document,
      owner: this,
    });
  }

  /** The next sequence number of this boot, for one message. */
  nextSeq(): number {
    return this.#seq++;
  }

  publishBatch(seq: number, bytes: Uint8Array, offset: number, length: number, records: number): void {
    this.push(LaneId.telemetry, TopicId.telemetry, seq, bytes, offset, length, records);
    this.#client.wake();
  }

  publishAlarm(seq: number, bytes: Uint8Array, offset: number, length: number): void {
    this.push(LaneId.alarm, TopicId.alarm, seq, bytes, offset, length, 1);
    this.#client.wake();
  }

  /** Events share the alarms' lane: the loss of a panel is news of the same urgency. */
  publishEvent(seq: number, bytes: Uint8Array, offset: number, length: number): void {
    this.push(LaneId.alarm, TopicId.event, seq, bytes, offset, length, 1);
    this.#client.wake();
  }

  /** Records of commands as well. */
  publishAudit(seq: number, bytes: Uint8Array, offset: number, length: number): void {
    this.push(LaneId.alarm, TopicId.audit, seq, bytes, offset, length, 1);
    this.#client.wake();
  }

  /** The broker need not keep that command any longer. */
  commandStored(packetId: number): void {
    this.#client.stored(packetId);
  }

  /** So many alarms of up to `bytes` each can be published without letting an older one go. */
  hasAlarmRoom(alarms: number, bytes: number): boolean {
    return this.#outbox.lane(LaneId.alarm).hasRoom?.(alarms, bytes) ?? true;
  }

  /** Says what a full store has let go since the last time; once a batch is often enough. */
  tellGaps(): void {
    if (!this.online) return;
    this.#outbox.tellGaps(GAP_EVENT_BYTES, this);
    this.#client.wake();
  }

  /** For the outbox. */
  encodeGap(gap: Gap): GapMessage {
    const seq = this.nextSeq();
    const { bytes, offset, length } = this.#owner.gapEvent(gap, seq);
    this.#published++;
    return { topic: TopicId.event, seq, bytes, offset, length };
  }

  start(): void {
    this.#outbox.start();
    this.#client.start();
  }

  close(): void {
    this.#client.close();
    this.#outbox.close();
  }

  /** Messages that the broker has not acknowledged. */
  get undelivered(): number {
    return this.#outbox.length;
  }

  get online(): boolean {
    return this.#client.state === ClientState.online;
  }

  /** The store in flash, where there is one. */
  get store(): FlashStore | undefined {
    return this.#outbox.store;
  }

  /** Messages that a full store let go. */
  get droppedMessages(): number {
    return this.#outbox.droppedMessages;
  }

  counters(): UplinkCounters {
    let droppedRecords = 0;
    for (const lane of this.#outbox.lanes) droppedRecords += lane.droppedRecords;
    return {
      published: this.#published,
      acknowledged: this.#acknowledged,
      dropped: this.#outbox.droppedMessages,
      droppedRecords,
      retransmitted: this.#client.counters.retransmitted,
      connects: this.#client.counters.connects,
    };
  }

  /** Who calls it wakes the client: from here that would be 18 slots of the stack more, on the deepest way of all. */
  private push(
    lane: LaneId,
    topic: number,
    seq: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    records: number,
  ): void {
    this.#published++;
    this.#outbox.push(lane, topic, seq, bytes, offset, length, records);
  }

  /** For the client. */
  onAcknowledged(_lane: number, boot: number, seq: number, nowUs: number): void {
    this.#acknowledged++;
    if (seq === NO_SEQ) this.feedDocuments();
    else this.#owner.acknowledged(seq, nowUs, boot);
  }

  /** For the client. */
  onOnline(resumed: boolean): void {
    this.#commands?.forget();
    this.tellGaps();
    // A broker that kept the session kept the documents too, but not the state: it has published the will meanwhile.
    if (resumed && this.#nextDocument > STATE) this.publishRetained(TopicId.state, this.#state);
    else this.#nextDocument = STATE;
    this.feedDocuments();
  }

  /** One document after the other, so that a large site needs no more memory than its largest document. */
  private feedDocuments(): void {
    const lane = this.#outbox.lane(LaneId.document);
    while (lane.length === 0 && this.#nextDocument < this.#documents.count) {
      const next = this.#nextDocument++;
      if (next === STATE) {
        this.publishRetained(TopicId.state, this.#state);
        continue;
      }
      const { suffix, bytes } = this.#documents.get(next);
      this.#topics[TopicId.document] = utf8Bytes(suffix);
      this.publishRetained(TopicId.document, bytes);
    }
  }

  private publishRetained(topic: number, bytes: Uint8Array): void {
    this.push(LaneId.document, topic, NO_SEQ, bytes, 0, bytes.length, 0);
    this.#client.wake();
  }
}

function commandsOf(prefix: string, { largestBytes, take }: NonNullable<UplinkOptions["commands"]>): CommandOptions {
  const topic = `${prefix}cmd`;
  return { filters: [topic], largestBytes: topic.length + largestBytes + PUBLISH_EXTRA_BYTES, onMessage: take };
}
