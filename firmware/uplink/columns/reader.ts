/**
 * Reads a compact batch that somebody else may have written: bounded, strict, and in one way only. Portable; a collector runs it.
 */
import { Quality } from "../../../drivers/contract";
import { decodeCbor } from "../cbor/reader";
import { BINARY32, COLUMNS_VERSION, Flag, HANDLE_BYTES, LARGEST_SCALED, SCALES } from "./form";

export type ColumnRecord = {
  /** Seconds in the clock that `timeQuality` tells. */
  readonly timeS: number;
  readonly quality: Quality;
  /** Absent where the quality has no value. */
  readonly value?: number;
};

export type Column = {
  readonly component: number;
  readonly channel: number;
  readonly records: readonly ColumnRecord[];
};

export type ColumnsBatch = {
  readonly boot: number;
  readonly seq: number;
  readonly root: Uint8Array;
  readonly configuration: Uint8Array;
  readonly timeQuality: number;
  readonly columns: readonly Column[];
};

/** The bytes are no compact batch; `offset` counts in the columns, -1 in the head. */
export class ColumnsError extends Error {
  readonly code = "columns";
  readonly offset: number;

  constructor(message: string, offset = -1) {
    super(offset < 0 ? message : `${message} at byte ${offset} of the columns`);
    this.offset = offset;
  }

  override get name(): string {
    return "ColumnsError";
  }
}

/** Records in one batch, at most: a record without a value takes next to no bytes, and must not make a reader run out of memory. */
const MOST_RECORDS = 65_536;

/** Whether decoded CBOR claims to be one: a SenML pack is an array that begins with a map. */
export function isColumns(items: unknown): items is readonly unknown[] {
  return Array.isArray(items) && items[0] === COLUMNS_VERSION;
}

/** @throws ColumnsError, CborError */
export function readColumns(bytes: Uint8Array): ColumnsBatch {
  const items = decodeCbor(bytes, { depth: 2, items: 20 });
  if (!isColumns(items)) throw new ColumnsError("not an array that begins with the number of its form");
  if (items.length !== 8) throw new ColumnsError(`an array of ${items.length} items, 8 are wanted`);
  const [, boot, seq, root, configuration, timeQuality, base, columns] = items;
  for (const number of [boot, seq, timeQuality, base])
    if (typeof number !== "number" || !(Number.isInteger(number) && number >= 0))
      throw new ColumnsError("boot, seq, tq and base are unsigned integers");
  if (!isHandle(root) || !isHandle(configuration)) throw new ColumnsError("root and cfg are 12 bytes each");
  if (!(columns instanceof Uint8Array)) throw new ColumnsError("the columns are a byte string");
  return {
    boot: boot as number,
    seq: seq as number,
    root,
    configuration,
    timeQuality: timeQuality as number,
    columns: new ColumnsReader(columns, base as number).all(),
  };
}

function isHandle(item: unknown): item is Uint8Array {
  return item instanceof Uint8Array && item.length === HANDLE_BYTES;
}

class ColumnsReader {
  readonly #bytes: Uint8Array;
  readonly #baseS: number;
  readonly #single = new DataView(new ArrayBuffer(4));
  #at = 0;
  #recordsLeft = MOST_RECORDS;

  constructor(bytes: Uint8Array, baseS: number) {
    this.#bytes = bytes;
    this.#baseS = baseS;
  }

  all(): Column[] {
    const columns: Column[] = [];
    while (this.#at < this.#bytes.length) columns.push(this.#column());
    return columns;
  }

  #column(): Column {
    const component = this.#varint();
    const channel = this.#varint();
    const startsAt = this.#at;
    const count = this.#varint();
    if (count === 0) throw new ColumnsError("a column without records", startsAt);
    this.#recordsLeft -= count;
    if (this.#recordsLeft < 0) throw new ColumnsError(`more than ${MOST_RECORDS} records`, startsAt);
    const flags = this.#byte();
    if ((flags & Flag.reserved) !== 0) throw new ColumnsError("a flag that must not be set", this.#at - 1);
    const times = this.#times(count, (flags & Flag.irregular) !== 0);
    const qualities = (flags & Flag.qualities) !== 0 ? this.#qualities(count) : undefined;
    const next = this.#values(flags & Flag.decimals);
    const records = times.map((ms, i): ColumnRecord => {
      const quality = qualities?.[i] ?? Quality.good;
      const timeS = this.#baseS + ms / 1000;
      return quality <= Quality.uncertain ? { timeS, quality, value: next() } : { timeS, quality };
    });
    return { component, channel, records };
  }

  #times(count: number, irregular: boolean): number[] {
    let ms = this.#varint();
    const times = [ms];
    let stepMs = 0;
    for (let i = 1; i < count; i++) {
      if (irregular || i === 1) stepMs = this.#varint();
      ms += stepMs;
      times.push(ms);
    }
    return times;
  }

  #qualities(count: number): Quality[] {
    const qualities: Quality[] = [];
    while (qualities.length < count) {
      const startsAt = this.#at;
      const run = this.#varint();
      const quality = this.#varint();
      if (run === 0 || run > count - qualities.length || quality > Quality.neverRead)
        throw new ColumnsError("a run of qualities that cannot be", startsAt);
      for (let i = 0; i < run; i++) qualities.push(quality as Quality);
    }
    return qualities;
  }

  /** A function that reads the next value. */
  #values(decimals: number): () => number {
    let last = 0;
    if (decimals === BINARY32)
      return () => {
        last ^= this.#varint();
        this.#single.setInt32(0, last);
        const value = this.#single.getFloat32(0);
        if (value - value !== 0) throw new ColumnsError("a value that is no number", this.#at);
        return value;
      };
    return () => {
      const zigzag = this.#varint();
      last += (zigzag >>> 1) ^ -(zigzag & 1);
      if (Math.abs(last) > LARGEST_SCALED) throw new ColumnsError("a value beyond 31 bits", this.#at);
      return last / SCALES[decimals];
    };
  }

  #byte(): number {
    if (this.#at >= this.#bytes.length) throw new ColumnsError("the columns end in a record", this.#at);
    return this.#bytes[this.#at++];
  }

  /** An unsigned LEB128 in its shortest form, at most 32 bits. */
  #varint(): number {
    const startsAt = this.#at;
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#byte();
      if (shift === 28 && byte > 0x0f) throw new ColumnsError("a number of more than 32 bits", startsAt);
      value = (value | ((byte & 0x7f) << shift)) >>> 0;
      if (byte < 0x80) {
        if (byte === 0 && shift > 0) throw new ColumnsError("a longer number than needed", startsAt);
        return value;
      }
    }
  }
}
