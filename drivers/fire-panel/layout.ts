/**
 * Where a panel's points stand in what is read of it, and what the words mean: a profile's tables for the points of one site,
 * as the plan carries them. Data alone: no panel has code of its own. Portable; `layout-schema.ts` writes the tables.
 *
 * The words of all reads of a poll, one read behind the other, are one row of words. A point has a field of 1, 2, 4, 8 or 16
 * bits in it, or several fields. Points with numbers that follow each other have fields that do: one row of the table.
 */
import { PointCondition } from "../panel-points/conditions";
import type { PlanMap } from "../plan";

/** What the driver finds in `DevicePlan.settings`. All tables hold 16-bit numbers, high byte first. */
export type PanelSettings = {
  readonly profile: string;
  readonly unit: number;
  /** Rows of function code, first address (from 0, as on the wire), count. */
  readonly reads: Uint8Array;
  /** Rows of `FIELD`. */
  readonly fields: Uint8Array;
  /** Rows of `RULE`. */
  readonly rules: Uint8Array;
  /** Only those that the site allows, by name: rows of `COMMAND`. */
  readonly commands: { readonly [name: string]: Uint8Array };
};

/** Columns of a row of a command: for `points` points from `firstPoint` on, or for the whole panel where `points` is 0. */
export const COMMAND = {
  value: 0,
  firstPoint: 1,
  points: 2,
  /** Register of the first point; the others follow. */
  address: 3,
  /** Position in `COMMAND_EFFECTS`. */
  effect: 4,
  columns: 5,
} as const;

/** What commands do to a panel, in the words of all panels. */
export const COMMAND_EFFECTS = ["reset", "acknowledge", "silence", "disable", "enable"] as const;

export function panelSettings(settings: PlanMap): PanelSettings {
  return settings as unknown as PanelSettings;
}

export const READ_COLUMNS = 3;

/** Columns of a row of fields. */
export const FIELD = {
  firstPoint: 0,
  points: 1,
  /** Number of the first point's field, counted in fields from the beginning of the words. */
  firstSlot: 2,
  bits: 3,
  /** 1: the first field of a word is its most significant. */
  highFirst: 4,
  firstRule: 5,
  rules: 6,
  /** What the field of a quiet point holds; only a simulated panel asks. */
  quiet: 7,
  columns: 8,
} as const;

/** Columns of a row of rules. Of the rules with one group number, which stand together, the first that fits counts. */
export const RULE = {
  group: 0,
  /** The rule fits where the field's bits under `mask` lie between `least` and `most`. */
  mask: 1,
  least: 2,
  most: 3,
  conditions: 4,
  /** Bits that the panel takes back meanwhile; only a simulated panel asks. */
  clears: 5,
  columns: 6,
} as const;

/** A number of a table. */
export function cell(table: Uint8Array, columns: number, row: number, column: number): number {
  const at = 2 * (row * columns + column);
  return (table[at] << 8) | table[at + 1];
}

export function rowsOf(table: Uint8Array, columns: number): number {
  return table.length / (2 * columns);
}

const WORD_BITS = 16;

export class PanelLayout {
  readonly #fields: Uint8Array;
  readonly #rules: Uint8Array;
  readonly #rows: number;

  constructor({ fields, rules }: PanelSettings) {
    this.#fields = fields;
    this.#rules = rules;
    this.#rows = rowsOf(fields, FIELD.columns);
  }

  get rows(): number {
    return this.#rows;
  }

  field(row: number, column: number): number {
    return cell(this.#fields, FIELD.columns, row, column);
  }

  /** First point of the row that has a field in the word; less than 0 or beyond the row's points: none has. */
  firstInWord(row: number, word: number): number {
    return (word * WORD_BITS) / this.field(row, FIELD.bits) - this.field(row, FIELD.firstSlot);
  }

  /** Fields of the row in a word. */
  fieldsPerWord(row: number): number {
    return WORD_BITS / this.field(row, FIELD.bits);
  }

  /** Word of the field that the row's point number `index` has. */
  wordOf(row: number, index: number): number {
    return Math.floor(((this.field(row, FIELD.firstSlot) + index) * this.field(row, FIELD.bits)) / WORD_BITS);
  }

  /** How far the field lies from the word's end. */
  shiftOf(row: number, index: number): number {
    const bits = this.field(row, FIELD.bits);
    const perWord = WORD_BITS / bits;
    const place = (this.field(row, FIELD.firstSlot) + index) % perWord;
    return bits * (this.field(row, FIELD.highFirst) === 1 ? perWord - 1 - place : place);
  }

  /** What a word says about the row's point number `index`: a set of `PointCondition`, alone `unknown` where it has none. */
  conditions(row: number, index: number, word: number): number {
    const bits = this.field(row, FIELD.bits);
    const value = (word >> this.shiftOf(row, index)) & ((1 << bits) - 1);
    const first = this.field(row, FIELD.firstRule);
    const end = first + this.field(row, FIELD.rules);
    let set = 0;
    let done = -1;
    for (let rule = first; rule < end; rule++) {
      const group = cell(this.#rules, RULE.columns, rule, RULE.group);
      if (group === done || !this.fits(rule, value)) continue;
      set |= cell(this.#rules, RULE.columns, rule, RULE.conditions);
      done = group;
    }
    return set & PointCondition.unknown ? PointCondition.unknown : set;
  }

  private fits(rule: number, value: number): boolean {
    const seen = value & cell(this.#rules, RULE.columns, rule, RULE.mask);
    return (
      seen >= cell(this.#rules, RULE.columns, rule, RULE.least) &&
      seen <= cell(this.#rules, RULE.columns, rule, RULE.most)
    );
  }
}
