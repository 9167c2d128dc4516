/**
 * Reed-Solomon codes RS(15, k) over GF(16), k = 11, 7, 4, 2: the outer codes of PHY I. Here the encoder, in rs16-decoder.ts
 * the decoder, which a transmitter does not need.
 *
 * Systematic: message symbols first, highest degree first, then parity. First root of the generator: α^1; one public source
 * has α^0, so it is a switch.
 */
import { GF16_EXP, gf16Multiply } from "./gf16";

export const RS_N = 15;
export type RsK = 11 | 7 | 4 | 2;
export type RsFirstRoot = 1 | 0;

/** Parity symbols that one 32-bit word holds. */
const SYMBOLS_PER_WORD = 8;

/**
 * Division by the generator as a shift register of up to 16 symbols in two words, the next symbol to leave on top of `high`.
 * For each symbol that is fed back: what it adds to the register.
 */
export type RsCode = {
  readonly k: RsK;
  readonly firstRoot: RsFirstRoot;
  readonly high: Int32Array;
  readonly low: Int32Array;
};

const CODES: readonly RsCode[] = [
  /* @__PURE__ */ makeCode(11, 1),
  /* @__PURE__ */ makeCode(7, 1),
  /* @__PURE__ */ makeCode(4, 1),
  /* @__PURE__ */ makeCode(2, 1),
];

/** The codes with the usual first root are made once and shared. */
export function rsCode(k: RsK, firstRoot: RsFirstRoot = 1): RsCode {
  for (let i = 0; i < CODES.length; i++) if (CODES[i].k === k && CODES[i].firstRoot === firstRoot) return CODES[i];
  return makeCode(k, firstRoot);
}

/** Product of (x - α^i) for i = first … first+14-k; coefficients from the highest power to the lowest. */
export function rsGenerator(k: RsK, firstRoot: RsFirstRoot = 1): Uint8Array {
  const generator = new Uint8Array(RS_N - k + 1);
  generator[0] = 1;
  for (let root = 0; root < RS_N - k; root++)
    for (let i = root + 1; i > 0; i--) generator[i] ^= gf16Multiply(generator[i - 1], GF16_EXP[root + firstRoot]);
  return generator;
}

// hot path
/** Writes the parity of the k message symbols at `word[offset]` behind them. */
export function rsEncode(code: RsCode, word: Uint8Array, offset: number): void {
  const feedHigh = code.high;
  const end = offset + code.k;
  const last = offset + RS_N;
  let high = 0;
  if (RS_N - code.k <= SYMBOLS_PER_WORD) {
    for (let i = offset; i < end; i++) high = (high << 4) ^ feedHigh[word[i] ^ (high >>> 28)];
    for (let i = end; i < last; i++, high <<= 4) word[i] = high >>> 28;
    return;
  }
  const feedLow = code.low;
  let low = 0;
  for (let i = offset; i < end; i++) {
    const symbol = word[i] ^ (high >>> 28);
    high = ((high << 4) | (low >>> 28)) ^ feedHigh[symbol];
    low = (low << 4) ^ feedLow[symbol];
  }
  for (let i = end; i < last; i++) {
    word[i] = high >>> 28;
    high = (high << 4) | (low >>> 28);
    low <<= 4;
  }
}

function makeCode(k: RsK, firstRoot: RsFirstRoot): RsCode {
  const generator = rsGenerator(k, firstRoot);
  const high = new Int32Array(16);
  const low = new Int32Array(16);
  for (let symbol = 0; symbol < 16; symbol++)
    for (let i = 1; i < generator.length; i++) {
      const product = gf16Multiply(symbol, generator[i]);
      if (i <= SYMBOLS_PER_WORD) high[symbol] |= product << (32 - 4 * i);
      else low[symbol] |= product << (64 - 4 * i);
    }
  return { k, firstRoot, high, low };
}
