/**
 * A part whose wire to the field can break says so at each reading; one odd reading may be noise. After three in a row the
 * trouble is told, once, and it ends with the first reading that is whole.
 */
import type { DeviceSink } from "./contract";

/** Readings in a row after which a fault is told. */
const FAULT_AFTER = 3;

export class FaultWatch {
  readonly #sink: DeviceSink;
  /** Position in the plan; -1: nobody wants to know. */
  readonly #channel: number;
  #faulty = 0;
  #isTold = false;

  constructor(sink: DeviceSink, channel: number) {
    this.#sink = sink;
    this.#channel = channel;
  }

  // hot path
  /** @param evidence the word behind it */
  note(isFaulty: boolean, evidence: number, ticksUs: number): void {
    if (isFaulty) {
      this.#faulty++;
      if (this.#faulty >= FAULT_AFTER && !this.#isTold) this.tell(true, evidence, ticksUs);
    } else if (this.#faulty > 0) {
      this.#faulty = 0;
      if (this.#isTold) this.tell(false, evidence, ticksUs);
    }
  }

  private tell(active: boolean, evidence: number, ticksUs: number): void {
    this.#isTold = active;
    if (this.#channel >= 0) this.#sink.edge(this.#channel, "trouble", active, evidence, ticksUs);
  }
}
