/**
 * Writes one SenML pack (RFC 8428) in deterministic CBOR into a buffer that is made once. Hot path: a record costs no
 * object; what can be encoded beforehand (a channel's name and unit, the gateway's base fields) is copied.
 *
 * Key order inside a record, which is the bytewise order of their encodings:
 *   n u v vs t | bn bt | q tq cfg raw seq boot mono root alarm mono_ state
 */
import { Quality } from "../../../drivers/contract";
import { TimeQuality } from "../../../hal/clock";
import type { SampleRing } from "../../sampling/ring";
import { CborWriter } from "../cbor/writer";
import { Key, Label } from "./labels";

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

/** What one pack says about itself. Filled anew for each pack. */
export class PackHead {
  seq = 0;
  /** UNIX time of the first record in seconds; NaN while the wall clock is unknown. */
  baseTimeS = Number.NaN;
  timeQuality: TimeQuality = TimeQuality.none;
  /** Monotonic time of the first record. */
  baseTicksUs = 0;
  /** Alarm class as encoded text, for alarm packs. */
  alarm: Uint8Array | undefined;
  /** `on` or `off` as encoded text, for alarm packs and events. */
  state: Uint8Array | undefined;
  /** Evidence of an alarm, NaN when there is none. */
  raw = Number.NaN;
}

/** Values of `vs` for a record without a value: SenML demands one, and no number would be honest. */
const QUALITY_TEXT: readonly Uint8Array[] = [
  "good",
  "uncertain",
  "bad:communication",
  "bad:configuration",
  "bad:device",
  "bad:range",
  "never-read",
].map(encodeText);

/** Room for the array's head, which is written last: its count decides its size. */
const HEAD_BYTES = 3;
const LONGEST_NUMBER_BYTES = 9;
/** Integers of a larger size may be a binary32 whose last byte is not zero; smaller ones are not. */
const LARGEST_PLAIN = 65_535;

export class PackWriter {
  readonly #writer: CborWriter;
  readonly #view: DataView;
  readonly #baseName: Uint8Array;
  readonly #root: Uint8Array;
  readonly #configuration: Uint8Array;
  readonly #boot: number;
  #head: PackHead | undefined;
  #records = 0;
  #offset = 0;

  /** @param bytes buffer of the largest pack */
  constructor(bytes: Uint8Array, identity: PackIdentity) {
    this.#writer = new CborWriter(bytes);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#baseName = encodeText(identity.baseName);
    this.#root = identity.root;
    this.#configuration = identity.configuration;
    this.#boot = identity.boot;
  }

  get bytes(): Uint8Array {
    return this.#writer.buffer;
  }

  /** Where the finished pack begins in `bytes`. */
  get offset(): number {
    return this.#offset;
  }

  /** Length of the finished pack. */
  get length(): number {
    return this.#writer.at - this.#offset;
  }

  get records(): number {
    return this.#records;
  }

  /** @param head read when the first record is written */
  begin(head: PackHead): void {
    this.#writer.rewind(HEAD_BYTES);
    this.#head = head;
    this.#records = 0;
  }

  // hot path: once for each batch
  /**
   * Records of the oldest samples of a ring, at most `most`; the first goes with the base fields. A record with a good
   * value that is a binary32 is a copy of its template: everything for it stands in this one loop, because in XS a call
   * costs more than what it would do.
   * @param identities of all channels, by index
   * @returns how many were written: fewer than `most` when the buffer is full
   */
  samples(ring: SampleRing, identities: readonly Identity[], most: number): number {
    const { channels, values, qualities, ticksUs, mask } = ring;
    const writer = this.#writer;
    const buffer = writer.buffer;
    const view = this.#view;
    const limit = buffer.length - LONGEST_NUMBER_BYTES;
    const first = ring.first;
    const firstUs = ticksUs[first & mask];
    let at = writer.at;
    let count = 0;
    for (; count < most; count++) {
      const slot = (first + count) & mask;
      const value = values[slot];
      const identity = identities[channels[slot]];
      const template = identity.template;
      const offsetS = (ticksUs[slot] - firstUs) / 1_000_000;
      const end = at + template.length;
      if (count > 0 && offsetS !== 0 && qualities[slot] === 0 && end <= limit) {
        buffer.set(template, at);
        view.setFloat32(end - 5, value);
        // A last byte of zero may be a binary16, a number beyond 65535 an integer; what does not come back is longer.
        if (
          buffer[end - 2] !== 0 &&
          value <= LARGEST_PLAIN &&
          value >= -LARGEST_PLAIN &&
          view.getFloat32(end - 5) === value
        ) {
          if (offsetS > 0 && offsetS < 24 && (offsetS | 0) === offsetS) {
            buffer[end] = offsetS;
            at = end + 1;
          } else {
            writer.rewind(end);
            writer.number(offsetS);
            at = writer.at;
          }
          continue;
        }
      }
      writer.rewind(at);
      this.#records = count;
      if (!this.record(identity, value, qualities[slot] as Quality, offsetS)) break;
      at = writer.at;
    }
    writer.rewind(at);
    this.#records = count;
    return count;
  }

  /**
   * One record. Returns false, with nothing written, when the buffer is full.
   * @param identity the channel's `n` and `u`, encoded by `encodeIdentity`
   * @param value the reading; not written when the quality has no value
   * @param offsetS seconds after the pack's base time
   */
  record(identity: Identity, value: number, quality: Quality, offsetS: number): boolean {
    const writer = this.#writer;
    const before = writer.at;
    const hasValue = quality <= Quality.uncertain && Number.isFinite(value);
    const first = this.#records === 0;
    let pairs = identity.pairs + 1;
    if (offsetS !== 0) pairs++;
    if (quality !== Quality.good) pairs++;
    if (first) pairs += this.#headPairs();
    writer.map(pairs);
    writer.raw(identity.bytes);
    if (hasValue) {
      writer.number(Label.value);
      writer.number(value);
    } else {
      writer.number(Label.stringValue);
      writer.raw(QUALITY_TEXT[quality]);
    }
    if (offsetS !== 0) {
      writer.number(Label.time);
      writer.number(offsetS);
    }
    if (first) this.#writeBase();
    if (quality !== Quality.good) {
      writer.raw(Key.q);
      writer.number(quality);
    }
    if (first) this.#writeHead();
    if (writer.overflowed) {
      writer.rewind(before);
      return false;
    }
    this.#records++;
    return true;
  }

  /** A record whose value is text: an event. `text` is encoded already. */
  textRecord(identity: Identity, text: Uint8Array): boolean {
    const writer = this.#writer;
    const before = writer.at;
    writer.map(identity.pairs + 1 + this.#headPairs());
    writer.raw(identity.bytes);
    writer.number(Label.stringValue);
    writer.raw(text);
    this.#writeBase();
    this.#writeHead();
    if (writer.overflowed) {
      writer.rewind(before);
      return false;
    }
    this.#records++;
    return true;
  }

  /** Writes the array's head in front of the records. The pack then lies at `offset`, `length` bytes. */
  finish(): void {
    const bytes = this.#writer.buffer;
    const count = this.#records;
    if (count < 24) {
      this.#offset = HEAD_BYTES - 1;
      bytes[this.#offset] = 0x80 | count;
    } else if (count < 0x100) {
      this.#offset = HEAD_BYTES - 2;
      bytes[this.#offset] = 0x98;
      bytes[this.#offset + 1] = count;
    } else {
      this.#offset = 0;
      bytes[0] = 0x99;
      bytes[1] = count >> 8;
      bytes[2] = count;
    }
  }

  #headPairs(): number {
    const head = this.#head!;
    // bn, bt or mono with its mark, tq, cfg, seq, boot, root
    let pairs = 7;
    if (Number.isNaN(head.baseTimeS)) pairs++;
    if (!Number.isNaN(head.raw)) pairs++;
    if (head.alarm !== undefined) pairs++;
    if (head.state !== undefined) pairs++;
    return pairs;
  }

  #writeBase(): void {
    const writer = this.#writer;
    const head = this.#head!;
    writer.number(Label.baseName);
    writer.raw(this.#baseName);
    if (!Number.isNaN(head.baseTimeS)) {
      writer.number(Label.baseTime);
      writer.number(head.baseTimeS);
    }
  }

  #writeHead(): void {
    const writer = this.#writer;
    const head = this.#head!;
    writer.raw(Key.tq);
    writer.number(head.timeQuality);
    writer.raw(Key.cfg);
    writer.bytes(this.#configuration);
    if (!Number.isNaN(head.raw)) {
      writer.raw(Key.raw);
      writer.number(head.raw);
    }
    writer.raw(Key.seq);
    writer.number(head.seq);
    writer.raw(Key.boot);
    writer.number(this.#boot);
    if (Number.isNaN(head.baseTimeS)) {
      writer.raw(Key.mono);
      writer.number(Math.floor(head.baseTicksUs / 1000));
    }
    writer.raw(Key.root);
    writer.bytes(this.#root);
    if (head.alarm !== undefined) {
      writer.raw(Key.alarm);
      writer.raw(head.alarm);
    }
    if (Number.isNaN(head.baseTimeS)) {
      writer.raw(Key.monoMark);
      writer.bool(true);
    }
    if (head.state !== undefined) {
      writer.raw(Key.state);
      writer.raw(head.state);
    }
  }
}

export function encodeText(text: string): Uint8Array {
  const writer = new CborWriter(new Uint8Array(5 + 4 * text.length));
  writer.text(text);
  return writer.buffer.slice(0, writer.at);
}

/** A channel's `n` and, where it has one, `u`: the part of its records that never changes. */
export type Identity = {
  readonly bytes: Uint8Array;
  /** Pairs that it holds. */
  readonly pairs: number;
  /** A whole record with a good value in binary32, up to the key of its time. */
  readonly template: Uint8Array;
};

export function encodeIdentity(name: string, unit: string): Identity {
  const writer = new CborWriter(new Uint8Array(16 + 4 * (name.length + unit.length)));
  writer.number(Label.name);
  writer.text(name);
  if (unit !== "") {
    writer.number(Label.unit);
    writer.text(unit);
  }
  const bytes = writer.buffer.slice(0, writer.at);
  const pairs = unit === "" ? 1 : 2;
  return { bytes, pairs, template: encodeTemplate(bytes, pairs) };
}

/** Head of a map with value and time, `identity`, `v` with room for a binary32, `t`. */
function encodeTemplate(identity: Uint8Array, pairs: number): Uint8Array {
  const writer = new CborWriter(new Uint8Array(identity.length + 8));
  writer.map(pairs + 2);
  writer.raw(identity);
  writer.number(Label.value);
  writer.number(PLACEHOLDER);
  writer.number(Label.time);
  return writer.buffer.slice(0, writer.at);
}

/** Any number whose deterministic form is a binary32. */
const PLACEHOLDER = Math.fround(0.1);
