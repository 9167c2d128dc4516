/**
 * How Sensirion's I2C parts are spoken to: a 16-bit command, words of 16 bits, each followed by its CRC-8.
 * Every buffer is made at once: reading and writing allocate nothing.
 */
import type { I2C, I2CConstructor, I2COptions } from "../../hal/io";
import { putWord, WORD_BYTES, wordIsIntact } from "../word-crc8";

export type WordLinkOptions = Partial<I2COptions> & { readonly io: I2CConstructor } & Pick<
    I2COptions,
    "data" | "clock"
  >;

const COMMAND_BYTES = 2;

export class WordLink {
  readonly #name: string;
  #io: I2C | undefined;
  readonly #command = new Uint8Array(COMMAND_BYTES);
  readonly #one = new Uint8Array(COMMAND_BYTES + WORD_BYTES);
  readonly #two = new Uint8Array(COMMAND_BYTES + 2 * WORD_BYTES);
  /** By number of words: ECMA-419 reads as many bytes as the buffer holds. */
  readonly #answers: (Uint8Array | undefined)[] = [];
  #answer: Uint8Array;

  /** @param lengths numbers of words that will be read */
  constructor(name: string, options: WordLinkOptions, address: number, hz: number, lengths: readonly number[]) {
    const { io, ...connection } = options;
    if (typeof io !== "function") throw new TypeError(`${name}: sensor.io must be an I2C class`);
    this.#name = name;
    for (const words of lengths) this.#answers[words] = new Uint8Array(words * WORD_BYTES);
    this.#answer = this.#command;
    this.#io = new io({ hz, address, ...connection });
  }

  // hot path
  send(command: number): void {
    this.#command[0] = command >> 8;
    this.#command[1] = command;
    this.open().write(this.#command);
  }

  // hot path
  sendWord(command: number, word: number): void {
    putCommand(this.#one, command);
    putWord(this.#one, COMMAND_BYTES, word);
    this.open().write(this.#one);
  }

  // hot path
  sendWords(command: number, first: number, second: number): void {
    putCommand(this.#two, command);
    putWord(this.#two, COMMAND_BYTES, first);
    putWord(this.#two, COMMAND_BYTES + WORD_BYTES, second);
    this.open().write(this.#two);
  }

  // hot path
  /** Reads words. `false` when a checksum does not fit; throws when the part does not acknowledge. */
  read(words: number): boolean {
    const io = this.open();
    const answer = this.#answers[words]!;
    io.read(answer);
    this.#answer = answer;
    for (let at = 0; at < answer.length; at += WORD_BYTES) if (!wordIsIntact(answer, at)) return false;
    return true;
  }

  // hot path
  /** A word of what was read last. */
  word(index: number): number {
    const at = index * WORD_BYTES;
    return (this.#answer[at] << 8) | this.#answer[at + 1];
  }

  close(): void {
    this.#io?.close();
    this.#io = undefined;
  }

  private open(): I2C {
    if (this.#io === undefined) throw new Error(`${this.#name}: closed`);
    return this.#io;
  }
}

// hot path
function putCommand(bytes: Uint8Array, command: number): void {
  bytes[0] = command >> 8;
  bytes[1] = command;
}
