/**
 * The classes of the Moddable SDK's `crc` module: a checksum that goes on from call to call until it is reset.
 * Parameters are those of the Rocksoft model: polynomial, initial value, reflection of input and output, final exclusive-or.
 */
import type { ByteBuffer } from "../../hal/io";
import { bytesOf } from "../../hal/io-options";

class Checksum {
  readonly #bits: number;
  readonly #polynomial: number;
  readonly #initial: number;
  readonly #reflectInput: boolean;
  readonly #reflectOutput: boolean;
  readonly #xorOutput: number;
  #value: number;

  constructor(bits: number, polynomial: number, initial: number, input: boolean, output: boolean, xor: number) {
    this.#bits = bits;
    this.#polynomial = polynomial;
    this.#initial = this.#value = initial;
    this.#reflectInput = input;
    this.#reflectOutput = output;
    this.#xorOutput = xor;
  }

  /** Takes the bytes in and returns the checksum of all since the last reset. */
  checksum(bytes: ByteBuffer): number {
    const top = 1 << (this.#bits - 1);
    const mask = 2 ** this.#bits - 1;
    for (const byte of bytesOf(bytes)) {
      this.#value ^= (this.#reflectInput ? reflect(byte, 8) : byte) << (this.#bits - 8);
      for (let bit = 0; bit < 8; bit++)
        this.#value = ((this.#value & top) === 0 ? this.#value << 1 : (this.#value << 1) ^ this.#polynomial) & mask;
    }
    return (this.#reflectOutput ? reflect(this.#value, this.#bits) : this.#value) ^ this.#xorOutput;
  }

  reset(): this {
    this.#value = this.#initial;
    return this;
  }

  close(): void {}
}

export class CRC8 extends Checksum {
  constructor(polynomial: number, initial = 0, reflectInput = false, reflectOutput = false, xorOutput = 0) {
    super(8, polynomial, initial, reflectInput, reflectOutput, xorOutput);
  }
}

export class CRC16 extends Checksum {
  constructor(polynomial: number, initial = 0, reflectInput = false, reflectOutput = false, xorOutput = 0) {
    super(16, polynomial, initial, reflectInput, reflectOutput, xorOutput);
  }
}

function reflect(value: number, bits: number): number {
  let reflected = 0;
  for (let bit = 0; bit < bits; bit++) if (value & (1 << bit)) reflected |= 1 << (bits - 1 - bit);
  return reflected;
}
