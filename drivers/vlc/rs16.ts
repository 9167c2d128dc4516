/**
 * Reed-Solomon codes RS(15, k) over GF(16), k = 11, 7, 4, 2: the outer codes of PHY I.
 *
 * Systematic: message symbols first, highest degree first, then parity. First root of the generator: α^1.
 * The decoder is a bounded-distance decoder: it corrects up to t symbols or says that it cannot.
 */
import { GF16_EXP, GF16_LOG, GF16_ORDER, gf16Divide, gf16Multiply } from "./gf16";

export const RS_N = 15;
export type RsK = 11 | 7 | 4 | 2;

/** Product of (x - α^i) for i = 1 … 15-k; coefficients from the highest power to the lowest. */
export function rsGenerator(k: RsK): Uint8Array {
  const generator = new Uint8Array(RS_N - k + 1);
  generator[0] = 1;
  for (let root = 1; root <= RS_N - k; root++)
    for (let i = root; i > 0; i--) generator[i] ^= gf16Multiply(generator[i - 1], GF16_EXP[root]);
  return generator;
}

export class Rs16 {
  readonly k: RsK;
  readonly #parity: number;
  /** Product of each feedback symbol with the generator's lower coefficients: row after row. */
  readonly #feedback: Uint8Array;
  readonly #syndromes: Uint8Array;
  readonly #locator: Uint8Array;
  readonly #previous: Uint8Array;
  readonly #scratch: Uint8Array;
  readonly #positions: Uint8Array;

  constructor(k: RsK) {
    const parity = RS_N - k;
    const generator = rsGenerator(k);
    this.k = k;
    this.#parity = parity;
    this.#feedback = new Uint8Array(16 * parity);
    for (let symbol = 0; symbol < 16; symbol++)
      for (let i = 0; i < parity; i++) this.#feedback[symbol * parity + i] = gf16Multiply(symbol, generator[i + 1]);
    this.#syndromes = new Uint8Array(parity);
    this.#locator = new Uint8Array(parity + 1);
    this.#previous = new Uint8Array(parity + 1);
    this.#scratch = new Uint8Array(parity + 1);
    this.#positions = new Uint8Array(parity);
  }

  // hot path
  /** Writes the parity of the k message symbols at `word[offset]` behind them. */
  encode(word: Uint8Array, offset: number): void {
    const parity = this.#parity;
    const feedback = this.#feedback;
    const at = offset + this.k;
    for (let i = 0; i < parity; i++) word[at + i] = 0;
    for (let m = offset; m < at; m++) {
      const row = (word[m] ^ word[at]) * parity;
      for (let i = 1; i < parity; i++) word[at + i - 1] = word[at + i] ^ feedback[row + i - 1];
      word[at + parity - 1] = feedback[row + parity - 1];
    }
  }

  /**
   * Corrects the 15 symbols at `word[offset]` in place.
   * @returns the number of symbols corrected, or -1: more errors than the code bears, nothing was changed
   */
  decode(word: Uint8Array, offset: number): number {
    if (this.#checkSyndromes(word, offset)) return 0;
    const errors = this.#findLocator();
    if (2 * errors > this.#parity) return -1;
    if (this.#findPositions(errors) !== errors) return -1;
    this.#correct(word, offset, errors);
    return errors;
  }

  /** The received word at each root of the generator. True: all zero, the word is a code word. */
  #checkSyndromes(word: Uint8Array, offset: number): boolean {
    const syndromes = this.#syndromes;
    let any = 0;
    for (let root = 1; root <= syndromes.length; root++) {
      let sum = 0;
      for (let i = 0; i < RS_N; i++) sum = (sum === 0 ? 0 : GF16_EXP[GF16_LOG[sum] + root]) ^ word[offset + i];
      syndromes[root - 1] = sum;
      any |= sum;
    }
    return any === 0;
  }

  /** Berlekamp-Massey: the shortest error locator polynomial, lowest power first. Returns the number of errors. */
  #findLocator(): number {
    const syndromes = this.#syndromes;
    const locator = this.#locator.fill(0);
    const previous = this.#previous.fill(0);
    const scratch = this.#scratch;
    locator[0] = previous[0] = 1;
    let errors = 0;
    let gap = 1;
    let previousDiscrepancy = 1;
    for (let step = 0; step < syndromes.length; step++) {
      let discrepancy = syndromes[step];
      for (let i = 1; i <= errors; i++) discrepancy ^= gf16Multiply(locator[i], syndromes[step - i]);
      if (discrepancy === 0) {
        gap++;
        continue;
      }
      const factor = gf16Divide(discrepancy, previousDiscrepancy);
      const longer = 2 * errors <= step;
      if (longer) scratch.set(locator);
      for (let i = gap; i < locator.length; i++) locator[i] ^= gf16Multiply(factor, previous[i - gap]);
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
  #findPositions(errors: number): number {
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

  /** Forney: with the first root α^1 an error's value is Ω(1/X) / Λ'(1/X). */
  #correct(word: Uint8Array, offset: number, errors: number): void {
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
      const value = gf16Divide(evaluate(evaluator, errors - 1, inverse), derivative);
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
