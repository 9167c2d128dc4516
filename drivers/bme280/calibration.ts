/**
 * The BME280's calibration words and what they make of a raw value: after BST-BME280-DS002 section 4.2.2 (words) and
 * appendix A 8.1 (compensation in floating point).
 *
 * `t_fine` is kept as a fraction, where the appendix cuts it to an integer: the difference is below the part's resolution.
 */

/** Words by the names of the sheet. */
export type CalibrationWords = {
  readonly T: readonly [number, number, number];
  readonly P: readonly [number, number, number, number, number, number, number, number, number];
  readonly H: readonly [number, number, number, number, number, number];
};

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
  #h1 = 0;
  #h2 = 0;
  #h3 = 0;
  #h4 = 0;
  #h5 = 0;
  #h6 = 0;
  /** Temperature in units of 1/5120 degree Celsius, which pressure and humidity need. */
  #fine = 0;

  set(words: CalibrationWords): void {
    [this.#t1, this.#t2, this.#t3] = words.T;
    [this.#p1, this.#p2, this.#p3, this.#p4, this.#p5, this.#p6, this.#p7, this.#p8, this.#p9] = words.P;
    [this.#h1, this.#h2, this.#h3, this.#h4, this.#h5, this.#h6] = words.H;
  }

  // hot path
  /** Degree Celsius. The other two use the temperature that was computed last. */
  temperatureCel(raw: number): number {
    const coarse = (raw / 16_384 - this.#t1 / 1_024) * this.#t2;
    const square = raw / 131_072 - this.#t1 / 8_192;
    this.#fine = coarse + square * square * this.#t3;
    return this.#fine / 5_120;
  }

  // hot path
  /** Pa. */
  pressurePa(raw: number): number {
    const warm = this.#fine / 2 - 64_000;
    const square = warm * warm;
    const offset = ((square * this.#p6) / 32_768 + warm * this.#p5 * 2) / 4 + this.#p4 * 65_536;
    const slope = (1 + ((this.#p3 * square) / 524_288 + this.#p2 * warm) / 524_288 / 32_768) * this.#p1;
    if (slope === 0) return 0;
    const p = ((1_048_576 - raw - offset / 4_096) * 6_250) / slope;
    return p + ((this.#p9 * p * p) / 2_147_483_648 + (p * this.#p8) / 32_768 + this.#p7) / 16;
  }

  // hot path
  /** Percent, within 0 and 100. */
  humidityPercent(raw: number): number {
    const humidity = this.humidityUnlimited(raw);
    return humidity < 0 ? 0 : humidity > 100 ? 100 : humidity;
  }

  // hot path
  humidityUnlimited(raw: number): number {
    const warm = this.#fine - 76_800;
    const base = raw - (this.#h4 * 64 + (this.#h5 / 16_384) * warm);
    const gain = (this.#h2 / 65_536) * (1 + (this.#h6 / 67_108_864) * warm * (1 + (this.#h3 / 67_108_864) * warm));
    const humidity = base * gain;
    return humidity * (1 - (this.#h1 * humidity) / 524_288);
  }
}

/** Registers 0x88 to 0xa1 and 0xe1 to 0xe7 by position, as words. */
export function decodeWords(low: (index: number) => number, high: (index: number) => number): CalibrationWords {
  const u16 = (i: number) => low(i) | (low(i + 1) << 8);
  const s16 = (i: number) => (u16(i) << 16) >> 16;
  const s12 = (word: number) => (word << 20) >> 20;
  return {
    T: [u16(0), s16(2), s16(4)],
    P: [u16(6), s16(8), s16(10), s16(12), s16(14), s16(16), s16(18), s16(20), s16(22)],
    H: [
      low(25),
      ((high(0) | (high(1) << 8)) << 16) >> 16,
      high(2),
      s12((high(3) << 4) | (high(4) & 0x0f)),
      s12((high(5) << 4) | (high(4) >> 4)),
      (high(6) << 24) >> 24,
    ],
  };
}

/** Writes the words where the part has them. */
export function encodeWords(words: CalibrationWords, low: Uint8Array, high: Uint8Array): void {
  [...words.T, ...words.P].forEach((word, i) => {
    low[2 * i] = word;
    low[2 * i + 1] = word >> 8;
  });
  const [h1, h2, h3, h4, h5, h6] = words.H;
  low[25] = h1;
  high.set([h2, h2 >> 8, h3, h4 >> 4, (h4 & 0x0f) | ((h5 & 0x0f) << 4), h5 >> 4, h6].map((byte) => byte & 0xff));
}
