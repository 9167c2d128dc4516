/**
 * Writes one SenML pack (RFC 8428) in deterministic CBOR into a buffer that is made once. Hot path: a record costs no
 * object; what can be encoded beforehand (a channel's name and unit, the gateway's base fields) is copied.
 *
 * Key order inside a record, which is the bytewise order of their encodings:
 *   n u v vs t vd | bn bt bu | q sy tq up cfg raw seq txt boot root rule alarm mono_ state
 */
import { Quality } from "../../../drivers/contract";
import { TimeQuality } from "../../../hal/clock";
import type { RecordQueue } from "../../sampling/record-queue";
import { CborWriter } from "../cbor/writer";
import { encodeText, Key, Label, QUALITY_TEXT, SYNTHETIC_MARK } from "./labels";
import { wireNumber } from "./wire-number";

/** What every pack of a gateway says in its first record. */
export type PackIdentity = {
  /** Base name, with its closing slash. */
  readonly baseName: string;
  readonly boot: number;
  /** 12-byte trace handle. */
  readonly root: Uint8Array;
  /** First 12 bytes of the SHA-256 of the plan. */
  readonly configuration: Uint8Array;
};

/** The same as it is copied into a pack: for several writers of one gateway. */
export type EncodedPackIdentity = {
  readonly baseNameText: Uint8Array;
  /** Pairs that never change. */
  readonly configurationPair: Uint8Array;
  /** What a batch's head begins with: `tq`, whose value is put in, `cfg`, and the key of `seq`. */
  readonly headBegin: Uint8Array;
  readonly bootAndRoot: Uint8Array;
};

export function encodePackIdentity({ baseName, boot, root, configuration }: PackIdentity): EncodedPackIdentity {
  const configurationPair = encodeParts((fields) => {
    fields.raw(Key.cfg);
    fields.bytes(configuration);
  });
  return {
    baseNameText: encodeText(baseName),
    configurationPair,
    headBegin: encodeParts((fields) => {
      fields.raw(Key.tq);
      fields.number(TimeQuality.none);
      fields.raw(configurationPair);
      fields.raw(Key.seq);
    }),
    bootAndRoot: encodeParts((fields) => {
      fields.raw(Key.boot);
      fields.number(boot);
      fields.raw(Key.root);
      fields.bytes(root);
    }),
  };
}

/** What one pack says about itself. Filled anew for each pack. */
export class PackHead {
  seq = 0;
  /** Time of the first record in seconds: UNIX time, or since boot. */
  baseTimeS = 0;
  /** The wall clock is unknown: all base times of the pack count from boot. */
  sinceBoot = false;
  timeQuality: TimeQuality = TimeQuality.none;
  /** Alarm class as encoded text, for alarm packs. */
  alarm: Uint8Array | undefined;
  /** Name of the alarm as encoded text, where it has one of its own. */
  rule: Uint8Array | undefined;
  /** `on`, `off`, ... as encoded text, for alarm packs and events. */
  state: Uint8Array | undefined;
  /** Seconds since boot at the base time, NaN where nobody needs it. */
  upS = Number.NaN;
  /** Evidence of an alarm, NaN when there is none. */
  raw = Number.NaN;
  /** What a panel says about its alarm, in its own encoding. */
  text: Uint8Array | undefined;
}

/** Room for the array's head, which is written last: its count decides its size. */
const HEAD_BYTES = 3;
/** tq, cfg, seq, boot, root: what the head of a batch has. */
const HEAD_PAIRS = 5;
/** In place of a channel's decimals, where it has none. */
export const NO_DIGITS = 255;
/** Base name and base time. */
const BASE_PAIRS = 2;

export class PackWriter {
  protected readonly writer: CborWriter;
  private head: PackHead | undefined;
  protected count = 0;
  /** Pairs that never change, encoded. */
  private readonly configuration: Uint8Array;
  /** What a batch's head begins with: `tq`, whose value is put in, `cfg`, and the key of `seq`. */
  private readonly headBegin: Uint8Array;
  private readonly bootAndRoot: Uint8Array;
  private readonly baseName: Uint8Array;
  private readonly start: number;
  private readonly end: number;
  /** Base time that holds for what is written next. */
  protected baseTimeS = Number.NaN;
  private startsAt: number;
  private size = 0;
  /** The queue of the last batch's first record, if that has the usual form, and where it ends: see `reopen`. */
  private standing: RecordQueue | undefined;
  private firstEnd = 0;

  /**
   * @param writer onto the buffer; groups are copied within it
   * @param start, end the part of the buffer that the pack may take
   */
  constructor(writer: CborWriter, start: number, end: number, identity: PackIdentity | EncodedPackIdentity) {
    const encoded = "headBegin" in identity ? identity : encodePackIdentity(identity);
    this.writer = writer;
    this.start = start;
    this.end = end;
    this.startsAt = start;
    this.baseName = encoded.baseNameText;
    this.configuration = encoded.configurationPair;
    this.headBegin = encoded.headBegin;
    this.bootAndRoot = encoded.bootAndRoot;
  }

  get bytes(): Uint8Array {
    return this.writer.buffer;
  }

  /** Where the finished pack begins in `bytes`. */
  get offset(): number {
    return this.startsAt;
  }

  /** Length of the finished pack. */
  get length(): number {
    return this.size;
  }

  get records(): number {
    return this.count;
  }

  /** @param head read when the first record is written */
  begin(head: PackHead): void {
    this.writer.window(this.start + HEAD_BYTES, this.end);
    this.head = head;
    this.count = 0;
  }

  // hot path: once for each batch
  /**
   * The records of these queues, each as one group, until there is no room or `most` are in the pack; of a first queue alone more
   * than that. The queues are then empty.
   * @param bootS time of boot in the clock that the pack's head tells; the head has nothing but what all batches have
   */
  gather(queues: readonly RecordQueue[], bootS: number, most: number): void {
    const writer = this.writer;
    let baseUs = Number.NaN;
    let room = most;
    let i = 0;
    if (queues[0] === this.standing && this.reopen(queues[0], bootS, most)) {
      baseUs = queues[0].baseUs;
      room -= this.count;
      i = 1;
    }
    for (; i < queues.length; i++) {
      const queue = queues[i];
      let records = queue.leave(writer, room, baseUs, 0);
      if (records < 0) {
        records = -records;
        if (records > room && room < most) return;
        baseUs = queue.baseUs;
        if (!this.group(queue, records, bootS + baseUs / 1_000_000)) return;
        queue.clear(records);
      } else {
        this.count += records;
      }
      room -= records;
    }
  }

  /** Somebody else wrote where the pack lies: the next one repeats nothing of it. */
  forget(): void {
    this.standing = undefined;
  }

  // hot path: once for each batch
  /**
   * The first group, where its first record, with the batch's head, has the form of that of the batch before: that one still lies
   * where it was written, and few of its bytes differ. False, with nothing changed but these, where it has not.
   */
  private reopen(queue: RecordQueue, bootS: number, most: number): boolean {
    const { writer, head } = this;
    const { at } = writer;
    const { baseUs } = queue;
    const baseTimeS = bootS + baseUs / 1_000_000;
    const headAt = queue.repeatTemplate(at, baseTimeS);
    if (headAt > 0 && !head!.sinceBoot) {
      writer.buffer[headAt + Key.tq.length] = head!.timeQuality;
      writer.at = headAt + this.headBegin.length;
      writer.number(head!.seq);
      writer.at += this.bootAndRoot.length;
      if (writer.at === this.firstEnd) {
        const records = queue.leave(writer, most, baseUs, queue.recordsAt - queue.templateAt);
        if (records > 0) {
          this.baseTimeS = baseTimeS;
          this.count = records;
          return true;
        }
      }
    }
    this.standing = undefined;
    writer.rewind(at);
    return false;
  }

  // hot path: once for each channel of a batch
  /**
   * All records of a channel, as one group. Returns false, with nothing written, when there is no room.
   * @param baseTimeS time of the queue's first record, in the clock that `head` tells
   */
  group(queue: RecordQueue, records: number, baseTimeS: number): boolean {
    const first = this.count === 0;
    const newTimeS = first || baseTimeS !== this.baseTimeS ? baseTimeS : Number.NaN;
    if (first || !queue.writeTemplate(this.writer, queue.recordsEnd, newTimeS)) {
      if (!this.groupInParts(queue, newTimeS, first)) return false;
    }
    this.baseTimeS = baseTimeS;
    this.count += records;
    return true;
  }

  /** A group whose first record is not as its template has it, or that finds no room. */
  private groupInParts(queue: RecordQueue, baseTimeS: number, first: boolean): boolean {
    const writer = this.writer;
    const before = writer.at;
    const extraPairs = first ? this.headPairs() : 0;
    writer.rewind(before);
    const templated = first && queue.writeTemplate(writer, queue.recordsAt, baseTimeS);
    if (templated) {
      writer.buffer[before] += extraPairs;
    } else {
      writer.rewind(before);
      queue.writeFirst(writer, baseTimeS, extraPairs);
    }
    if (first) {
      this.standing = undefined;
      if (extraPairs === HEAD_PAIRS) this.writeBatchHead();
      else this.writeHead();
      if (templated && extraPairs === HEAD_PAIRS) {
        this.standing = queue;
        this.firstEnd = writer.at;
      }
    }
    if (writer.move(queue.recordsAt, queue.recordsEnd - queue.recordsAt)) return true;
    writer.rewind(before);
    return false;
  }

  /**
   * One record. Returns false, with nothing written, when the buffer is full.
   * @param identity the channel's `n` and `u`, encoded by `encodeIdentity`
   * @param value the reading; not written when the quality has no value
   * @param offsetS seconds after the pack's base time
   */
  record(identity: Identity, value: number, quality: Quality, offsetS: number): boolean {
    const writer = this.writer;
    const before = writer.at;
    const hasValue = quality <= Quality.uncertain && Number.isFinite(value);
    const first = this.count === 0;
    let pairs = identity.pairs + 1;
    if (identity.synthetic) pairs++;
    if (offsetS !== 0) pairs++;
    if (quality !== Quality.good) pairs++;
    if (first) pairs += BASE_PAIRS + this.headPairs();
    writer.map(pairs);
    writer.raw(identity.bytes);
    if (hasValue) {
      writer.number(Label.value);
      writer.number(wireNumber(value));
    } else {
      writer.number(Label.stringValue);
      writer.raw(QUALITY_TEXT[quality]);
    }
    if (offsetS !== 0) {
      writer.number(Label.time);
      writer.number(offsetS);
    }
    if (first) this.writeBase();
    if (quality !== Quality.good) {
      writer.raw(Key.q);
      writer.number(quality);
    }
    if (identity.synthetic) writer.raw(SYNTHETIC_MARK);
    if (first) this.writeHead();
    if (writer.overflowed) {
      writer.rewind(before);
      return false;
    }
    this.count++;
    return true;
  }

  /** A record whose value is text: an event. `text` is encoded already. */
  textRecord(identity: Identity, text: Uint8Array): boolean {
    const writer = this.writer;
    const before = writer.at;
    writer.map(identity.pairs + 1 + BASE_PAIRS + this.headPairs());
    writer.raw(identity.bytes);
    writer.number(Label.stringValue);
    writer.raw(text);
    this.writeBase();
    this.writeHead();
    if (writer.overflowed) {
      writer.rewind(before);
      return false;
    }
    this.count++;
    return true;
  }

  /**
   * A record whose value is bytes: a panel's snapshot.
   * @param quality of the whole, not of what the bytes say
   * @param start where they begin, if `data` is the buffer that the pack lies in
   */
  dataRecord(identity: Identity, data: Uint8Array, quality: Quality, start = 0, length = data.length): boolean {
    const writer = this.writer;
    const before = writer.at;
    writer.map(identity.pairs + 1 + BASE_PAIRS + (quality === Quality.good ? 0 : 1) + this.headPairs());
    writer.raw(identity.bytes);
    writer.number(Label.dataValue);
    writer.bytesHead(length);
    if (data === writer.buffer) writer.move(start, length);
    else writer.raw(data);
    this.writeBase();
    if (quality !== Quality.good) {
      writer.raw(Key.q);
      writer.number(quality);
    }
    this.writeHead();
    if (writer.overflowed) {
      writer.rewind(before);
      return false;
    }
    this.count++;
    return true;
  }

  // hot path: once for each batch
  /** Writes the array's head in front of the records. The pack then lies at `offset`, `length` bytes. */
  finish(): void {
    const bytes = this.writer.buffer;
    const count = this.count;
    let at = this.start;
    if (count < 24) {
      at += HEAD_BYTES - 1;
      bytes[at] = 0x80 | count;
    } else if (count < 0x100) {
      at += HEAD_BYTES - 2;
      bytes[at] = 0x98;
      bytes[at + 1] = count;
    } else {
      bytes[at] = 0x99;
      bytes[at + 1] = count >> 8;
      bytes[at + 2] = count;
    }
    this.startsAt = at;
    this.size = this.writer.at - at;
  }

  protected headPairs(): number {
    const head = this.head!;
    let pairs = HEAD_PAIRS;
    if (head.sinceBoot) pairs++;
    if (head.raw - head.raw === 0) pairs++;
    if (head.text !== undefined) pairs++;
    if (head.upS - head.upS === 0) pairs++;
    if (head.rule !== undefined) pairs++;
    if (head.alarm !== undefined) pairs++;
    if (head.state !== undefined) pairs++;
    return pairs;
  }

  private writeBase(): void {
    const writer = this.writer;
    writer.number(Label.baseName);
    writer.raw(this.baseName);
    writer.number(Label.baseTime);
    writer.number(this.head!.baseTimeS);
  }

  // hot path: once for each batch
  /** The same as `writeHead`, of a head that has only what all have. */
  private writeBatchHead(): void {
    const { writer, headBegin } = this;
    const head = this.head!;
    headBegin[Key.tq.length] = head.timeQuality;
    writer.raw(headBegin);
    writer.number(head.seq);
    writer.raw(this.bootAndRoot);
  }

  protected writeHead(): void {
    const writer = this.writer;
    const head = this.head!;
    writer.raw(Key.tq);
    writer.number(head.timeQuality);
    if (head.upS - head.upS === 0) {
      writer.raw(Key.up);
      writer.number(head.upS);
    }
    writer.raw(this.configuration);
    if (head.raw - head.raw === 0) {
      writer.raw(Key.raw);
      writer.number(head.raw);
    }
    writer.raw(Key.seq);
    writer.number(head.seq);
    if (head.text !== undefined) {
      writer.raw(Key.txt);
      writer.bytes(head.text);
    }
    writer.raw(this.bootAndRoot);
    if (head.rule !== undefined) {
      writer.raw(Key.rule);
      writer.raw(head.rule);
    }
    if (head.alarm !== undefined) {
      writer.raw(Key.alarm);
      writer.raw(head.alarm);
    }
    if (head.sinceBoot) {
      writer.raw(Key.monoMark);
      writer.bool(true);
    }
    if (head.state !== undefined) {
      writer.raw(Key.state);
      writer.raw(head.state);
    }
  }
}

function encodeParts(write: (fields: CborWriter) => void): Uint8Array {
  const writer = new CborWriter(new Uint8Array(64));
  write(writer);
  return writer.buffer.slice(0, writer.at);
}

/** A channel's `n` and, where it has one, `u`: the part of its records that never changes. */
export type Identity = {
  readonly bytes: Uint8Array;
  /** Pairs that it holds. */
  readonly pairs: number;
  /** Its values are computed: each record says so. */
  readonly synthetic: boolean;
};

export function encodeIdentity(name: string, unit: string, synthetic = false): Identity {
  const writer = new CborWriter(new Uint8Array(16 + 4 * (name.length + unit.length)));
  writer.number(Label.name);
  writer.text(name);
  if (unit !== "") {
    writer.number(Label.unit);
    writer.text(unit);
  }
  return { bytes: writer.buffer.slice(0, writer.at), pairs: unit === "" ? 1 : 2, synthetic };
}
