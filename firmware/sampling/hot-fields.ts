/**
 * The fields of a channel that each sample touches, whichever class they belong to. XS finds a property by walking the list of
 * them in the order in which they were made, four instructions a step, and a base class makes its own first: so these stand in
 * the lowest one, in the order of their use.
 */
import { NoFilter } from "./filters/chain";
import type { Filter } from "./filters/filter";

/** Bytes of each plain record, when times are whole seconds below 24: see `RecordQueue`. */
export const PLAIN_BYTES = 9;
/** No time of a sample. */
const NEVER = -1;
const NO_FILTER = new NoFilter();

export class HotFields {
  /** What stands between a reading and its judgement. */
  protected filter: Filter = NO_FILTER;
  /** The last value that filters let stand, `NaN` before the first. */
  protected lastValue = Number.NaN;
  /** Where the next plain record's value goes. */
  protected valueAt = 0;
  protected readonly view: DataView;
  protected readonly bytes: Uint8Array;
  protected periodUs: number;
  /** Bytes of each record before `pristineTo`: 9, or more where times are not whole seconds below 24. */
  protected stride = PLAIN_BYTES;
  /** A filtered value strictly between these is plain on the wire and changes no rule. */
  protected above = Number.POSITIVE_INFINITY;
  protected below = Number.NEGATIVE_INFINITY;
  /**
   * Before this, records lie as an earlier batch left them: head and time are right already. Negative while the queue is
   * empty.
   */
  protected pristineTo = 0;
  /** When the next sample comes, if it comes on its period; -1 before the first. */
  protected dueUs = NEVER;

  constructor(bytes: Uint8Array, view: DataView, periodUs: number) {
    this.view = view;
    this.bytes = bytes;
    this.periodUs = periodUs;
  }
}
