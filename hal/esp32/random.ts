/**
 * Chance from the platform. XS draws `Math.random` from `esp_random` on an ESP32: hardware noise while the radio is on.
 * On `lin` it is C's `rand` without a seed, the same in every run: so a salt, taken from the time of start, is mixed in.
 */
import type { Random } from "../random";

/** A draw has 31 bits; the upper 16 of two draws make one number. */
const HALF = 65_536;

export class SdkRandom implements Random {
  readonly #salt: number;

  constructor(salt: number) {
    this.#salt = salt;
  }

  uint32(): number {
    const high = Math.floor(Math.random() * HALF);
    const low = Math.floor(Math.random() * HALF);
    return ((high * HALF + low) ^ this.#salt) >>> 0;
  }
}
