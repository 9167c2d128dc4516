/**
 * Normal deviates with true tails, for error rates: the ziggurat of Marsaglia and Tsang (J. Stat. Software 5(8), 2000) with 128
 * layers. Its tables come from this world's own `exp` and `ln`, so engines agree to the last bit. `gaussian` in random.ts is
 * smaller and ends at six deviations; its tails are wrong by a quarter at four.
 */
import { exp, ln } from "./math";
import type { RandomWords } from "./random";

const LAYERS = 128;
/** Where the tail begins, and the area of each layer (the paper's constants for 128 layers). */
const TAIL = 3.442619855899;
const AREA = 9.91256303526217e-3;
/** Deviates that `fill` gives at most. */
export const NORMAL_BLOCK = 256;
const TWO_TO_31 = 2_147_483_648;
const TWO_TO_32 = 4_294_967_296;

export class NormalDeviates {
  readonly #random: RandomWords;
  /** Below it a number lies inside of its layer whatever the height. */
  readonly #inside = new Float64Array(LAYERS);
  readonly #width = new Float64Array(LAYERS);
  readonly #height = new Float64Array(LAYERS);
  readonly #words = new Int32Array(NORMAL_BLOCK);

  constructor(random: RandomWords) {
    this.#random = random;
    const bottom = exp(-0.5 * TAIL * TAIL);
    const first = AREA / bottom;
    this.#inside[0] = (TAIL / first) * TWO_TO_31;
    this.#width[0] = first / TWO_TO_31;
    this.#width[LAYERS - 1] = TAIL / TWO_TO_31;
    this.#height[0] = 1;
    this.#height[LAYERS - 1] = bottom;
    let x = TAIL;
    for (let layer = LAYERS - 2; layer >= 1; layer--) {
      const outer = x;
      x = Math.sqrt(-2 * ln(AREA / outer + exp(-0.5 * outer * outer)));
      this.#inside[layer + 1] = (x / outer) * TWO_TO_31;
      this.#height[layer] = exp(-0.5 * x * x);
      this.#width[layer] = x / TWO_TO_31;
    }
  }

  // hot path
  /** Of the given deviation, up to `NORMAL_BLOCK` of them; those of so many calls of `next`, but for the few that need more than one number. */
  fill(into: Float64Array, count: number, deviation: number): void {
    const words = this.#words;
    const inside = this.#inside;
    const width = this.#width;
    this.#random.words(words, count);
    for (let i = 0; i < count; i++) {
      const word = words[i];
      const layer = word & (LAYERS - 1);
      const bound = inside[layer];
      // 63 of 64 lie inside.
      into[i] = deviation * (word < bound && word > -bound ? word * width[layer] : this.#from(word));
    }
  }

  // hot path
  /** Mean 0, deviation 1. */
  next(): number {
    return this.#from(this.#random.uint32() | 0);
  }

  // hot path
  #from(first: number): number {
    for (let word = first; ; word = this.#random.uint32() | 0) {
      const layer = word & (LAYERS - 1);
      const x = word * this.#width[layer];
      if ((word < 0 ? -word : word) < this.#inside[layer]) return x;
      if (layer === 0) return word > 0 ? this.#tail() : -this.#tail();
      const low = this.#height[layer];
      if (low + this.#uniform() * (this.#height[layer - 1] - low) < exp(-0.5 * x * x)) return x;
    }
  }

  /** Beyond `TAIL`, after Marsaglia 1964. */
  #tail(): number {
    for (;;) {
      const x = -ln(this.#uniform()) / TAIL;
      const y = -ln(this.#uniform());
      if (y + y >= x * x) return TAIL + x;
    }
  }

  /** Never 0. */
  #uniform(): number {
    return (this.#random.uint32() + 1 / 2) / TWO_TO_32;
  }
}
