/** What a centre can ask (types 61 to 68, 81 to 88), answered from what stands. `undefined` is a denial: there is no such thing. */
import type { Gb26875Plan } from "../../plan";
import type { ObjectOf, TimeTag, Unit } from "./codec";
import type { Conditions } from "./conditions";
import { Type } from "./layout";
import type { OperationLog } from "./operation-log";
import { PointField } from "./points";

/** What firmware this is, as versions are told to a centre. */
const VERSION = { major: 0, minor: 1 };

type System = ObjectOf<typeof Type.readSystemState>;
type Place = ObjectOf<typeof Type.readComponentState>;
type Component = Pick<ObjectOf<typeof Type.componentState>, "system" | "systemAddress" | "component" | "place">;

export class Answers {
  private readonly plan: Gb26875Plan;
  private readonly conditions: Conditions;
  private readonly operations: OperationLog;
  private readonly valueAt: (source: number) => number;

  constructor(
    plan: Gb26875Plan,
    conditions: Conditions,
    operations: OperationLog,
    valueAt: (source: number) => number,
  ) {
    this.plan = plan;
    this.conditions = conditions;
    this.operations = operations;
    this.valueAt = valueAt;
  }

  to(unit: Unit, time: TimeTag): Unit {
    if (unit === undefined || "raw" in unit || unit.objects.length === 0) return undefined;
    switch (unit.type) {
      case Type.readTransmitterState:
        return this.transmitterState(time);
      case Type.readTransmitterOperation: {
        const [{ since, records }] = unit.objects;
        const objects = this.operations.since(Type.transmitterOperation, since, records);
        return { type: Type.transmitterOperation, objects };
      }
      case Type.readTransmitterVersion:
        return { type: Type.transmitterVersion, objects: [VERSION] };
      case Type.readTransmitterText:
        return { type: Type.transmitterText, objects: [{ text: this.plan.transmitterText }] };
      case Type.readTransmitterTime:
        return { type: Type.transmitterTime, objects: [{ time }] };
      case Type.readComponentState: {
        const found = this.pointsOf(unit.objects);
        return found && { type: Type.componentState, objects: found.map((point) => this.componentState(point, time)) };
      }
      case Type.readComponentAnalog:
        return this.analog(unit.objects, time);
      case Type.readComponentText: {
        const { points } = this.conditions;
        const objects = this.pointsOf(unit.objects)?.map((point) => ({
          ...this.component(point),
          label: points.label(point),
        }));
        return objects && { type: Type.componentText, objects };
      }
      default:
        return this.ofSystem(unit, time);
    }
  }

  transmitterState(time: TimeTag): Unit {
    return { type: Type.transmitterState, objects: [{ transmitter: this.conditions.transmitterState(), time }] };
  }

  componentState(point: number, time: TimeTag): ObjectOf<typeof Type.componentState> {
    const { points } = this.conditions;
    const state = this.conditions.stateOf(points.source(point));
    return { ...this.component(point), state, label: points.label(point), time };
  }

  private component(point: number): Component {
    const { points } = this.conditions;
    return {
      system: points.byte(point, PointField.system),
      systemAddress: points.byte(point, PointField.systemAddress),
      component: points.byte(point, PointField.component),
      place: points.place(point),
    };
  }

  private ofSystem(unit: Exclude<Unit, undefined | { readonly raw: Uint8Array }>, time: TimeTag): Unit {
    switch (unit.type) {
      case Type.readSystemState: {
        const { conditions } = this;
        const state = (one: System) => conditions.systemState(one.system, one.systemAddress);
        if (!this.knows(unit.objects)) return undefined;
        return { type: Type.systemState, objects: unit.objects.map((one) => ({ ...one, state: state(one), time })) };
      }
      case Type.readSystemOperation: {
        const [{ system, systemAddress, since, records }] = unit.objects;
        if (!this.knows(unit.objects)) return undefined;
        const found = this.operations.since(Type.systemOperation, since, records);
        return { type: Type.systemOperation, objects: found.map((record) => ({ system, systemAddress, ...record })) };
      }
      case Type.readSystemVersion:
        if (!this.knows(unit.objects)) return undefined;
        return { type: Type.systemVersion, objects: [{ ...unit.objects[0], ...VERSION }] };
      case Type.readSystemText: {
        const text = this.plan.systemText;
        if (!this.knows(unit.objects)) return undefined;
        return { type: Type.systemText, objects: unit.objects.map((one) => ({ ...one, text })) };
      }
      case Type.readSystemTime:
        if (!this.knows(unit.objects)) return undefined;
        return { type: Type.systemTime, objects: [{ ...unit.objects[0], time }] };
      default:
        return undefined;
    }
  }

  private knows(asked: readonly System[]): boolean {
    return asked.every((one) => this.conditions.hasSystem(one.system, one.systemAddress));
  }

  /** Points of the components that are asked for; `undefined` where one of them is none. */
  private pointsOf(asked: readonly Place[]): number[] | undefined {
    const { points } = this.conditions;
    const found = asked.map((one) => points.find(one.system, one.systemAddress, one.place));
    return found.indexOf(-1) < 0 ? found : undefined;
  }

  private analog(asked: readonly Place[], time: TimeTag): Unit {
    const { points } = this.conditions;
    const found = this.pointsOf(asked);
    if (found === undefined) return undefined;
    const objects: ObjectOf<typeof Type.componentAnalog>[] = [];
    for (const point of found) {
      const analog = points.byte(point, PointField.analog);
      const value = this.valueAt(points.source(point)) / points.step(point);
      // No value has no number: the standard has no word for "unknown".
      if (analog === 0 || !(value >= -32_768.5 && value < 32_767.5)) return undefined;
      objects.push({ ...this.component(point), analog, value: Math.floor(value + 0.5), time });
    }
    return { type: Type.componentAnalog, objects };
  }
}
