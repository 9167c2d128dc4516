/**
 * What a gateway knows of a device's points, as it stands in `DevicePlan.settings`, and how a value is made of registers: decode,
 * invalid patterns, mask, enumeration, scale, limits. One list for each property, so that many points cost few objects.
 */
import { Quality } from "../contract";
import type { Block } from "../modbus/blocks";
import type { ReadFunction } from "../modbus/pdu";
import { registersOf, ValueCodec, type ValueType } from "../modbus/values";
import type { PlanMap } from "../plan";

/** A group of points that is polled together: of one table, class and period. */
export type PollPlan = {
  readonly functionCode: ReadFunction;
  /** `Priority` of the lane. */
  readonly priority: number;
  /** Polled at every so manieth tick. */
  readonly everyTicks: number;
  /** Positions of the points. */
  readonly points: readonly number[];
  /** Reads; their `spans` are positions in `points`. */
  readonly blocks: readonly Block[];
};

/** By point, in the order of the plan's channels. */
export type PointSettings = {
  readonly unit: number;
  readonly model: string;
  readonly staleMs: number;
  readonly addresses: readonly number[];
  readonly types: readonly number[];
  readonly orders: readonly number[];
  /** Bits of the raw number that count; 0: all. The value is what remains, shifted down to the lowest of them. */
  readonly masks: readonly number[];
  readonly scales: readonly number[];
  readonly offsets: readonly number[];
  /** `null`: no limit. */
  readonly minima: readonly (number | null)[];
  readonly maxima: readonly (number | null)[];
  /** Raw numbers that mean "no value", of the points that have some. */
  readonly invalid: readonly (readonly [point: number, ...patterns: number[]])[];
  /** Values that an enumeration knows, of the points that have one; another is out of range. */
  readonly known: readonly (readonly [point: number, ...values: number[]])[];
  readonly polls: readonly PollPlan[];
};

export function pointSettings(settings: PlanMap): PointSettings {
  return settings as unknown as PointSettings;
}

const NOTHING: readonly number[] = [];

export class PointReader {
  /** Of the last `read`. */
  quality: Quality = Quality.good;
  readonly #codec = new ValueCodec();
  readonly #types: Uint8Array;
  readonly #orders: Uint16Array;
  readonly #masks: Float64Array;
  /** Lowest bit of each mask, as a factor. */
  readonly #shifts: Float64Array;
  readonly #scales: Float64Array;
  readonly #offsets: Float64Array;
  readonly #minima: Float64Array;
  readonly #maxima: Float64Array;
  readonly #invalid: readonly (readonly number[])[];
  readonly #known: readonly (readonly number[])[];

  constructor(settings: PointSettings) {
    const { types, orders, masks, scales, offsets, minima, maxima } = settings;
    this.#types = Uint8Array.from(types);
    this.#orders = Uint16Array.from(orders);
    this.#masks = Float64Array.from(masks);
    this.#shifts = Float64Array.from(masks.map(lowestBit));
    this.#scales = Float64Array.from(scales);
    this.#offsets = Float64Array.from(offsets);
    this.#minima = Float64Array.from(minima.map((limit) => limit ?? Number.NEGATIVE_INFINITY));
    this.#maxima = Float64Array.from(maxima.map((limit) => limit ?? Number.POSITIVE_INFINITY));
    this.#invalid = byPoint(settings.invalid, types.length);
    this.#known = byPoint(settings.known, types.length);
  }

  // hot path
  /** The value of a point whose registers begin at `words[at]`; `quality` says whether it is one. */
  read(point: number, words: Uint16Array, at: number): number {
    const codec = this.#codec;
    this.quality = Quality.badRange;
    let value = codec.decode(words, at, this.#types[point] as ValueType, this.#orders[point]);
    // NaN and the infinities are no measurements, whatever the device means by them.
    if (!(value - value === 0)) return Number.NaN;
    const invalid = this.#invalid[point];
    for (let i = 0; i < invalid.length; i++) if (invalid[i] === codec.raw) return Number.NaN;
    const mask = this.#masks[point];
    if (mask !== 0) value = ((codec.raw & mask) >>> 0) / this.#shifts[point];
    const known = this.#known[point];
    if (known.length > 0 && !holds(known, value)) return Number.NaN;
    value = value * this.#scales[point] + this.#offsets[point];
    if (value < this.#minima[point] || value > this.#maxima[point]) return Number.NaN;
    this.quality = Quality.good;
    return value;
  }

  /** Puts a value back where `read` finds it: what an emulator has to do. */
  write(point: number, value: number, words: Uint16Array, at: number): void {
    const type = this.#types[point] as ValueType;
    const raw = (value - this.#offsets[point]) / this.#scales[point];
    if (this.#masks[point] === 0) {
      this.#codec.encode(raw, words, at, type, this.#orders[point]);
      return;
    }
    this.#codec.decode(words, at, type, this.#orders[point]);
    const mask = this.#masks[point] >>> 0;
    const kept = (this.#codec.raw & ~mask) >>> 0;
    const put = ((raw * this.#shifts[point]) & mask) >>> 0;
    this.#codec.encode(kept + put, words, at, type, this.#orders[point]);
  }
}

// hot path
function holds(list: readonly number[], value: number): boolean {
  for (let i = 0; i < list.length; i++) if (list[i] === value) return true;
  return false;
}

function lowestBit(mask: number): number {
  return mask === 0 ? 1 : (mask & -mask) >>> 0;
}

function byPoint(lists: readonly (readonly number[])[], points: number): readonly (readonly number[])[] {
  const all = new Array<readonly number[]>(points).fill(NOTHING);
  for (const [point, ...values] of lists) all[point] = values;
  return all;
}

/** Addresses that a point takes. */
export function spanOf({ addresses, types }: PointSettings, point: number) {
  return { address: addresses[point], count: registersOf(types[point] as ValueType) };
}
