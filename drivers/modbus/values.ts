/**
 * Values in registers: types, and the orders in which makers lay their bytes. One codec for reading and for writing, since masters
 * that have two disagree with themselves.
 *
 * An order is written in letters, A the most significant byte, as they come over the wire: `ABCD` is what the standard's big
 * endian would give, `CDAB` has its words swapped, `BADC` the bytes of each word, `DCBA` both. Eight letters for 64 bits.
 */

export const ValueType = {
  bit: 0,
  u16: 1,
  i16: 2,
  u32: 3,
  i32: 4,
  u64: 5,
  i64: 6,
  f32: 7,
  f64: 8,
  bcd16: 9,
  bcd32: 10,
} as const;
export type ValueType = (typeof ValueType)[keyof typeof ValueType];
export type ValueTypeName = keyof typeof ValueType;

export const VALUE_TYPES: readonly ValueTypeName[] = [
  "bit",
  "u16",
  "i16",
  "u32",
  "i32",
  "u64",
  "i64",
  "f32",
  "f64",
  "bcd16",
  "bcd32",
];

/** Registers (or coils) that a value takes, by type. */
const REGISTERS: readonly number[] = [1, 1, 1, 2, 2, 4, 4, 2, 4, 1, 2];

const WORD = 65_536;
const DOUBLE_WORD = 4_294_967_296;
const LETTER_A = 0x41;
/** In an order's number: the bytes of each register are swapped. */
const SWAPPED = 0x100;

export function registersOf(type: ValueType): number {
  return REGISTERS[type];
}

/** The order that the standard would have: A first. */
export function plainOrder(type: ValueType): number {
  return REGISTERS[type] === 4 ? 0b11_10_01_00 : 0b01_00;
}

/**
 * The number of an order for a type: two bits for the register in which each 16-bit part stands, most significant part lowest,
 * and whether bytes are swapped.
 * @returns `undefined` when the letters are no order of that many bytes, or split the bytes of a part over two registers
 */
export function parseOrder(letters: string, type: ValueType): number | undefined {
  const count = REGISTERS[type];
  const bytes: number[] = [];
  for (const letter of [...letters]) bytes.push(letter.codePointAt(0)! - LETTER_A);
  if (bytes.length !== 2 * count) return undefined;
  let order = 0;
  let swapped = -1;
  for (let part = 0; part < count; part++) {
    const high = bytes.indexOf(2 * part);
    const low = bytes.indexOf(2 * part + 1);
    if (high < 0 || low < 0 || high >> 1 !== low >> 1) return undefined;
    const isSwapped = high > low ? 1 : 0;
    if (swapped >= 0 && swapped !== isSwapped) return undefined;
    swapped = isSwapped;
    order |= (high >> 1) << (2 * part);
  }
  return swapped === 1 ? order | SWAPPED : order;
}

/** Reads and writes values; holds what it needs for floats, so that a value costs no allocation. */
export class ValueCodec {
  /** After `decode` of at most 32 bits that are no float: the registers as one unsigned number, before sign and BCD. */
  raw = 0;
  readonly #view = new DataView(new ArrayBuffer(8));

  // hot path
  /** The value that begins at `words[at]`; `NaN` where the registers hold none (a digit of BCD beyond 9, NaN itself). */
  decode(words: Uint16Array, at: number, type: ValueType, order: number): number {
    const first = part(words[at + (order & 3)], order);
    if (type <= ValueType.i16 || type === ValueType.bcd16) {
      this.raw = first;
      if (type === ValueType.bcd16) return fromBcd(first, 4);
      return type === ValueType.i16 && first >= 0x8000 ? first - WORD : first;
    }
    const high = first * WORD + part(words[at + ((order >> 2) & 3)], order);
    this.raw = high;
    if (type === ValueType.u32) return high;
    if (type === ValueType.i32) return high >= 0x8000_0000 ? high - DOUBLE_WORD : high;
    if (type === ValueType.bcd32) return fromBcd(high, 8);
    this.#view.setUint32(0, high);
    if (type === ValueType.f32) return this.#view.getFloat32(0);
    const low = part(words[at + ((order >> 4) & 3)], order) * WORD + part(words[at + ((order >> 6) & 3)], order);
    if (type === ValueType.f64) {
      this.#view.setUint32(4, low);
      return this.#view.getFloat64(0);
    }
    // Beyond 2^53 the last bits are rounded away, as every number of the uplink has it.
    const signed = type === ValueType.i64 && high >= 0x8000_0000 ? high - DOUBLE_WORD : high;
    return signed * DOUBLE_WORD + low;
  }

  /** Puts `value` at `words[at]`; what does not fit is cut to the nearest that does. */
  encode(value: number, words: Uint16Array, at: number, type: ValueType, order: number): void {
    const view = this.#view;
    const registers = REGISTERS[type];
    if (type === ValueType.f32) view.setFloat32(0, value);
    else if (type === ValueType.f64) view.setFloat64(0, value);
    else if (registers === 4) {
      const whole = clamp(value, type === ValueType.i64 ? -(2 ** 63) : 0, type === ValueType.i64 ? 2 ** 63 : 2 ** 64);
      const high = Math.floor(whole / DOUBLE_WORD);
      view.setUint32(0, high >>> 0);
      view.setUint32(4, (whole - high * DOUBLE_WORD) >>> 0);
    } else view.setUint32(0, registers === 2 ? integerOf(value, type) : (integerOf(value, type) & 0xffff) * WORD);
    for (let i = 0; i < registers; i++) words[at + ((order >> (2 * i)) & 3)] = part(view.getUint16(2 * i), order);
  }
}

// hot path
function part(word: number, order: number): number {
  return order & SWAPPED ? ((word & 0xff) << 8) | (word >> 8) : word;
}

// hot path
function fromBcd(raw: number, digits: number): number {
  let value = 0;
  let rest = raw;
  let weight = 1;
  for (let i = 0; i < digits; i++) {
    const digit = rest & 15;
    if (digit > 9) return Number.NaN;
    value += digit * weight;
    weight *= 10;
    rest >>>= 4;
  }
  return value;
}

function toBcd(value: number, digits: number): number {
  let raw = 0;
  let rest = value;
  for (let i = 0; i < digits; i++) {
    raw += (rest % 10) * 16 ** i;
    rest = Math.floor(rest / 10);
  }
  return raw;
}

/** As an unsigned pattern. */
function integerOf(value: number, type: ValueType): number {
  switch (type) {
    case ValueType.bcd16:
      return toBcd(clamp(value, 0, 9_999), 4);
    case ValueType.bcd32:
      return toBcd(clamp(value, 0, 99_999_999), 8);
    case ValueType.i16:
      return clamp(value, -0x8000, 0x7fff) & 0xffff;
    case ValueType.i32:
      return clamp(value, -0x8000_0000, 0x7fff_ffff) >>> 0;
    case ValueType.u32:
      return clamp(value, 0, 0xffff_ffff);
    case ValueType.bit:
      return value === 0 ? 0 : 1;
    default:
      return clamp(value, 0, 0xffff);
  }
}

function clamp(value: number, least: number, most: number): number {
  const whole = Math.round(value);
  return whole > least ? Math.min(whole, most) : least;
}
