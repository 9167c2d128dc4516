/** What a simulated monitoring centre heard and when it confirmed it: the evidence behind a scenario's expectations. */
import { CONDITION_NAMES } from "../../drivers/panel-points/conditions";
import { PointNames } from "../../drivers/panel-points/point-names";
import { GROUPS, type Plan } from "../../firmware/plan";
import type { Frame, Unit } from "../../firmware/uplink/gb26875/codec";
import { Type } from "../../firmware/uplink/gb26875/layout";
import { PointField, PointKind, PointTable } from "../../firmware/uplink/gb26875/points";

/** One object of a message. */
export type CentreEvent = {
  readonly type: number;
  /** `device.channel`, `alarms.name`, or empty for what has no place of its own. */
  readonly place: string;
  /** State, or operation. */
  readonly state: number;
  readonly heardUs: number;
  /** -1 while it is not confirmed. */
  confirmedUs: number;
};

/** A component as a centre that knows the site would ask for it, with the quantity that it has. */
export type CentreComponent = {
  readonly system: number;
  readonly systemAddress: number;
  readonly place: Uint8Array;
  readonly analog: number;
};

/** Events kept in full; later ones are counted. */
export const CENTRE_JOURNAL_CAPACITY = 4096;

export class CentreJournal {
  readonly #events: CentreEvent[] = [];
  /** Answers to what the centre asked, by type flag: when the last one came. */
  readonly #answers = new Map<number, number>();
  readonly #places: readonly string[];
  readonly #points: PointTable;
  readonly #conditionBits: readonly number[];
  #overflow = 0;

  constructor(plan: Plan) {
    const { points, conditionBits } = plan.uplink.gb26875!;
    this.#points = new PointTable(points);
    this.#conditionBits = conditionBits;
    this.#places = [
      ...plan.devices.flatMap(({ id, channels }) => channels.map(({ name }) => `${id}.${name}`)),
      ...plan.devices.flatMap(({ id, points: own }) =>
        own === undefined ? [] : new PointNames(own.names).all().map((name) => `${id}.${name}`),
      ),
      ...(plan.alarms ?? []).map((alarm) => `${GROUPS}.${alarm.name}`),
    ];
  }

  get events(): readonly CentreEvent[] {
    return this.#events;
  }

  /** Events that did not fit. */
  get overflow(): number {
    return this.#overflow;
  }

  /** @returns the events of this frame, to be marked when they are confirmed */
  heard({ unit }: Frame, nowUs: number): readonly CentreEvent[] {
    const events = this.#eventsOf(unit, nowUs);
    for (const event of events)
      if (this.#events.length < CENTRE_JOURNAL_CAPACITY) this.#events.push(event);
      else this.#overflow++;
    return events;
  }

  answered(type: number, nowUs: number): void {
    this.#answers.set(type, nowUs);
  }

  /**
   * When the first event was confirmed that shows a condition at a place; `undefined` where none was by then.
   * @param condition a name of `CONDITION_NAMES`
   */
  confirmed(place: string, condition: string, deadlineUs: number): number | undefined {
    const bits = this.#conditionBits[Object.keys(CONDITION_NAMES).indexOf(condition)];
    const known = this.#points.ofSource(this.#places.indexOf(place)) >= 0;
    return this.#first(deadlineUs, (event) =>
      known
        ? event.type === Type.componentState && event.place === place && shows(event.state, bits)
        : event.type === Type.systemState && shows(event.state, bits),
    );
  }

  /** When an operation of the transmitter with these bits was confirmed. */
  operated(bits: number, deadlineUs: number): number | undefined {
    return this.#first(
      deadlineUs,
      (event) => event.type === Type.transmitterOperation && (event.state & bits) === bits,
    );
  }

  /** When the last answer of that type came. */
  answer(type: number, deadlineUs: number): number | undefined {
    const atUs = this.#answers.get(type);
    return atUs === undefined || atUs > deadlineUs ? undefined : atUs;
  }

  #first(deadlineUs: number, wanted: (event: CentreEvent) => boolean): number | undefined {
    const found = this.#events.find(
      (event) => event.confirmedUs >= 0 && event.confirmedUs <= deadlineUs && wanted(event),
    );
    return found?.confirmedUs;
  }

  #eventsOf(unit: Unit, heardUs: number): CentreEvent[] {
    if (unit === undefined || "raw" in unit) return [];
    const event = (place: string, state: number) => ({ type: unit.type, place, state, heardUs, confirmedUs: -1 });
    switch (unit.type) {
      case Type.componentState:
        return unit.objects.map((one) => event(this.#placeOf(one.system, one.systemAddress, one.place), one.state));
      case Type.systemState:
        return unit.objects.map((one) => event("", one.state));
      case Type.transmitterState:
        return unit.objects.map((one) => event("", one.transmitter));
      case Type.systemOperation:
      case Type.transmitterOperation:
        return unit.objects.map((one) => event("", one.operation));
      default:
        return [];
    }
  }

  #placeOf(system: number, systemAddress: number, place: Uint8Array): string {
    const point = this.#points.find(system, systemAddress, place);
    return point < 0 ? "" : (this.#places[this.#points.source(point)] ?? "");
  }

  get components(): CentreComponent[] {
    const points = this.#points;
    const components: CentreComponent[] = [];
    for (let point = 0; point < points.count; point++)
      if (points.byte(point, PointField.kind) === PointKind.component)
        components.push({
          system: points.byte(point, PointField.system),
          systemAddress: points.byte(point, PointField.systemAddress),
          place: points.place(point),
          analog: points.byte(point, PointField.analog),
        });
    return components;
  }
}

/** What has no bits is a test: not even that of normal run is set. */
function shows(state: number, bits: number): boolean {
  return bits === 0 ? state === 0 : (state & bits) === bits;
}
