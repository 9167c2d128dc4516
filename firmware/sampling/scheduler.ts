/**
 * Anchored periods for all devices on one timer. Hot path.
 *
 * A task's ticks lie at `anchor + n * period` whatever the load: `next += period`. A tick that could not run in its
 * period is counted as missed, never bunched. A task that needs conversion time says when to come back and is then run
 * in between, without moving its anchor.
 *
 * Tasks of one period are a ring: because their anchors stand still, they come up in the same order for ever, and the next
 * one is always the one behind the last. So a tick costs the same for 1 and for 256 devices, and only the number of
 * different periods counts. Measured in XS against a list, a heap and a timer wheel: bench/README.md. Conversions that wait
 * are a short sorted list.
 */

import type { DeviceInstance } from "../../drivers/contract";
import { Linked } from "../../drivers/linked";
import type { Clock, Timer } from "../../hal/clock";
import { Lateness } from "./lateness";

const NOTHING_PENDING = -1;
/**
 * A tick that begins less than this behind its anchor is given the anchor's time: jitter of the timer is told by the
 * lateness histogram, and records in even steps are shorter.
 */
const RESOLUTION_US = 1_000;

/** What is kept for each device; whoever has an object for it anyway extends this, which saves one. */
export class ScheduledTask {
  /** What is run; `undefined` before it was added. */
  instance: DeviceInstance | undefined = undefined;
  /** The next anchored tick. */
  nextUs = 0;
  // Absent until they are needed, which they are never for most: a property takes 16 bytes of each device.
  /** When `finish` is due, or -1. */
  declare finishUs?: number;
  /** The task whose conversion ends after this one's. */
  declare later?: ScheduledTask | undefined;
  /** Ticks that passed without being run. */
  declare missed?: number;
}

export interface SchedulerOwner {
  /** The loop goes on. */
  driverThrew(task: ScheduledTask, error: unknown): void;
}

/** Tasks of one period, in the order of their phases. */
class PeriodRing {
  readonly periodUs: number;
  /** When the next of them is due. */
  dueUs = Number.POSITIVE_INFINITY;
  readonly tasks: ScheduledTask[] = [];
  /** All next ticks lie within one period: then they come in the order of the ring. */
  settled = false;
  private at = 0;

  constructor(periodUs: number) {
    this.periodUs = periodUs;
  }

  add(task: ScheduledTask): void {
    const { tasks, periodUs } = this;
    // Moved to its place: a call of `sort` needs a copy of the list, when memory is shortest.
    tasks.push(task);
    let at = tasks.length - 1;
    for (; at > 0 && tasks[at - 1].nextUs % periodUs > task.nextUs % periodUs; at--) tasks[at] = tasks[at - 1];
    tasks[at] = task;
    this.seek();
  }

  get next(): ScheduledTask {
    return this.tasks[this.at];
  }

  // hot path
  /** The next task has been moved on by one period. */
  advance(): void {
    const at = this.at + 1;
    this.at = at === this.tasks.length ? 0 : at;
    this.dueUs = this.tasks[this.at].nextUs;
  }

  /** Finds the task that is due first: at the start, and when ticks were skipped. */
  seek(): void {
    const { tasks } = this;
    let first = 0;
    let lastUs = 0;
    for (let i = 0; i < tasks.length; i++) {
      if (tasks[i].nextUs < tasks[first].nextUs) first = i;
      if (tasks[i].nextUs > lastUs) lastUs = tasks[i].nextUs;
    }
    this.at = first;
    this.dueUs = tasks[first].nextUs;
    this.settled = lastUs - this.dueUs < this.periodUs;
  }
}

export class Scheduler {
  private readonly clock: Clock;
  private readonly timer: Timer;
  private readonly rings: PeriodRing[] = [];
  /** Conversions that wait, the one that ends first in front. */
  private converting: ScheduledTask | undefined;
  private readonly owner: SchedulerOwner;
  private running = false;
  readonly lateness = new Lateness();
  /** Exceptions that drivers let out. */
  failures = 0;

  constructor(clock: Clock, owner: SchedulerOwner) {
    this.clock = clock;
    this.owner = owner;
    this.timer = clock.timer(this.run, this);
  }

  /** Ticks of all tasks that passed without being run. */
  get missed(): number {
    let missed = 0;
    const { rings } = this;
    for (let i = 0; i < rings.length; i++) {
      const { tasks } = rings[i];
      for (let k = 0; k < tasks.length; k++) missed += tasks[k].missed ?? 0;
    }
    return missed;
  }

  /**
   * @param firstUs monotonic time of the first tick, the anchor of all later ones
   * @param task of that instance alone; a new one when left out
   */
  add(instance: DeviceInstance, periodUs: number, firstUs: number, task = new ScheduledTask()): ScheduledTask {
    if (Linked.checks && !(periodUs >= 1)) throw new RangeError("scheduler: a period must be at least 1 microsecond");
    task.instance = instance;
    task.nextUs = firstUs;
    let ring = this.rings.find((known) => known.periodUs === periodUs);
    if (ring === undefined) {
      ring = new PeriodRing(periodUs);
      this.rings.push(ring);
    }
    ring.add(task);
    return task;
  }

  start(): void {
    this.running = true;
    this.arm();
  }

  /** No further ticks; conversions in progress are left unread. */
  stop(): void {
    this.running = false;
    this.timer.disarm();
  }

  // hot path
  private run(): void {
    if (!this.running) return;
    const nowUs = this.clock.nowUs();
    while (this.converting !== undefined && this.converting.finishUs! <= nowUs) this.finish(this.converting, nowUs);
    const rings = this.rings;
    for (let i = 0; i < rings.length; i++) if (rings[i].dueUs <= nowUs) this.runRing(rings[i], nowUs);
    this.arm();
  }

  // hot path
  private runRing(ring: PeriodRing, nowUs: number): void {
    while (ring.dueUs <= nowUs) {
      const task = ring.next;
      const tickUs = task.nextUs;
      const lateUs = nowUs - tickUs;
      this.lateness.add(lateUs);
      task.nextUs = tickUs + ring.periodUs;
      if (task.nextUs <= nowUs) {
        this.skip(task, ring.periodUs, nowUs);
        ring.settled = false;
      }
      if (ring.settled) ring.advance();
      else ring.seek();
      this.tick(task, lateUs < RESOLUTION_US ? tickUs : nowUs);
    }
  }

  /** More than a whole period late: the ticks in between are gone. */
  private skip(task: ScheduledTask, periodUs: number, nowUs: number): void {
    const missed = Math.floor((nowUs - task.nextUs) / periodUs) + 1;
    task.missed = (task.missed ?? 0) + missed;
    task.nextUs += missed * periodUs;
  }

  // hot path
  private tick(task: ScheduledTask, tickUs: number): void {
    // A conversion that is still going on when its next tick comes: the device is slower than its period.
    if (task.finishUs! >= 0) {
      task.missed = (task.missed ?? 0) + 1;
      return;
    }
    try {
      const waitUs = task.instance!.start(tickUs);
      if (waitUs > 0) this.wait(task, waitUs);
    } catch (error) {
      this.fail(task, error);
    }
  }

  // hot path
  private finish(task: ScheduledTask, nowUs: number): void {
    this.converting = task.later;
    task.finishUs = NOTHING_PENDING;
    try {
      const waitUs = task.instance!.finish(nowUs);
      if (waitUs > 0) this.wait(task, waitUs);
    } catch (error) {
      this.fail(task, error);
    }
  }

  // hot path
  /** From now on: what came before the start, and the start's own transfers, have taken their time, and the part gets all of its. */
  private wait(task: ScheduledTask, waitUs: number): void {
    const finishUs = this.clock.nowUs() + waitUs;
    task.finishUs = finishUs;
    let before: ScheduledTask | undefined;
    let after = this.converting;
    while (after !== undefined && after.finishUs! <= finishUs) {
      before = after;
      after = after.later;
    }
    if (after !== task.later) task.later = after;
    if (before === undefined) this.converting = task;
    else before.later = task;
  }

  private fail(task: ScheduledTask, error: unknown): void {
    this.failures++;
    this.owner.driverThrew(task, error);
  }

  // hot path
  private arm(): void {
    const rings = this.rings;
    let dueUs = this.converting === undefined ? Number.POSITIVE_INFINITY : this.converting.finishUs!;
    for (let i = 0; i < rings.length; i++) if (rings[i].dueUs < dueUs) dueUs = rings[i].dueUs;
    if (this.running && dueUs !== Number.POSITIVE_INFINITY) this.timer.arm(dueUs);
  }
}
