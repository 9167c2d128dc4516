/**
 * A SenML pack resolved: every record stands for itself (RFC 8428 section 4.6). Knows the labels of RFC 8428 and nothing of our
 * encoder; what else a record carries stays with it.
 */

/** Integer labels of SenML in CBOR (RFC 8428 section 6), by their JSON names, which are accepted too. */
export const LABEL_NAMES: ReadonlyMap<number, string> = new Map([
  [-1, "bver"],
  [-2, "bn"],
  [-3, "bt"],
  [-4, "bu"],
  [-5, "bv"],
  [-6, "bs"],
  [0, "n"],
  [1, "u"],
  [2, "v"],
  [3, "vs"],
  [4, "vb"],
  [5, "s"],
  [6, "t"],
  [7, "ut"],
  [8, "vd"],
]);

/** Labels may be integers or, as JSON and readers with string keys have them, text. */
export type RawRecord = ReadonlyMap<number | string, unknown>;

export type SenmlRecord = {
  readonly name: string;
  readonly unit?: string;
  readonly value?: number;
  readonly text?: string;
  readonly flag?: boolean;
  readonly data?: unknown;
  readonly sum?: number;
  /** Base time and time; below `ABSOLUTE_S` it is relative to when the pack came. Absent where neither is said. */
  readonly time?: number;
  readonly updateTime?: number;
  /** It has a base name of its own: a group begins. */
  readonly begins: boolean;
  /** What is not of RFC 8428, by its label. */
  readonly more: ReadonlyMap<string, unknown>;
};

/** A time from here on is POSIX seconds, below it is relative to now (section 4.5.3). */
export const ABSOLUTE_S = 268_435_456;
const VERSION = 10;

/** The pack is not what RFC 8428 allows; whoever wrote it has to mend it. */
export class SenmlError extends Error {
  readonly code = "senml";
}

/**
 * @param understood labels ending in "_" that the caller acts on; a pack with any other is refused (section 4.4)
 * @throws SenmlError
 */
export function resolveSenml(pack: readonly RawRecord[], understood: readonly string[] = []): SenmlRecord[] {
  if (pack.length === 0) throw new SenmlError("a pack without records");
  const base = new Base();
  return pack.flatMap((raw, i) => {
    try {
      return base.resolve(named(raw), understood) ?? [];
    } catch (error) {
      if (error instanceof SenmlError) throw new SenmlError(`record ${i}: ${error.message}`);
      throw error;
    }
  });
}

/** Base fields: each holds until it is said again. */
class Base {
  #name = "";
  #time: number | undefined;
  #unit: string | undefined;
  #value: number | undefined;
  #sum: number | undefined;

  /** Undefined for a record that only sets base fields. */
  resolve(fields: Map<string, unknown>, understood: readonly string[]): SenmlRecord | undefined {
    const take = (label: string) => {
      const value = fields.get(label);
      fields.delete(label);
      return value;
    };
    const version = number(take("bver"), "bver");
    if (version !== undefined && version > VERSION) throw new SenmlError(`bver is ${version}, known is ${VERSION}`);
    const begins = fields.has("bn");
    this.#name = string(take("bn"), "bn") ?? this.#name;
    this.#time = number(take("bt"), "bt") ?? this.#time;
    this.#unit = string(take("bu"), "bu") ?? this.#unit;
    this.#value = number(take("bv"), "bv") ?? this.#value;
    this.#sum = number(take("bs"), "bs") ?? this.#sum;
    if (fields.size === 0) return undefined;
    const name = this.#name + (string(take("n"), "n") ?? "");
    if (!isName(name)) throw new SenmlError(`"${name}" is no name`);
    const unit = string(take("u"), "u") ?? this.#unit;
    const own = number(take("v"), "v");
    const text = string(take("vs"), "vs");
    const flag = boolean(take("vb"), "vb");
    const data = take("vd");
    const ownSum = number(take("s"), "s");
    const values = [own, text, flag, data].filter((one) => one !== undefined).length;
    const sum = ownSum === undefined ? this.#sum : plus(this.#sum, ownSum);
    if (values > 1) throw new SenmlError("it has more than one value");
    // Section 4.5.4: of base value and value either may be missing, and is zero then.
    const value = own === undefined ? (values === 0 ? this.#value : undefined) : plus(this.#value, own);
    if (values === 0 && value === undefined && sum === undefined) throw new SenmlError("it has no value");
    const time = number(take("t"), "t");
    const updateTime = number(take("ut"), "ut");
    for (const label of fields.keys())
      if (label.endsWith("_") && !understood.includes(label))
        throw new SenmlError(`"${label}" must be understood, and is not`);
    return {
      name,
      ...optional("unit", unit),
      ...optional("value", value),
      ...optional("text", text),
      ...optional("flag", flag),
      ...optional("data", data),
      ...optional("sum", sum),
      ...optional("time", time === undefined ? this.#time : (this.#time ?? 0) + time),
      ...optional("updateTime", updateTime),
      begins,
      more: fields,
    };
  }
}

/** Nothing is not zero: -0 stays what it is. */
function plus(base: number | undefined, own: number): number {
  return base === undefined ? own : base + own;
}

function named(raw: RawRecord): Map<string, unknown> {
  const fields = new Map<string, unknown>();
  for (const [label, value] of raw) {
    const name = LABEL_NAMES.get(Number(label)) ?? String(label);
    if (fields.has(name)) throw new SenmlError(`it has "${name}" twice`);
    fields.set(name, value);
  }
  return fields;
}

/** Section 4.5.1. */
function isName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9\-:./_]*$/.test(name);
}

function optional<K extends string, V>(key: K, value: V | undefined): { [key in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [key in K]?: V };
}

function number(value: unknown, label: string): number | undefined {
  if (value === undefined || (typeof value === "number" && Number.isFinite(value))) return value;
  if (typeof value === "bigint") return Number(value);
  throw new SenmlError(`"${label}" is no number`);
}

function string(value: unknown, label: string): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  throw new SenmlError(`"${label}" is no text`);
}

function boolean(value: unknown, label: string): boolean | undefined {
  if (value === undefined || typeof value === "boolean") return value;
  throw new SenmlError(`"${label}" is neither true nor false`);
}
