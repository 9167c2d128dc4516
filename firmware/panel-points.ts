/**
 * What the points of panels say, on its way out: edges to the alarm desk, snapshots and notes to the uplink.
 *
 * A point is no channel and has no object. Its edge is taken only while the store of alarms has room for it; otherwise the
 * device keeps it as a difference and is called when the broker has acknowledged something (drivers/panel-points).
 */
import { PointChange, Quality } from "../drivers/contract";
import { PointNames } from "../drivers/panel-points/point-names";
import { type AlarmClass, alarmName } from "../drivers/plan";
import type { Log } from "../hal/log";
import type { AlarmDesk } from "./alarms/alarm-desk";
import { AlarmChange } from "./alarms/machine";
import { type Batcher, SINGLE_PACK_BYTES } from "./batcher";
import type { CentreLink } from "./centre";
import type { DeviceSlot, PointListener } from "./device-slot";
import { type AlarmSubject, PointSubject } from "./point-subject";
import type { Uplink } from "./uplink/uplink";

/** By `PointChange`. */
const CHANGES: readonly AlarmChange[] = [AlarmChange.cleared, AlarmChange.raised, AlarmChange.standing];

type Links = {
  readonly slots: readonly DeviceSlot[];
  readonly desk: AlarmDesk<AlarmSubject>;
  readonly batcher: Batcher;
  readonly uplink: Uplink;
  /** It has queues of its own: a broker that is away keeps nothing from it. */
  readonly centre: CentreLink | undefined;
  readonly log: Log;
  readonly snapshot: ((slot: DeviceSlot, conditions: Uint8Array) => void) | undefined;
};

export class PanelPoints implements PointListener {
  /** Times that a device was told to wait because the store of alarms was full. */
  held = 0;
  #links: Links | undefined;
  /** Some device waits for room. */
  #waiting = false;
  #asking = false;

  /** Called once, when the parts of the gateway are there. */
  open(links: Links): void {
    this.#links = links;
  }

  point(
    slot: DeviceSlot,
    point: number,
    kind: AlarmClass,
    change: PointChange,
    conditions: number,
    evidence: number,
    ticksUs: number,
    text: Uint8Array | undefined,
  ): boolean {
    const { centre, desk } = this.#links!;
    centre?.point(slot.index, point, conditions, ticksUs);
    const { id: device, points } = slot.readPlan();
    const name = new PointNames(points!.names).at(point);
    const alarm = alarmName(device, name, kind);
    // What stands already is told by the snapshot; only what cannot wait for somebody to read that is an alarm as well.
    if (change === PointChange.standing && kind !== "fire" && kind !== "life") {
      desk.witness(alarm, true, ticksUs);
      return true;
    }
    if (!this.hasRoom()) return false;
    desk.report({
      name: alarm,
      class: kind,
      subject: new PointSubject(device, name),
      witnesses: 0,
      change: CHANGES[change],
      detectedUs: ticksUs,
      value: conditions,
      quality: Quality.good,
      evidence,
      text,
    });
    return true;
  }

  /** A large panel in a bad state takes several messages. */
  snapshot(slot: DeviceSlot, conditions: Uint8Array, urgent: boolean, ticksUs: number): boolean {
    const { batcher, centre, uplink, snapshot } = this.#links!;
    snapshot?.(slot, conditions);
    centre?.points(slot.index, conditions, ticksUs);
    for (let from = 0; from < conditions.length; ) {
      if (urgent && !this.hasRoom()) return false;
      const seq = uplink.nextSeq();
      const { bytes, offset, length, records } = batcher.snapshot(slot, conditions, from, ticksUs, seq);
      from = batcher.snapshotEnd;
      if (urgent) uplink.publishEvent(seq, bytes, offset, length);
      else uplink.publishBatch(seq, bytes, offset, length, records);
    }
    return true;
  }

  note(slot: DeviceSlot, what: string, text: string, ticksUs: number): void {
    const { batcher, uplink, log } = this.#links!;
    log.warn(`${slot.readPlan().id}: ${what}: ${text}`);
    const seq = uplink.nextSeq();
    const { bytes, offset, length } = batcher.note(slot, what, text, ticksUs, seq);
    uplink.publishEvent(seq, bytes, offset, length);
  }

  /** The broker has acknowledged something. */
  roomAgain(nowUs: number): void {
    if (!this.#waiting || this.#asking || this.#links === undefined || !this.hasRoom()) return;
    this.#waiting = false;
    this.#asking = true;
    for (const { instance } of this.#links.slots) instance?.roomAgain?.(nowUs);
    this.#asking = false;
  }

  private hasRoom(): boolean {
    const { desk, uplink } = this.#links!;
    if (uplink.hasAlarmRoom(desk.waiting + 1, SINGLE_PACK_BYTES)) return true;
    this.held++;
    this.#waiting = true;
    return false;
  }
}
