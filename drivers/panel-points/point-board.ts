/**
 * The points of one panel: what they say now, and what has been told of it. Edges are the difference of the two.
 *
 * The difference is also the queue. Where the way out has no room for another alarm, nothing is put anywhere: the point stays
 * different and is told when there is room, the most urgent conditions of all points first. So a burst of a thousand edges
 * takes no memory, keeps its order, and what came and went meanwhile is not told at all.
 *
 *   never read -> (first read) told by a snapshot; fire and life that stand are told as standing
 *              -> (differs) told as an edge, when there is room
 */
import { type PanelSink, PointChange } from "../contract";
import type { PointsPlan } from "../plan";
import { PointCondition, REPORTED_CONDITIONS, URGENT_CONDITIONS } from "./conditions";

/** What is told by snapshots alone. */
const SILENT = PointCondition.disabled | PointCondition.unknown;

/** Of a point's time in milliseconds. */
const TIME_BYTES = 4;

/** Where the board asks for the raw word behind a point, when it tells an edge. */
export interface Evidence {
  /** NaN where there is none. */
  evidence(point: number): number;
  /** What the panel itself said, where it sends text. */
  text?(point: number): Uint8Array | undefined;
}

export class PointBoard {
  /** Sets of conditions that have been told, by point: what a snapshot holds. */
  readonly told: Uint8Array;
  readonly #now: Uint8Array;
  /** When a point first differed from what was told, in milliseconds: an edge that waits for room keeps its time. */
  readonly #sinceMs: Uint32Array;
  readonly #sink: PanelSink;
  readonly #evidence: Evidence;
  /** Some point differs. */
  #differs = false;
  #snapshotDue = true;
  /** The panel can be asked what stands; otherwise it only tells what happens, and a first word of a point is an edge. */
  readonly #canAsk: boolean;
  readonly #repeatUs: number;
  #repeatAtUs = 0;

  constructor({ count, repeatMs }: PointsPlan, sink: PanelSink, evidence: Evidence, canAsk = true) {
    this.#canAsk = canAsk;
    this.#repeatUs = repeatMs * 1000;
    // One buffer: each of its own would take three slots and a header.
    const buffer = new ArrayBuffer((TIME_BYTES + 2) * count);
    this.#sinceMs = new Uint32Array(buffer, 0, count);
    this.told = new Uint8Array(buffer, TIME_BYTES * count, count).fill(PointCondition.unknown);
    this.#now = new Uint8Array(buffer, (TIME_BYTES + 1) * count, count).fill(PointCondition.unknown);
    this.#sink = sink;
    this.#evidence = evidence;
  }

  get count(): number {
    return this.told.length;
  }

  /** What the point says, told or not. */
  conditions(point: number): number {
    return this.#now[point];
  }

  // hot path
  set(point: number, conditions: number, ticksUs: number): void {
    if (this.#now[point] === conditions) return;
    if (this.#now[point] === this.told[point]) this.#sinceMs[point] = ticksUs / 1000;
    this.#now[point] = conditions;
    this.#differs = true;
  }

  /** The panel cannot say what the point does: what was known stays, marked. */
  forget(point: number, ticksUs: number): void {
    this.set(point, this.#now[point] | PointCondition.unknown, ticksUs);
  }

  /** Tells what cannot wait for the rest of the panel. @returns false when there was no room for all of it */
  tellUrgent(): boolean {
    return !this.#differs || this.tell(0, URGENT_CONDITIONS);
  }

  /**
   * Tells every difference, most urgent first, and then a snapshot where something changed that is told in no other way, or
   * where it is time to repeat one.
   * @returns false when there was no room for all of it: call again
   */
  tellAll(ticksUs: number): boolean {
    if (this.#differs) {
      if (!this.tell(0, REPORTED_CONDITIONS.length)) return false;
      this.tellSilent();
      this.#differs = false;
    }
    if (!this.#snapshotDue && ticksUs < this.#repeatAtUs) return true;
    if (!this.#sink.snapshot(this.told, this.#snapshotDue, ticksUs)) return false;
    this.#snapshotDue = false;
    this.#repeatAtUs = ticksUs + this.#repeatUs;
    return true;
  }

  /** The next `tellAll` ends with a snapshot. */
  requestSnapshot(): void {
    this.#snapshotDue = true;
  }

  private tell(fromRank: number, toRank: number): boolean {
    for (let rank = fromRank; rank < toRank; rank++)
      for (let point = 0; point < this.told.length; point++) if (!this.tellPoint(point, rank)) return false;
    return true;
  }

  /** @returns false when there is no room */
  private tellPoint(point: number, rank: number): boolean {
    const now = this.#now[point];
    const told = this.told[point];
    const condition = REPORTED_CONDITIONS[rank];
    // What the panel does not say neither begins nor ends an alarm.
    if (((now ^ told) & condition.bit) === 0 || now & PointCondition.unknown) return true;
    const active = (now & condition.bit) !== 0;
    const change = !active
      ? PointChange.off
      : this.#canAsk && told & PointCondition.unknown
        ? PointChange.standing
        : PointChange.on;
    const sinceUs = this.#sinceMs[point] * 1000;
    if (
      !this.#sink.point(
        point,
        condition.class,
        change,
        now,
        this.#evidence.evidence(point),
        sinceUs,
        this.#evidence.text?.(point),
      )
    )
      return false;
    // `unknown` stays until all conditions of the point are told: all of them stood at the first sight.
    this.told[point] ^= condition.bit;
    return true;
  }

  private tellSilent(): void {
    for (let point = 0; point < this.told.length; point++) {
      const changed = this.told[point] ^ this.#now[point];
      if (changed & (this.#canAsk ? SILENT : PointCondition.disabled)) this.#snapshotDue = true;
      this.told[point] ^= changed & SILENT;
    }
  }
}
