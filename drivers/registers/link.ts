/**
 * A part with 8-bit registers, on I2C or on SPI, behind one face. Buffers are made at once, by length: reading and writing
 * allocate nothing.
 */
import type { I2C, I2CConstructor, I2COptions, SPI, SPIConstructor, SPIOptions } from "../../hal/io";

export interface RegisterLink {
  /** Reads `length` registers from `register` on; `byte` then has them. Throws what the bus throws. */
  read(register: number, length: number): void;
  /** A register of what was read last, counted from the first. */
  byte(index: number): number;
  write(register: number, value: number): void;
  /** Two registers in one transaction, in this order. */
  writeTwo(first: number, firstValue: number, second: number, secondValue: number): void;
  close(): void;
}

export type RegisterLinkOptions =
  | (Partial<I2COptions> & { readonly io: I2CConstructor } & Pick<I2COptions, "data" | "clock">)
  | (SPIOptions & { readonly io: SPIConstructor });

export type RegisterLinkFacts = {
  /** For messages. */
  readonly name: string;
  readonly address: number;
  /** I2C clock where the options have none. */
  readonly hz: number;
  /** Bytes that the part shifts out on SPI before the first register. */
  readonly spiDummyBytes: number;
  /** Lengths that will be read. */
  readonly lengths: readonly number[];
};

/** Options with `data` are I2C's, others SPI's. */
export function openRegisters(options: RegisterLinkOptions, facts: RegisterLinkFacts): RegisterLink {
  if (typeof options.io !== "function") throw new TypeError(`${facts.name}: sensor.io must be an I2C or SPI class`);
  if ("data" in options) {
    const { io, ...connection } = options;
    return new I2CRegisters(new io({ hz: facts.hz, address: facts.address, ...connection }), facts);
  }
  const { io, ...connection } = options as SPIOptions & { readonly io: SPIConstructor };
  return new SPIRegisters(new io(connection), facts);
}

class I2CRegisters implements RegisterLink {
  readonly #name: string;
  #io: I2C | undefined;
  readonly #register = new Uint8Array(1);
  readonly #one = new Uint8Array(2);
  readonly #two = new Uint8Array(4);
  readonly #answers: (Uint8Array | undefined)[] = [];
  #answer: Uint8Array;

  constructor(io: I2C, facts: RegisterLinkFacts) {
    this.#io = io;
    this.#name = facts.name;
    for (const length of facts.lengths) this.#answers[length] = new Uint8Array(length);
    this.#answer = this.#register;
  }

  // hot path
  read(register: number, length: number): void {
    const answer = this.#answers[length]!;
    this.#register[0] = register;
    this.open().writeRead(this.#register, answer);
    this.#answer = answer;
  }

  // hot path
  byte(index: number): number {
    return this.#answer[index];
  }

  // hot path
  write(register: number, value: number): void {
    this.#one[0] = register;
    this.#one[1] = value;
    this.open().write(this.#one);
  }

  // hot path
  writeTwo(first: number, firstValue: number, second: number, secondValue: number): void {
    const two = this.#two;
    two[0] = first;
    two[1] = firstValue;
    two[2] = second;
    two[3] = secondValue;
    this.open().write(two);
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

/** The first bit of an SPI frame says "read"; the register has the other seven. */
const SPI_READ = 0x80;
const SPI_REGISTER = 0x7f;

class SPIRegisters implements RegisterLink {
  readonly #name: string;
  #io: SPI | undefined;
  readonly #one = new Uint8Array(2);
  readonly #two = new Uint8Array(4);
  readonly #frames: (Uint8Array | undefined)[] = [];
  /** Bytes of a frame before its first register. */
  readonly #head: number;
  #frame: Uint8Array;

  constructor(io: SPI, facts: RegisterLinkFacts) {
    this.#io = io;
    this.#name = facts.name;
    this.#head = 1 + facts.spiDummyBytes;
    for (const length of facts.lengths) this.#frames[length] = new Uint8Array(this.#head + length);
    this.#frame = this.#one;
  }

  // hot path
  read(register: number, length: number): void {
    const frame = this.#frames[length]!;
    frame.fill(0);
    frame[0] = register | SPI_READ;
    this.open().transfer(frame);
    this.#frame = frame;
  }

  // hot path
  byte(index: number): number {
    return this.#frame[this.#head + index];
  }

  // hot path
  write(register: number, value: number): void {
    this.#one[0] = register & SPI_REGISTER;
    this.#one[1] = value;
    this.open().transfer(this.#one);
  }

  // hot path
  writeTwo(first: number, firstValue: number, second: number, secondValue: number): void {
    const two = this.#two;
    two[0] = first & SPI_REGISTER;
    two[1] = firstValue;
    two[2] = second & SPI_REGISTER;
    two[3] = secondValue;
    this.open().transfer(two);
  }

  close(): void {
    this.#io?.close();
    this.#io = undefined;
  }

  private open(): SPI {
    if (this.#io === undefined) throw new Error(`${this.#name}: closed`);
    return this.#io;
  }
}
