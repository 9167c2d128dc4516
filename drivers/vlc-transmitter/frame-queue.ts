/**
 * Frames that wait for the light: so many of so many octets, all memory taken at the start.
 *
 * Urgent frames leave first, each kind in the order in which it came. Policy of a full queue: an urgent frame takes the place of
 * the youngest frame that is not urgent; any other is refused. Both are counted.
 */
import { Linked } from "../linked";
import { VlcError } from "../vlc/vlc-error";

export type FrameQueueOptions = {
  /** Frames that may wait. */
  readonly frames: number;
  /** Octets of the longest, FCS included. */
  readonly octets: number;
};

const URGENT = 1;
const ROUTINE = 0;
const FREE = -1;

export class FrameQueue {
  /** Frames that a full queue did not take. */
  refused = 0;
  /** Frames that had to give their place to an urgent one. */
  replaced = 0;
  /** For the frame that `take` gives. */
  readonly taken: Uint8Array;
  readonly #octets: Uint8Array;
  readonly #octetsEach: number;
  /** Of each place: `URGENT`, `ROUTINE` or `FREE`; octets of the frame; when it came. */
  readonly #kinds: Int8Array;
  readonly #lengths: Uint16Array;
  readonly #arrivals: Uint32Array;
  #arrived = 0;
  #waiting = 0;
  #urgent = 0;

  constructor({ frames, octets }: FrameQueueOptions) {
    this.#octetsEach = octets;
    this.taken = new Uint8Array(octets);
    this.#octets = new Uint8Array(frames * octets);
    this.#kinds = new Int8Array(frames).fill(FREE);
    this.#lengths = new Uint16Array(frames);
    this.#arrivals = new Uint32Array(frames);
  }

  get waiting(): number {
    return this.#waiting;
  }

  get urgentWaiting(): number {
    return this.#urgent;
  }

  // hot path
  /**
   * Copies `psdu[0 .. length)`.
   * @returns false when the queue is full: the frame was not taken
   */
  offer(psdu: Uint8Array, length: number, urgent: boolean): boolean {
    if (Linked.checks && !(length >= 1 && length <= this.#octetsEach && length <= psdu.length))
      throw new VlcError("out-of-range", `this queue takes 1 to ${this.#octetsEach} octets, not ${length}`);
    let place = this.oldest(FREE);
    if (place < 0 && urgent) {
      place = this.youngest(ROUTINE);
      if (place >= 0) {
        this.replaced++;
        this.#waiting--;
      }
    }
    if (place < 0) {
      this.refused++;
      return false;
    }
    const at = place * this.#octetsEach;
    for (let i = 0; i < length; i++) this.#octets[at + i] = psdu[i];
    this.#kinds[place] = urgent ? URGENT : ROUTINE;
    this.#lengths[place] = length;
    this.#arrivals[place] = this.#arrived++;
    this.#waiting++;
    if (urgent) this.#urgent++;
    return true;
  }

  // hot path
  /**
   * Takes the frame whose turn it is.
   * @returns its octets, 0 when none waits
   */
  take(into: Uint8Array): number {
    const place = this.#urgent > 0 ? this.oldest(URGENT) : this.oldest(ROUTINE);
    if (place < 0) return 0;
    const length = this.#lengths[place];
    const at = place * this.#octetsEach;
    for (let i = 0; i < length; i++) into[i] = this.#octets[at + i];
    if (this.#kinds[place] === URGENT) this.#urgent--;
    this.#kinds[place] = FREE;
    this.#waiting--;
    return length;
  }

  // hot path
  /** Of all places of a kind the one that came first, -1 where there is none. */
  private oldest(kind: number): number {
    return this.extreme(kind, false);
  }

  // hot path
  private youngest(kind: number): number {
    return this.extreme(kind, true);
  }

  // hot path
  /** The count of arrivals may wrap: ages are differences from it. */
  private extreme(kind: number, youngest: boolean): number {
    const arrived = this.#arrived;
    let best = -1;
    let bestAge = 0;
    for (let place = 0; place < this.#kinds.length; place++) {
      if (this.#kinds[place] !== kind) continue;
      const age = (arrived - this.#arrivals[place]) >>> 0;
      if (best >= 0 && (youngest ? age >= bestAge : age <= bestAge)) continue;
      best = place;
      bestAge = age;
    }
    return best;
  }
}
