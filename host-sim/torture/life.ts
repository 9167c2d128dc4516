/** One life of a store: from power-up to the power's going, with a publisher on one side and a broker on the other. */

import type { FlashLane } from "../../firmware/uplink/outbox/flash-lane";
import { CURSOR_EVERY, FlashStore } from "../../firmware/uplink/outbox/flash-store";
import { GAP_REASONS, type Gap, LaneId } from "../../firmware/uplink/outbox/lane";
import { WorldClock } from "../world/clock";
import { type NorFlash, WorldFlash } from "../world/flash";
import { Kernel } from "../world/kernel";
import { fill, type Ledger } from "./ledger";

/** Small sectors, so that a short workload goes around them often. */
export const SECTOR_BYTES = 512;
export const ALARM_SECTORS = 4;
export const TELEMETRY_SECTORS = 5;

const GAP_TOPIC = 9;
const MESSAGE_TOPIC = 1;
const GAP_BYTES = 32;

export type Step =
  | { readonly do: "push"; readonly lane: LaneId; readonly length: number }
  /** Hands out so many messages, alarms first. */
  | { readonly do: "send"; readonly count: number }
  /** The broker acknowledges so many of those that are on their way; from the back when it takes its time with the first. */
  | { readonly do: "acknowledge"; readonly count: number; readonly fromBack?: boolean }
  | { readonly do: "rewind" }
  | { readonly do: "wait"; readonly seconds: number }
  /** An orderly restart. */
  | { readonly do: "restart" };

export class Life {
  readonly #ledger: Ledger;
  readonly #flash: NorFlash;
  readonly #kernel = new Kernel();
  readonly #store: FlashStore;
  readonly #boot: number;
  #seq = 0;
  #onTheWay: { lane: FlashLane; number: number; boot: number; seq: number; topic: number }[] = [];
  /** Acknowledged before one that is older. */
  #early: { readonly lane: FlashLane; readonly number: number }[] = [];
  readonly #payload = new Uint8Array(SECTOR_BYTES);

  /** @throws PowerCut */
  constructor(flash: NorFlash, ledger: Ledger, boot: number) {
    this.#flash = flash;
    this.#ledger = ledger;
    this.#boot = boot;
    ledger.restarted(CURSOR_EVERY);
    this.#store = new FlashStore({
      partition: new WorldFlash(new Map([["outbox", flash]])).open({ path: "outbox" }),
      alarmBytes: ALARM_SECTORS * SECTOR_BYTES,
      telemetryBytes: TELEMETRY_SECTORS * SECTOR_BYTES,
      boot,
      clock: new WorldClock(this.#kernel),
    });
    this.#store.start();
    this.#wait(1);
  }

  get dead(): boolean {
    return this.#flash.dead;
  }

  run(step: Step): void {
    switch (step.do) {
      case "push":
        this.push(step.lane, step.length);
        break;
      case "send":
        this.#tell();
        for (let i = 0; i < step.count && this.#send(); i++);
        break;
      case "acknowledge":
        for (let i = 0; i < step.count && !this.dead; i++) this.#acknowledge(step.fromBack === true);
        break;
      case "rewind":
        for (const lane of this.#lanes) lane.rewind();
        this.#ledger.rewound();
        this.#onTheWay = [];
        break;
      case "wait":
        this.#wait(step.seconds);
        break;
      case "restart":
        this.#store.close();
    }
  }

  push(id: LaneId, length: number): boolean {
    const lane = this.#laneOf(id);
    const seq = this.#seq++;
    const bytes = this.#payload.subarray(0, length);
    fill(bytes, id, this.#boot, seq);
    this.#ledger.pushed(id, this.#boot, seq, length);
    this.#store.prepare(lane, length);
    const taken = lane.push(MESSAGE_TOPIC, seq, this.#payload, 0, length, 1);
    if (taken && !this.dead) this.#ledger.durable(id, this.#boot, seq);
    return taken;
  }

  /** Hands over everything, and looks whether the store still does its work. */
  finish(): void {
    this.#drain();
    for (const lane of this.#lanes) this.#ledger.works(this.push(lane.id, 40), lane.id);
    this.#wait(1);
    this.#drain();
    for (const lane of this.#lanes) this.#ledger.works(lane.length === 0 && lane.log.spare, lane.id);
  }

  #drain(): void {
    this.#tell();
    for (let turns = 0; turns < 10_000 && this.#send(); turns++) this.#acknowledge(false);
    while (this.#onTheWay.length > 0) this.#acknowledge(false);
    this.#wait(60);
    for (let turns = 0; turns < 10_000 && this.#send(); turns++) this.#acknowledge(false);
  }

  get #lanes(): readonly FlashLane[] {
    return [this.#store.alarm, this.#store.telemetry];
  }

  #laneOf(id: LaneId): FlashLane {
    return id === LaneId.alarm ? this.#store.alarm : this.#store.telemetry;
  }

  #wait(seconds: number): void {
    this.#kernel.runUntil(this.#kernel.nowUs() + seconds * 1_000_000);
  }

  #send(): boolean {
    for (const lane of this.#lanes) {
      lane.skipAcknowledged();
      const number = lane.peek();
      if (number < 0 || this.dead) continue;
      lane.sent();
      const length = lane.lengthOf(number);
      const bytes = new Uint8Array(length);
      lane.copy(number, 0, length, bytes, 0);
      const [boot, seq, topic] = [lane.boot(number), lane.seq(number), lane.topic(number)];
      if (topic === GAP_TOPIC) this.#ledger.gap(decodeGap(bytes));
      else this.#ledger.delivered(lane.id, boot, seq, bytes);
      this.#onTheWay.push({ lane, number, boot, seq, topic });
      return true;
    }
    return false;
  }

  #acknowledge(fromBack: boolean): void {
    const message = fromBack ? this.#onTheWay.pop() : this.#onTheWay.shift();
    if (message === undefined) return;
    const { lane, number, boot, seq, topic } = message;
    const held = lane.holds(number);
    lane.acknowledge(number);
    if (!held) return;
    // The one that fills the hole makes all behind it durable at once, or not yet.
    const before = this.#early.length;
    this.#early = this.#early.filter((one) => one.number >= one.lane.first);
    if (number >= lane.first) this.#early.push({ lane, number });
    const outOfOrder = Math.max(before, this.#early.length);
    if (topic !== GAP_TOPIC) this.#ledger.acknowledged(lane.id, boot, seq, outOfOrder);
  }

  /** Somebody can be told. */
  #tell(): void {
    for (let gap = this.#store.gap(GAP_BYTES); gap !== undefined && !this.dead; gap = this.#store.gap(GAP_BYTES))
      this.#store.tell(gap, this.#encodeGap(gap));
  }

  #encodeGap(gap: Gap) {
    const words = Int32Array.of(
      gap.lane,
      GAP_REASONS.indexOf(gap.reason),
      ...[gap.fromBoot, gap.fromSeq, gap.toBoot, gap.toSeq, gap.messages, gap.records],
    );
    return { topic: GAP_TOPIC, seq: this.#seq++, bytes: new Uint8Array(words.buffer), offset: 0, length: GAP_BYTES };
  }
}

function decodeGap(bytes: Uint8Array): Gap {
  const [lane, reason, fromBoot, fromSeq, toBoot, toSeq, messages, records] = new Int32Array(bytes.slice().buffer);
  return { lane: lane as LaneId, reason: GAP_REASONS[reason], fromBoot, fromSeq, toBoot, toSeq, messages, records };
}
