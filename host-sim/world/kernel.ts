/**
 * The virtual clock and its event queue: one deterministic order for everything that happens in a world.
 *
 * Tie-break rule: events run in order of due time; among equals, in the order in which they were scheduled. Arming a
 * timer again counts as scheduling it anew. So the same program gives the same order on every engine and every run.
 */

/** Something that will happen at `dueUs`. Made once, scheduled often. */
export class WorldEvent {
  readonly run: () => void;
  dueUs = 0;
  /** Order of scheduling: the tie-break. */
  order = 0;
  /** Position in the heap, -1 when not scheduled. */
  slot = -1;

  constructor(run: () => void) {
    this.run = run;
  }
}

/** A binary heap of events on a monotonic microsecond clock. Integers up to 2^53 µs: 285 years. */
export class Kernel {
  #nowUs = 0;
  #order = 0;
  #heap: WorldEvent[] = [];
  #executed = 0;
  /** The event that runs still stands at the root: most events schedule one, which takes its place with one walk instead of two. */
  #isRunning = false;

  nowUs(): number {
    return this.#nowUs;
  }

  /** Events run since the start: the world's own measure of work. */
  get executed(): number {
    return this.#executed;
  }

  /** Due time of the next event, or `Infinity`. */
  nextUs(): number {
    if (this.#isRunning) this.#leave();
    return this.#heap.length === 0 ? Number.POSITIVE_INFINITY : this.#heap[0].dueUs;
  }

  /** Schedules `event` at `dueUs`; a time in the past means now. Replaces an earlier schedule of the same event. */
  schedule(event: WorldEvent, dueUs: number): void {
    const heap = this.#heap;
    const slot = event.slot;
    const due = dueUs < this.#nowUs ? this.#nowUs : dueUs;
    const later = due >= event.dueUs;
    event.dueUs = due;
    event.order = ++this.#order;
    if (slot < 0 && this.#isRunning) {
      this.#isRunning = false;
      sink(heap, event, 0);
    } else if (slot < 0) {
      heap.push(event);
      rise(heap, event, heap.length - 1);
    } else if (later) sink(heap, event, slot);
    else rise(heap, event, slot);
  }

  cancel(event: WorldEvent): void {
    const slot = event.slot;
    if (slot < 0) return;
    const heap = this.#heap;
    const last = heap.pop()!;
    event.slot = -1;
    if (last === event) return;
    if (isBefore(last, event)) rise(heap, last, slot);
    else sink(heap, last, slot);
  }

  /** `schedule` for something that happens once. Allocates; for set-up and rare events. */
  at(dueUs: number, run: () => void): WorldEvent {
    const event = new WorldEvent(run);
    this.schedule(event, dueUs);
    return event;
  }

  after(delayUs: number, run: () => void): WorldEvent {
    return this.at(this.#nowUs + delayUs, run);
  }

  /** Runs everything that is due up to and including `untilUs`; the clock then stands at `untilUs`. */
  runUntil(untilUs: number): void {
    const heap = this.#heap;
    // The one before may have thrown.
    if (this.#isRunning) this.#leave();
    while (heap.length > 0) {
      const event = heap[0];
      if (event.dueUs > untilUs) break;
      event.slot = -1;
      this.#isRunning = true;
      this.#nowUs = event.dueUs;
      this.#executed++;
      event.run();
      if (this.#isRunning) this.#leave();
    }
    if (untilUs > this.#nowUs) this.#nowUs = untilUs;
  }

  /** Takes the event that runs, or ran, from the root. Until then it is due before all others, so nothing comes to stand above it. */
  #leave(): void {
    this.#isRunning = false;
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length > 0) sink(heap, last, 0);
  }
}

function isBefore(a: WorldEvent, b: WorldEvent): boolean {
  return a.dueUs < b.dueUs || (a.dueUs === b.dueUs && a.order < b.order);
}

// hot path
/** Puts `event`, which may be due before those above `start`, in its place. `isBefore` is written out: most of the time goes here. */
function rise(heap: WorldEvent[], event: WorldEvent, start: number): void {
  const { dueUs, order } = event;
  let slot = start;
  while (slot > 0) {
    const parentSlot = (slot - 1) >> 1;
    const parent = heap[parentSlot];
    if (parent.dueUs < dueUs || (parent.dueUs === dueUs && parent.order < order)) break;
    heap[slot] = parent;
    parent.slot = slot;
    slot = parentSlot;
  }
  heap[slot] = event;
  event.slot = slot;
}

// hot path
/** The same, for one that may be due behind those below. */
function sink(heap: WorldEvent[], event: WorldEvent, start: number): void {
  const { dueUs, order } = event;
  const count = heap.length;
  let slot = start;
  for (;;) {
    let childSlot = 2 * slot + 1;
    if (childSlot >= count) break;
    let child = heap[childSlot];
    if (childSlot + 1 < count) {
      const other = heap[childSlot + 1];
      if (other.dueUs < child.dueUs || (other.dueUs === child.dueUs && other.order < child.order)) {
        child = other;
        childSlot++;
      }
    }
    if (dueUs < child.dueUs || (dueUs === child.dueUs && order < child.order)) break;
    heap[slot] = child;
    child.slot = slot;
    slot = childSlot;
  }
  heap[slot] = event;
  event.slot = slot;
}
