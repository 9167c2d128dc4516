/**
 * The states of an alarm, the same for a channel's rule and for a group of witnesses. README.md draws them.
 *
 *   quiet -> waiting -> active -> quiet                 its reason has gone
 *                         |  \--> latched -> quiet      with `latch`: by an acknowledgement
 *                         |          \--> active        the reason is back
 *                         \-----> acknowledged -> quiet its reason has gone
 */

import { ALARM_CLASSES, type AlarmClass } from "../../drivers/plan";

/**
 * What one step changed. A change is published; `none` is not. `standing` is said of a panel's alarm that was there when the
 * gateway first saw the panel; no machine makes it.
 */
export const AlarmChange = { none: 0, raised: 1, cleared: 2, latched: 3, acknowledged: 4, standing: 5 } as const;
export type AlarmChange = (typeof AlarmChange)[keyof typeof AlarmChange];

/** The state that follows from a change, as it stands on the wire. */
export const ALARM_WORDS = ["", "on", "off", "latched", "acknowledged", "standing"] as const;
export type AlarmWord = (typeof ALARM_WORDS)[AlarmChange];

export const AlarmState = { quiet: 0, waiting: 1, active: 2, latched: 3, acknowledged: 4 } as const;
export type AlarmState = (typeof AlarmState)[keyof typeof AlarmState];

/** Constants of the module cost half of a property of another module's object. */
const QUIET = AlarmState.quiet;
const WAITING = AlarmState.waiting;
const ACTIVE = AlarmState.active;
const LATCHED = AlarmState.latched;
const ACKNOWLEDGED = AlarmState.acknowledged;
const NONE = AlarmChange.none;

export class AlarmMachine {
  private current: AlarmState = QUIET;
  private stoodUs = 0;
  private readonly forUs: number;
  private readonly latch: boolean;

  /**
   * @param forMs how long the reason must stand before the alarm is raised
   * @param latch stays when its reason has gone, until somebody acknowledges it
   */
  constructor(forMs: number, latch: boolean) {
    this.forUs = forMs * 1000;
    this.latch = latch;
  }

  get state(): AlarmState {
    return this.current;
  }

  /** Raised and not yet cleared. */
  get active(): boolean {
    return this.current >= ACTIVE;
  }

  /** Monotonic time at which the reason first stood: the start of the alarm's latency. */
  get sinceUs(): number {
    return this.stoodUs;
  }

  // hot path
  /** @param stands the reason for the alarm is there */
  step(stands: boolean, ticksUs: number): AlarmChange {
    return stands ? this.stand(ticksUs) : this.fall();
  }

  /** Somebody has seen it: a latched alarm ends, one whose reason stands will end with it. */
  acknowledge(): AlarmChange {
    if (this.current === ACTIVE) {
      this.current = ACKNOWLEDGED;
      return AlarmChange.acknowledged;
    }
    if (this.current !== LATCHED) return NONE;
    this.current = QUIET;
    return AlarmChange.cleared;
  }

  // hot path
  private stand(ticksUs: number): AlarmChange {
    const state = this.current;
    if (state === ACTIVE || state === ACKNOWLEDGED) return NONE;
    if (state === QUIET) this.current = WAITING;
    if (state !== WAITING) this.stoodUs = ticksUs;
    // What is latched has stood long enough once.
    if (state !== LATCHED && ticksUs - this.stoodUs < this.forUs) return NONE;
    this.current = ACTIVE;
    return AlarmChange.raised;
  }

  // hot path
  private fall(): AlarmChange {
    const state = this.current;
    if (state === QUIET || state === LATCHED) return NONE;
    if (state === ACTIVE && this.latch) {
      this.current = LATCHED;
      return AlarmChange.latched;
    }
    this.current = QUIET;
    return state === WAITING ? NONE : AlarmChange.cleared;
  }
}

/** An alarm of the site: what it is called, and how urgent it is. */
export class NamedMachine extends AlarmMachine {
  /** By which it is acknowledged. */
  readonly name: string;
  readonly class: AlarmClass;

  constructor(plan: { readonly class: AlarmClass; readonly latch?: boolean }, forMs: number, name: string) {
    super(forMs, plan.latch === true);
    this.name = name;
    // The constant instead of the plan's own copy of the word.
    this.class = ALARM_CLASSES[ALARM_CLASSES.indexOf(plan.class)];
  }
}
