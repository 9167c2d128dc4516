/**
 * Five ways to find the device whose tick is due, reduced to that question. Runs inside XS: its input says which way, how many
 * devices, which mix of periods and how many turns; it prints how many ticks were run.
 */
declare const host: { input(): ArrayBuffer; print(text: string): void };

class Task {
  dueUs: number;
  readonly periodUs: number;
  next: Task | null = null;
  runs = 0;

  constructor(dueUs: number, periodUs: number) {
    this.dueUs = dueUs;
    this.periodUs = periodUs;
  }

  fire(): void {
    this.runs++;
    this.dueUs += this.periodUs;
  }
}

interface Way {
  add(task: Task): void;
  dueUs(): number;
  run(nowUs: number): void;
}

class LinearScan implements Way {
  readonly #tasks: Task[] = [];
  #dueUs = Number.POSITIVE_INFINITY;

  add(task: Task): void {
    this.#tasks.push(task);
    if (task.dueUs < this.#dueUs) this.#dueUs = task.dueUs;
  }

  dueUs(): number {
    return this.#dueUs;
  }

  run(nowUs: number): void {
    const tasks = this.#tasks;
    let first = Number.POSITIVE_INFINITY;
    for (let i = 0; i < tasks.length; i++) {
      const task = tasks[i];
      if (task.dueUs <= nowUs) task.fire();
      if (task.dueUs < first) first = task.dueUs;
    }
    this.#dueUs = first;
  }
}

class SortedList implements Way {
  #head: Task | null = null;

  add(task: Task): void {
    const dueUs = task.dueUs;
    let after = this.#head;
    if (after === null || after.dueUs > dueUs) {
      task.next = after;
      this.#head = task;
      return;
    }
    let before = after;
    after = after.next;
    while (after !== null && after.dueUs <= dueUs) {
      before = after;
      after = after.next;
    }
    task.next = after;
    before.next = task;
  }

  dueUs(): number {
    return this.#head!.dueUs;
  }

  run(nowUs: number): void {
    let task = this.#head!;
    while (task.dueUs <= nowUs) {
      this.#head = task.next;
      task.fire();
      this.add(task);
      task = this.#head!;
    }
  }
}

class BinaryHeap implements Way {
  readonly #heap: Task[] = [];

  add(task: Task): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(task);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent].dueUs <= task.dueUs) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = task;
  }

  dueUs(): number {
    return this.#heap[0].dueUs;
  }

  run(nowUs: number): void {
    const heap = this.#heap;
    const length = heap.length;
    let task = heap[0];
    while (task.dueUs <= nowUs) {
      task.fire();
      let at = 0;
      let child = 1;
      while (child < length) {
        if (child + 1 < length && heap[child + 1].dueUs < heap[child].dueUs) child++;
        if (heap[child].dueUs >= task.dueUs) break;
        heap[at] = heap[child];
        at = child;
        child = 2 * at + 1;
      }
      heap[at] = task;
      task = heap[0];
    }
  }
}

const SLOT_US = 1_000;
const SLOTS = 1_024;

class TimerWheel implements Way {
  readonly #slots: (Task | null)[] = new Array(SLOTS).fill(null);
  #turn = 0;

  add(task: Task): void {
    const slot = ((task.dueUs / SLOT_US) | 0) & (SLOTS - 1);
    task.next = this.#slots[slot];
    this.#slots[slot] = task;
  }

  dueUs(): number {
    return this.#turn * SLOT_US;
  }

  run(nowUs: number): void {
    const last = (nowUs / SLOT_US) | 0;
    for (; this.#turn <= last; this.#turn++) {
      const slot = this.#turn & (SLOTS - 1);
      let task = this.#slots[slot];
      this.#slots[slot] = null;
      while (task !== null) {
        const next = task.next;
        if (task.dueUs <= nowUs) task.fire();
        this.add(task);
        task = next;
      }
    }
  }
}

class PeriodRing {
  readonly periodUs: number;
  readonly tasks: Task[] = [];
  dueUs = 0;
  #at = 0;

  constructor(periodUs: number) {
    this.periodUs = periodUs;
  }

  add(task: Task): void {
    this.tasks.push(task);
    this.tasks.sort((a, b) => a.dueUs - b.dueUs);
    this.dueUs = this.tasks[0].dueUs;
  }

  fire(): void {
    const at = this.#at;
    this.tasks[at].fire();
    this.#at = at + 1 === this.tasks.length ? 0 : at + 1;
    this.dueUs = this.tasks[this.#at].dueUs;
  }
}

class RingForEachPeriod implements Way {
  readonly #rings: PeriodRing[] = [];

  add(task: Task): void {
    let ring = this.#rings.find(({ periodUs }) => periodUs === task.periodUs);
    if (ring === undefined) {
      ring = new PeriodRing(task.periodUs);
      this.#rings.push(ring);
    }
    ring.add(task);
  }

  dueUs(): number {
    const rings = this.#rings;
    let first = Number.POSITIVE_INFINITY;
    for (let i = 0; i < rings.length; i++) if (rings[i].dueUs < first) first = rings[i].dueUs;
    return first;
  }

  run(nowUs: number): void {
    const rings = this.#rings;
    for (let i = 0; i < rings.length; i++) while (rings[i].dueUs <= nowUs) rings[i].fire();
  }
}

const EQUAL: readonly number[] = [1_000_000];
const MIXED: readonly number[] = [4_000, 100_000, 1_000_000, 1_000_000, 1_000_000, 10_000_000, 60_000_000];
/** Primes that spread the first ticks over a second, no two in the same millisecond. */
const STRIDE = 7_919;
const MILLISECONDS = 997;

const ways = [LinearScan, SortedList, BinaryHeap, TimerWheel, RingForEachPeriod];
const [which, devices, mixed, turns] = new Uint32Array(host.input());
const way: Way = new ways[which]();
const periods = mixed === 1 ? MIXED : EQUAL;
const tasks: Task[] = [];
for (let i = 0; i < devices; i++) {
  const task = new Task(((i * STRIDE) % MILLISECONDS) * 1_000, periods[i % periods.length]);
  tasks.push(task);
  way.add(task);
}
for (let turn = 0; turn < turns; turn++) way.run(way.dueUs());
host.print(String(tasks.reduce((sum, task) => sum + task.runs, 0)));
