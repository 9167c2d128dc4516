/**
 * The decoder of RS(15, k): bounded distance, it corrects up to t symbols or says that it cannot. One object serves all codes,
 * so that a receiver holds its work space once.
 */
import { GF16_EXP, GF16_LOG, GF16_ORDER, gf16Divide, gf16Multiply } from "./gf16";
import { RS_N, type RsCode } from "./rs16";

/** Of k = 2, the code with the most. */
const MAX_PARITY = 13;

export class Rs16Decoder {
  readonly #syndromes = new Uint8Array(MAX_PARITY);
  readonly #locator = new Uint8Array(MAX_PARITY + 1);
  readonly #previous = new Uint8Array(MAX_PARITY + 1);
  readonly #scratch = new Uint8Array(MAX_PARITY + 1);
  readonly #positions = new Uint8Array(MAX_PARITY);

  /**
   * Corrects the 15 symbols at `word[offset]` in place.
   * @returns the number of symbols corrected, or -1: more errors than the code bears, nothing was changed
   */
  decode(code: RsCode, word: Uint8Array, offset: number): number {
    const parity = RS_N - code.k;
    if (this.checkSyndromes(word, offset, parity, code.firstRoot)) return 0;
    const errors = this.findLocator(parity);
    if (2 * errors > parity) return -1;
    if (this.findPositions(errors) !== errors) return -1;
    this.correct(word, offset, errors, code.firstRoot);
    return errors;
  }

  /** The received word at each root of the generator. True: all zero, the word is a code word. */
  private checkSyndromes(word: Uint8Array, offset: number, parity: number, firstRoot: number): boolean {
    const syndromes = this.#syndromes;
    let any = 0;
    for (let s = 0; s < parity; s++) {
      const root = s + firstRoot;
      let sum = 0;
      for (let i = 0; i < RS_N; i++) sum = (sum === 0 ? 0 : GF16_EXP[GF16_LOG[sum] + root]) ^ word[offset + i];
      syndromes[s] = sum;
      any |= sum;
    }
    return any === 0;
  }

  /** Berlekamp-Massey: the shortest error locator polynomial, lowest power first. Returns the number of errors. */
  private findLocator(parity: number): number {
    const syndromes = this.#syndromes;
    const locator = this.#locator.fill(0);
    const previous = this.#previous.fill(0);
    const scratch = this.#scratch;
    locator[0] = previous[0] = 1;
    let errors = 0;
    let gap = 1;
    let previousDiscrepancy = 1;
    for (let step = 0; step < parity; step++) {
      let discrepancy = syndromes[step];
      for (let i = 1; i <= errors; i++) discrepancy ^= gf16Multiply(locator[i], syndromes[step - i]);
      if (discrepancy === 0) {
        gap++;
        continue;
      }
      const factor = gf16Divide(discrepancy, previousDiscrepancy);
      const longer = 2 * errors <= step;
      if (longer) scratch.set(locator);
      for (let i = gap; i <= parity; i++) locator[i] ^= gf16Multiply(factor, previous[i - gap]);
      if (!longer) {
        gap++;
        continue;
      }
      previous.set(scratch);
      previousDiscrepancy = discrepancy;
      errors = step + 1 - errors;
      gap = 1;
    }
    return errors;
  }

  /** Chien search: the exponents of the error positions. Returns how many roots the locator has. */
  private findPositions(errors: number): number {
    const locator = this.#locator;
    const positions = this.#positions;
    let found = 0;
    for (let exponent = 0; exponent < RS_N; exponent++) {
      if (evaluate(locator, errors, (GF16_ORDER - exponent) % GF16_ORDER) !== 0) continue;
      if (found === errors) return found + 1;
      positions[found++] = exponent;
    }
    return found;
  }

  /** Forney: with the first root α^1 an error's value is Ω(1/X) / Λ'(1/X); with α^0 it is X times that. */
  private correct(word: Uint8Array, offset: number, errors: number, firstRoot: number): void {
    const syndromes = this.#syndromes;
    const locator = this.#locator;
    const evaluator = this.#scratch.fill(0);
    for (let i = 0; i < errors; i++)
      for (let j = 0; j <= i; j++) evaluator[i] ^= gf16Multiply(locator[j], syndromes[i - j]);
    for (let e = 0; e < errors; e++) {
      const exponent = this.#positions[e];
      const inverse = (GF16_ORDER - exponent) % GF16_ORDER;
      let derivative = 0;
      for (let i = 1; i <= errors; i += 2)
        derivative ^= gf16Multiply(locator[i], GF16_EXP[(inverse * (i - 1)) % GF16_ORDER]);
      let value = gf16Divide(evaluate(evaluator, errors - 1, inverse), derivative);
      if (firstRoot === 0) value = gf16Multiply(value, GF16_EXP[exponent]);
      word[offset + RS_N - 1 - exponent] ^= value;
    }
  }
}

/** A polynomial, lowest power first, at α^exponent. */
function evaluate(polynomial: Uint8Array, degree: number, exponent: number): number {
  let sum = 0;
  for (let i = degree; i >= 0; i--) sum = (sum === 0 ? 0 : GF16_EXP[GF16_LOG[sum] + exponent]) ^ polynomial[i];
  return sum;
}
