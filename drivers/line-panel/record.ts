/**
 * What a panel's records look like and mean, as the plan carries it: a profile's data. Portable; no panel has code of its own.
 *
 * A record is a run of bytes between marks, or of a fixed length. A field is cut out of it by place: by line and column where the
 * record is text, by byte or by digit where it is not. Bytes stay bytes: no text is decoded on the device.
 */
import type { PlanMap } from "../plan";

export const FieldForm = { bytes: 0, decimal: 1, bcd: 2 } as const;
export type FieldForm = (typeof FieldForm)[keyof typeof FieldForm];

/** Where a field stands. */
export type RecordField = {
  /** Line of the record, from 0; absent: the record as a whole. */
  readonly line?: number;
  /** First byte; of `bcd` the first digit, two in a byte. */
  readonly from: number;
  /** Bytes or digits; absent: to the end of the line or record. */
  readonly length?: number;
  readonly form: FieldForm;
};

/** What an event does to the point that the record names. */
export type RecordEvent = {
  /** The event field begins with these bytes. */
  readonly key: Uint8Array;
  /** Conditions that begin; 0 where `resets`. */
  readonly begins: number;
  readonly ends: number;
  /** The panel was reset: what latches is over, at all points. */
  readonly resets: boolean;
  /** A record of that event, for a simulated panel. */
  readonly sample: Uint8Array;
};

/** What the driver finds in `DevicePlan.settings`. */
export type LinePanelSettings = {
  readonly profile: string;
  readonly start: Uint8Array;
  /** Empty for records of a fixed length. */
  readonly end: Uint8Array;
  /** Of a fixed record; otherwise the longest. */
  readonly length: number;
  /** A record is over when nothing came for so long. */
  readonly gapMs: number;
  readonly event: RecordField;
  readonly loop?: RecordField;
  readonly number: RecordField;
  readonly text?: RecordField;
  readonly events: readonly RecordEvent[];
  /** Rows of first point, points, loop, first number. */
  readonly addresses: readonly (readonly [point: number, points: number, loop: number, number: number])[];
  /** Nothing was heard for so long: the panel is lost. 0: never. */
  readonly silenceMs: number;
  /** Sent so often, where the site allows it. */
  readonly keepAlive?: { readonly bytes: Uint8Array; readonly everyMs: number };
};

export function linePanelSettings(settings: PlanMap): LinePanelSettings {
  return settings as unknown as LinePanelSettings;
}

const LF = 0x0a;
const CR = 0x0d;
const ZERO = 0x30;

/** One record in a buffer, read by its fields. */
export class RecordView {
  readonly #bytes: Uint8Array;
  #length = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  set length(length: number) {
    this.#length = length;
  }

  /** Where the field begins; -1 when the record has no such place. */
  begin({ line, from, form }: RecordField): number {
    let at = 0;
    for (let i = 0; i < (line ?? 0); i++) {
      while (at < this.#length && this.#bytes[at] !== LF) at++;
      if (at++ >= this.#length) return -1;
    }
    at += form === FieldForm.bcd ? from >> 1 : from;
    return at < this.#length ? at : -1;
  }

  /** Where it ends. */
  end(field: RecordField): number {
    const begin = this.begin(field);
    if (begin < 0) return -1;
    if (field.length !== undefined) return Math.min(this.#length, begin + field.length);
    let end = begin;
    while (end < this.#length && (field.line === undefined || !isLineEnd(this.#bytes[end]))) end++;
    return end;
  }

  begins(field: RecordField, key: Uint8Array): boolean {
    const at = this.begin(field);
    if (at < 0 || this.end(field) - at < key.length) return false;
    for (let i = 0; i < key.length; i++) if (this.#bytes[at + i] !== key[i]) return false;
    return true;
  }

  /** The number in the field; -1 when there is none. */
  number(field: RecordField): number {
    return field.form === FieldForm.bcd ? this.bcd(field) : this.decimal(field);
  }

  /** A copy of the field's bytes. */
  copy(field: RecordField): Uint8Array | undefined {
    const begin = this.begin(field);
    const end = this.end(field);
    return begin < 0 || end <= begin ? undefined : this.#bytes.slice(begin, end);
  }

  private decimal(field: RecordField): number {
    const begin = this.begin(field);
    if (begin < 0) return -1;
    let number = 0;
    for (let at = begin; at < this.end(field); at++) {
      const digit = this.#bytes[at] - ZERO;
      if (digit < 0 || digit > 9) return -1;
      number = number * 10 + digit;
    }
    return number;
  }

  private bcd({ from, length = 1 }: RecordField): number {
    if ((from + length + 1) >> 1 > this.#length) return -1;
    let number = 0;
    for (let i = from; i < from + length; i++) {
      const byte = this.#bytes[i >> 1];
      const digit = (i & 1) === 0 ? byte >> 4 : byte & 15;
      if (digit > 9) return -1;
      number = number * 10 + digit;
    }
    return number;
  }
}

function isLineEnd(byte: number): boolean {
  return byte === LF || byte === CR;
}
