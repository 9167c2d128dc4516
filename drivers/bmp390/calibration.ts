/**
 * The BMP390's calibration words and what they make of a raw value: after BST-BMP390-DS002 section 3.11.1 (words) and
 * appendix 8.4 to 8.6 (scaling and compensation in floating point).
 */

/** Words by the names of the sheet, as they stand in the part. */
export type CalibrationWords = {
  readonly T: readonly [number, number, number];
  readonly P: readonly [number, number, number, number, number, number, number, number, number, number, number];
};

/** Powers of two by which the words are divided: 2^n without `Math.pow`, exact. */
const TWO_30 = 1_073_741_824;
const TWO_48 = 281_474_976_710_656;

export class Calibration {
  #t1 = 0;
  #t2 = 0;
  #t3 = 0;
  #p1 = 0;
  #p2 = 0;
  #p3 = 0;
  #p4 = 0;
  #p5 = 0;
  #p6 = 0;
  #p7 = 0;
  #p8 = 0;
  #p9 = 0;
  #p10 = 0;
  #p11 = 0;
  /** The temperature that was computed last, which pressure needs. */
  #cel = 0;

  set({ T, P }: CalibrationWords): void {
    this.#t1 = T[0] * 256;
    this.#t2 = T[1] / TWO_30;
    this.#t3 = T[2] / TWO_48;
    this.#p1 = (P[0] - 16_384) / 1_048_576;
    this.#p2 = (P[1] - 16_384) / 536_870_912;
    this.#p3 = P[2] / 4_294_967_296;
    this.#p4 = P[3] / 137_438_953_472;
    this.#p5 = P[4] * 8;
    this.#p6 = P[5] / 64;
    this.#p7 = P[6] / 256;
    this.#p8 = P[7] / 32_768;
    this.#p9 = P[8] / TWO_48;
    this.#p10 = P[9] / TWO_48;
    this.#p11 = P[10] / TWO_48 / 131_072;
  }

  // hot path
  /** Degree Celsius. */
  temperatureCel(raw: number): number {
    const from = raw - this.#t1;
    this.#cel = from * this.#t2 + from * from * this.#t3;
    return this.#cel;
  }

  // hot path
  /** Pa, at the temperature that was computed last. */
  pressurePa(raw: number): number {
    const t = this.#cel;
    const t2 = t * t;
    const t3 = t2 * t;
    const offset = this.#p5 + this.#p6 * t + this.#p7 * t2 + this.#p8 * t3;
    const linear = raw * (this.#p1 + this.#p2 * t + this.#p3 * t2 + this.#p4 * t3);
    const bent = raw * raw * (this.#p9 + this.#p10 * t) + raw * raw * raw * this.#p11;
    return offset + linear + bent;
  }
}

/** Registers 0x31 to 0x45 by position, as words. */
export function decodeWords(byte: (index: number) => number): CalibrationWords {
  const u16 = (i: number) => byte(i) | (byte(i + 1) << 8);
  const s16 = (i: number) => (u16(i) << 16) >> 16;
  const s8 = (i: number) => (byte(i) << 24) >> 24;
  return {
    T: [u16(0), u16(2), s8(4)],
    P: [s16(5), s16(7), s8(9), s8(10), u16(11), u16(13), s8(15), s8(16), s16(17), s8(19), s8(20)],
  };
}

/** Where each word begins, and how many bytes it has. */
const PLACES_T = [
  [0, 2],
  [2, 2],
  [4, 1],
] as const;
const PLACES_P = [
  [5, 2],
  [7, 2],
  [9, 1],
  [10, 1],
  [11, 2],
  [13, 2],
  [15, 1],
  [16, 1],
  [17, 2],
  [19, 1],
  [20, 1],
] as const;

/** Writes the words where the part has them. */
export function encodeWords({ T, P }: CalibrationWords, into: Uint8Array): void {
  const put = (word: number, [at, bytes]: readonly [number, number]) => {
    into[at] = word;
    if (bytes === 2) into[at + 1] = word >> 8;
  };
  T.forEach((word, i) => {
    put(word, PLACES_T[i]);
  });
  P.forEach((word, i) => {
    put(word, PLACES_P[i]);
  });
}
