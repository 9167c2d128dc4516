/** The other end of `WordLink`: a part that takes commands with checked words, is busy for a while, and answers words. */
import type { Clock } from "../../hal/clock";
import type { I2CTarget } from "../emulation";
import { putWord, WORD_BYTES, wordIsIntact } from "../word-crc8";

export abstract class WordTarget implements I2CTarget {
  protected readonly clock: Clock;
  readonly #answer: Uint8Array;
  #answerLength = 0;
  #busyUntilUs = 0;

  constructor(clock: Clock, maxWords: number) {
    this.clock = clock;
    this.#answer = new Uint8Array(maxWords * WORD_BYTES);
  }

  /** Carries a command out. `false`: not acknowledged. */
  protected abstract execute(command: number, words: readonly number[]): boolean;

  write(bytes: Uint8Array): boolean {
    // A header without data asks whether the part is there.
    if (bytes.length === 0) return !this.#busy();
    if (this.#busy() || bytes.length < 2 || (bytes.length - 2) % WORD_BYTES !== 0) return false;
    const words: number[] = [];
    for (let at = 2; at < bytes.length; at += WORD_BYTES) {
      if (!wordIsIntact(bytes, at)) return false;
      words.push((bytes[at] << 8) | bytes[at + 1]);
    }
    this.#answerLength = 0;
    return this.execute((bytes[0] << 8) | bytes[1], words);
  }

  read(into: Uint8Array): boolean {
    if (this.#busy() || this.#answerLength === 0) return false;
    // Reading on after the last byte returns ones: nobody pulls the line down.
    for (let i = 0; i < into.length; i++) into[i] = i < this.#answerLength ? this.#answer[i] : 0xff;
    this.#answerLength = 0;
    return true;
  }

  /** Acknowledges nothing for so long. */
  protected busy(us: number): true {
    this.#busyUntilUs = this.clock.nowUs() + us;
    return true;
  }

  /** The next read gets these words, after `us`. */
  protected answer(us: number, ...words: readonly number[]): true {
    words.forEach((word, i) => {
      putWord(this.#answer, i * WORD_BYTES, word);
    });
    this.#answerLength = words.length * WORD_BYTES;
    return this.busy(us);
  }

  #busy(): boolean {
    return this.clock.nowUs() < this.#busyUntilUs;
  }
}
