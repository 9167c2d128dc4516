/**
 * From the MLX90640's words to temperatures (data sheet section 11). Each part has 832 words of calibration, of which every
 * pixel has one; they are kept as they come and taken apart when a pixel is worked out: 1.7 kB instead of the 9 kB that
 * unpacked values take.
 *
 *   load(words) -> beginFrame(aux) -> workOutRow(row, subpage, bytes)
 *
 * Additions, products and square roots only, so that engines agree to the last bit.
 */
import {
  Aux,
  COLUMNS,
  EEPROM_WORDS,
  Eeprom,
  INTERLEAVED,
  KELVIN,
  OTHER_DEVICE,
  REFLECTED_BELOW_AMBIENT,
} from "./constants";

const VDD_NOMINAL = 3.3;
const TA_NOMINAL = 25;
const PTAT_SCALE = 262_144;
/** Resolution of the converter that the driver asks for: 18 bits (control register, code 2). */
const RESOLUTION_CODE = 2;

/** Why a part's words cannot be used. */
export const LoadFault = { none: 0, otherDevice: 1, interleaved: 2, empty: 3 } as const;
export type LoadFault = (typeof LoadFault)[keyof typeof LoadFault];

export class Calibration {
  /** As it stands in the part. */
  readonly words = new Uint16Array(EEPROM_WORDS);
  /** Of columns, scaled. */
  readonly #offsetColumns = new Int16Array(COLUMNS);
  readonly #alphaColumns = new Int16Array(COLUMNS);
  // Of the part.
  #alphaUnit = 0;
  #ktaUnit = 0;
  #kvUnit = 0;
  #tgc = 0;
  #tgcAlpha = 0;
  #ksTa = 0;
  #ksTo0 = 0;
  #ksTo1 = 0;
  #ksTo2 = 0;
  #ksTo3 = 0;
  #ct2 = 0;
  #ct3 = 0;
  #corr0 = 1;
  #corr2 = 1;
  #corr3 = 1;
  // Of the frame.
  #gain = 1;
  #deltaTa = 0;
  #deltaVdd = 0;
  #taTr = 0;
  #sensitivity = 1;
  #emissivity = 1;
  #compensation0 = 0;
  #compensation1 = 0;
  // Of the row.
  #at = 0;
  #rowOffset = 0;
  #rowAlpha = 0;
  #rowKta = 0;
  #rowKv = 1;
  #rowCompensation = 0;

  /** Temperature of the part itself, from the last `beginFrame`. */
  ambientCel = TA_NOMINAL;
  /** Its supply. */
  vddVolt = VDD_NOMINAL;

  /** Takes `words` apart as far as that is worth it. */
  load(): LoadFault {
    const { words } = this;
    if (words[Eeprom.deviceSelect] & OTHER_DEVICE) return LoadFault.otherDevice;
    if (words[Eeprom.deviceSelect] & INTERLEAVED) return LoadFault.interleaved;
    // A line held low or high gives words without a gain, or all of one value.
    if (words[Eeprom.gain] === 0 || words[Eeprom.gain] === 0xffff || this.high(Eeprom.vdd) === 0)
      return LoadFault.empty;
    const offsetColumnScale = this.nibble(Eeprom.offsetScales, 1);
    const alphaColumnScale = this.nibble(Eeprom.alphaScales, 1);
    for (let column = 0; column < COLUMNS; column++) {
      this.#offsetColumns[column] = this.part4(Eeprom.offsetColumns, column) << offsetColumnScale;
      this.#alphaColumns[column] = this.part4(Eeprom.alphaColumns, column) << alphaColumnScale;
    }
    this.#alphaUnit = 1 / 2 ** (this.nibble(Eeprom.alphaScales, 3) + 30);
    this.#ktaUnit = 1 / 2 ** (this.nibble(Eeprom.scales, 1) + 8);
    this.#kvUnit = 1 / 2 ** this.nibble(Eeprom.scales, 2);
    this.#ksTa = this.high(Eeprom.ksTaTgc) / 8192;
    this.#tgc = this.low(Eeprom.ksTaTgc) / 32;
    this.#tgcAlpha = (this.#tgc * (this.compensationAlpha(0) + this.compensationAlpha(1))) / 2;
    this.loadKsTo();
    return LoadFault.none;
  }

  /** Number of the part, three words. */
  get uniqueID(): string {
    let text = "";
    for (let i = 0; i < 3; i++) text += this.words[Eeprom.id + i].toString(16).padStart(4, "0");
    return text;
  }

  /**
   * What all pixels of a frame share. `false`: these are no words of a measurement.
   * @param aux the 64 words behind the pixels
   */
  beginFrame(aux: Uint16Array, emissivity: number): boolean {
    const gainWord = signed16(aux[Aux.gain]);
    const vbe = signed16(aux[Aux.vbe]);
    const ptat = signed16(aux[Aux.ptat]);
    if (gainWord <= 0 || vbe <= 0 || ptat <= 0) return false;
    const { words } = this;
    this.#emissivity = emissivity;
    this.#gain = signed16(words[Eeprom.gain]) / gainWord;
    // Section 11.2.2.1 and 11.2.2.2: supply, then the part's own temperature.
    const resolution = 2 ** ((words[Eeprom.scales] & 0x3000) >> 12) / 2 ** RESOLUTION_CODE;
    const vdd25 = ((words[Eeprom.vdd] & 0xff) - 256) * 32 - 8192;
    this.#deltaVdd = (resolution * signed16(aux[Aux.vdd]) - vdd25) / (32 * this.high(Eeprom.vdd));
    this.vddVolt = VDD_NOMINAL + this.#deltaVdd;
    const slopes = words[Eeprom.ptatSlopes];
    const kv = ((slopes << 16) >> 26) / 4096;
    const kt = ((slopes << 22) >> 22) / 8;
    const alphaPtat = (words[Eeprom.offsetScales] >> 12) / 4 + 8;
    const art = (ptat / (ptat * alphaPtat + vbe)) * PTAT_SCALE;
    this.#deltaTa = (art / (1 + kv * this.#deltaVdd) - words[Eeprom.ptat25]) / kt;
    this.ambientCel = this.#deltaTa + TA_NOMINAL;
    this.#sensitivity = 1 + this.#ksTa * this.#deltaTa;
    const ta4 = fourth(this.ambientCel + KELVIN);
    const tr4 = fourth(this.ambientCel - REFLECTED_BELOW_AMBIENT + KELVIN);
    this.#taTr = tr4 - (tr4 - ta4) / emissivity;
    this.#compensation0 = this.compensation(signed16(aux[Aux.compensation0]), 0);
    this.#compensation1 = this.compensation(signed16(aux[Aux.compensation1]), 1);
    return true;
  }

  /** What the pixels of a row and a subpage share. @returns the first column that belongs to the subpage */
  beginRow(row: number, subpage: number): number {
    const first = (row & 1) ^ subpage;
    this.#at = Eeprom.pixels + row * COLUMNS;
    this.#rowOffset =
      signed16(this.words[Eeprom.offsetReference]) +
      (this.part4(Eeprom.offsetRows, row) << this.nibble(Eeprom.offsetScales, 2));
    this.#rowAlpha =
      this.words[Eeprom.alphaReference] + (this.part4(Eeprom.alphaRows, row) << this.nibble(Eeprom.alphaScales, 2));
    // In the chess pattern all pixels of a row have columns of one parity (sections 11.1.6 and 11.1.7, rows from 1 there).
    const word = first === 0 ? Eeprom.ktaOddColumns : Eeprom.ktaEvenColumns;
    this.#rowKta = row & 1 ? this.low(word) : this.high(word);
    const kv = this.words[Eeprom.kv] >> (row & 1 ? (first === 0 ? 8 : 0) : first === 0 ? 12 : 4);
    this.#rowKv = 1 + signed4(kv & 15) * this.#kvUnit * this.#deltaVdd;
    this.#rowCompensation = this.#tgc * (subpage === 0 ? this.#compensation0 : this.#compensation1);
    return first;
  }

  // hot path
  /**
   * Temperatures of what the pixels of a row and a subpage see, degree Celsius (sections 11.2.2.5 to 11.2.2.9): 16 of them, from
   * the first column of the subpage on, every second. NaN for a pixel that the maker marked as broken or as an outlier (section
   * 9), and for words that no object makes. All that the pixels share is in locals: on a device a picture is 768 times this loop.
   * @param bytes the row as it was read, two bytes a pixel
   * @returns the first column
   */
  workOutRow(row: number, subpage: number, bytes: Uint8Array, into: Float64Array): number {
    const first = this.beginRow(row, subpage);
    const words = this.words;
    const offsetColumns = this.#offsetColumns;
    const alphaColumns = this.#alphaColumns;
    const at = this.#at;
    const offsetScale = words[Eeprom.offsetScales] & 15;
    const alphaScale = words[Eeprom.alphaScales] & 15;
    const ktaScale = words[Eeprom.scales] & 15;
    const rowOffset = this.#rowOffset;
    const rowAlpha = this.#rowAlpha;
    const rowKta = this.#rowKta;
    const rowKv = this.#rowKv;
    const kta = this.#ktaUnit * this.#deltaTa;
    const gain = this.#gain;
    const compensation = this.#rowCompensation;
    const emissivity = this.#emissivity;
    const alphaUnit = this.#alphaUnit;
    const tgcAlpha = this.#tgcAlpha;
    const sensitivity = this.#sensitivity;
    const taTr = this.#taTr;
    const ksTo1 = this.#ksTo1;
    const flat = 1 - ksTo1 * KELVIN;
    const ct2 = this.#ct2;
    let i = 0;
    for (let column = first; column < COLUMNS; column += 2) {
      const word = words[at + column];
      if (word === 0 || (word & 1) !== 0) {
        into[i++] = Number.NaN;
        continue;
      }
      const raw = ((bytes[2 * column] << 24) >> 16) | bytes[2 * column + 1];
      const offset =
        (rowOffset + offsetColumns[column] + (((word << 16) >> 26) << offsetScale)) *
        (1 + (rowKta + (((word << 28) >> 29) << ktaScale)) * kta) *
        rowKv;
      const ir = (raw * gain - offset - compensation) / emissivity;
      const alpha =
        ((rowAlpha + alphaColumns[column] + (((word << 22) >> 26) << alphaScale)) * alphaUnit - tgcAlpha) * sensitivity;
      const sx = Math.sqrt(Math.sqrt(alpha * alpha * alpha * (ir + alpha * taTr))) * ksTo1;
      const near = Math.sqrt(Math.sqrt(ir / (alpha * flat + sx) + taTr)) - KELVIN;
      const slope = near >= 0 && near < ct2 ? 1 + ksTo1 * near : this.slope(near, near);
      into[i++] = Math.sqrt(Math.sqrt(ir / (alpha * slope) + taTr)) - KELVIN;
    }
    return first;
  }

  /** The word with which a pixel of the row says that it sees `celsius`: for the emulator. */
  rawFor(column: number, celsius: number): number {
    const word = this.words[this.#at + column];
    const ir = (fourth(celsius + KELVIN) - this.#taTr) * this.alpha(word, column) * this.slope(celsius, celsius);
    return (ir * this.#emissivity + this.#rowCompensation + this.offset(word, column)) / this.#gain;
  }

  /** What the pixel gives in the dark, at this temperature and supply. */
  private offset(word: number, column: number): number {
    const { words } = this;
    const offset =
      this.#rowOffset + this.#offsetColumns[column] + (((word << 16) >> 26) << (words[Eeprom.offsetScales] & 15));
    const kta = (this.#rowKta + (((word << 28) >> 29) << (words[Eeprom.scales] & 15))) * this.#ktaUnit;
    return offset * (1 + kta * this.#deltaTa) * this.#rowKv;
  }

  /** The pixel's sensitivity at this temperature. */
  private alpha(word: number, column: number): number {
    const steps =
      this.#rowAlpha + this.#alphaColumns[column] + (((word << 22) >> 26) << (this.words[Eeprom.alphaScales] & 15));
    return (steps * this.#alphaUnit - this.#tgcAlpha) * this.#sensitivity;
  }

  // hot path
  /** How the sensitivity changes with the object's temperature, in four ranges (section 11.2.2.9.1.3). */
  private slope(near: number, celsius: number): number {
    if (near < 0) return this.#corr0 * (1 + this.#ksTo0 * (celsius + 40));
    if (near < this.#ct2) return 1 + this.#ksTo1 * celsius;
    if (near < this.#ct3) return this.#corr2 * (1 + this.#ksTo2 * (celsius - this.#ct2));
    return this.#corr3 * (1 + this.#ksTo3 * (celsius - this.#ct3));
  }

  private loadKsTo(): void {
    const scales = this.words[Eeprom.ksToScales];
    const unit = 1 / 2 ** ((scales & 15) + 8);
    const step = ((scales & 0x3000) >> 12) * 10;
    this.#ct2 = ((scales >> 4) & 15) * step;
    this.#ct3 = this.#ct2 + ((scales >> 8) & 15) * step;
    this.#ksTo0 = this.low(Eeprom.ksTo01) * unit;
    this.#ksTo1 = this.high(Eeprom.ksTo01) * unit;
    this.#ksTo2 = this.low(Eeprom.ksTo23) * unit;
    this.#ksTo3 = this.high(Eeprom.ksTo23) * unit;
    this.#corr0 = 1 / (1 + this.#ksTo0 * 40);
    this.#corr2 = 1 + this.#ksTo1 * this.#ct2;
    this.#corr3 = this.#corr2 * (1 + this.#ksTo2 * (this.#ct3 - this.#ct2));
  }

  /** The pixels that see nothing but the part itself (section 11.2.2.6). */
  private compensation(word: number, subpage: number): number {
    const { words } = this;
    const first = (words[Eeprom.compensationOffset] << 22) >> 22;
    const offset = subpage === 0 ? first : first + ((words[Eeprom.compensationOffset] << 16) >> 26);
    const kta = this.low(Eeprom.compensationSlopes) * this.#ktaUnit;
    const kv = this.high(Eeprom.compensationSlopes) * this.#kvUnit;
    return word * this.#gain - offset * (1 + kta * this.#deltaTa) * (1 + kv * this.#deltaVdd);
  }

  private compensationAlpha(subpage: number): number {
    const word = this.words[Eeprom.compensationAlpha];
    const first = ((word << 22) >> 22) / 2 ** (this.nibble(Eeprom.alphaScales, 3) + 27);
    return subpage === 0 ? first : first * (1 + ((word << 16) >> 26) / 128);
  }

  /** A nibble of a word, from the least significant on. */
  private nibble(index: number, nibble: number): number {
    return (this.words[index] >> (4 * nibble)) & 15;
  }

  /** The `i`-th of signed nibbles that begin at a word, the least significant first. */
  private part4(index: number, i: number): number {
    return signed4(this.nibble(index + (i >> 2), i & 3));
  }

  private high(index: number): number {
    return (this.words[index] << 16) >> 24;
  }

  private low(index: number): number {
    return (this.words[index] << 24) >> 24;
  }
}

function signed16(word: number): number {
  return (word << 16) >> 16;
}

function signed4(nibble: number): number {
  return (nibble << 28) >> 28;
}

function fourth(value: number): number {
  const square = value * value;
  return square * square;
}
