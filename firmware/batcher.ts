/** Makes SenML packs of what the loop produced: batches from the channels' queues, single records for alarms and events. */

import { Quality } from "../drivers/contract";
import { ALARM_CLASSES, type AlarmClass } from "../drivers/plan";
import type { Clock } from "../hal/clock";
import type { AlarmEvent } from "./alarms/alarm-desk";
import { ALARM_WORDS, AlarmChange } from "./alarms/machine";
import type { DeviceSlot } from "./device-slot";
import type { Features } from "./features/feature";
import { GROUPS, POINTS } from "./plan";
import type { PlanHead } from "./plan-book";
import { type AlarmSubject, PointSubject } from "./point-subject";
import type { Channel } from "./sampling/channel";
import type { SampleMemory } from "./sampling/sample-memory";
import { encodeDeterministic } from "./uplink/cbor/encode";
import type { CborWriter } from "./uplink/cbor/writer";
import type { ColumnIdentity, ColumnsWriter } from "./uplink/columns/writer";
import type { Envelope } from "./uplink/cose/sign1";
import type { Signing } from "./uplink/cose/signing";
import type { Gap } from "./uplink/outbox/lane";
import { encodeText } from "./uplink/senml/labels";
import { encodeIdentity, encodePackIdentity, type Identity, PackHead, PackWriter } from "./uplink/senml/pack-writer";

/** Knows what a channel is called. Asked for each alarm: they are rare, and a name for each channel would be slots that a board lacks. */
export interface ChannelNames {
  identityOf(channel: Channel): Identity;
}

export type BatcherOptions = {
  readonly plan: Pick<PlanHead, "gateway" | "uplink">;
  readonly names: ChannelNames;
  readonly channels: readonly Channel[];
  /** Where the channels' queues lie; has `batchBytes` to give, and room for a single record's pack (`singleBytes`). */
  readonly memory: SampleMemory;
  readonly batchBytes: number;
  readonly clock: Clock;
  readonly boot: number;
  readonly root: Uint8Array;
  readonly configuration: Uint8Array;
  /** Where messages are signed. */
  readonly signing?: Signing;
  /** Where batches are columns: the feature, and by channel its place in the trace. */
  readonly columns?: NonNullable<Features["columns"]> & { readonly places: readonly ColumnIdentity[] };
  /** Where batches are short SenML: the feature, and by channel the digits of its values. */
  readonly short?: NonNullable<Features["short"]> & { readonly digits: readonly number[] };
};

/** A message that is ready to go; valid until the next is made. */
export interface Message {
  readonly bytes: Uint8Array;
  readonly offset: number;
  readonly length: number;
  readonly records: number;
}

/** The message that was signed last: one object for all. */
class SignedMessage implements Message {
  bytes: Uint8Array = NO_BYTES;
  offset = 0;
  length = 0;
  records = 0;
}

const NO_BYTES = new Uint8Array(0);

/** What the first record of a pack carries for all: trace, configuration, numbers. */
export const PACK_HEAD_BYTES = 160;
export const SINGLE_PACK_BYTES = 640;
/** Bytes of a snapshot in one record: what is left behind the pack's head and the longest names. */
export const SNAPSHOT_BYTES = 360;
/** First and last point, and for each that is not quiet its number and its set. */
const SNAPSHOT_HEAD_BYTES = 4;
const SNAPSHOT_ENTRY_BYTES = 3;

/** Memory for a single record's pack. */
export function singleBytes(signing: Pick<Signing, "roomBytes"> | undefined): number {
  return SINGLE_PACK_BYTES + (signing?.roomBytes ?? 0);
}

/** The state on the wire, by `AlarmChange`. */
const STATE_AFTER: readonly Uint8Array[] = ALARM_WORDS.map(encodeText);

/** The classes on the wire, in the order of `ALARM_CLASSES`. */
const CLASS_TEXTS: readonly Uint8Array[] = ALARM_CLASSES.map(encodeText);

function classText(alarmClass: AlarmClass): Uint8Array {
  return CLASS_TEXTS[ALARM_CLASSES.indexOf(alarmClass)];
}

const NO_PLACES: readonly ColumnIdentity[] = [];

export class Batcher {
  readonly #clock: Clock;
  readonly #max: number;
  readonly #channels: readonly Channel[];
  readonly #head = new PackHead();
  readonly #batch: PackWriter;
  /** Alarms have a place of their own: one may come up while a batch is being stored. */
  readonly #single: PackWriter;
  readonly #memory: SampleMemory;
  readonly #signing: Signing | undefined;
  /** Where messages are signed. */
  readonly #signed: SignedMessage | undefined;
  readonly #columns: ColumnsWriter | undefined;
  /** By channel; only where batches are columns. */
  readonly #places: readonly ColumnIdentity[];
  readonly #names: ChannelNames;
  /** What a snapshot says before it is packed: at the end of the batch's place, where nothing lies by then. */
  readonly #snapshotAt: number;
  readonly #panels: { readonly slot: DeviceSlot; readonly points: Identity }[] = [];
  /** The point after the last of the snapshot that was made last. */
  snapshotEnd = 0;

  constructor(options: BatcherOptions) {
    const { plan, channels } = options;
    this.#clock = options.clock;
    this.#names = options.names;
    this.#max = plan.uplink.batch.max;
    // A base unit holds until the next one (RFC 8428 section 4.1): channels without a unit go before all that have one.
    this.#channels = [
      ...channels.filter((channel) => !channel.hasUnit),
      ...channels.filter((channel) => channel.hasUnit),
    ];
    const plain = {
      baseName: `${plan.gateway.site}/${plan.gateway.id}/`,
      boot: options.boot,
      root: options.root,
      configuration: options.configuration,
    };
    const identity = encodePackIdentity(plain);
    const { memory, signing, columns, short } = options;
    const before = signing?.roomBefore ?? 0;
    const room = signing?.roomBytes ?? 0;
    const start = memory.take(options.batchBytes) + before;
    const end = start + options.batchBytes - room;
    this.#signing = signing;
    this.#signed = signing && new SignedMessage();
    this.#memory = memory;
    this.#snapshotAt = end - SNAPSHOT_BYTES;
    this.#batch =
      short === undefined
        ? new PackWriter(memory.writer, start, end, identity)
        : new short.ShortPackWriter(memory, start, end, identity, this.digits(short.digits, channels));
    this.#columns = columns && new columns.ColumnsWriter(memory.bytes, memory.view, memory.fields, start, end, plain);
    this.#places =
      columns === undefined ? NO_PLACES : this.#channels.map((channel) => columns.places[channels.indexOf(channel)]);
    const single = memory.take(singleBytes(signing)) + before;
    this.#single = new PackWriter(memory.writer, single, single + SINGLE_PACK_BYTES, identity);
  }

  /** In the order of the batch. */
  private digits(digits: readonly number[], channels: readonly Channel[]): number[] {
    return this.#channels.map((channel) => digits[channels.indexOf(channel)]);
  }

  // hot path: once for each batch
  /** Whether any channel has records. */
  get pending(): boolean {
    const channels = this.#channels;
    for (let i = 0; i < channels.length; i++) if (!channels[i].isEmpty) return true;
    return false;
  }

  // hot path: once for each batch
  /**
   * Packs what the channels hold and empties their queues: at most `batch.max` records, unless one channel alone has
   * more. Call it again while records are `pending`.
   */
  telemetry(seq: number): Message {
    return this.#columns === undefined ? this.pack(seq) : this.columnsOf(this.#columns, seq);
  }

  // hot path: once for each batch
  private pack(seq: number): Message {
    const pack = this.#batch;
    const head = this.#head;
    this.fillHead(seq, 0);
    pack.begin(head);
    pack.gather(this.#channels, head.baseTimeS, this.#max);
    pack.finish();
    const signing = this.#signing;
    return signing === undefined ? pack : this.seal(pack, this.#memory.writer, signing.batch);
  }

  // hot path: once for each batch
  private columnsOf(batch: ColumnsWriter, seq: number): Message {
    const channels = this.#channels;
    let firstUs = Number.POSITIVE_INFINITY;
    for (let i = 0; i < channels.length; i++)
      if (!channels[i].isEmpty && channels[i].baseUs < firstUs) firstUs = channels[i].baseUs;
    this.fillHead(seq, firstUs);
    batch.begin(this.#head);
    const firstS = this.#head.baseTimeS - firstUs / 1_000_000;
    let room = this.#max;
    for (let i = 0; i < channels.length; i++) {
      const channel = channels[i];
      const records = channel.length;
      if (records === 0) continue;
      if (records > room && room < this.#max) break;
      if (!batch.column(channel, this.#places[i], records, firstS + channel.baseUs / 1_000_000)) break;
      room -= records;
      channel.clear(records);
    }
    batch.finish();
    return this.seal(batch, this.#memory.writer, this.#signing?.batch);
  }

  // hot path: once for each message
  private seal(message: Message, writer: CborWriter, envelope: Envelope | undefined): Message {
    const signed = this.#signed;
    if (envelope === undefined || signed === undefined) return message;
    envelope.seal(writer, message.offset, message.length);
    signed.bytes = message.bytes;
    signed.offset = envelope.offset;
    signed.length = envelope.length;
    signed.records = message.records;
    return signed;
  }

  /**
   * A group's record is named `alarms/<name>`; its value is the number of members that are active.
   * @param named the alarm has a name that does not follow from its channel and class
   */
  alarm(event: AlarmEvent<AlarmSubject>, named: boolean, seq: number): Message {
    const pack = this.#single;
    const { subject } = event;
    this.begin(pack, seq, event.detectedUs);
    this.#head.alarm = classText(event.class);
    this.#head.rule = named && subject !== undefined ? encodeText(event.name) : undefined;
    this.#head.state = STATE_AFTER[event.change];
    this.#head.raw = event.evidence;
    this.#head.text = event.text;
    if (subject === undefined)
      pack.record(encodeIdentity(`${GROUPS}/${event.name}`, ""), event.witnesses, Quality.good, 0);
    else if (subject instanceof PointSubject)
      pack.record(encodeIdentity(`${subject.device}/${subject.name}`, ""), event.value, event.quality as Quality, 0);
    else pack.record(this.#names.identityOf(subject), event.value, event.quality as Quality, 0);
    pack.finish();
    return this.seal(pack, this.#memory.writer, this.#signing?.single);
  }

  /** The loss or the return of a whole device. */
  communication(slot: DeviceSlot, lost: boolean, reason: string, detectedUs: number, seq: number): Message {
    const pack = this.#single;
    const identity = encodeIdentity(`${slot.readPlan().id}/communication`, "");
    this.begin(pack, seq, detectedUs);
    this.#head.alarm = classText("trouble");
    this.#head.state = STATE_AFTER[lost ? AlarmChange.raised : AlarmChange.cleared];
    pack.textRecord(identity, encodeText(lost ? reason : "answers"));
    pack.finish();
    return this.seal(pack, this.#memory.writer, this.#signing?.single);
  }

  /** Something happened to a device that somebody may have to answer for. */
  note(slot: DeviceSlot, what: string, text: string, ticksUs: number, seq: number): Message {
    const pack = this.#single;
    this.begin(pack, seq, ticksUs);
    pack.textRecord(encodeIdentity(`${slot.readPlan().id}/${what}`, ""), encodeText(text));
    pack.finish();
    return this.seal(pack, this.#memory.writer, this.#signing?.single);
  }

  /** What became of a command. */
  audit(id: string, text: string, seq: number): Message {
    const pack = this.#single;
    this.begin(pack, seq, this.#clock.nowUs());
    pack.textRecord(encodeIdentity(`command/${id}`, ""), encodeText(text));
    pack.finish();
    return this.seal(pack, this.#memory.writer, this.#signing?.single);
  }

  /**
   * What all points of a panel say, from one of them on: as many as a record holds. The bytes are, all numbers with their high
   * byte first: first point (2), the point after the last (2), and for each point between that is not quiet its number (2) and
   * its set of conditions (1).
   * `snapshotEnd` is then where the next record begins.
   */
  snapshot(slot: DeviceSlot, conditions: Uint8Array, from: number, ticksUs: number, seq: number): Message {
    const { bytes } = this.#memory;
    const start = this.#snapshotAt;
    this.#batch.forget();
    const end = start + SNAPSHOT_BYTES;
    let to = from;
    let at = start + SNAPSHOT_HEAD_BYTES;
    for (; to < conditions.length && at + SNAPSHOT_ENTRY_BYTES <= end; to++) {
      if (conditions[to] === 0) continue;
      bytes[at++] = to >> 8;
      bytes[at++] = to;
      bytes[at++] = conditions[to];
    }
    bytes[start] = from >> 8;
    bytes[start + 1] = from;
    bytes[start + 2] = to >> 8;
    bytes[start + 3] = to;
    this.snapshotEnd = to;
    const pack = this.#single;
    this.begin(pack, seq, ticksUs);
    const quality = slot.lost ? Quality.badCommunication : Quality.good;
    pack.dataRecord(this.pointsOf(slot), bytes, quality, start, at - start);
    pack.finish();
    return this.seal(pack, this.#memory.writer, this.#signing?.single);
  }

  /** Panels are few and their snapshots come again and again: their names are kept. */
  private pointsOf(slot: DeviceSlot): Identity {
    const panels = this.#panels;
    for (let i = 0; i < panels.length; i++) if (panels[i].slot === slot) return panels[i].points;
    const points = encodeIdentity(`${slot.readPlan().id}/${POINTS}`, "");
    panels.push({ slot, points });
    return points;
  }

  /**
   * Messages that will not come. The record's bytes are a CBOR array: lane (0 alarms and events, 2 telemetry), reason, boot and
   * `seq` of the first and of the last, how many messages, how many records.
   */
  gap({ lane, reason, fromBoot, fromSeq, toBoot, toSeq, messages, records }: Gap, seq: number): Message {
    const pack = this.#single;
    this.begin(pack, seq, this.#clock.nowUs());
    const told = encodeDeterministic([lane, reason, fromBoot, fromSeq, toBoot, toSeq, messages, records]);
    pack.dataRecord(encodeIdentity("uplink/gap", ""), told, Quality.good);
    pack.finish();
    return this.seal(pack, this.#memory.writer, this.#signing?.single);
  }

  /** What the gateway is made of is not what it was in the boot before: the handle of then; the pack has that of now. */
  rootChanged(before: Uint8Array, seq: number): Message {
    const pack = this.#single;
    this.begin(pack, seq, this.#clock.nowUs());
    pack.dataRecord(encodeIdentity("trace/root", ""), before, Quality.good);
    pack.finish();
    return this.seal(pack, this.#memory.writer, this.#signing?.single);
  }

  /**
   * The wall clock was set, or stepped by so much: the instant in both times, by which a reader dates what was sent before.
   * @param offsetMs NaN when it was set for the first time in this boot
   */
  clockAnchor(offsetMs: number, seq: number): Message {
    const pack = this.#single;
    const nowUs = this.#clock.nowUs();
    this.begin(pack, seq, nowUs);
    this.#head.upS = nowUs / 1_000_000;
    if (offsetMs - offsetMs === 0) pack.record(encodeIdentity("clock/anchor", "s"), offsetMs / 1000, Quality.good, 0);
    else pack.textRecord(encodeIdentity("clock/anchor", ""), encodeText("set"));
    pack.finish();
    return this.seal(pack, this.#memory.writer, this.#signing?.single);
  }

  /** @param firstUs monotonic time of the pack's first record */
  private begin(pack: PackWriter, seq: number, firstUs: number): void {
    this.fillHead(seq, firstUs);
    pack.begin(this.#head);
  }

  private fillHead(seq: number, firstUs: number): void {
    const head = this.#head;
    const wallMs = this.#clock.wallMs();
    head.seq = seq;
    // NaN while the wall clock is unknown.
    head.sinceBoot = wallMs - wallMs !== 0;
    head.baseTimeS = head.sinceBoot ? firstUs / 1_000_000 : (wallMs - (this.#clock.nowUs() - firstUs) / 1000) / 1000;
    head.timeQuality = this.#clock.wallQuality();
    head.alarm = undefined;
    head.rule = undefined;
    head.state = undefined;
    head.raw = Number.NaN;
    head.text = undefined;
    head.upS = Number.NaN;
  }
}
