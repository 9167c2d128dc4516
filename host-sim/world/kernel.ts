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

  nowUs(): number {
    return this.#nowUs;
  }

  /** Events run since the start: the world's own measure of work. */
  get executed(): number {
    return this.#executed;
  }

  /** Due time of the next event, or `Infinity`. */
  nextUs(): number {
    return this.#heap.length === 0 ? Number.POSITIVE_INFINITY : this.#heap[0].dueUs;
  }

  /** Schedules `event` at `dueUs`; a time in the past means now. Replaces an earlier schedule of the same event. */
  schedule(event: WorldEvent, dueUs: number): void {
    if (event.slot >= 0) this.cancel(event);
    event.dueUs = dueUs < this.#nowUs ? this.#nowUs : dueUs;
    event.order = ++this.#order;
    event.slot = this.#heap.length;
    this.#heap.push(event);
    this.#rise(event.slot);
  }

  cancel(event: WorldEvent): void {
    const slot = event.slot;
    if (slot < 0) return;
    const last = this.#heap.pop()!;
    event.slot = -1;
    if (last === event) return;
    this.#heap[slot] = last;
    last.slot = slot;
    this.#rise(slot);
    this.#sink(last.slot);
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
    while (this.#heap.length > 0 && this.#heap[0].dueUs <= untilUs) {
      const event = this.#heap[0];
      this.cancel(event);
      this.#nowUs = event.dueUs;
      this.#executed++;
      event.run();
    }
    if (untilUs > this.#nowUs) this.#nowUs = untilUs;
  }

  #before(a: WorldEvent, b: WorldEvent): boolean {
    return a.dueUs < b.dueUs || (a.dueUs === b.dueUs && a.order < b.order);
  }

  #rise(start: number): void {
    let slot = start;
    const event = this.#heap[slot];
    while (slot > 0) {
      const parentSlot = (slot - 1) >> 1;
      const parent = this.#heap[parentSlot];
      if (!this.#before(event, parent)) break;
      this.#heap[slot] = parent;
      parent.slot = slot;
      slot = parentSlot;
    }
    this.#heap[slot] = event;
    event.slot = slot;
  }

  #sink(start: number): void {
    let slot = start;
    const heap = this.#heap;
    const event = heap[slot];
    for (;;) {
      let child = 2 * slot + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.#before(heap[child + 1], heap[child])) child++;
      if (!this.#before(heap[child], event)) break;
      heap[slot] = heap[child];
      heap[slot].slot = slot;
      slot = child;
    }
    heap[slot] = event;
    event.slot = slot;
  }
}
