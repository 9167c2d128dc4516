/**
 * One read of a panel's poll. It keeps the bytes of the last answer and compares a new one with them where it lies, four bytes at a
 * time: of an answer that is as it was nothing is copied and nothing looked at. That is what nearly every answer is.
 */
import { readsBits } from "../modbus/pdu";
import { ReadRequest, type ReadRequestOptions } from "../modbus/read-request";

/** Is told which words of all blocks have changed. */
export interface WordListener {
  wordChanged(word: number): void;
}

const WORD_BYTES = 2;

export class Block extends ReadRequest {
  /** Where its words lie among those of all blocks. */
  readonly firstWord: number;
  /** Its words mean something: it was read, and not refused since. */
  isKnown = false;
  /** The panel has no such address: not asked again before this time. */
  refusedUntilUs = 0;
  readonly #listener: WordListener;
  /** The data of the last answer, as it came. */
  readonly #last: DataView;

  constructor(options: ReadRequestOptions, firstWord: number, listener: WordListener) {
    super(options);
    this.firstWord = firstWord;
    this.#listener = listener;
    this.#last = new DataView(this.words.buffer);
  }

  /** A register, or 0 or 1 for a coil or an input. */
  word(index: number): number {
    return readsBits(this.functionCode)
      ? (this.#last.getUint8(index >> 3) >> (index & 7)) & 1
      : this.#last.getUint16(WORD_BYTES * index);
  }

  // hot path
  protected override accept(view: DataView, at: number): void {
    const last = this.#last;
    const from = at + 2;
    const bytes = view.getUint8(at + 1);
    const lastFour = bytes - 3;
    let i = 0;
    if (this.isKnown) {
      while (i < lastFour && view.getUint32(from + i) === last.getUint32(i)) i += 4;
      if (i >= lastFour) while (i < bytes && view.getUint8(from + i) === last.getUint8(i)) i++;
      if (i === bytes) return;
    }
    if (readsBits(this.functionCode)) this.bitsDiffer(view, from, i, bytes);
    else this.wordsDiffer(view, from, i & ~1);
  }

  /** From byte `first` on something differs, or nothing was known: every word is looked at. */
  private wordsDiffer(view: DataView, from: number, first: number): void {
    const isNew = !this.isKnown;
    this.isKnown = true;
    for (let i = first; i < WORD_BYTES * this.count; i += WORD_BYTES) {
      const now = view.getUint16(from + i);
      if (now === this.#last.getUint16(i) && !isNew) continue;
      this.#last.setUint16(i, now);
      this.#listener.wordChanged(this.firstWord + i / WORD_BYTES);
    }
  }

  private bitsDiffer(view: DataView, from: number, first: number, bytes: number): void {
    const isNew = !this.isKnown;
    this.isKnown = true;
    for (let i = first; i < bytes; i++) {
      const now = view.getUint8(from + i);
      const changed = isNew ? 0xff : now ^ this.#last.getUint8(i);
      this.#last.setUint8(i, now);
      for (let bit = 0; bit < 8 && 8 * i + bit < this.count; bit++)
        if ((changed >> bit) & 1) this.#listener.wordChanged(this.firstWord + 8 * i + bit);
    }
  }
}
