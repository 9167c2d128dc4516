/**
 * Reed-Solomon over GF(256), shortened from RS(255, 223): RS(64, 32) and RS(160, 128), the outer codes of PHY II. PHY II is not built;
 * the code stands here because known answers for it do, and for whoever builds it. Nothing in a gateway links it.
 *
 * Field polynomial x^8+x^4+x^3+x^2+1, first root α^1, message first (reference section 1.6, confidence C2).
 */

const PARITY = 32;
const ORDER = 255;
const POLYNOMIAL = 0x11d;

/** α^i for i = 0 … 509: long enough for a sum of two logarithms. */
const EXP: Uint8Array = makeExp();
const LOG: Uint8Array = makeLog();
/** Highest power first. */
export const RS256_GENERATOR: Uint8Array = makeGenerator();

function multiply(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : EXP[LOG[a] + LOG[b]];
}

/** Writes the 32 octets of parity behind `word[0 .. k)`. */
export function rs256Encode(word: Uint8Array, k: number): void {
  word.fill(0, k, k + PARITY);
  for (let i = 0; i < k; i++) {
    const feedback = word[i] ^ word[k];
    word.copyWithin(k, k + 1, k + PARITY);
    word[k + PARITY - 1] = 0;
    for (let p = 0; p < PARITY; p++) word[k + p] ^= multiply(feedback, RS256_GENERATOR[p + 1]);
  }
}

/**
 * Corrects `word[0 .. n)` in place.
 * @returns octets corrected, or -1: more than 16 are wrong, nothing was changed
 */
export function rs256Decode(word: Uint8Array, n: number): number {
  const syndromes = syndromesOf(word, n);
  if (syndromes.every((syndrome) => syndrome === 0)) return 0;
  const locator = locatorOf(syndromes);
  const errors = locator.length - 1;
  if (2 * errors > PARITY) return -1;
  const exponents: number[] = [];
  for (let exponent = 0; exponent < ORDER; exponent++)
    if (valueAt(locator, (ORDER - exponent) % ORDER) === 0) exponents.push(exponent);
  // A root beyond the shortened word is in the zeros that were not sent.
  if (exponents.length !== errors || exponents.some((exponent) => exponent >= n)) return -1;
  for (const exponent of exponents) word[n - 1 - exponent] ^= errorValue(syndromes, locator, exponent);
  return errors;
}

function syndromesOf(word: Uint8Array, n: number): number[] {
  return Array.from({ length: PARITY }, (_, i) => {
    let sum = 0;
    for (let at = 0; at < n; at++) sum = multiply(sum, EXP[i + 1]) ^ word[at];
    return sum;
  });
}

/** Berlekamp-Massey, lowest power first; as long as the number of errors says, or longer than any that can be corrected. */
function locatorOf(syndromes: readonly number[]): number[] {
  let locator = [1];
  let previous = [1];
  let errors = 0;
  let gap = 1;
  let before = 1;
  for (let step = 0; step < syndromes.length; step++) {
    let discrepancy = syndromes[step];
    for (let i = 1; i <= errors; i++) discrepancy ^= multiply(locator[i] ?? 0, syndromes[step - i]);
    if (discrepancy === 0) {
      gap++;
      continue;
    }
    const factor = multiply(discrepancy, EXP[ORDER - LOG[before]]);
    const next = Array.from({ length: Math.max(locator.length, previous.length + gap) }, (_, i) => locator[i] ?? 0);
    for (let i = 0; i < previous.length; i++) next[i + gap] ^= multiply(factor, previous[i]);
    if (2 * errors <= step) {
      previous = locator;
      before = discrepancy;
      errors = step + 1 - errors;
      gap = 1;
    } else gap++;
    locator = next;
  }
  return Array.from({ length: errors + 1 }, (_, i) => locator[i] ?? 0);
}

/** Forney with the first root α^1. */
function errorValue(syndromes: readonly number[], locator: readonly number[], exponent: number): number {
  const inverse = (ORDER - exponent) % ORDER;
  const errors = locator.length - 1;
  const evaluator = Array.from({ length: errors }, (_, i) => {
    let sum = 0;
    for (let j = 0; j <= i; j++) sum ^= multiply(locator[j], syndromes[i - j]);
    return sum;
  });
  let derivative = 0;
  for (let i = 1; i <= errors; i += 2) derivative ^= multiply(locator[i], EXP[(inverse * (i - 1)) % ORDER]);
  return derivative === 0 ? 0 : multiply(valueAt(evaluator, inverse), EXP[ORDER - LOG[derivative]]);
}

function valueAt(polynomial: readonly number[], exponent: number): number {
  let sum = 0;
  for (let i = polynomial.length - 1; i >= 0; i--) sum = multiply(sum, EXP[exponent]) ^ polynomial[i];
  return sum;
}

function makeExp(): Uint8Array {
  const exp = new Uint8Array(2 * ORDER);
  let element = 1;
  for (let i = 0; i < exp.length; i++) {
    exp[i] = element;
    element <<= 1;
    if (element & 0x100) element ^= POLYNOMIAL;
  }
  return exp;
}

function makeLog(): Uint8Array {
  const log = new Uint8Array(256);
  for (let i = 0; i < ORDER; i++) log[EXP[i]] = i;
  return log;
}

function makeGenerator(): Uint8Array {
  const generator = new Uint8Array(PARITY + 1);
  generator[0] = 1;
  for (let root = 1; root <= PARITY; root++)
    for (let i = root; i > 0; i--) generator[i] ^= multiply(generator[i - 1], EXP[root]);
  return generator;
}
