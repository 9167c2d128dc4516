/** How late ticks begin, as a histogram of fixed size. Filled inside the loop, read by the loop's own telemetry. */

import { LATENESS_BOUNDS_US } from "../../drivers/contract";

const [IN_TIME_US] = LATENESS_BOUNDS_US;

export class Lateness {
  #inTime = 0;
  readonly #late = new Uint32Array(LATENESS_BOUNDS_US.length);
  #latestUs = 0;

  /** Worst delay of a tick behind its anchor. */
  get latestUs(): number {
    return this.#latestUs;
  }

  /** Ticks in bucket `bucket`, of which there is one more than bounds: below `LATENESS_BOUNDS_US[bucket]` and not in the one before. */
  count(bucket: number): number {
    return bucket === 0 ? this.#inTime : this.#late[bucket - 1];
  }

  /** Ticks that began later than `boundUs`, which is one of the bounds. */
  laterThan(boundUs: number): number {
    let later = 0;
    for (let i = LATENESS_BOUNDS_US.indexOf(boundUs); i >= 0 && i < this.#late.length; i++) later += this.#late[i];
    return later;
  }

  // hot path
  add(lateUs: number): void {
    if (lateUs > this.#latestUs) this.#latestUs = lateUs;
    if (lateUs < IN_TIME_US) {
      this.#inTime++;
      return;
    }
    let bucket = 1;
    while (bucket < LATENESS_BOUNDS_US.length && lateUs >= LATENESS_BOUNDS_US[bucket]) bucket++;
    this.#late[bucket - 1]++;
  }
}
