/** What stands at each source of alarms, and the states that follow from it for components, systems and the transmitter. */
import { PointCondition, REPORTED_CONDITIONS } from "../../../drivers/panel-points/conditions";
import type { AlarmClass } from "../../../drivers/plan";
import type { Gb26875Plan } from "../../plan";
import { PointField, PointKind, PointTable } from "./points";

/** Bits of a state. */
const NORMAL = 1;
const FIRE = 2;
/** Of the transmitter's state. */
const LINE_FAULT = 0x40;
/** What a point of a panel can say, and so any source. Whether it was ever read is no condition. */
const CONDITIONS = 0x7f;
export const CONDITION_BITS = 7;
/** In the word of a source: what stands there has to be told anew; an urgent event overtook others of this source. */
const UNTOLD = 0x80;
const OVERTAKEN = 0x100;
const URGENT = PointCondition.fire | PointCondition.life;

export class Conditions {
  readonly points: PointTable;
  /** Devices that do not answer. */
  lostDevices = 0;
  private readonly plan: Gb26875Plan;
  private readonly standing: Uint16Array;
  /** Conditions that are a fire to the centre. */
  private readonly fires: number;

  constructor(plan: Gb26875Plan, sources: number) {
    this.plan = plan;
    this.points = new PointTable(plan.points);
    this.standing = new Uint16Array(sources);
    this.fires = plan.conditionBits.reduce((mask, bits, bit) => ((bits & FIRE) === 0 ? mask : mask | (1 << bit)), 0);
  }

  get sources(): number {
    return this.standing.length;
  }

  conditionsOf(source: number): number {
    return this.standing[source] & CONDITIONS;
  }

  set(source: number, conditions: number): void {
    this.standing[source] = (this.standing[source] & ~CONDITIONS) | (conditions & CONDITIONS);
  }

  isUntold(source: number): boolean {
    return (this.standing[source] & UNTOLD) !== 0;
  }

  setUntold(source: number, untold: boolean): void {
    this.standing[source] = untold ? this.standing[source] | UNTOLD : this.standing[source] & ~UNTOLD;
  }

  isOvertaken(source: number): boolean {
    return (this.standing[source] & OVERTAKEN) !== 0;
  }

  setOvertaken(source: number): void {
    this.standing[source] |= OVERTAKEN;
  }

  clearOvertaken(): void {
    for (let source = 0; source < this.standing.length; source++) this.standing[source] &= ~OVERTAKEN;
  }

  /** Everything that stands, and all points whether something stands there or not. */
  setAllUntold(): void {
    for (let source = 0; source < this.standing.length; source++)
      if ((this.standing[source] & CONDITIONS) !== 0 || this.points.ofSource(source) >= 0)
        this.standing[source] |= UNTOLD;
  }

  stateOf(source: number): number {
    return this.stateFrom(this.standing[source]);
  }

  /** All that stands in a system; what has no point of its own belongs to the site's. */
  systemState(system: number, systemAddress: number): number {
    const own = system === this.plan.system && systemAddress === this.plan.systemAddress;
    let conditions = 0;
    for (let source = 0; source < this.standing.length; source++) {
      if ((this.standing[source] & CONDITIONS) === 0) continue;
      const point = this.points.ofSource(source);
      if (point < 0 ? own : this.isIn(point, system, systemAddress)) conditions |= this.standing[source];
    }
    return this.stateFrom(conditions);
  }

  hasSystem(system: number, systemAddress: number): boolean {
    if (system === this.plan.system && systemAddress === this.plan.systemAddress) return true;
    for (let point = 0; point < this.points.count; point++) if (this.isIn(point, system, systemAddress)) return true;
    return false;
  }

  transmitterState(): number {
    const { points, standing, fires } = this;
    let state = this.lostDevices > 0 ? LINE_FAULT : 0;
    for (let source = 0; source < standing.length; source++)
      if ((standing[source] & fires) !== 0) {
        state |= FIRE;
        break;
      }
    for (let point = 0; point < points.count; point++)
      if (
        points.byte(point, PointField.kind) === PointKind.transmitter &&
        (standing[points.source(point)] & CONDITIONS) !== 0
      )
        state |= points.byte(point, PointField.mask);
    return state === 0 || this.plan.running ? state | NORMAL : state;
  }

  private isIn(point: number, system: number, systemAddress: number): boolean {
    const { points } = this;
    return (
      points.byte(point, PointField.kind) === PointKind.component &&
      points.byte(point, PointField.system) === system &&
      points.byte(point, PointField.systemAddress) === systemAddress
    );
  }

  /** A test clears the bit of normal run and is nothing else. */
  private stateFrom(conditions: number): number {
    let state = 0;
    for (let bit = 0; bit < CONDITION_BITS; bit++)
      if (((conditions >> bit) & 1) !== 0) state |= this.plan.conditionBits[bit];
    const tested = (conditions & PointCondition.test) !== 0;
    return !tested && (state === 0 || this.plan.running) ? state | NORMAL : state;
  }
}

/** What an alarm of that class says of its source. */
export function conditionOf(alarmClass: AlarmClass): number {
  return REPORTED_CONDITIONS.find((condition) => condition.class === alarmClass)?.bit ?? 0;
}

/** Something that goes before everything else has begun. */
export function becameUrgent(before: number, now: number): boolean {
  return (now & ~before & URGENT) !== 0;
}
