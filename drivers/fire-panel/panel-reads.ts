/**
 * The reads of a panel's poll, one block after another, as one request: of a panel one block is on its way at a time, and a request
 * for each would take some forty slots.
 *
 * It keeps the bytes of the last answers and compares a new one with them where it lies, four bytes at a time: of an answer that is
 * as it was nothing is copied and nothing looked at. That is what nearly every answer is.
 */
import { dataBytes, REQUEST_PDU_BYTES, readsBits } from "../modbus/pdu";
import { HEAD_INCOMPLETE, LANE_RETRIES, ModbusRequest, NO_ANSWER, Priority } from "../modbus/request";
import { cell, READ_COLUMNS, rowsOf } from "./layout";

/** Is told which words of all blocks have changed, and that a block's outcome is known. */
export interface ReadListener {
  wordChanged(word: number): void;
  blockDone(): void;
}

const WORD_BYTES = 2;
/** Of each block, in front of all words: first address, count, function code, CRC of its frame, state. Places in a row. */
const COUNT_AT = 2;
const FUNCTION_AT = 4;
const CRC_AT = 8;
const STATE_AT = 12;
const ROW_BYTES = 20;
/** States of a block: one of these, or when one that was refused is asked again. */
const KNOWN = 0;
const NOT_READ = -1;
const NO_CRC = -1;

export class PanelReads extends ModbusRequest {
  /** The block that is read: its addresses, and where its words lie among those of all blocks. */
  address = 0;
  count = 0;
  firstWord = 0;
  /** Bytes of its data. */
  private bytes = 0;
  private row = 0;
  /** Rows of all blocks, and behind them the data of the last answers as they came, each at twice its first word. */
  private readonly book: DataView;
  private readonly wordsAt: number;
  private readonly listener: ReadListener;

  constructor(unit: number, book: DataView, wordsAt: number, listener: ReadListener) {
    super(unit, 0, Priority.alarm, LANE_RETRIES);
    this.book = book;
    this.wordsAt = wordsAt;
    this.listener = listener;
    this.load();
  }

  // hot path
  /** Back to the first block. */
  begin(): void {
    this.book.setInt32(this.row + CRC_AT, this.crc);
    this.row = 0;
    this.firstWord = 0;
    this.load();
  }

  // hot path
  /** Goes on to the next block. False: there is none, the poll is over. */
  advance(): boolean {
    const row = this.row + ROW_BYTES;
    if (row === this.wordsAt) return false;
    this.book.setInt32(this.row + CRC_AT, this.crc);
    this.row = row;
    this.firstWord += this.count;
    this.load();
    return true;
  }

  // hot path
  private load(): void {
    const { book, row } = this;
    const functionCode = book.getUint16(row + FUNCTION_AT);
    const count = book.getUint16(row + COUNT_AT);
    this.functionCode = functionCode;
    this.address = book.getUint16(row);
    this.count = count;
    this.bytes = dataBytes(functionCode, count);
    this.crc = book.getInt32(row + CRC_AT);
  }

  // hot path
  /**
   * What is to be submitted for the block: after a time-out another request, so that a late answer to one block is never taken
   * for an answer to the next.
   */
  get fresh(): PanelReads {
    const { state } = this;
    return state?.isLate(this) === true ? this.inPlaceOf(this.book, this.wordsAt) : this;
  }

  /** The block in two, of which nothing is known. */
  cut(): PanelReads {
    const { book, row, wordsAt, count, address } = this;
    const half = count >> 1;
    const more = new DataView(new ArrayBuffer(book.byteLength + ROW_BYTES));
    const behind = row + ROW_BYTES;
    for (let i = 0; i < behind; i++) more.setUint8(i, book.getUint8(i));
    for (let i = row; i < book.byteLength; i++) more.setUint8(i + ROW_BYTES, book.getUint8(i));
    writeRow(more, row, this.functionCode, address, half);
    writeRow(more, behind, this.functionCode, address + half, count - half);
    return this.inPlaceOf(more, wordsAt + ROW_BYTES);
  }

  private inPlaceOf(book: DataView, wordsAt: number): PanelReads {
    const other = new PanelReads(this.unit, book, wordsAt, this.listener);
    other.row = this.row;
    other.firstWord = this.firstWord;
    other.load();
    return other;
  }

  /** Its words mean something: it was read, and not refused since. */
  get isKnown(): boolean {
    return this.book.getFloat64(this.row + STATE_AT) === KNOWN;
  }

  // hot path
  /** The panel has no such address: not asked again before this time. 0 or less: it was not refused. */
  get refusedUntilUs(): number {
    return this.book.getFloat64(this.row + STATE_AT);
  }

  refuse(untilUs: number): void {
    this.book.setFloat64(this.row + STATE_AT, untilUs);
  }

  /** A register, or 0 or 1 for a coil or an input; -1 while it is not known. */
  word(word: number): number {
    const { book, wordsAt } = this;
    let row = 0;
    let firstWord = 0;
    for (let count = book.getUint16(COUNT_AT); word >= firstWord + count; ) {
      firstWord += count;
      row += ROW_BYTES;
      count = book.getUint16(row + COUNT_AT);
    }
    if (book.getFloat64(row + STATE_AT) !== KNOWN) return -1;
    if (!readsBits(book.getUint16(row + FUNCTION_AT))) return book.getUint16(wordsAt + WORD_BYTES * word);
    const index = word - firstWord;
    return (book.getUint8(wordsAt + WORD_BYTES * firstWord + (index >> 3)) >> (index & 7)) & 1;
  }

  override onDone(): void {
    this.listener.blockDone();
  }

  get pduBytes(): number {
    return REQUEST_PDU_BYTES;
  }

  get expectedBytes(): number {
    return this.bytes + 2;
  }

  // hot path
  write(into: Uint8Array, at: number): number {
    const { address, count } = this;
    into[at] = this.functionCode;
    into[at + 1] = address >> 8;
    into[at + 2] = address & 0xff;
    into[at + 3] = count >> 8;
    into[at + 4] = count & 0xff;
    return at + REQUEST_PDU_BYTES;
  }

  // hot path
  /** The byte count of a header is never believed, only compared. */
  answerBytes(bytes: Uint8Array, at: number, available: number): number {
    if (available < 2) return HEAD_INCOMPLETE;
    return bytes[at + 1] === this.bytes ? this.bytes + 2 : NO_ANSWER;
  }

  // hot path
  protected accept(view: DataView, at: number): void {
    const last = this.book;
    const from = at + 2;
    const to = this.wordsAt + WORD_BYTES * this.firstWord;
    const bytes = this.bytes;
    const lastFour = bytes - 3;
    const isNew = last.getFloat64(this.row + STATE_AT) !== KNOWN;
    let i = 0;
    if (isNew) last.setFloat64(this.row + STATE_AT, KNOWN);
    else {
      while (i < lastFour && view.getUint32(from + i) === last.getUint32(to + i)) i += 4;
      if (i >= lastFour) while (i < bytes && view.getUint8(from + i) === last.getUint8(to + i)) i++;
      if (i === bytes) return;
    }
    if (readsBits(this.functionCode)) this.bitsDiffer(view, from, to, i, isNew);
    else this.wordsDiffer(view, from, to, i & ~1, isNew);
  }

  /** From byte `first` on something differs, or nothing was known: every word is looked at. */
  private wordsDiffer(view: DataView, from: number, to: number, first: number, isNew: boolean): void {
    for (let i = first; i < this.bytes; i += WORD_BYTES) {
      const now = view.getUint16(from + i);
      if (now === this.book.getUint16(to + i) && !isNew) continue;
      this.book.setUint16(to + i, now);
      this.listener.wordChanged(this.firstWord + i / WORD_BYTES);
    }
  }

  private bitsDiffer(view: DataView, from: number, to: number, first: number, isNew: boolean): void {
    for (let i = first; i < this.bytes; i++) {
      const now = view.getUint8(from + i);
      const changed = isNew ? 0xff : now ^ this.book.getUint8(to + i);
      this.book.setUint8(to + i, now);
      for (let bit = 0; bit < 8 && 8 * i + bit < this.count; bit++)
        if ((changed >> bit) & 1) this.listener.wordChanged(this.firstWord + 8 * i + bit);
    }
  }
}

/** @param reads rows of function code, first address and count, as the plan has them */
export function panelReads(unit: number, reads: Uint8Array, listener: ReadListener): PanelReads {
  const rows = rowsOf(reads, READ_COLUMNS);
  let words = 0;
  for (let row = 0; row < rows; row++) words += cell(reads, READ_COLUMNS, row, 2);
  const book = new DataView(new ArrayBuffer(ROW_BYTES * rows + WORD_BYTES * words));
  for (let row = 0; row < rows; row++)
    writeRow(
      book,
      ROW_BYTES * row,
      cell(reads, READ_COLUMNS, row, 0),
      cell(reads, READ_COLUMNS, row, 1),
      cell(reads, READ_COLUMNS, row, 2),
    );
  return new PanelReads(unit, book, ROW_BYTES * rows, listener);
}

function writeRow(book: DataView, row: number, functionCode: number, address: number, count: number): void {
  book.setUint16(row, address);
  book.setUint16(row + COUNT_AT, count);
  book.setUint16(row + FUNCTION_AT, functionCode);
  book.setInt32(row + CRC_AT, NO_CRC);
  book.setFloat64(row + STATE_AT, NOT_READ);
}
