/**
 * What a simulated panel does, whatever it speaks: one multi-sensor detector at each point, for smoke and heat, latching until
 * the panel is reset; disablement, walk test, acknowledgement. How it is told to the outside is its driver's emulator's work.
 */
import { type EmulatorContext, Quantity } from "../emulation";
import type { PointsPlan } from "../plan";
import { PointCondition } from "./conditions";
import { PointNames } from "./point-names";

/**
 * Response of a point-type optical smoke detector. EN 54-7 tests fires in dB/m; the common figure for a panel's normal
 * sensitivity is not in a source that was read, so this is a choice of the emulator.
 */
const SMOKE_ALARM_DB_PER_M = 0.15;
const SMOKE_PRE_ALARM_DB_PER_M = 0.1;
/** Static response temperature of a class A1 heat detector lies between 54 and 65 degC (EN 54-5, as widely quoted). */
const HEAT_ALARM_CEL = 58;

/** Conditions that stand until the panel is reset. Troubles and disablements are over when they are over. */
const LATCHING = PointCondition.fire | PointCondition.life | PointCondition.preAlarm | PointCondition.supervisory;

/** What a scenario calls the conditions that it can impose. */
const IMPOSABLE: { readonly [word: string]: number } = {
  fire: PointCondition.fire,
  life: PointCondition.life,
  prealarm: PointCondition.preAlarm,
  "pre-alarm": PointCondition.preAlarm,
  supervisory: PointCondition.supervisory,
  trouble: PointCondition.trouble,
  disabled: PointCondition.disabled,
  test: PointCondition.test,
};
const STATES = "fire, life, prealarm, supervisory, trouble, disabled, test or normal";
const VERBS = "zone, disable, enable, walktest, reset, acknowledge, silent, return";

export type EmulatedPoint = {
  readonly name: string;
  /** Conditions from detectors, latched. */
  latched: number;
  /** Conditions that follow the air. */
  present: number;
  /** Conditions that a scenario imposes, and the figure that goes with them, such as the metre of a linear detector. */
  imposed: number;
  figure: number;
};

/** Told what happens, as it happens: a printer, a line of records. */
export interface PanelWatcher {
  changed?(point: number, began: number, ended: number): void;
  reset?(): void;
  acknowledged?(): void;
}

export class EmulatedPanel {
  readonly points: readonly EmulatedPoint[];
  /** The panel does not answer. */
  silent = false;
  /** Alarms that somebody has acknowledged at the panel; a new one takes it back. */
  acknowledged = false;
  readonly #context: EmulatorContext;
  readonly #watcher: PanelWatcher;
  /** Points whose air can change. */
  readonly #sensing: readonly number[];
  #walkTest = false;

  constructor(plan: PointsPlan, context: EmulatorContext, watcher: PanelWatcher = {}) {
    this.#context = context;
    this.#watcher = watcher;
    this.points = new PointNames(plan.names)
      .all()
      .map((name) => ({ name, latched: 0, present: 0, imposed: 0, figure: 0 }));
    this.#sensing = this.points.flatMap(({ name }, i) => (context.indoors?.(name) === false ? [] : [i]));
  }

  /** A disabled point reports no fire; one that is tested reports the test alone. */
  conditions(point: number): number {
    const { latched, present, imposed } = this.points[point];
    const set = latched | present | imposed;
    if (set & PointCondition.disabled) return set & (PointCondition.disabled | PointCondition.trouble);
    return set;
  }

  /** Detectors look at the air. */
  step(): void {
    const sensing = this.#sensing;
    for (let i = 0; i < sensing.length; i++) {
      const at = sensing[i];
      const point = this.points[at];
      const smoke = this.#context.quantity(Quantity.smoke, point.name);
      const celsius = this.#context.quantity(Quantity.temperature, point.name);
      const alarms = smoke >= SMOKE_ALARM_DB_PER_M || celsius >= HEAT_ALARM_CEL;
      let { latched } = point;
      let present = smoke >= SMOKE_PRE_ALARM_DB_PER_M ? PointCondition.preAlarm : 0;
      // What a tester's smoke does is seen at the panel, and forgotten when the smoke is gone.
      if (this.#walkTest) present = alarms ? PointCondition.test : 0;
      else if (alarms) latched |= PointCondition.fire;
      if (present === point.present && latched === point.latched) continue;
      const before = this.conditions(at);
      point.present = present;
      point.latched = latched;
      this.tell(at, before);
    }
  }

  /**
   * `zone <point> <state> [figure]`, `disable <point>`, `enable <point>`, `walktest on|off`, `reset`, `acknowledge`, `silent`,
   * `return`. A point is named as in the site, or by its number when its name ends with `-<number>`.
   */
  act(verb: string, words: readonly string[]): void {
    if (verb === "zone") this.impose(words);
    else if (verb === "disable") this.impose([words[0], "disabled"]);
    else if (verb === "enable") this.enable(words[0]);
    else if (verb === "walktest") this.setWalkTest(words[0]);
    else if (verb === "reset") this.reset();
    else if (verb === "acknowledge") this.acknowledge();
    else if (verb === "silent") this.silent = true;
    else if (verb === "return") this.silent = false;
    else throw new Error(`a fire panel knows ${VERBS}, not "${verb}"`);
  }

  reset(): void {
    this.#watcher.reset?.();
    this.acknowledged = false;
    for (let at = 0; at < this.points.length; at++) {
      const before = this.conditions(at);
      this.points[at].latched = 0;
      this.points[at].imposed &= ~LATCHING;
      this.tell(at, before);
    }
  }

  acknowledge(): void {
    this.acknowledged = true;
    this.#watcher.acknowledged?.();
  }

  setDisabled(point: number, disabled: boolean): void {
    const before = this.conditions(point);
    if (disabled) this.points[point].imposed |= PointCondition.disabled;
    else this.points[point].imposed &= ~PointCondition.disabled;
    this.tell(point, before);
  }

  private impose([name, state, figure]: readonly (string | undefined)[]): void {
    const at = this.find(name);
    const point = this.points[at];
    if (state !== "normal" && !Object.hasOwn(IMPOSABLE, state ?? ""))
      throw new Error(`a point can be ${STATES}, not "${state}"`);
    const before = this.conditions(at);
    point.imposed = state === "normal" ? 0 : point.imposed | IMPOSABLE[state!];
    point.figure = figure === undefined ? point.figure : Number(figure);
    this.tell(at, before);
  }

  private enable(name: string | undefined): void {
    this.setDisabled(this.find(name), false);
  }

  private setWalkTest(state: string | undefined): void {
    if (state !== "on" && state !== "off") throw new Error(`a walk test is on or off, not "${state}"`);
    this.#walkTest = state === "on";
  }

  private find(name: string | undefined): number {
    const exact = this.points.findIndex((one) => one.name === name);
    const at = exact >= 0 ? exact : this.points.findIndex((one) => one.name.endsWith(`-${name}`));
    if (at < 0) throw new Error(`this panel has no point "${name}"`);
    return at;
  }

  private tell(at: number, before: number): void {
    const after = this.conditions(at);
    if (before === after) return;
    const began = after & ~before;
    if (began & LATCHING) this.acknowledged = false;
    this.#watcher.changed?.(at, began, before & ~after);
  }
}
