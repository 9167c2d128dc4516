/**
 * The gateway as a user information transmission device: alarms become states of components, systems and of the transmitter, wait in
 * two bounded lanes, and go to the centre, fire first; what the centre asks is answered from what stands.
 *
 *   alarm -> conditions of its source -> lane (urgent or other) -> session -> centre
 *
 * A full lane loses history, never what stands: the source of an event that had to go is marked, and told anew when the lanes are
 * empty. An event that was overtaken by an urgent one of the same source says what stands when it goes, not what stood before: the
 * last word about a source is always the newest. Nothing here controls anything on the site.
 */
import type { AlarmClass } from "../../../drivers/plan";
import type { Clock } from "../../../hal/clock";
import { AlarmChange } from "../../alarms/machine";
import type { CentreCounters, CentreLink, CentreOptions } from "../../centre";
import type { Gb26875Plan } from "../../plan";
import { Answers } from "./answers";
import { timeTag, wallMsOf } from "./civil-time";
import type { TimeTag, Unit } from "./codec";
import { becameUrgent, Conditions, conditionOf } from "./conditions";
import { ANY_SOURCE, EventLane } from "./event-lane";
import { codec2011 } from "./frame-2011";
import { Type } from "./layout";
import { OperationLog } from "./operation-log";
import { PointField, PointKind } from "./points";
import { type Message, Session, type SessionCounters, type SessionOwner } from "./session";

/** Bits of an operation: of a system, and of the transmitter. */
const CONFIRMED = 0x20;
const DUTY_ANSWERED = 0x20;
/** Where no time is given with a duty check. */
const DUTY_MINUTES = 10;
const NEVER = Number.NEGATIVE_INFINITY;
/** An operation has no source. */
const NO_SOURCE = 0xffff;

export class Gb26875Link implements CentreLink, SessionOwner {
  private readonly plan: Gb26875Plan;
  private readonly options: CentreOptions;
  private readonly clock: Clock;
  private readonly conditions: Conditions;
  private readonly operations = new OperationLog();
  private readonly answers: Answers;
  private readonly session: Session;
  private readonly urgent: EventLane;
  private readonly other: EventLane;
  /** The lane whose head is on its way. */
  private onItsWay: EventLane | undefined;
  /** What stands in the system was told by an urgent event, before others that wait. */
  private systemOvertaken = false;
  /** There are sources whose conditions have to be told anew. */
  private untold = false;
  /** The transmitter's own state has to be told; what was told last; whether it is what is on its way. */
  private stateUntold = true;
  private stateTold = -1;
  private stateOnItsWay = false;
  /** UNIX time of the centre less the monotonic time, in milliseconds; NaN before it said so. */
  private centreOffsetMs = Number.NaN;
  private dutyUntilUs = NEVER;
  private dutiesMissed = 0;

  constructor(options: CentreOptions) {
    const { plan, clock, random, log, TCP } = options;
    this.options = options;
    this.plan = plan;
    this.clock = clock;
    const points = options.pointCounts.reduce((sum, count) => sum + count, 0);
    this.conditions = new Conditions(plan, options.channelCount + points + options.groups.length);
    this.answers = new Answers(plan, this.conditions, this.operations, options.valueAt);
    this.urgent = new EventLane(plan.queue);
    this.other = new EventLane(plan.queue);
    this.session = new Session({ codec: codec2011, TCP, plan, clock, random, log, owner: this });
  }

  start(): void {
    this.session.start();
  }

  close(): void {
    this.session.close();
  }

  get waiting(): number {
    return this.urgent.length + this.other.length;
  }

  get sessionCounters(): SessionCounters {
    return this.session.counters;
  }

  counters(): CentreCounters {
    const { urgent, other } = this;
    const { connects, repeated } = this.session.counters;
    this.expireDuty();
    return {
      pushed: urgent.pushed + other.pushed,
      confirmed: urgent.confirmed + other.confirmed,
      dropped: urgent.dropped + other.dropped,
      refused: urgent.refused + other.refused,
      connects,
      repeated,
      dutiesMissed: this.dutiesMissed,
    };
  }

  alarm(
    channel: number | undefined,
    name: string,
    alarmClass: AlarmClass,
    change: AlarmChange,
    standing: boolean,
    detectedUs: number,
  ): void {
    const source = channel ?? this.sourceOfGroup(name);
    const { duty } = this.plan;
    if (change === AlarmChange.raised && duty?.source === source) this.answerDuty(duty.operator);
    if (change === AlarmChange.acknowledged) {
      this.operate(Type.systemOperation, CONFIRMED, 0);
      this.session.wake();
    } else if (change === AlarmChange.raised || change === AlarmChange.cleared) {
      const before = this.conditions.conditionsOf(source);
      const condition = conditionOf(alarmClass);
      this.changed(source, standing ? before | condition : before & ~condition, detectedUs);
      this.stateChanged();
    }
  }

  point(device: number, point: number, conditions: number, ticksUs: number): void {
    if (this.changed(this.sourceOfPoint(device) + point, conditions, ticksUs)) this.stateChanged();
  }

  points(device: number, conditions: Uint8Array, ticksUs: number): void {
    const first = this.sourceOfPoint(device);
    let anything = false;
    for (let point = 0; point < conditions.length; point++)
      if (this.changed(first + point, conditions[point], ticksUs)) anything = true;
    if (anything) this.stateChanged();
  }

  private sourceOfPoint(device: number): number {
    const { channelCount, pointCounts } = this.options;
    let source = channelCount;
    for (let i = 0; i < device; i++) source += pointCounts[i];
    return source;
  }

  private sourceOfGroup(name: string): number {
    const { groups, pointCounts } = this.options;
    return this.sourceOfPoint(pointCounts.length) + groups.indexOf(name);
  }

  /** @returns whether anything is new */
  private changed(source: number, conditions: number, ticksUs: number): boolean {
    const before = this.conditions.conditionsOf(source);
    this.conditions.set(source, conditions);
    const now = this.conditions.conditionsOf(source);
    if (now === before) return false;
    this.tell(source, becameUrgent(before, now), this.tagAt(ticksUs));
    return true;
  }

  communication(lost: boolean): void {
    this.conditions.lostDevices += lost ? 1 : -1;
    this.stateChanged();
  }

  private stateChanged(): void {
    if (this.conditions.transmitterState() !== this.stateTold) this.stateUntold = true;
    this.session.wake();
  }

  /** What stands at a source, as an event. A condition of the transmitter is none: it goes with its state. */
  private tell(source: number, urgent: boolean, time: TimeTag): void {
    const { conditions, other } = this;
    const point = conditions.points.ofSource(source);
    conditions.setUntold(source, false);
    if (point < 0) {
      if (urgent && other.has(Type.systemState, ANY_SOURCE)) this.systemOvertaken = true;
      this.push(urgent, Type.systemState, source, this.systemState(), time);
    } else if (conditions.points.byte(point, PointField.kind) === PointKind.component) {
      if (urgent && other.has(Type.componentState, source)) conditions.setOvertaken(source);
      this.push(urgent, Type.componentState, source, conditions.stateOf(source), time);
    }
  }

  /** Of the system that everything without a point of its own belongs to. */
  private systemState(): number {
    return this.conditions.systemState(this.plan.system, this.plan.systemAddress);
  }

  private push(urgent: boolean, type: number, source: number, state: number, time: TimeTag): void {
    const lost = (urgent ? this.urgent : this.other).push(type, source, state, time);
    if (lost < 0 || lost === NO_SOURCE) return;
    this.conditions.setUntold(lost, true);
    this.untold = true;
  }

  private operate(type: number, operation: number, operator: number): void {
    const time = this.now();
    this.operations.add(type, operation, operator, time);
    this.push(false, type, NO_SOURCE, operation | (operator << 8), time);
  }

  /** An operator has answered; nothing is said where nobody asked. */
  private answerDuty(operator: number): void {
    this.expireDuty();
    if (this.dutyUntilUs === NEVER) return;
    this.dutyUntilUs = NEVER;
    this.operate(Type.transmitterOperation, DUTY_ANSWERED, operator);
  }

  private expireDuty(): void {
    if (this.dutyUntilUs === NEVER || this.clock.nowUs() <= this.dutyUntilUs) return;
    this.dutyUntilUs = NEVER;
    this.dutiesMissed++;
  }

  get urgentWaits(): boolean {
    return this.urgent.length > 0 && this.onItsWay !== this.urgent;
  }

  next(): Message | undefined {
    if (this.urgent.length > 0) return { unit: this.take(this.urgent), urgent: true };
    if (this.stateUntold) {
      this.stateTold = this.conditions.transmitterState();
      this.stateUntold = false;
      this.stateOnItsWay = true;
      return { unit: this.answers.transmitterState(this.now()), urgent: false };
    }
    if (this.other.length === 0) this.otherIsEmpty();
    return this.other.length === 0 ? undefined : { unit: this.take(this.other), urgent: false };
  }

  confirmed(): void {
    this.onItsWay?.confirm();
    this.settled();
  }

  refused(): void {
    this.onItsWay?.refuse();
    this.settled();
  }

  released(): void {
    this.onItsWay?.release();
    if (this.stateOnItsWay) this.stateUntold = true;
    this.settled();
  }

  private settled(): void {
    this.onItsWay = undefined;
    this.stateOnItsWay = false;
  }

  connected(): void {
    this.stateUntold = true;
  }

  heartbeat(): Unit {
    switch (this.plan.heartbeat?.as) {
      case "state":
        return this.answers.transmitterState(this.now());
      case "time":
        return { type: Type.transmitterTime, objects: [{ time: this.now() }] };
      default:
        return undefined;
    }
  }

  control(unit: Unit): boolean {
    if (unit === undefined || "raw" in unit || unit.objects.length !== 1) return false;
    switch (unit.type) {
      case Type.initialise:
        // The centre knows nothing any more.
        this.conditions.setAllUntold();
        this.untold = this.stateUntold = true;
        return true;
      case Type.setClock:
        return this.setClock(unit.objects[0].time);
      case Type.dutyCheck:
        this.askDuty(unit.objects[0].minutes);
        return true;
      default:
        return false;
    }
  }

  request(unit: Unit): Unit {
    return this.answers.to(unit, this.now());
  }

  now(): TimeTag {
    return this.tagAt(this.clock.nowUs());
  }

  private askDuty(given: number): void {
    this.expireDuty();
    const minutes = given === 0 ? DUTY_MINUTES : given;
    this.dutyUntilUs = this.clock.nowUs() + minutes * 60_000_000;
    this.options.log.warn(`centre: asks whether somebody is on duty; an answer is due within ${minutes} min`);
  }

  /** The centre's clock serves where the gateway has no better one. */
  private setClock(time: TimeTag): boolean {
    const wallMs = wallMsOf(time, this.plan.zoneMinutes);
    if (wallMs - wallMs !== 0) return false;
    this.centreOffsetMs = wallMs - this.clock.nowUs() / 1000;
    return true;
  }

  private tagAt(ticksUs: number): TimeTag {
    const nowUs = this.clock.nowUs();
    const wallMs = this.clock.wallMs();
    const nowMs = wallMs - wallMs === 0 ? wallMs : this.centreOffsetMs + nowUs / 1000;
    return timeTag(nowMs - (nowUs - ticksUs) / 1000, this.plan.zoneMinutes);
  }

  private otherIsEmpty(): void {
    this.systemOvertaken = false;
    this.conditions.clearOvertaken();
    if (this.untold) this.tellAnew();
  }

  /** Sources whose events had to go, or that the centre asked for: as many as the lane has room for. */
  private tellAnew(): void {
    const { conditions } = this;
    const time = this.now();
    this.untold = false;
    for (let source = 0; source < conditions.sources; source++) {
      if (!conditions.isUntold(source)) continue;
      if (this.other.length === this.plan.queue) {
        this.untold = true;
        return;
      }
      this.tell(source, false, time);
    }
  }

  /** As many of the oldest events as fit one message: those of one type. */
  private take(lane: EventLane): Unit {
    const type = lane.type(0);
    const count = lane.hold(this.plan.objects);
    const objects: object[] = [];
    for (let index = 0; index < count; index++) objects.push(this.object(type, lane, index));
    this.onItsWay = lane;
    return { type, objects } as unknown as Unit;
  }

  private object(type: number, lane: EventLane, index: number): object {
    const { system, systemAddress } = this.plan;
    const overtaken = lane === this.other && this.isOvertaken(type, lane.source(index));
    const state = overtaken ? this.stateNow(type, lane.source(index)) : lane.state(index);
    const time = lane.time(index);
    switch (type) {
      case Type.systemState:
        return { system, systemAddress, state, time };
      case Type.systemOperation:
        return { system, systemAddress, operation: state & 0xff, operator: state >> 8, time };
      case Type.transmitterOperation:
        return { operation: state & 0xff, operator: state >> 8, time };
      default:
        return { ...this.answers.componentState(this.conditions.points.ofSource(lane.source(index)), time), state };
    }
  }

  private isOvertaken(type: number, source: number): boolean {
    if (type === Type.systemState) return this.systemOvertaken;
    return type === Type.componentState && this.conditions.isOvertaken(source);
  }

  private stateNow(type: number, source: number): number {
    return type === Type.systemState ? this.systemState() : this.conditions.stateOf(source);
  }
}

export function openLink(options: CentreOptions): CentreLink {
  return new Gb26875Link(options);
}
