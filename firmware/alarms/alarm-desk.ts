/**
 * Where alarms come together: it knows them by name, tells groups about their members, takes acknowledgements, and hands
 * on what changed in one instant with the most urgent first.
 *
 * A change is handed on at the end of the event that brought it, not with the next batch: the desk's timer is due at once.
 * Waiting for that is what lets a fire overtake the trouble that the same poll of a panel found before it.
 */
import { ALARM_CLASSES, type AlarmClass, type GroupAlarmPlan } from "../../drivers/plan";
import type { Clock, Timer } from "../../hal/clock";
import { GroupAlarm } from "./group-alarm";
import { AlarmChange, type NamedMachine } from "./machine";
import type { Rule } from "./rule";

/** Something that happened to an alarm. `Subject` is what its owner needs to write it down, for example a channel. */
export type AlarmEvent<Subject> = {
  /** By which it is acknowledged; for a device's own edge the name under which groups know it. */
  readonly name: string;
  readonly class: AlarmClass;
  /** What it is about; absent for a group. */
  readonly subject: Subject | undefined;
  /** Members of a group that are active. */
  readonly witnesses: number;
  readonly change: AlarmChange;
  /** Start of the sampling that first showed it; of an end, the time of the end. */
  readonly detectedUs: number;
  /** The value and its quality when it happened, and a device's own evidence: NaN where there is none. */
  readonly value: number;
  readonly quality: number;
  readonly evidence: number;
  /** What a panel itself says about it, in the panel's own encoding. */
  readonly text?: Uint8Array | undefined;
};

/** More than this in one instant are handed on at once, in the order of their coming: counted, nothing is let go. */
export const DESK_CAPACITY = 256;

export type AlarmDeskOptions<Subject> = {
  readonly clock: Clock;
  readonly groups: readonly GroupAlarmPlan[];
  readonly owner: AlarmOwner<Subject>;
};

/** Has the rules, and writes down what is handed on. */
export interface AlarmOwner<Subject> {
  /** Calls `take` with each rule and what it is about. Asked seldom: a list of them would be five slots for each rule. */
  eachRule(take: (rule: Rule, subject: Subject) => void): void;
  publishAlarm(event: AlarmEvent<Subject>): void;
}

const NO_GROUPS: readonly GroupAlarm[] = [];

export class AlarmDesk<Subject> {
  readonly #clock: Clock;
  readonly #timer: Timer;
  readonly #owner: AlarmOwner<Subject>;
  readonly #groups: readonly GroupAlarm[];
  /** In the order of their coming: a queue for each class would be thirty slots, most of them for nothing. */
  #waiting: AlarmEvent<Subject>[] = [];
  #early = 0;

  constructor(options: AlarmDeskOptions<Subject>) {
    this.#clock = options.clock;
    this.#owner = options.owner;
    this.#timer = options.clock.timer(this.flush, this);
    this.#groups = options.groups.length === 0 ? NO_GROUPS : options.groups.map((plan) => new GroupAlarm(plan));
  }

  /** Events that wait for the end of this instant. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Times that the queue was full and priority could not be kept. */
  get early(): number {
    return this.#early;
  }

  /** Names of the alarms that are active, groups and rules. */
  get active(): string[] {
    const names: string[] = [];
    this.each((machine) => {
      if (machine.active) names.push(machine.name);
    });
    return names;
  }

  /** Groups, then rules. */
  private each(take: (machine: NamedMachine, subject: Subject | undefined) => void): void {
    for (const group of this.#groups) take(group, undefined);
    this.#owner.eachRule(take);
  }

  /** Something changed: it waits for the end of this event, and groups hear of it. */
  report(event: AlarmEvent<Subject>): void {
    this.enqueue(event);
    const begins = event.change === AlarmChange.raised || event.change === AlarmChange.standing;
    if (begins || event.change === AlarmChange.cleared) this.witness(event.name, begins, event.detectedUs);
  }

  /** A member of groups began or ended; nothing is said about itself. */
  witness(member: string, active: boolean, sinceUs: number): void {
    this.tellGroups(member, active, sinceUs);
  }

  /**
   * Somebody has seen it.
   * @returns false when there is no such alarm, or nothing to acknowledge
   */
  acknowledge(name: string): boolean {
    let isFound = false;
    let isTaken = false;
    this.each((machine, subject) => {
      if (isFound || machine.name !== name) return;
      isFound = true;
      const change = machine.acknowledge();
      if (change === AlarmChange.none) return;
      isTaken = true;
      this.report({
        name,
        class: machine.class,
        subject,
        witnesses: machine instanceof GroupAlarm ? machine.witnesses : 0,
        change,
        detectedUs: this.#clock.nowUs(),
        value: Number.NaN,
        quality: 0,
        evidence: Number.NaN,
      });
    });
    return isTaken;
  }

  /** Hands on what waits, most urgent class first, in each in the order of its coming. */
  flush(): void {
    this.#timer.disarm();
    for (const wanted of ALARM_CLASSES) {
      // What is handed on may bring more, which waits its turn.
      const events = this.#waiting;
      this.#waiting = events.filter((event) => event.class !== wanted);
      for (const event of events) if (event.class === wanted) this.#owner.publishAlarm(event);
    }
  }

  private enqueue(event: AlarmEvent<Subject>): void {
    if (this.#waiting.length === DESK_CAPACITY) {
      this.#early++;
      this.flush();
    }
    this.#waiting.push(event);
    // Also while others are handed on, whose turn it may not be any more.
    this.#timer.arm(this.#clock.nowUs());
  }

  private tellGroups(member: string, active: boolean, sinceUs: number): void {
    for (const group of this.#groups) {
      const nowUs = this.#clock.nowUs();
      const change = group.memberChanged(member, active, sinceUs, nowUs);
      if (change === AlarmChange.none) continue;
      this.enqueue({
        name: group.name,
        class: group.class,
        subject: undefined,
        witnesses: group.witnesses,
        change,
        detectedUs: sinceUs,
        value: Number.NaN,
        quality: 0,
        evidence: Number.NaN,
      });
    }
  }
}
