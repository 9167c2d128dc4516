/**
 * Which sequence numbers of a boot have arrived: each is delivered once, or lies in a gap that the gateway declared, or is missing.
 * Messages come at least once and in any order of the lanes, so that nothing but this says what was lost.
 */

import { END_OF_BOOT } from "../../firmware/uplink/outbox/lane";

/** Sequence numbers from `from` to `to`, both included. */
export type SeqRange = { readonly from: number; readonly to: number };

export type DeclaredGap = SeqRange & { readonly reason: string };

/** Ascending ranges that neither touch nor overlap. */
export class SeqSet {
  readonly #ranges: { from: number; to: number }[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get ranges(): readonly SeqRange[] {
    return this.#ranges;
  }

  get last(): number {
    return this.#ranges.at(-1)?.to ?? -1;
  }

  has(seq: number): boolean {
    const range = this.#ranges[this.#after(seq) - 1];
    return range !== undefined && seq <= range.to;
  }

  /** False when it was there already. */
  add(seq: number): boolean {
    const at = this.#after(seq);
    const before = this.#ranges[at - 1];
    if (before !== undefined && seq <= before.to) return false;
    const next = this.#ranges[at];
    const joinsBefore = before !== undefined && before.to + 1 === seq;
    const joinsNext = next !== undefined && next.from - 1 === seq;
    if (joinsBefore && joinsNext) {
      before.to = next.to;
      this.#ranges.splice(at, 1);
    } else if (joinsBefore) before.to = seq;
    else if (joinsNext) next.from = seq;
    else this.#ranges.splice(at, 0, { from: seq, to: seq });
    this.#size++;
    return true;
  }

  /** What is not there from 0 to `last`. */
  holes(last = this.last): SeqRange[] {
    const holes: SeqRange[] = [];
    let next = 0;
    for (const { from, to } of this.#ranges) {
      if (from > next) holes.push({ from: next, to: Math.min(from - 1, last) });
      next = to + 1;
    }
    if (next <= last) holes.push({ from: next, to: last });
    return holes;
  }

  /** Number of ranges that begin at or before `seq`. */
  #after(seq: number): number {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ranges[middle].from <= seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Parts of `range` that none of `covered` covers. */
export function uncovered(range: SeqRange, covered: readonly SeqRange[]): SeqRange[] {
  let rest: SeqRange[] = [range];
  for (const { from, to } of covered)
    rest = rest.flatMap((part) => {
      if (to < part.from || from > part.to) return [part];
      return [
        ...(from > part.from ? [{ from: part.from, to: from - 1 }] : []),
        ...(to < part.to ? [{ from: to + 1, to: part.to }] : []),
      ];
    });
  return rest;
}

function sizeOf(ranges: readonly SeqRange[]): number {
  return ranges.reduce((sum, { from, to }) => sum + to - from + 1, 0);
}

export type BootAccount = {
  readonly boot: number;
  readonly delivered: number;
  readonly duplicates: number;
  readonly lastSeq: number;
  /** Numbers that did not arrive and that the gateway said it let go. */
  readonly declared: readonly DeclaredGap[];
  /** How many of the numbers that did not arrive those explain. */
  readonly letGo: number;
  /** Numbers that did not arrive and that nobody has explained. */
  readonly missing: readonly SeqRange[];
};

/** One boot of one gateway. */
export class BootLedger {
  readonly boot: number;
  readonly #seen = new SeqSet();
  readonly #gaps: DeclaredGap[] = [];
  #duplicates = 0;

  constructor(boot: number) {
    this.boot = boot;
  }

  /** False for a duplicate. */
  take(seq: number): boolean {
    if (this.#seen.add(seq)) return true;
    this.#duplicates++;
    return false;
  }

  declare(gap: DeclaredGap): void {
    this.#gaps.push(gap);
  }

  account(): BootAccount {
    // A gap at the end of a boot says how far the boot went.
    const ends = this.#gaps.map(({ to }) => to).filter((to) => to < END_OF_BOOT);
    const last = Math.max(this.#seen.last, ...ends);
    const holes = this.#seen.holes(last);
    const missing = holes.flatMap((hole) => uncovered(hole, this.#gaps));
    return {
      boot: this.boot,
      letGo: sizeOf(holes) - sizeOf(missing),
      delivered: this.#seen.size,
      duplicates: this.#duplicates,
      lastSeq: last,
      declared: this.#gaps,
      missing,
    };
  }
}

/** One gateway: its boots in their order. */
export class Ledger {
  readonly #boots = new Map<number, BootLedger>();

  boot(boot: number): BootLedger {
    let ledger = this.#boots.get(boot);
    if (ledger === undefined) {
      ledger = new BootLedger(boot);
      this.#boots.set(boot, ledger);
    }
    return ledger;
  }

  accounts(): BootAccount[] {
    return [...this.#boots.values()].sort((a, b) => a.boot - b.boot).map((ledger) => ledger.account());
  }
}
