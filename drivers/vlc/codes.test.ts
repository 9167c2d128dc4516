/** The building blocks against independent known answers, and what must hold for every input. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CC_PATTERNS, CC_TAIL_BITS, type CcRate, ccCodedBits, ccEncode } from "./convolutional";
import { Crc16, type CrcVariant } from "./crc16";
import { fourBSixB, hardWord, softWord } from "./four-b-six-b";
import { GF16_EXP } from "./gf16";
import { manchesterSoftBits, manchesterTable } from "./manchester";
import { outerDecode, outerDepth, outerEncode, outerSymbols } from "./outer-code";
import { preambleSymbols, type Tdp, writePreamble } from "./preamble";
import { type RsFirstRoot, type RsK, rsCode, rsEncode, rsGenerator } from "./rs16";
import { Rs16Decoder } from "./rs16-decoder";
import { bitsOf, digitsOf, fromHex, symbolsOf, toHex, vectors } from "./vectors.test-suite";
import { ViterbiDecoder } from "./viterbi";

const present = vectors !== undefined;
const RS_KS: readonly RsK[] = [11, 7, 4, 2];
const RATES = Object.keys(CC_PATTERNS) as CcRate[];

const anyK = fc.constantFrom(...RS_KS);
const anyRoot = fc.constantFrom<RsFirstRoot>(1, 0);
const anySymbols = (length: number) => fc.uint8Array({ minLength: length, maxLength: length, max: 15 });

describe("CRC-16", () => {
  const variants: readonly [CrcVariant, number][] = [
    ["mcrf4xx", 0x6f91],
    ["ccitt-false", 0x29b1],
    ["kermit", 0x2189],
    ["x25", 0x906e],
    ["arc", 0xbb3d],
  ];
  it.each(variants)("%s of 123456789 is the check value of the catalogue", (variant, check) => {
    expect(new Crc16(variant).checksum(fromHex("313233343536373839"), 9)).toBe(check);
  });

  it.skipIf(!present)("agrees with the known answers in every variant", () => {
    for (const vector of vectors!.crc) {
      const data = fromHex(vector.data);
      for (const [variant] of variants)
        expect(new Crc16(variant).checksum(data, data.length)).toBe(Number.parseInt(vector[variant], 16));
    }
  });

  it("notices every single flipped bit", () => {
    const crc = new Crc16("mcrf4xx");
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), fc.nat(), (payload, where) => {
        const frame = new Uint8Array(payload.length + 2);
        frame.set(payload);
        crc.append(frame, payload.length);
        expect(crc.holds(frame, frame.length)).toBe(true);
        const bit = where % (frame.length * 8);
        frame[bit >> 3] ^= 1 << (bit & 7);
        expect(crc.holds(frame, frame.length)).toBe(false);
      }),
    );
  });
});

describe("GF(16) and Reed-Solomon", () => {
  it.skipIf(!present)("has the field and the generators of the known answers", () => {
    expect(Array.from(GF16_EXP.subarray(0, 15))).toEqual(vectors!.gf16.exp);
    for (const { n, k, coeffs_high_first } of vectors!.rs_generators)
      if (n === 15) expect(Array.from(rsGenerator(k as RsK))).toEqual(coeffs_high_first);
  });

  it.skipIf(!present)("encodes the known answers", () => {
    for (const { k, msg, codeword } of vectors!.rs16_encode) {
      const word = new Uint8Array(15);
      word.set(symbolsOf(msg));
      rsEncode(rsCode(k as RsK), word, 0);
      expect(digitsOf(word)).toBe(codeword);
    }
  });

  it.skipIf(!present)("decodes the known answers, and refuses those beyond its bound", () => {
    for (const { k, received, codeword, errors } of vectors!.rs16_decode) {
      const word = symbolsOf(received);
      expect(new Rs16Decoder().decode(rsCode(k as RsK), word, 0)).toBe(errors);
      expect(digitsOf(word)).toBe(codeword ?? received);
    }
  });

  it("corrects every pattern of up to t errors", () => {
    fc.assert(
      fc.property(
        anyK,
        anyRoot,
        anySymbols(15),
        fc.uniqueArray(fc.nat(14), { maxLength: 6 }),
        anySymbols(6),
        (k, root, message, at, by) => {
          const code = rsCode(k, root);
          const sent = Uint8Array.from(message);
          rsEncode(code, sent, 0);
          expect(new Rs16Decoder().decode(code, Uint8Array.from(sent), 0)).toBe(0);
          const positions = at.slice(0, Math.floor((15 - k) / 2));
          const received = Uint8Array.from(sent);
          positions.forEach((position, i) => {
            received[position] ^= by[i] || 1;
          });
          expect(new Rs16Decoder().decode(code, received, 0)).toBe(positions.length);
          expect(received).toEqual(sent);
        },
      ),
    );
  });

  it("turns whatever arrives into a code word, or leaves it alone", () => {
    fc.assert(
      fc.property(anyK, anyRoot, anySymbols(15), (k, root, received) => {
        const code = rsCode(k, root);
        const decoder = new Rs16Decoder();
        const word = Uint8Array.from(received);
        if (decoder.decode(code, word, 0) < 0) expect(word).toEqual(received);
        else expect(decoder.decode(code, word, 0)).toBe(0);
      }),
    );
  });
});

describe("outer code with interleaver and puncturing", () => {
  /** Codes and decodes with work space of its own; what it held before must not matter. */
  function workOf(k: RsK, symbols: number) {
    const rows = new Uint8Array(15 * outerDepth(k, symbols)).fill(0xff);
    const sent = new Uint8Array((outerSymbols(k, symbols) + 1) >> 1).fill(0xff);
    const back = new Uint8Array((symbols + 1) >> 1).fill(0xff);
    return { rows, sent, back };
  }

  it.skipIf(!present)("gives the known answers and takes them back", () => {
    for (const vector of vectors!.outer_encode) {
      const { S_frame, D, S } = vector.params;
      const k = vector.k as RsK;
      expect(outerDepth(k, S_frame)).toBe(D);
      expect(outerSymbols(k, S_frame)).toBe(S);
      const { rows, sent, back } = workOf(k, S_frame);
      const message = fromHex(vector.in.packed);
      expect(outerEncode(rsCode(k), message, S_frame, rows, sent)).toBe(S);
      expect(toHex(sent)).toBe(vector.out.packed);
      const digits = Array.from(sent, (octet) => (octet & 15).toString(16) + (octet >> 4).toString(16)).join("");
      expect(digits.slice(0, S)).toBe(vector.out_symbols);
      const known = vector.rs_rows.join("");
      // The rows as the code left them: parity still at their ends in all but the last, which the interleaver has moved.
      expect(digitsOf(rows).slice(0, 15 * (D - 1))).toBe(known.slice(0, 15 * (D - 1)));
      expect(outerDecode(rsCode(k), new Rs16Decoder(), sent, S_frame, rows, back)).toBe(0);
      expect(back).toEqual(message);
    }
  });

  it("repairs a burst that hits each code word with at most t symbols", () => {
    fc.assert(
      fc.property(anyK, anyRoot, fc.integer({ min: 1, max: 60 }), fc.nat(), (k, root, length, where) => {
        const code = rsCode(k, root);
        const { rows, sent, back } = workOf(k, length);
        const message = Uint8Array.from({ length: (length + 1) >> 1 }, (_, i) => (i * 73 + where) & 0xff);
        if (length & 1) message[length >> 1] &= 15;
        const symbols = outerEncode(code, message, length, rows, sent);
        const burst = Math.floor((15 - k) / 2) * (Math.ceil(length / k) - 1);
        const start = where % Math.max(1, symbols - burst);
        for (let i = start; i < Math.min(symbols, start + burst); i++) sent[i >> 1] ^= 9 << (4 * (i & 1));
        expect(outerDecode(code, new Rs16Decoder(), sent, length, rows, back)).toBeGreaterThanOrEqual(0);
        expect(back).toEqual(message);
      }),
    );
  });
});

describe("convolutional code", () => {
  it.skipIf(!present)("encodes the known answers at every rate", () => {
    for (const vector of vectors!.cc_encode)
      for (const rate of RATES) {
        const octets = Math.ceil(vector[rate].n / 8);
        const coded = new Uint8Array(octets + 4).fill(0xff);
        expect(ccCodedBits(rate, vector.in.n)).toBe(vector[rate].n);
        ccEncode(rate, fromHex(vector.in.packed), vector.in.n, coded, 0);
        expect(toHex(coded.subarray(0, octets))).toBe(vector[rate].packed);
        const soft = Int32Array.from(bitsOf(vector[rate]), (bit) => (bit === "1" ? 3 : -3));
        for (const wrong of [-1, vector[rate].n >> 1]) {
          if (wrong >= 0) soft[wrong] *= -1;
          const back = new Uint8Array(Math.ceil(vector.in.n / 8));
          const clean = new ViterbiDecoder(vector.in.n).decode(rate, soft, vector.in.n, back);
          if (wrong < 0) expect(clean).toBe(true);
          expect(bitsOf({ n: vector.in.n, packed: toHex(back) })).toBe(bitsOf(vector.in));
        }
      }
  });

  it.each(RATES)("rate %s: the decoder takes back what was sent, with and without the search", (rate) => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(), (input, where) => {
        const { bits, soft } = codedSoftBits(rate, input);
        const decoder = new ViterbiDecoder(bits);
        const out = new Uint8Array(input.length);
        expect(decoder.decode(rate, soft, bits, out)).toBe(true);
        expect(out).toEqual(input);
        // One wrong bit anywhere is within the free distance of every rate.
        soft[where % soft.length] *= -1;
        out.fill(0);
        decoder.decode(rate, soft, bits, out);
        expect(out).toEqual(input);
      }),
    );
  });

  it("rate 1/4: corrects 9 wrong bits, less than half of the free distance of 20", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 4, maxLength: 14 }),
        fc.uniqueArray(fc.nat(10_000), { minLength: 9, maxLength: 9 }),
        (input, where) => {
          const { bits, soft } = codedSoftBits("1/4", input);
          for (const place of new Set(where.map((number) => number % soft.length))) soft[place] *= -1;
          const out = new Uint8Array(input.length);
          new ViterbiDecoder(bits).decode("1/4", soft, bits, out);
          expect(out).toEqual(input);
        },
      ),
    );
  });

  it("finds the likeliest word: none of the code correlates better", () => {
    const bits = 6;
    const words = Array.from({ length: 1 << bits }, (_, word) => codedSoftBits("1/3", Uint8Array.of(word), bits).soft);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 36, maxLength: 36 }), (noise) => {
        const soft = Int32Array.from(noise);
        const out = new Uint8Array(1);
        new ViterbiDecoder(bits).decode("1/3", soft, bits, out);
        const scores = words.map((word) => word.reduce((sum, bit, i) => sum + bit * soft[i], 0));
        expect(scores[out[0]]).toBe(Math.max(...scores));
      }),
    );
  });

  it("stays exact with the largest soft bits over thousands of steps", () => {
    const input = Uint8Array.from({ length: 1023 }, (_, i) => (i * 73) & 0xff);
    const { bits, soft } = codedSoftBits("1/4", input);
    for (let i = 0; i < soft.length; i++) soft[i] *= (i >> 1) % 11 === 0 ? -(2 ** 18) : 2 ** 20;
    const out = new Uint8Array(input.length);
    expect(new ViterbiDecoder(bits).decode("1/4", soft, bits, out)).toBe(false);
    expect(out).toEqual(input);
  });
});

describe("Manchester", () => {
  it.skipIf(!present)("gives the known answers in both polarities", () => {
    for (const vector of vectors!.manchester)
      for (const [polarity, out] of [
        ["0=01", vector.out],
        ["0=10", vector.out_inverted],
      ] as const) {
        const table = manchesterTable(polarity);
        const words = Array.from(fromHex(vector.in.packed), (octet) => table[octet].toString(2).padStart(16, "0"));
        expect(words.join("")).toBe(bitsOf(out));
        const chips = Int32Array.from(bitsOf(out), Number);
        const bits = new Int32Array(vector.in.n);
        manchesterSoftBits(chips, 0, vector.in.n, polarity, bits);
        expect(Array.from(bits, (bit) => (bit > 0 ? "1" : "0")).join("")).toBe(bitsOf(vector.in));
      }
  });

  it("is read back from soft chips on any background", () => {
    for (const polarity of ["0=01", "0=10"] as const) {
      const chips = manchesterTable(polarity)[0xc5].toString(2).padStart(16, "0");
      const soft = Int32Array.from(chips, (chip) => 5_000 + 30 * Number(chip));
      const bits = new Int32Array(8);
      manchesterSoftBits(soft, 0, 8, polarity, bits);
      expect(Array.from(bits, (bit) => (bit > 0 ? 1 : 0))).toEqual([1, 0, 1, 0, 0, 0, 1, 1]);
    }
  });
});

describe("4B6B", () => {
  const codes = [
    ["lsb", "left", "out"],
    ["msb", "left", "out_msb_index"],
    ["lsb", "right", "out_reversed_word"],
  ] as const;

  it.skipIf(!present)("has the known table and gives the known answers in the three orders", () => {
    const usual = fourBSixB("lsb", "left");
    expect(Array.from(usual.words, (word) => bitString(Uint8Array.of(word), 6))).toEqual(vectors!["4b6b"].table);
    expect(vectors!["4b6b"].cases.length).toBe(3);
    for (const vector of vectors!["4b6b"].cases)
      for (const [index, direction, field] of codes) {
        const code = fourBSixB(index, direction);
        const octets = fromHex(vector.in.packed);
        let bits = "";
        for (let i = 0; i < vector.in.n; i += 4) {
          const value = (octets[i >> 3] >> (i & 7)) & 15;
          bits += bitString(Uint8Array.of(code.words[value]), 6);
        }
        expect(bits).toBe(bitsOf(vector[field]));
        const soft = Int32Array.from(bits, (bit) => (bit === "1" ? 7 : -7));
        for (let i = 0; i < vector.in.n; i += 4) {
          const value = (octets[i >> 3] >> (i & 7)) & 15;
          expect(softWord(code, soft, (i / 4) * 6)).toBe(value);
          expect(hardWord(code, soft, (i / 4) * 6)).toBe(value);
        }
      }
  });

  it("takes the word that correlates best", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -99, max: 99 }), { minLength: 6, maxLength: 6 }), (noise) => {
        const code = fourBSixB("lsb", "left");
        const soft = Int32Array.from(noise);
        const score = (value: number) =>
          noise.reduce((sum, level, i) => sum + ((code.words[value] >> i) & 1 ? level : -level), 0);
        const best = Math.max(...Array.from({ length: 16 }, (_, value) => score(value)));
        expect(score(softWord(code, soft, 0))).toBe(best);
      }),
    );
  });

  it("has three ones in each word, so that light does not depend on what is said", () => {
    for (const word of fourBSixB("lsb", "left").words)
      expect(bitString(Uint8Array.of(word), 6).split("1").length).toBe(4);
  });
});

describe("preamble", () => {
  it.skipIf(!present)("is the known one for P1 to P4", () => {
    expect(vectors!.preamble.length).toBe(4);
    for (const { flp, tdp, bits } of vectors!.preamble) {
      const choice = { flp, tdp: tdp as Tdp, preambleCode: "plain", manchester: "0=01" } as const;
      const chips = new Uint8Array(32).fill(0xff);
      writePreamble(choice, chips);
      expect(bitString(chips, preambleSymbols(choice))).toBe(bits);
      const twice = { ...choice, preambleCode: "manchester" } as const;
      const doubled = Array.from(bits, (bit) => (bit === "1" ? "10" : "01")).join("");
      writePreamble(twice, chips);
      expect(bitString(chips, preambleSymbols(twice))).toBe(doubled);
    }
  });
});

/** Input octets through the encoder, as soft bits +1 and -1. */
function codedSoftBits(rate: CcRate, input: Uint8Array, bits = input.length * 8) {
  const count = ccCodedBits(rate, bits);
  expect(count).toBeGreaterThanOrEqual(bits + CC_TAIL_BITS);
  const coded = new Uint8Array(Math.ceil(count / 8) + 4);
  ccEncode(rate, input, bits, coded, 0);
  const soft = Int32Array.from({ length: count }, (_, i) => (((coded[i >> 3] >> (i & 7)) & 1) === 1 ? 1 : -1));
  return { bits, soft };
}

function bitString(octets: Uint8Array, count: number): string {
  return bitsOf({ n: count, packed: toHex(octets) });
}
