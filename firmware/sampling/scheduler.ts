/**
 * Anchored periods for all devices on one timer. Hot path.
 *
 * A task's ticks lie at `anchor + n * period` whatever the load: `next += period`. A tick that could not run in its
 * period is counted as missed, never bunched. A task that needs conversion time says when to come back and is then run
 * in between, without moving its anchor.
 */
import type { DeviceInstance } from "../../drivers/contract";
import type { Clock, Timer } from "../../hal/clock";

const NOTHING_PENDING = -1;

export class ScheduledTask {
  readonly instance: DeviceInstance;
  readonly periodUs: number;
  /** The next anchored tick. */
  nextUs: number;
  /** When `finish` is due, or -1. */
  finishUs: number = NOTHING_PENDING;
  started = 0;
  /** Ticks that passed without being run. */
  missed = 0;
  /** Worst delay of a tick behind its anchor. */
  latestUs = 0;
  /** Exceptions that the driver let out. */
  failures = 0;

  constructor(instance: DeviceInstance, periodUs: number, firstUs: number) {
    this.instance = instance;
    this.periodUs = periodUs;
    this.nextUs = firstUs;
  }
}

export class Scheduler {
  readonly #clock: Clock;
  readonly #timer: Timer;
  readonly #tasks: ScheduledTask[] = [];
  readonly #onFailure: (task: ScheduledTask, error: unknown) => void;
  #running = false;

  /** @param onFailure told when a driver throws; the loop goes on */
  constructor(clock: Clock, onFailure: (task: ScheduledTask, error: unknown) => void) {
    this.#clock = clock;
    this.#onFailure = onFailure;
    this.#timer = clock.timer(() => this.#run());
  }

  get tasks(): readonly ScheduledTask[] {
    return this.#tasks;
  }

  /** @param firstUs monotonic time of the first tick, the anchor of all later ones */
  add(instance: DeviceInstance, periodUs: number, firstUs: number): ScheduledTask {
    if (!(periodUs >= 1)) throw new RangeError("scheduler: a period must be at least 1 microsecond");
    const task = new ScheduledTask(instance, periodUs, firstUs);
    this.#tasks.push(task);
    return task;
  }

  start(): void {
    this.#running = true;
    this.#arm();
  }

  /** No further ticks; conversions in progress are left unread. */
  stop(): void {
    this.#running = false;
    this.#timer.disarm();
  }

  // hot path: linear in the number of devices, which beats a heap below some 64 of them in XS
  #run(): void {
    if (!this.#running) return;
    const nowUs = this.#clock.nowUs();
    const tasks = this.#tasks;
    for (let i = 0; i < tasks.length; i++) {
      const task = tasks[i];
      if (task.finishUs !== NOTHING_PENDING && task.finishUs <= nowUs) this.#finish(task, nowUs);
      if (task.nextUs <= nowUs) this.#tick(task, nowUs);
    }
    this.#arm();
  }

  #tick(task: ScheduledTask, nowUs: number): void {
    const lateUs = nowUs - task.nextUs;
    if (lateUs > task.latestUs) task.latestUs = lateUs;
    task.nextUs += task.periodUs;
    if (task.nextUs <= nowUs) {
      const missed = Math.floor((nowUs - task.nextUs) / task.periodUs) + 1;
      task.missed += missed;
      task.nextUs += missed * task.periodUs;
    }
    // A conversion that is still going on when its next tick comes: the device is slower than its period.
    if (task.finishUs !== NOTHING_PENDING) {
      task.missed++;
      return;
    }
    task.started++;
    try {
      const waitUs = task.instance.start(nowUs);
      task.finishUs = waitUs > 0 ? nowUs + waitUs : NOTHING_PENDING;
    } catch (error) {
      this.#fail(task, error);
    }
  }

  #finish(task: ScheduledTask, nowUs: number): void {
    try {
      const waitUs = task.instance.finish(nowUs);
      task.finishUs = waitUs > 0 ? nowUs + waitUs : NOTHING_PENDING;
    } catch (error) {
      this.#fail(task, error);
    }
  }

  #fail(task: ScheduledTask, error: unknown): void {
    task.finishUs = NOTHING_PENDING;
    task.failures++;
    this.#onFailure(task, error);
  }

  #arm(): void {
    let dueUs = Number.POSITIVE_INFINITY;
    const tasks = this.#tasks;
    for (let i = 0; i < tasks.length; i++) {
      const task = tasks[i];
      if (task.nextUs < dueUs) dueUs = task.nextUs;
      if (task.finishUs !== NOTHING_PENDING && task.finishUs < dueUs) dueUs = task.finishUs;
    }
    if (this.#running && dueUs !== Number.POSITIVE_INFINITY) this.#timer.arm(dueUs);
  }
}
