/** Records as rows of a table: one form for files and databases. */
import type { CollectedMessage } from "./collector";

export type Row = {
  readonly site: string;
  readonly gateway: string;
  readonly boot: number;
  readonly seq: number;
  /** Position of the record in its message. */
  readonly position: number;
  readonly what: string;
  readonly name: string;
  readonly unit: string | null;
  readonly value: number | null;
  readonly text: string | null;
  readonly data: string | null;
  readonly quality: number;
  /** UNIX seconds. */
  readonly time: number;
  readonly time_source: string;
  readonly time_quality: number;
  readonly up: number | null;
  readonly component: string | null;
  readonly root: string;
  readonly configuration: string;
  readonly synthetic: boolean;
  readonly alarm: string | null;
  readonly rule: string | null;
  readonly state: string | null;
  readonly raw: number | null;
  readonly trust: string;
  readonly key_id: string | null;
  /** UNIX seconds. */
  readonly received: number;
};

export function rowsOf(message: CollectedMessage): Row[] {
  return message.records.map((record, position) => ({
    site: message.site,
    gateway: message.gateway,
    boot: message.boot,
    seq: message.seq,
    position,
    what: message.what,
    name: record.name,
    unit: record.unit ?? null,
    value: record.value ?? null,
    text: record.text ?? null,
    data: record.data ?? null,
    quality: record.quality,
    time: record.time,
    time_source: record.timeSource,
    time_quality: message.timeQuality,
    up: record.up ?? null,
    component: record.component ?? null,
    root: message.root,
    configuration: message.configuration,
    synthetic: record.synthetic === true,
    alarm: record.alarm ?? null,
    rule: record.rule ?? null,
    state: record.state ?? null,
    raw: record.raw ?? null,
    trust: message.trust,
    key_id: message.keyId ?? null,
    received: message.receivedMs / 1000,
  }));
}

export type ColumnType = "text" | "integer" | "real" | "boolean";

/** Columns in their order, with what a database calls them. */
export const COLUMNS: readonly (readonly [name: keyof Row, type: ColumnType])[] = [
  ["site", "text"],
  ["gateway", "text"],
  ["boot", "integer"],
  ["seq", "integer"],
  ["position", "integer"],
  ["what", "text"],
  ["name", "text"],
  ["unit", "text"],
  ["value", "real"],
  ["text", "text"],
  ["data", "text"],
  ["quality", "integer"],
  ["time", "real"],
  ["time_source", "text"],
  ["time_quality", "integer"],
  ["up", "real"],
  ["component", "text"],
  ["root", "text"],
  ["configuration", "text"],
  ["synthetic", "boolean"],
  ["alarm", "text"],
  ["rule", "text"],
  ["state", "text"],
  ["raw", "real"],
  ["trust", "text"],
  ["key_id", "text"],
  ["received", "real"],
];
