/**
 * A recorded CSV as a source of physical quantities: row k holds from second k (of the recording's own period) until the
 * next row. Reads the bytes in place, forward only, so that a recording of any length costs one row of memory.
 */
import type { Quantity } from "../../drivers/emulation";

/** Which column drives which quantity of which device. */
export type ReplayColumn = {
  readonly column: string;
  readonly device: string;
  readonly quantity: Quantity;
};

/** The recording cannot be used: the fault lies in the file or in the mapping. */
export class ReplayError extends Error {
  readonly code = "replay";
  /** Line in the file, from 1; 0 when it is not about a line. */
  readonly line: number;
  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

const COMMA = 44;
const NEWLINE = 10;
const RETURN = 13;

export class Replay {
  readonly #bytes: Uint8Array;
  readonly #periodUs: number;
  readonly #columns: readonly ReplayColumn[];
  readonly #fields: readonly number[];
  readonly #values: Float64Array;
  readonly #rows: number;
  /** Columns that somebody has asked for. */
  readonly #read: boolean[];
  #offset: number;
  /** The row whose values are held, from 0; -1 before the first. */
  #row = -1;

  /** @param bytes ASCII CSV with one header line; decimal point, comma between fields, no quoting */
  constructor(bytes: Uint8Array, columns: readonly ReplayColumn[], periodUs = 1_000_000) {
    this.#bytes = bytes;
    this.#periodUs = periodUs;
    this.#columns = columns;
    const header = readHeader(bytes);
    this.#fields = columns.map((column) => findColumn(header.names, column.column));
    this.#values = new Float64Array(columns.length);
    this.#read = columns.map(() => false);
    this.#offset = header.end;
    this.#rows = countRows(bytes, header.end);
    if (this.#rows === 0) throw new ReplayError(2, "the recording has no rows");
  }

  get rows(): number {
    return this.#rows;
  }

  get durationUs(): number {
    return this.#rows * this.#periodUs;
  }

  /** Reads all rows, so that a mistake in the file shows before the run. @throws ReplayError with the line */
  check(): void {
    this.#advance(this.#rows - 1);
  }

  /** Whether the recording drives this quantity of this device. */
  drives(device: string, quantity: Quantity): boolean {
    return this.#find(device, quantity) >= 0;
  }

  /** The recorded value at world time `nowUs`; the last row holds for ever. */
  value(device: string, quantity: Quantity, nowUs: number): number {
    const column = this.#find(device, quantity);
    this.#read[column] = true;
    const row = Math.floor(nowUs / this.#periodUs);
    this.#advance(row < this.#rows ? row : this.#rows - 1);
    return this.#values[column];
  }

  /** Mappings that nobody has asked for: the device does not measure that quantity. */
  get unread(): readonly ReplayColumn[] {
    return this.#columns.filter((_, i) => !this.#read[i]);
  }

  #find(device: string, quantity: Quantity): number {
    const columns = this.#columns;
    for (let i = 0; i < columns.length; i++)
      if (columns[i].device === device && columns[i].quantity === quantity) return i;
    return -1;
  }

  #advance(row: number): void {
    while (this.#row < row) {
      this.#row++;
      this.#offset = readFields(this.#bytes, this.#offset, this.#fields, this.#values, 0, this.#row + 2);
    }
  }
}

/**
 * Reads the wanted fields of one row.
 * @param into takes field i of `fields` at `at + i`
 * @returns where the next row begins
 */
function readFields(
  bytes: Uint8Array,
  from: number,
  fields: readonly number[],
  into: Float64Array,
  at: number,
  line: number,
): number {
  let field = 0;
  let start = from;
  for (let end = start; ; end++) {
    const byte = end < bytes.length ? bytes[end] : NEWLINE;
    if (byte !== COMMA && byte !== NEWLINE) continue;
    // A field may be wanted more than once: one column can drive several devices.
    for (let i = 0; i < fields.length; i++)
      if (fields[i] === field) into[at + i] = parseDecimal(bytes, start, end, line);
    field++;
    start = end + 1;
    if (byte === NEWLINE) break;
  }
  for (const wanted of fields) if (wanted >= field) throw new ReplayError(line, "too few fields");
  return start;
}

function findColumn(names: readonly string[], column: string): number {
  const field = names.indexOf(column);
  if (field < 0) throw new ReplayError(1, `the recording has no column "${column}"; it has ${names.join(", ")}`);
  return field;
}

/** One column of a recording, row by row: a label that drives nothing. @throws ReplayError with the line */
export function columnValues(bytes: Uint8Array, column: string): Float64Array {
  const header = readHeader(bytes);
  const field = findColumn(header.names, column);
  const values = new Float64Array(countRows(bytes, header.end));
  let offset = header.end;
  for (let row = 0; row < values.length; row++) offset = readFields(bytes, offset, [field], values, row, row + 2);
  return values;
}

/** Names of the columns of a recording, for a mapping or for a message. */
export function columnNames(bytes: Uint8Array): readonly string[] {
  return readHeader(bytes).names;
}

function readHeader(bytes: Uint8Array): { names: string[]; end: number } {
  const names: string[] = [];
  let name = "";
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === COMMA || byte === NEWLINE) {
      names.push(name);
      name = "";
      if (byte === NEWLINE) return { names, end: at + 1 };
    } else if (byte !== RETURN) {
      name += String.fromCharCode(byte);
    }
    if (at > 4096) break;
  }
  throw new ReplayError(1, "the recording does not begin with a header line of column names");
}

function countRows(bytes: Uint8Array, from: number): number {
  let rows = 0;
  let inRow = false;
  for (let at = from; at < bytes.length; at++) {
    if (bytes[at] === NEWLINE) {
      if (inRow) rows++;
      inRow = false;
    } else if (bytes[at] !== RETURN) {
      inRow = true;
    }
  }
  return inRow ? rows + 1 : rows;
}

/** Decimal text to a double by integer arithmetic and one division, so that all engines agree. */
function parseDecimal(bytes: Uint8Array, start: number, end: number, line: number): number {
  let at = start;
  const negative = bytes[at] === 45;
  if (negative) at++;
  let digits = 0;
  let scale = 1;
  let count = 0;
  let fraction = false;
  for (; at < end; at++) {
    const byte = bytes[at];
    if (byte === RETURN) continue;
    if (byte === 46 && !fraction) {
      fraction = true;
      continue;
    }
    if (byte < 48 || byte > 57 || count >= 15)
      throw new ReplayError(line, `"${text(bytes, start, end)}" is not a number`);
    digits = digits * 10 + (byte - 48);
    count++;
    if (fraction) scale *= 10;
  }
  if (count === 0) throw new ReplayError(line, "a field is empty");
  return negative ? -(digits / scale) : digits / scale;
}

function text(bytes: Uint8Array, start: number, end: number): string {
  let characters = "";
  for (let at = start; at < end && at < start + 40; at++) characters += String.fromCharCode(bytes[at]);
  return characters;
}
