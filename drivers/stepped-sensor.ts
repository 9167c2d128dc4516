/**
 * What sensors share that need more than one exchange before they have a value: they are asked, set up, started, read,
 * and each of these takes the part a while. Nothing waits: a step is begun, and ended by a later call.
 *
 *   idle -> start -> begin(step) -> (due) advance -> end(step) -> begin(next) ... -> done: a sample is there
 *
 * A part begins at its first step again after `reset`, so a part that lost its power is set up anew.
 */
import type { Clock } from "../hal/clock";
import type { ProvenanceSample } from "../hal/sensor";

/** How the last acquisition stands. */
export const Outcome = {
  none: 0,
  good: 1,
  /** It goes on: nothing is wrong, nothing is there yet. */
  notReady: 2,
  /** A checksum of the line did not fit. */
  crc: 3,
  noAnswer: 4,
  /** What answers says that it is another part. */
  wrongPart: 5,
  /** The part says that it is broken, or answers with what it must not. */
  partFault: 6,
} as const;
export type Outcome = (typeof Outcome)[keyof typeof Outcome];

/** What `end` returns instead of a next step, which is 1 or more. */
export const StepEnd = { done: 0, crc: -1, wrongPart: -2, partFault: -3, notReady: -4, noAnswer: -5 } as const;

const IDLE = 0;

export abstract class SteppedSensor<Sample extends ProvenanceSample> {
  protected readonly clock: Clock | undefined;
  /** The part has what it needs to measure: a subclass says so when its last step of setting up has ended. */
  protected isSetUp = false;
  #outcome: Outcome = Outcome.none;
  #step = IDLE;
  #dueUs = 0;
  #startedUs = 0;
  #crcFaults = 0;
  #unanswered = 0;
  #fresh = false;

  constructor(clock: Clock | undefined) {
    this.clock = clock;
  }

  get outcome(): Outcome {
    return this.#outcome;
  }

  /** Sends what the step needs. Returns microseconds until `end` may be called. Throws what the bus throws. */
  protected abstract begin(step: number): number;
  /** Reads what the step brought. Returns the next step or a `StepEnd`. Throws what the bus throws. */
  protected abstract end(step: number): number;
  /** The step that an acquisition begins with: setting up, or measuring. */
  protected abstract firstStep(): number;
  protected abstract fill(sample: Sample): Sample;
  protected abstract newSample(): Sample;

  // hot path
  /**
   * Begins an acquisition, or goes on with one that is not due. Returns microseconds until `advance` or `sample` goes on.
   * @throws when the part does not acknowledge
   */
  start(): number {
    // Whoever calls only `start` and `sample` must get through the steps of setting up as well; and a part that is busy
    // with a measurement takes no other.
    if (this.#step !== IDLE && (!this.isSetUp || this.isEarly())) {
      const waitUs = this.advance();
      if (waitUs > 0) return waitUs;
    }
    this.#fresh = false;
    this.#outcome = Outcome.none;
    this.#step = IDLE;
    if (this.clock !== undefined) this.#startedUs = this.clock.nowUs();
    try {
      return this.enter(this.firstStep());
    } catch (error) {
      this.#unanswered++;
      this.#outcome = Outcome.noAnswer;
      throw error;
    }
  }

  // hot path
  /** Goes on. Returns microseconds until it is to be called again, or 0 at the end, which `outcome` tells. */
  advance(): number {
    if (this.#step === IDLE) return 0;
    if (this.clock !== undefined) {
      const earlyUs = this.#dueUs - this.clock.nowUs();
      if (earlyUs > 0) {
        this.#outcome = Outcome.notReady;
        return earlyUs;
      }
    }
    try {
      const next = this.end(this.#step);
      if (next > 0) return this.enter(next);
      this.finish(next);
    } catch {
      this.finish(StepEnd.noAnswer);
    }
    return 0;
  }

  // hot path
  /** `undefined` while there is no finished and correct measurement; begins one when none is under way. */
  sample(into?: Sample): Sample | undefined {
    if (this.#step === IDLE && !this.#fresh) {
      this.start();
      return undefined;
    }
    this.advance();
    return this.take(into);
  }

  // hot path
  /** The sample of a finished acquisition, once. */
  take(into?: Sample): Sample | undefined {
    if (!this.#fresh) return undefined;
    this.#fresh = false;
    const sample = this.fill(into ?? this.newSample());
    if (this.clock !== undefined) sample.ticks = this.#startedUs;
    if (this.#crcFaults > 0 || this.#unanswered > 0) this.reportFaults(sample);
    else if (sample.faults !== undefined) sample.faults = undefined;
    return sample;
  }

  /** The next acquisition sets the part up anew. */
  reset(): void {
    this.#step = IDLE;
    this.#fresh = false;
    this.#outcome = Outcome.none;
    this.isSetUp = false;
  }

  /** Something was not answered since the last good sample: the part may have lost its power. */
  protected get wasAway(): boolean {
    return this.#unanswered > 0;
  }

  // hot path
  private isEarly(): boolean {
    return this.clock !== undefined && this.clock.nowUs() < this.#dueUs;
  }

  // hot path
  private enter(step: number): number {
    const waitUs = this.begin(step);
    this.#step = step;
    this.#outcome = Outcome.notReady;
    if (this.clock !== undefined) this.#dueUs = this.clock.nowUs() + waitUs;
    return waitUs;
  }

  // hot path
  private finish(end: number): void {
    this.#step = IDLE;
    this.#fresh = end === StepEnd.done;
    if (end === StepEnd.done) this.#outcome = Outcome.good;
    else if (end === StepEnd.notReady) this.#outcome = Outcome.notReady;
    else if (end === StepEnd.wrongPart) this.#outcome = Outcome.wrongPart;
    else if (end === StepEnd.partFault) this.#outcome = Outcome.partFault;
    else if (end === StepEnd.crc) {
      this.#crcFaults++;
      this.#outcome = Outcome.crc;
    } else {
      this.#unanswered++;
      this.#outcome = Outcome.noAnswer;
    }
  }

  private reportFaults(sample: Sample): void {
    sample.faults = { crc: this.#crcFaults, noAnswer: this.#unanswered };
    this.#crcFaults = this.#unanswered = 0;
  }
}
