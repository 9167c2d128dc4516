/**
 * The names of a panel's points in one text, in the order of the points: a few hundred names take as many bytes as a person
 * wrote, not a string each. Names are separated by a space; `d1-*7..20` stands for d1-7, d1-8, … d1-20.
 *
 * The text is ASCII, for the names of points are letters, digits, `-` and `_`.
 */

const SPACE = 0x20;
const STAR = 0x2a;
const DOT = 0x2e;
const ZERO = 0x30;

export class PointNames {
  readonly #text: Uint8Array;

  constructor(text: Uint8Array) {
    this.#text = text;
  }

  get count(): number {
    let count = 0;
    for (let at = 0; at < this.#text.length; at = this.end(at) + 1) count += this.size(at);
    return count;
  }

  /** Walks the text: a name is wanted when something happened, not at every poll. */
  at(index: number): string {
    let first = 0;
    for (let at = 0; at < this.#text.length; at = this.end(at) + 1) {
      const size = this.size(at);
      if (index < first + size) return this.name(at, index - first);
      first += size;
    }
    throw new RangeError(`there is no point ${index}`);
  }

  /** Position of the name; -1 when there is none. */
  indexOf(name: string): number {
    return this.all().indexOf(name);
  }

  all(): string[] {
    const names: string[] = [];
    for (let at = 0; at < this.#text.length; at = this.end(at) + 1)
      for (let i = 0; i < this.size(at); i++) names.push(this.name(at, i));
    return names;
  }

  /** The text as it is, for the trace. */
  get text(): string {
    return textOf(this.#text, 0, this.#text.length);
  }

  /** Where the entry at `at` ends. */
  private end(at: number): number {
    const text = this.#text;
    let end = at;
    while (end < text.length && text[end] !== SPACE) end++;
    return end;
  }

  /** Where the entry's numbers begin, or its end when it is one name. */
  private star(at: number): number {
    const end = this.end(at);
    let star = at;
    while (star < end && this.#text[star] !== STAR) star++;
    return star;
  }

  /** How many names the entry stands for. */
  private size(at: number): number {
    const star = this.star(at);
    const end = this.end(at);
    return star === end ? 1 : this.last(star, end) - this.number(star + 1) + 1;
  }

  private name(at: number, offset: number): string {
    const star = this.star(at);
    const name = textOf(this.#text, at, star);
    return star === this.end(at) ? name : name + String(this.number(star + 1) + offset);
  }

  private last(star: number, end: number): number {
    let at = star + 1;
    while (at < end && this.#text[at] !== DOT) at++;
    return this.number(at + 2);
  }

  private number(at: number): number {
    let number = 0;
    for (let i = at; i < this.#text.length && this.#text[i] >= ZERO && this.#text[i] <= ZERO + 9; i++)
      number = number * 10 + this.#text[i] - ZERO;
    return number;
  }
}

function textOf(bytes: Uint8Array, from: number, to: number): string {
  let text = "";
  for (let i = from; i < to; i++) text += String.fromCharCode(bytes[i]);
  return text;
}

/** A name, or a prefix with a number behind it. */
export type PointName = { readonly prefix: string; readonly number?: number };

/** The text for names in their order; neighbours with one prefix and following numbers become one entry. */
export function packNames(names: readonly PointName[]): Uint8Array {
  const entries: string[] = [];
  for (let i = 0; i < names.length; ) {
    const { prefix, number } = names[i];
    let last = i;
    if (number !== undefined)
      while (names[last + 1]?.prefix === prefix && names[last + 1].number === number + (last + 1 - i)) last++;
    entries.push(number === undefined ? prefix : `${prefix}*${number}..${number + (last - i)}`);
    i = last + 1;
  }
  const text = entries.join(" ");
  return Uint8Array.from(Array.from(text, (letter) => letter.charCodeAt(0)));
}
