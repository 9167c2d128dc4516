/** What real slaves do beside answering: each a probability from 0 to 1 for every answer, to be changed at any time. */
import type { Random } from "../../hal/random";

export class SlaveFaults {
  /** No answer at all. */
  silent = 0;
  /** One bit of the answer is flipped. */
  garbled = 0;
  /** The answer stops in its middle. */
  cut = 0;
  /** Answers as the unit with the next number. */
  wrongUnit = 0;
  /** Exception 06 instead of an answer. */
  busy = 0;
  /** Exception 04 instead of an answer. */
  failed = 0;
  /** The answer comes `lateUs` later. */
  late = 0;
  lateUs = 1_500_000;
  /** Some bytes of noise stand before the answer. */
  noise = 0;
  /** On a socket: the answer comes in several segments. */
  split = 0;
  /** On a socket: an old answer with another number comes in the same segment, before it. */
  merged = 0;
  /** On a socket: the connection is closed instead. */
  hangUp = 0;
  readonly random: Random;

  constructor(random: Random) {
    this.random = random;
  }

  /** Whether it happens this time. Chance is only drawn where there is one. */
  hits(probability: number): boolean {
    if (probability <= 0) return false;
    return probability >= 1 || this.random.uint32() < probability * 4_294_967_296;
  }

  below(limit: number): number {
    return this.random.uint32() % limit;
  }
}
