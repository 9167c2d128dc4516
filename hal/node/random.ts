/** Chance from the operating system. */
import { randomFillSync } from "node:crypto";
import type { Random } from "../random";

/** Numbers drawn from the system at a time. */
const POOL = 256;

export class NodeRandom implements Random {
  readonly #pool = new Uint32Array(POOL);
  #next = POOL;

  uint32(): number {
    if (this.#next === POOL) {
      randomFillSync(this.#pool);
      this.#next = 0;
    }
    return this.#pool[this.#next++];
  }
}
