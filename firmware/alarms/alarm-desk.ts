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

type Known<Subject> = { readonly machine: NamedMachine; readonly subject: Subject | undefined };

export type AlarmDeskOptions<Subject> = {
  readonly clock: Clock;
  readonly groups: readonly GroupAlarmPlan[];
  readonly owner: AlarmOwner<Subject>;
};

/** Writes down what is handed on. */
export interface AlarmOwner<Subject> {
  publishAlarm(event: AlarmEvent<Subject>): void;
}

export class AlarmDesk<Subject> {
  readonly #clock: Clock;
  readonly #timer: Timer;
  readonly #owner: AlarmOwner<Subject>;
  readonly #groups: readonly GroupAlarm[];
  readonly #known: Known<Subject>[];
  /** One queue for each class, most urgent first. */
  readonly #waiting: AlarmEvent<Subject>[][] = ALARM_CLASSES.map(() => []);
  #count = 0;
  #early = 0;

  constructor(options: AlarmDeskOptions<Subject>) {
    this.#clock = options.clock;
    this.#owner = options.owner;
    this.#timer = options.clock.timer(this.flush, this);
    this.#groups = options.groups.map((plan) => new GroupAlarm(plan));
    this.#known = this.#groups.map((machine) => ({ machine, subject: undefined }));
  }

  /** Events that wait for the end of this instant. */
  get waiting(): number {
    return this.#count;
  }

  /** Times that the queue was full and priority could not be kept. */
  get early(): number {
    return this.#early;
  }

  /** Names of the alarms that are active, groups and rules. */
  get active(): string[] {
    return this.#known.filter(({ machine }) => machine.active).map(({ machine }) => machine.name);
  }

  /** Takes a rule in. */
  enrol(machine: Rule, subject: Subject): void {
    this.#known.push({ machine, subject });
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
    const known = this.#known.find(({ machine }) => machine.name === name);
    const change = known?.machine.acknowledge() ?? AlarmChange.none;
    if (known === undefined || change === AlarmChange.none) return false;
    this.report({
      name,
      class: known.machine.class,
      subject: known.subject,
      witnesses: known.machine instanceof GroupAlarm ? known.machine.witnesses : 0,
      change,
      detectedUs: this.#clock.nowUs(),
      value: Number.NaN,
      quality: 0,
      evidence: Number.NaN,
    });
    return true;
  }

  /** Hands on what waits, most urgent class first, in each in the order of its coming. */
  flush(): void {
    this.#timer.disarm();
    this.#count = 0;
    for (const queue of this.#waiting) {
      // What is handed on may bring more, which waits its turn.
      const events = queue.splice(0);
      for (const event of events) this.#owner.publishAlarm(event);
    }
  }

  private enqueue(event: AlarmEvent<Subject>): void {
    if (this.#count === DESK_CAPACITY) {
      this.#early++;
      this.flush();
    }
    this.#waiting[ALARM_CLASSES.indexOf(event.class)].push(event);
    if (this.#count++ === 0) this.#timer.arm(this.#clock.nowUs());
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
