/** The other end of `RegisterLink`: 8-bit registers that count up while they are read, on I2C or on SPI. */
import type { Emulator, I2CTarget, SPITarget } from "../emulation";
import type { DevicePlan } from "../plan";

const SPI_READ = 0x80;

export abstract class RegisterEmulator implements Emulator {
  readonly i2c?: I2CTarget;
  readonly spi?: SPITarget;
  readonly #spiDummyBytes: number;
  readonly #spiHighBit: number;
  #pointer = 0;

  /** @param spiHighBit what the register's eighth bit is on SPI, where the frame has seven */
  constructor(plan: DevicePlan, spiDummyBytes: number, spiHighBit: number) {
    this.#spiDummyBytes = spiDummyBytes;
    this.#spiHighBit = spiHighBit;
    if (plan.connection.io === "SPI")
      this.spi = {
        shift: (bytes) => this.#exchange(new Uint8Array(bytes)),
        exchange: (bytes) => this.#exchange(bytes),
      };
    else this.i2c = { write: (bytes) => this.#write(bytes), read: (into) => this.#read(into) };
  }

  protected abstract readRegister(register: number): number;
  protected abstract writeRegister(register: number, value: number): void;

  /** A register, then either nothing (it will be read) or pairs of value and register. */
  #write(bytes: Uint8Array): boolean {
    if (bytes.length === 0) return true;
    this.#pointer = bytes[0];
    for (let i = 0; i + 1 < bytes.length; i += 2) this.writeRegister(bytes[i], bytes[i + 1]);
    return true;
  }

  #read(into: Uint8Array): boolean {
    for (let i = 0; i < into.length; i++) {
      into[i] = this.readRegister(this.#pointer);
      this.#pointer = (this.#pointer + 1) & 0xff;
    }
    return true;
  }

  #exchange(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if ((bytes[0] & SPI_READ) === 0) {
      for (let i = 0; i + 1 < bytes.length; i += 2) this.writeRegister(bytes[i] | this.#spiHighBit, bytes[i + 1]);
      bytes.fill(0xff);
      return;
    }
    let register = (bytes[0] & ~SPI_READ) | this.#spiHighBit;
    bytes[0] = 0xff;
    for (let i = 1; i < bytes.length; i++) {
      if (i <= this.#spiDummyBytes) bytes[i] = 0xff;
      else bytes[i] = this.readRegister(register++ & 0xff);
    }
  }
}

/**
 * The raw value in 0 to `last` whose meaning is nearest to `wanted`, for a meaning that rises (or falls) all the way:
 * bisection, so that it needs no inverse formula and engines agree.
 */
export function invert(meaning: (raw: number) => number, wanted: number, last: number): number {
  const rising = meaning(last) > meaning(0);
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (meaning(middle) <= wanted === rising) low = middle;
    else high = middle;
  }
  const below = meaning(low) - wanted;
  const above = meaning(high) - wanted;
  return below * below <= above * above ? low : high;
}
