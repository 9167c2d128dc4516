/**
 * One seeded random tree: every user draws from a branch of its own, found by name, so that adding an emulator does not
 * disturb another. Integer arithmetic only (`Math.imul`), so V8 and XS draw the same numbers.
 */
import type { Random } from "../../hal/random";

/** Chance by the block, for noise of many samples. */
export interface RandomWords extends Random {
  /** As many numbers as `uint32` would give in so many calls, as signed ones. */
  words(into: Int32Array, count: number): void;
}

/** sfc32 (Chris Doty-Humphrey's Small Fast Counter, public domain), 128 bits of state. */
export class RandomBranch implements RandomWords {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;
  readonly #seed: number;
  readonly #path: string;

  constructor(seed: number, path = "") {
    this.#seed = seed;
    this.#path = path;
    this.#a = hash(seed | 0, path);
    this.#b = hash(this.#a ^ 0x9e3779b9, path);
    this.#c = hash(this.#b ^ 0x85ebca6b, path);
    for (let i = 0; i < 12; i++) this.uint32();
  }

  /** The branch `name` below this one: the same numbers whatever was drawn here before. */
  branch(name: string): RandomBranch {
    return new RandomBranch(this.#seed, `${this.#path}/${name}`);
  }

  words(into: Int32Array, count: number): void {
    let a = this.#a;
    let b = this.#b;
    let c = this.#c;
    let counter = this.#counter;
    for (let i = 0; i < count; i++) {
      const t = (((a + b) | 0) + counter) | 0;
      counter = (counter + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (((c << 21) | (c >>> 11)) + t) | 0;
      into[i] = t;
    }
    this.#a = a;
    this.#b = b;
    this.#c = c;
    this.#counter = counter;
  }

  uint32(): number {
    const t = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + t;
    this.#c |= 0;
    return t >>> 0;
  }
}

/** Uniform in [0, 1), 32 bits. */
export function uniform(random: Random): number {
  return random.uint32() / 4_294_967_296;
}

/**
 * Normal with mean 0 and deviation 1: the sum of twelve uniforms less six (Irwin-Hall). Additions only, so that engines
 * agree to the last bit; its tails end at 6 deviations.
 */
export function gaussian(random: Random): number {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += random.uint32() / 4_294_967_296;
  return sum;
}

/** FNV-1a over the path, then a murmur3 finaliser. */
function hash(seed: number, text: string): number {
  let h = 0x811c9dc5 ^ seed;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
