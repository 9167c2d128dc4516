/**
 * What a torture run knows for certain about every message, and what it therefore may expect. One ledger follows one flash
 * through all its lives.
 */
import type { Gap, LaneId } from "../../firmware/uplink/outbox/lane";

/** Each check, what it counts, and how often it was broken. */
export const CHECKS = {
  durable: "messages reported durable: delivered, or told by a gap",
  bytes: "messages delivered with the bytes that were pushed",
  order: "messages delivered in the order of (boot, seq)",
  cursor: "messages sent again although they were acknowledged, at most 32 after a restart",
  gaps: "messages delivered of which no gap had told that they would not come",
  honest: "gaps that were told: of an overflow or a torn record, never of damage, which a power cut alone must not do",
  works: "lanes that took and delivered a message after the recovery",
} as const;
export type CheckName = keyof typeof CHECKS;

export type Tally = { examined: number; broken: number };
export type Tallies = Record<CheckName, Tally>;

export function newTallies(): Tallies {
  const tally = (): Tally => ({ examined: 0, broken: 0 });
  return {
    durable: tally(),
    bytes: tally(),
    order: tally(),
    cursor: tally(),
    gaps: tally(),
    honest: tally(),
    works: tally(),
  };
}

type Message = {
  readonly lane: LaneId;
  readonly boot: number;
  readonly seq: number;
  readonly length: number;
  /** `push` returned true, and the power was still there. */
  durable: boolean;
  acknowledged: boolean;
  delivered: boolean;
  /** Delivered in the present life. */
  again: boolean;
};

const key = (lane: number, boot: number, seq: number): string => `${lane} ${boot} ${seq}`;

/** Bytes of a message: they follow from what it is, so that none is taken for another. */
export function fill(into: Uint8Array, lane: number, boot: number, seq: number): void {
  let state = Math.imul(boot * 4 + lane + 1, 0x9e3779b1) ^ Math.imul(seq + 1, 0x85ebca6b);
  for (let i = 0; i < into.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    into[i] = state >>> 24;
  }
}

export class Ledger {
  readonly #messages = new Map<string, Message>();
  readonly #gaps: Gap[] = [];
  /** The first mistakes, in words. */
  readonly problems: string[] = [];
  readonly #tallies: Tallies;
  #lastOf = new Map<number, Message>();
  #sentAgain = 0;
  /** Acknowledged before one that is older: a restart forgets all of them. */
  #outOfOrder = 0;
  #allowed = 0;

  constructor(tallies: Tallies) {
    this.#tallies = tallies;
  }

  /** The same knowledge, for another future. */
  clone(): Ledger {
    const other = new Ledger(this.#tallies);
    for (const [name, message] of this.#messages) other.#messages.set(name, { ...message });
    other.#gaps.push(...this.#gaps);
    other.#outOfOrder = this.#outOfOrder;
    return other;
  }

  pushed(lane: LaneId, boot: number, seq: number, length: number): void {
    const message = { lane, boot, seq, length, durable: false, acknowledged: false, delivered: false, again: false };
    this.#messages.set(key(lane, boot, seq), message);
  }

  durable(lane: LaneId, boot: number, seq: number): void {
    this.#messages.get(key(lane, boot, seq))!.durable = true;
  }

  /**
   * A restart: what was not acknowledged comes again, and order begins anew.
   * @param limit acknowledgements that it may forget
   */
  restarted(limit: number): void {
    this.#allowed = limit + this.#outOfOrder;
    this.#lastOf = new Map();
    this.#sentAgain = 0;
    for (const message of this.#messages.values()) message.again = false;
  }

  /** Everything unacknowledged is handed out again, from the oldest on. */
  rewound(): void {
    this.#lastOf = new Map();
  }

  delivered(lane: LaneId, boot: number, seq: number, bytes: Uint8Array): void {
    const message = this.#messages.get(key(lane, boot, seq));
    const expected = new Uint8Array(message?.length ?? 0);
    fill(expected, lane, boot, seq);
    const right = message !== undefined && bytes.length === expected.length && bytes.every((b, i) => b === expected[i]);
    this.#check("bytes", right, () => `(${boot}, ${seq}) of lane ${lane} came with wrong bytes`);
    if (message === undefined) return;
    const last = this.#lastOf.get(lane);
    const inOrder = last === undefined || boot > last.boot || (boot === last.boot && seq > last.seq);
    this.#check("order", inOrder, () => `(${boot}, ${seq}) of lane ${lane} came after (${last!.boot}, ${last!.seq})`);
    this.#lastOf.set(lane, message);
    const told = this.#gaps.some((gap) => gap.reason === "overflow" && covers(gap, message));
    this.#check("gaps", !told, () => `${name(message)} came after a gap had told that it would not`);
    if (message.acknowledged && !message.again) this.#sentAgain++;
    message.delivered = true;
    message.again = true;
  }

  judgeSentAgain(): void {
    this.#tallies.cursor.examined += this.#sentAgain;
    if (this.#sentAgain <= this.#allowed) return;
    this.#tallies.cursor.broken++;
    this.#say(`${this.#sentAgain} messages were sent again although they were acknowledged`);
  }

  /** @param outOfOrder how many are now acknowledged behind one that is not */
  acknowledged(lane: LaneId, boot: number, seq: number, outOfOrder: number): void {
    this.#outOfOrder = outOfOrder;
    const message = this.#messages.get(key(lane, boot, seq));
    if (message !== undefined) message.acknowledged = true;
  }

  gap(gap: Gap): void {
    this.#gaps.push(gap);
    const { lane, reason, messages } = gap;
    const fine = reason === "overflow" || reason === "torn";
    this.#check("honest", fine, () => `a gap of lane ${lane} tells that ${messages} messages are ${reason}`);
  }

  /** Everything has been handed over: is all accounted for? */
  close(): void {
    for (const message of this.#messages.values()) {
      const told = this.#gaps.filter((gap) => covers(gap, message));
      if (message.durable) {
        const accounted = message.acknowledged || message.again || told.length > 0;
        this.#check("durable", accounted, () => `${name(message)} was durable, did not come, and no gap tells of it`);
      }
    }
  }

  works(fine: boolean, lane: LaneId): void {
    this.#check("works", fine, () => `lane ${lane} does not work after the recovery`);
  }

  #check(check: CheckName, fine: boolean, problem: () => string): void {
    const tally = this.#tallies[check];
    tally.examined++;
    if (fine) return;
    tally.broken++;
    this.#say(problem());
  }

  #say(problem: string): void {
    if (this.problems.length < 5) this.problems.push(problem);
  }
}

function name({ lane, boot, seq }: Message): string {
  return `(${boot}, ${seq}) of lane ${lane}`;
}

function covers(gap: Gap, { lane, boot, seq }: Message): boolean {
  if (gap.lane !== lane) return false;
  const after = boot > gap.fromBoot || (boot === gap.fromBoot && seq >= gap.fromSeq);
  return after && (boot < gap.toBoot || (boot === gap.toBoot && seq <= gap.toSeq));
}
